"""A directory from files or from a table: its sound entries, where they are written, and the rest.

What an entry may say is decided by `targets.checking`, as in `refer targets validate`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date

import click

from call_transfer.directory import Key
from call_transfer.dynamodb import plain
from call_transfer.entry import Entry
from call_transfer.settings import Settings
from refer_cli.linting.finding import Finding, Severity
from refer_cli.linting.rules import MALFORMED
from refer_cli.linting.subject import Subject
from refer_cli.targets.chains import Chain, chains
from refer_cli.targets.checking import check
from refer_cli.targets.connection import in_words
from refer_cli.targets.ledger import Lacking, Ledger
from refer_cli.targets.located import Column, Located, Mark, Problem, UnreadableFile
from refer_cli.targets.output import NotInAFile, plain_item
from refer_cli.targets.table import Table
from refer_cli.targets.wire import key_of


@dataclass(frozen=True, slots=True)
class Told:
    """A finding and where it is written; `line` is 0 where nothing has lines."""

    finding: Finding
    file: str
    line: int
    column: Column
    tenant: str
    address: str


@dataclass(slots=True)
class Gathered:
    """What was read. `places` has the file of each entry, and the entry with its marks."""

    entries: dict[Key, Entry] = field(default_factory=dict)
    places: dict[Key, tuple[str, Located]] = field(default_factory=dict)
    malformed: list[Told] = field(default_factory=list)
    unsound: frozenset[Key] = frozenset()
    chains: tuple[Chain, ...] = ()
    lacking: tuple[Lacking, ...] = ()

    def subject(
        self, settings: Settings, today: date, trunks: Callable[[str], bool] | None = None
    ) -> Subject:
        """Return what the rules look at."""
        return Subject(
            settings=settings,
            today=today,
            entries=self.entries,
            items={key: located.item for key, (_, located) in self.places.items()},
            unsound=self.unsound,
            chains=self.chains,
            lacking=self.lacking,
            trunks=trunks,
        )

    def told(self, finding: Finding) -> Told:
        """Say where a finding is written."""
        if finding.key is None:
            return Told(finding, "", 0, "", "", "")
        file, located = self.places[finding.key]
        mark = located.at(finding.field)
        return Told(finding, file, mark.line, mark.column, *finding.key)


def gather(sources: Iterable[tuple[str, Iterable[Located]]], tenant: str) -> Gathered:
    """Read a directory that is in several places. Raises UsageError where one cannot be read.

    An entry without a tenant becomes one of `tenant`.
    """
    gathered = Gathered()
    with closing(Ledger()) as ledger:
        for file, entries in sources:
            sifted = _sifted(file, entries, ledger, tenant, gathered)
            for problem in check(sifted, ledger, tenant):
                gathered.malformed.append(_malformed(file, problem))
        gathered.chains = tuple(chains(ledger.database))
        gathered.lacking = tuple(ledger.lacking())
        unsound = ledger.database.execute("SELECT tenant, address FROM unsound")
        gathered.unsound = frozenset((tenant, address) for tenant, address in unsound)
    return gathered


def gather_table(table: Table, tenant: str) -> Gathered:
    """Read a deployed directory. Raises ClickException where AWS does not let it."""
    left: list[tuple[Key, str]] = []
    gathered = gather([(table.name, _of_table(table, left))], tenant)
    for key, problem in left:
        advice = "write it again with an import"
        finding = Finding(MALFORMED.name, Severity.ERROR, None, "", problem, advice)
        gathered.malformed.append(Told(finding, table.name, 0, "", *key))
    return gathered


def _of_table(table: Table, left: list[tuple[Key, str]]) -> Iterator[Located]:
    """Yield the entries of a table; those that no file can say go to `left`, with the reason."""
    with in_words(f"the table {table.name}"):
        for item in table.items():
            try:
                yield Located(plain_item(plain(item)), Mark(0, ""))
            except NotInAFile as problem:
                left.append((key_of(item), str(problem)))


def _sifted(
    file: str, entries: Iterable[Located], ledger: Ledger, tenant: str, gathered: Gathered
) -> Iterator[Located]:
    """Yield the entries whose key is not there yet, and keep those that proved to be sound."""
    try:
        for located in entries:
            item = {"tenant": tenant} | located.item
            key = (str(item["tenant"]), located.address)
            if key in gathered.places:
                gathered.malformed.append(_twice(file, located, key, gathered))
                continue
            yield located
            # Meanwhile it was checked.
            if ledger.has(key):
                gathered.entries[key] = Entry.parse(item)
                gathered.places[key] = (file, located)
    except UnreadableFile as error:
        raise click.UsageError(error.problem.told(file)) from None


def _twice(file: str, located: Located, key: Key, gathered: Gathered) -> Told:
    first, earlier = gathered.places[key]
    at = f"{first}:{earlier.mark.line}" if earlier.mark.line else first
    problem = located.problem("address", f"is there twice for tenant {key[0]}, first at {at}")
    return _malformed(file, problem)


def _malformed(file: str, problem: Problem) -> Told:
    severity = Severity.WARNING if problem.warning else Severity.ERROR
    does = "look at it" if problem.warning else "correct it: in the table it refuses every call"
    finding = Finding(MALFORMED.name, severity, None, "", problem.text, does)
    return Told(finding, file, problem.line, problem.column, "", problem.address)

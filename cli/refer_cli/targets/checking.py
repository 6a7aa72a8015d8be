"""Every problem of a directory file: of each entry, and of the entries among themselves.

What an entry may say is `Entry.parse`'s to decide, the code that will read the table. This adds
what only the whole file shows: a key that is there twice, a reference to nobody, a circle.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from call_transfer.directory import SHARED, TRANSFEROR
from call_transfer.entry import Entry
from call_transfer.errors import MalformedEntry
from refer_cli.targets import vocabulary
from refer_cli.targets.chains import chains
from refer_cli.targets.ledger import Lacking, Ledger, Reference
from refer_cli.targets.located import Located, Mark, Problem, UnreadableFile

_FIELDS = {"fallback": "fallback", "closed": "hours.closed", "key": "menu.keys"}


def check(entries: Iterable[Located], ledger: Ledger, tenant: str = SHARED) -> Iterator[Problem]:
    """Yield what is wrong with each entry, and put the sound ones into the ledger.

    An entry without a tenant becomes one of `tenant`.
    """
    try:
        for located in entries:
            yield from _of_entry(located, ledger, tenant)
    except UnreadableFile as error:
        yield error.problem


def check_together(ledger: Ledger) -> Iterator[Problem]:
    """Yield what is wrong between entries: circles, and chains that are too long."""
    for chain in chains(ledger.database):
        yield Problem(chain.line, chain.column, chain.source[1], f"{_FIELDS[chain.kind]} {chain}")


def warning(lacking: Lacking) -> Problem:
    """Say that a reference leads to no entry."""
    tenant, address = lacking.source
    where = "shared entry" if tenant == SHARED else f"entry of {tenant} and no shared one"
    text = f"{_FIELDS[lacking.kind]} names {lacking.target}, for which there is no {where}"
    return Problem(lacking.line, lacking.column, address, text, warning=True)


def _of_entry(located: Located, ledger: Ledger, tenant: str) -> Iterator[Problem]:
    wrong = [replace(problem, address=located.address) for problem in located.problems]
    yield from wrong
    if wrong and not located.item:
        return
    item = {"tenant": tenant} | located.item
    try:
        references = _references(located, Entry.parse(item))
    except MalformedEntry as error:
        # What the reader of the file has told is not told twice: it stands in the same line.
        place = located.at(error.field)
        ledger.note_unsound((str(item["tenant"]), located.address))
        if not any(_same(problem, place) for problem in wrong):
            yield located.problem(
                error.field, f"{error.field} {error.problem}{_quoting(located, error)}"
            )
        return
    if not isinstance(item["tenant"], str) or not item["tenant"]:
        yield located.problem("tenant", f"tenant must be a text: an AccountSid, or {SHARED}")
        return
    if any(not problem.warning for problem in wrong):
        ledger.note_unsound((item["tenant"], item["address"]))
        return
    first = ledger.add(item, located.mark.line, references)
    if first is not None:
        yield located.problem(
            "address", f"address is there twice for tenant {item['tenant']}, first in line {first}"
        )


def _references(located: Located, entry: Entry) -> list[Reference]:
    found: list[Reference] = []
    for kind, address in entry.references:
        if address == TRANSFEROR:
            continue
        place = located.at(f"{_FIELDS[kind]}.{_step(located.item, kind, address)}")
        found.append((kind, address, place.line, place.column))
    return found


def _step(item: dict[str, Any], kind: str, address: str) -> object:
    """Return the key or the index under which an address stands."""
    if kind == "key":
        return next(key for key, step in item["menu"]["keys"].items() if step == address)
    return item["fallback"].index(address) if kind == "fallback" else ""


def _same(problem: Problem, place: Mark) -> bool:
    if isinstance(place.column, str):
        return problem.column == place.column
    return problem.line == place.line


def _quoting(located: Located, error: MalformedEntry) -> str:
    """Return the advice to put into quotes what YAML takes for something else than a text."""
    mark, value = located.at(error.field), _inside(located.item, error.field)
    leaf = error.field.replace("]", "").replace("[", ".").rpartition(".")[2]
    if leaf in vocabulary.NOT_TEXTS:
        return ""
    plain = mark.plain or next((one.plain for one in mark.inner.values() if one.plain), "")
    if not plain or isinstance(value, str):
        return ""
    return f'; to YAML {plain} is no text, put it in quotes: "{plain}"'


def _inside(item: Any, path: str) -> object:  # noqa: ANN401 - whatever a file holds
    for step in path.split("."):
        item = item.get(step) if isinstance(item, dict) else None
    return item

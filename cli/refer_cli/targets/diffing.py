"""`refer targets diff`: what an import of a file would change, and what only the table has."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import click

from call_transfer.directory import SHARED
from call_transfer.dynamodb import plain
from refer_cli.targets.checking import check
from refer_cli.targets.connection import Where, in_words, table_options
from refer_cli.targets.files import file_argument, format_option, reading, shown
from refer_cli.targets.ledger import Ledger
from refer_cli.targets.located import printable
from refer_cli.targets.reporting import Report, counted, max_problems_option
from refer_cli.targets.table import Table
from refer_cli.targets.wire import key_of, wire

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that is not the same in both: `+` only in the file, `-` only in the table, `~`."""

    sign: str
    tenant: str
    address: str
    fields: Mapping[str, tuple[Any, Any]]

    def __str__(self) -> str:
        lines = [f"{self.sign} {self.tenant}/{self.address}"]
        for name, (before, after) in self.fields.items():
            lines.append(f"    {name}: {_shown(before)} -> {_shown(after)}")
        return "\n".join(map(printable, lines))

    def as_json(self) -> dict[str, Any]:
        """Return the same for a program."""
        fields = {name: {"table": old, "file": new} for name, (old, new) in self.fields.items()}
        return {
            "sign": self.sign,
            "tenant": self.tenant,
            "address": self.address,
            "fields": fields,
        }


@click.command()
@file_argument
@format_option
@table_options
@max_problems_option
@click.option("--tenant", default=SHARED, help="Whose entries those without a tenant are.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, one per difference.")
@click.pass_context
def diff(context: click.Context, /, where: Where, **given: Any) -> None:  # noqa: ANN401 - click's
    """Compare FILE with the targets table: `+` only in FILE, `-` only in the table, `~` differs.

    Entries of tenants that are not in FILE are not compared, as `import --prune` leaves them alone.
    Exit status 1 says that they differ, or that FILE is invalid.
    """
    table = where.connect()
    report = Report(shown(given["file"]), given["max_problems"], given["as_json"])
    same = True
    with closing(Ledger()) as ledger, in_words(f"the table {table.name}"):
        with reading(given["file"], given["form"]) as entries:
            report.tell(check(entries, ledger, given["tenant"]))
        report.rest()
        if report.errors:
            click.echo(f"{counted(report.errors, 'problem')}: nothing is compared.", err=True)
            context.exit(1)
        for one in differences(ledger, table):
            same = False
            if given["as_json"]:
                click.echo(json.dumps(one.as_json(), default=str))
            else:
                click.secho(str(one), fg=_COLOURS[one.sign])
    context.exit(0 if same else 1)


def differences(ledger: Ledger, table: Table) -> Iterator[Difference]:
    """Yield what differs, tenant by tenant: first by the table's order, then what it lacks."""
    for tenant in ledger.tenants():
        for there in table.items(tenant):
            key = key_of(there)
            wanted = ledger.take(key)
            if wanted is None:
                yield Difference("-", *key, {})
            elif wire(wanted) != there:
                yield Difference("~", *key, _fields(plain(there), wanted))
    for item in ledger.untaken():
        yield Difference("+", item["tenant"], item["address"], {})


def _fields(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = [*before, *(name for name in after if name not in before)]
    pairs = {name: (before.get(name), after.get(name)) for name in sorted(names)}
    return {name: (old, new) for name, (old, new) in pairs.items() if not _same(old, new)}


def _same(one: object, other: object) -> bool:
    return (type(one), one) == (type(other), other)


def _shown(value: object) -> str:
    return "absent" if value is None else json.dumps(value, ensure_ascii=False, default=str)

"""`refer targets show`: one entry, or which entry governs what a Refer-To names."""

import json
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table as Grid

from call_transfer.directory import SHARED, Key, candidates, is_address, keys, match
from call_transfer.dynamodb import plain
from call_transfer.entry import Entry
from call_transfer.errors import InvalidTarget, MalformedEntry
from call_transfer.refer_to import ReferTo
from refer_cli.targets.connection import Where, in_words, table_options
from refer_cli.targets.located import printable
from refer_cli.targets.output import NotInAFile, plain_item, yaml_of

type Entries = Mapping[Key, dict[str, Any]]


@click.command()
@click.argument("address")
@table_options
@click.option("--tenant", default=SHARED, help="For whose calls: an AccountSid.")
@click.option("--initial", is_flag=True, help="As an initial call, which `default` may serve.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def show(
    context: click.Context,
    /,
    where: Where,
    address: str,
    tenant: str,
    *,
    initial: bool,
    as_json: bool,
) -> None:
    """Show the entry of ADDRESS; of a Refer-To, all addresses that it is looked up under.

    A Refer-To is read as the webhook reads it, and the first entry that is there governs. Exit
    status 1 says that there is none: the transfer would be refused.
    """
    addresses = _ladder(address, initial=initial)
    table = where.connect()
    wanted = list(dict.fromkeys(keys(tenant, addresses)))
    with in_words(f"the table {table.name}"):
        found = {key: plain(item) for key, item in table.get(wanted).items()}
    item = match(tenant, addresses, found)
    if as_json:
        click.echo(json.dumps(_answer(wanted, found, item), indent=2, default=str))
    else:
        _tell(address, wanted, found, item)
    context.exit(0 if item else 1)


def _ladder(text: str, *, initial: bool) -> tuple[str, ...]:
    """Return the addresses to look up, most specific first."""
    try:
        return candidates(ReferTo.parse(text), initial=initial)
    except InvalidTarget as refusal:
        if is_address(text):
            return (text,)
        raise click.UsageError(
            f"{printable(text)!r} is no address of an entry, and no Refer-To: {refusal.message}"
        ) from None


def _answer(wanted: list[Key], found: Entries, item: Mapping[str, Any] | None) -> dict[str, Any]:
    ladder = [
        {"tenant": tenant, "address": address, "there": (tenant, address) in found}
        for tenant, address in wanted
    ]
    return {"candidates": ladder, "entry": item, "problem": _problem(item)}


def _tell(asked: str, wanted: list[Key], found: Entries, item: Mapping[str, Any] | None) -> None:
    if len({address for _, address in wanted}) > 1:
        grid = Grid()
        for title in ("tenant", "address", ""):
            grid.add_column(title, overflow="fold")
        for key in wanted:
            there = found.get(key)
            note = "-" if there is None else "governs" if there is item else "there, less specific"
            grid.add_row(*map(printable, key), note)
        # An address may hold brackets, which would be rich's markup.
        Console(markup=False, highlight=False).print(grid)
    if item is None:
        click.echo(f"{printable(asked)}: no entry, so it is not dialled.")
        return
    try:
        click.echo(yaml_of([plain_item(item)]), nl=False)
    except NotInAFile:
        click.echo(printable(str(dict(item))))
    if problem := _problem(item):
        click.secho(f"malformed, so it refuses: {problem}", fg="red", err=True)


def _problem(item: Mapping[str, Any] | None) -> str:
    if item is None:
        return ""
    try:
        Entry.parse(item)
    except MalformedEntry as error:
        return printable(f"{error.field} {error.problem}")
    return ""

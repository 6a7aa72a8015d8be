"""`refer targets set`: some fields of one entry, if it still is what was read."""

import json
from typing import Any

import click

from call_transfer.directory import SHARED
from call_transfer.dynamodb import plain
from call_transfer.entry import FIELDS, Entry
from call_transfer.errors import MalformedEntry
from refer_cli.targets import yaml_file
from refer_cli.targets.connection import Where, in_words, table_options
from refer_cli.targets.located import printable
from refer_cli.targets.output import yaml_of
from refer_cli.targets.vocabulary import kind
from refer_cli.targets.wire import wire

_KEY = ("tenant", "address")


@click.command("set")
@click.argument("address")
@click.argument("values", nargs=-1, metavar="[FIELD=VALUE]...")
@click.option("--unset", multiple=True, metavar="FIELD", help="Take this field out.")
@table_options
@click.option("--tenant", default=SHARED, help="Whose entry.")
@click.option("--dry-run", is_flag=True, help="Show the entry, and do not write it.")
@click.option("--json", "as_json", is_flag=True, help="Print the entry as JSON.")
@click.pass_context
def set_(
    context: click.Context,
    /,
    where: Where,
    address: str,
    values: tuple[str, ...],
    *,
    unset: tuple[str, ...],
    tenant: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Set fields of the entry of ADDRESS, which is made when there is none.

    \b
    refer targets set 2001 'dial=[{sip: "sip:agentb@pbx.example.com"}]' ring_timeout=20
    refer targets set 2001 enabled=false --unset fallback

    A VALUE is YAML; where a field can be a text, the text as it stands. Exit status 1 says that the
    entry would be malformed, or was changed meanwhile by somebody else: then nothing is written.
    """  # noqa: D301 - \b is a character here, by which click keeps the lines
    given = dict(_pair(value) for value in values)
    for name in unset:
        _known(name)
    if not given and not unset:
        raise click.UsageError("Say what to set: FIELD=VALUE, or --unset FIELD.")
    table = where.connect()
    key = (tenant, address)
    with in_words(f"the table {table.name}"):
        seen = table.get([key]).get(key)
        before = plain(seen) if seen else {"tenant": tenant, "address": address}
        item = {name: value for name, value in (before | given).items() if name not in unset}
        try:
            Entry.parse(item)
        except MalformedEntry as error:
            raise click.ClickException(printable(f"{error.field} {error.problem}")) from None
        written = wire(item)
        if not dry_run and written != seen and not table.put(written, seen):
            raise click.ClickException(
                f"{tenant}/{address} was changed meanwhile; nothing is written. Look at it with"
                " `refer targets show`, and set it again."
            )
    click.echo(json.dumps(item) if as_json else yaml_of([item]), nl=as_json)
    context.exit(0)


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"{printable(text)!r} is not FIELD=VALUE.")
    _known(name)
    quoted = value[:1] in ('"', "'")
    structured = quoted or value[:1] in ("{", "[")
    if (kind(name) == "string" and not quoted) or (kind(name) == "nested" and not structured):
        return name, value
    try:
        return name, yaml_file.read_value(value)
    except ValueError as error:
        raise click.UsageError(printable(f"{name}: {error}")) from None


def _known(name: str) -> None:
    if name in _KEY:
        raise click.UsageError(f"{name} is part of the key: delete the entry and set another one.")
    if name not in FIELDS:
        raise click.UsageError(f"{printable(name)!r} is no field; they are {', '.join(FIELDS)}.")

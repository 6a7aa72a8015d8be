"""`refer targets export`: the table as a directory file, entry by entry."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from call_transfer.dynamodb import plain
from refer_cli.targets.connection import Where, in_words, table_options
from refer_cli.targets.files import STREAM, form_of, format_option
from refer_cli.targets.located import printable
from refer_cli.targets.output import Item, NotInAFile, as_csv, as_yaml, plain_item
from refer_cli.targets.table import Table
from refer_cli.targets.wire import key_of


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default=STREAM)
@format_option
@table_options
@click.option("--tenant", help="Only the entries of this tenant, by address; `*` are the shared.")
@click.pass_context
def export(
    context: click.Context, /, where: Where, file: str, form: str | None, tenant: str | None
) -> None:
    """Write the targets table to FILE, or to standard output. Importing it changes nothing.

    In CSV a cell that a spreadsheet would take for a formula begins with an apostrophe, which an
    import takes away. Numbers alone stand as they are: let the spreadsheet read all columns as
    text, or it drops the + of +14155550123.

    Exit status 1 says that an entry was left out, since no file can say what it holds.
    """
    write = {"yaml": as_yaml, "csv": as_csv}[form_of(file, form)]
    table = where.connect()
    left: list[str] = []
    with in_words(f"the table {table.name}"):
        pieces = write(_items(table, tenant, left))
        if file == STREAM:
            sys.stdout.writelines(pieces)
        else:
            _write(pieces, Path(file))
    for problem in left:
        click.echo(f"left out: {printable(problem)}", err=True)
    context.exit(1 if left else 0)


def _write(pieces: Iterator[str], path: Path) -> None:
    """Write beside the file, and put it in place when it is whole."""
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(pieces)
        beside.replace(path)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)


def _items(table: Table, tenant: str | None, left: list[str]) -> Iterator[Item]:
    for item in table.items(tenant):
        try:
            yield plain_item(plain(item))
        except NotInAFile as problem:
            left.append(f"{'/'.join(key_of(item))}: {problem}")

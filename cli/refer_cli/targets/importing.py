"""`refer targets import`: put a directory file into the table; of an invalid one nothing."""

import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import batched
from typing import Any

import click

from call_transfer.directory import SHARED
from refer_cli.targets.checking import check, check_together, warning
from refer_cli.targets.connection import Where, in_words, table_options
from refer_cli.targets.files import STREAM, file_argument, format_option, reading, shown
from refer_cli.targets.ledger import Lacking, Ledger
from refer_cli.targets.located import printable
from refer_cli.targets.progress import Progress, interruptible
from refer_cli.targets.pruning import find_surplus, surplus
from refer_cli.targets.reporting import Report, counted, max_problems_option
from refer_cli.targets.table import BATCH, Table
from refer_cli.targets.writing import Writer

_INTERRUPTED = 130


@click.command("import")
@file_argument
@format_option
@table_options
@max_problems_option
@click.option("--tenant", default=SHARED, help="Whose entries those without a tenant are.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--prune", is_flag=True, help="Delete what the file lacks, of the tenants in it.")
@click.option("--yes", is_flag=True, help="Do not ask before entries are deleted.")
@click.option(
    "--concurrency", type=click.IntRange(1, 64), default=16, show_default=True, help="Writers."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, the last one the counts.")
@click.pass_context
def import_(context: click.Context, /, where: Where, **given: Any) -> None:  # noqa: ANN401 - click's
    """Put the entries of FILE into the targets table. Needs AWS credentials that may write it.

    First the whole file is checked; of an invalid one nothing is written. An entry that is in the
    table already stays untouched, so an import that broke off is continued by running it again. An
    entry that somebody else changes at the same time is not overwritten, but reported.

    Exit status 1 says that the file is invalid, or that an entry was changed meanwhile; 2 that the
    table cannot be used; 130 that it was interrupted.
    """
    if given["prune"] and given["file"] == STREAM and not (given["yes"] or given["dry_run"]):
        raise click.UsageError("--prune asks, and stdin is the file: add --yes.")
    table = where.connect(given["concurrency"])
    report = Report(shown(given["file"]), given["max_problems"], given["as_json"])
    with closing(Ledger()) as ledger, in_words(f"the table {table.name}"):
        with reading(given["file"], given["form"]) as entries:
            report.tell(check(entries, ledger, given["tenant"]))
        report.tell(check_together(ledger))
        if not report.errors:
            report.tell(map(warning, _lacking(ledger, table)))
        report.rest()
        if report.errors:
            click.echo(f"{counted(report.errors, 'problem')}: nothing is written.", err=True)
            context.exit(1)
        status = _write(ledger, table, given)
    context.exit(status)


def _lacking(ledger: Ledger, table: Table) -> Iterator[Lacking]:
    """Yield the references that lead to no entry, neither in the file nor in the table."""
    for some in batched(ledger.lacking(), BATCH // 2, strict=False):
        keys = [(tenant, one.target) for one in some for tenant in (one.source[0], SHARED)]
        there = table.get(keys)
        for one in some:
            if not {(one.source[0], one.target), (SHARED, one.target)} & there.keys():
                yield one


def _write(ledger: Ledger, table: Table, given: dict[str, Any]) -> int:
    """Write, delete what --prune deletes, and tell; return the exit status."""
    dry_run = given["dry_run"]
    if given["prune"]:
        find_surplus(ledger, table)
        _confirm(ledger, asking=not (dry_run or given["yes"]))
    stopping = threading.Event()
    writer = Writer(table, given["concurrency"], dry_run, stopping)
    total = ledger.count() + ledger.count_surplus()
    with Progress(total, dry_run=dry_run, as_json=given["as_json"]) as progress:
        try:
            with interruptible(stopping) as interrupted:
                for step in writer.put(ledger.items()):
                    progress.tell(step)
                if not stopping.is_set():
                    for step in writer.delete(surplus(ledger)):
                        progress.tell(step)
        finally:
            progress.close()
            progress.sum_up(complete=not stopping.is_set())
    if interrupted.is_set():
        return _INTERRUPTED
    return 1 if progress.refused else 0


def _confirm(ledger: Ledger, *, asking: bool) -> None:
    count = ledger.count_surplus()
    if not count or not asking:
        return
    for number, (key, _) in enumerate(ledger.surplus()):
        if number == 10:  # noqa: PLR2004 - enough to see what it is about
            click.echo("  …", err=True)
            break
        click.echo(f"  {printable('/'.join(key))}", err=True)
    click.confirm(f"Delete {counted(count, 'entry')} that the file lacks?", abort=True, err=True)

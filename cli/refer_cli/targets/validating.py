"""`refer targets validate`: what is wrong with a directory file, without any account."""

import json
from contextlib import closing

import click

from call_transfer.directory import SHARED
from refer_cli.targets.checking import check, check_together, warning
from refer_cli.targets.files import file_argument, format_option, reading, shown
from refer_cli.targets.ledger import Ledger
from refer_cli.targets.reporting import Report, counted, max_problems_option


@click.command()
@file_argument
@format_option
@max_problems_option
@click.option("--tenant", default=SHARED, help="Whose entries those without a tenant are.")
@click.option("--strict", is_flag=True, help="Count a warning as a problem.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, the last one the counts.")
@click.pass_context
def validate(
    context: click.Context,
    /,
    file: str,
    form: str | None,
    max_problems: int,
    tenant: str,
    *,
    strict: bool,
    as_json: bool,
) -> None:
    """Say what is wrong with each entry of FILE, and with the entries among themselves.

    Each problem is a line `file:line:column: address: field problem`; of a CSV file the row and the
    name of the column. `-` is standard input. Exit status 1 says that the file is invalid, which an
    import would refuse; a warning (an address that has no entry) alone does not make it invalid.
    """
    report = Report(shown(file), max_problems, as_json)
    with closing(Ledger()) as ledger:
        with reading(file, form) as entries:
            report.tell(check(entries, ledger, tenant))
        report.tell(check_together(ledger))
        report.tell(map(warning, ledger.lacking()))
        count = ledger.count()
    report.rest()
    valid = not report.errors and not (strict and report.warnings)
    if as_json:
        said = {"entries": count, "errors": report.errors, "warnings": report.warnings}
        click.echo(json.dumps({"valid": valid, **said}))
    else:
        warnings = f", {counted(report.warnings, 'warning')}" if report.warnings else ""
        problems = f", {counted(report.errors, 'problem')}" if report.errors else ""
        click.echo(f"{shown(file)}: {counted(count, 'sound entry')}{problems}{warnings}")
    context.exit(0 if valid else 1)

"""`refer lint`: what Twilio will refuse in a directory, what costs, and what never happens."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from call_transfer.directory import SHARED
from refer_cli.explaining.facts import settings_of, tokens_of
from refer_cli.linting import showing
from refer_cli.linting.finding import Severity
from refer_cli.linting.reading import Gathered, Told, gather, gather_table
from refer_cli.linting.rules import MALFORMED, RULES, findings
from refer_cli.targets.connection import Where, table_options
from refer_cli.targets.files import format_option, reading, shown
from refer_cli.targets.located import Located
from refer_cli.targets.reporting import max_problems_option

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@format_option
@table_options
@click.option("--tenant", default=SHARED, help="Whose entries those without a tenant are.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option(
    "--secret",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The secret as a file, for the users of SIP trunks.",
)
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%d"]), help="The day before which a date is over."
)
@click.option(
    "--ignore",
    multiple=True,
    type=click.Choice([rule.name for rule in RULES]),
    metavar="RULE",
    help="Leave a rule out; may be given several times.",
)
@max_problems_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--rules", "list_rules", is_flag=True, help="Only list what is looked for.")
@click.pass_context
def lint(context: click.Context, /, files: tuple[str, ...], where: Where, **given: Any) -> None:  # noqa: ANN401 - click's
    """Warn about a directory before a call does: the worst first, each with what to do.

    FILES are one directory together, read as `refer targets validate` reads them; without any, the
    entries are those of the deployed table. The settings are those of template.yaml, changed by
    --set. Nothing is dialled, and nothing is written.

    Exit status 1 says that there is an error or a warning; notes alone are none.
    """
    if given["list_rules"]:
        _print_rules(as_json=given["as_json"])
        return
    if files and context.get_parameter_source("table") is ParameterSource.COMMANDLINE:
        raise click.UsageError("FILES and --table are two directories: give one of them.")
    # What the options cannot say is told before a table is read.
    settings, trunks = settings_of(given["settings"]), _trunks(given["secret"])
    gathered = _gathered(files, where, given["form"], given["tenant"])
    subject = gathered.subject(settings, _day(given["at"]), trunks)
    told = [gathered.told(one) for one in findings(subject, given["ignore"])]
    if MALFORMED.name not in given["ignore"]:
        told += gathered.malformed
    told = showing.sorted_by_weight(told)
    if given["as_json"]:
        click.echo(json.dumps(showing.as_json(told, len(gathered.entries)), indent=2))
    else:
        _print(told, given["max_problems"])
        click.echo(showing.summary(told, len(gathered.entries)))
    context.exit(1 if any(one.finding.severity is not Severity.NOTE for one in told) else 0)


def _gathered(files: tuple[str, ...], where: Where, form: str | None, tenant: str) -> Gathered:
    if files:
        with ExitStack() as opened:
            return gather(_of_files(files, form, opened), tenant)
    return gather_table(where.connect(), tenant)


def _of_files(
    files: tuple[str, ...], form: str | None, opened: ExitStack
) -> Iterator[tuple[str, Iterator[Located]]]:
    for file in files:
        yield shown(file), opened.enter_context(reading(file, form))


def _trunks(secret: Path | None) -> Callable[[str], bool] | None:
    if secret is None:
        return None
    tokens = tokens_of(secret)
    return lambda name: tokens.credentials(name) is not None


def _day(at: datetime | None) -> date:
    return (at or datetime.now(UTC)).date()


def _print(told: list[Told], most: int) -> None:
    for one in told[:most]:
        click.secho(showing.line(one), fg=_COLOURS[one.finding.severity])
    if len(told) > most:
        click.echo(f"… and {len(told) - most} more; --max-problems shows them.")


def _print_rules(*, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(showing.rules_as_json(RULES), indent=2))
        return
    width = max(len(rule.name) for rule in RULES)
    for rule in RULES:
        click.echo(f"{rule.name:<{width}}  {'/'.join(rule.severities):<15}  {rule.sentence}")

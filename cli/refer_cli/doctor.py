"""`refer doctor`: is a deployed stack set up so that calls come in and transfers are made."""

import json
from pathlib import Path

import click

from refer_cli.doctoring import showing
from refer_cli.doctoring.checks import CHECKS, examined
from refer_cli.doctoring.finding import Status
from refer_cli.doctoring.setup import Setup

_COLOURS = {
    Status.FAIL: "red",
    Status.WARN: "yellow",
    Status.UNKNOWN: "magenta",
    Status.OK: "green",
}
_NAMES = [check.name for check in CHECKS]


@click.command()
@click.option("--config-env", default="default", help="Section of samconfig.toml.")
@click.option(
    "--samconfig",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("samconfig.toml"),
    help="Where the stack names are.",
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(_NAMES),
    metavar="CHECK",
    help=f"Make this check; repeatable. {', '.join(_NAMES)}.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 30),
    default=1,
    show_default=True,
    help="How far back alerts are read.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--checks", "list_checks", is_flag=True, help="Only list what is looked at.")
@click.pass_context
def doctor(
    context: click.Context,
    config_env: str,
    samconfig: Path,
    only: tuple[str, ...],
    days: int,
    *,
    as_json: bool,
    list_checks: bool,
) -> None:
    """Check a live set-up end to end: stack, secret, account, URLs, directory, alerts.

    Nothing is changed, nobody is dialled and nothing recorded: the webhooks get one request that
    is not signed and one that is signed and names no call, and refuse both. Credentials for AWS
    are those of your shell; Twilio is asked with the first token of the stack's secret, or, where
    that cannot be read, with TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.

    Exit status 1 says that a check failed, 2 that none could be made. One that could not be made is
    `unknown`, says why, and does not count as failed.
    """
    if list_checks:
        width = max(map(len, _NAMES))
        for check in CHECKS:
            click.echo(f"{check.name:<{width}}  {check.sentence}")
        return
    made = []
    for one in examined(Setup(samconfig, config_env, days), only):
        made.append(one)
        for status, line in () if as_json else showing.lines(one):
            click.secho(line, fg=_COLOURS[status])
    if as_json:
        click.echo(json.dumps(showing.as_json(config_env, made), indent=2))
    else:
        click.echo(showing.summary(made))
        if showing.hint(made):
            click.echo(showing.hint(made))
    context.exit(showing.exit_status(made))

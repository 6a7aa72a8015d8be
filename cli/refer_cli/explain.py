"""`refer explain`: whom a transfer or a call would be dialled to, and why, before it happens."""

import json
from pathlib import Path
from typing import Any

import click

from call_transfer.directory import SHARED
from call_transfer.links import Mode
from call_transfer.noun import Noun
from refer_cli.explaining import show
from refer_cli.explaining.facts import (
    entries_of_file,
    entries_of_table,
    moment,
    settings_of,
    tokens_of,
)
from refer_cli.explaining.question import STATUSES, Question
from refer_cli.explaining.question import explain as ask
from refer_cli.targets.connection import Where, table_options
from refer_cli.targets.files import format_option

_CALLER = "+12025550143"
_CALLED = "+12025550100"
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("address")
@click.option("--directory", "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@format_option
@table_options
@click.option("--initial", is_flag=True, help="A call that comes in, not a transfer.")
@click.option(
    "--mode", type=click.Choice([mode.value for mode in Mode]), default="hold", show_default=True
)
@click.option("--tenant", default=SHARED, help="For whose calls: an AccountSid.")
@click.option(
    "--hop",
    type=click.IntRange(1, 99),
    default=1,
    show_default=True,
    help="Which transfer of the call it is.",
)
@click.option("--from", "caller", default=_CALLER, show_default=True, help="Who called in.")
@click.option("--to", "called", default=_CALLED, show_default=True, help="What was called.")
@click.option("--transferor", help="Who refers, as a SIP URI or a number; else a foreign Dial.")
@click.option("--at", help="When, like 2026-12-24T18:30; else now.")
@click.option("--zone", default="UTC", show_default=True, help="The time zone of --at.")
@click.option(
    "--then",
    "endings",
    multiple=True,
    type=click.Choice([*sorted(STATUSES), *"0123456789*#"]),
    help="What becomes of an answer: a DialCallStatus, or a key of a menu.",
)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter.")
@click.option("--secret", type=_file, help="The secret as a file, for users of SIP trunks.")
@click.option("--brief", is_flag=True, help="Without the TwiML, and the addresses without entries.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def explain(context: click.Context, /, address: str, where: Where, **given: Any) -> None:  # noqa: ANN401 - click's
    """Tell whom a transfer to ADDRESS, a Refer-To, would be dialled to, rule by rule.

    The entries are those of a file (--directory) or of the deployed table. The answers are made by
    the code that Lambda runs: the first, and what follows when nobody takes the call. Nothing is
    dialled, and nothing is written. Rates are not counted.

    Exit status 1 says that ADDRESS is refused, whatever is dialled instead.
    """
    question = Question(
        target=address,
        tenant=given["tenant"],
        now=moment(given["at"], given["zone"]),
        hop=0 if given["initial"] else given["hop"],
        mode=Mode(given["mode"]),
        caller=given["caller"],
        called=address if given["initial"] else given["called"],
        transferor=_transferor(given["transferor"]),
        endings=given["endings"],
    )
    file, form = given["file"], given["form"]
    explanation = ask(
        question,
        settings=settings_of(given["settings"]),
        lookup=entries_of_file(file, form) if file else entries_of_table(where),
        tokens=tokens_of(given["secret"]),
    )
    if given["as_json"]:
        click.echo(json.dumps(show.as_json(explanation), indent=2))
    else:
        click.echo(show.as_text(explanation, brief=given["brief"]))
    context.exit(1 if explanation.record.refused else 0)


def _transferor(text: str | None) -> tuple[Noun, ...]:
    if text is None:
        return ()
    kind = "number" if text.startswith("+") else "client" if text.startswith("client:") else "sip"
    try:
        return (Noun.parse({kind: text.removeprefix("client:")}),)
    except ValueError as problem:
        raise click.UsageError(f"--transferor: {problem}.") from None

"""`refer connect`: give the numbers and SIP domains of a Twilio account the URLs of a stack."""

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from refer_cli.connecting import credentials, saving, showing
from refer_cli.connecting.choosing import Chosen
from refer_cli.connecting.planning import Step, Urls
from refer_cli.connecting.stack import DeployedStack
from refer_cli.connecting.twilio_entrances import TwilioEntrances
from refer_cli.secret.typed import AccountSid

_VOICE, _FALLBACK, _SECRET = "VoiceUrl", "FallbackUrl", "TokensSecret"
_NOT_WITH_RESTORE = (
    *("numbers", "domains", "sids", "all_numbers"),
    *("voice_url", "fallback_url", "status_url", "account_sid"),
)


@click.command()
@click.option("--number", "numbers", multiple=True, metavar="+1…", help="A number; repeatable.")
@click.option("--sip-domain", "domains", multiple=True, metavar="NAME", help="A SIP domain.")
@click.option("--sid", "sids", multiple=True, metavar="PN…|SD…", help="Either, by its SID.")
@click.option("--all-numbers", is_flag=True, help="Every number that can be connected.")
@click.option("--voice-url", default="", help="Instead of the stack's VoiceUrl.")
@click.option("--fallback-url", default="", help="For all; else the stack's, where none is set.")
@click.option("--status-url", default="", help="A status callback of your own; else left alone.")
@click.option("--account-sid", type=AccountSid(), help="Which account of the stack's secret.")
@click.option("--config-env", default="default", help="Section of samconfig.toml.")
@click.option(
    "--samconfig",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("samconfig.toml"),
    help="Where the stack names are.",
)
@click.option(
    "--save", type=click.Path(dir_okay=False, path_type=Path), help="Write what is there before."
)
@click.option(
    "--restore",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Put back what --save wrote.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Show what would change, and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def connect(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - click's
    """Set the voice URL and the fallback URL of numbers and SIP domains, after showing them.

    The URLs are the stack's outputs VoiceUrl and FallbackUrl. Each change is shown first,
    made after a question, read back and compared. A second run has nothing to do.

    The account is that of TWILIO_ACCOUNT_SID, with TWILIO_AUTH_TOKEN or with TWILIO_API_KEY and
    TWILIO_API_SECRET; without these, the token is that of the stack's secret.

    Exit status 1 says that something was refused or not changed, or that the answer was no; 2 that
    nothing could be asked.
    """
    if given["as_json"] and not (given["yes"] or given["only_plan"]):
        raise click.UsageError("--json does not ask: give --plan or --yes with it.")
    if given["restore"] and any(given[name] for name in _NOT_WITH_RESTORE):
        raise click.UsageError(
            "--restore puts back all that is in its file: give no numbers, domains, URLs or account"
            " with it."
        )
    # Here, because twilio.rest takes a while to import, and --help needs none of it.
    from refer_cli.connecting.changing import change  # noqa: PLC0415 - see above

    key, steps = _planned(given)
    if not _go_ahead(steps, key.account_sid, given):
        context.exit(1 if any(step.refused and step.named for step in steps) else 0)
    account = TwilioEntrances(key.client())
    problems = {}
    for step in steps:
        if step.changes:
            problems[step.entrance.sid] = change(account, step)
            if not given["as_json"]:
                click.echo(showing.outcome(step, problems[step.entrance.sid]))
    if given["as_json"]:
        click.echo(json.dumps(showing.as_json(steps, problems), indent=2))
    context.exit(1 if any(problems.values()) else 0)


def _planned(given: dict[str, Any]) -> tuple[credentials.Credentials, list[Step]]:
    """Return whose entrances they are, and what is to change at each. Raises ClickException."""
    from refer_cli.connecting.asking import asked  # noqa: PLC0415 - as above

    stack = functools.cache(lambda: DeployedStack.read(given["samconfig"], given["config_env"]))
    if given["restore"]:
        account_sid, before = saving.saved(given["restore"])
        key = _key(account_sid, stack)
        with asked(f"account {key.account_sid}"):
            found = Chosen(sids=tuple(before)).entrances(TwilioEntrances(key.client()))
        return key, [Step(one, before[one.sid]) for one in found]
    chosen = Chosen(given["numbers"], given["domains"], given["sids"], given["all_numbers"])
    chosen.check()
    urls = _urls(given, stack)
    key = _key(given["account_sid"] or "", stack)
    with asked(f"account {key.account_sid}"):
        found = chosen.entrances(TwilioEntrances(key.client()))
    return key, [Step.connect(one, urls, named=chosen.named(one)) for one in found]


def _go_ahead(steps: list[Step], account_sid: str, given: dict[str, Any]) -> bool:
    """Show the plan; whether anything is to be changed now."""
    if not given["as_json"]:
        for line in showing.plan(steps):
            click.echo(line)
    refused = any(step.refused and step.named for step in steps)
    changing = [step for step in steps if step.changes]
    if refused or given["only_plan"] or not changing:
        _stay(steps, refused=refused, given=given)
        return False
    question = f"Change {showing.counted_changes(steps)} of {account_sid}?"
    if not given["yes"] and not click.confirm(question):
        raise click.ClickException("the answer was no. Nothing was changed.")
    if given["save"]:
        saving.save(given["save"], account_sid, changing)
    return True


def _stay(steps: list[Step], *, refused: bool, given: dict[str, Any]) -> None:
    if given["as_json"]:
        click.echo(json.dumps(showing.as_json(steps, None), indent=2))
    elif refused:
        click.echo("Nothing was changed: leave out what is refused, or put it right first.")
    elif any(step.changes for step in steps):
        click.echo(f"Would change {showing.counted_changes(steps)}. Nothing was changed.")
    else:
        click.echo("Nothing to do.")


def _urls(given: dict[str, Any], stack: Callable[[], DeployedStack]) -> Urls:
    """Return the URLs of the options, and those of the stack where none is given."""
    voice, spare = given["voice_url"], ""
    if not voice:
        outputs = stack().outputs
        if _VOICE not in outputs:
            raise click.ClickException(
                f"the stack {stack().name} has no output {_VOICE}: is it this application's? Or"
                " give --voice-url."
            )
        voice, spare = outputs[_VOICE], outputs.get(_FALLBACK, "")
    urls = Urls(voice, given["fallback_url"], given["status_url"], spare)
    for problem in urls.problems():
        raise click.ClickException(f"{problem} Nothing was changed.")
    return urls


def _key(account_sid: str, stack: Callable[[], DeployedStack]) -> credentials.Credentials:
    """Return whose entrances they are: by the environment, or else by the stack's secret."""
    found = credentials.of_environment(os.environ)
    if found and account_sid in ("", found.account_sid):
        return found
    # A SID without a token says which account of the secret is meant.
    wanted = account_sid or os.environ.get("TWILIO_ACCOUNT_SID", "")
    outputs = stack().outputs
    if _SECRET not in outputs:
        raise click.UsageError(
            "set TWILIO_ACCOUNT_SID, and TWILIO_AUTH_TOKEN or TWILIO_API_KEY and"
            f" TWILIO_API_SECRET: the stack has no output {_SECRET}."
        )
    return credentials.of_secret(credentials.secret_text(outputs[_SECRET]), wanted)

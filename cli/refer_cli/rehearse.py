"""`refer rehearse`: transfer calls through a stack, with Twilio's part played on this machine."""

import re
import time
import uuid
from pathlib import Path
from typing import Any

import click

from gateway import entries
from gateway.stack import Stack
from pivot import parameters
from pivot.client import Client
from pivot.delivery import fetch
from pivot.matrix.cell import NUMBER, Cell
from pivot.matrix.confined import Elsewhere, confined
from pivot.matrix.local import cells
from pivot.matrix.main import chosen_cells
from pivot.matrix.play import Application, play
from pivot.matrix.seed import HOLD_NUMBER
from pivot.matrix.show import Showing, tell
from pivot.model.knobs import Knobs
from pivot.parameters import CallFacts
from pivot.sign import LOCAL
from pivot.webhooks import Account

_BASE_URL = re.compile(r"https?://[^/?#\s]+(/[^?#\s]*[^/?#\s])?")
_RATES = ("TRANSFEROR_PER_MINUTE", "TARGET_PER_MINUTE", "TENANT_PER_MINUTE")
_FORBIDDEN = 403
_FIRST_AGENT = b"sip:agenta@pbx.example.com"


@click.command()
@click.argument("base_url", required=False)
@click.option("--account-sid", envvar="TWILIO_ACCOUNT_SID", help="Whose calls they are.")
@click.option("--auth-token", envvar="TWILIO_AUTH_TOKEN", help="Signs; better in the environment.")
@click.option("--local", is_flag=True, help="The account of `make serve`.")
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="How the stack is set."
)
@click.option("--cell", multiple=True, metavar="NAME", help="Only these.")
@click.option(
    "--knobs", default="", metavar="NAME=VALUE", help="How Twilio behaves, see docs/pivot.md."
)
@click.option("--ladder", is_flag=True, help="Draw every call.")
@click.option("--twiml", is_flag=True, help="With the TwiML of the answers.")
@click.option("--svg", type=click.Path(file_okay=False, path_type=Path), help="Draw into it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--entries", "tenant", metavar="TENANT", help="Print the directory that it needs.")
@click.pass_context
def rehearse(context: click.Context, /, base_url: str | None, **given: Any) -> None:  # noqa: ANN401 - click's
    """Transfer calls through the stack at BASE_URL and compare each with Twilio's page.

    Twilio, the caller and the agents are played here; webhooks are real, signed, over HTTP. No
    phone rings and no Twilio account is charged. The calls leave records in the stack.

    The account must be in the secret of the stack, its directory must have the entries that
    --entries prints for `refer targets import -`, and its rates no limit: use a stack for tests.
    Exit status 1 says that a call went otherwise, 2 that the command or the stack is not ready.
    """
    if given["tenant"]:
        click.echo(_entries(given["tenant"]), nl=False)
        return
    if base_url is None or not _BASE_URL.fullmatch(base_url):
        raise click.UsageError("BASE_URL is like https://abc.example.com, without a final slash.")
    account = _account(given)
    if not given["local"]:
        _check_rates(given["settings"])
    try:
        knobs = Knobs.parse(given["knobs"])
        chosen, left = _playable(chosen_cells(cells(), given["cell"]), given["settings"])
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    began = time.monotonic()
    with Client() as client:
        application = Application(base_url, confined(client.send, base_url), account)
        _check(application)
        run = uuid.uuid4().hex
        try:
            played = [play(cell, knobs, application, run) for cell in chosen]
        except Elsewhere as problem:
            raise _NotReady(str(problem)) from None
    showing = Showing(given["ladder"], given["twiml"], given["svg"], given["as_json"])
    status = tell(played, showing, time.monotonic() - began)
    if left and not given["as_json"]:
        click.echo(f"Left out, since they need other settings (--set): {', '.join(left)}")
    context.exit(status)


def _account(given: dict[str, Any]) -> Account:
    if given["local"]:
        return LOCAL
    if not given["account_sid"] or not given["auth_token"]:
        raise click.UsageError(
            "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to an account that is in the secret"
            " of the stack, or use --local for `make serve`."
        )
    return Account(given["account_sid"], given["auth_token"])


def _playable(chosen: list[Cell], settings: tuple[str, ...]) -> tuple[list[Cell], list[str]]:
    """Return the cells that this stack can play, and the ids of the others. Raises ValueError."""
    known = Stack().environment
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or name not in known:
            raise ValueError(f"--set {setting}: not NAME=VALUE with a name of {', '.join(known)}")
        known = known | {name: value}
    playable = [cell for cell in chosen if cell.settings.items() <= known.items()]
    return playable, [cell.id for cell in chosen if cell not in playable]


def _check_rates(settings: tuple[str, ...]) -> None:
    """Refuse a stack that would refuse the calls: they all come within a minute or two."""
    known = Stack().environment | dict(one.partition("=")[::2] for one in settings)
    limits = [name for name in _RATES if known[name] != "0"]
    if limits:
        options = " ".join(f"--set {name}=0" for name in limits)
        raise _NotReady(
            "a stack with the default limits refuses so many transfers in a minute: deploy one with"
            f" TransferorPerMinute=0 and TargetPerMinute=0, and say so here: {options}"
        )


def _check(application: Application) -> None:
    """Send one initial webhook, so that what is not ready is said once and not for every cell."""
    facts = CallFacts(
        application.account.sid, f"CA{uuid.uuid4().hex}", NUMBER, HOLD_NUMBER, "ringing"
    )
    url, form = application.voice_url, parameters.voice(facts)
    result = fetch(application.send, application.account, url, form)
    if result.ok and _FIRST_AGENT in result.body:
        return
    if not result.status:
        why = result.attempts[-1].outcome.what.words
        raise _NotReady(f"{url}: {why} (Twilio {result.error}). Is the stack there?")
    if result.status == _FORBIDDEN:
        raise _NotReady(
            f"{url} answered 403: it does not take this signature. Is the account in the secret,"
            " is the token its primary one, is BASE_URL the one that the stack knows?"
        )
    if result.ok:
        raise _NotReady(
            f"{url} does not dial {_FIRST_AGENT.decode()} for a call to {HOLD_NUMBER}:"
            " the directory lacks the entries; `refer rehearse --entries '*'` prints them for"
            " `refer targets import -`."
        )
    said = result.body[:200].decode(errors="replace")
    raise _NotReady(f"{url} answered {result.status}: {said}")


class _NotReady(click.ClickException):
    """The stack cannot be rehearsed as it is."""

    exit_code = 2


def _entries(tenant: str) -> str:
    """Return the directory entries as a file that `refer targets import` takes."""
    from refer_cli.targets.output import as_yaml  # noqa: PLC0415 - for this alone

    return "".join(as_yaml(item | {"tenant": tenant} for item in entries.load(entries.DEMO)))

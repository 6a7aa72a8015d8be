"""Checks: are there tokens in the secret, does Twilio take them, and is the account alive."""

from collections.abc import Iterator
from typing import Any

import click

from refer_cli.connecting.credentials import Credentials
from refer_cli.doctoring.finding import Finding, fail, ok, warn
from refer_cli.doctoring.setup import Setup
from refer_cli.signed.deployed import UnusableTokens
from refer_cli.targets.reporting import counted

_FILL = "fill it with `refer secret set`"
_REFUSED = 401


def secret(setup: Setup) -> Iterator[Finding]:
    """Yield how many tokens the deployed code would find. Raises ClickException."""
    try:
        tokens = setup.tokens
    except UnusableTokens as problem:
        yield fail(f"every request is refused: {problem}", _FILL)
        return
    for account, keys in tokens.items():
        more = ", the first one signs; the others are those of a rotation" if keys[1:] else ""
        yield ok(f"{counted(len(keys), 'token')} of {account}{more}")


def account(setup: Setup) -> Iterator[Finding]:
    """Yield what Twilio says of each account of the secret. Raises ClickException."""
    for one in setup.accounts:
        yield _account(one, _held(setup, one))


def _held(setup: Setup, one: Credentials) -> tuple[str, ...]:
    try:
        return setup.tokens.get(one.account_sid, ())
    except (click.ClickException, UnusableTokens):
        return ()  # the check of the secret has said it


def _account(one: Credentials, held: tuple[str, ...]) -> Finding:
    # Here, because it is a large library, and not every check needs it.
    from twilio.base.exceptions import TwilioRestException  # noqa: PLC0415 - see above

    from refer_cli.twilio_api import in_words  # noqa: PLC0415 - see above

    sid = one.account_sid
    with in_words(f"account {sid}"):
        try:
            found = one.client().api.v2010.accounts(sid).fetch()
        except TwilioRestException as error:
            if error.status != _REFUSED:
                raise
            return _refused(one, held)
    return _state(sid, found, held)


def _refused(one: Credentials, held: tuple[str, ...]) -> Finding:
    """Say that the first token opens nothing, and whether another one does."""
    from twilio.base.exceptions import TwilioRestException  # noqa: PLC0415 - as above

    sid = one.account_sid
    if not held:
        text = f"{sid}: Twilio does not take the credentials of the environment"
        return fail(text, "compare TWILIO_ACCOUNT_SID and the token or key beside it: they differ")
    for position, token in enumerate(held[1:], start=2):
        try:
            Credentials(sid, token).client().api.v2010.accounts(sid).fetch()
        except TwilioRestException as error:
            if error.status != _REFUSED:
                raise
            continue
        text = (
            f"{sid}: Twilio does not take the first token of the secret, but token {position}:"
            " webhooks are served, since each of them is tried"
        )
        return warn(text, f"put token {position} first, and take out the one that is not valid")
    text = (
        f"{sid}: Twilio takes no token of the secret: it was replaced or mistyped, or the account"
        " is suspended or closed. Every webhook is refused (403)"
    )
    return fail(text, f"copy the primary auth token from the console, and {_FILL}")


def _state(sid: str, found: Any, held: tuple[str, ...]) -> Finding:  # noqa: ANN401 - twilio ships no annotations
    if found.status != "active":
        return fail(
            f"{sid} is {found.status}: no call comes in, and none goes out",
            "look at the balance and at the messages of the Twilio console",
        )
    if found.type == "Trial":
        text = (
            f"{sid} is a trial account: it calls verified numbers only (32100), and callers hear a"
            " message of Twilio's first"
        )
        return warn(text, "upgrade the account before others call")
    # "REST API: Accounts" has auth_token, and does not say that it is the primary one: a guess.
    if held and found.auth_token and found.auth_token not in held:
        text = (
            f"{sid}: Twilio takes the first token of the secret, but shows another one for the"
            " account: if that is the primary token, it signs with it, and every request is refused"
        )
        return warn(text, f"compare it with the primary auth token in the console, and {_FILL}")
    return ok(f"{sid} is active, and Twilio takes its token")

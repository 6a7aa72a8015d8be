"""What a person types or a program hands over: account SID, auth token, user and password.

Nothing of it is echoed, and no message here quotes it: it may be a token in the wrong place.
"""

import os
import re
import sys
from collections.abc import Callable
from typing import Any

import click

from refer_cli.secret.document import ACCOUNT_SID

ACCOUNT_VARIABLE, TOKEN_VARIABLE = "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"

# No page of Twilio's says so; every token and every example there has this shape.
_TOKEN = re.compile(r"[0-9a-fA-F]{32}")
_FINGERPRINT = re.compile(r"[0-9a-f]{8}")
_MOST = 1024  # characters of a line on stdin


class AccountSid(click.ParamType[str]):
    """AC and 32 hexadecimal digits."""

    name = "AC…"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the SID; what is none is not quoted."""
        if not ACCOUNT_SID.fullmatch(value):
            self.fail("that is no account SID: AC and 32 hexadecimal digits.", param, ctx)
        return value


def no_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse arguments without quoting them, as click would do."""

    def refuse(
        _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
    ) -> None:
        if given:
            raise click.UsageError(
                "this takes no argument. If it was a token: the shell has it in its history, and"
                " other users of this machine may have seen it. Replace it (refer rotate)."
            )

    return click.argument(
        "surplus", nargs=-1, metavar="", expose_value=False, callback=refuse, type=click.UNPROCESSED
    )(command)


def no_token(_context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    """Refuse a token where something else belongs, before a message quotes it."""
    if given is not None and _TOKEN.fullmatch(given):
        raise click.UsageError(
            f"--{(parameter.name or '').replace('_', '-')}: that looks like an"
            " auth token, which no command takes as an argument."
        )
    return given


def fingerprints(
    _context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> frozenset[str]:
    """Read the fingerprints of tokens, as `refer secret show` prints them."""
    if not all(_FINGERPRINT.fullmatch(one) for one in given):
        raise click.UsageError("a fingerprint has 8 digits, as `refer secret show` prints them.")
    return frozenset(given)


def account_sid(given: str | None, *, stdin: bool) -> str:
    """Return whose token it is."""
    found = given or os.environ.get(ACCOUNT_VARIABLE, "")
    if found:
        if not ACCOUNT_SID.fullmatch(found):
            raise click.UsageError(f"{ACCOUNT_VARIABLE} holds no account SID: AC and 32 digits.")
        return found
    if stdin:
        raise click.UsageError(
            f"--stdin hands over the token: give --account-sid AC… as well, or"
            f" set {ACCOUNT_VARIABLE}."
        )
    return str(click.prompt("Account SID", type=AccountSid(), err=True))


def token(account: str, *, stdin: bool) -> str:
    """Return the auth token: from stdin, from the environment, or typed unseen."""
    if stdin:
        return _shaped(_line("the auth token"))
    # A variable that belongs to another account says nothing about this one.
    found = os.environ.get(TOKEN_VARIABLE, "")
    if found and (os.environ.get(ACCOUNT_VARIABLE) or account) == account:
        click.echo(f"The token is that of {TOKEN_VARIABLE}.", err=True)
        return _shaped(found)
    prompt = f"Auth token of {account} (is not shown)"
    return _shaped(str(click.prompt(prompt, hide_input=True, err=True)))


def user_and_password(name: str, *, stdin: bool) -> tuple[str, str]:
    """Return what a SIP trunk asks for; on stdin the user is the first line."""
    if stdin:
        return _printed(_line("the user")), _printed(_line("the password"))
    user = str(click.prompt(f"User of {name}", err=True))
    prompt = f"Password of {name} (is not shown)"
    typed = click.prompt(prompt, hide_input=True, confirmation_prompt=True, err=True)
    return _printed(user), _printed(str(typed))


def _line(what: str) -> str:
    line = sys.stdin.readline(_MOST).rstrip("\r\n")
    if not line:
        raise click.UsageError(f"--stdin: there is no line for {what}.")
    return line


def _shaped(text: str) -> str:
    text = text.strip()
    if ACCOUNT_SID.fullmatch(text):
        raise click.UsageError("that is an account SID, not a token; the token stands below it.")
    if text[:2] == "SK":
        raise click.UsageError(
            "that is the SID of an API key, which never signs a webhook: give"
            " the auth token of the account."
        )
    if not _TOKEN.fullmatch(text):
        raise click.UsageError(
            f"that is no auth token: it has 32 hexadecimal digits, this has {len(text)} characters."
            " The secret of an API key has other letters too, and never signs a webhook."
        )
    return text


def _printed(text: str) -> str:
    if not text.isprintable():
        raise click.UsageError("user and password are text without control characters.")
    return text

"""All checks, in the order in which a call needs what they look at, and how they are made.

A check that fails itself is `unknown`; the others are made all the same.
"""

from collections.abc import Collection, Iterator

import click

from refer_cli.doctoring import (
    accounts,
    alert_log,
    directory,
    geography,
    numbers,
    the_stack,
    webhook,
)
from refer_cli.doctoring.finding import Check, Examined, Finding, unknown
from refer_cli.doctoring.setup import Setup
from refer_cli.signed.deployed import UnusableTokens

CHECKS = (
    Check("stack", "The stack is deployed, and has all outputs.", the_stack.look),
    Check("secret", "The secret holds tokens in the form that is read.", accounts.secret),
    Check("account", "Twilio takes the first token, and the account is active.", accounts.account),
    Check("webhook", "The URLs answer, and take the account's signature only.", webhook.look),
    Check("numbers", "Numbers and SIP domains request VoiceUrl.", numbers.numbers),
    Check("fallback", "They have a fallback URL that does not fail with it.", numbers.fallback),
    Check("directory", "The directory has entries, for connected numbers too.", directory.look),
    Check("last-resort", "Somebody is dialled when it cannot be read.", the_stack.last_resort),
    Check("geography", "The account may call what it dials, and no more.", geography.look),
    Check("alerts", "What Twilio's debugger has noted, in words.", alert_log.look),
)


def examined(setup: Setup, only: Collection[str] = ()) -> Iterator[Examined]:
    """Make the checks, or those named, and yield each when it is made."""
    told: dict[str, str] = {}
    for check in CHECKS:
        if not only or check.name in only:
            yield Examined(check, tuple(_made(check, setup, told)))


def _made(check: Check, setup: Setup, told: dict[str, str]) -> Iterator[Finding]:
    """Yield what a check finds; a problem that another one has told is not told again."""
    try:
        yield from check.look(setup)
    except (click.ClickException, UnusableTokens) as problem:
        said = problem.message if isinstance(problem, click.ClickException) else str(problem)
        first = told.setdefault(said, check.name)
        if first == check.name:
            yield unknown(said.rstrip("."))
        else:
            yield unknown(f"cannot be looked at, for the same reason as {first}")
    except Exception as bug:  # noqa: BLE001 - whatever it was, the other checks are to be made
        yield unknown(
            f"this check failed itself ({type(bug).__name__}): that is a bug of `refer doctor`",
            "tell its authors, with the version and the line above",
        )

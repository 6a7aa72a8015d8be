"""The waits of a rotation: until every function has read what the secret says now."""

from datetime import timedelta
from time import sleep

import click

from call_transfer.tokens import FRESH_SECONDS, RETRY_SECONDS
from refer_cli.secret.store import Version

SEEN_BY_ALL = timedelta(seconds=FRESH_SECONDS + RETRY_SECONDS)
"""A function reads the secret again after 5 minutes, and 30 s later if that read failed."""

_TELL_EVERY = 60


def remaining(version: Version) -> int:
    """Return the seconds until every function has this version of the secret."""
    left = SEEN_BY_ALL - min(max(version.age, timedelta()), SEEN_BY_ALL)
    return round(left.total_seconds())


def wait(seconds: int, why: str) -> None:
    """Wait, and say every minute how long; Ctrl-C ends it, and nothing is half done then."""
    if seconds <= 0:
        return
    click.echo(f"Waiting {_spoken(seconds)}: {why}", err=True)
    for left in range(seconds, 0, -1):
        if left != seconds and left % _TELL_EVERY == 0:
            click.echo(f"  {_spoken(left)} more", err=True)
        sleep(1)


def _spoken(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

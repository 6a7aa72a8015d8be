"""The secret and the directory of a stack, filled by the commands that a person uses."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from gateway.stack import ROOT
from pivot.webhooks import Account
from rehearsal.workplace import RehearsalFailed

_REFER = Path(sys.executable).with_name("refer")
_LIMIT_SECONDS = 60.0


def fill_secret(account: Account, environment: Mapping[str, str]) -> str:
    """Put an account's token into the secret; Twilio, who has no such account, is not asked."""
    options = ("--account-sid", account.sid, "--stdin", "--no-check")
    return refer("secret", "set", *options, given=f"{account.token}\n", environment=environment)


def import_directory(account: Account, environment: Mapping[str, str]) -> str:
    """Import the entries that `refer rehearse --entries` prints."""
    entries = refer("rehearse", "--entries", account.sid, given="", environment=environment)
    return refer("targets", "import", "-", given=entries, environment=environment)


def refer(*words: str, given: str, environment: Mapping[str, str]) -> str:
    """Run our own command in a stack's environment; return what it printed. RehearsalFailed."""
    done = subprocess.run(  # noqa: S603 - our own command
        [_REFER, *words],
        cwd=ROOT,
        env=dict(environment),
        input=given,
        capture_output=True,
        text=True,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    if done.returncode:
        said = done.stdout + done.stderr
        raise RehearsalFailed(f"refer {' '.join(words[:2])} ended with {done.returncode}: {said}")
    return done.stdout

"""The webhooks of entrances in a file: written before they are changed, read to put them back."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from refer_cli.connecting.entrance import Webhooks
from refer_cli.connecting.planning import Step


def save(file: Path, account_sid: str, steps: Iterable[Step]) -> None:
    """Write what the entrances have now. Raises ClickException; an older file is kept."""
    entrances = {
        step.entrance.sid: {"name": step.entrance.name} | step.entrance.webhooks.as_json()
        for step in steps
    }
    document = {"account_sid": account_sid, "entrances": entrances}
    try:
        # For the owner alone: a URL may have a password in it.
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(f"{json.dumps(document, indent=2)}\n", encoding="utf-8")
    except FileExistsError:
        raise click.ClickException(
            f"{file} is there already, and may be the way back from an earlier change: give another"
            " name. Nothing was changed."
        ) from None
    except OSError as error:
        raise click.ClickException(
            f"{file} cannot be written ({error.strerror}). Nothing was changed."
        ) from None


def saved(file: Path) -> tuple[str, Mapping[str, Webhooks]]:
    """Return the account and what its entrances had, by SID. Raises UsageError."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        entrances = document["entrances"].items()
        return str(document["account_sid"]), {sid: Webhooks.of_json(one) for sid, one in entrances}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise click.UsageError(
            f"{file} is not what --save writes: nothing can be put back from it."
        ) from None

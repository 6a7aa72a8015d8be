"""A directory in a YAML file: a list of entries, each read as strictly as the deployed ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from call_transfer.entry import Entry
from call_transfer.errors import MalformedEntry
from call_transfer.verb import Deny, Dial

DEMO = Path(__file__).with_name("directory.yaml")


class UnreadableDirectory(Exception):
    """A file that is no directory; the message says where."""


def load(path: Path) -> list[dict[str, Any]]:
    """Return the items of the table; an entry without a tenant is shared. Raises Unreadable…."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise UnreadableDirectory(f"{path}: {error}") from None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UnreadableDirectory(f"{path}: must be a list of entries")
    items = [{"tenant": "*"} | entry for entry in entries]
    for item in items:
        try:
            Entry.parse(item)
        except MalformedEntry as error:
            raise UnreadableDirectory(f"{path}: {error}") from None
    return items


def described(item: Mapping[str, Any]) -> str:
    """Return what an entry does, in a few words."""
    action = Entry.parse(item).action
    match action:
        case Deny(reason):
            return f"refused: {reason}"
        case Dial(()):
            return "dialled as asked for"
        case Dial(nouns):
            return "dials " + ", ".join(noun.address for noun in nouns)
        case _:
            return type(action).__name__.lower()

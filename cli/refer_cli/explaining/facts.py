"""The options of `refer explain` as values: when, which settings, which directory."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from call_transfer.directory import SHARED, Item, Key
from call_transfer.dynamodb import plain
from call_transfer.errors import SettingsError, TokensUnavailable
from call_transfer.settings import Settings
from call_transfer.tokens import Tokens
from gateway.stack import Stack
from refer_cli.explaining.memory import Lookup
from refer_cli.signed.deployed import held
from refer_cli.targets.connection import Where, in_words
from refer_cli.targets.files import reading, shown
from refer_cli.targets.located import UnreadableFile

_EMPTY = "{}"
_HIDDEN = "********"


def settings_of(given: Iterable[str]) -> Settings:
    """Return the settings of template.yaml with these `Name=value` instead of its defaults.

    A name is that of a parameter or of its variable. Raises click.UsageError.
    """
    stack = Stack()
    parameters = stack.template["Globals"]["Function"]["Environment"]["Variables"]
    named = {value["Ref"]: name for name, value in parameters.items() if "Ref" in value}
    environment = dict(stack.environment)
    for one in given:
        name, equals, value = one.partition("=")
        variable = named.get(name, name)
        if not equals or variable not in environment:
            raise click.UsageError(
                f"--set {one}: not Name=value with a parameter of template.yaml;"
                f" they are {', '.join(named)}."
            )
        environment[variable] = value
    try:
        return Settings.parse(environment)
    except SettingsError as error:
        raise click.UsageError(f"--set: {error}.") from None


def moment(text: str | None, zone: str) -> float:
    """Return Unix seconds of an ISO date and time, by default of `zone`; now when there is none."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.UsageError(f"--zone {zone}: no time zone of IANA, such as UTC.") from None
    if text is None:
        return datetime.now(place).timestamp()
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--at {text}: write it like 2026-12-24T18:30.") from None
    return (read if read.tzinfo else read.replace(tzinfo=place)).timestamp()


def entries_of_file(file: str, form: str | None) -> Lookup:
    """Return the entries of a directory file, read as `refer targets import` reads it."""
    items: dict[Key, Item] = {}
    try:
        with reading(file, form) as entries:
            for located in entries:
                for problem in located.problems:
                    raise click.UsageError(problem.told(shown(file)))
                item = {"tenant": SHARED} | located.item
                items[str(item["tenant"]), located.address] = item
    except UnreadableFile as error:
        raise click.UsageError(error.problem.told(shown(file))) from None

    def lookup(keys: Sequence[Key]) -> Mapping[Key, Item]:
        return {key: items[key] for key in keys if key in items}

    return lookup


def entries_of_table(where: Where) -> Lookup:
    """Return the entries of a deployed table, read when they are asked for."""
    table = where.connect()

    def lookup(keys: Sequence[Key]) -> Mapping[Key, Item]:
        with in_words(f"the table {table.name}"):
            return {key: plain(item) for key, item in table.get(list(keys)).items()}

    return lookup


def tokens_of(file: Path | None) -> Tokens:
    """Return the secret of a file, for the users of SIP trunks; an empty one without a file.

    Passwords are not in it: what is explained is printed.
    """
    text = file.read_text() if file else _EMPTY
    try:
        held(text).credentials("")
    except TokensUnavailable as problem:
        raise click.UsageError(f"--secret {file}: {problem.reason}.") from None
    users = {name: pair for name, pair in json.loads(text or _EMPTY).items() if name[:2] != "AC"}
    return held(json.dumps({name: [user, _HIDDEN] for name, (user, _) in users.items()}))

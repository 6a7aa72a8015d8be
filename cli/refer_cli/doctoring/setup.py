"""What the checks look at, each thing read once, when the first of them asks for it.

What cannot be read stays unread: the same problem is raised again, and nothing is asked twice.
Nothing is written, at AWS or at Twilio.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import click

from call_transfer.directory import Key
from call_transfer.dynamodb import plain
from call_transfer.entry import Entry
from call_transfer.errors import MalformedEntry
from refer_cli.connecting import credentials
from refer_cli.connecting.credentials import Credentials
from refer_cli.connecting.entrance import Entrance, Kind
from refer_cli.connecting.objections import INITIAL
from refer_cli.connecting.stack import DeployedStack
from refer_cli.connecting.twilio_entrances import TwilioEntrances
from refer_cli.signed.deployed import UnusableTokens
from refer_cli.targets.connection import Where, in_words
from refer_cli.targets.table import Table

MOST_ENTRIES = 10_000
"""A larger directory is read in part: what is asked of it here is answered by that."""


@dataclass
class Setup:
    """The set-up of one section of samconfig.toml; `days` of alerts are looked at."""

    samconfig: Path
    config_env: str
    days: int = 1
    _read: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def stack(self) -> DeployedStack:
        """The stack. Raises ClickException."""
        return self._once("stack", lambda: DeployedStack.read(self.samconfig, self.config_env))

    def output(self, name: str) -> str:
        """Return an output of the stack. Raises ClickException."""
        if name not in self.stack.outputs:
            raise click.ClickException(f"the stack has no output {name}.")
        return self.stack.outputs[name]

    @property
    def voice_url(self) -> str:
        """The URL of the initial webhook. Raises ClickException."""
        return self.output("VoiceUrl")

    @property
    def base_url(self) -> str:
        """What all URLs of the webhooks begin with. Raises ClickException."""
        return self.voice_url.removesuffix(INITIAL)

    @property
    def secret(self) -> str:
        """The secret as it is stored. Raises ClickException."""
        return self._once("secret", lambda: credentials.secret_text(self.output("TokensSecret")))

    @property
    def tokens(self) -> Mapping[str, tuple[str, ...]]:
        """The tokens by account. Raises ClickException, UnusableTokens."""
        return self._once("tokens", lambda: credentials.tokens_of(self.secret))

    @property
    def accounts(self) -> Sequence[Credentials]:
        """The accounts of the secret with their first tokens, else that of the environment."""
        return self._once("accounts", self._accounts)

    @property
    def entrances(self) -> Mapping[str, Sequence[Entrance]]:
        """The numbers and SIP domains by account. Raises ClickException."""
        return self._once("entrances", self._entrances)

    @property
    def applications(self) -> Mapping[str, str]:
        """The voice URLs of all TwiML Apps by their SIDs. Raises ClickException."""
        return self._once("applications", self._applications)

    @property
    def entries(self) -> Sequence[Mapping[str, Any]]:
        """The directory, up to a number of entries. Raises ClickException."""
        return self._once("entries", self._entries)

    @property
    def sound(self) -> tuple[Entry, ...]:
        """Those entries that the deployed code can read. Raises ClickException."""
        parsed = (_parsed(item) for item in self.entries)
        return self._once("sound", lambda: tuple(entry for entry in parsed if entry))

    @property
    def malformed(self) -> int:
        """How many entries it cannot read. Raises ClickException."""
        return len(self.entries) - len(self.sound)

    def found(self, keys: Sequence[Key]) -> bool:
        """Whether the table has an entry under one of these keys. Raises ClickException."""
        with in_words(f"the table {self._table.name}"):
            return bool(self._table.get(keys))

    @property
    def _table(self) -> Table:
        name = self.output("TargetsTable")
        where = Where(name, self.config_env, self.samconfig)
        return self._once("table", where.connect)

    def connected(self) -> list[tuple[str, Entrance]]:
        """Return the entrances whose calls come to this stack, each with its account."""
        return [
            (account, one)
            for account, all_of_it in self.entrances.items()
            for one in all_of_it
            if self.called(one) == self.voice_url
        ]

    def called(self, entrance: Entrance) -> str:
        """Return the URL that Twilio requests for a call, "" for none; without its fragment."""
        if entrance.trunk:
            return ""
        url = entrance.webhooks.voice.url
        if entrance.kind is Kind.NUMBER and entrance.application:
            url = self.applications.get(entrance.application, "")
        return url.partition("#")[0]

    def _accounts(self) -> Sequence[Credentials]:
        try:
            return [Credentials(account, keys[0]) for account, keys in self.tokens.items()]
        except (UnusableTokens, click.ClickException):
            found = credentials.of_environment(os.environ)
            if found is None:
                raise
            return [found]

    def _entrances(self) -> Mapping[str, Sequence[Entrance]]:
        from refer_cli.connecting.asking import asked  # noqa: PLC0415 - a large library, for this alone

        found = {}
        for account in self.accounts:
            with asked(f"the numbers and SIP domains of {account.account_sid}"):
                there = TwilioEntrances(account.client())
                found[account.account_sid] = [*there.numbers(), *there.domains()]
        return found

    def _applications(self) -> Mapping[str, str]:
        from refer_cli.connecting.asking import asked  # noqa: PLC0415 - the same

        found = {}
        for account in self.accounts:
            with asked(f"the TwiML Apps of {account.account_sid}"):
                for one in account.client().applications.stream():
                    found[one.sid] = one.voice_url or ""
        return found

    def _entries(self) -> Sequence[Mapping[str, Any]]:
        with in_words(f"the table {self._table.name}"):
            return [plain(item) for item in islice(self._table.items(), MOST_ENTRIES)]

    def _once[T](self, name: str, read: Callable[[], T]) -> T:
        if name not in self._read:
            try:
                self._read[name] = read()
            except (UnusableTokens, click.ClickException) as problem:
                self._read[name] = problem
        found = self._read[name]
        if isinstance(found, Exception):
            raise found
        return found  # type: ignore[no-any-return] # what `read` returned


def _parsed(item: Mapping[str, Any]) -> Entry | None:
    try:
        return Entry.parse(item)
    except MalformedEntry:
        return None

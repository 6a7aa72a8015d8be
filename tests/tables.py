"""The tables `targets` and `calls` in memory, and an application over them, for what only decides.

A store over DynamoDB, with its conditions and its types, is tested in tests/integration.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from call_transfer.application import Application
from call_transfer.directory import Item, Key
from call_transfer.errors import RateLimited, RecordNotWritten, TableUnreadable, TokensUnavailable
from call_transfer.rates import Counter
from call_transfer.record import HopRecord
from call_transfer.record import Key as RecordKey
from call_transfer.record_item import from_item, to_item
from call_transfer.settings import Settings
from call_transfer.store import Found
from gateway.stack import Stack

NOW = 1_780_000_000.0


@dataclass
class Tables:
    """What is there, and what goes wrong: `unreadable`, `unwritable`, `limited` by this rule.

    `inconclusive` when what is told can be written, and the end that follows from it cannot.
    """

    items: Mapping[Key, Item]
    calls: dict[RecordKey, dict[str, Any]] = field(default_factory=dict)
    unreadable: bool = False
    unwritable: bool = False
    inconclusive: bool = False
    limited: str = ""
    asked: set[Key] = field(default_factory=set)

    def begin(self) -> None:
        """Have all the time that there is."""

    def read(self, keys: Iterable[Key], hop: RecordKey | None = None) -> Found:
        if self.unreadable:
            raise TableUnreadable("out of order")
        wanted = list(keys)
        self.asked |= set(wanted)
        found = {key: self.items[key] for key in wanted if key in self.items}
        return Found(found, self.known(hop) if hop in self.calls else None)

    def open(self, hop: HopRecord, counters: Sequence[Counter] = ()) -> HopRecord | None:
        if counters and self.limited:
            raise RateLimited(1, self.limited)
        if "opened_at" in self.calls.get(hop.key, {}):
            return self.known(hop.key)
        self.add(replace(hop, opened_at=int(NOW)))
        return None

    def add(self, hop: HopRecord) -> HopRecord:
        if self.unwritable:
            raise RecordNotWritten("out of order")
        opened = {"opened_at": hop.opened_at} if hop.opened_at else {}
        self.calls[hop.key] = to_item(hop) | opened | self.calls.get(hop.key, {})
        return self.known(hop.key)

    def conclude(self, hop: HopRecord) -> bool:
        if self.inconclusive:
            raise RecordNotWritten("out of order")
        return hop.conclusion().finished

    def known(self, key: RecordKey | None) -> HopRecord:
        """Return all that is known of a hop."""
        assert key is not None
        return from_item(key, self.calls[key])


class NoTokens:
    """A secret that cannot be read: nothing here is signed."""

    problem = ""

    def credentials(self, _name: str) -> tuple[str, str] | None:
        raise TokensUnavailable("out of order")


@dataclass
class Listener:
    """Hears which hops have finished."""

    told: list[HopRecord] = field(default_factory=list)

    def webhook(self, line: Mapping[str, Any], *, milliseconds: float) -> None:
        """Hear of no webhook: none is served here."""

    def finished(self, hop: HopRecord) -> None:
        self.told.append(hop)


@cache
def _settings() -> Settings:
    return Settings.parse(Stack().environment)


def application(
    tables: Tables,
    *,
    now: float = NOW,
    **settings: Any,  # noqa: ANN401 - whatever a setting holds
) -> Application:
    """Return an application over these tables at this moment; settings as they are deployed."""
    return Application(
        settings=replace(_settings(), **settings),
        store=tables,
        tokens=cast("Any", NoTokens()),
        telemetry=Listener(),
        now=lambda: now,
    )

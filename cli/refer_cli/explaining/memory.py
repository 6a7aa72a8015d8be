"""The tables of an explanation: entries from wherever they are, records in memory only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from call_transfer.directory import Item, Key
from call_transfer.rates import TRANSFEROR, Counter
from call_transfer.record import HopRecord
from call_transfer.record import Key as RecordKey
from call_transfer.record_item import from_item, to_item
from call_transfer.store import Found
from call_transfer.tell import Told

type Lookup = Callable[[Sequence[Key]], Mapping[Key, Item]]
"""Returns the entries that are there under these keys."""


class Memory:
    """Answers as the Store does, and keeps what it is told; `now` is Unix seconds."""

    def __init__(self, *, lookup: Lookup, now: Callable[[], float], tell: Told) -> None:
        self._lookup = lookup
        self._now = now
        self._tell = tell
        self._records: dict[RecordKey, HopRecord] = {}

    def begin(self) -> None:
        """Start a request; nothing is slow here."""

    def read(self, keys: Iterable[Key], hop: RecordKey | None = None) -> Found:
        """Read entries and a record."""
        wanted = list(dict.fromkeys(keys))
        return Found(
            self._lookup(wanted) if wanted else {}, self._records.get(hop) if hop else None
        )

    def open(self, hop: HopRecord, counters: Sequence[Counter] = ()) -> HopRecord | None:
        """Keep a record; tell what it would be counted under, since nobody has counted here."""
        for counter in counters:
            who = counter.key[0].partition(f"{counter.rule}/")[2]
            by = "by" if counter.rule.endswith(TRANSFEROR) else "to"
            about = f" {by} {who}" if who else ""
            self._tell(counter.rule, f"at most {counter.limit} in a minute{about}; not counted")
        earlier = self._records.get(hop.key)
        if earlier is None:
            self._records[hop.key] = replace(hop, opened_at=int(self._now()))
        return earlier

    def add(self, hop: HopRecord) -> HopRecord:
        """Add what was told; what is there already stays."""
        earlier = self._records.get(hop.key)
        told: dict[str, Any] = to_item(hop)
        if earlier:
            told |= to_item(earlier) | {"opened_at": earlier.opened_at}
        known = from_item(hop.key, told)
        self._records[hop.key] = known
        return known

    def conclude(self, hop: HopRecord) -> bool:
        """Return whether the hop has ended."""
        return hop.conclusion().finished

    def known(self, key: RecordKey) -> HopRecord | None:
        """Return a record as it would stand in the table."""
        return self._records.get(key)


class Nobody:
    """Hears of webhooks and of finished hops, and tells nobody."""

    def webhook(self, line: Mapping[str, Any], *, milliseconds: float) -> None:
        """Hear of a webhook."""

    def finished(self, hop: HopRecord) -> None:
        """Hear of the end of a hop."""

"""What a check has to remember of a whole directory, kept on disk: memory stays constant.

Entries by key, where each was written, and whom it refers to. SQLite removes the file by itself.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from call_transfer.directory import SHARED
from refer_cli.targets.located import Column

type Key = tuple[str, str]
type Reference = tuple[str, str, int, Column]
"""The kind (fallback, closed, key), the address, and the place where it is written."""

_TABLES = """
CREATE TABLE entry (
    tenant TEXT, address TEXT, line INTEGER, item TEXT, found INTEGER DEFAULT 0,
    PRIMARY KEY (tenant, address)
) WITHOUT ROWID;
CREATE TABLE reference (
    tenant TEXT, address TEXT, kind TEXT, target TEXT, line INTEGER, col
);
CREATE INDEX by_source ON reference (tenant, address);
CREATE INDEX by_target ON reference (target);
CREATE TABLE unsound (tenant TEXT, address TEXT);
CREATE TABLE surplus (tenant TEXT, address TEXT, item TEXT);
"""
_LACKING = """
SELECT r.tenant, r.address, r.kind, r.target, r.line, r.col FROM reference AS r
WHERE NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.tenant = r.tenant AND e.address = r.target)
  AND NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.tenant = ? AND e.address = r.target)
  AND r.target NOT IN (SELECT address FROM unsound)
ORDER BY r.rowid
"""


@dataclass(frozen=True, slots=True)
class Lacking:
    """A reference to an address that has no entry, neither of the tenant nor shared."""

    source: Key
    kind: str
    target: str
    line: int
    column: Column


class Ledger:
    """One directory. Not for several threads at once."""

    def __init__(self) -> None:
        # "" is a database in a temporary file of its own, which spills to disk when it grows.
        self.database = sqlite3.connect("", isolation_level=None)
        self.database.executescript(
            f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}"
        )

    def close(self) -> None:
        """Forget everything."""
        self.database.close()

    def add(self, item: dict[str, Any], line: int, references: Iterable[Reference]) -> int | None:
        """Take an entry in; return the line of an earlier one with the same key instead."""
        key = (item["tenant"], item["address"])
        try:
            self.database.execute(
                "INSERT INTO entry (tenant, address, line, item) VALUES (?, ?, ?, ?)",
                (*key, line, json.dumps(item)),
            )
        except sqlite3.IntegrityError:
            found = self.database.execute(
                "SELECT line FROM entry WHERE tenant = ? AND address = ?", key
            )
            return int(found.fetchone()[0])
        self.database.executemany(
            "INSERT INTO reference VALUES (?, ?, ?, ?, ?, ?)",
            ((*key, *reference) for reference in references),
        )
        return None

    def note_unsound(self, key: Key) -> None:
        """Remember that there is an entry, which has a problem of its own."""
        self.database.execute("INSERT INTO unsound VALUES (?, ?)", key)

    def count(self) -> int:
        """Return how many entries there are."""
        return int(self.database.execute("SELECT count(*) FROM entry").fetchone()[0])

    def tenants(self) -> list[str]:
        """Return whose entries there are."""
        rows = self.database.execute("SELECT DISTINCT tenant FROM entry ORDER BY tenant")
        return [tenant for (tenant,) in rows]

    def items(self) -> Iterator[dict[str, Any]]:
        """Yield the entries by tenant and address."""
        # A cursor that stays open sees no other cursor's writes of `found` half done: keys are read
        # a stretch at a time.
        after: Key = ("", "")
        while rows := self.database.execute(
            "SELECT tenant, address, item FROM entry WHERE (tenant, address) > (?, ?)"
            " ORDER BY tenant, address LIMIT 500",
            after,
        ).fetchall():
            for _, _, item in rows:
                yield json.loads(item)
            after = rows[-1][:2]

    def lacking(self) -> Iterator[Lacking]:
        """Yield the references that lead to no entry of this directory."""
        for tenant, address, *rest in self.database.execute(_LACKING, (SHARED,)):
            yield Lacking((tenant, address), *rest)

    def has(self, key: Key) -> bool:
        """Whether there is an entry with this key."""
        query = "SELECT 1 FROM entry WHERE tenant = ? AND address = ?"
        return self.database.execute(query, key).fetchone() is not None

    def take(self, key: Key) -> dict[str, Any] | None:
        """Return the entry with this key, and remember that it was asked for."""
        found = self.database.execute(
            "UPDATE entry SET found = 1 WHERE tenant = ? AND address = ? RETURNING item", key
        ).fetchone()
        return json.loads(found[0]) if found else None

    def untaken(self) -> Iterator[dict[str, Any]]:
        """Yield the entries that nobody asked for, by tenant and address."""
        query = "SELECT item FROM entry WHERE found = 0 ORDER BY tenant, address"
        for (item,) in self.database.execute(query):
            yield json.loads(item)

    def add_surplus(self, key: Key, item: str) -> None:
        """Remember an entry of the table that this directory lacks."""
        self.database.execute("INSERT INTO surplus VALUES (?, ?, ?)", (*key, item))

    def surplus(self) -> Iterator[tuple[Key, str]]:
        """Yield what was remembered."""
        for tenant, address, item in self.database.execute("SELECT * FROM surplus"):
            yield (tenant, address), item

    def count_surplus(self) -> int:
        """Return how much was remembered."""
        return int(self.database.execute("SELECT count(*) FROM surplus").fetchone()[0])

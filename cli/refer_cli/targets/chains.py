"""Where a caller would be passed on for too long, or for ever, with nobody pressing a key.

Outside its hours an entry passes the caller on to the one at `closed`, which may be closed too.
Lists of fallback do not nest, so of them only an entry that names itself can never be taken. A
tenant sees its own entries before the shared ones, so each tenant has a graph of its own.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from call_transfer.chain import MAX_VIA
from call_transfer.directory import SHARED
from refer_cli.targets.ledger import Key
from refer_cli.targets.located import Column

# A chain that is longer is cut when it is walked.
LONGEST = MAX_VIA

# In the graph of tenant `owner` the entry at `source` passes on to the one at `target`. The graph
# of a tenant holds its own entries, what they lead to, and the shared entries that lead to them;
# the rest is as in the graph of the shared ones.
_BEGIN = """
CREATE TEMP TABLE edge (
    owner TEXT, source TEXT, target TEXT, steps INTEGER DEFAULT 0,
    PRIMARY KEY (owner, source, target)
);
CREATE INDEX temp.edge_target ON edge (owner, target);
INSERT OR IGNORE INTO edge (owner, source, target)
SELECT tenant, address, target FROM reference
WHERE kind = 'closed' OR (kind = 'fallback' AND target = address);
"""
_FORWARD = """
INSERT OR IGNORE INTO edge (owner, source, target) SELECT e.owner, r.address, r.target
FROM edge AS e JOIN reference AS r ON r.tenant = :shared AND r.address = e.target
WHERE e.owner <> :shared
AND (r.kind = 'closed' OR (r.kind = 'fallback' AND r.target = r.address)) AND NOT EXISTS (
    SELECT 1 FROM entry AS own WHERE own.tenant = e.owner AND own.address = r.address)
"""
_BACKWARD = """
INSERT OR IGNORE INTO edge (owner, source, target) SELECT near.owner, r.address, r.target FROM (
    SELECT tenant AS owner, address FROM entry WHERE tenant <> :shared
    UNION SELECT owner, source FROM edge WHERE owner <> :shared
) AS near JOIN reference AS r ON r.tenant = :shared AND r.target = near.address
WHERE (r.kind = 'closed' OR (r.kind = 'fallback' AND r.target = r.address)) AND NOT EXISTS (
    SELECT 1 FROM entry AS own WHERE own.tenant = near.owner AND own.address = r.address)
"""
# Nothing is there to pass on to.
_LOOSE = """
DELETE FROM edge WHERE NOT EXISTS (
    SELECT 1 FROM entry AS e WHERE e.tenant = edge.owner AND e.address = edge.target)
AND NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.tenant = :shared AND e.address = edge.target)
"""
# An edge whose longest way has n steps, counted from the end.
_LAST = """
UPDATE edge SET steps = :n WHERE steps = 0 AND NOT EXISTS (
    SELECT 1 FROM edge AS next WHERE next.owner = edge.owner AND next.source = edge.target
    AND next.steps IN (0, :n))
"""
_NEXT = """
SELECT target FROM edge WHERE owner = ? AND source = ?
ORDER BY steps = 0 DESC, steps DESC, target LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """Addresses that pass a caller on, and where the first of them says so."""

    source: Key
    kind: str
    steps: tuple[str, ...]
    endless: bool
    line: int
    column: Column

    def __str__(self) -> str:
        way = " -> ".join(self.steps)
        if self.endless:
            return f"passes the caller on in a circle: {way}; take one of these steps out"
        return (
            f"passes the caller on more than {LONGEST} times: {way} …; let the first one name the"
            " last"
        )


def chains(database: sqlite3.Connection) -> Iterator[Chain]:
    """Yield every circle, and the beginning of every chain that is too long."""
    database.executescript(_BEGIN)
    shared = {"shared": SHARED}
    for _ in range(LONGEST + 2):
        added = database.execute(_FORWARD, shared).rowcount
        added += database.execute(_BACKWARD, shared).rowcount
        if not added:
            break
    database.execute(_LOOSE, shared)
    # What is left after n rounds passes on more than n times. Of a sound directory nothing is left.
    for n in range(1, LONGEST + 1):
        if not database.execute(_LAST, {"n": n}).rowcount:
            break
    graphs: dict[str, dict[str, list[str]]] = {}
    left = "SELECT owner, source, target FROM edge WHERE steps = 0 ORDER BY 1, 2, 3"
    for owner, source, target in database.execute(left):
        graphs.setdefault(owner, {}).setdefault(source, []).append(target)
    told: set[frozenset[str]] = set()
    for owner in sorted(graphs, key=lambda name: (name != SHARED, name)):
        ways = [(circle, True) for circle in _circles(graphs[owner])]
        circling = {step for circle, _ in ways for step in circle}
        longest = (_longest(database, owner, start) for start in _starts(graphs[owner]))
        ways += [(way, False) for way in longest if not circling & set(way)]
        for steps, endless in ways:
            if frozenset(steps) not in told:
                told.add(frozenset(steps))
                yield _placed(database, owner, steps, endless=endless)


def _starts(graph: dict[str, list[str]]) -> list[str]:
    """Return the addresses that nothing else of a graph leads to."""
    return sorted(set(graph) - {target for targets in graph.values() for target in targets})


def _longest(database: sqlite3.Connection, owner: str, start: str) -> list[str]:
    """Return the longest way from an address, one step more than are allowed at most."""
    way = [start]
    while len(way) <= LONGEST + 1:
        found = database.execute(_NEXT, (owner, way[-1])).fetchone()
        if found is None:
            break
        way.append(found[0])
    return way


def _circles(graph: dict[str, list[str]]) -> Iterator[list[str]]:
    """Yield a circle for each step that leads back to an address on the way, depth first."""
    done: set[str] = set()
    for start in sorted(graph):
        if start in done:
            continue
        way, rest = [start], [iter(graph[start])]
        place = {start: 0}
        while way:
            target = next(rest[-1], None)
            if target is None:
                done.add(way[-1])
                del place[way.pop()], rest[-1]
            elif target in place:
                yield [*way[place[target] :], target]
            elif target in graph and target not in done:
                place[target] = len(way)
                way.append(target)
                rest.append(iter(graph[target]))


def _placed(
    database: sqlite3.Connection, owner: str, steps: Sequence[str], *, endless: bool
) -> Chain:
    """Say where the first step is written: with the tenant's own entry, or with the shared one."""
    tenant, kind, line, column = database.execute(
        "SELECT tenant, kind, line, col FROM reference WHERE address = ? AND target = ?"
        " AND tenant IN (?, ?) AND kind <> 'key' ORDER BY tenant = ? DESC LIMIT 1",
        (steps[0], steps[1], owner, SHARED, owner),
    ).fetchone()
    return Chain((tenant, steps[0]), kind, tuple(steps), endless, line, column)

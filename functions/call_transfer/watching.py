"""One run of the watchdog: it looks at the hops that are due, and ends those that have ended.

A run is bounded, and what it leaves is due still: the next one goes on there.  A record that makes
no sense is told of and looked at later, so that the others have their turn.
"""

from collections import Counter

from call_transfer.bugs import place
from call_transfer.errors import RecordNotWritten, TableUnreadable
from call_transfer.overdue import Later, look
from call_transfer.record import HopRecord, Key
from call_transfer.unattended import Watch

# Of one shard, and so of all in turn.
MOST = 250
# Well before the function is stopped, and the next run begins.
SECONDS = 40
# How long a record that makes no sense is left alone.
LATER = 3600
UNREADABLE = "unreadable"


def run(watch: Watch) -> Counter[str]:
    """Look at what is due, and tell how many hops ended how. Raises TableUnreadable."""
    began = watch.now()
    done: Counter[str] = Counter()
    for key, due_at in watch.hops.due(MOST):
        if watch.now() - began > SECONDS:
            done["left"] += 1
            break
        done[_looked_at(key, due_at, watch)] += 1
    watch.telemetry.watched(done)
    return done


def _looked_at(key: Key, due_at: int, watch: Watch) -> str:
    """Do with one hop what it needs, and say what that was."""
    try:
        return _done_with(key, watch)
    except (RecordNotWritten, TableUnreadable) as problem:
        # It stays due, and the next run sees it.
        watch.telemetry.unwatched(key, record_problem=str(problem))
        return "failed"
    except Exception as bug:  # noqa: BLE001 - one record must not stop the others
        watch.telemetry.unwatched(key, bug=place(bug))
    try:
        watch.hops.postpone(key, due_at, int(watch.now()) + LATER)
    except RecordNotWritten as problem:
        watch.telemetry.unwatched(key, record_problem=str(problem))
    return UNREADABLE


def _done_with(key: Key, watch: Watch) -> str:
    hop = watch.hops.read(key)
    if hop is None:
        return "gone"
    if hop.finished:
        watch.hops.forget(hop)
        return "forgotten"
    if hop.record.conclusion().finished:
        # The last callback was recorded, and the end that it told was not.
        why = "that it was closed" if hop.record.closed else ""
        return _concluded(hop.record, watch, why)
    seen = look(hop.record, time_limit=watch.time_limit, now=int(watch.now()))
    if isinstance(seen, Later):
        watch.hops.postpone(key, hop.due_at, seen.until)
        return "postponed"
    closed = watch.hops.close(hop, seen.closing)
    if closed is None:
        return "gone"
    return _concluded(closed, watch, seen.why)


def _concluded(record: HopRecord, watch: Watch, why: str) -> str:
    """Write the end and tell it, unless a callback has done so in between."""
    if not watch.hops.conclude(record):
        return "gone"
    watch.telemetry.finished(record)
    if not why:
        return "concluded"
    watch.telemetry.missing(record, why=why)
    return "closed"

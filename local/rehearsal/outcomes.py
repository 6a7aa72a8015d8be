"""Records and events against each other, and against what the matrix expects of each cell: pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pivot.matrix.play import Played

type Record = Mapping[str, Any]
type Event = Mapping[str, Any]

_FINISHED = {False: "Initial Call Finished", True: "Transfer Finished"}
_CORRECTED = {False: "Initial Call Corrected", True: "Transfer Corrected"}
OPEN = "open"


def left_open(played: Iterable[Played]) -> dict[str, tuple[int, bool]]:
    """Return by cell how many records it left open, and whether the matrix says so."""
    found = {}
    for one in played:
        seen = (one.seen.outcomes or ()).count(OPEN)
        if seen:
            expected = one.cell.expects(one.knobs).outcomes or ()
            found[one.cell.id] = seen, expected.count(OPEN) == seen
    return found


def unlike(records: Iterable[Record], events: Iterable[Event]) -> Iterator[str]:
    """Say in what the events do not tell of the finished records one to one.

    A hop is told once as finished, and as corrected as often as more became known of it; what was
    told last is what is recorded.
    """
    finished = {identity(one): one for one in records if one.get("finished")}
    told: dict[str, list[Event]] = {}
    for event in events:
        told.setdefault(str(event["detail"].get("id", event["detail-type"])), []).append(event)
    for strange in told.keys() - finished.keys():
        yield f"{strange}: told, and no such record is finished"
    for name, record in finished.items():
        yield from (f"{name}: {what}" for what in _unlike(record, told.get(name, [])))


def identity(record: Record) -> str:
    """Return what an event calls a record: session, hop, and id of the REFER."""
    session = record["session"].partition("/")[2]
    return f"{session}/{record['hop'].replace('#', '/')}"


def is_hop(record: Record) -> bool:
    """Say whether an item of the table is a hop, and not a counter of the rate limits."""
    return "mode" in record


def tally(records: Iterable[Record]) -> str:
    """Return the outcomes by how often they occur."""
    counted = Counter(str(one.get("outcome", OPEN)) for one in records)
    return ", ".join(f"{number} {name}" for name, number in counted.most_common())


def _unlike(record: Record, events: list[Event]) -> Iterator[str]:
    transfer = not record["hop"].startswith("0#")
    kinds = Counter(event["detail-type"] for event in events)
    if kinds[_FINISHED[transfer]] != 1:
        yield f"told {kinds[_FINISHED[transfer]]} times as finished"
    for kind in kinds.keys() - {_FINISHED[transfer], _CORRECTED[transfer]}:
        yield f"told as {kind}"
    if events:
        last = max(events, key=lambda event: int(event["detail"]["revision"]))["detail"]
        if last["outcome"] != record["outcome"]:
            yield f"recorded {record['outcome']}, told {last['outcome']}"

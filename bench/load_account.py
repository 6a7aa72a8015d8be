"""Whether each call of a load run was told to its end, once and rightly: pure, over what was seen.

How a hop has ended is told in four ways: its record; the change of the record that finished it, of
which an event is made; a line of the log; a count of a metric.  Each has to be there once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bench.load_calls import Expected

type Item = Mapping[str, Any]
type Line = Mapping[str, Any]

KINDS = ("initial_call", "transfer")
METRICS = ("InitialCalls", "Transfers")
_TROUBLE = ("bug", "rejected")
# Of a table or a secret that did not answer in time: what it did to an outcome is seen there.
_LATE = ("record_problem", "tokens_problem")
# So long our clients wait for an answer before they ask again, in milliseconds.
_TIMEOUT = 1500


def problems(
    calls: Iterable[Expected],
    *,
    records: Iterable[Item],
    changes: Iterable[tuple[Item, Item]],
    lines: Sequence[Line],
) -> list[str]:
    """Return what is lost, doubled or wrong, and of which call; nothing when all is well.

    `changes` are items before and after, {} where there was none.
    """
    known = {call.session: call for call in calls}
    found = list(_troubles(lines))
    found += _ways(
        known,
        record=((item, item.get("outcome")) for item in records),
        change=(
            (after, after.get("outcome"))
            for before, after in changes
            if after.get("finished") and not before.get("finished")
        ),
        line=((line, line["outcome"]) for line in lines if line.get("message") in KINDS),
    )
    return found + list(_miscounted(known.values(), lines))


def _troubles(lines: Iterable[Line]) -> Iterator[str]:
    """Say which webhooks have met with a problem of ours."""
    for line in lines:
        for name in _TROUBLE:
            if name in line:
                yield f"{line.get('session', 'no call')}: {name}: {line[name]}"


def late(lines: Iterable[Line]) -> int:
    """Return how many webhooks have waited for a table, or for the secret, in vain."""
    return sum(
        any(name in line for name in _LATE) or line.get("milliseconds", 0) >= _TIMEOUT
        for line in lines
    )


def _ways(known: Mapping[str, Expected], **ways: Iterable[tuple[Item, object]]) -> Iterator[str]:
    for way, seen in ways.items():
        told: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for item, outcome in seen:
            session = str(item["session"]).rpartition("/")[2]
            told[session].append((_hop(item), str(outcome)))
        for session in told.keys() - known.keys():
            yield f"{session}: a {way} of a call that nobody made"
        for session, call in known.items():
            yield from (f"{call}: {what}" for what in _unlike(call, way, told[session]))


def _hop(item: Item) -> int:
    """Return which hop it is: the table has `hop#refer_id`, a line the number."""
    return int(str(item["hop"]).partition("#")[0])


def _unlike(call: Expected, way: str, told: Sequence[tuple[int, str]]) -> Iterator[str]:
    """Compare what was told of one call in one way with how its hops have to end."""
    for hop, outcome in enumerate(call.outcomes):
        outcomes = [one for number, one in told if number == hop]
        if not outcomes:
            yield f"lost: hop {hop} has no {way}"
        elif len(outcomes) > 1:
            yield f"doubled: hop {hop} has {len(outcomes)} times a {way}: {', '.join(outcomes)}"
        elif outcomes != [outcome]:
            yield f"wrong: hop {hop} is {outcome}, and its {way} says {outcomes[0]}"
    for hop in sorted({hop for hop, _ in told if hop >= len(call.outcomes)}):
        yield f"doubled: a {way} of hop {hop}, which the call does not have"


def _miscounted(calls: Iterable[Expected], lines: Iterable[Line]) -> Iterator[str]:
    """Compare the metrics, which name no call, with the outcomes of all calls together."""
    wanted = Counter(
        (METRICS[hop > 0], outcome) for call in calls for hop, outcome in enumerate(call.outcomes)
    )
    counted: Counter[tuple[str, str]] = Counter()
    for line in lines:
        for metric in METRICS:
            if metric in line:
                counted[metric, str(line["outcome"])] += int(sum(line[metric]))
    for metric, outcome in sorted(wanted.keys() | counted.keys()):
        should, was = wanted[metric, outcome], counted[metric, outcome]
        if should != was:
            word = "lost" if was < should else "doubled"
            yield f"{word}: the metric {metric} counts {was} {outcome}, and there were {should}"

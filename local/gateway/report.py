"""What a demonstration has shown, as lines for people and as data for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gateway.performance import Performance
from gateway.scenes import Scene
from pivot.ladder import Line, Message, Note, draw

_REPEATED = Note(("(the same TwiML as before)",), "twiml")


@dataclass(frozen=True, slots=True)
class Result:
    """A scene as it was played; `difference` is empty when it went as expected."""

    scene: Scene
    performance: Performance
    records: list[dict[str, Any]]
    difference: str


def opening(title: str, number: int) -> Iterator[Line]:
    """Return the heading of a scene."""
    yield "title", f"{number}. {title}"
    yield "sip", ""


def ladder(result: Result, shown: set[Note], *, logs: bool) -> Iterator[Line]:
    """Return a scene: its ladder, its records, and whether it went as expected.

    TwiML that was `shown` is not shown again.
    """
    performance = result.performance
    items = [_REPEATED if item in shown else item for item in performance.items]
    shown |= {item for item in performance.items if isinstance(item, Note) if item.style == "twiml"}
    yield from draw(performance.parties, items)
    yield "sip", ""
    for step in performance.steps:
        if step.startswith("recorded"):
            yield "answer", f"  {step}"
    for line in performance.logs if logs else ():
        yield "callback", line
    if result.difference:
        yield "bad", f"  DIFFERS: {result.difference}"
    else:
        yield "good", f"  as expected, in all {len(result.scene.expected)} points"
    yield "sip", ""


def ending(results: Sequence[Result], webhooks: int, seconds: float) -> Iterator[Line]:
    """Return the last lines: what was played, and what differed."""
    failed = [result for result in results if result.difference]
    played = f"{len(results)} calls, {webhooks} webhooks over HTTP, {seconds:.1f} s"
    if not failed:
        yield "good", f"{played}: all as expected."
        return
    yield "bad", f"{played}: {len(failed)} not as expected."
    for result in failed:
        yield "bad", f"  {result.scene.title}: {result.difference}"


def data(results: Sequence[Result], *, logs: bool) -> dict[str, Any]:
    """Return the same as one value, ready for JSON."""
    return {
        "as_expected": not any(result.difference for result in results),
        "calls": [_call(result, logs=logs) for result in results],
    }


def _call(result: Result, *, logs: bool) -> dict[str, Any]:
    performance = result.performance
    call: dict[str, Any] = {
        "title": result.scene.title,
        "call_sid": performance.call.sid,
        "as_expected": not result.difference,
        "difference": result.difference,
        "story": performance.steps,
        "expected": list(result.scene.expected),
        "messages": [asdict(item) for item in performance.items if isinstance(item, Message)],
        "records": result.records,
    }
    return call | ({"logs": performance.logs} if logs else {})

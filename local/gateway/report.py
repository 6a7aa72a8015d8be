"""What a demonstration has shown, as lines for people and as data for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.text import Text

from gateway.performance import Performance
from pivot.picture.rows import Message, Picture, picture
from pivot.picture.terminal import coloured


@dataclass(frozen=True, slots=True)
class Result:
    """A call as it was played: its story and its records.

    `difference` is empty when the story is the one expected.
    """

    performance: Performance
    story: Sequence[str]
    records: list[dict[str, Any]]
    difference: str


def opening(title: str, number: int) -> Iterator[Text]:
    """Return the heading of a call."""
    yield Text(f"{number}. {title}", style="bold")
    yield Text()


def ladder(result: Result, drawn: Picture, *, logs: bool) -> Iterator[Text]:
    """Return a call: its ladder, its records, and whether it went as expected."""
    yield from coloured(drawn)
    yield Text()
    for step in result.story:
        if step.startswith("recorded"):
            yield Text(f"  {step}", style="green")
    for line in result.performance.logs if logs else ():
        yield Text(line, style="dim")
    if result.difference:
        yield Text(f"  DIFFERS: {result.difference}", style="bold red")
    else:
        yield Text(f"  as expected, in all {len(result.story)} points", style="bold green")
    yield Text()


def ending(results: Sequence[Result], webhooks: int, seconds: float) -> Iterator[Text]:
    """Return the last lines: what was played, and what differed."""
    failed = [result for result in results if result.difference]
    played = f"{len(results)} calls, {webhooks} webhooks over HTTP, {seconds:.1f} s"
    if not failed:
        yield Text(f"{played}: all as expected.", style="bold green")
        return
    yield Text(f"{played}: {len(failed)} not as expected.", style="bold red")
    for result in failed:
        title = result.performance.scene.title
        yield Text(f"  {title}: {result.difference}", style="bold red")


def data(results: Sequence[Result], *, logs: bool) -> dict[str, Any]:
    """Return the same as one value, ready for JSON."""
    return {
        "as_expected": not any(result.difference for result in results),
        "calls": [_call(result, logs=logs) for result in results],
    }


def _call(result: Result, *, logs: bool) -> dict[str, Any]:
    performance = result.performance
    rows = picture(performance.trace, twiml=True).rows
    call: dict[str, Any] = {
        "title": performance.scene.title,
        "call_sid": performance.call.sid,
        "as_expected": not result.difference,
        "difference": result.difference,
        "story": result.story,
        "expected": performance.scene.expected,
        "messages": [asdict(row) for row in rows if isinstance(row, Message)],
        "records": result.records,
    }
    return call | ({"logs": performance.logs} if logs else {})

"""The part of docs/performance.md on growth, from what bench.growth has measured."""

from collections.abc import Mapping, Sequence

from bench.growth_legs import Size
from bench.growth_webhooks import Memory
from call_transfer.action import MAX_NOUNS
from call_transfer.progress import MAX_ATTEMPTS
from gateway.stack import Stack

type Measured = Mapping[str, Mapping[int, float]]
"""Milliseconds of CPU by what was measured, and by size."""


def ratio(by_size: Mapping[int, float]) -> float:
    """Return the figure of the largest size over that of the smallest."""
    return round(by_size[max(by_size)] / by_size[min(by_size)], 3)


def _row(title: str, by_size: Mapping[int, float]) -> str:
    times = " | ".join(f"{by_size[size]:.2f} ms" for size in sorted(by_size))
    return f"| {title} | {times} | {ratio(by_size):.2f} |"


def _head(what: str, sizes: Sequence[int]) -> list[str]:
    names = " | ".join(f"{size:,}" for size in sizes)
    return [f"| {what} | {names} | last ÷ first |", f"|---|{'---:|' * (len(sizes) + 1)}"]


def entries(measured: Measured) -> list[str]:
    """Return what became of a webhook as the directory grew."""
    said = (
        "CPU of our process, medians. A webhook reads a fixed set of keys, so neither the size of"
        " the directory nor the number of calls is in what it does:"
    )
    return [
        said,
        "",
        *_head("entries in the directory", tuple(measured["lookup"])),
        _row("a lookup, with the record of the hop before", measured["lookup"]),
        _row("a refer webhook, whole", measured["refer"]),
        "",
    ]


def sessions(measured: Measured, memory: Mapping[int, Memory]) -> list[str]:
    """Return what became of a process as it served more calls."""
    megabytes = " | ".join(f"{memory[one].megabytes:.1f} MB" for one in memory)
    objects = " | ".join(f"{memory[one].objects:,}" for one in memory)
    grown = memory[max(tuple(memory))].megabytes / memory[min(tuple(memory))].megabytes
    more = memory[max(tuple(memory))].objects / memory[min(tuple(memory))].objects
    return [
        "One process has served so many sessions, each with a target of its own:",
        "",
        *_head("sessions served by one process", tuple(memory)),
        _row("a refer webhook, whole", measured["refer"]),
        f"| memory of the process | {megabytes} | {grown:.2f} |",
        f"| objects that its garbage collector knows | {objects} | {more:.2f} |",
        "",
    ]


def legs(measured: Measured, sizes: Sequence[Size]) -> list[str]:
    """Return what became of a record as more legs were told of."""

    def sized(title: str, values: Sequence[float], unit: str = "") -> str:
        cells = " | ".join(f"{value:,g}{unit}" for value in values)
        return f"| {title} | {cells} | {values[-1] / values[0]:.1f} |"

    days = Stack().template["Parameters"]["RecordDays"]["Default"]
    said = (
        "What does grow is the record of one hop: each event of a leg is an attribute of it, kept"
        f" for {days} days, and each further event reads it all back and writes it all anew. A"
        " record of 100 legs is a chain of ten dials with ten parties each, which nobody answered;"
        " each leg has three events:"
    )
    longest = MAX_ATTEMPTS * MAX_NOUNS
    first, last = sizes[0], sizes[-1]
    leg = (last.item - first.item) / (last.legs - first.legs)
    item = first.item + leg * (longest - first.legs)
    rest = (
        f"The longest chain, {MAX_ATTEMPTS} dials with {MAX_NOUNS} parties each,"
        f" would be an item of {item / 1024:.0f} kB, by the same slope; DynamoDB takes 400."
    )
    return [
        said,
        "",
        *_head("legs in the record", [one.legs for one in sizes]),
        _row("the last event of the last leg, whole webhook", measured["leg-status"]),
        _row("the action of the last dial, whole webhook", measured["dial-result"]),
        _row("of that, reading the item back into a record", measured["read back"]),
        _row("of that, concluding the outcome", measured["conclude"]),
        _row("of that, writing the update down", measured["write down"]),
        sized("size of the item", [one.item for one in sizes], " B"),
        sized("write units of the last event", [one.write for one in sizes]),
        sized("read units of the action", [one.read for one in sizes]),
        sized("write units of all events together", [one.whole for one in sizes]),
        "",
        rest,
        "",
    ]

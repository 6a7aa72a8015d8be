"""The matrix as a table for a terminal, and as the page docs/conformance.md."""

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from pivot.matrix.cell import USER
from pivot.matrix.play import Played


def table(played: Iterable[Played]) -> Table:
    """Return a row for each cell: what happens, who talks to whom, what the transferor was told."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in (
        "",
        "cell",
        "bridge",
        f"{USER} at the end",
        "the transferor was told",
        "recorded",
    ):
        drawn.add_column(column, overflow="fold")
    for one in played:
        mark = Text("differs", style="red") if one.differences else Text("ok", style="green")
        knobs = "".join(f" {changed}" for changed in one.knobs.changed())
        drawn.add_row(
            mark,
            one.cell.name + knobs,
            one.cell.mode,
            ending(one),
            told(one),
            ", ".join(one.seen.outcomes or ()),
        )
    return drawn


def ending(one: Played) -> str:
    """Say where UserA is at the end."""
    if one.seen.connected:
        return one.seen.connected
    return "on the line" if one.seen.alive else "disconnected"


def told(one: Played) -> str:
    """Say what the transferor was told: responses, sipfrags of NOTIFYs, BYE, by their statuses."""
    short = (line.removeprefix("NOTIFY ").partition(" ") for line in one.seen.told)
    names = [head if head.isdigit() else head + tail for head, _, tail in short]
    return " ".join(names)

"""What was played, told to a person or a machine: table, ladders, SVG files, JSON."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from pivot.matrix.play import Played
from pivot.matrix.report import table
from pivot.picture.rows import picture
from pivot.picture.svg import svg
from pivot.picture.terminal import coloured

# Of a file or a pipe, which has no width of its own.
_WIDTH = 130


@dataclass(frozen=True, slots=True)
class Showing:
    """What is wanted beside the table: ladders, TwiML in them, SVG files; or JSON alone."""

    ladder: bool = False
    twiml: bool = False
    svg: Path | None = None
    as_json: bool = False


def tell(played: Sequence[Played], showing: Showing, seconds: float) -> int:
    """Print what was played; return the exit status: 1 when something was not as expected."""
    failed = [one for one in played if one.differences]
    if showing.svg:
        _draw(played, showing.svg, twiml=showing.twiml)
    if showing.as_json:
        print(json.dumps({"as_expected": not failed, "cells": [_data(one) for one in played]}))
        return 1 if failed else 0
    width = None if sys.stdout.isatty() else _WIDTH
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True, width=width)
    for one in played if showing.ladder else ():
        for line in _ladder(one, twiml=showing.twiml):
            console.print(line)
    console.print(table(played))
    for one in failed:
        console.print(Text(f"{one.cell.id} ({one.knobs}): {one.cell.source}", style="bold red"))
        for difference in one.differences:
            console.print(Text(f"    {difference}", style="red"))
    ending = f"{len(played)} cells, {seconds:.0f} s: "
    ending += f"{len(failed)} otherwise than expected." if failed else "all as expected."
    console.print(Text(ending, style="bold red" if failed else "bold green"))
    return 1 if failed else 0


def _ladder(one: Played, *, twiml: bool) -> Iterator[Text]:
    yield Text(f"\n{one.cell.id}: {one.cell.title}", style="bold")
    yield from coloured(picture(one.trace, twiml=twiml))


def _draw(played: Sequence[Played], folder: Path, *, twiml: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in played:
        drawn = svg(picture(one.trace, twiml=twiml), title=f"{one.cell.id}: {one.cell.title}")
        name = "-".join((one.cell.id, *one.knobs.changed())).replace(" ", "_")
        (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")


def _data(one: Played) -> dict[str, Any]:
    return {
        "cell": one.cell.id,
        "title": one.cell.title,
        "source": one.cell.source,
        "knobs": one.knobs.changed(),
        "seen": asdict(one.seen),
        "differences": one.differences,
    }

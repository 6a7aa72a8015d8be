"""`make matrix`: every cell against the application, in the model or over real SIP.

    python -m pivot.matrix.main                     all cells, defaults
    python -m pivot.matrix.main --knobs all         and every knob that matters to a cell
    python -m pivot.matrix.main --cell busy-true --ladder --twiml

Exits with 1 when a cell goes otherwise than Twilio's page says, 2 when it was called wrongly.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from pivot.matrix import report
from pivot.matrix.cell import Cell
from pivot.matrix.local import Job, cells, run, run_side_by_side
from pivot.matrix.play import Played
from pivot.model import knobs
from pivot.model.knobs import Knobs
from pivot.picture.rows import picture
from pivot.picture.svg import svg
from pivot.picture.text import lines

# Of a file or a pipe, which has no width of its own.
_WIDTH = 130
STYLES = {
    "heading": "bold",
    "sip": "",
    "request": "cyan",
    "callback": "dim",
    "answer": "green",
    "error": "red",
    "twiml": "yellow",
    "connected": "bold green",
    "heard": "magenta",
    "alert": "bold red",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the matrix and print it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pivot.matrix.main", description=__doc__)
    add_options(parser)
    given = parser.parse_args(arguments)
    try:
        chosen = chosen_cells(cells(), given.cell)
        settings = chosen_knobs(given.knobs)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    began = time.monotonic()
    played = play_all(chosen, settings, workers=os.cpu_count() or 1)
    return tell(played, given, time.monotonic() - began)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `make matrix` and `refer rehearse` share."""
    parser.add_argument("--cell", action="append", default=[], metavar="NAME", help="only these")
    parser.add_argument(
        "--knobs",
        default="",
        metavar="NAME=VALUE",
        help="how Twilio behaves where nobody knows; `all` tries each value in turn",
    )
    parser.add_argument("--ladder", action="store_true", help="draw every call")
    parser.add_argument("--twiml", action="store_true", help="with the TwiML of the answers")
    parser.add_argument("--svg", type=Path, metavar="FOLDER", help="draw every call into a file")
    parser.add_argument("--json", action="store_true", help="print the result for machines")


def chosen_cells(known: Sequence[Cell], names: Sequence[str]) -> list[Cell]:
    """Return the cells of these names or ids, all without one. Raises ValueError."""
    for name in names:
        if name not in {one for cell in known for one in (cell.name, cell.id)}:
            listed = ", ".join(dict.fromkeys(cell.name for cell in known))
            raise ValueError(f"no cell {name!r}; there are {listed}")
    return [cell for cell in known if not names or {cell.name, cell.id} & set(names)]


def chosen_knobs(text: str) -> list[Knobs] | None:
    """Return the settings to try; None for all that matter. Raises ValueError."""
    return None if text == "all" else [Knobs.parse(text)]


def play_all(
    chosen: Iterable[Cell], settings: Sequence[Knobs] | None, *, workers: int = 1
) -> list[Played]:
    """Play cells under these knobs, or first at the defaults and then wherever a knob mattered."""
    first = settings if settings is not None else [Knobs()]
    played = _run([Job(cell, one) for cell in chosen for one in first], workers)
    if settings is None:
        played += _run(list(mattering(played)), workers)
    return played


def mattering(played: Iterable[Played]) -> Iterable[Job]:
    """Return each other value of each knob that a cell has consulted.

    The model is deterministic: a knob that was never asked for cannot change anything.
    """
    for one in played:
        for variant in list(knobs.variants())[1:]:
            name = variant.changed()[0].partition("=")[0]
            if name in one.consulted:
                yield Job(one.cell, variant)


def tell(played: Sequence[Played], given: argparse.Namespace, seconds: float) -> int:
    """Print what was played, as it was asked for; return the exit status."""
    width = None if sys.stdout.isatty() else _WIDTH
    console = Console(
        file=sys.stdout, highlight=False, soft_wrap=True, quiet=given.json, width=width
    )
    if given.ladder:
        for one in played:
            console.print(Text(f"\n{one.cell.id}: {one.cell.title}", style="bold"))
            for style, line in lines(picture(one.trace, twiml=given.twiml)):
                console.print(Text(line, style=STYLES.get(style, "")))
    if given.svg:
        given.svg.mkdir(parents=True, exist_ok=True)
        for one in played:
            path = given.svg / f"{one.cell.id}.svg"
            drawn = svg(picture(one.trace, twiml=given.twiml), title=one.cell.title)
            path.write_text(drawn, encoding="utf-8")
    console.print(report.table(played))
    failed = [one for one in played if one.differences]
    for one in failed:
        console.print(Text(f"{one.cell.id} ({one.knobs}): {one.cell.source}", style="bold red"))
        for difference in one.differences:
            console.print(Text(f"    {difference}", style="red"))
    ending = f"{len(played)} cells, {seconds:.0f} s: "
    ending += f"{len(failed)} otherwise than expected." if failed else "all as expected."
    console.print(Text(ending, style="bold red" if failed else "bold green"))
    if given.json:
        print(json.dumps({"as_expected": not failed, "cells": [_data(one) for one in played]}))
    return 1 if failed else 0


def _run(jobs: Sequence[Job], workers: int) -> list[Played]:
    # A process more costs two seconds, as much as six cells.
    few = 12
    if workers == 1 or len(jobs) < few:
        order = {(job.cell.id, str(job.knobs)): number for number, job in enumerate(jobs)}
        return sorted(run(jobs), key=lambda one: order[one.cell.id, str(one.knobs)])
    return run_side_by_side(jobs, workers)


def _data(one: Played) -> dict[str, Any]:
    return {
        "cell": one.cell.id,
        "title": one.cell.title,
        "source": one.cell.source,
        "knobs": one.knobs.changed(),
        "seen": asdict(one.seen),
        "differences": one.differences,
    }


if __name__ == "__main__":
    sys.exit(main())

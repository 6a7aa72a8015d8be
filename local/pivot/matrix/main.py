"""`make matrix`: every cell against the application, in the model or over real SIP.

    python -m pivot.matrix.main                     all cells, defaults
    python -m pivot.matrix.main --knobs all         and every knob that matters to a cell
    python -m pivot.matrix.main --sip udp           over real SIP
    python -m pivot.matrix.main --cell busy-true --ladder --twiml

Exits with 1 when a cell goes otherwise than Twilio's page says, 2 when it was called wrongly.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from pivot.matrix.cell import Cell
from pivot.matrix.local import Job, cells, run, run_side_by_side
from pivot.matrix.over_sip import TRANSPORTS, find_sipp, play_over_sip
from pivot.matrix.play import Played
from pivot.matrix.show import Showing, tell
from pivot.model import knobs
from pivot.model.knobs import Knobs
from pivot.sip.process import SippMissing


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the matrix and print it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pivot.matrix.main", description=__doc__)
    _add_options(parser)
    given = parser.parse_args(arguments)
    try:
        chosen = chosen_cells(cells(), given.cell)
        settings = chosen_knobs(given.knobs)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    began = time.monotonic()
    try:
        if given.sip:
            find_sipp()
        played = play_all(chosen, settings, workers=os.cpu_count() or 1)
        if given.sip:
            played = over_sip(played, given.sip)
    except SippMissing as problem:
        print(problem, file=sys.stderr)
        return 2
    showing = Showing(given.ladder, given.twiml, given.svg, given.json)
    return tell(played, showing, time.monotonic() - began)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cell", action="append", default=[], metavar="NAME", help="only these")
    parser.add_argument(
        "--knobs",
        default="",
        metavar="NAME=VALUE",
        help="how Twilio behaves where nobody knows; `all` tries each value in turn",
    )
    parser.add_argument("--sip", choices=TRANSPORTS, help="over real SIP, played by sipp")
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


def over_sip(model: Sequence[Played], transport: str) -> list[Played]:
    """Play again over SIP what the model has played. Raises SippMissing."""
    order = {(one.cell.id, one.knobs): number for number, one in enumerate(model)}
    played = play_over_sip(model, transport, workers=min(os.cpu_count() or 1, len(model)))
    return sorted(played, key=lambda one: order[one.cell.id, one.knobs])


def _run(jobs: Sequence[Job], workers: int) -> list[Played]:
    # A process more costs two seconds, as much as six cells.
    few = 12
    if workers == 1 or len(jobs) < few:
        order = {(job.cell.id, str(job.knobs)): number for number, job in enumerate(jobs)}
        return sorted(run(jobs), key=lambda one: order[one.cell.id, str(one.knobs)])
    return run_side_by_side(jobs, workers)


if __name__ == "__main__":
    sys.exit(main())

"""Measure how fast a REFER is answered, beside what one would run instead, and write the page.

    python -m bench.main                      everything, and docs/performance.md: `make bench`
    python -m bench.main --quick              three rounds of the subjects alone, no page
    python -m bench.main --only ours naive    some of them, no page

The exit status is 1 when a goal is missed, and 2 when something does not work.  A goal that this
run has not measured is not missed.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench import (
    aws,
    certificate,
    goals,
    growth,
    instructions,
    load,
    load_stack,
    machine,
    python_subjects,
    report,
    rounds,
    webhooks,
)
from bench.certificate import Certificate
from bench.figures import Measured
from bench.runtime_api import SubjectFailed
from bench.sample import World
from bench.subject import Skipped, Subject
from bench.subjects.node import subject as node
from bench.subjects.signed import subject as signed
from bench.tables import Row
from gateway.stack import ROOT

_ROUNDS, _QUICK = 15, 3
_ORDER = ("hello", "floor", "ours", "signed", "naive-byte-code", "naive", "node-lean", "node-usual")


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.main", description=__doc__)
    parser.add_argument("--rounds", type=int, help=f"{_ROUNDS} unless it is --quick")
    parser.add_argument("--only", nargs="+", choices=_ORDER, metavar="SUBJECT", default=_ORDER)
    parser.add_argument("--quick", action="store_true", help="few rounds, and no page")
    parser.add_argument("--package", type=Path, help="a folder to measure as ours, as it is")
    given = parser.parse_args(arguments)
    given.rounds = given.rounds or (_QUICK if given.quick else _ROUNDS)
    whole = given.package is None and set(given.only) == set(_ORDER)
    given.writes = whole and not given.quick
    return given


def prepared(given: argparse.Namespace, work: Path, made: Certificate) -> list[Subject | Skipped]:
    """Build the subjects that are asked for, in the order of the page."""
    makers: dict[str, Callable[[], Sequence[Subject | Skipped]]] = {
        "ours": lambda: [python_subjects.ours(work, made, given.package)],
        "hello floor naive naive-byte-code": lambda: python_subjects.others(work),
        "node-lean node-usual": lambda: node.prepare(work),
        "signed": lambda: signed.prepare(work),
    }
    found = [
        one
        for names, make in makers.items()
        if set(names.split()) & set(given.only)
        for one in make()
        if one.name in given.only
    ]
    return sorted(found, key=lambda one: _ORDER.index(one.name))


def measured(given: argparse.Namespace) -> tuple[list[Row], str, str]:
    """Measure the subjects; say why instructions were not counted, and how busy the machine was.

    Raises SubjectFailed.
    """
    cores = rounds.Cores.of_this_process()
    all_cores = os.sched_getaffinity(0)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = Path(folder)
        made = certificate.make(work)
        python_subjects.compile_runtime()
        subjects = prepared(given, work, made)
        running = [one for one in subjects if isinstance(one, Subject)]
        events = webhooks.events(rounds.WARM + 1)
        answers = aws.Answers(webhooks.entry(), webhooks.secret(), webhooks.record())
        os.sched_setaffinity(0, cores.servers)
        try:
            with aws.serving(answers, made) as stand_in:
                world = World(stand_in, made, work, cores.subject)
                busy = machine.load()
                print(busy)
                done = rounds.run(running, events, world, rounds=given.rounds)
                uncounted = instructions.MISSING
                if instructions.is_possible():
                    uncounted = rounds.count_instructions(done, events[0], world)
        finally:
            os.sched_setaffinity(0, all_cores)
    by_name = {one.subject.name: one for one in done}
    rows = [by_name[one.name] if isinstance(one, Subject) else one for one in subjects]
    return rows, uncounted, busy


def missing(rows: Sequence[Row], uncounted: str) -> dict[str, str]:
    """Say for the figures of goals why this run has not measured them."""
    skipped = {one.name: one.why for one in rows if isinstance(one, Skipped)}
    found = {goals.COLD_NODE: skipped[goals.NODE]} if goals.NODE in skipped else {}
    return found | ({goals.INSTRUCTIONS: uncounted} if uncounted else {})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the page if it was everything."""
    given = options(arguments)
    try:
        rows, uncounted, busy = measured(given)
        shown = report.figures(rows)
        print(shown)
        parts = [growth.run(), load.run()] if given.writes else []
    except (SubjectFailed, load.Miscounted, load_stack.NotRunning) as failed:
        print(failed, file=sys.stderr)
        return 2
    done = [one for one in rows if isinstance(one, Measured)]
    figures = goals.ratios({one.subject.name: one for one in done})
    for part in parts:
        figures |= part.figures
    verdicts = goals.verdicts(figures)
    reached = report.goals(verdicts, missing(rows, uncounted))
    print(reached)
    if given.writes:
        versions = {name: one for row in done for name, one in row.subject.versions.items()}
        made = report.Made(
            date=time.strftime("%Y-%m-%d"),
            rounds=given.rounds,
            machine=machine.described(),
            versions=machine.versions(versions),
            load=busy,
        )
        report.PAGE.write_text(report.page(made, (shown, reached), parts), encoding="utf-8")
        print(f"written: {report.PAGE.relative_to(ROOT)}")
    return int(any(one.is_missed for one in verdicts))


if __name__ == "__main__":
    sys.exit(main())

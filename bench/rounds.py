"""Rounds: in each of them every subject is started once, in an order that moves on by one.

So whatever the machine does beside, it does to all.  Before the first round each is started once
without being counted: then its files are in the page cache of the machine.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench import instructions
from bench.figures import Measured, package
from bench.runtime_api import SubjectFailed
from bench.sample import World, measure, restore
from bench.subject import Subject

WARM = 200
_TWICE = 2


@dataclass(frozen=True, slots=True)
class Cores:
    """The core that subjects run on, and those of whoever serves them; one machine may have one."""

    subject: int
    servers: frozenset[int]

    @classmethod
    def of_this_process(cls) -> "Cores":
        """Share out the cores that this process may use."""
        first, *others = sorted(os.sched_getaffinity(0))
        return cls(first, frozenset(others) or frozenset({first}))


def run(
    subjects: Sequence[Subject], events: Sequence[bytes], world: World, *, rounds: int
) -> list[Measured]:
    """Measure all subjects. Raises SubjectFailed."""
    measured = [Measured(one, package(one.folder)) for one in subjects]
    for one in measured:
        _progress(f"once, not counted: {one.subject.name}")
        measure(one.subject, events[:2], world)
    for number in range(rounds):
        _progress(f"round {number + 1} of {rounds}")
        turn = number % len(measured)
        for one in measured[turn:] + measured[:turn]:
            one.samples.append(measure(one.subject, events, world))
            if one.subject.restores:
                one.restores.append(restore(one.subject, events[0], world))
    return measured


def count_instructions(measured: Sequence[Measured], event: bytes, world: World) -> str:
    """Count the instructions of those subjects that ask for it, twice.

    Return why not: under valgrind all is some fifty times slower, and on a busy machine a webhook
    can come to its own limits of time.
    """
    for one in measured:
        if one.subject.counted:
            _progress(f"counting the instructions of {one.subject.name}")
            try:
                instructions.make_patient(one.subject)
                one.instructions += [_counted(one, event, world) for _ in range(_TWICE)]
            except SubjectFailed as failed:
                _progress(str(failed))
                return f"{one.subject.name} failed under valgrind, see the output of the run"
    return ""


def _counted(one: Measured, event: bytes, world: World) -> int:
    counted = instructions.count(one.subject, event, world)
    if world.aws.counted() != one.samples[0].cold_calls:
        raise SubjectFailed(f"{one.subject.name} made other calls of AWS than when it was measured")
    return counted


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")

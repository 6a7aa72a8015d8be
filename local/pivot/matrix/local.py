"""The matrix against the application on this machine: one deployment for each group of settings."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from multiprocessing import get_context
from typing import Any

from gateway import aws, entries
from gateway.deployment import deployed
from pivot.client import Client
from pivot.matrix import offnominal, seed
from pivot.matrix.cell import Cell
from pivot.matrix.confined import confined
from pivot.matrix.play import Application, Played, play
from pivot.model.knobs import Knobs
from pivot.sign import LOCAL

# What docs/call-flow.md advises where Twilio turns out to behave so.
ADVICE: Mapping[str, Mapping[str, str]] = {
    "refusal_in_hold=dropped": {"HOLD_REFUSAL": "message"},
    "refer_call_sid=transferor": {"REFER_CALL_SID": "transferor"},
}


@dataclass(frozen=True, slots=True)
class Job:
    """A cell under some knobs; `settings` are those of the stack that it is played against."""

    cell: Cell
    knobs: Knobs

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """What the operator has set: what the cell is about, and what the knobs call for."""
        advised = [ADVICE.get(changed, {}) for changed in self.knobs.changed()]
        merged = {
            name: value for each in (self.cell.settings, *advised) for name, value in each.items()
        }
        return tuple(sorted(merged.items()))


def cells() -> tuple[Cell, ...]:
    """Return every cell: the table of the seed, then what can go wrong beside it."""
    return (*seed.cells(), *offnominal.cells())


def run(jobs: Iterable[Job]) -> Iterator[Played]:
    """Play jobs in this process, group by group."""
    for settings, group in groupby(
        sorted(jobs, key=lambda job: job.settings), lambda job: job.settings
    ):
        with application(dict(settings)) as app:
            for job in group:
                yield play(job.cell, job.knobs, app)


def run_side_by_side(jobs: Sequence[Job], workers: int) -> list[Played]:
    """Play jobs in several processes, and return them in the order given."""
    order = {_key(job.cell, job.knobs): number for number, job in enumerate(jobs)}
    shares = [jobs[start::workers] for start in range(workers)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        played = [one for share in pool.map(_share, shares) for one in share]
    return sorted(played, key=lambda one: order[_key(one.cell, one.knobs)])


@contextlib.contextmanager
def application(settings: Mapping[str, str]) -> Iterator[Application]:
    """Run the application on this machine until the block ends."""
    directory = entries.load(entries.DEMO)
    tokens = {LOCAL.sid: LOCAL.token}
    with deployed(tokens=tokens, entries=directory, settings=settings) as stack, Client() as client:

        def records(session: str) -> list[Mapping[str, Any]]:
            return list(aws.records(stack.stack, LOCAL.sid, session))

        yield Application(stack.url, confined(client.send, stack.url), LOCAL, records)


def _share(jobs: Sequence[Job]) -> list[Played]:
    return list(run(jobs))


def _key(cell: Cell, knobs: Knobs) -> tuple[str, str]:
    return cell.id, str(knobs)

"""The calls of a load run: cells of the pivot's matrix, many at a time, their webhooks in a race.

Within a call the model of Twilio has one webhook after the other.  Here the events of legs leave it
behind: they are sent by threads of their own, held back for a moment that chance chooses, and some
are sent twice at once, so that they meet the action of their dial, and each other, in any order.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random
from urllib.parse import urlsplit

from pivot.client import Client
from pivot.delivery import Asked, Send
from pivot.matrix.cell import Cell
from pivot.matrix.confined import confined
from pivot.matrix.local import cells
from pivot.matrix.play import Application, play, serial
from pivot.model.knobs import Knobs
from pivot.overrides import Outcome, What
from pivot.sign import LOCAL

# By the names of docs/conformance.md, each as often as it stands here.  `true` is hold mode,
# `unset` release mode.
MIX = (
    *("answers-true", "answers-unset", "answers-true", "busy-true", "busy-unset"),
    *("denied-true", "answers-unset", "no-answer-unset", "duplicate-true", "reordered-true"),
    *("answers-true", "unknown-unset", "retried-true", "duplicate-unset", "reordered-unset"),
    *("answers-unset", "retried-unset", "accepted-true", "nobody-unset", "busy-recall-unset"),
)
# At most, in seconds: some webhooks long.
_HELD_BACK = 0.03
_SENT_TWICE = 0.1
_ACCEPTED, _SERVER_ERROR = 204, 500


@dataclass(frozen=True, slots=True)
class Expected:
    """One call of the run: its session, and how each of its hops has to end."""

    cell: str
    session: str
    outcomes: tuple[str, ...]

    @property
    def transfers(self) -> int:
        """How often the call is transferred."""
        return len(self.outcomes) - 1

    def __str__(self) -> str:
        return f"{self.cell} ({self.session})"


@dataclass
class Run:
    """What was seen from Twilio's side while some calls were played."""

    calls: int
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def mixed(count: int, begin: int = 0) -> list[tuple[str, Cell]]:
    """Return `count` calls of the mix, each with the name of its run."""
    known = {cell.id: cell for cell in cells()}
    chosen = islice(cycle(known[name] for name in MIX), begin, begin + count)
    return [(f"load-{begin + number}", cell) for number, cell in enumerate(chosen)]


def expected(calls: Iterable[tuple[str, Cell]]) -> Iterator[Expected]:
    """Say how the calls have to end."""
    for run, cell in calls:
        session = serial(run, cell.id, str(Knobs()), 0)()
        yield Expected(cell.id, session, cell.expected.outcomes or ())


def play_all(calls: Sequence[tuple[str, Cell]], url: str, at_a_time: int) -> Run:
    """Play the calls, so many at a time."""
    run = Run(len(calls))
    began = time.monotonic()
    with (
        Client() as client,
        ThreadPoolExecutor(at_a_time) as lines,
        ThreadPoolExecutor(2 * at_a_time) as legs,
    ):
        line = _Line(url, client, legs, run)
        for problem in lines.map(lambda one: line.play(*one), calls):
            run.problems += problem
    run.seconds = time.monotonic() - began
    return run


@dataclass(frozen=True, slots=True)
class _Line:
    """What a call needs of the run: where it goes, and who sends the events of its legs."""

    url: str
    client: Client
    legs: ThreadPoolExecutor
    run: Run

    def play(self, name: str, cell: Cell) -> list[str]:
        """Play one call, and return what went otherwise than the matrix says."""
        chance = Random(name)  # noqa: S311 - the same run each time
        late: list[Future[Outcome]] = []

        def racing(asked: Asked, connect: float, read: float) -> Outcome:
            if "/leg-status/" not in urlsplit(asked.url).path:
                return self._timed(asked, connect, read)
            for _ in range(2 if chance.random() < _SENT_TWICE else 1):
                wait = chance.uniform(0, _HELD_BACK)
                late.append(self.legs.submit(self._told, asked, connect, read, wait))
            return Outcome(What.ANSWERED, 0.0, _ACCEPTED)

        to: Send = confined(racing, self.url)
        try:
            played = play(cell, Knobs(), Application(self.url, to, LOCAL), name)
            answers = [one.result() for one in late]
        except Exception as error:  # noqa: BLE001 - it is told, and the other calls go on
            return [f"{cell.id} ({name}): {error!r}"]
        refused = [one for one in answers if one.status != _ACCEPTED]
        return [
            *(f"{cell.id} ({name}): {said}" for said in played.differences),
            *(f"{cell.id} ({name}): a leg event was answered {one}" for one in refused),
        ]

    def _told(self, asked: Asked, connect: float, read: float, wait: float) -> Outcome:
        time.sleep(wait)
        outcome = self._timed(asked, connect, read)
        # Our links say rc=1&rp=ct,5xx: Twilio asks once more.
        again = outcome.status >= _SERVER_ERROR
        return self._timed(asked, connect, read) if again else outcome

    def _timed(self, asked: Asked, connect: float, read: float) -> Outcome:
        outcome = self.client.send(asked, connect, read)
        self.run.latencies.append(outcome.elapsed)
        return outcome

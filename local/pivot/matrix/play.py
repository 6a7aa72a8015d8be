"""Play a cell against an application, on the clock of the model, and judge what was seen."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from pivot.delivery import Send
from pivot.matrix.cell import NUMBER, USER, Caller, Cell, Expected
from pivot.matrix.faults import scripted, steady
from pivot.model.call import Call
from pivot.model.knobs import Knobs
from pivot.model.seen import Arrow, Fact
from pivot.model.session import Setup
from pivot.model.trace import Trace
from pivot.model.world import World
from pivot.webhooks import Account

# When everything that a cell does has happened, ring timeouts of a whole chain included.
SNAPSHOT = 300.0
_IVR = "https://ivr.example.com/voice"
_STANDBY = "https://standby.example.com/voice"

type Records = Callable[[str], list[Mapping[str, Any]]]
"""Return the records of a session by its CallSid, in the order of their hops."""


@dataclass(frozen=True, slots=True)
class Application:
    """The application under test. `records` is None where its tables cannot be read."""

    base: str
    send: Send
    account: Account
    records: Records | None = None

    @property
    def voice_url(self) -> str:
        """The URL for "A call comes in"."""
        return f"{self.base}/inbound-call"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a cell, in the terms of Expected; `order` are all facts."""

    connected: str
    alive: bool
    told: tuple[str, ...]
    alerts: tuple[int, ...]
    heard: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    order: tuple[str, ...]
    outcomes: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """A cell as it was played. `differences` are sentences; none when all is as expected."""

    cell: Cell
    knobs: Knobs
    seen: Seen
    trace: Trace
    differences: tuple[str, ...]
    consulted: frozenset[str]


def play(cell: Cell, knobs: Knobs, application: Application, run: str = "") -> Played:
    """Play a cell; `run` tells the CallSids of one run of the matrix from those of another."""
    calls = _calls(cell, knobs, application, run)
    send = cell.fault.around(scripted(steady(application.send), documents(cell, application.base)))
    world = World(cell.parties, send, application.account, cell.fault.delay)
    for caller, call in calls:
        world.dials(caller.party, call, at=caller.at)
    world.play(SNAPSHOT)
    seen = seen_in(world.trace, cell)
    world.hang_up()
    seen = with_outcomes(seen, application, calls[0][1])
    consulted = frozenset(name for _, call in calls for name in call.consulted)
    differences = tuple(differing(cell.expects(knobs), seen))
    return Played(cell, knobs, seen, world.trace, differences, consulted)


def documents(cell: Cell, base: str) -> dict[str, str]:
    """Return the TwiML that a cell has somebody else answer with, by URL."""
    return {_IVR: cell.voice.replace("{base}", base), _STANDBY: cell.fallback}


def differing(expected: Expected, seen: Seen) -> Iterator[str]:
    """Say in what a cell has gone otherwise than expected."""
    for name in ("connected", "alive", "told", "alerts", "heard", "headers", "outcomes", "order"):
        wanted, was = getattr(expected, name), getattr(seen, name)
        if name == "order" and wanted is not None:
            was = tuple(fact for fact in was if fact in wanted)
        if wanted is not None and was is not None and wanted != was:
            yield f"{name}: expected {_words(wanted)}, was {_words(was)}"


def setup(cell: Cell, knobs: Knobs, application: Application, sids: Callable[[], str]) -> Setup:
    """Return what Twilio knows before a call of a cell begins."""
    return Setup(
        account=application.account.sid,
        voice_url=_IVR if cell.voice else application.voice_url,
        sids=sids,
        fallback=_STANDBY if cell.fallback else "",
        knobs=knobs,
    )


def serial(*about: object) -> Callable[[], str]:
    """Return a source of CallSids that are the same for the same cell, and no other's."""
    begin = sha256(repr(about).encode()).hexdigest()[:24]
    numbers = itertools.count()
    return lambda: f"CA{begin}{next(numbers):08x}"


def _calls(
    cell: Cell, knobs: Knobs, application: Application, run: str
) -> list[tuple[Caller, Call]]:
    made = []
    for number, caller in enumerate(cell.callers):
        sids = serial(run, cell.id, str(knobs), number)
        from_address = NUMBER if caller.sip is None else caller.party.address
        own = setup(cell, knobs, application, sids)
        call = Call(own, caller=from_address, called=caller.called, sip=caller.sip)
        made.append((caller, call))
    return made


def seen_in(trace: Trace, cell: Cell) -> Seen:
    """Return what a trace shows, in the terms of Expected."""
    pairs = [pair for pair in trace.pairs if USER in pair]
    others = [one for pair in pairs for one in pair if one != USER]
    gone = {f"{USER} is disconnected", f"{USER} hangs up"} & set(trace.facts)
    answered = any(
        isinstance(one, Arrow) and USER in {one.source, one.target} and one.text == "200 OK"
        for one in trace.seen
    )
    return Seen(
        connected=others[0] if others else "",
        alive=answered and not gone,
        told=trace.told(cell.transferor),
        alerts=tuple(dict.fromkeys(_alerts(trace))),
        heard=tuple(_heard(trace)),
        headers=trace.headers,
        order=trace.facts,
    )


def _alerts(trace: Trace) -> Iterator[int]:
    for one in trace.seen:
        if isinstance(one, Fact) and one.kind == "alert" and one.text.startswith("alert "):
            yield int(one.text.split()[1].rstrip(":"))


def _heard(trace: Trace) -> Iterator[str]:
    for one in trace.seen:
        if isinstance(one, Fact) and one.kind == "heard" and one.text.startswith(f'{USER} hears "'):
            yield one.text.removeprefix(f"{USER} hears ")


def with_outcomes(seen: Seen, application: Application, call: Call) -> Seen:
    """Add what was recorded, under whichever leg a session was opened."""
    if application.records is None:
        return seen
    records = [record for sid in call.legs for record in application.records(sid)]
    return replace(seen, outcomes=tuple(str(one.get("outcome", "open")) for one in records))


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(one) for one in value) or "nothing"
    return str(value) if value != "" else "nobody"

"""Cells over real SIP: the same model behind a B2BUA, every phone a sipp.

Who is connected to whom, what the transferor was told and which headers arrived is read from the
messages of the phones; alerts, what Twilio says and the order of things are the model's to tell.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby
from multiprocessing import get_context
from time import monotonic, sleep

from pivot.matrix.cell import NUMBER, USER, Caller, Cell
from pivot.matrix.faults import scripted, steady
from pivot.matrix.local import Job, application
from pivot.matrix.play import (
    SNAPSHOT,
    Application,
    Played,
    Seen,
    differing,
    documents,
    seen_in,
    serial,
    setup,
    with_outcomes,
)
from pivot.model.call import Call
from pivot.model.seen import ANSWERS_REFER, Arrow, Fact
from pivot.model.trace import Trace
from pivot.sip.headers import uri_of
from pivot.sip.heard import Snapshot
from pivot.sip.process import SippFailed, SippMissing
from pivot.sip.sipp import Play, playing
from pivot.sip.switch import Switch

TRANSPORTS = ("udp", "tcp")
# How much faster than a real clock: a ring timeout of 25 s takes 5 s, a webhook 0.3 s of them.
SPEED = 5.0
# Cells at a time in one process: they wait more than they work.
_AT_ONCE = 6
# Seconds of the model's clock: how long nothing more may happen at the end, and how long a cell may
# take beyond what it takes in the model, since webhooks and processes are slower than there.
_QUIET = 2.0
_PATIENCE = 120.0


def play_over_sip(model: Iterable[Played], transport: str, *, workers: int = 1) -> list[Played]:
    """Play again over SIP what the model has played, in some processes, a few cells at a time each.

    When a cell has come to its end is known from there.  Raises SippMissing.
    """
    find_sipp()
    chosen = sorted(model, key=_settings)
    shares = [(chosen[start::workers], transport) for start in range(workers)]
    if workers == 1:
        return _share(shares[0])
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return [one for share in pool.map(_share, shares) for one in share]


def find_sipp() -> None:
    """Make sure that phones can be played at all. Raises SippMissing."""
    if not shutil.which("sipp"):
        raise SippMissing


def _share(share: tuple[list[Played], str]) -> list[Played]:
    chosen, transport = share
    played: list[Played] = []
    for of_stack, group in groupby(chosen, _settings):
        with application(dict(of_stack)) as app, ThreadPoolExecutor(_AT_ONCE) as pool:
            wire = _Wire(app, transport, SPEED)
            played += pool.map(wire.play, list(group))
    return played


@dataclass(frozen=True, slots=True)
class _Wire:
    """Where cells are played: the application, the transport, the speed."""

    application: Application
    transport: str
    speed: float

    def play(self, model: Played) -> Played:
        """Play one cell, once more if sipp fails: a port of its may have gone to somebody else."""
        for attempt in ("first", "second"):
            try:
                return self._play(model, attempt)
            except SippFailed as problem:
                failure = problem
        return replace(model, differences=(str(failure),))

    def _play(self, model: Played, attempt: str) -> Played:
        cell, knobs, app = model.cell, model.knobs, self.application
        trace, calls = Trace(), dict[str, Call]()
        send = cell.fault.around(scripted(steady(app.send), documents(cell, app.base)))
        with (
            playing(
                cell.parties,
                callers=[caller.party for caller in cell.callers],
                speed=self.speed,
                transport=self.transport,
            ) as play,
            Switch(
                self._factory(model, trace, calls, attempt),
                play.route,
                send,
                app.account,
                speed=self.speed,
                delay=cell.fault.delay,
            ) as switch,
        ):
            self._dial(cell.callers, play, switch.port)
            self._wait(model, trace)
            snapshot = play.snapshot()
            seen = _seen(cell, trace, snapshot)
            switch.hang_up()
        first = calls[uri_of(cell.callers[0].called)]
        seen = with_outcomes(seen, app, first)
        differences = [*differing(cell.expects(knobs), seen), *_one_sided(snapshot)]
        return Played(cell, knobs, seen, trace, tuple(differences), first.consulted)

    def _dial(self, callers: Sequence[Caller], play: Play, port: int) -> None:
        """Let everybody call in at their time."""
        now = 0.0
        for caller in sorted(callers, key=lambda one: one.at):
            sleep((caller.at - now) / self.speed)
            now = caller.at
            call_id = caller.sip.call_id if caller.sip else None
            play.call(caller.party, caller.called, port, call_id=call_id)

    def _wait(self, model: Played, trace: Trace) -> None:
        """Wait until all has happened that had happened in the model, and then for what is more."""
        before = [one for one in model.trace.seen if one.at < SNAPSHOT]
        began, lasts = monotonic(), max(one.at for one in before)
        sleep(lasts / self.speed)
        until = began + (lasts + _PATIENCE) / self.speed
        while _milestones(trace.seen) != _milestones(before) and monotonic() < until:
            sleep(_QUIET / self.speed / 4)
        sleep(_QUIET / self.speed)

    def _factory(
        self, model: Played, trace: Trace, calls: dict[str, Call], attempt: str
    ) -> Callable[..., tuple[Call, Trace]]:
        """Return what makes a call of the model for an INVITE."""
        callers = {uri_of(caller.called): caller for caller in model.cell.callers}

        def new_call(
            called: str, caller: str, sip_call_id: str, x_headers: Mapping[str, str], source_ip: str
        ) -> tuple[Call, Trace]:
            del caller, sip_call_id, x_headers, source_ip  # of the cell, not of this machine
            one = callers[called]
            about = (attempt, self.transport, model.cell.id, str(model.knobs), called)
            own = setup(model.cell, model.knobs, self.application, serial(*about))
            address = NUMBER if one.sip is None else one.party.address
            call = Call(own, caller=address, called=one.called, sip=one.sip)
            trace.names[call.sid] = one.party.name
            calls[called] = call
            return call, trace

        return new_call


def _settings(one: Played) -> tuple[tuple[str, str], ...]:
    return Job(one.cell, one.knobs).settings


def _milestones(seen: Iterable[Arrow | Fact]) -> list[str]:
    """Return what has to happen on the wire as it does in the model, in whatever order.

    A REFER in a dialog that is gone gets its 481 from the B2BUA, and no trace hears of it.
    """
    return sorted(
        one.text
        for one in tuple(seen)
        if isinstance(one, Fact)
        or one.text.startswith("NOTIFY")
        or (one.comment == ANSWERS_REFER and not one.text.startswith("481"))
    )


def _seen(cell: Cell, trace: Trace, snapshot: Snapshot) -> Seen:
    """Return what the phones know, and what only the model can tell."""
    told = snapshot.told.get(cell.transferor, ())
    return replace(
        seen_in(trace, cell),
        connected=next((other for party, other in snapshot.hears if party == USER), ""),
        alive=USER in snapshot.up,
        told=tuple(line for line in told if line not in {"INVITE", "CANCEL"}),
        headers=snapshot.headers,
    )


def _one_sided(snapshot: Snapshot) -> Iterator[str]:
    for party, other in snapshot.one_sided:
        yield f"{party} hears {other}, who does not hear {party}"

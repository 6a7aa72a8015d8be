"""One call of the model over real SIP: its signals become messages, messages and time its inputs.

It decides nothing but when a party is re-INVITEd: when whom it is connected to has changed.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from pivot.model.parties import Party
from pivot.model.players import Players
from pivot.model.signals import (
    AnswerRefer,
    Bye,
    Cancel,
    Connect,
    Decline,
    Declined,
    DropConsultation,
    Due,
    Fetch,
    HungUp,
    Input,
    Invite,
    Notify,
    Output,
    PickUp,
    Ring,
    SetTimer,
)
from pivot.model.trace import Trace
from pivot.sip.headers import uri_of
from pivot.sip.incoming import Incoming
from pivot.sip.leg import Desk, Leg
from pivot.sip.outgoing import Outgoing
from pivot.sip.sdp import TWILIO
from pivot.sip.surroundings import Call, Outside, Route

_NOT_FOUND = 404
_TURN = 0.01


@dataclass
class Session:
    """A call with its legs. Inputs are taken one after the other, never within each other."""

    call: Call
    trace: Trace
    desk: Desk
    route: Route
    outside: Outside
    first: Incoming
    legs: dict[str, Leg] = field(default_factory=dict)
    _called: dict[str, Outgoing] = field(default_factory=dict)
    _partner: dict[str, str] = field(default_factory=dict)
    _closed: bool = False
    _players: Players = field(init=False)

    def __post_init__(self) -> None:
        self._players = Players(self.take, self.outside.later)

    def begin(self) -> None:
        """Let the model begin: the INVITE is there."""
        self.legs[self.call.sid] = self.first.leg
        self._perform(self.call.start(self.outside.now()))

    def take(self, given: Input) -> None:
        """Tell the model what has happened, and do what it says."""
        if self._closed:
            return
        at = self.outside.now()
        if isinstance(given, HungUp | Declined):
            self._part(given.leg)
        self.trace.took(given, at)
        self._perform(self.call.take(given, at))

    def drop(self, leg: Leg) -> None:
        """End the call of a leg that took part in a consultation, as Twilio would."""
        if leg is self.first.leg:
            self._perform(self.call.drop(self.outside.now()))
        else:
            leg.bye()
            self.take(HungUp(leg.sid))

    def settle(self) -> None:
        """Answer or re-INVITE each party that does not have the SDP of its partner yet."""
        if self._closed:
            return
        if self.first.answering:
            self.first.pick_up(self._wanted(self.first.leg))
        for leg in self.legs.values():
            if leg.settled and leg.shown != (wanted := self._wanted(leg)):
                leg.show(wanted)

    async def hang_up(self) -> None:
        """Let every party that is on the phone hang up, who called in first.

        Each is a turn of its own: for whom the model hangs up on, it is too late.
        """
        for leg in tuple(self.legs.values()):
            if leg is self.first.leg and not leg.up:
                self.first.gives_up()
            elif leg.up:
                leg.lost()
            await asyncio.sleep(_TURN)

    def close(self) -> None:
        """End every leg; the model is told nothing any more."""
        self._closed = True
        self.first.decline(503)
        for outgoing in self._called.values():
            outgoing.cancel()
        for leg in self.legs.values():
            leg.bye()

    def _perform(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Invite):
                self._invite(output)
            else:
                self.trace.gave((output,), self.outside.now())
                if not self._players.takes(output):
                    self._carry(output)
        self.settle()

    def _carry(self, output: Output) -> None:  # noqa: C901 - one case per signal
        match output:
            case Ring():
                self.first.ring()
            case PickUp():
                self.first.answering = True
            case Decline(_, status):
                self.first.decline(status)
            case Cancel(leg):
                self._cancel(leg)
            case Bye(leg):
                self._bye(leg)
            case AnswerRefer(leg, status):
                self.legs[leg].respond(self.legs[leg].refers.popleft(), status)
            case Notify(leg, status, final):
                self.legs[leg].notify(status, final=final)
            case Connect(first, second):
                self._part(first)
                self._part(second)
                self._partner |= {first: second, second: first}
            case SetTimer(timer, seconds):
                self.outside.later(seconds, partial(self.take, Due(timer)))
            case Fetch():
                self.outside.fetch(output, self.take)
            case DropConsultation(call_id):
                self.outside.drop(call_id)
            case _:
                pass

    def _invite(self, output: Invite) -> None:
        phone = self.route(output.noun)
        self.trace.names[output.leg] = phone.name if phone else "nobody"
        self.trace.gave((output,), self.outside.now())
        if not phone:
            self.desk.tell(Declined(output.leg, _NOT_FOUND))
            return
        if isinstance(phone, Party):
            self._players.ring(output.leg, phone)
            return
        outgoing = Outgoing.to(
            phone.uri,
            caller=uri_of(output.caller_id),
            sid=output.leg,
            peer=phone.peer,
            desk=self.desk,
        )
        self._called[output.leg], self.legs[output.leg] = outgoing, outgoing.leg
        self.outside.dial(self, outgoing, getattr(output.noun, "headers", ()))

    def _cancel(self, sid: str) -> None:
        if outgoing := self._called.get(sid):  # nobody was found to call otherwise
            outgoing.cancel()

    def _bye(self, sid: str) -> None:
        self._part(sid)
        leg = self.legs[sid]
        if leg is self.first.leg and self.first.answering:
            self.first.pick_up(TWILIO)
        leg.bye()

    def _part(self, sid: str) -> None:
        self._partner.pop(self._partner.pop(sid, ""), None)

    def _wanted(self, leg: Leg) -> str:
        partner = self.legs.get(self._partner.get(leg.sid, ""))
        return partner.sdp if partner and partner.sdp else TWILIO

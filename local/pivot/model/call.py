"""One call as Twilio leads it: takes what happens, says what follows.

    call = Call(setup, caller)
    outputs = call.start(at=0.0)
    outputs = call.take(PickedUp(leg), at=4.0)

No I/O and no clock: `at` is seconds since whatever the carrier counts from.
"""

from collections.abc import Mapping

from pivot.model.asking import ask
from pivot.model.flow import Gone, Replaced, Waiting
from pivot.model.leg import Leg, status_of
from pivot.model.running import run
from pivot.model.session import Session, Setup
from pivot.model.signals import (
    Alert,
    AnswerRefer,
    Bye,
    Declined,
    Fetched,
    HungUp,
    Input,
    Output,
    PickedUp,
    Purpose,
    Rang,
    Referred,
    Ring,
)
from pivot.model.transfer import as_delivered, refuse
from pivot.parameters import SipFacts

_OK, _BAD, _GONE, _PENDING = 200, 400, 481, 491


class Call:
    """A party has called an address of ours; Twilio asks the voice URL what to do."""

    def __init__(
        self, setup: Setup, *, caller: str, called: str, sip: SipFacts | None = None
    ) -> None:
        self.first = Leg(setup.sids(), caller, called, "ringing", sip=sip)
        self._session = Session(setup, run, legs={self.first.sid: self.first})
        self._life: Waiting[None] | None = None

    @property
    def sid(self) -> str:
        """The CallSid of the party that called in."""
        return self.first.sid

    @property
    def legs(self) -> Mapping[str, Leg]:
        """Every leg of the call by its CallSid."""
        return self._session.legs

    @property
    def consulted(self) -> frozenset[str]:
        """The knobs that have mattered so far: the call goes alike whatever the others are."""
        return frozenset(self._session.consulted)

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self._life is None and all(leg.ended for leg in self._session.legs.values())

    def start(self, at: float) -> tuple[Output, ...]:
        """Begin: the INVITE is there."""
        self._session.now = at
        if self.first.sip:
            # Page /docs/voice/api/sip-twiml: "it passes a 180 Ringing" before it asks the VoiceUrl.
            self._session.emit(Ring(self.sid))
        self._life = self._lives()
        next(self._life)
        return self._said()

    def take(self, given: Input, at: float) -> tuple[Output, ...]:
        """Take what happens and return what Twilio does about it."""
        session = self._session
        session.now = at
        self._note(given)
        if isinstance(given, Referred):
            self._referred(given)
        elif isinstance(given, HungUp) and given.leg in session.executing:
            self._throw(Gone(given.leg))
        elif isinstance(given, HungUp) and self._takes_all_along(given):
            pass
        else:
            self._send(given)
        return self._said()

    def drop(self, at: float) -> tuple[Output, ...]:
        """End the call from Twilio's side, as when an attended transfer takes its place."""
        session = self._session
        session.now = at
        here = (session.legs[sid] for sid in session.executing)
        leg = next((leg for leg in here if not leg.ended), None)
        if leg:
            session.hang_up(leg)
            self._throw(Gone(leg.sid))
        return self._said()

    def _lives(self) -> Waiting[None]:
        session, leg, setup = self._session, self.first, self._session.setup
        session.executing.append(leg.sid)
        try:
            brought = yield from ask(
                session, Purpose.VOICE, leg, setup.voice_url, method=setup.voice_method
            )
        except Gone:
            return
        finally:
            session.executing.remove(leg.sid)
        yield from run(session, leg, brought.document.verbs if brought.document else (), None)
        session.hang_up(leg)

    def _note(self, given: Input) -> None:
        """Keep the books of the legs, whoever else has to know."""
        session = self._session
        match given:
            case Fetched():
                session.called_back(given)
            case Rang(sid):
                leg = session.legs[sid]
                if not leg.ended and not leg.answered and leg.status != "ringing":
                    leg.status = "ringing"
                    session.tell(leg, "ringing")
            case PickedUp(sid):
                leg = session.legs[sid]
                if leg.ended:
                    # RFC 3261 section 15.1.1: a 200 that crossed the CANCEL is ended with a BYE.
                    session.emit(Bye(sid))
                else:
                    leg.status, leg.answered_at = "in-progress", session.now
                    leg.sip_code, leg.sip_headers = _OK, given.headers
                    session.tell(leg, "answered")
            case Declined(sid, status):
                if not session.legs[sid].ended:
                    session.finish(session.legs[sid], status_of(status), status)
            case HungUp(sid):
                leg = session.legs[sid]
                if not leg.ended:
                    session.finish(leg, "completed" if leg.answered else "canceled")
            case _:
                pass

    def _referred(self, given: Referred) -> None:
        session = self._session
        leg, pending, talk = session.legs[given.leg], session.pending, session.talk
        if leg.ended:
            # RFC 3261 section 12.2.2: a request in a dialog that is gone.
            session.emit(AnswerRefer(leg.sid, _GONE))
        elif not given.refer_to or not as_delivered(session, given.refer_to):
            # RFC 3515 section 2.4.2: "an agent that receives a REFER with zero … Refer-To … 400".
            session.emit(AnswerRefer(leg.sid, _BAD))
        elif pending and pending.transferor is leg and session.knob("second_refer") == "replaces":
            self._throw(Replaced(given.refer_to))
        elif pending:
            session.emit(AnswerRefer(leg.sid, _PENDING))
        elif talk is None or leg not in (talk.leg, talk.child):
            session.emit(Alert(13802, "REFER outside of a Dial with a referUrl"))
            refuse(session, leg)
        else:
            self._send(given)

    def _takes_all_along(self, given: HungUp) -> bool:
        """End the transferee's call too, where a transferor who leaves early ends the transfer."""
        session, pending = self._session, self._session.pending
        if not pending or pending.transferor.sid != given.leg:
            return False
        hold = pending.talk.verb.answer_on_bridge
        if not hold or session.knob("transferor_leaves") != "ends":
            return False
        transferee = pending.transferee
        session.hang_up(transferee)
        if transferee.sid not in session.executing:
            return False
        self._throw(Gone(transferee.sid))
        return True

    def _send(self, given: Input) -> None:
        if self._life:
            try:
                self._life.send(given)
            except StopIteration:
                self._life = None

    def _throw(self, why: Exception) -> None:
        if self._life:
            try:
                self._life.throw(why)
            except (StopIteration, Gone):
                self._life = None

    def _said(self) -> tuple[Output, ...]:
        said, self._session.out = tuple(self._session.out), []
        return said

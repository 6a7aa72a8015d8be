"""TwiML on a leg, verb by verb.

How long things last where nobody has to wait for a party is ours: a word of <Say> takes 0.4 s, a
file of <Play> 5 s.
"""

from collections.abc import Iterable

from pivot.model.asking import Brought, ask
from pivot.model.collecting import FILE, gather, record, spoken
from pivot.model.dialling import dial
from pivot.model.flow import End, Gone, Held, Onward, Waiting
from pivot.model.leg import Leg
from pivot.model.rooms import enqueue
from pivot.model.session import Session
from pivot.model.signals import Alert, Decline, Hear, Purpose
from pivot.parameters import voice
from pivot.verbs import (
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Verb,
)

# Page /docs/voice/api/sip-twiml: busy is 486 Busy, rejected is "404 Not Found".
_REJECTED = {"rejected": 404, "busy": 486}


def run(session: Session, leg: Leg, verbs: Iterable[Verb], held: Held | None) -> Waiting[End]:
    """Carry out TwiML on a leg; `held` is the transferor who waits, in hold mode."""
    session.executing.append(leg.sid)
    left = iter(verbs)
    try:
        while (verb := next(left, None)) is not None:
            end = yield from _one(session, leg, verb, held)
            if isinstance(end, Onward):
                document = (yield from _fetched(session, leg, end)).document
                if document is None:
                    return _failed(session, leg, held)
                left = iter(document.verbs)
            elif end is not End.NEXT:
                return end
    except Gone as gone:
        if gone.leg != leg.sid:
            raise
        return End.GONE
    else:
        return End.RAN_OUT
    finally:
        if leg.sid in session.executing:
            session.executing.remove(leg.sid)


def _fetched(session: Session, leg: Leg, onward: Onward) -> Waiting[Brought]:
    return ask(session, onward.purpose, leg, onward.url, method=onward.method, form=onward.form)


def _failed(session: Session, leg: Leg, held: Held | None) -> End:
    """End the call that there is no TwiML for; in hold mode the transferor takes it back."""
    if held and not held.let_go:
        return End.RAN_OUT
    session.hang_up(leg)
    return End.OVER


def _one(session: Session, leg: Leg, verb: Verb, held: Held | None) -> Waiting[End | Onward]:  # noqa: PLR0911 - one case per verb
    match verb:
        case Dial():
            return (yield from dial(session, leg, verb, held))
        case Say() | Play() | Pause():
            yield from _hear(session, leg, verb)
        case Gather():
            return (yield from gather(session, leg, verb))
        case Record():
            return (yield from record(session, leg, verb, held))
        case Enqueue():
            return (yield from enqueue(session, leg, verb, held))
        case Redirect():
            form = voice(leg.facts(session.setup.account))
            return Onward(Purpose.TWIML, verb.url, verb.method, form)
        case Reject() if not leg.answered and leg.noun is None:
            status = _REJECTED[verb.reason]
            session.emit(Decline(leg.sid, status))
            session.finish(leg, "busy" if verb.reason == "busy" else "failed", status)
            return End.OVER
        case Reject() | Hangup():
            # Page <Hangup>: "does not prevent Twilio from answering the call".
            session.pick_up(leg)
            session.hang_up(leg)
            return End.OVER
        case Leave():
            return End.LEFT
        case _:
            session.emit(Alert(None, f"this model does not carry out {type(verb).__name__}"))
    return End.NEXT


def _hear(session: Session, leg: Leg, verb: Say | Play | Pause) -> Waiting[None]:
    if isinstance(verb, Pause):
        yield from session.pause(verb.length)
        return
    session.pick_up(leg)
    times = verb.loop
    while True:
        if isinstance(verb, Say):
            session.emit(Hear(leg.sid, f'"{verb.text}"'))
            yield from session.pause(spoken(verb))
        else:
            session.emit(Hear(leg.sid, verb.url or f"the keys {verb.digits}"))
            yield from session.pause(FILE)
        times -= 1
        if times == 0:
            return

"""<Dial>: ring its nouns, connect who answers, and go on when nobody does.

Twilio "adds about 5 s" to `timeout`; in a `sequential` Dial each noun has it anew [I].  The first
to pick up wins, whisper or not, and the others are hung up (page <Number>); a leg whose whisper
fails or hangs up counts as not answered [I].
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pivot import parameters
from pivot.model.asking import ask
from pivot.model.flow import End, Gone, Held, Onward, Talk, Waiting
from pivot.model.leg import Leg
from pivot.model.rooms import in_room
from pivot.model.session import Session
from pivot.model.signals import Due, PickedUp, Pressed, Purpose, Referred, Ring
from pivot.model.transfer import let_go, refer
from pivot.nouns import Conference, Noun, Queue, Sip
from pivot.parameters import DialFacts
from pivot.verbs import Dial

RING_GRACE = 5.0
# Of a target that never said why it was not reached: 480 Temporarily Unavailable.
_UNREACHED = 480


@dataclass
class Rung:
    """Who answered, and of the others the last that was heard of."""

    child: Leg | None = None
    last: Leg | None = None


def dial(session: Session, leg: Leg, verb: Dial, held: Held | None) -> Waiting[End | Onward]:
    """Carry out a Dial on a leg; `held` waits until somebody answers."""
    if not verb.answer_on_bridge:
        session.pick_up(leg)
    elif not leg.answered and leg.sip is None:
        # A call to a SIP domain rings from the beginning.
        session.emit(Ring(leg.sid))
    room = next((noun for noun in verb.nouns if isinstance(noun, Conference | Queue)), None)
    if room:
        return (yield from in_room(session, leg, room, verb, held))
    rung = Rung()
    try:
        yield from _ring(session, leg, verb, rung)
        if rung.child:
            session.pick_up(leg)
            if held:
                let_go(session, held)
            if (yield from _talk(session, Talk(verb, leg, rung.child))):
                return End.OVER
    except Gone as gone:
        if gone.leg == leg.sid:
            _hung_up(session, leg, verb, rung)
        raise
    return _ended(session, leg, verb, rung, held)


def _ring(session: Session, leg: Leg, verb: Dial, rung: Rung) -> Waiting[None]:
    groups = [[noun] for noun in verb.nouns] if verb.sequential else [list(verb.nouns)]
    for group in groups:
        if group and not rung.child:
            yield from _ring_group(session, leg, verb, group, rung)


def _ring_group(
    session: Session, leg: Leg, verb: Dial, nouns: Sequence[Noun], rung: Rung
) -> Waiting[None]:
    caller_id = leg.from_address if verb.caller_id is None else verb.caller_id
    legs = [session.invite(leg, noun, caller_id) for noun in nouns]
    rung.last = legs[-1]
    limit = session.timer(verb.timeout + RING_GRACE)
    try:
        while any(not one.ended for one in legs):
            given = yield
            picked = next(
                (one for one in legs if isinstance(given, PickedUp) and given.leg == one.sid), None
            )
            if picked:
                rung.last = picked
                for other in legs:
                    if other is not picked:
                        session.hang_up(other)
                if (yield from _accepted(session, picked)):
                    rung.child = picked
                    return
            elif given == Due(limit):
                rung.last = next(one for one in reversed(legs) if not one.ended)
                for one in legs:
                    session.hang_up(one, "no-answer")
            heard = getattr(given, "leg", "")
            rung.last = next((one for one in legs if one.sid == heard), rung.last)
    finally:
        for one in legs:
            if one is not rung.child:
                session.hang_up(one)


def _accepted(session: Session, child: Leg) -> Waiting[bool]:
    """Run the whisper of a noun; the leg is connected when it is still there afterwards."""
    url = getattr(child.noun, "url", None)
    if not url:
        return True
    method = getattr(child.noun, "method", "POST")
    form = parameters.whisper(child.facts(session.setup.account), child.sip_headers)
    child.whispered = True
    brought = yield from ask(session, Purpose.WHISPER, child, url, method=method, form=form)
    if brought.document is None or child.ended:
        session.hang_up(child)
    else:
        yield from session.run(session, child, brought.document.verbs, None)
    child.whispered = False
    return not child.ended


def _talk(session: Session, talk: Talk) -> Waiting[bool]:
    """Let them talk; return whether a transfer has ended the Dial for good."""
    ends = session.now + talk.verb.time_limit
    limit = session.timer(talk.verb.time_limit)
    session.connect(talk)
    while not talk.child.ended:
        given = yield
        match given:
            case Due(timer) if timer == limit:
                session.hang_up(talk.child)
            case Pressed(by, keys) if talk.verb.hangup_on_star and by == talk.leg.sid:
                if "*" in keys:
                    session.hang_up(talk.child)
            case Referred(by, refer_to):
                transferor = session.legs[by]
                if (yield from refer(session, talk, transferor, refer_to or "")):
                    return True
                # The time may have been up while the transfer was tried.
                limit = session.timer(max(0.0, ends - session.now))
            case _:
                pass
    session.talk = None
    return False


def _ended(session: Session, leg: Leg, verb: Dial, rung: Rung, held: Held | None) -> End | Onward:
    """Ask the action what follows; without one the next verb does."""
    if held and rung.last and not rung.child:
        held.sip_code = _UNREACHED if rung.last.answered else rung.last.sip_code or _UNREACHED
    if not verb.action:
        return End.NEXT
    form = parameters.dial_action(leg.facts(session.setup.account), _facts(rung))
    waits = held is not None and not held.let_go
    if waits and session.knob("action_in_hold") == "ignored":
        session.send(Purpose.ACTION, leg, verb.action, verb.method, form)
        return End.RAN_OUT
    return Onward(Purpose.ACTION, verb.action, verb.method, form)


def _hung_up(session: Session, leg: Leg, verb: Dial, rung: Rung) -> None:
    """Tell the action that the party the Dial ran on is gone: nobody hears what it answers."""
    if rung.child:
        session.hang_up(rung.child)
    session.talk = None
    if verb.action:
        form = parameters.dial_action(leg.facts(session.setup.account), _facts(rung))
        session.send(Purpose.ACTION, leg, verb.action, verb.method, form)


def _facts(rung: Rung) -> DialFacts:
    one = rung.child or rung.last
    if one is None:
        return DialFacts("failed")
    # A leg that was picked up and not connected has not accepted: nobody answered.
    status = "completed" if rung.child else "no-answer" if one.answered else one.status
    over_sip = isinstance(one.noun, Sip)
    return DialFacts(
        status,
        one.sid,
        one.seconds if rung.child else None,
        bridged=rung.child is not None,
        sip_response_code=str(one.sip_code or "") if over_sip else "",
        sip_headers=one.sip_headers if over_sip else {},
    )

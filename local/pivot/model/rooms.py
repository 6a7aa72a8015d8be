"""Where a party stays without being dialled for: a queue, a conference, the head of a queue.

A queue is left by <Leave> or by hanging up, a room by hangupOnStar, timeLimit or hanging up; nobody
dequeues a party here, and nobody else is in a room.
"""

from pivot import parameters
from pivot.model.asking import ask
from pivot.model.flow import End, Gone, Held, Onward, Talk, Waiting
from pivot.model.leg import Leg
from pivot.model.session import Session
from pivot.model.signals import Alert, Due, Hear, Pressed, Purpose, Referred
from pivot.model.transfer import let_go, refuse
from pivot.nouns import Conference, Queue
from pivot.parameters import DialFacts
from pivot.verbs import Dial, Enqueue

_LOOP = 1.0
_FOREVER = 86_400.0


def enqueue(session: Session, leg: Leg, verb: Enqueue, held: Held | None) -> Waiting[End | Onward]:
    """Wait in a queue; the action, or without one the next verb, goes on after a <Leave>."""
    session.pick_up(leg)
    if held:
        let_go(session, held)
    session.emit(Hear(leg.sid, f"the music of queue {verb.name}"))
    since = session.now
    try:
        yield from _waits(session, leg, verb)
    except Gone:
        _left(session, leg, verb, since)
        raise
    if leg.ended:
        _left(session, leg, verb, since)
        return End.GONE
    if not verb.action:
        return End.NEXT
    form = _queued(session, leg, since, "leave")
    return Onward(Purpose.TWIML, verb.action, verb.method, form)


def _waits(session: Session, leg: Leg, verb: Enqueue) -> Waiting[None]:
    while verb.wait_url:
        brought = yield from ask(
            session, Purpose.TWIML, leg, verb.wait_url, method=verb.wait_url_method
        )
        verbs = brought.document.verbs if brought.document else ()
        if (yield from session.run(session, leg, verbs, None)) is End.LEFT or leg.ended:
            return
        yield from session.pause(_LOOP)
    yield from session.pause(_FOREVER)


def _left(session: Session, leg: Leg, verb: Enqueue, since: float) -> None:
    """Tell the action that the party has hung up: nobody hears what it answers."""
    if verb.action:
        form = _queued(session, leg, since, "hangup")
        session.send(Purpose.TWIML, leg, verb.action, verb.method, form)


def _queued(session: Session, leg: Leg, since: float, result: str) -> dict[str, str]:
    return parameters.voice(leg.facts(session.setup.account)) | {
        "QueueResult": result,
        "QueueSid": f"QU{leg.sid[2:]}",
        "QueueTime": str(int(session.now - since)),
    }


def in_room(
    session: Session, leg: Leg, room: Conference | Queue, verb: Dial, held: Held | None
) -> Waiting[End | Onward]:
    """Stay in a conference or at the head of a queue: REFER is not supported there [seed]."""
    session.pick_up(leg)
    if held:
        let_go(session, held)
    session.emit(Hear(leg.sid, f"{type(room).__name__.lower()} {room.name}"))
    session.talk = Talk(verb, leg, leg)
    # Page <Dial>: "answered: When calling a conference"; of a queue it says nothing [I].
    facts = DialFacts("answered" if isinstance(room, Conference) else "completed")
    try:
        yield from _stays(session, leg, room, verb)
    except Gone:
        if verb.action:
            form = parameters.dial_action(leg.facts(session.setup.account), facts)
            session.send(Purpose.ACTION, leg, verb.action, verb.method, form)
        raise
    finally:
        session.talk = None
    if not verb.action:
        return End.NEXT
    form = parameters.dial_action(leg.facts(session.setup.account), facts)
    return Onward(Purpose.ACTION, verb.action, verb.method, form)


def _stays(session: Session, leg: Leg, room: Conference | Queue, verb: Dial) -> Waiting[None]:
    limit = session.timer(verb.time_limit)
    while True:
        match (yield):
            case Due(timer) if timer == limit:
                return
            case Pressed(by, keys) if verb.hangup_on_star and by == leg.sid and "*" in keys:
                return
            case Referred():
                session.emit(Alert(13802, f"REFER does not support <{type(room).__name__}>"))
                refuse(session, leg)
            case _:
                pass

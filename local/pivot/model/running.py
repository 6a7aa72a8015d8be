"""TwiML on a leg, verb by verb.

How long things last where nobody has to wait for a party is ours: a word of <Say> takes 0.4 s, a
file of <Play> 5 s, a message that is recorded 10 s.  A queue is left by <Leave> or by hanging up;
nobody dequeues the party here.
"""

from collections.abc import Iterable

from pivot import parameters
from pivot.model.asking import ask
from pivot.model.dialling import dial
from pivot.model.flow import End, Gone, Held, Waiting
from pivot.model.leg import Leg
from pivot.model.session import Session
from pivot.model.signals import Alert, Decline, Hear, Pressed, Purpose
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

_WORD, _FILE, _MESSAGE, _LOOP = 0.4, 5.0, 10.0, 1.0
_FOREVER = 86_400.0
# <Reject reason>: SIP statuses are not documented [G].
_REJECTED = {"rejected": 603, "busy": 486}


def run(session: Session, leg: Leg, verbs: Iterable[Verb], held: Held | None) -> Waiting[End]:
    """Carry out TwiML on a leg; `held` is the transferor who waits, in hold mode."""
    session.executing.append(leg.sid)
    try:
        for verb in verbs:
            end = yield from _one(session, leg, verb, held)
            if end is not End.NEXT:
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


def _one(session: Session, leg: Leg, verb: Verb, held: Held | None) -> Waiting[End]:  # noqa: PLR0911 - one case per verb
    match verb:
        case Dial():
            return (yield from dial(session, leg, verb, held))
        case Say() | Play() | Pause():
            yield from _hear(session, leg, verb)
        case Gather():
            return (yield from _gather(session, leg, verb, held))
        case Record():
            return (yield from _record(session, leg, verb, held))
        case Enqueue():
            return (yield from _enqueue(session, leg, verb, held))
        case Redirect():
            return (yield from _go_on(session, leg, (verb.url, verb.method), held))
        case Reject() if not leg.answered and leg.noun is None:
            status = _REJECTED[verb.reason]
            session.emit(Decline(leg.sid, status))
            session.finish(leg, "busy" if verb.reason == "busy" else "failed", status)
            return End.OVER
        case Reject() | Hangup():
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
            yield from session.pause(max(1.0, len(verb.text.split()) * _WORD))
        else:
            session.emit(Hear(leg.sid, verb.url or f"the keys {verb.digits}"))
            yield from session.pause(_FILE)
        times -= 1
        if times == 0:
            return


def _go_on(
    session: Session,
    leg: Leg,
    link: tuple[str, str],
    held: Held | None,
    more: dict[str, str] | None = None,
) -> Waiting[End]:
    """Let the document at a URL, fetched by a method, go on; without one the call ends.

    In hold mode it ends with the transferor.
    """
    url, method = link
    form = parameters.voice(leg.facts(session.setup.account)) | (more or {})
    brought = yield from ask(session, Purpose.TWIML, leg, url, method=method, form=form)
    if brought.document is not None:
        return (yield from run(session, leg, brought.document.verbs, held))
    if held and not held.let_go:
        return End.RAN_OUT
    session.hang_up(leg)
    return End.OVER


def _gather(session: Session, leg: Leg, verb: Gather, held: Held | None) -> Waiting[End]:
    session.pick_up(leg)
    keys = yield from _keys(session, leg, verb)
    if not keys and not verb.action_on_empty_result:
        return End.NEXT
    digits = keys.removesuffix(verb.finish_on_key) if verb.finish_on_key else keys
    return (yield from _go_on(session, leg, (verb.action, verb.method), held, {"Digits": digits}))


def _keys(session: Session, leg: Leg, verb: Gather) -> Waiting[str]:
    """Collect keys, which may come while the party is spoken to."""
    keys = ""
    lengths = {Say: _WORD, Play: _FILE}
    spoken = 0.0
    for nested in verb.nested:
        if isinstance(nested, Pause):
            spoken += nested.length
            continue
        what = f'"{nested.text}"' if isinstance(nested, Say) else nested.url
        session.emit(Hear(leg.sid, what))
        words = len(nested.text.split()) if isinstance(nested, Say) else 1
        spoken += max(1.0, words * lengths[type(nested)])
    limit = session.timer(spoken + verb.timeout)
    while True:
        given = yield
        if isinstance(given, Pressed) and given.leg == leg.sid:
            keys += given.keys
            full = verb.num_digits is not None and len(keys) >= verb.num_digits
            if full or (verb.finish_on_key and keys.endswith(verb.finish_on_key)):
                return keys[: verb.num_digits]
            limit = session.timer(verb.timeout)
        elif getattr(given, "timer", None) == limit:
            return keys


def _record(session: Session, leg: Leg, verb: Record, held: Held | None) -> Waiting[End]:
    session.pick_up(leg)
    if held:
        session.let_go(held)
    session.emit(Hear(leg.sid, "the beep of a recording"))
    seconds = min(_MESSAGE, verb.max_length)
    recorded = {"RecordingDuration": str(int(seconds)), "Digits": ""}
    try:
        yield from session.pause(seconds)
    except Gone:
        form = parameters.voice(leg.facts(session.setup.account)) | recorded
        session.send(Purpose.TWIML, leg, verb.action, verb.method, form | {"Digits": "hangup"})
        raise
    return (yield from _go_on(session, leg, (verb.action, verb.method), held, recorded))


def _enqueue(session: Session, leg: Leg, verb: Enqueue, held: Held | None) -> Waiting[End]:
    session.pick_up(leg)
    if held:
        session.let_go(held)
    session.emit(Hear(leg.sid, f"the music of queue {verb.name}"))
    result = "hangup"
    try:
        while verb.wait_url:
            brought = yield from ask(
                session, Purpose.TWIML, leg, verb.wait_url, method=verb.wait_url_method
            )
            verbs = brought.document.verbs if brought.document else ()
            if (yield from run(session, leg, verbs, None)) is End.LEFT or leg.ended:
                break
            yield from session.pause(_LOOP)
        else:
            yield from session.pause(_FOREVER)
        result = "leave"
    finally:
        if verb.action and (result == "hangup" or leg.ended):
            form = parameters.voice(leg.facts(session.setup.account)) | {"QueueResult": "hangup"}
            session.send(Purpose.TWIML, leg, verb.action, verb.method, form)
    if leg.ended:
        return End.GONE
    if verb.action:
        more = {"QueueResult": result}
        return (yield from _go_on(session, leg, (verb.action, verb.method), None, more))
    return End.NEXT

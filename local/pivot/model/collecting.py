"""What a party is asked for: keys of <Gather>, the voice of <Record>.

How long a message lasts that nobody ends is ours: 10 s, or maxLength.
"""

from pivot import parameters
from pivot.model.flow import End, Gone, Held, Onward, Waiting
from pivot.model.leg import Leg
from pivot.model.session import Session
from pivot.model.signals import Due, Hear, Pressed, Purpose
from pivot.model.transfer import let_go
from pivot.verbs import Gather, Pause, Record, Say

WORD, FILE = 0.4, 5.0
_MESSAGE = 10.0


def spoken(verb: Say) -> float:
    """Return how long a text takes, in seconds."""
    return max(1.0, len(verb.text.split()) * WORD)


def gather(session: Session, leg: Leg, verb: Gather) -> Waiting[End | Onward]:
    """Ask for keys: they go to the action, and without any the next verb goes on.

    Page <Gather>: "if the caller enters the 'finishOnKey' value before entering any other digits,
    Twilio will not make a request to the 'action' URL".
    """
    session.pick_up(leg)
    digits = yield from _keys(session, leg, verb)
    if not digits and not verb.action_on_empty_result:
        return End.NEXT
    form = parameters.voice(leg.facts(session.setup.account)) | {"Digits": digits}
    return Onward(Purpose.TWIML, verb.action, verb.method, form)


def _keys(session: Session, leg: Leg, verb: Gather) -> Waiting[str]:
    """Collect keys, which may come while the party is spoken to."""
    digits = ""
    limit = session.timer(_prompt(session, leg, verb) + verb.timeout)
    while True:
        given = yield
        if given == Due(limit):
            return digits
        if isinstance(given, Pressed) and given.leg == leg.sid and "dtmf" in verb.input:
            for key in given.keys:
                if key == verb.finish_on_key:
                    return digits
                digits += key
                if len(digits) == verb.num_digits:
                    return digits
            limit = session.timer(verb.timeout)


def _prompt(session: Session, leg: Leg, verb: Gather) -> float:
    """Let the party hear what is nested, and return how long that takes, in seconds."""
    seconds = 0.0
    for nested in verb.nested:
        if isinstance(nested, Pause):
            seconds += nested.length
        elif isinstance(nested, Say):
            session.emit(Hear(leg.sid, f'"{nested.text}"'))
            seconds += spoken(nested)
        else:
            session.emit(Hear(leg.sid, nested.url))
            seconds += FILE
    return seconds


def record(session: Session, leg: Leg, verb: Record, held: Held | None) -> Waiting[Onward]:
    """Record a message up to a key, a hang-up or the end of it; the action is told which."""
    session.pick_up(leg)
    if held:
        let_go(session, held)
    if verb.play_beep:
        session.emit(Hear(leg.sid, "the beep of a recording"))
    since = session.now
    try:
        key = yield from _ended_by(session, leg, verb)
    except Gone:
        form = _recorded(session, leg, since, "hangup")
        session.send(Purpose.TWIML, leg, verb.action, verb.method, form)
        raise
    return Onward(Purpose.TWIML, verb.action, verb.method, _recorded(session, leg, since, key))


def _ended_by(session: Session, leg: Leg, verb: Record) -> Waiting[str]:
    """Return the key that has ended a recording, or nothing when its time is up."""
    limit = session.timer(min(_MESSAGE, verb.max_length))
    while True:
        given = yield
        if given == Due(limit):
            return ""
        if isinstance(given, Pressed) and given.leg == leg.sid:
            key = next((key for key in given.keys if key in verb.finish_on_key), "")
            if key:
                return key


def _recorded(session: Session, leg: Leg, since: float, digits: str) -> dict[str, str]:
    account, sid = session.setup.account, f"RE{leg.sid[2:]}"
    return parameters.voice(leg.facts(account)) | {
        "RecordingSid": sid,
        "RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/{account}/Recordings/{sid}",
        "RecordingDuration": str(int(session.now - since)),
        "Digits": digits,
    }

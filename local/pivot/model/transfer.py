"""REFER: ask the referUrl, and carry out its TwiML on the transferee, in hold or in release mode.

    hold      answerOnBridge="true" on the Dial that carries the referUrl: the transferor stays
              until somebody answers, and gets the transferee back when nobody does or the webhook
              fails
    release   otherwise: the transferor is gone as soon as the webhook was fetched

Source: Twilio's page "Inbound SIP REFER to Twilio".  What it leaves open is a knob, or here:
<Enqueue>, <Record> and rooms take the transferee over as an answer does [G]; <Hangup> in hold mode
ends the call for both [G]; the fallback URL of the number does not serve for a referUrl [G].
"""

import re
from urllib.parse import unquote

from pivot import parameters
from pivot.model.asking import Brought, ask
from pivot.model.flow import End, Gone, Held, Replaced, Talk, Waiting
from pivot.model.leg import Leg
from pivot.model.session import Session
from pivot.model.signals import Alert, AnswerRefer, DropConsultation, Notify, Purpose
from pivot.parameters import DialFacts

MAX_REFER_TO = 256
_REPLACES = re.compile(r"[?&]Replaces=([^;&>]*?)(?:%3B|;|&|>|$)", re.IGNORECASE)
_UNAVAILABLE = 503


def refer(session: Session, talk: Talk, transferor: Leg, refer_to: str) -> Waiting[bool]:
    """Take a REFER; return True when the Dial is over, False when the two talk on."""
    while True:
        try:
            return (yield from _transfer(session, talk, transferor, refer_to))
        except Replaced as another:
            session.emit(Notify(transferor.sid, 487, final=True))
            refer_to = another.refer_to


def refuse(session: Session, transferor: Leg) -> None:
    """Answer a REFER that there is no referUrl for: the transferor learns that it failed."""
    session.emit(AnswerRefer(transferor.sid, 202))
    session.emit(Notify(transferor.sid, _UNAVAILABLE, final=True))


def as_delivered(session: Session, refer_to: str | None) -> str:
    """Return what the webhook is told of a Refer-To; nothing when the REFER is not taken."""
    if not refer_to or len(refer_to) <= MAX_REFER_TO:
        return refer_to or ""
    long = session.knob("long_refer_to")
    return {"delivered": refer_to, "cut": refer_to[:MAX_REFER_TO]}.get(long, "")


def let_go(session: Session, held: Held) -> None:
    """Release a transferor: its transfer has succeeded, or it was never meant to wait."""
    if held.let_go:
        return
    held.let_go = True
    session.transfers += 1
    session.pending = session.talk = None
    if not held.transferor.ended:
        session.emit(Notify(held.transferor.sid, 200, final=True))
    session.hang_up(held.transferor)
    _stray(session, held.talk)
    replaces = _REPLACES.search(held.refer_to)
    if replaces and session.knob("consultation") == "dropped":
        session.emit(DropConsultation(unquote(replaces[1])))


def _stray(session: Session, talk: Talk) -> None:
    """Request the action of a Dial whose call goes on without it: nobody reads the answer."""
    if session.knob("stray_action") == "sent" and talk.verb.action:
        facts = DialFacts("completed", talk.child.sid, talk.child.seconds, bridged=True)
        form = parameters.dial_action(talk.leg.facts(session.setup.account), facts)
        session.send(Purpose.ACTION, talk.leg, talk.verb.action, talk.verb.method, form)


def _transfer(session: Session, talk: Talk, transferor: Leg, refer_to: str) -> Waiting[bool]:
    again = session.transfers and session.knob("chained_refer") == "refused"
    if talk.verb.refer_url is None or again:
        session.emit(Alert(13802, "REFER without a referUrl"))
        refuse(session, transferor)
        return False
    session.emit(AnswerRefer(transferor.sid, 202))
    session.emit(Notify(transferor.sid, 100, final=False))
    session.pending = held = Held(transferor, talk, refer_to)
    # From here on, what becomes of the transferor does not end what runs for the transferee.
    before = list(session.executing)
    session.executing[:] = [leg for leg in before if leg != transferor.sid]
    try:
        brought = yield from _asked(session, held)
        return (yield from _carried_out(session, held, brought))
    except Gone:
        if not held.let_go and not held.transferor.ended:
            session.emit(Notify(held.transferor.sid, _failure(session, held), final=True))
        raise
    finally:
        session.pending = None
        session.executing[:] = before


def _asked(session: Session, held: Held) -> Waiting[Brought]:
    verb, transferee = held.talk.verb, held.transferee
    named = transferee if session.knob("refer_call_sid") == "transferee" else held.transferor
    target = as_delivered(session, held.refer_to)
    form = parameters.refer(named.facts(session.setup.account), target)
    url, method = verb.refer_url or "", verb.refer_method
    return (yield from ask(session, Purpose.REFER, transferee, url, method=method, form=form))


def _carried_out(session: Session, held: Held, brought: Brought) -> Waiting[bool]:
    hold = held.talk.verb.answer_on_bridge
    if not hold:
        let_go(session, held)
    if held.transferee.ended:
        return held.let_go or _left(session, held)
    if brought.document is None:
        dropped = brought.refused and session.knob("refusal_in_hold") == "dropped"
        return _both_end(session, held) if not hold or dropped else _back(session, held)
    verbs = brought.document.verbs
    end = yield from session.run(session, held.transferee, verbs, held if hold else None)
    if held.let_go:
        session.hang_up(held.transferee)
        return True
    if end is End.GONE:
        return _left(session, held)
    return _back(session, held) if end is End.RAN_OUT else _both_end(session, held)


def _back(session: Session, held: Held) -> bool:
    """Let them talk on; without the transferor it is a talk that a party has left as any other."""
    if held.transferor.ended:
        if held.talk.leg.ended:
            raise Gone(held.talk.leg.sid)
        return False
    session.emit(Notify(held.transferor.sid, _failure(session, held), final=True))
    session.connect(held.talk)
    return False


def _left(session: Session, held: Held) -> bool:
    """Go on without the transferee, who has hung up; the transferor, who still waits, is told."""
    if held.talk.leg.ended:
        raise Gone(held.talk.leg.sid)
    if not held.transferor.ended:
        session.emit(Notify(held.transferor.sid, _failure(session, held), final=True))
    return False


def _both_end(session: Session, held: Held) -> bool:
    if not held.let_go and not held.transferor.ended:
        session.emit(Notify(held.transferor.sid, _failure(session, held), final=True))
    session.talk = None
    for leg in (held.transferee, held.transferor):
        session.hang_up(leg)
    if not held.let_go:
        _stray(session, held.talk)
    return True


def _failure(session: Session, held: Held) -> int:
    """Return the status of the last NOTIFY when nobody was reached."""
    if session.knob("notify_failure") == "unavailable" or not held.sip_code:
        return _UNAVAILABLE
    return held.sip_code

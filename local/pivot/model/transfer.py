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
from pivot.model.flow import End, Held, Replaced, Talk, Waiting
from pivot.model.leg import Leg
from pivot.model.session import Session
from pivot.model.signals import Alert, AnswerRefer, DropConsultation, Notify, Purpose

MAX_REFER_TO = 256
_REPLACES = re.compile(r"[?&]Replaces=([^;&>]*?)(?:%3B|;|&|>|$)", re.IGNORECASE)
_UNAVAILABLE = 503
_TEMPORARILY_UNAVAILABLE = 480


def refer(session: Session, talk: Talk, transferor: Leg, refer_to: str | None) -> Waiting[bool]:
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


def _transfer(session: Session, talk: Talk, transferor: Leg, refer_to: str | None) -> Waiting[bool]:
    if not refer_to:
        # RFC 3515 section 2.4.2: "an agent that receives a REFER with zero … Refer-To … 400".
        session.emit(AnswerRefer(transferor.sid, 400))
        return False
    target = _as_delivered(session, refer_to)
    if target is None:
        session.emit(AnswerRefer(transferor.sid, 400))
        return False
    if talk.verb.refer_url is None or (
        session.transfers and session.knob("chained_refer") == "refused"
    ):
        session.emit(Alert(13802, "REFER without a referUrl"))
        refuse(session, transferor)
        return False
    session.emit(AnswerRefer(transferor.sid, 202))
    session.emit(Notify(transferor.sid, 100, final=False))
    held = Held(transferor, talk)
    session.pending = held
    try:
        brought = yield from _asked(session, talk, transferor, target)
        return (yield from _carried_out(session, held, brought, refer_to))
    finally:
        session.pending = None


def _asked(session: Session, talk: Talk, transferor: Leg, target: str) -> Waiting[Brought]:
    transferee = talk.other(transferor)
    named = transferee if session.knob("refer_call_sid") == "transferee" else transferor
    form = parameters.refer(named.facts(session.setup.account), target)
    url, method = talk.verb.refer_url or "", talk.verb.refer_method
    return (yield from ask(session, Purpose.REFER, transferee, url, method=method, form=form))


def _carried_out(session: Session, held: Held, brought: Brought, refer_to: str) -> Waiting[bool]:
    talk, transferor = held.talk, held.transferor
    transferee = talk.other(transferor)
    hold = talk.verb.answer_on_bridge
    if not hold:
        session.let_go(held)
    if transferee.ended:
        return _both_end(session, held)
    if brought.document is None:
        dropped = brought.refused and session.knob("refusal_in_hold") == "dropped"
        return _both_end(session, held) if not hold or dropped else _back(session, held)
    session.transfers += 1
    # While it waits, what becomes of the transferor does not end what runs on its leg.
    before = list(session.executing)
    session.executing[:] = [leg for leg in before if leg != transferor.sid]
    verbs = brought.document.verbs
    try:
        end = yield from session.run(session, transferee, verbs, held if hold else None)
    finally:
        session.executing[:] = before
    if held.let_go:
        _drop_consultation(session, refer_to)
        session.hang_up(transferee)
        return True
    if end is not End.RAN_OUT:
        return _both_end(session, held)
    session.transfers -= 1
    return _back(session, held)


def _back(session: Session, held: Held) -> bool:
    """Let them talk on, if both are still there."""
    transferor, transferee = held.transferor, held.talk.other(held.transferor)
    if transferor.ended:
        # What the Dial ran on is gone, or the party that it dialled: its action says what follows.
        if transferor is held.talk.leg:
            session.hang_up(transferee)
            return True
        return False
    session.emit(Notify(transferor.sid, _failure(session, held), final=True))
    session.connect(held.talk)
    return False


def _both_end(session: Session, held: Held) -> bool:
    transferor, transferee = held.transferor, held.talk.other(held.transferor)
    if not held.let_go and not transferor.ended:
        session.emit(Notify(transferor.sid, _failure(session, held), final=True))
    session.talk = None
    for leg in (transferee, transferor):
        session.hang_up(leg)
    if not held.let_go and session.knob("stray_action") == "sent":
        session.stray(held.talk)
    return True


def _failure(session: Session, held: Held) -> int:
    """Return the status of the last NOTIFY when nobody was reached."""
    if session.knob("notify_failure") == "unavailable" or not held.sip_code:
        return _UNAVAILABLE
    return held.sip_code


def _as_delivered(session: Session, refer_to: str) -> str | None:
    """Return what the webhook is told of a Refer-To; None when the REFER is not taken."""
    if len(refer_to) <= MAX_REFER_TO or session.knob("long_refer_to") == "delivered":
        return refer_to
    return refer_to[:MAX_REFER_TO] if session.knob("long_refer_to") == "cut" else None


def _drop_consultation(session: Session, refer_to: str) -> None:
    replaces = _REPLACES.search(refer_to)
    if replaces and session.knob("consultation") == "dropped":
        session.emit(DropConsultation(unquote(replaces[1])))

"""How a hop ended, concluded from what Twilio told us, in whatever order it told us.

`conclude` is a fold over sets: a callback that comes twice, late or out of order changes nothing,
because nothing here depends on the order of arrival.  It does no I/O and reads no clock.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from call_transfer.attempt import Try, tries
from call_transfer.facts import (
    TAKEN,
    Acceptance,
    Attempt,
    Closing,
    LegEvent,
    Outcome,
    Recording,
    Result,
)
from call_transfer.links import Mode, Stage


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What is known of a hop. `outcome` is None while it is open; times are seconds."""

    outcome: Outcome | None = None
    finished: bool = False
    cause: str = ""
    sip_code: int = 0
    attempt: int = 0
    answered_noun: int | None = None
    ring_seconds: int | None = None
    talk_seconds: int | None = None


def conclude(
    *,
    mode: Mode,
    refused: Outcome | None,
    attempts: Mapping[int, Attempt],
    legs: Iterable[LegEvent],
    results: Iterable[Result],
    accepted: Iterable[Acceptance] = (),
    recordings: Iterable[Recording] = (),
    closed: Closing | None = None,
) -> Conclusion:
    """Fold everything known of one hop into its outcome.

    `refused` is the outcome of a refusal that came before the first dial, if there was one.
    `closed` ends what is open, and decides nothing that Twilio has told, before or afterwards.
    """
    known = tries(
        mode,
        attempts,
        legs=frozenset(legs),
        results=frozenset(results),
        accepted=frozenset(one.call_sid for one in accepted if one.accepted),
        recordings=frozenset(recordings),
    )
    cause = refused or next((one.result for one in known if one.result), None)
    taken = next((one for one in known if one.result in TAKEN), None)
    if taken:
        told = _taken(taken, cause if cause is not taken.result else None)
        return replace(told, finished=True) if closed else told
    if not known:
        outcome = refused or (closed.outcome if closed else None)
        return Conclusion(outcome=outcome, finished=outcome is not None)
    last = known[-1]
    if last.result is None:
        return _closed(mode, known, cause, closed) if closed else Conclusion(attempt=last.number)
    outcome = _unanswered(mode, last, cause or last.result)
    return Conclusion(
        outcome=outcome,
        finished=True,
        cause=cause if cause and cause is not outcome else "",
        sip_code=known[0].sip_code,
        attempt=last.number,
        ring_seconds=last.leg.ring_seconds if last.leg else None,
    )


_BY_STAGE = {
    Stage.INITIAL: Outcome.ANSWERED,
    Stage.TRANSFER: Outcome.ANSWERED,
    Stage.RECALL: Outcome.RECALLED,
}


def _taken(one: Try, cause: Outcome | None) -> Conclusion:
    answered = one.result is Outcome.ANSWERED
    return Conclusion(
        outcome=_BY_STAGE.get(one.stage, Outcome.FALLBACK) if answered else one.result,
        finished=one.finished,
        cause=cause or "",
        sip_code=one.sip_code,
        attempt=one.number,
        answered_noun=one.leg.noun if one.leg else None,
        ring_seconds=one.leg.ring_seconds if one.leg else one.waited,
        talk_seconds=one.talk_seconds,
    )


def _closed(mode: Mode, known: Sequence[Try], cause: Outcome | None, closed: Closing) -> Conclusion:
    """Conclude a hop whose last attempt nobody has told the end of."""
    first, last = known[0], known[-1]
    heard = last.heard
    cause = cause or (heard.result if heard else None)
    # The legs are all that is told of such a dial; parties without a callback were never dialled.
    by_legs = heard is not None and not last.has_action
    outcome = closed.outcome
    if by_legs and cause:
        outcome = _unanswered(mode, replace(last, result=cause), cause)
    return Conclusion(
        outcome=outcome,
        finished=True,
        cause=cause if cause and cause is not outcome else "",
        sip_code=first.sip_code or (first.heard.sip_code if first.heard else 0),
        attempt=last.number,
        ring_seconds=heard.ring_seconds if heard else None,
    )


def _unanswered(mode: Mode, last: Try, cause: Outcome) -> Outcome:
    if last.caller_gone:
        return Outcome.ABANDONED
    # "If the Transfer-Target does not answer the call, or if the call or Application fetch fails,
    # UserA's call will stay connected with AgentA" (Twilio, Inbound SIP REFER): nobody asked us.
    if mode is Mode.HOLD and last.stage is Stage.TRANSFER and not last.by_action:
        return Outcome.CANCELED if last.result is Outcome.CANCELED else Outcome.RECALLED
    return cause

"""How one dial of a hop ended, from its legs and its action, in whatever order they were told.

Sources: Twilio "TwiML Voice: Dial" (action parameters), "Number"/"Sip" (statusCallback events).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from call_transfer.facts import (
    CONTINUED,
    ENDED,
    RESULTS,
    TAKEN,
    Attempt,
    LegEvent,
    Outcome,
    Recording,
    Result,
)
from call_transfer.links import Mode, Stage

# Of several legs that nobody answered, the one that says most about why.
_TELLING = (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.FAILED, Outcome.CANCELED)


@dataclass(frozen=True, slots=True)
class _Leg:
    call_sid: str
    noun: int
    result: Outcome | None
    ended: bool
    sip_code: int
    ring_seconds: int | None
    talk_seconds: int | None


@dataclass(frozen=True, slots=True)
class Try:
    """What is known of one attempt; `result` is None while it is open.

    `heard` is the leg that says most about why nobody answered, whether the attempt is over or not.
    """

    number: int
    stage: Stage
    result: Outcome | None
    by_action: bool
    finished: bool
    caller_gone: bool = False
    sip_code: int = 0
    leg: _Leg | None = None
    talk_seconds: int | None = None
    waited: int | None = None
    has_action: bool = True
    heard: _Leg | None = None


def tries(
    mode: Mode,
    attempts: Mapping[int, Attempt],
    *,
    legs: frozenset[LegEvent],
    results: frozenset[Result],
    accepted: frozenset[str] = frozenset(),
    recordings: frozenset[Recording] = frozenset(),
) -> list[Try]:
    """Return every attempt that is known of, in order: from the record or from what was told.

    `accepted` are the CallSids of the legs that took the call by a key.
    """
    stages = {leg.attempt: leg.stage for leg in legs} | {one.attempt: one.stage for one in results}
    tries = []
    for number in sorted({*attempts, *stages}):
        own = [leg for leg in legs if leg.attempt == number]
        # The record may be missing, since a dial goes out even when it cannot be written.
        attempt = attempts.get(number) or Attempt(
            stage=stages[number],
            nouns=max((leg.nouns for leg in own), default=1),
            has_action=mode is Mode.RELEASE or stages[number] is not Stage.TRANSFER or number > 0,
        )
        result = next((one for one in results if one.attempt == number), None)
        folded = _legs(own)
        if attempt.is_accepted:
            folded = [_heeded(leg, accepted) for leg in folded]
        message = max((one.duration for one in recordings if one.attempt == number), default=0)
        if attempt.takes_message and message and not (result and result.taken):
            # The message counts, even if its caller has gone before the action could tell.
            result = Result(number, attempt.stage, "voicemail", duration=message)
        tries.append(_try(number, attempt, folded, result))
    return tries


def _heeded(leg: _Leg, accepted: frozenset[str]) -> _Leg:
    """Read a leg that answered and pressed no key: a voicemail box does not press keys."""
    if leg.result is not Outcome.ANSWERED or leg.call_sid in accepted:
        return leg
    return replace(leg, result=Outcome.NO_ANSWER if leg.ended else None, talk_seconds=None)


def _try(number: int, attempt: Attempt, legs: list[_Leg], result: Result | None) -> Try:
    if attempt.ends:
        return Try(number, attempt.stage, attempt.ends, by_action=False, finished=True)
    if result and result.status == CONTINUED:
        return Try(number, attempt.stage, None, by_action=True, finished=False)
    if result:
        return _by_action(number, attempt, legs, result)
    return _by_legs(number, attempt, legs)


def _by_action(number: int, attempt: Attempt, legs: list[_Leg], result: Result) -> Try:
    """Take the action for the end of the dial as a whole, whatever its legs still have to say."""
    said = RESULTS.get(result.status, Outcome.FAILED)
    leg = next((leg for leg in legs if leg.result is said), None)
    # The time in a queue is waiting, as ringing is.
    queued = said is Outcome.QUEUED
    talk = result.duration if said in TAKEN and not queued else None
    return Try(
        number=number,
        stage=attempt.stage,
        result=said,
        by_action=True,
        finished=True,
        caller_gone=result.caller_gone,
        sip_code=result.sip_code or (leg.sip_code if leg else 0),
        leg=leg,
        talk_seconds=talk,
        waited=result.duration if queued else None,
    )


def _by_legs(number: int, attempt: Attempt, legs: list[_Leg]) -> Try:
    """Conclude from the legs what they tell, where no action has told it."""
    # Two can press their keys at once; the one that is still there, or talked longer, has the call.
    answered = max(
        (leg for leg in legs if leg.result is Outcome.ANSWERED),
        key=lambda leg: (not leg.ended, leg.talk_seconds or 0),
        default=None,
    )
    over = {leg.noun for leg in legs if leg.ended}
    told, heard = answered, None
    if not answered:
        ended = (leg for leg in legs if leg.ended)
        heard = min(ended, key=lambda leg: _TELLING.index(leg.result), default=None)
        told = heard if not attempt.has_action and len(over) >= attempt.nouns else None
    return Try(
        number=number,
        stage=attempt.stage,
        result=told.result if told else None,
        by_action=False,
        finished=told is not None and told.ended and not attempt.has_action,
        sip_code=told.sip_code if told else 0,
        leg=told,
        talk_seconds=told.talk_seconds if told else None,
        has_action=attempt.has_action,
        heard=heard,
    )


def _legs(events: list[LegEvent]) -> list[_Leg]:
    sids = sorted({event.call_sid for event in events})
    return [_leg([event for event in events if event.call_sid == sid]) for sid in sids]


def _leg(events: list[LegEvent]) -> _Leg:
    """Fold the events of one leg; SequenceNumber orders them, not their arrival."""
    ordered = sorted(events, key=lambda event: (event.sequence, event.at, event.status))
    said = [event for event in ordered if event.status in RESULTS]
    ended = next((event for event in said if event.status in ENDED), None)
    answered = next((event for event in said if event.status in {"in-progress", "answered"}), None)
    final = ended or answered
    result = RESULTS[final.status] if final else None
    picked_up = answered if result is Outcome.ANSWERED else ended
    return _Leg(
        call_sid=ordered[0].call_sid,
        noun=ordered[0].noun,
        result=result,
        ended=ended is not None,
        sip_code=next((event.sip_code for event in reversed(ordered) if event.sip_code), 0),
        ring_seconds=max(0, picked_up.at - ordered[0].at) if picked_up else None,
        talk_seconds=ended.duration if ended and result is Outcome.ANSWERED else None,
    )

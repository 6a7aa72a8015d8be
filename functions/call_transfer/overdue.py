"""When a hop of which nobody tells the end is over, and what is then said of it.

Some ends are never told: a caller hangs up in a menu, a party has no callbacks, a webhook of ours
was down.  Such a hop is looked at when its own record says that it must have ended.
"""

from dataclasses import dataclass
from zlib import crc32

from call_transfer.facts import CONTINUED, ENDED, Closing, LegEvent, Outcome
from call_transfer.plan import Plan
from call_transfer.plan_item import kind_of
from call_transfer.record import HopRecord
from call_transfer.ringing import RING_EXTRA, Ringing
from call_transfer.verb import Enqueue, Menu, Voicemail

SHARDS = 8
# Most hops have ended by then, and are never looked at.
FIRST_LOOK = 900
# Twilio repeats a webhook that failed, and its clock is not ours.
SLACK = 300
# How long a text or an audio file may last; nothing here knows its length.
_PROMPT = 600
# A call ends after four hours unless its account has a longer limit (Twilio, TwiML Dial timeLimit).
_LONGEST = 14_400
# The longest `timeout` that a Dial takes: of a dial that is not recorded nobody knows another.
_RING = 600
_PICKED_UP = frozenset({"in-progress", "answered"})


@dataclass(frozen=True, slots=True)
class Later:
    """The call may still go on until then (Unix seconds)."""

    until: int


@dataclass(frozen=True, slots=True)
class Over:
    """Nothing more can come; `why` says what was not told."""

    closing: Closing
    why: str


def shard_of(session: str) -> str:
    """Return the partition of the index that a session belongs to: the same in every process."""
    return str(crc32(session.encode()) % SHARDS)


def look(record: HopRecord, *, time_limit: int, now: int) -> Later | Over:
    """Judge an open hop. `time_limit` is that of a dial whose record is missing."""
    until = _deadline(record, time_limit)
    if until > now:
        return Later(until)
    outcome, why = _said_of(record)
    return Over(Closing(outcome, at=now), why)


def last_attempt(record: HopRecord) -> int:
    """Return the number of the last attempt that is known of, whether it is recorded or not."""
    led_on = (one.attempt + 1 for one in record.results if one.status == CONTINUED)
    return max([*record.tried, *(leg.attempt for leg in record.legs), *led_on], default=0)


def _deadline(record: HopRecord, time_limit: int) -> int:
    """Return when the last attempt must have ended, whatever was not told of it."""
    told = [leg.at for leg in record.legs]
    begun = record.opened_at or min(told, default=0)
    last = last_attempt(record)
    # When an attempt began is not recorded; not later than those before it could last.
    begun += sum(_span(record.tried.get(number)) for number in range(last))
    plan = record.tried.get(last)
    if plan and isinstance(plan.verb, Ringing):
        time_limit = plan.verb.time_limit
    own = [leg for leg in record.legs if leg.attempt == last]
    ends = [begun + _span(plan)]
    for events in _by_leg(own):
        heard = min(max(event.at for event in events), begun + _span(plan))
        talks = not any(event.status in ENDED for event in events) and _is_answered(events)
        ends.append(heard + (time_limit if talks else _span(plan)))
    return max(ends) + SLACK


def _span(plan: Plan | None) -> int:
    """Return the seconds that an attempt takes at most when nobody answers."""
    match plan.verb if plan else None:
        case Ringing(ring_timeout=seconds, sequential=sequential, nouns=nouns):
            return (seconds + RING_EXTRA) * (len(nouns) if sequential else 1)
        case Menu(timeout=seconds):
            return _PROMPT + seconds
        case Voicemail(max_length=length, timeout=seconds):
            return _PROMPT + length + seconds
        case Enqueue():
            return _LONGEST
        case None:
            return _RING + RING_EXTRA
        case _:
            return _PROMPT


def _said_of(record: HopRecord) -> tuple[Outcome, str]:
    """Return what is said when Twilio has told too little, and what it has not told."""
    last = last_attempt(record)
    plan = record.tried.get(last)
    legs = _by_leg([leg for leg in record.legs if leg.attempt == last])
    said = Outcome.UNKNOWN
    match plan.verb if plan else None:
        case Menu() | Voicemail() as verb:
            # Who hangs up while a prompt is heard is not reported by Gather, nor by Record.
            said, missing = Outcome.ABANDONED, f"the action of a {kind_of(verb)}"
        case Enqueue():
            missing = "the action of a queue"
        case _ if any(_is_answered(events) for events in legs):
            missing = "the end of a dial that was answered"
        case _ if legs:
            missing = "the end of a dial that rang"
        case Ringing() if record.refused and last == 0:
            # The refusal is spoken before the dial; who hangs up then is not reported either.
            said, missing = Outcome.ABANDONED, "any leg of a dial behind a spoken refusal"
        case _:
            missing = "any leg"
    return said, missing


def _is_answered(events: list[LegEvent]) -> bool:
    return any(event.status in _PICKED_UP for event in events)


def _by_leg(events: list[LegEvent]) -> list[list[LegEvent]]:
    return [
        [event for event in events if event.call_sid == sid]
        for sid in sorted({event.call_sid for event in events})
    ]

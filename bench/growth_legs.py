"""Records with many legs: their items, and what each further event of a leg costs.

Everything that Twilio tells of a leg is an attribute of its hop's item, and DynamoDB charges for a
write by the size of the whole item.
"""

import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from bench import stand_in
from bench.capacity import read_units, size_of, write_units
from bench.growth_webhooks import BASE, CALLS, Event, event, median, session_of
from call_transfer.action import MAX_NOUNS
from call_transfer.dynamodb import hop_key, plain
from call_transfer.facts import LegEvent, Result
from call_transfer.links import Link, Mode, Stage, Urls
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan
from call_transfer.record import HopRecord
from call_transfer.record_item import from_item
from call_transfer.ringing import Ringing
from call_transfer.updates import Calls, adding, opening
from pivot.sign import LOCAL

# What Twilio tells of a leg that nobody answers.
_EVENTS = ("initiated", "ringing", "no-answer")
_NOW = 1_795_874_321
_TABLE = Calls(CALLS, record_days=90, now=_NOW, writer="0" * 8)


@dataclass(frozen=True, slots=True)
class Size:
    """A record of some legs, in bytes and in request units."""

    legs: int
    item: int
    write: int
    read: float
    whole: int


def link(legs: int) -> Link:
    """Return the last dial of a record with so many legs, ten at a time."""
    attempt = (legs - 1) // MAX_NOUNS
    stage = Stage.FALLBACK if attempt else Stage.TRANSFER
    return Link(Mode.RELEASE, session_of(legs), 1, "0123456789ab", attempt, stage)


def record(legs: int) -> HopRecord:
    """Return the record of a hop in release mode whose every leg rang, and nobody answered.

    The end of the last dial has not been told.
    """
    last = link(legs)
    nouns = tuple(
        Noun(NounKind.SIP, f"sip:{stand_in.FIRST_NUMBER + number}@pbx.example.com")
        for number in range(min(legs, MAX_NOUNS))
    )
    plan = Plan(
        verb=Ringing(nouns, ring_timeout=20, time_limit=14_400),
        stage=Stage.TRANSFER,
        rule=f"{LOCAL.sid}/{stand_in.FIRST_NUMBER}",
    )
    return HopRecord(
        tenant=LOCAL.sid,
        session=last.session,
        hop=last.hop,
        refer_id=last.refer_id,
        mode=last.mode,
        caller="+14155550199",
        called="+18005550100",
        call_sid=last.session,
        asked=f"sip:{stand_in.FIRST_NUMBER}@pbx.example.com",
        transferor=(Noun(NounKind.SIP, "sip:agenta@pbx.example.com"),),
        tried={number: replace(plan, stage=_stage(number)) for number in range(last.attempt + 1)},
        legs=tuple(
            _leg(leg, len(nouns), *told) for leg in range(legs) for told in enumerate(_EVENTS)
        ),
        results=tuple(
            Result(number, _stage(number), "no-answer") for number in range(last.attempt)
        ),
    )


def _stage(attempt: int) -> Stage:
    return Stage.FALLBACK if attempt else Stage.TRANSFER


def _leg(leg: int, nouns: int, sequence: int, status: str) -> LegEvent:
    attempt, noun = divmod(leg, MAX_NOUNS)
    return LegEvent(
        attempt=attempt,
        stage=_stage(attempt),
        noun=noun,
        nouns=nouns,
        call_sid=f"CA{leg:032x}",
        sequence=sequence,
        status=status,
        at=_NOW + sequence,
    )


def stored(url: str, told: HopRecord) -> dict[str, Any]:
    """Write a record as it is deployed, and return its item."""
    stand_in.ask(url, "PutItem", TableName=CALLS, Item=hop_key(told.key))
    stand_in.ask(url, "UpdateItem", **opening(told, _TABLE))
    item = stand_in.ask(url, "GetItem", TableName=CALLS, Key=hop_key(told.key))["Item"]
    return dict(item)


def sizes(url: str, legs: int) -> Size:
    """Return what a record of so many legs weighs, and what all its events together have cost."""
    whole = record(legs)
    items = [stored(url, replace(whole, legs=whole.legs[:number])) for number in _steps(whole)]
    writes = [write_units(before, after, transactional=False) for before, after in pairwise(items)]
    last = items[-1]
    return Size(legs, size_of(last), writes[-1], read_units(last, consistent=True), sum(writes))


def _steps(whole: HopRecord) -> range:
    return range(len(whole.legs) + 1)


def leg_status(legs: int) -> Event:
    """Return the last event of the last leg."""
    last = link(legs)
    noun = (legs - 1) % MAX_NOUNS
    form = {
        "CallSid": f"CA{legs - 1:032x}",
        "CallStatus": _EVENTS[-1],
        "SequenceNumber": str(len(_EVENTS) - 1),
        "Timestamp": "Sat, 28 Nov 2026 12:00:00 +0000",
    }
    url = Urls(BASE).leg_status(last, noun, min(legs, MAX_NOUNS))
    return event(url, form, "token")


def dial_result(legs: int) -> Event:
    """Return the action of the last dial."""
    form = {
        "CallSid": link(legs).session,
        "CallStatus": "in-progress",
        "DialCallStatus": "no-answer",
    }
    return event(Urls(BASE).dial_result(link(legs)), form, "token")


def costs(url: str, table: str, legs: int, count: int) -> dict[str, float]:
    """Return the CPU of webhooks on a record of so many legs, and of what they do with it."""
    whole = record(legs)
    before = stored(url, replace(whole, legs=whole.legs[:-1]))
    after = stored(url, whole)

    def reset(item: Mapping[str, Any]) -> None:
        stand_in.ask(url, "PutItem", TableName=CALLS, Item=item)

    told = replace(whole, legs=whole.legs[-1:], tried={}, results=())
    return {
        "leg-status": median([leg_status(legs)] * count, table, lambda: reset(before)),
        "dial-result": median([dial_result(legs)] * count, table, lambda: reset(after)),
        "read back": statistics.median(_spent(lambda: from_item(whole.key, plain(after)), count)),
        "conclude": statistics.median(_spent(whole.conclusion, count)),
        "write down": statistics.median(_spent(lambda: adding(told, _TABLE), count)),
    }


def _spent(work: Any, count: int) -> Iterator[float]:  # noqa: ANN401 - any function
    for _ in range(count):
        began = time.process_time()
        work()
        yield (time.process_time() - began) * 1000

"""The event of a finished hop: what docs/outcomes.md promises of it, and nothing else.

It is a projection of the record.  What an event says follows from the facts of the hop, and
`revision` counts them: the same revision says the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from call_transfer.errors import InvalidTarget
from call_transfer.noun import Noun
from call_transfer.outcome import Conclusion
from call_transfer.plan import Plan
from call_transfer.plan_item import kind_of
from call_transfer.record import HopRecord
from call_transfer.record_item import from_item

SOURCE = "sip-refer-transfer"

type Item = Mapping[str, Any]
type Shown = Callable[[str], str]
"""Writes an address as it may be read by whoever gets the event."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: `kind` is its detail-type."""

    kind: str
    detail: Mapping[str, Any]


def event_of(old: Item, new: Item, *, shown: Shown) -> Event | None:
    """Return what is to be told of one change of an item; None when that is nothing.

    `old` and `new` are its attributes before and after, {} when it was not there.
    """
    if not new.get("finished"):
        return None
    detail = _detail(new, shown)
    corrects = bool(old.get("finished"))
    # A fact that says nothing new is a repetition of what is known.
    if corrects and _said(_detail(old, shown)) == _said(detail):
        return None
    what = "Transfer" if detail["hop"] else "Initial Call"
    return Event(f"{what} {'Corrected' if corrects else 'Finished'}", detail)


def _said(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in detail.items() if name != "revision"}


def _detail(item: Item, shown: Shown) -> dict[str, Any]:
    record = from_item((item["session"], item["hop"]), item)
    told = record.conclusion()
    if not told.finished:
        # Recorded after its end was told, by an attempt that the end did not know of.
        told = Conclusion(**{one.name: item[one.name] for one in fields(told) if one.name in item})
    known: dict[str, Any] = {
        "cause": told.cause,
        "answered_by": _answered_by(record, told, shown),
        "ring_seconds": told.ring_seconds,
        "talk_seconds": told.talk_seconds,
        "sip_code": told.sip_code or None,
        "caller": shown(record.caller),
        "called": shown(record.called),
        "asked": shown(record.asked),
        "transferor": [_party(noun, shown) for noun in record.transferor],
        "refused": _refused(record, shown),
        "recordings": [
            {"sid": one.sid, "status": one.status, "url": one.url, "duration": one.duration}
            for one in sorted(record.recordings, key=lambda one: one.sid)
        ],
        "opened_at": _utc(record.opened_at) if record.opened_at else "",
        "closed_at": _utc(record.closed.at) if record.closed else "",
    }
    return {
        "id": f"{record.session}/{record.hop}/{record.refer_id}",
        "revision": record.facts,
        "tenant": record.tenant,
        "session": record.session,
        "hop": record.hop,
        "refer_id": record.refer_id,
        "mode": record.mode,
        "attended": record.attended,
        "outcome": told.outcome,
        "attempts": [
            _attempt(number, plan, shown) for number, plan in sorted(record.tried.items())
        ],
        "finished_at": _utc(item["finished_at"]),
    } | {name: value for name, value in known.items() if value not in ("", None, [])}


def _attempt(number: int, plan: Plan, shown: Shown) -> dict[str, Any]:
    return {
        "attempt": number,
        "stage": plan.stage,
        "verb": kind_of(plan.verb),
        "rule": shown(plan.rule),
        "parties": [_party(noun, shown) for noun in plan.nouns],
    }


def _answered_by(record: HopRecord, told: Conclusion, shown: Shown) -> str:
    plan = record.tried.get(told.attempt)
    number = told.answered_noun
    if plan is None or number is None or number >= len(plan.nouns):
        return ""
    return _party(plan.nouns[number], shown)


def _party(noun: Noun, shown: Shown) -> str:
    """Return who a noun is; one that somebody else has written into the table may be no address."""
    try:
        return shown(noun.party)
    except InvalidTarget:
        return "unreadable"


def _refused(record: HopRecord, shown: Shown) -> dict[str, str] | None:
    if record.refused is None:
        return None
    return {"code": record.refused.code, "rule": shown(record.refused.rule)}


def _utc(seconds: int) -> str:
    """Write Unix seconds as ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

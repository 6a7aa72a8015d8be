"""The event of a finished hop: when there is one, what it says, and that the schema promises it."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from call_transfer.errors import Denied
from call_transfer.event import SOURCE, Event, event_of
from call_transfer.facts import Closing, LegEvent, Outcome, Recording, Result
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.outcome import Conclusion
from call_transfer.record import HopRecord, Refused
from call_transfer.record_item import conclusion_to_item, to_item
from call_transfer.telemetry import masked
from gateway.stack import ROOT
from plans import dial_plan
from records import SESSION, TENANT, records

SCHEMA = json.loads((ROOT / "docs" / "outcome-event.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
OPENED, FINISHED = 1_795_860_000, 1_795_860_065
AGENT_A = Noun(NounKind.SIP, "sip:agenta@pbx.example.com")
NUMBER = Noun(NounKind.NUMBER, "+14155550123")
HOP = HopRecord(
    tenant=TENANT,
    session=SESSION,
    hop=1,
    refer_id="0123456789ab",
    mode=Mode.RELEASE,
    caller="+14155550199",
    called="+18005550100",
    asked="sip:+14155550123@pbx.example.com",
    opened_at=OPENED,
    transferor=(AGENT_A,),
    tried={
        0: dial_plan(nouns=(NUMBER,), stage=Stage.TRANSFER, rule="*/+14155550123", has_action=True)
    },
)
ANSWERED = tuple(
    LegEvent(0, Stage.TRANSFER, 0, 1, "CA" + "2" * 32, sequence, status, at, duration=duration)
    for sequence, (status, at, duration) in enumerate(
        [("initiated", 100, 0), ("in-progress", 108, 0), ("completed", 150, 42)]
    )
)
ENDED = replace(HOP, results=(Result(0, Stage.TRANSFER, "completed", duration=42),), legs=ANSWERED)
MESSAGE = Recording(
    0, "RE" + "4" * 32, "completed", "https://api.twilio.com/2010-04-01/Recordings/RE4", duration=9
)


def image(record: HopRecord, **more: object) -> dict[str, Any]:
    """Return a record as it stands in the table, with its end when it has come."""
    session, hop = record.key
    item: dict[str, Any] = {"session": session, "hop": hop, **to_item(record)}
    if record.opened_at:
        item["opened_at"] = record.opened_at
    conclusion = record.conclusion()
    if conclusion.finished:
        item |= conclusion_to_item(conclusion) | {
            "facts": record.facts,
            "finished_at": FINISHED,
        }
    return item | more


def told(old: Mapping[str, Any], new: Mapping[str, Any]) -> Event | None:
    """Return the event of a change, addresses masked."""
    return event_of(old, new, shown=masked)


def detail(record: HopRecord) -> Mapping[str, Any]:
    event = told({}, image(record))
    assert event is not None
    return event.detail


# --- when there is one


@pytest.mark.parametrize(
    ("hop", "kind"),
    [(0, "Initial Call Finished"), (1, "Transfer Finished"), (2, "Transfer Finished")],
)
def test_a_hop_that_ends_is_told_by_its_kind(hop: int, kind: str) -> None:
    before, after = (image(replace(one, hop=hop)) for one in (HOP, ENDED))
    event = told(before, after)
    assert event is not None
    assert event.kind == kind


@pytest.mark.parametrize("old", [{}, image(HOP)], ids=["new", "open"])
def test_a_hop_that_goes_on_is_not_told(old: Mapping[str, Any]) -> None:
    assert told(old, image(HOP)) is None


def test_an_item_that_is_gone_or_is_no_hop_is_not_told() -> None:
    assert told(image(ENDED), {}) is None
    counter = {"session": f"{TENANT}/rate/target/x", "hop": "29", "hits": 3, "expires_at": OPENED}
    assert told(counter, counter | {"hits": 4}) is None


def test_what_is_repeated_about_a_finished_hop_is_not_told_again() -> None:
    assert told(image(ENDED), image(ENDED, expires_at=1)) is None


def test_a_fact_that_changes_nothing_is_not_told() -> None:
    """The leg of an answered dial was told before, and its first event comes late."""
    late = replace(ANSWERED[0], sequence=9, at=ANSWERED[-1].at, status="ringing")
    assert told(image(ENDED), image(replace(ENDED, legs=(*ANSWERED, late)))) is None


def test_what_is_told_late_corrects_what_was_said() -> None:
    first = replace(ENDED, legs=())
    event = told(image(first), image(ENDED))
    assert event is not None
    assert event.kind == "Transfer Corrected"
    before = detail(first)
    assert event.detail == {
        **before,
        "revision": before["revision"] + 3,
        "ring_seconds": 8,
        "answered_by": "+*******0123",
    }


def test_a_recording_corrects_and_is_told_with_its_url() -> None:
    event = told(image(ENDED), image(replace(ENDED, recordings=(MESSAGE,))))
    assert event is not None
    assert (event.kind, event.detail["recordings"]) == (
        "Transfer Corrected",
        [{"sid": MESSAGE.sid, "status": "completed", "url": MESSAGE.url, "duration": 9}],
    )


def test_a_fact_and_the_end_that_follows_from_it_are_one_event() -> None:
    """The fact is added first, and what is concluded of it is written afterwards."""
    closed = replace(HOP, closed=Closing(Outcome.UNKNOWN, at=FINISHED))
    added = image(replace(closed, legs=ANSWERED), outcome="unknown", facts=closed.facts)
    events = [told(image(closed), added), told(added, image(replace(closed, legs=ANSWERED)))]
    assert [event and (event.kind, event.detail["outcome"]) for event in events] == [
        ("Transfer Corrected", "answered"),
        None,
    ]


def test_an_end_that_was_told_before_its_record_stays_told() -> None:
    """Without its record a hold transfer has no action, and the leg of it is its end."""
    busy = replace(ANSWERED[2], status="busy", duration=0)
    bare = replace(HOP, mode=Mode.HOLD, tried={}, legs=(busy,))
    assert bare.conclusion().outcome is Outcome.RECALLED
    late = replace(HOP, mode=Mode.HOLD, legs=(busy,))
    assert not late.conclusion().finished
    recorded = image(late) | conclusion_to_item(bare.conclusion()) | {"finished_at": FINISHED}
    event = told({}, recorded)
    assert event is not None
    assert (event.detail["outcome"], event.detail["cause"]) == ("recalled", "busy")


# --- what it says


def test_an_event_says_what_is_documented() -> None:
    assert detail(ENDED) == {
        "id": f"{SESSION}/1/0123456789ab",
        "revision": 5,
        "tenant": TENANT,
        "session": SESSION,
        "hop": 1,
        "refer_id": "0123456789ab",
        "mode": "release",
        "attended": False,
        "outcome": "answered",
        "answered_by": "+*******0123",
        "ring_seconds": 8,
        "talk_seconds": 42,
        "caller": "+*******0199",
        "called": "+*******0100",
        "asked": "sip:+*******0123@pbx.example.com",
        "transferor": ["sip:agenta@pbx.example.com"],
        "attempts": [
            {
                "attempt": 0,
                "stage": "transfer",
                "verb": "dial",
                "rule": "*/+*******0123",
                "parties": ["+*******0123"],
            }
        ],
        "opened_at": "2026-11-28T10:00:00Z",
        "finished_at": "2026-11-28T10:01:05Z",
    }


def test_addresses_are_whole_when_they_are_asked_for() -> None:
    event = event_of({}, image(ENDED), shown=str)
    assert event is not None
    assert (event.detail["caller"], event.detail["asked"]) == (HOP.caller, HOP.asked)


def test_a_refusal_is_told_by_its_code_and_rule() -> None:
    refused = Refused.of(Denied("deny_entry", "not this one", rule="*/+1900*"))
    said = detail(replace(HOP, tried={}, refused=refused))
    assert (said["outcome"], said["refused"]) == (
        "denied",
        {"code": "deny_entry", "rule": "*/+1900*"},
    )


def test_what_the_watchdog_has_closed_says_when() -> None:
    said = detail(replace(HOP, closed=Closing(Outcome.UNKNOWN, at=FINISHED)))
    assert (said["outcome"], said["closed_at"]) == ("unknown", "2026-11-28T10:01:05Z")


@pytest.mark.parametrize("tried", [{}, HOP.tried], ids=["not recorded", "of fewer parties"])
def test_who_answered_is_not_told_when_the_record_does_not_know(tried: Any) -> None:  # noqa: ANN401
    fourth = tuple(replace(leg, noun=3, nouns=4) for leg in ANSWERED)
    assert "answered_by" not in detail(replace(ENDED, tried=tried, legs=fourth))


def test_neither_context_nor_whispered_text_nor_unreadable_input_is_told() -> None:
    secret = "order-of-a-customer"  # noqa: S105 - what nobody but the target may read
    plan = replace(HOP.tried[0], context=(("X-Order", secret),))
    said = detail(replace(ENDED, tried={0: plan}, unreadable=secret))
    assert secret not in json.dumps(said)


# --- the schema


def valid(event: Event) -> None:
    VALIDATOR.validate(
        json.loads(
            json.dumps({"source": SOURCE, "detail-type": event.kind, "detail": event.detail})
        )
    )


CLOSED = Closing(Outcome.UNKNOWN, at=FINISHED)


@settings(max_examples=50)
@given(records)
def test_every_event_is_as_the_schema_promises(record: HopRecord) -> None:
    after = image(replace(record, closed=record.closed or CLOSED))
    finished = told({}, after)
    corrected = told(image(replace(HOP, tried={}, closed=CLOSED)), after)
    assert finished is not None
    assert corrected is not None
    for event in (finished, corrected):
        valid(event)


def test_the_schema_takes_no_field_that_is_not_documented() -> None:
    with pytest.raises(jsonschema.ValidationError, match="Additional properties"):
        valid(Event("Transfer Finished", {**detail(ENDED), "context": "x"}))


def test_the_schema_names_every_outcome_and_nothing_else() -> None:
    outcomes = SCHEMA["$defs"]["hop"]["properties"]["outcome"]["enum"]
    assert sorted(outcomes) == sorted(Outcome)
    concluded = {one.name for one in fields(Conclusion)} - {"finished", "attempt", "answered_noun"}
    assert concluded <= SCHEMA["$defs"]["hop"]["properties"].keys()

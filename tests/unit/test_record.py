"""What is kept of a hop: it is read back as it was written, and nothing empty is written."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings

from call_transfer.errors import Denied, TableUnreadable
from call_transfer.facts import Acceptance, Closing, LegEvent, Outcome, Recording, Result
from call_transfer.links import Link, Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.outcome import Conclusion
from call_transfer.plan import Plan
from call_transfer.policy import Call
from call_transfer.record import HopRecord, Refused, call_of, key_of
from call_transfer.record_item import conclusion_to_item, from_item, to_item
from call_transfer.store import Store
from call_transfer.verb import (
    Announcement,
    Enqueue,
    Menu,
    Prompt,
    Redirect,
    Verb,
    Voicemail,
)
from call_transfer.whisper import Whisper
from plans import dial_plan
from records import SESSION, TENANT, records

VOICEMAIL = Voicemail(
    Prompt(say="Speak."), max_length=120, timeout=5, finish_on_key="#", play_beep=True
)
EMPTY: tuple[object, ...] = ("", None, (), [], {}, False)


class Echo:
    """A DynamoDB client that gives back what it is told to write, as the wire has it."""

    def __init__(self) -> None:
        self.wire: dict[str, Any] = {}

    def update_item(self, **request: Mapping[str, Any]) -> dict[str, Any]:
        values = request["ExpressionAttributeValues"]
        self.wire = {
            name: values[key.replace("#n", ":v")]
            for key, name in request["ExpressionAttributeNames"].items()
        }
        return {"Attributes": self.wire}


def store(client: Echo) -> Store:
    return Store(
        client=cast("Any", client),
        targets_table="targets",
        calls_table="calls",
        record_days=1,
        now=lambda: 1000.0,
    )


def noun(name: str) -> Noun:
    return Noun(NounKind.SIP, f"sip:{name}@pbx.example.com")


def plan(*names: str) -> Plan:
    return dial_plan(
        nouns=tuple(noun(name) for name in names),
        stage=Stage.TRANSFER,
        rule="*/agentb",
        ring_timeout=20,
        time_limit=14400,
    )


HOP = HopRecord(tenant=TENANT, session=SESSION, hop=1, refer_id="0123456789ab", mode=Mode.HOLD)


@given(records)
def test_a_record_is_read_back_as_it_was_written(record: HopRecord) -> None:
    assert from_item(record.key, to_item(record)) == record


@given(records)
def test_a_record_survives_the_types_of_dynamodb(record: HopRecord) -> None:
    assert store(Echo()).add(record) == record


@settings(max_examples=50)
@given(records)
def test_no_attribute_is_written_empty(record: HopRecord) -> None:
    assert [name for name, value in to_item(record).items() if value in EMPTY] == []


def test_a_bare_hop_writes_its_tenant_and_its_mode() -> None:
    assert to_item(HOP) == {"tenant": TENANT, "mode": "hold"}


def test_what_is_told_has_an_attribute_of_its_own_named_after_it() -> None:
    leg = LegEvent(2, Stage.RECALL, 0, 1, "CA" + "2" * 32, 3, "busy", at=7)
    record = replace(
        HOP,
        tried={2: replace(plan("agentb"), has_action=True)},
        legs=(leg,),
        results=(Result(2, Stage.RECALL, "busy"),),
        accepted=(Acceptance(2, 1, leg.call_sid, accepted=False),),
        recordings=(Recording(2, "RE" + "4" * 32, "completed"),),
        closed=Closing(Outcome.UNKNOWN, at=7),
    )
    told = to_item(record).keys() - to_item(HOP).keys()
    assert told == {
        "attempt#2",
        "result#2",
        f"leg#2#{leg.call_sid}#3",
        "accept#2#1",
        "recording#RE" + "4" * 32,
        "closed",
    }


def test_a_hop_has_one_key_whether_from_its_record_or_from_a_link() -> None:
    link = Link(Mode.HOLD, SESSION, 1, "0123456789ab", attempt=3, stage=Stage.RECALL)
    assert HOP.key == key_of(TENANT, link) == (f"{TENANT}/{SESSION}", "1#0123456789ab")


@settings(max_examples=50)
@given(records)
def test_the_count_of_facts_grows_with_each_thing_told(record: HopRecord) -> None:
    event = LegEvent(0, Stage.TRANSFER, 0, 1, SESSION, 0, "initiated", at=0)
    assert replace(record, legs=(*record.legs, event)).facts == record.facts + 1
    accepted = Acceptance(0, 0, SESSION, accepted=True)
    assert replace(record, accepted=(*record.accepted, accepted)).facts == record.facts + 1
    recording = Recording(0, "RE" + "4" * 32, "completed")
    assert replace(record, recordings=(*record.recordings, recording)).facts == record.facts + 1
    assert replace(record, refused=None).facts == record.facts - (record.refused is not None)
    closed = replace(record, closed=Closing(Outcome.UNKNOWN, at=7))
    assert closed.facts == replace(record, closed=None).facts + 1
    assert HOP.facts == 0


def test_a_refusal_is_kept_with_what_a_repeated_webhook_is_answered_by() -> None:
    refusal = Denied("deny_entry", "not this one", rule="*/+1900*", say="No.", language="de-DE")
    assert Refused.of(refusal) == Refused(
        code="deny_entry",
        message="not this one",
        rule="*/+1900*",
        outcome=Outcome.DENIED,
        status=403,
        say="No.",
        language="de-DE",
    )
    assert Refused.of(TableUnreadable("x")).outcome is Outcome.UNAVAILABLE


def test_a_record_concludes_from_its_own_attempts() -> None:
    busy = LegEvent(0, Stage.TRANSFER, 0, 2, SESSION, 0, "busy", at=0)
    ringing = replace(HOP, tried={0: replace(plan("a", "b"), has_action=False)}, legs=(busy,))
    assert ringing.conclusion().finished is False
    other = replace(busy, noun=1, call_sid="CA" + "3" * 32)
    assert replace(ringing, legs=(busy, other)).conclusion().outcome is Outcome.RECALLED
    refused = replace(HOP, refused=Refused.of(Denied("deny_entry", "no")))
    assert refused.conclusion() == Conclusion(outcome=Outcome.DENIED, finished=True)


@pytest.mark.parametrize(
    ("verb", "outcome"),
    [
        (Announcement(Prompt(say="Closed.")), Outcome.ANNOUNCED),
        (Redirect("https://studio.example/flow"), Outcome.REDIRECTED),
        (Enqueue("support"), None),
        (Menu(Prompt(say="Press."), keys=(("1", "2001"),), timeout=5, repeat=2), None),
        (VOICEMAIL, None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_of_some_verbs_nobody_tells_more_and_the_others_are_open(
    verb: Verb, outcome: Outcome | None
) -> None:
    dialled = Plan(verb=verb, stage=Stage.TRANSFER, rule="*/2001")
    concluded = replace(HOP, tried={0: dialled}).conclusion()
    assert (concluded.outcome, concluded.finished) == (outcome, outcome is not None)


def test_a_voicemail_is_concluded_from_its_recording_and_a_dial_is_not() -> None:
    message = Recording(0, "RE" + "4" * 32, "completed", duration=9)
    box = Plan(verb=VOICEMAIL, stage=Stage.TRANSFER, rule="*/2001")
    left = replace(HOP, tried={0: box}, recordings=(message,)).conclusion()
    assert (left.outcome, left.talk_seconds) == (Outcome.VOICEMAIL, 9)
    assert replace(HOP, tried={0: plan("a")}, recordings=(message,)).conclusion() == Conclusion()


def test_a_target_that_heard_a_whisper_is_concluded_from_its_key() -> None:
    whispered = dial_plan(
        nouns=(noun("a"),), stage=Stage.TRANSFER, rule="*/a", whisper=Whisper("", "1", 10)
    )
    leg = LegEvent(0, Stage.TRANSFER, 0, 1, SESSION, 0, "completed", at=0)
    record = replace(HOP, tried={0: whispered}, legs=(leg,))
    assert record.conclusion().outcome is Outcome.RECALLED
    key = Acceptance(0, 0, SESSION, accepted=True)
    assert replace(record, accepted=(key,)).conclusion().outcome is Outcome.ANSWERED


def test_of_a_conclusion_nothing_is_written_that_is_not_known() -> None:
    assert conclusion_to_item(Conclusion()).keys() <= {"sip_code", "attempt"}
    told = Conclusion(outcome=Outcome.BUSY, finished=True, sip_code=486, ring_seconds=7)
    written = conclusion_to_item(told)
    assert written.pop("attempt", 0) == 0
    assert written == {"outcome": "busy", "finished": True, "sip_code": 486, "ring_seconds": 7}


def test_the_first_noun_is_a_noun_and_no_seconds_are_seconds() -> None:
    told = Conclusion(
        outcome=Outcome.ANSWERED,
        finished=True,
        answered_noun=0,
        ring_seconds=0,
        talk_seconds=0,
    )
    zeros = {"answered_noun": 0, "ring_seconds": 0, "talk_seconds": 0}
    assert zeros.items() <= conclusion_to_item(told).items()


# --- who is the transferor of the next hop ---------------------------------------------------


@pytest.mark.parametrize("status", ["in-progress", "answered", "completed"])
def test_the_noun_that_took_the_call_is_answering(status: str) -> None:
    taken = LegEvent(0, Stage.TRANSFER, 1, 2, SESSION, 2, status, at=0)
    rang = LegEvent(0, Stage.TRANSFER, 0, 2, "CA" + "3" * 32, 1, "canceled", at=0)
    record = replace(
        HOP, tried={0: replace(plan("a", "b"), has_action=False)}, legs=(rang, taken, taken)
    )
    assert record.answering(0) == (noun("b"),)


def test_everybody_who_was_rung_is_answering_when_nobody_said_who() -> None:
    record = replace(HOP, tried={0: replace(plan("a", "b"), has_action=False)})
    assert record.answering(0) == (noun("a"), noun("b"))


def test_nobody_is_answering_a_dial_that_is_not_recorded() -> None:
    assert HOP.answering(0) == ()


def test_a_leg_of_another_dial_or_of_no_noun_of_this_one_says_nothing_of_who_is_answering() -> None:
    other = LegEvent(1, Stage.RECALL, 0, 2, SESSION, 2, "completed", at=0)
    beyond = LegEvent(0, Stage.TRANSFER, 5, 6, SESSION, 2, "completed", at=0)
    record = replace(
        HOP, tried={0: replace(plan("a", "b"), has_action=False)}, legs=(other, beyond)
    )
    assert record.answering(0) == (noun("a"), noun("b"))


def test_of_those_who_answered_it_is_the_one_that_took_the_call_by_a_key() -> None:
    legs = tuple(
        LegEvent(0, Stage.TRANSFER, noun, 2, f"CA{noun:032d}", 2, "completed", at=0)
        for noun in range(2)
    )
    keys = (
        Acceptance(0, 0, legs[0].call_sid, accepted=False),
        Acceptance(0, 1, legs[1].call_sid, accepted=True),
        Acceptance(1, 0, legs[0].call_sid, accepted=True),
    )
    record = replace(HOP, tried={0: plan("a", "b")}, legs=legs)
    assert record.answering(0) == (noun("a"), noun("b"))
    assert replace(record, accepted=keys).answering(0) == (noun("b"),)


# --- what a decision is told -----------------------------------------------------------------


def test_a_decision_is_told_who_is_on_the_line() -> None:
    known = replace(HOP, caller="+1", called="+2", path=("sip:a@h.example",))
    assert call_of(known) == Call(
        TENANT, "+1", called="+2", mode=Mode.HOLD, hop=1, path=("sip:a@h.example",)
    )


@pytest.mark.parametrize("verb", [VOICEMAIL, Enqueue("support")], ids=["voicemail", "queue"])
def test_nobody_waits_for_a_call_that_something_else_than_a_dial_had(verb: Verb) -> None:
    dialled = replace(HOP, tried={0: plan("a")})
    assert call_of(dialled).waiting
    had = Plan(verb=verb, stage=Stage.TRANSFER, rule="*/2001")
    assert not call_of(replace(dialled, tried={0: had, 1: plan("a")})).waiting

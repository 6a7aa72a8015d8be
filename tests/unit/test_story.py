"""The sentences that a trace and the records of a call are told in."""

from typing import Any

import pytest

from gateway.story import recorded, story
from pivot.model.seen import API, TWILIO, Arrow, Fact, Seen
from pivot.model.signals import Purpose
from pivot.model.trace import Trace
from pivot.picture.rows import LOG


def told(*seen: Seen) -> list[str]:
    return list(story(Trace({}, list(seen))))


def sip(source: str, target: str, text: str, comment: str = "") -> Arrow:
    return Arrow(0, source, target, "sip", text, comment)


def webhook(
    path: str, status: str, body: str = "", purpose: Purpose = Purpose.VOICE, asker: str = TWILIO
) -> list[Seen]:
    return [
        Arrow(0, asker, API, "http", f"POST /{path}", "how", "", purpose),
        Arrow(0.1, API, asker, "http", status, "", body, purpose),
    ]


@pytest.mark.parametrize(
    ("arrow", "sentences"),
    [
        (sip("UserA", TWILIO, "INVITE", "+18005550100"), []),
        (sip("AgentB", TWILIO, "180 Ringing"), []),
        (sip("AgentB", TWILIO, "486 Busy Here"), ["AgentB says 486 Busy Here"]),
        (sip("AgentA", TWILIO, "REFER", "Refer-To: <sip:b@c>"), ["AgentA refers to <sip:b@c>"]),
        (sip("AgentA", TWILIO, "REFER", "Refer-To: None"), ["AgentA refers to None"]),
        (sip(TWILIO, "AgentA", "202 Accepted", "to the REFER"), []),
        (sip(TWILIO, "AgentA", "491 Request Pending"), ["AgentA is told 491 Request Pending"]),
        (sip(TWILIO, "AgentA", "NOTIFY 100 Trying"), []),
        (sip(TWILIO, "AgentA", "NOTIFY 200 OK"), ["AgentA is told 200 OK"]),
        (sip(TWILIO, "AgentA", "NOTIFY 503 Unavailable"), ["AgentA is told 503 Unavailable"]),
    ],
)
def test_of_sip_the_turns_are_told(arrow: Arrow, sentences: list[str]) -> None:
    assert told(arrow) == sentences


def test_facts_are_told_as_they_are_but_for_the_log() -> None:
    assert told(Fact(0, "AgentA answers", "answered"), Fact(0, "webhook: refer", LOG)) == [
        "AgentA answers"
    ]


def test_an_answer_is_told_by_its_route_and_progress_is_not() -> None:
    assert told(
        *webhook("inbound-call", "200", "<Response><Hangup/></Response>"),
        *webhook("leg-status/hold/x/0/1", "204", purpose=Purpose.STATUS),
        *webhook("refer/hold", "no connection", purpose=Purpose.REFER),
        *webhook("refer/hold", "403", "Not signed.", purpose=Purpose.REFER, asker="Stranger"),
    ) == [
        "inbound-call 200: Hangup",
        "refer no connection",
        "Stranger, how: refer 403: Not signed.",
    ]


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"hop": "0"}, "recorded hop 0: open"),
        (
            {"hop": "1#ab", "outcome": "recalled", "cause": "busy", "ring_seconds": 0},
            "recorded hop 1: recalled, because busy, rang 0 s",
        ),
        (
            {"hop": "1", "outcome": "denied", "cause": "deny", "refused": {"rule": "*/+1900*"}},
            "recorded hop 1: denied, by the entry */+1900*",
        ),
    ],
)
def test_a_record_is_told_with_its_reason_and_its_times(
    record: dict[str, Any], sentence: str
) -> None:
    assert recorded(record) == sentence

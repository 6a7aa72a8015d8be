"""The parameters of each voice webhook, as Twilio's pages list them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from pivot.parameters import (
    CallFacts,
    DialFacts,
    Direction,
    SipFacts,
    dial_action,
    leg_status,
    refer,
    voice,
    whisper,
)

AT = datetime(2026, 11, 23, 10, 0, 5, tzinfo=UTC)
FROM_A_NUMBER = CallFacts(
    account="AC" + "a" * 32,
    sid="CA" + "1" * 32,
    from_address="+14155550199",
    to_address="+18005550100",
    status="in-progress",
)
FROM_SIP = replace(
    FROM_A_NUMBER,
    from_address="sip:2001@pbx.example.com",
    to_address="sip:+14155550123@example.sip.twilio.com",
    sip=SipFacts(
        domain="example.sip.twilio.com",
        domain_sid="SD" + "1" * 32,
        call_id="4711@198.51.100.7",
        source_ip="198.51.100.7",
        headers={"X-Account": "7", "x-lower": "8", "Subject": "not passed on"},
    ),
)
AGENT_LEG = replace(
    FROM_A_NUMBER,
    sid="CA" + "2" * 32,
    to_address="sip:agenta@pbx.example.com",
    direction=Direction.OUTBOUND_DIAL,
    parent=FROM_A_NUMBER.sid,
)
STANDARD = {
    "CallSid": "CA" + "1" * 32,
    "AccountSid": "AC" + "a" * 32,
    "ApiVersion": "2010-04-01",
    "CallStatus": "in-progress",
    "Direction": "inbound",
    "From": "+14155550199",
    "Caller": "+14155550199",
    "To": "+18005550100",
    "Called": "+18005550100",
}
GEOGRAPHY = {
    party + place: ""
    for party in ("From", "Caller", "To", "Called")
    for place in ("City", "State", "Zip", "Country")
}


def added(form: dict[str, str], call: CallFacts) -> dict[str, str]:
    """Return what a webhook says beside the standard parameters, which it must have."""
    assert form.items() >= voice(call).items()
    return {name: value for name, value in form.items() if name not in voice(call)}


def test_a_call_from_a_number_has_the_standard_parameters_with_blank_places() -> None:
    assert voice(FROM_A_NUMBER) == STANDARD | GEOGRAPHY


def test_what_is_not_known_of_a_call_is_left_out() -> None:
    assert not voice(FROM_A_NUMBER).keys() & {"ParentCallSid", "ForwardedFrom", "CallerName"}
    known = replace(FROM_A_NUMBER, forwarded_from="+14155550111", caller_name="Jo Doe")
    assert voice(known) == voice(FROM_A_NUMBER) | {
        "ForwardedFrom": "+14155550111",
        "CallerName": "Jo Doe",
    }


@pytest.mark.parametrize("address", ["sip:a@example.com", "client:jo", "anonymous", ""])
def test_only_numbers_have_places(address: str) -> None:
    form = voice(replace(FROM_A_NUMBER, from_address=address))
    assert form["From"] == form["Caller"] == address
    assert {name for name in form if name.startswith(("From", "Caller"))} == {"From", "Caller"}
    assert form["ToCity"] == form["CalledCity"] == ""


def test_a_call_to_a_sip_domain_says_what_the_invite_said() -> None:
    addresses = ("From", "Caller", "To", "Called")
    assert {name: value for name, value in voice(FROM_SIP).items() if "Sip" in name} == {
        "SipDomain": "example.sip.twilio.com",
        "SipDomainSid": "SD" + "1" * 32,
        "SipCallId": "4711@198.51.100.7",
        "SipSourceIp": "198.51.100.7",
        "SipHeader_X-Account": "7",
        "SipHeader_x-lower": "8",
    }
    assert all(voice(FROM_SIP)[name].startswith("sip:") for name in addresses)
    assert not voice(FROM_SIP).keys() & GEOGRAPHY.keys()


def test_the_refer_webhook_adds_the_transfer_target_and_nothing_else() -> None:
    target = "<sip:agentb@pbx.example.com?X-Case=7>"
    assert added(refer(FROM_A_NUMBER, target), FROM_A_NUMBER) == {"ReferTransferTarget": target}


def test_in_a_call_from_an_agent_the_refer_webhook_names_the_parent() -> None:
    dialled = replace(AGENT_LEG, from_address=FROM_SIP.from_address, to_address="+14155550123")
    form = refer(dialled, "sip:2002@pbx.example.com")
    assert form["ParentCallSid"] == FROM_A_NUMBER.sid
    assert form["Direction"] == "outbound-dial"


def test_the_action_of_an_answered_dial_tells_of_its_leg() -> None:
    dial = DialFacts(
        status="completed",
        sid=AGENT_LEG.sid,
        seconds=42,
        bridged=True,
        sip_call_id="815@10.0.0.1",
        sip_response_code="200",
        sip_headers={"X-Result": "done", "Server": "not passed on"},
    )
    assert added(dial_action(FROM_A_NUMBER, dial), FROM_A_NUMBER) == {
        "DialCallStatus": "completed",
        "DialCallSid": AGENT_LEG.sid,
        "DialCallDuration": "42",
        "DialBridged": "true",
        "DialSipCallId": "815@10.0.0.1",
        "DialSipResponseCode": "200",
        "DialSipHeader_X-Result": "done",
    }


def test_the_action_of_an_unanswered_dial_has_no_duration() -> None:
    form = dial_action(FROM_A_NUMBER, DialFacts("no-answer", AGENT_LEG.sid))
    assert added(form, FROM_A_NUMBER) == {
        "DialCallStatus": "no-answer",
        "DialCallSid": AGENT_LEG.sid,
        "DialBridged": "false",
    }


def test_a_status_callback_is_about_the_leg_that_was_dialled() -> None:
    ringing = replace(AGENT_LEG, status="ringing")
    form = leg_status(ringing, sequence=1, at=AT.astimezone(timezone(timedelta(hours=2))))
    assert form["CallSid"] == AGENT_LEG.sid
    assert form["ParentCallSid"] == FROM_A_NUMBER.sid
    assert added(form, ringing) == {
        "Timestamp": "Mon, 23 Nov 2026 10:00:05 +0000",
        "SequenceNumber": "1",
        "CallbackSource": "call-progress-events",
    }


@pytest.mark.parametrize(
    ("status", "seconds", "code", "duration"),
    [("completed", 42, "200", "42"), ("busy", None, "486", "0"), ("canceled", None, "487", "0")],
)
def test_the_last_status_callback_has_duration_and_sip_response(
    status: str, seconds: int | None, code: str, duration: str
) -> None:
    ended = replace(AGENT_LEG, status=status)
    form = leg_status(ended, sequence=3, at=AT, seconds=seconds, sip_response_code=code)
    assert (form["CallDuration"], form["SipResponseCode"]) == (duration, code)


def test_a_whisper_is_asked_for_on_the_leg_that_was_dialled() -> None:
    form = whisper(AGENT_LEG, {"X-Agent": "7", "Contact": "not passed on"})
    assert added(form, AGENT_LEG) == {"SipHeader_X-Agent": "7"}
    assert added(whisper(AGENT_LEG), AGENT_LEG) == {}

"""whisper and accept: what a target hears, the key by which it takes the call, and what follows."""

from cells.table import (
    AGENT_A,
    AGENT_B,
    AGENT_C,
    CALLED,
    NO_RECORD,
    OVERFLOW,
    Phone,
    cell,
    unreadable,
    unrecorded,
    unwritable,
)
from gateway.http_api import Response

SAID = {"say": "Call from {caller} about {X-Ticket}, {X-Unknown}for you. Press 1.", "timeout": 7}
FROM_A_CALLER = "<sip:agentb@pbx.example.com?X-Ticket=claim%207%3CHangup/%3E>"


def whispered(phone: Phone, **fields: object) -> Response:
    """Return the Dial of a transfer to agent B, who has to accept; C is the fallback."""
    given = {"whisper": SAID, "fallback": ["agentc"], **fields}
    phone.entry("agentb", **{"dial": [AGENT_B], **given})
    return phone.transfer(FROM_A_CALLER)


@cell("refer-hold-whisper")
@cell("refer-release-whisper")
def refer_with_a_whisper(phone: Phone) -> Response:
    return whispered(phone, dial=[AGENT_B, OVERFLOW, {"client": "agent.b"}])


@cell("inbound-hold-whisper")
def inbound_with_a_whisper(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], whisper=SAID)
    return phone.call()


# --- whisper --------------------------------------------------------------------------------------


@cell("whisper-hold-text")
@cell("whisper-release-text")
def whisper_of_a_text(phone: Phone) -> Response:
    return phone.whisper(whispered(phone))


@cell("whisper-hold-initial")
def whisper_of_the_initial_call(phone: Phone) -> Response:
    return phone.whisper(inbound_with_a_whisper(phone))


@cell("whisper-hold-no-text")
def whisper_without_a_text(phone: Phone) -> Response:
    return phone.whisper(whispered(phone, whisper={"timeout": 10}))


@cell("whisper-hold-any-key")
def whisper_for_any_key(phone: Phone) -> Response:
    return phone.whisper(whispered(phone, whisper={"say": "Press any key.", "key": "any"}))


@cell("whisper-hold-language")
def whisper_in_another_language(phone: Phone) -> Response:
    text = {"say": "Anruf für Sie. Drücken Sie die 1."}
    return phone.whisper(whispered(phone, whisper=text, language="de-DE"))


@cell("whisper-hold-several")
def whisper_to_the_second_of_two(phone: Phone) -> Response:
    return phone.whisper(whispered(phone, dial=[AGENT_B, AGENT_C]), noun=1)


@cell("whisper-hold-table", told="record_problem")
@cell("whisper-release-table", told="record_problem")
def whisper_table_unreadable(phone: Phone) -> Response:
    second = whispered(phone)
    phone.outage("BatchGetItem")
    return phone.whisper(second)


@cell("whisper-hold-no-record", outcome=NO_RECORD)
@cell("whisper-release-no-record", outcome=NO_RECORD)
def whisper_without_a_record(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B], whisper=SAID)
    return phone.whisper(unrecorded(phone))


@cell("whisper-hold-bug", told="bug")
@cell("whisper-release-bug", told="bug")
def whisper_bug(phone: Phone) -> Response:
    second = whispered(phone)
    phone.bug("store.Store.read")
    return phone.whisper(second)


# --- accept ---------------------------------------------------------------------------------------


@cell("accept-hold-right-key")
@cell("accept-release-right-key")
def accepted(phone: Phone) -> Response:
    return phone.press(phone.whisper(whispered(phone)), "1")


@cell("accept-hold-wrong-key")
@cell("accept-release-wrong-key")
def wrong_key(phone: Phone) -> Response:
    return phone.press(phone.whisper(whispered(phone)), "2")


@cell("accept-hold-star")
def accepted_by_the_star(phone: Phone) -> Response:
    starred = {"say": "Press the star to take it.", "key": "*"}
    return phone.press(phone.whisper(whispered(phone, whisper=starred)), "*")


@cell("accept-hold-any-key")
def accepted_by_any_key(phone: Phone) -> Response:
    return phone.press(whisper_for_any_key(phone), "7")


@cell("accept-hold-table")
@cell("accept-release-table")
def accepted_when_the_whisper_could_not_read_the_table(phone: Phone) -> Response:
    second = whispered(phone)
    with phone.laptop.monkeypatch.context() as patch:
        patch.setattr("call_transfer.store.Store.read", unreadable)
        asked = phone.whisper(second)
    return phone.press(asked, "1")


@cell("accept-hold-repeated")
def accepted_twice(phone: Phone) -> Response:
    asked = phone.whisper(whispered(phone))
    phone.press(asked, "1")
    before = phone.record()
    response = phone.press(asked, "1")
    assert phone.record() == before
    return response


@cell("accept-hold-record", told="record_problem")
@cell("accept-release-record", told="record_problem")
def accepted_record_not_written(phone: Phone) -> Response:
    asked = phone.whisper(whispered(phone))
    phone.outage("UpdateItem")
    return phone.press(asked, "1")


@cell("accept-hold-bug", told="bug")
@cell("accept-release-bug", told="bug")
def accepted_bug(phone: Phone) -> Response:
    asked = phone.whisper(whispered(phone))
    phone.bug("progress.try_add")
    return phone.press(asked, "1")


@cell("accept-hold-wrong-key-bug", told="bug")
def wrong_key_bug(phone: Phone) -> Response:
    asked = phone.whisper(whispered(phone))
    phone.bug("progress.try_add")
    return phone.press(asked, "2")


# --- what follows ---------------------------------------------------------------------------------


def declined(phone: Phone, **fields: object) -> Response:
    """Return the Dial whose target has answered, heard the whisper, and pressed the wrong key."""
    second = whispered(phone, **fields)
    phone.leg(second, "in-progress", sequence=2)
    phone.press(phone.whisper(second), "2")
    return second


@cell("dial-result-release-not-accepted")
@cell("dial-result-hold-action-not-accepted")
def target_did_not_accept(phone: Phone) -> Response:
    return phone.ended(declined(phone), "completed", DialBridged="false", DialCallDuration="9")


@cell("dial-result-release-not-accepted-no-fallback", outcome="no_answer")
def target_did_not_accept_and_nobody_is_left(phone: Phone) -> Response:
    second = declined(phone, fallback=[])
    return phone.ended(second, "completed", DialBridged="false", DialCallDuration="9")


@cell("dial-result-release-machine")
def machine_answered_and_pressed_no_key(phone: Phone) -> Response:
    second = whispered(phone)
    phone.leg(second, "in-progress", sequence=2)
    phone.whisper(second)
    phone.leg(second, "completed", sequence=3, CallDuration="30")
    return phone.ended(second, "answered", DialBridged="false")


@cell("dial-result-hold-initial-not-accepted")
def agent_did_not_accept_the_initial_call(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], whisper=SAID, fallback=["agentc"])
    return phone.ended(phone.call(), "completed", DialBridged="false")


@cell("dial-result-release-accepted", outcome="answered")
@cell("dial-result-hold-action-accepted", outcome="answered")
def target_accepted(phone: Phone) -> Response:
    second = whispered(phone)
    phone.press(phone.whisper(second), "1")
    return phone.ended(second, "completed", DialBridged="true", DialCallDuration="42")


@cell("dial-result-release-accepted-unrecorded", outcome="answered")
def target_accepted_and_that_was_not_recorded(phone: Phone) -> Response:
    second = whispered(phone)
    asked = phone.whisper(second)
    with phone.laptop.monkeypatch.context() as patch:
        patch.setattr("call_transfer.store.Store.add", unwritable)
        phone.press(asked, "1")
    return phone.ended(second, "completed", DialBridged="true", DialCallDuration="42")


@cell("dial-result-release-whisper-caller-gone", outcome="abandoned")
def caller_gone_while_the_target_heard_the_whisper(phone: Phone) -> Response:
    second = whispered(phone)
    phone.whisper(second)
    return phone.ended(second, "completed", CallStatus="completed", DialBridged="false")


@cell("leg-status-hold-not-accepted", 204, outcome="recalled")
@cell("leg-status-hold-action-not-accepted", 204)
@cell("leg-status-release-not-accepted", 204)
def leg_completed_that_did_not_accept(phone: Phone) -> Response:
    return phone.leg(declined(phone), "completed", sequence=3, CallDuration="9")


@cell("leg-status-hold-machine", 204, outcome="recalled")
def leg_of_a_machine_completed(phone: Phone) -> Response:
    second = whispered(phone)
    phone.leg(second, "in-progress", sequence=2)
    phone.whisper(second)
    response = phone.leg(second, "completed", sequence=3, CallDuration="30")
    record = phone.record()
    assert record is not None
    assert record["cause"] == "no_answer"
    return response


@cell("leg-status-hold-accepted", 204, outcome="answered")
@cell("leg-status-release-accepted", 204)
def leg_completed_that_accepted(phone: Phone) -> Response:
    second = whispered(phone)
    phone.leg(second, "in-progress", sequence=2)
    phone.press(phone.whisper(second), "1")
    return phone.leg(second, "completed", sequence=3, CallDuration="42")


@cell("leg-status-hold-accepted-unrecorded", 204, outcome="recalled")
def leg_completed_that_accepted_and_that_was_not_recorded(phone: Phone) -> Response:
    second = whispered(phone)
    phone.leg(second, "in-progress", sequence=2)
    asked = phone.whisper(second)
    with phone.laptop.monkeypatch.context() as patch:
        patch.setattr("call_transfer.store.Store.add", unwritable)
        phone.press(asked, "1")
    return phone.leg(second, "completed", sequence=3, CallDuration="42")


@cell("refer-release-transferor-accepted", code="deny_entry")
def refer_by_the_one_in_turn_who_accepted(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A, AGENT_C], sequential=True, whisper=SAID)
    phone.entry("agentb", deny="not during the pilot")
    first = phone.call()
    phone.leg(first, "in-progress", noun=0, sequence=2)
    phone.press(phone.whisper(first, noun=0), "2", noun=0)
    phone.leg(first, "completed", noun=0, sequence=3)
    phone.leg(first, "in-progress", noun=1, sequence=2)
    phone.press(phone.whisper(first, noun=1), "1", noun=1)
    return phone.refer(first)

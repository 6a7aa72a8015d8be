"""refer: the REFER webhook, hop 1 and later."""

from cells.table import (
    AGENT_A,
    AGENT_B,
    AGENT_C,
    CALLED,
    NO_RECORD,
    OVERFLOW,
    PHONE,
    TO_C,
    UNRECORDED,
    Phone,
    cell,
    refer_id_of,
    unreadable,
)
from gateway.http_api import Response
from laptop import SESSION, leg_sid


@cell("refer-hold-dialled")
@cell("refer-release-dialled")
def refer_dialled(phone: Phone) -> Response:
    return phone.transfer()


@cell("refer-hold-get")
@cell("refer-release-get")
def refer_get(phone: Phone) -> Response:
    return phone.transfer(method="GET")


@cell("refer-hold-as-asked-number")
@cell("refer-release-as-asked-number")
def refer_to_a_number_as_asked(phone: Phone) -> Response:
    phone.entry("+1415*", dial="as_asked")
    return phone.transfer("tel:+1-415-555-0123")


@cell("refer-hold-as-asked-host")
@cell("refer-release-as-asked-host")
def refer_to_a_host_as_asked(phone: Phone) -> Response:
    phone.entry("*@branch.example.com", dial="as_asked")
    return phone.transfer('"Sales" <sips:2001@branch.example.com;maddr=192.0.2.1;transport=tls>')


@cell("refer-hold-several")
@cell("refer-release-several")
def refer_to_several(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, {"client": "agent.b"}, OVERFLOW])
    return phone.transfer()


@cell("refer-hold-sequential")
@cell("refer-release-sequential")
def refer_to_several_in_sequence(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, AGENT_C], sequential=True)
    return phone.transfer()


@cell("refer-hold-attended")
@cell("refer-release-attended")
def refer_attended(phone: Phone) -> Response:
    target = "<sip:agentb@pbx.example.com?Replaces=1%40pbx%3Bto-tag%3D2%3Bfrom-tag%3D3>"
    response = phone.transfer(target)
    record = phone.record()
    assert record is not None
    assert record["attended"] is True
    return response


@cell("refer-hold-attended-refused", 403, outcome="denied", code="attended")
@cell("refer-release-attended-refused", code="attended")
def refer_attended_refused(phone: Phone) -> Response:
    phone.setting(REFUSE_ATTENDED="on")
    return phone.transfer(
        "<sip:agentb@pbx.example.com?Replaces=1%40pbx%3Bto-tag%3D2%3Bfrom-tag%3D3>"
    )


@cell("refer-hold-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-hold-message-denied", code="deny_entry")
@cell("refer-release-denied", code="deny_entry")
def refer_denied(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.transfer()


@cell("refer-hold-denied-fallback", 403, outcome="denied", code="deny_entry")
@cell("refer-release-denied-fallback", code="deny_entry")
def refer_denied_fallback(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot", fallback=["overflow"])
    return phone.transfer()


@cell("refer-release-denied-chain-unreadable", code="deny_entry", told="record_problem")
def refer_denied_and_the_chain_unreadable(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    phone.entry("agentb", deny="not during the pilot", fallback=["overflow"])
    first = phone.answered()
    phone.one_read()
    return phone.refer(first)


@cell("refer-hold-denied-no-fallback", 403, outcome="denied", code="deny_entry")
@cell("refer-hold-message-denied-no-fallback", outcome="denied", code="deny_entry")
@cell("refer-release-denied-no-fallback", outcome="denied", code="deny_entry")
def refer_denied_no_fallback(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot", fallback=[])
    return phone.transfer()


@cell("refer-hold-disabled", 403, outcome="denied", code="disabled")
@cell("refer-release-disabled", code="disabled")
def refer_disabled(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B], enabled=False)
    return phone.transfer()


@cell("refer-hold-unknown", 404, outcome="unknown_target", code="no_entry")
@cell("refer-hold-message-unknown", code="no_entry")
@cell("refer-release-unknown", code="no_entry")
def refer_unknown(phone: Phone) -> Response:
    return phone.transfer("<sip:nobody@pbx.example.com>")


@cell("refer-hold-unreadable", 400, outcome="invalid_target", code="malformed")
@cell("refer-hold-message-unreadable", code="malformed")
@cell("refer-release-unreadable", code="malformed")
def refer_unreadable(phone: Phone) -> Response:
    return phone.transfer("<sip:agentb@pbx.example.com>, <sip:agentc@pbx.example.com>")


@cell("refer-hold-empty", 400, outcome="invalid_target", code="empty")
@cell("refer-release-empty", code="empty")
def refer_empty(phone: Phone) -> Response:
    return phone.transfer("")


@cell("refer-hold-too-long", 400, outcome="invalid_target", code="too_long")
@cell("refer-release-too-long", code="too_long")
def refer_too_long(phone: Phone) -> Response:
    return phone.transfer(f"<sip:agentb@pbx.example.com?X-Note={'n' * 256}>")


@cell("refer-hold-two-targets", 400, outcome="invalid_target", code="repeated")
@cell("refer-release-two-targets", code="repeated")
def refer_to_two_targets(phone: Phone) -> Response:
    return phone.transfer(method="GET", query="?ReferTransferTarget=sip:x@evil.example")


@cell("refer-hold-method", 400, outcome="invalid_target", code="unsupported_method")
@cell("refer-release-method", code="unsupported_method")
def refer_with_another_method(phone: Phone) -> Response:
    return phone.transfer("<sip:agentb@pbx.example.com;method=MESSAGE>")


@cell("refer-hold-malformed-entry", 503, outcome="unavailable", code="malformed_entry")
@cell("refer-release-malformed-entry", code="malformed_entry")
def refer_to_a_malformed_entry(phone: Phone) -> Response:
    phone.entry("agentb", dail=[AGENT_B])
    return phone.transfer()


@cell("refer-hold-caller-id-required", 503, outcome="unavailable", code="caller_id_required")
@cell("refer-release-caller-id-required", code="caller_id_required")
def refer_caller_id_required(phone: Phone) -> Response:
    phone.entry("+14155550123", dial="as_asked")
    return phone.refer(phone.answered(From=PHONE), "tel:+14155550123", From=PHONE)


@cell("refer-hold-caller-id-default")
@cell("refer-release-caller-id-default")
def refer_caller_id_from_the_settings(phone: Phone) -> Response:
    phone.setting(DEFAULT_CALLER_ID=CALLED)
    phone.entry("+14155550123", dial="as_asked")
    return phone.refer(phone.answered(From=PHONE), "tel:+14155550123", From=PHONE)


@cell("refer-hold-last-hop")
@cell("refer-release-last-hop")
def refer_on_the_last_hop(phone: Phone) -> Response:
    phone.setting(HOP_LIMIT="1")
    return phone.transfer()


@cell("refer-hold-hop-limit", 403, outcome="denied", code="hop_limit")
@cell("refer-release-hop-limit", code="hop_limit")
def refer_beyond_the_hop_limit(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "in-progress")
    phone.setting(HOP_LIMIT="1")  # lowered while the call was under way
    return phone.refer(second, TO_C, 2)


@cell("refer-hold-chained")
@cell("refer-release-chained")
def refer_chained(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "in-progress")
    return phone.refer(second, TO_C, 2)


@cell("refer-hold-chained-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-release-chained-denied", code="deny_entry")
def refer_chained_and_denied(phone: Phone) -> Response:
    phone.entry("agentc", deny="not during the pilot")
    second = phone.transfer()
    phone.leg(second, "in-progress")
    return phone.refer(second, TO_C, 2)


@cell("refer-hold-second")
@cell("refer-release-second")
def refer_a_second_time_on_the_same_dial(phone: Phone) -> Response:
    first = phone.answered()
    second = phone.refer(first)
    phone.leg(second, "busy", SipResponseCode="486")
    busy = phone.outcome()
    third = phone.refer(first, TO_C, 2)
    assert phone.outcome((1, refer_id_of(1))) == busy
    return third


@cell("refer-release-after-recall")
def refer_by_the_recalled_transferor(phone: Phone) -> Response:
    recall = phone.ended(phone.transfer(), "busy")
    phone.leg(recall, "in-progress")
    return phone.refer(recall, TO_C, 2)


@cell("refer-release-transferor-of-several", code="deny_entry")
def refer_by_the_one_of_several_who_answered(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A, AGENT_C])
    phone.entry("agentb", deny="not during the pilot")
    first = phone.call()
    phone.leg(first, "canceled", noun=0)
    phone.leg(first, "in-progress", noun=1)
    return phone.refer(first)


@cell("refer-hold-by-caller")
@cell("refer-release-by-caller")
def refer_by_the_party_that_called_in(phone: Phone) -> Response:
    return phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)


@cell("refer-hold-by-caller-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-release-by-caller-denied", outcome="denied", code="deny_entry")
def refer_by_the_party_that_called_in_denied(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)


@cell("refer-release-by-caller-recalled", code="deny_entry")
def refer_by_a_party_that_called_in_and_has_an_entry(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    phone.entry("+14155550199", dial="as_asked")
    return phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)


@cell("refer-hold-foreign")
@cell("refer-release-foreign")
def refer_on_a_foreign_dial(phone: Phone) -> Response:
    return phone.refer(f"/refer/{phone.mode}")


@cell("refer-hold-foreign-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-release-foreign-denied", outcome="denied", code="deny_entry")
def refer_on_a_foreign_dial_denied(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.refer(f"/refer/{phone.mode}")


@cell("refer-hold-table", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem")
@cell(
    "refer-hold-message-table", outcome=UNRECORDED, code="table_unreadable", told="record_problem"
)
@cell("refer-release-table", outcome=UNRECORDED, code="table_unreadable", told="record_problem")
def refer_table_unreadable(phone: Phone) -> Response:
    first = phone.answered()
    phone.outage("BatchGetItem")
    return phone.refer(first)


@cell(
    "refer-hold-throttled", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem"
)
@cell("refer-release-throttled", outcome=UNRECORDED, code="table_unreadable", told="record_problem")
def refer_throttled(phone: Phone) -> Response:
    first = phone.answered()
    phone.throttled()
    return phone.refer(first)


@cell(
    "refer-hold-table-last-resort",
    503,
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
@cell(
    "refer-release-table-last-resort",
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
def refer_table_unreadable_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    first = phone.answered()
    phone.outage("BatchGetItem")
    return phone.refer(first)


@cell("refer-hold-table-again")
def refer_repeated_when_the_table_is_back(phone: Phone) -> Response:
    first = phone.answered()
    with phone.laptop.monkeypatch.context() as patch:
        patch.setattr("call_transfer.store.Store.read", unreadable)
        assert phone.refer(first).status == 503
    return phone.refer(first)


@cell("refer-hold-no-session")
@cell("refer-release-no-session")
def refer_without_a_record_of_the_session(phone: Phone) -> Response:
    return phone.refer(f"/refer/{phone.mode}/{SESSION}/0/0/0/initial")


@cell("refer-hold-no-session-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-release-no-session-denied", outcome="denied", code="deny_entry")
def refer_without_a_record_of_the_session_denied(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.refer(f"/refer/{phone.mode}/{SESSION}/0/0/0/initial")


@cell("refer-hold-record", outcome=NO_RECORD, told="record_problem")
@cell("refer-release-record", outcome=NO_RECORD, told="record_problem")
def refer_record_not_written(phone: Phone) -> Response:
    first = phone.answered()
    phone.outage("UpdateItem")
    return phone.refer(first)


@cell("refer-hold-repeated", told="repeated")
@cell("refer-release-repeated", told="repeated")
def refer_repeated(phone: Phone) -> Response:
    first = phone.answered()
    answer = phone.refer(first)
    phone.entry("agentb", dial=[AGENT_C])
    again = phone.refer(first)
    assert again.body == answer.body
    assert len(phone.laptop.records(1)) == 1
    return again


@cell("refer-hold-repeated-denied", 403, outcome="denied", code="deny_entry", told="repeated")
@cell("refer-release-repeated-denied", code="deny_entry", told="repeated")
def refer_denied_repeated(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    first = phone.answered()
    answer = phone.refer(first)
    again = phone.refer(first)
    assert (again.status, again.body) == (answer.status, answer.body)
    assert len(phone.laptop.records(1)) == 1
    return again


@cell("refer-hold-transferee-gone")
@cell("refer-release-transferee-gone")
def refer_when_the_transferee_has_hung_up(phone: Phone) -> Response:
    return phone.transfer(CallStatus="completed")


@cell("refer-hold-bug", 503, outcome=NO_RECORD, told="bug")
@cell("refer-hold-message-bug", outcome=NO_RECORD, told="bug")
@cell("refer-release-bug", outcome=NO_RECORD, told="bug")
def refer_bug(phone: Phone) -> Response:
    first = phone.answered()
    phone.bug("decision.decide")
    return phone.refer(first)


@cell("refer-hold-bug-last-resort", 503, outcome=NO_RECORD, told="bug")
@cell("refer-release-bug-last-resort", outcome=NO_RECORD, told="bug")
def refer_bug_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="sip:reception@pbx.example.com")
    first = phone.answered()
    phone.bug("decision.decide")
    return phone.refer(first)

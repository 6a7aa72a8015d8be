"""inbound-call: the initial call, hop 0."""

from cells.table import AGENT_A, AGENT_C, CALLED, NO_RECORD, OVERFLOW, PHONE, Phone, cell
from gateway.http_api import Response


@cell("inbound-hold-dialled")
@cell("inbound-release-dialled")
def inbound_dialled(phone: Phone) -> Response:
    return phone.call()


@cell("inbound-hold-mode-release")
def inbound_entry_with_mode_release(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], mode="release")
    return phone.call()


@cell("inbound-release-mode-hold")
def inbound_entry_with_mode_hold(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], mode="hold")
    return phone.call()


@cell("inbound-hold-get")
@cell("inbound-release-get")
def inbound_get(phone: Phone) -> Response:
    return phone.laptop.post("/inbound-call", {"From": "+14155550199", "To": CALLED}, method="GET")


@cell("inbound-hold-sip-domain")
def inbound_from_a_sip_domain(phone: Phone) -> Response:
    return phone.call("sip:agentb@example.sip.twilio.com", From=PHONE)


@cell("inbound-hold-default")
def inbound_to_an_address_of_no_entry_of_its_own(phone: Phone) -> Response:
    phone.entry("default", dial=[AGENT_C])
    return phone.call("+18005550111")


@cell("inbound-hold-unreadable")
def inbound_to_an_address_that_cannot_be_read(phone: Phone) -> Response:
    phone.entry("default", dial=[AGENT_C])
    return phone.call("client:reception")


@cell("inbound-hold-as-asked")
def inbound_as_asked(phone: Phone) -> Response:
    phone.entry("+1415*", dial="as_asked", caller_id=CALLED)
    return phone.call("sip:+14155550123@example.sip.twilio.com", From=PHONE)


@cell("inbound-hold-options")
def inbound_with_the_options_of_an_entry(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], ring_timeout=8, time_limit=600, caller_id="reception")
    return phone.call()


@cell("inbound-hold-several")
@cell("inbound-release-several")
def inbound_several(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A, {"client": "agent.c"}, OVERFLOW])
    return phone.call()


@cell("inbound-hold-sequential")
def inbound_sequential(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A, AGENT_C], sequential=True)
    return phone.call()


@cell("inbound-hold-no-transfers")
@cell("inbound-release-no-transfers")
def inbound_with_hop_limit_0(phone: Phone) -> Response:
    phone.setting(HOP_LIMIT="0")
    return phone.call()


@cell("inbound-hold-caller-id-required", outcome="unavailable", code="caller_id_required")
@cell("inbound-release-caller-id-required", outcome="unavailable", code="caller_id_required")
def inbound_caller_id_required(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[OVERFLOW])
    return phone.call(From=PHONE)


@cell("inbound-hold-caller-id-default")
def inbound_caller_id_from_the_settings(phone: Phone) -> Response:
    phone.setting(DEFAULT_CALLER_ID=CALLED)
    phone.entry(CALLED, dial=[OVERFLOW])
    return phone.call(From=PHONE)


@cell("inbound-hold-unknown", outcome="unknown_target", code="no_entry")
@cell("inbound-release-unknown", outcome="unknown_target", code="no_entry")
def inbound_unknown(phone: Phone) -> Response:
    return phone.call("+18005550111")


@cell("inbound-hold-denied", outcome="denied", code="deny_entry")
@cell("inbound-release-denied", outcome="denied", code="deny_entry")
def inbound_denied(phone: Phone) -> Response:
    phone.entry(CALLED, deny="out of service")
    return phone.call()


@cell("inbound-hold-denied-fallback", code="deny_entry")
@cell("inbound-release-denied-fallback", code="deny_entry")
def inbound_denied_fallback(phone: Phone) -> Response:
    phone.entry(CALLED, deny="out of service", fallback=["agentb"])
    return phone.call()


@cell("inbound-hold-disabled", outcome="denied", code="disabled")
@cell("inbound-release-disabled", outcome="denied", code="disabled")
def inbound_disabled(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], enabled=False)
    return phone.call()


@cell("inbound-hold-malformed", outcome="unavailable", code="malformed_entry")
@cell("inbound-release-malformed", outcome="unavailable", code="malformed_entry")
def inbound_malformed_entry(phone: Phone) -> Response:
    phone.entry(CALLED, dail=[AGENT_A])
    return phone.call()


@cell("inbound-hold-table", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem")
@cell(
    "inbound-release-table", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem"
)
def inbound_table_unreadable(phone: Phone) -> Response:
    phone.outage("BatchGetItem")
    return phone.call()


@cell(
    "inbound-hold-throttled", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem"
)
def inbound_throttled(phone: Phone) -> Response:
    phone.throttled()
    return phone.call()


@cell(
    "inbound-hold-table-last-resort",
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
@cell(
    "inbound-release-table-last-resort",
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
def inbound_table_unreadable_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    phone.outage("BatchGetItem")
    return phone.call()


@cell("inbound-hold-record", outcome=NO_RECORD, told="record_problem")
@cell("inbound-release-record", outcome=NO_RECORD, told="record_problem")
def inbound_record_not_written(phone: Phone) -> Response:
    phone.outage("UpdateItem")
    return phone.call()


@cell("inbound-hold-repeated", told="repeated")
@cell("inbound-release-repeated", told="repeated")
def inbound_repeated(phone: Phone) -> Response:
    first = phone.call()
    phone.entry(CALLED, dial=[AGENT_C])
    again = phone.call()
    assert again.body == first.body
    return again


@cell("inbound-hold-bug", 503, outcome=NO_RECORD, told="bug")
@cell("inbound-release-bug", 503, outcome=NO_RECORD, told="bug")
def inbound_bug(phone: Phone) -> Response:
    phone.bug("decision.decide")
    return phone.call()


@cell("inbound-hold-bug-last-resort", outcome=NO_RECORD, told="bug")
@cell("inbound-release-bug-last-resort", outcome=NO_RECORD, told="bug")
def inbound_bug_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="sip:reception@pbx.example.com")
    phone.bug("decision.decide")
    return phone.call()

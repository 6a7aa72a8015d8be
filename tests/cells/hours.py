"""Opening hours: of an entry that is asked for, and of the steps of a chain."""

from typing import Any

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
)
from gateway.http_api import Response

# A Friday at one second to closing time, and at closing time; and Christmas, a Friday too.
BUSINESS, EVENING = "2026-11-27T16:59:59+01:00", "2026-11-27T17:00:00+01:00"
CHRISTMAS = "2026-12-25T10:00:00+01:00"
HOURS: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "weekly": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "dates": {"2026-12-25": []},
}
INSTEAD = HOURS | {"closed": "nightdesk"}
NIGHT_DESK = {"sip": "sip:nightdesk@pbx.example.com"}


def evening(phone: Phone) -> None:
    """Let it be after hours, with a night desk that takes calls."""
    phone.at(EVENING)
    phone.entry("nightdesk", dial=[NIGHT_DESK])


@cell("inbound-hold-open")
def inbound_in_business_hours(phone: Phone) -> Response:
    phone.at(BUSINESS)
    phone.entry(CALLED, dial=[AGENT_A], hours=INSTEAD)
    return phone.call()


@cell("refer-hold-open")
@cell("refer-release-open")
def refer_in_business_hours(phone: Phone) -> Response:
    phone.at(BUSINESS)
    phone.entry("agentb", dial=[AGENT_B], hours=INSTEAD)
    return phone.transfer()


@cell("inbound-hold-closed-instead")
@cell("inbound-release-closed-instead")
def inbound_closed_with_an_entry_instead(phone: Phone) -> Response:
    evening(phone)
    phone.entry(CALLED, dial=[AGENT_A], hours=INSTEAD)
    return phone.call()


@cell("refer-hold-closed-instead")
@cell("refer-release-closed-instead")
def refer_closed_with_an_entry_instead(phone: Phone) -> Response:
    evening(phone)
    phone.entry("agentb", dial=[AGENT_B], hours=INSTEAD)
    response = phone.transfer()
    record = phone.record()
    assert record is not None
    assert record["attempt#0"]["via"] == ["*/agentb"]
    return response


@cell("inbound-hold-closed", outcome="denied", code="closed")
@cell("inbound-release-closed", outcome="denied", code="closed")
def inbound_closed(phone: Phone) -> Response:
    phone.at(EVENING)
    phone.entry(CALLED, dial=[AGENT_A], hours=HOURS)
    return phone.call()


@cell("inbound-hold-closed-fallback", code="closed")
def inbound_closed_with_a_fallback(phone: Phone) -> Response:
    phone.at(EVENING)
    phone.entry(CALLED, dial=[AGENT_A], hours=HOURS, fallback=["agentc"])
    return phone.call()


@cell("refer-hold-closed", 403, outcome="denied", code="closed")
@cell("refer-hold-message-closed", code="closed")
@cell("refer-release-closed", code="closed")
def refer_closed(phone: Phone) -> Response:
    phone.at(EVENING)
    phone.entry("agentb", dial=[AGENT_B], hours=HOURS)
    return phone.transfer()


@cell("refer-hold-holiday", 403, outcome="denied", code="closed")
@cell("refer-release-holiday", code="closed")
def refer_on_a_date_that_is_closed(phone: Phone) -> Response:
    phone.at(CHRISTMAS)
    phone.entry("agentb", dial=[AGENT_B], hours=HOURS)
    return phone.transfer()


@cell("refer-hold-closed-instead-refused", 403, outcome="denied", code="closed")
@cell("refer-release-closed-instead-refused", code="closed")
def refer_closed_and_the_entry_instead_is_denied(phone: Phone) -> Response:
    phone.at(EVENING)
    phone.entry("nightdesk", deny="on leave")
    phone.entry("agentb", dial=[AGENT_B], hours=INSTEAD)
    return phone.transfer()


@cell("refer-hold-closed-circle", 403, outcome="denied", code="closed")
@cell("refer-release-closed-circle", code="closed")
def refer_closed_in_a_circle(phone: Phone) -> Response:
    phone.at(EVENING)
    phone.entry("nightdesk", dial=[NIGHT_DESK], hours=HOURS | {"closed": "agentb"})
    phone.entry("agentb", dial=[AGENT_B], hours=INSTEAD)
    return phone.transfer()


@cell(
    "refer-hold-closed-instead-table",
    503,
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
@cell("refer-release-closed-instead-table", code="closed", told="record_problem")
def refer_closed_and_the_entry_instead_cannot_be_read(phone: Phone) -> Response:
    evening(phone)
    phone.entry("agentb", dial=[AGENT_B], hours=INSTEAD)
    first = phone.answered()
    phone.one_read()
    return phone.refer(first)


@cell("refer-release-closed-instead-table-last-resort", code="closed", told="record_problem")
def refer_closed_and_nothing_else_can_be_read_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188", FALLBACK="agentc")
    return refer_closed_and_the_entry_instead_cannot_be_read(phone)


@cell(
    "inbound-hold-closed-instead-table",
    503,
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
def inbound_closed_and_the_entry_instead_cannot_be_read(phone: Phone) -> Response:
    evening(phone)
    phone.entry(CALLED, dial=[AGENT_A], hours=INSTEAD)
    phone.one_read()
    return phone.call()


@cell("refer-hold-closed-instead-table-again")
def refer_closed_repeated_when_the_table_is_back(phone: Phone) -> Response:
    evening(phone)
    phone.entry("agentb", dial=[AGENT_B], hours=INSTEAD)
    first = phone.answered()
    with phone.laptop.monkeypatch.context() as patch:
        patch.setattr("call_transfer.hop.next_plan", unreadable)
        assert phone.refer(first).status == 503
    return phone.refer(first)


@cell(
    "inbound-hold-closed-instead-table-last-resort",
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
def inbound_closed_and_nothing_else_can_be_read_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    return inbound_closed_and_the_entry_instead_cannot_be_read(phone)


@cell("refer-hold-hours-malformed", 503, outcome="unavailable", code="malformed_entry")
@cell("refer-release-hours-malformed", code="malformed_entry")
def refer_to_an_entry_of_a_zone_that_is_none(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B], hours=HOURS | {"zone": "Europe/Bonn"})
    return phone.transfer()


# --- in a chain -----------------------------------------------------------------------------------


def busy_in_the_evening(phone: Phone) -> Response:
    """Return what follows a busy target whose fallback is the overflow, then the transferor."""
    evening(phone)
    phone.entry("agentb", dial=[AGENT_B], fallback=["overflow", "transferor"])
    return phone.ended(phone.transfer(), "busy")


@cell("dial-result-release-closed-passed-over")
@cell("dial-result-hold-action-closed-passed-over")
def target_busy_and_the_fallback_is_closed(phone: Phone) -> Response:
    phone.entry("overflow", dial=[OVERFLOW], hours=HOURS)
    response = busy_in_the_evening(phone)
    record = phone.record()
    assert record is not None
    assert record["attempt#1"]["passed_over"] == [["overflow", "closed"]]
    return response


@cell("dial-result-release-closed-instead")
@cell("dial-result-hold-action-closed-instead")
def target_busy_and_the_fallback_is_closed_with_an_entry_instead(phone: Phone) -> Response:
    phone.entry("overflow", dial=[OVERFLOW], hours=INSTEAD)
    return busy_in_the_evening(phone)


@cell("dial-result-release-closed-instead-busy")
def entry_instead_of_a_closed_fallback_busy_too(phone: Phone) -> Response:
    following = target_busy_and_the_fallback_is_closed_with_an_entry_instead(phone)
    return phone.ended(following, "busy")


@cell("refer-release-denied-closed-passed-over", code="deny_entry")
def refer_denied_and_the_fallback_is_closed(phone: Phone) -> Response:
    phone.at(EVENING)
    phone.entry("agentc", dial=[AGENT_C], hours=HOURS)
    phone.entry("agentb", deny="not during the pilot", fallback=["agentc", "transferor"])
    return phone.transfer()

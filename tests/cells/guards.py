"""Guards: how often in a minute, how often the same party, which numbers, and how long it rings."""

from cells.table import (
    AGENT_A,
    AGENT_B,
    AGENT_C,
    OVERFLOW,
    TO_C,
    Phone,
    cell,
    refer_id_of,
)
from gateway.http_api import Response

TO_A = "<sip:agenta@pbx.example.com>"
TO_911 = "<sip:911@pbx.example.com>"
NOON = "2026-11-23T12:00"


# --- rate -----------------------------------------------------------------------------------------


def twice(phone: Phone, target: str) -> Response:
    """Refer to agent B, then to `target`, within a minute of the clock."""
    phone.at(f"{NOON}:01+00:00")
    first = phone.answered()
    phone.refer(first)
    phone.at(f"{NOON}:59+00:00")
    return phone.refer(first, target, 2)


@cell("refer-hold-rate-transferor", 403, outcome="denied", code="rate_limit")
@cell("refer-hold-message-rate-transferor", code="rate_limit")
@cell("refer-release-rate-transferor", code="rate_limit")
def refer_too_often_by_a_transferor(phone: Phone) -> Response:
    phone.setting(TRANSFEROR_PER_MINUTE="1")
    return twice(phone, TO_C)


@cell("refer-hold-rate-target", 403, outcome="denied", code="rate_limit")
@cell("refer-release-rate-target", code="rate_limit")
def refer_too_often_to_a_target(phone: Phone) -> Response:
    phone.setting(TARGET_PER_MINUTE="1")
    return twice(phone, "<sip:agentb@pbx.example.com;transport=tcp>")


@cell("refer-hold-rate-other-target")
def refer_often_but_to_different_targets(phone: Phone) -> Response:
    phone.setting(TARGET_PER_MINUTE="1")
    return twice(phone, TO_C)


@cell("refer-hold-rate-queue", 403, outcome="denied", code="rate_limit")
def refer_too_often_to_a_queue(phone: Phone) -> Response:
    phone.setting(TARGET_PER_MINUTE="1")
    phone.entry("agentb", enqueue="support")
    return twice(phone, "<sip:agentb@pbx.example.com>")


@cell("refer-hold-rate-tenant", 403, outcome="denied", code="rate_limit")
@cell("refer-release-rate-tenant", code="rate_limit")
def refer_too_often_in_an_account(phone: Phone) -> Response:
    phone.setting(TENANT_PER_MINUTE="1")
    return twice(phone, TO_C)


@cell("refer-hold-rate-next-minute")
def refer_again_in_the_next_minute(phone: Phone) -> Response:
    phone.setting(TRANSFEROR_PER_MINUTE="1")
    phone.at(f"{NOON}:59+00:00")
    first = phone.answered()
    phone.refer(first)
    phone.at("2026-11-23T12:01:00+00:00")
    return phone.refer(first, TO_C, 2)


@cell("refer-hold-rate-repeated", told="repeated")
@cell("refer-release-rate-repeated", told="repeated")
def refer_repeated_at_the_limit(phone: Phone) -> Response:
    phone.setting(TRANSFEROR_PER_MINUTE="1")
    phone.at(f"{NOON}:01+00:00")
    first = phone.answered()
    answer = phone.refer(first)
    again = phone.refer(first)
    assert again.body == answer.body
    return again


@cell("refer-hold-rate-repeated-not-counted")
def refer_after_one_that_came_twice(phone: Phone) -> Response:
    phone.setting(TRANSFEROR_PER_MINUTE="2")
    phone.at(f"{NOON}:01+00:00")
    first = phone.answered()
    phone.refer(first)
    phone.refer(first)
    return phone.refer(first, TO_C, 2)


@cell("refer-hold-rate-refused-not-counted")
def refer_after_one_that_was_denied(phone: Phone) -> Response:
    phone.setting(TRANSFEROR_PER_MINUTE="1")
    phone.entry("agentb", deny="not during the pilot")
    response = twice(phone, TO_C)
    assert phone.outcome((1, refer_id_of(1))) == "denied"
    return response


@cell("refer-hold-rate-refused-repeated", 403, outcome="denied", code="rate_limit", told="repeated")
@cell("refer-release-rate-refused-repeated", code="rate_limit", told="repeated")
def refer_too_often_repeated(phone: Phone) -> Response:
    phone.setting(TRANSFEROR_PER_MINUTE="1")
    phone.at(f"{NOON}:01+00:00")
    first = phone.answered()
    phone.refer(first)
    answer = phone.refer(first, TO_C, 2)
    again = phone.refer(first, TO_C, 2)
    assert (again.status, again.body) == (answer.status, answer.body)
    return again


@cell("refer-hold-rate-unknown-transferor")
def refer_often_by_nobody_who_is_known(phone: Phone) -> Response:
    phone.setting(TRANSFEROR_PER_MINUTE="1")
    phone.at(f"{NOON}:01+00:00")
    phone.refer("/refer/hold")
    return phone.refer("/refer/hold", TO_C, 2)


# --- loop -----------------------------------------------------------------------------------------


def handed_back(phone: Phone) -> Response:
    """Return the answer when agent B, transferred to, refers back to agent A."""
    phone.entry("agenta", dial=[AGENT_A])
    second = phone.transfer()
    phone.leg(second, "in-progress")
    return phone.refer(second, TO_A, 2)


@cell("refer-hold-loop", 403, outcome="denied", code="loop")
@cell("refer-hold-message-loop", code="loop")
@cell("refer-release-loop", code="loop")
def refer_in_a_loop(phone: Phone) -> Response:
    phone.setting(VISIT_LIMIT="1")
    return handed_back(phone)


@cell("refer-hold-handed-back")
@cell("refer-release-handed-back")
def refer_back_once(phone: Phone) -> Response:
    return handed_back(phone)


@cell("refer-hold-loop-of-one-of-several")
def refer_to_several_of_whom_one_has_had_the_call(phone: Phone) -> Response:
    phone.setting(VISIT_LIMIT="1")
    phone.entry("agentc", dial=[AGENT_A, AGENT_C])
    second = phone.transfer()
    phone.leg(second, "in-progress")
    return phone.refer(second, TO_C, 2)


# --- exact numbers --------------------------------------------------------------------------------


@cell("refer-hold-exact-only", 403, outcome="denied", code="exact_only")
@cell("refer-release-exact-only", code="exact_only")
def refer_to_911_at_a_host_that_may_be_dialled(phone: Phone) -> Response:
    phone.entry("*@pbx.example.com", dial="as_asked")
    return phone.transfer(TO_911)


@cell("refer-hold-exact")
def refer_to_911_by_an_entry_that_names_it(phone: Phone) -> Response:
    phone.entry("sip:911@pbx.example.com", dial="as_asked")
    return phone.transfer(TO_911)


@cell("inbound-hold-exact-only", outcome="denied", code="exact_only")
def inbound_to_911(phone: Phone) -> Response:
    phone.entry("*@example.sip.twilio.com", dial="as_asked")
    return phone.call("sip:911@example.sip.twilio.com", From="sip:usera@198.51.100.7")


# --- how long a transferor waits ------------------------------------------------------------------


@cell("refer-hold-wait-cut")
@cell("refer-release-wait-cut")
def refer_that_rings_longer_than_the_transferor_waits(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B], ring_timeout=60)
    return phone.transfer()


@cell("inbound-hold-wait-cut")
def inbound_that_rings_longer_than_a_transferor_would_wait(phone: Phone) -> Response:
    phone.entry("+18005550100", dial=[AGENT_A], ring_timeout=60)
    return phone.call()


@cell("refer-hold-wait-over", 403, outcome="denied", code="wait_over")
@cell("refer-release-wait-over")
def refer_to_more_in_turn_than_there_is_time_for(phone: Phone) -> Response:
    nouns = [{"sip": f"sip:{name}@pbx.example.com"} for name in "bcdefg"]
    phone.entry("agentb", dial=nouns, sequential=True)
    return phone.transfer()


def busy_after(phone: Phone, seconds: int) -> Response:
    """Return what follows a target that is busy so long after the REFER."""
    phone.entry("agentb", dial=[AGENT_B], fallback=["overflow", "transferor"])
    phone.at(f"{NOON}:00+00:00")
    second = phone.transfer()
    phone.at(f"{NOON}:{seconds:02d}+00:00")
    return phone.ended(second, "busy")


@cell("dial-result-hold-action-wait-cut")
@cell("dial-result-release-wait-cut")
def fallback_rings_for_the_rest_of_the_wait(phone: Phone) -> Response:
    return busy_after(phone, 15)


@cell("dial-result-hold-action-wait-over")
@cell("dial-result-release-wait-over")
def fallback_has_no_time_left_to_ring(phone: Phone) -> Response:
    response = busy_after(phone, 24)
    record = phone.record()
    assert record is not None
    passed_over = [["overflow", "wait_over"]] if phone.mode == "hold" else []
    assert record["attempt#1"]["passed_over"] == passed_over
    return response


@cell("dial-result-hold-action-wait-over-in-turn")
def next_in_turn_has_no_time_left_to_ring(phone: Phone) -> Response:
    nouns = [AGENT_B | {"ring_timeout": 20}, AGENT_C | {"ring_timeout": 20}, OVERFLOW]
    phone.entry("agentb", dial=nouns, sequential=True)
    phone.at(f"{NOON}:00+00:00")
    second = phone.transfer()
    phone.at(f"{NOON}:25+00:00")
    return phone.ended(second, "no-answer")

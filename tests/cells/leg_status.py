"""leg-status: the statusCallback of a noun."""

from call_transfer.links import Mode
from cells.table import AGENT_B, AGENT_C, TO_C, Phone, cell, unrecorded
from gateway.http_api import Response


@cell("leg-status-hold-initial", 204)
@cell("leg-status-release-initial", 204)
def leg_of_the_initial_call_completed(phone: Phone) -> Response:
    return phone.leg(phone.answered(), "completed", sequence=3, CallDuration="42")


@cell("leg-status-hold-initiated", 204)
@cell("leg-status-release-initiated", 204)
def leg_initiated(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "initiated")


@cell("leg-status-hold-ringing", 204)
@cell("leg-status-release-ringing", 204)
def leg_ringing(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "ringing", sequence=1)


@cell("leg-status-hold-answered", 204)
@cell("leg-status-release-answered", 204)
def leg_answered(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "in-progress", sequence=2)


@cell("leg-status-hold-completed", 204, outcome="answered")
@cell("leg-status-release-completed", 204)
@cell("leg-status-hold-action-completed", 204)
def leg_completed(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "in-progress", sequence=2)
    return phone.leg(second, "completed", sequence=3, CallDuration="42")


@cell("leg-status-hold-busy", 204, outcome="recalled")
@cell("leg-status-release-busy", 204)
@cell("leg-status-hold-action-busy", 204)
def leg_busy(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "busy", sequence=1, SipResponseCode="486")


@cell("leg-status-hold-no-answer", 204, outcome="recalled")
@cell("leg-status-release-no-answer", 204)
def leg_not_answered(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "no-answer", sequence=2)


@cell("leg-status-hold-failed", 204, outcome="recalled")
@cell("leg-status-release-failed", 204)
def leg_failed(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "failed", sequence=1, SipResponseCode="503")


@cell("leg-status-hold-transferee-gone", 204, outcome="canceled")
@cell("leg-status-release-transferee-gone", 204)
def leg_canceled(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "canceled", sequence=2)


@cell("leg-status-hold-transferor-gone", 204, outcome="recalled")
def leg_busy_when_the_transferor_has_hung_up(phone: Phone) -> Response:
    first = phone.answered()
    second = phone.refer(first)
    phone.leg(first, "completed", sequence=3)
    phone.ended(first, "completed")
    return phone.leg(second, "busy", sequence=1)


@cell("leg-status-hold-transferor-gone-answered", 204, outcome="answered")
def leg_completed_when_the_transferor_has_hung_up(phone: Phone) -> Response:
    first = phone.answered()
    second = phone.refer(first)
    phone.leg(first, "completed", sequence=3)
    phone.ended(first, "completed")
    return phone.leg(second, "completed", sequence=3)


@cell("leg-status-hold-several-first", 204)
@cell("leg-status-release-several-first", 204)
def first_of_several_legs_busy(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, AGENT_C])
    return phone.leg(phone.transfer(), "busy", noun=0)


@cell("leg-status-hold-several-last", 204, outcome="recalled")
@cell("leg-status-release-several-last", 204)
def last_of_several_legs_not_answered(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, AGENT_C])
    second = phone.transfer()
    phone.leg(second, "busy", noun=0)
    return phone.leg(second, "no-answer", noun=1)


@cell("leg-status-hold-several-answered", 204, outcome="answered")
@cell("leg-status-release-several-answered", 204)
def one_of_several_legs_completed(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, AGENT_C])
    second = phone.transfer()
    phone.leg(second, "canceled", noun=0)
    return phone.leg(second, "completed", noun=1)


@cell("leg-status-hold-second", 204, outcome="answered")
def leg_of_a_second_refer(phone: Phone) -> Response:
    first = phone.answered()
    phone.leg(phone.refer(first), "busy")
    earlier = phone.about
    response = phone.leg(phone.refer(first, TO_C, 2), "completed")
    assert phone.outcome(earlier) == "recalled"
    return response


@cell("leg-status-hold-repeated", 204, outcome="recalled")
@cell("leg-status-release-repeated", 204)
def leg_repeated(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "busy", sequence=1)
    before = phone.record()
    response = phone.leg(second, "busy", sequence=1)
    assert phone.record() == before
    return response


@cell("leg-status-hold-late", 204, outcome="answered")
@cell("leg-status-release-late", 204, outcome="answered")
def leg_told_late(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "completed", sequence=3)
    if phone.mode is Mode.RELEASE:
        phone.ended(second, "completed")
    return phone.leg(second, "ringing", sequence=1)


@cell("leg-status-hold-out-of-order", 204, outcome="answered")
@cell("leg-status-release-out-of-order", 204)
def legs_out_of_order(phone: Phone) -> Response:
    second = phone.transfer()
    for sequence, status in ((3, "completed"), (0, "initiated"), (2, "in-progress")):
        phone.leg(second, status, sequence=sequence)
    return phone.leg(second, "ringing", sequence=1)


@cell("leg-status-hold-early", 204, outcome="recalled")
@cell("leg-status-release-early", 204)
def leg_told_before_the_record_of_its_hop(phone: Phone) -> Response:
    return phone.leg(unrecorded(phone), "busy")


@cell("leg-status-hold-record", 503, told="record_problem")
@cell("leg-status-release-record", 503, told="record_problem")
def leg_record_not_written(phone: Phone) -> Response:
    second = phone.transfer()
    phone.outage("UpdateItem")
    return phone.leg(second, "busy")


@cell("leg-status-hold-bug", 503, told="bug")
@cell("leg-status-release-bug", 503, told="bug")
def leg_bug(phone: Phone) -> Response:
    second = phone.transfer()
    phone.bug("progress.add")
    return phone.leg(second, "busy")


# --- the cells ------------------------------------------------------------------------------------

"""dial-result: the action of a Dial."""

from call_transfer.links import Mode
from cells.table import AGENT_A, AGENT_B, CALLED, OPEN, TO_C, Phone, cell, unrecorded
from gateway.http_api import Response
from laptop import SESSION, leg_sid

# The record does not say it, but the end of the hop is told.
BUSY_UNRECORDED = "busy, not recorded"


@cell("dial-result-hold-initial-answered", outcome="answered")
@cell("dial-result-release-initial-answered", outcome="answered")
def initial_call_answered(phone: Phone) -> Response:
    return phone.ended(phone.answered(), "completed", DialCallDuration="42")


@cell("dial-result-hold-initial-busy", outcome="busy")
@cell("dial-result-release-initial-busy", outcome="busy")
def initial_call_busy(phone: Phone) -> Response:
    return phone.ended(phone.call(), "busy")


@cell("dial-result-hold-initial-no-answer", outcome="no_answer")
@cell("dial-result-release-initial-no-answer", outcome="no_answer")
def initial_call_not_answered(phone: Phone) -> Response:
    return phone.ended(phone.call(), "no-answer")


@cell("dial-result-hold-initial-failed", outcome="failed")
@cell("dial-result-release-initial-failed", outcome="failed")
def initial_call_failed(phone: Phone) -> Response:
    return phone.ended(phone.call(), "failed", DialSipResponseCode="404")


@cell("dial-result-hold-initial-busy-fallback")
@cell("dial-result-release-initial-busy-fallback")
def initial_call_busy_with_a_fallback(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], fallback=["agentc"])
    return phone.ended(phone.call(), "busy")


@cell("dial-result-hold-initial-caller-gone", outcome="abandoned")
@cell("dial-result-release-initial-caller-gone", outcome="abandoned")
def initial_call_given_up(phone: Phone) -> Response:
    return phone.ended(phone.call(), "no-answer", CallStatus="completed")


@cell("dial-result-hold-initial-table", outcome=BUSY_UNRECORDED, told="record_problem")
@cell("dial-result-release-initial-table", outcome=BUSY_UNRECORDED, told="record_problem")
def initial_call_busy_table_unreadable(phone: Phone) -> Response:
    first = phone.call()
    phone.outage("BatchGetItem")
    return phone.ended(first, "busy")


@cell("dial-result-hold-initial-bug", told="bug")
@cell("dial-result-release-initial-bug", told="bug")
def initial_call_busy_bug(phone: Phone) -> Response:
    first = phone.call()
    phone.bug("progress.ended")
    return phone.ended(first, "busy")


@cell("dial-result-hold-stray", outcome="answered")
@cell("dial-result-release-stray", outcome="answered")
def stray_action_of_the_first_dial(phone: Phone) -> Response:
    first = phone.answered()
    phone.refer(first)
    transfer = phone.about
    stray = phone.ended(first, "completed", DialCallDuration="30")
    assert phone.outcome(transfer) == OPEN
    return stray


@cell("dial-result-hold-stray-late", outcome="answered")
@cell("dial-result-release-stray-late", outcome="answered")
def stray_action_when_the_target_was_busy_already(phone: Phone) -> Response:
    first = phone.answered()
    second = phone.refer(first)
    phone.leg(second, "busy")
    if phone.mode is Mode.RELEASE:
        phone.ended(phone.ended(second, "busy"), "completed")
    transfer = phone.about
    stray = phone.ended(first, "completed", DialCallDuration="30")
    assert phone.outcome(transfer) == "recalled"
    return stray


@cell("dial-result-release-answered", outcome="answered")
@cell("dial-result-hold-action-answered", outcome="answered")
def target_answered(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "completed", DialCallDuration="42")


@cell("dial-result-release-busy")
@cell("dial-result-hold-action-busy")
def target_busy(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "busy", DialSipResponseCode="486")


@cell("dial-result-release-no-answer")
@cell("dial-result-hold-action-no-answer")
def target_did_not_answer(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "no-answer")


@cell("dial-result-release-failed")
@cell("dial-result-hold-action-failed")
def target_failed(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "failed", DialSipResponseCode="503")


@cell("dial-result-release-canceled")
def target_canceled(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "canceled")


@cell("dial-result-release-new-status")
def target_ended_in_a_way_that_is_new(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "declined")


@cell("dial-result-release-transferee-gone", outcome="abandoned")
@cell("dial-result-hold-action-transferee-gone", outcome="abandoned")
def transferee_gone(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "no-answer", CallStatus="completed")


@cell("dial-result-release-busy-no-fallback", outcome="busy")
@cell("dial-result-hold-action-busy-no-fallback", outcome="busy")
def target_busy_without_a_fallback(phone: Phone) -> Response:
    phone.setting(FALLBACK="")
    return phone.ended(phone.transfer(), "busy")


def overflowing(phone: Phone) -> Response:
    """Return the Dial of a fallback, with the transferor as the last in the chain."""
    phone.entry("agentb", dial=[AGENT_B], fallback=["overflow", "transferor"])
    return phone.ended(phone.transfer(), "busy")


@cell("dial-result-release-busy-fallback")
@cell("dial-result-hold-action-busy-fallback")
def target_busy_with_a_fallback(phone: Phone) -> Response:
    return overflowing(phone)


@cell("dial-result-release-busy-fallback-refused")
def target_busy_and_the_fallback_is_refused(phone: Phone) -> Response:
    phone.entry("overflow", deny="closed")
    return overflowing(phone)


@cell("dial-result-release-fallback-answered", outcome="fallback")
def fallback_answered(phone: Phone) -> Response:
    return phone.ended(overflowing(phone), "completed")


@cell("dial-result-release-fallback-busy")
def fallback_busy(phone: Phone) -> Response:
    return phone.ended(overflowing(phone), "busy")


@cell("dial-result-release-recall-answered", outcome="recalled")
@cell("dial-result-hold-action-recall-answered", outcome="recalled")
def recalled_transferor_answered(phone: Phone) -> Response:
    return phone.ended(phone.ended(phone.transfer(), "busy"), "completed")


@cell("dial-result-release-recall-busy", outcome="no_answer")
@cell("dial-result-hold-action-recall-busy", outcome="no_answer")
def recalled_transferor_busy(phone: Phone) -> Response:
    return phone.ended(phone.ended(phone.transfer(), "no-answer"), "busy")


@cell("dial-result-release-denied-recall-answered", outcome="recalled")
@cell("dial-result-hold-message-denied-recall-answered", outcome="recalled")
def recalled_after_a_refusal(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.ended(phone.transfer(), "completed")


@cell("dial-result-release-denied-recall-busy", outcome="denied")
@cell("dial-result-hold-message-denied-recall-busy", outcome="denied")
def recalled_after_a_refusal_but_busy(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.ended(phone.transfer(), "busy")


@cell("dial-result-release-by-caller-busy", outcome="busy")
def target_busy_of_the_party_that_called_in(phone: Phone) -> Response:
    second = phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)
    return phone.ended(second, "busy", CallSid=leg_sid(1))


@cell("dial-result-release-by-caller-recall")
def target_busy_of_the_party_that_called_in_and_has_an_entry(phone: Phone) -> Response:
    phone.entry("+14155550199", dial="as_asked")
    second = phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)
    return phone.ended(second, "busy", CallSid=leg_sid(1))


@cell("dial-result-release-foreign-busy", outcome="busy")
def target_of_a_foreign_dial_busy(phone: Phone) -> Response:
    return phone.ended(phone.refer("/refer/release"), "busy")


@cell("dial-result-release-foreign-busy-fallback")
def target_of_a_foreign_dial_busy_with_a_fallback(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B], fallback=["transferor", "overflow"])
    return phone.ended(phone.refer("/refer/release"), "busy")


@cell("dial-result-release-chained-busy")
def target_of_a_second_transfer_busy(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "in-progress")
    return phone.ended(phone.refer(second, TO_C, 2), "busy")


@cell("dial-result-release-table", outcome=BUSY_UNRECORDED, told="record_problem")
@cell("dial-result-hold-action-table", outcome=BUSY_UNRECORDED, told="record_problem")
def target_busy_table_unreadable(phone: Phone) -> Response:
    second = phone.transfer()
    phone.outage("BatchGetItem")
    return phone.ended(second, "busy")


@cell("dial-result-release-table-last-resort", told="record_problem")
@cell("dial-result-hold-action-table-last-resort", told="record_problem")
def target_busy_table_unreadable_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    second = phone.transfer()
    phone.outage("BatchGetItem")
    return phone.ended(second, "busy")


@cell("dial-result-release-last-resort-answered", outcome="fallback")
def last_resort_answered(phone: Phone) -> Response:
    return phone.ended(target_busy_table_unreadable_with_a_last_resort(phone), "completed")


@cell("dial-result-release-last-resort-busy", outcome="no_answer")
def last_resort_busy(phone: Phone) -> Response:
    return phone.ended(target_busy_table_unreadable_with_a_last_resort(phone), "no-answer")


@cell("dial-result-release-no-record", outcome="busy")
def target_busy_without_a_record(phone: Phone) -> Response:
    return phone.ended(unrecorded(phone), "busy")


@cell("dial-result-release-no-record-last-resort")
def target_busy_without_a_record_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    return phone.ended(unrecorded(phone), "busy")


@cell("dial-result-release-record", told="record_problem")
@cell("dial-result-hold-action-record", told="record_problem")
def target_busy_record_not_written(phone: Phone) -> Response:
    second = phone.transfer()
    phone.outage("UpdateItem")
    return phone.ended(second, "busy")


@cell(
    "dial-result-release-record-answered", outcome="answered, not recorded", told="record_problem"
)
@cell(
    "dial-result-hold-action-record-answered",
    outcome="answered, not recorded",
    told="record_problem",
)
def target_answered_record_not_written(phone: Phone) -> Response:
    second = phone.transfer()
    phone.outage("UpdateItem")
    return phone.ended(second, "completed")


@cell("dial-result-release-repeated")
@cell("dial-result-hold-action-repeated")
def target_busy_repeated(phone: Phone) -> Response:
    second = phone.transfer()
    answer = phone.ended(second, "busy")
    phone.setting(FALLBACK="overflow")
    again = phone.ended(second, "busy")
    assert again.body == answer.body
    return again


@cell("dial-result-release-late", outcome="recalled")
@cell("dial-result-hold-action-late", outcome="recalled")
def target_busy_told_again_when_the_recall_is_over(phone: Phone) -> Response:
    second = phone.transfer()
    phone.ended(phone.ended(second, "busy"), "completed")
    return phone.ended(second, "busy")


@cell("dial-result-release-out-of-order", outcome="answered")
@cell("dial-result-hold-action-out-of-order", outcome="answered")
def action_before_the_legs_of_its_dial(phone: Phone) -> Response:
    second = phone.transfer()
    response = phone.ended(second, "completed")
    phone.leg(second, "completed", sequence=3)
    phone.leg(second, "ringing", sequence=1)
    return response


@cell("dial-result-release-bug", told="bug")
@cell("dial-result-hold-action-bug", told="bug")
def target_busy_bug(phone: Phone) -> Response:
    second = phone.transfer()
    phone.bug("progress.ended")
    return phone.ended(second, "busy")


@cell("dial-result-release-bug-last-resort", told="bug")
@cell("dial-result-hold-action-bug-last-resort", told="bug")
def target_busy_bug_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="sip:reception@pbx.example.com")
    second = phone.transfer()
    phone.bug("progress.ended")
    return phone.ended(second, "busy")


@cell("dial-result-release-last-resort-bug", told="bug")
def last_resort_busy_bug(phone: Phone) -> Response:
    last = target_busy_bug_with_a_last_resort(phone)
    return phone.ended(last, "busy")

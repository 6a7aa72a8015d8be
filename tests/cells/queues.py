"""verb-result: the action of an Enqueue, and what every verb does when something of ours fails."""

from cells.table import CALLED, Phone, cell, unrecorded
from gateway.http_api import Response

# The record does not say it, but the end of the hop is told.
FULL_UNRECORDED = "failed, not recorded"


def queued(phone: Phone) -> Response:
    """Return the Enqueue of a transfer, with the chain of the settings."""
    phone.entry("agentb", enqueue="support")
    return phone.transfer()


@cell("verb-result-hold-enqueue-bridged", outcome="queued")
@cell("verb-result-release-enqueue-bridged", outcome="queued")
def queue_bridged(phone: Phone) -> Response:
    return phone.verb(queued(phone), "Enqueue", QueueResult="bridged", QueueTime="42")


@cell("verb-result-hold-initial-enqueue-bridged", outcome="queued")
def queue_of_the_initial_call_bridged(phone: Phone) -> Response:
    phone.entry(CALLED, enqueue="support")
    return phone.verb(phone.call(), "Enqueue", QueueResult="bridged", QueueTime="42")


@cell("verb-result-hold-enqueue-redirected", outcome="queued")
@cell("verb-result-release-enqueue-redirected", outcome="queued")
def queue_redirected(phone: Phone) -> Response:
    return phone.verb(queued(phone), "Enqueue", QueueResult="redirected", QueueTime="42")


@cell("verb-result-hold-enqueue-full")
@cell("verb-result-release-enqueue-full")
def queue_full(phone: Phone) -> Response:
    return phone.verb(queued(phone), "Enqueue", QueueResult="queue-full", QueueTime="0")


@cell("verb-result-hold-enqueue-error")
@cell("verb-result-release-enqueue-error")
def queue_error(phone: Phone) -> Response:
    return phone.verb(queued(phone), "Enqueue", QueueResult="system-error")


@cell("verb-result-hold-enqueue-left")
@cell("verb-result-release-enqueue-left")
def queue_left(phone: Phone) -> Response:
    return phone.verb(queued(phone), "Enqueue", QueueResult="leave", QueueTime="180")


@cell("verb-result-hold-enqueue-new-result")
@cell("verb-result-release-enqueue-new-result")
def queue_ended_in_a_way_that_is_new(phone: Phone) -> Response:
    return phone.verb(queued(phone), "Enqueue", QueueResult="evaporated")


@cell("verb-result-hold-enqueue-caller-gone", outcome="abandoned")
@cell("verb-result-release-enqueue-caller-gone", outcome="abandoned")
def queue_given_up(phone: Phone) -> Response:
    gone = {"CallStatus": "completed", "QueueResult": "hangup"}
    return phone.verb(queued(phone), "Enqueue", **gone)


@cell("verb-result-hold-enqueue-full-no-fallback", outcome="failed")
@cell("verb-result-release-enqueue-full-no-fallback", outcome="failed")
def queue_full_without_a_fallback(phone: Phone) -> Response:
    phone.setting(FALLBACK="")
    return queue_full(phone)


@cell("verb-result-hold-enqueue-left-no-fallback", outcome="no_answer")
@cell("verb-result-release-enqueue-left-no-fallback", outcome="no_answer")
def queue_left_without_a_fallback(phone: Phone) -> Response:
    phone.setting(FALLBACK="")
    return queue_left(phone)


@cell("verb-result-hold-initial-enqueue-full", outcome="failed")
@cell("verb-result-release-initial-enqueue-full", outcome="failed")
def queue_of_the_initial_call_full(phone: Phone) -> Response:
    phone.entry(CALLED, enqueue="support")
    return phone.verb(phone.call(), "Enqueue", QueueResult="queue-full")


@cell("verb-result-hold-initial-enqueue-full-fallback")
def queue_of_the_initial_call_full_with_a_fallback(phone: Phone) -> Response:
    phone.entry(CALLED, enqueue="support", fallback=["agentc"])
    return phone.verb(phone.call(), "Enqueue", QueueResult="queue-full")


@cell("verb-result-hold-enqueue-slow")
def queue_left_long_after_a_transferor_would_have_waited(phone: Phone) -> Response:
    phone.setting(FALLBACK="agentc")
    phone.at("2026-11-23T12:00:00+00:00")
    waiting = queued(phone)
    phone.at("2026-11-23T12:10:00+00:00")
    return phone.verb(waiting, "Enqueue", QueueResult="leave", QueueTime="600")


@cell("verb-result-hold-fallback-enqueue-bridged", outcome="queued")
@cell("verb-result-release-fallback-enqueue-bridged", outcome="queued")
def queue_of_a_fallback_bridged(phone: Phone) -> Response:
    phone.entry("overflow", enqueue="support")
    phone.setting(FALLBACK="overflow")
    full = queue_full(phone)
    return phone.verb(full, "Enqueue", QueueResult="bridged", QueueTime="42")


@cell("dial-result-hold-queue-recall-answered", outcome="recalled")
@cell("dial-result-release-queue-recall-answered", outcome="recalled")
def recalled_after_a_queue_was_full(phone: Phone) -> Response:
    return phone.ended(queue_full(phone), "completed", DialCallDuration="42")


@cell("dial-result-hold-queue-recall-busy", outcome="failed")
@cell("dial-result-release-queue-recall-busy", outcome="failed")
def recalled_after_a_queue_was_full_but_busy(phone: Phone) -> Response:
    return phone.ended(queue_full(phone), "busy")


# --- what goes wrong beside it --------------------------------------------------------------------


@cell("verb-result-hold-enqueue-repeated")
@cell("verb-result-release-enqueue-repeated")
def queue_full_repeated(phone: Phone) -> Response:
    queue = queued(phone)
    answer = phone.verb(queue, "Enqueue", QueueResult="queue-full")
    phone.setting(FALLBACK="overflow")
    again = phone.verb(queue, "Enqueue", QueueResult="queue-full")
    assert again.body == answer.body
    return again


@cell("verb-result-hold-enqueue-table", outcome=FULL_UNRECORDED, told="record_problem")
@cell("verb-result-release-enqueue-table", outcome=FULL_UNRECORDED, told="record_problem")
def queue_full_table_unreadable(phone: Phone) -> Response:
    queue = queued(phone)
    phone.outage("BatchGetItem")
    return phone.verb(queue, "Enqueue", QueueResult="queue-full")


@cell("verb-result-hold-enqueue-table-last-resort", told="record_problem")
@cell("verb-result-release-enqueue-table-last-resort", told="record_problem")
def queue_full_table_unreadable_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    return queue_full_table_unreadable(phone)


@cell("verb-result-hold-enqueue-table-bridged", outcome="queued")
def queue_bridged_table_unreadable(phone: Phone) -> Response:
    queue = queued(phone)
    phone.outage("BatchGetItem")
    return phone.verb(queue, "Enqueue", QueueResult="bridged", QueueTime="42")


def queue_of_no_record(phone: Phone) -> Response:
    """Return the answer to a full queue whose hop could not be recorded."""
    phone.entry("agentb", enqueue="support")
    return phone.verb(unrecorded(phone), "Enqueue", QueueResult="queue-full")


@cell("verb-result-hold-enqueue-no-record", outcome="failed")
@cell("verb-result-release-enqueue-no-record", outcome="failed")
def queue_full_without_a_record(phone: Phone) -> Response:
    return queue_of_no_record(phone)


@cell("verb-result-hold-enqueue-no-record-last-resort")
@cell("verb-result-release-enqueue-no-record-last-resort")
def queue_full_without_a_record_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    return queue_of_no_record(phone)


@cell("verb-result-hold-enqueue-record", told="record_problem")
@cell("verb-result-release-enqueue-record", told="record_problem")
def queue_full_record_not_written(phone: Phone) -> Response:
    queue = queued(phone)
    phone.outage("UpdateItem")
    return phone.verb(queue, "Enqueue", QueueResult="queue-full")


@cell(
    "verb-result-hold-enqueue-record-bridged",
    outcome="queued, not recorded",
    told="record_problem",
)
def queue_bridged_record_not_written(phone: Phone) -> Response:
    queue = queued(phone)
    phone.outage("UpdateItem")
    return phone.verb(queue, "Enqueue", QueueResult="bridged", QueueTime="42")


def queue_with_a_bug(phone: Phone, result: str) -> Response:
    """Return the answer to the end of a queue when our own code fails."""
    queue = queued(phone)
    phone.bug("progress.ended")
    return phone.verb(queue, "Enqueue", QueueResult=result)


@cell("verb-result-hold-enqueue-bug", told="bug")
@cell("verb-result-release-enqueue-bug", told="bug")
def queue_full_bug(phone: Phone) -> Response:
    return queue_with_a_bug(phone, "queue-full")


@cell("verb-result-hold-enqueue-bug-last-resort", told="bug")
@cell("verb-result-release-enqueue-bug-last-resort", told="bug")
def queue_full_bug_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="sip:reception@pbx.example.com")
    return queue_with_a_bug(phone, "queue-full")


@cell("verb-result-hold-enqueue-bug-bridged", told="bug")
def queue_bridged_bug(phone: Phone) -> Response:
    return queue_with_a_bug(phone, "bridged")

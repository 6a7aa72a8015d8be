"""verb-result and recording-status: the action of a Record, and what is told of recordings."""

from cells.table import AGENT_B, CALLED, RECORDING, VOICEMAIL, Phone, cell, unrecorded
from gateway.http_api import Response

MESSAGE = {
    "RecordingSid": RECORDING,
    "RecordingUrl": f"https://api.twilio.com/2010-04-01/Recordings/{RECORDING}",
    "RecordingDuration": "9",
}


def spoken_to(phone: Phone) -> Response:
    """Return the Record of a transfer to voicemail, with the chain of the settings."""
    phone.entry("agentb", voicemail=VOICEMAIL)
    return phone.transfer()


@cell("verb-result-hold-record-message", outcome="voicemail")
@cell("verb-result-release-record-message", outcome="voicemail")
def message_left(phone: Phone) -> Response:
    response = phone.verb(spoken_to(phone), "Record", **MESSAGE)
    record = phone.record()
    assert record is not None
    assert record[f"recording#{RECORDING}"]["url"] == MESSAGE["RecordingUrl"]
    assert record["talk_seconds"] == 9
    return response


@cell("verb-result-hold-initial-record-message", outcome="voicemail")
def message_left_by_the_initial_call(phone: Phone) -> Response:
    phone.entry(CALLED, voicemail=VOICEMAIL)
    return phone.verb(phone.call(), "Record", **MESSAGE)


@cell("verb-result-release-fallback-record-message", outcome="voicemail")
@cell("verb-result-hold-action-fallback-record-message", outcome="voicemail")
def message_left_after_a_busy_target(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B], fallback=["mailbox"])
    phone.entry("mailbox", voicemail=VOICEMAIL)
    return phone.verb(phone.ended(phone.transfer(), "busy"), "Record", **MESSAGE)


@cell("verb-result-hold-record-message-gone", outcome="voicemail")
@cell("verb-result-release-record-message-gone", outcome="voicemail")
def message_left_and_hung_up(phone: Phone) -> Response:
    gone = MESSAGE | {"CallStatus": "completed", "Digits": "hangup"}
    return phone.verb(spoken_to(phone), "Record", **gone)


@cell("verb-result-hold-record-silent")
@cell("verb-result-release-record-silent")
def nothing_said(phone: Phone) -> Response:
    return phone.verb(spoken_to(phone), "Redirect")


@cell("verb-result-hold-record-silent-no-fallback", outcome="no_answer")
@cell("verb-result-release-record-silent-no-fallback", outcome="no_answer")
def nothing_said_without_a_fallback(phone: Phone) -> Response:
    phone.setting(FALLBACK="")
    return nothing_said(phone)


@cell("verb-result-hold-initial-record-silent", outcome="no_answer")
def nothing_said_by_the_initial_call(phone: Phone) -> Response:
    phone.entry(CALLED, voicemail=VOICEMAIL)
    return phone.verb(phone.call(), "Redirect")


@cell("verb-result-hold-record-empty")
@cell("verb-result-release-record-empty")
def message_of_no_length(phone: Phone) -> Response:
    return phone.verb(spoken_to(phone), "Record", **(MESSAGE | {"RecordingDuration": "0"}))


@cell("verb-result-hold-record-gone", outcome="abandoned")
@cell("verb-result-release-record-gone", outcome="abandoned")
def hung_up_without_a_message(phone: Phone) -> Response:
    return phone.verb(spoken_to(phone), "Record", CallStatus="completed", Digits="hangup")


@cell("verb-result-hold-record-repeated", outcome="voicemail")
@cell("verb-result-release-record-repeated", outcome="voicemail")
def message_left_repeated(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.verb(mailbox, "Record", **MESSAGE)
    before = phone.record()
    again = phone.verb(mailbox, "Record", **MESSAGE)
    assert phone.record() == before
    return again


@cell("verb-result-hold-record-table", outcome="voicemail")
def message_left_table_unreadable(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.outage("BatchGetItem")
    return phone.verb(mailbox, "Record", **MESSAGE)


@cell(
    "verb-result-hold-record-silent-table",
    outcome="no_answer, not recorded",
    told="record_problem",
)
def nothing_said_table_unreadable(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.outage("BatchGetItem")
    return phone.verb(mailbox, "Redirect")


@cell("verb-result-hold-record-record", outcome="voicemail, not recorded", told="record_problem")
@cell("verb-result-release-record-record", outcome="voicemail, not recorded", told="record_problem")
def message_left_record_not_written(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.outage("UpdateItem")
    return phone.verb(mailbox, "Record", **MESSAGE)


@cell("verb-result-hold-record-bug", told="bug")
@cell("verb-result-release-record-bug", told="bug")
def message_left_bug(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.bug("progress.ended")
    return phone.verb(mailbox, "Record", **MESSAGE)


@cell("verb-result-hold-record-silent-bug", told="bug")
def nothing_said_bug(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.bug("progress.ended")
    return phone.verb(mailbox, "Redirect")


# --- recording-status -----------------------------------------------------------------------------


def recorded(phone: Phone) -> Response:
    """Return the Dial of a transfer that is recorded."""
    phone.entry("agentb", dial=[AGENT_B], record="record-from-answer")
    return phone.transfer()


@cell("recording-status-hold-dial", 204)
@cell("recording-status-release-dial", 204)
def recording_of_a_dial(phone: Phone) -> Response:
    response = phone.recording(recorded(phone), "Dial", **MESSAGE)
    record = phone.record()
    assert record is not None
    assert record[f"recording#{RECORDING}"]["duration"] == 9
    return response


@cell("recording-status-hold-dial-answered", 204, outcome="answered")
@cell("recording-status-release-dial-answered", 204, outcome="answered")
def recording_of_a_dial_that_is_over(phone: Phone) -> Response:
    second = recorded(phone)
    phone.leg(second, "completed", sequence=3, CallDuration="42")
    if phone.mode == "release":
        phone.ended(second, "completed")
    return phone.recording(second, "Dial", **MESSAGE)


@cell("recording-status-hold-initial", 204)
def recording_of_the_initial_call(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_B], record="record-from-ringing")
    return phone.recording(phone.call(), "Dial", **MESSAGE)


@cell("recording-status-hold-dial-absent", 204)
@cell("recording-status-release-dial-absent", 204)
def recording_of_a_dial_absent(phone: Phone) -> Response:
    return phone.recording(recorded(phone), "Dial", RecordingStatus="absent")


@cell("recording-status-hold-early", 204)
@cell("recording-status-release-early", 204)
def recording_of_a_dial_without_a_record(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B], record="record-from-answer")
    return phone.recording(unrecorded(phone), "Dial", **MESSAGE)


@cell("recording-status-hold-voicemail", 204, outcome="voicemail")
@cell("recording-status-release-voicemail", 204, outcome="voicemail")
def recording_of_a_voicemail_alone(phone: Phone) -> Response:
    return phone.recording(spoken_to(phone), "Record", **MESSAGE)


@cell("recording-status-hold-voicemail-after", 204, outcome="voicemail")
@cell("recording-status-release-voicemail-after", 204, outcome="voicemail")
def recording_of_a_voicemail_after_its_action(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.verb(mailbox, "Record", **MESSAGE)
    return phone.recording(mailbox, "Record", **MESSAGE)


@cell("recording-status-hold-voicemail-absent", 204)
@cell("recording-status-release-voicemail-absent", 204)
def recording_of_a_voicemail_absent(phone: Phone) -> Response:
    return phone.recording(spoken_to(phone), "Record", RecordingStatus="absent")


@cell("recording-status-hold-repeated", 204, outcome="voicemail")
def recording_repeated(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.recording(mailbox, "Record", **MESSAGE)
    before = phone.record()
    response = phone.recording(mailbox, "Record", **MESSAGE)
    assert phone.record() == before
    return response


@cell("recording-status-hold-dial-record", 503, told="record_problem")
@cell("recording-status-release-dial-record", 503, told="record_problem")
def recording_of_a_dial_not_written(phone: Phone) -> Response:
    second = recorded(phone)
    phone.outage("UpdateItem")
    return phone.recording(second, "Dial", **MESSAGE)


@cell("recording-status-hold-voicemail-record", 503, told="record_problem")
@cell("recording-status-release-voicemail-record", 503, told="record_problem")
def recording_of_a_voicemail_not_written(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.outage("UpdateItem")
    return phone.recording(mailbox, "Record", **MESSAGE)


@cell("recording-status-hold-bug", 503, told="bug")
@cell("recording-status-release-bug", 503, told="bug")
def recording_bug(phone: Phone) -> Response:
    mailbox = spoken_to(phone)
    phone.bug("progress.add")
    return phone.recording(mailbox, "Record", **MESSAGE)

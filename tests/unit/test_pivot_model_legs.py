"""What a called leg tells, and what is said to it first: statusCallback and url of the nouns.

Sources: Twilio's pages <Number> and <Sip>. [I] in a comment is inferred: no page says it.
"""

from email.utils import parsedate_to_datetime

import pytest

from model_calls import ACCOUNT, UNREACHABLE, Answer, failed, leg, party, play, sip
from pivot.model.parties import Answers, Declines, HangsUp, Party, Presses, Reaction, Rings
from pivot.model.session import BEGAN
from pivot.model.signals import (
    Bye,
    Cancel,
    Connect,
    Fetch,
    HungUp,
    PickedUp,
    PickUp,
    Purpose,
    Referred,
)
from pivot.overrides import Outcome

ALL = 'statusCallback="/leg" statusCallbackEvent="initiated ringing answered completed"'
EVENTS = ("initiated", "ringing", "in-progress", "completed")


def dial(*nouns: str, attributes: str = "", after: str = "") -> dict[str, Answer]:
    inner = "".join(nouns)
    return {"/voice": f"<Dial {attributes}>{inner}</Dial>{after}", "/done": "<Say>done</Say>"}


# --- statusCallback


def test_every_event_of_a_leg_is_posted_in_order_with_sequence_number_and_timestamp() -> None:
    played = play(dial(sip("B", ALL)), party("B", Answers(4.0), HangsUp(10.0)))
    forms = played.forms("/leg")
    assert tuple(form["CallStatus"] for form in forms) == EVENTS
    assert [form["SequenceNumber"] for form in forms] == ["0", "1", "2", "3"]
    moments = [parsedate_to_datetime(form["Timestamp"]) - BEGAN for form in forms]
    # RFC 2822 has whole seconds: the leg rang at 0.75, was answered at 4.25, hung up at 14.25.
    assert [moment.total_seconds() for moment in moments] == [0, 0, 4, 14]
    assert {form["CallbackSource"] for form in forms} == {"call-progress-events"}


def test_a_callback_says_whose_leg_it_is() -> None:
    played = play(dial(sip("B", ALL)), party("B", Answers(), HangsUp(10.0)))
    for form in played.forms("/leg"):
        assert (form["CallSid"], form["ParentCallSid"]) == (leg(1), leg(0))
        assert form["Direction"] == "outbound-dial"
        assert form["To"] == form["Called"] == "sip:b@pbx.example.com"
        assert form["AccountSid"] == ACCOUNT.sid


def test_only_the_last_event_has_a_duration_and_the_sip_response() -> None:
    played = play(dial(sip("B", ALL)), party("B", Answers(), HangsUp(10.0)))
    *before, last = played.forms("/leg")
    assert (last["CallDuration"], last["SipResponseCode"]) == ("10", "200")
    assert not [form for form in before if {"CallDuration", "SipResponseCode"} & form.keys()]


@pytest.mark.parametrize(
    ("reaction", "status", "code"),
    [
        (Declines(486), "busy", "486"),
        (Declines(603), "failed", "603"),
        (Rings(), "no-answer", None),
    ],
    ids=str,
)
def test_a_leg_that_is_not_answered_has_a_final_event_without_duration(
    reaction: Reaction, status: str, code: str | None
) -> None:
    # Which status a SIP response leads to is inferred [I].
    played = play(dial(sip("B", ALL)), party("B", reaction))
    forms = played.forms("/leg")
    assert forms[0]["CallStatus"] == "initiated"
    last = forms[-1]
    assert (last["CallStatus"], last["CallDuration"]) == (status, "0")
    assert last.get("SipResponseCode") == code


def test_a_phone_that_does_not_ring_tells_of_no_ringing() -> None:
    forms = play(dial(sip("B", ALL)), party("B", Declines(486))).forms("/leg")
    assert [form["SequenceNumber"] for form in forms] == ["0", "1"]


@pytest.mark.parametrize("events", ["completed", "answered completed", "ringing", "initiated"])
def test_only_events_that_are_asked_for_are_posted_and_they_are_numbered_from_zero(
    events: str,
) -> None:
    # Callbacks of `completed` alone were seen with SequenceNumber 0 [R].
    asked = f'statusCallback="/leg" statusCallbackEvent="{events}"'
    forms = play(dial(sip("B", asked)), party("B", Answers(), HangsUp(10.0))).forms("/leg")
    words = events.replace("answered", "in-progress").split()
    assert [form["CallStatus"] for form in forms] == words
    assert [form["SequenceNumber"] for form in forms] == [str(n) for n in range(len(words))]


def test_without_events_only_completed_is_posted() -> None:
    played = play(dial(sip("B", 'statusCallback="/leg"')), party("B", Answers(), HangsUp(3.0)))
    assert played.form("/leg")["CallStatus"] == "completed"


def test_without_a_status_callback_nothing_is_posted() -> None:
    played = play(dial(sip("B")), party("B", Answers(), HangsUp(3.0)))
    assert Purpose.STATUS not in {each.purpose for each in played.all(Fetch)}


def test_a_callback_is_sent_by_its_method() -> None:
    noun = sip("B", 'statusCallback="/leg" statusCallbackMethod="GET"')
    played = play(dial(noun), party("B", Declines(486)))
    [request] = [each.request for each in played.asked if "/leg" in each.url]
    assert request.method == "GET"
    assert played.sent_to("/leg")[0]["CallStatus"] == "busy"


def test_a_callback_that_fails_is_an_alert_and_the_call_goes_on() -> None:
    answers = {**dial(sip("B", 'statusCallback="/leg" statusCallbackEvent="answered"'))}
    played = play({**answers, "/leg": failed(500)}, party("B"))
    assert played.alerts == [15003]
    assert played.pairs == (("B", "Caller"),)


def test_a_callback_has_no_fallback_url() -> None:
    answers = {**dial(sip("B", 'statusCallback="/leg"')), "/leg": failed(500)}
    played = play(answers, party("B", Declines(486)), fallback="/fallback")
    assert played.alerts == [15003]
    assert not played.sent_to("/fallback")


def test_callbacks_that_are_late_hold_up_nobody() -> None:
    played = play(
        dial(sip("B", ALL)), party("B", Answers(4.0), HangsUp(10.0)), delay=lambda _: 60.0
    )
    assert played.at(HungUp(leg(1))) == 14.25
    assert len(played.sent_to("/leg")) == 4


# --- url: a whisper


def whisper(inner: Answer, attributes: str = "", after: str = "") -> dict[str, Answer]:
    answers = dial(sip("B", f'url="/whisper" {ALL}'), attributes=attributes, after=after)
    return {**answers, "/whisper": inner, "/keys": "<Say>thanks</Say>"}


def test_a_whisper_is_heard_by_the_called_party_before_the_two_are_connected() -> None:
    played = play(whisper("<Say>from the queue</Say>", 'answerOnBridge="true"'), party("B"))
    form = played.form("/whisper")
    assert (form["CallSid"], form["ParentCallSid"]) == (leg(1), leg(0))
    assert (form["Direction"], form["CallStatus"]) == ("outbound-dial", "in-progress")
    assert 'B hears "from the queue"' in played.facts
    assert not played.heard
    # 0.25 for the webhook, 0.4 for each of three words.
    connected = played.at(Connect(leg(0), leg(1)))
    assert connected == pytest.approx(played.at(PickedUp(leg(1))) + 0.25 + 1.2)
    assert played.at(PickUp(leg(0))) == connected


def test_a_whisper_is_told_the_x_headers_of_the_answer() -> None:
    picked = PickedUp(leg(1), {"X-Agent": "7"})
    played = play(whisper("<Pause/>"), party("B", Rings()), then={2.0: picked})
    assert played.form("/whisper")["SipHeader_X-Agent"] == "7"


def test_a_whisper_is_fetched_by_its_method() -> None:
    answers = {**dial(sip("B", 'url="/whisper" method="GET"')), "/whisper": "<Pause/>"}
    played = play(answers, party("B"))
    assert [each.request.method for each in played.asked] == ["POST", "GET"]


def test_who_rings_beside_a_whisper_is_cancelled_at_once() -> None:
    # Page <Number>: the first to pick up wins.
    answers = {**dial(sip("B", 'url="/whisper"'), sip("C")), "/whisper": '<Pause length="9"/>'}
    played = play(answers, party("B", Answers(3.0)), party("C", Answers(5.0)))
    assert played.at(Cancel(leg(2))) == played.at(PickedUp(leg(1)))
    assert played.pairs == (("B", "Caller"),)


@pytest.mark.parametrize(
    ("answer", "alert"),
    [
        ("<Hangup/>", None),
        ("<Say>no</Say><Hangup/>", None),
        (failed(500), 11217),
        (UNREACHABLE, 11202),
        (f"<Dial>{sip('C')}</Dial>", 13201),
        (f"<Say>wait</Say><Dial>{sip('C')}</Dial>", 13201),
    ],
    ids=["hangup", "say-hangup", "500", "unreachable", "dial", "say-dial"],
)
def test_a_whisper_that_hangs_up_or_fails_counts_as_not_answered(
    answer: str | Outcome, alert: int | None
) -> None:
    # That a failing whisper hangs up is inferred [I].
    played = play(whisper(answer, 'action="/done"'), party("B"), party("C"))
    form = played.form("/done")
    assert (form["DialCallStatus"], form["DialBridged"]) == ("no-answer", "false")
    assert played.all(Bye)[0] == Bye(leg(1))
    assert [each for each in played.alerts if each] == ([alert] if alert else [])
    assert not played.all(Connect)
    assert played.heard == ['"done"']


def test_a_whisper_cannot_dial_in_a_document_that_it_goes_on_with() -> None:
    answers = whisper("<Redirect>/more</Redirect>", 'action="/done"')
    played = play({**answers, "/more": f"<Dial>{sip('C')}</Dial>"}, party("B"), party("C"))
    assert played.alerts == [13201]
    assert played.form("/done")["DialCallStatus"] == "no-answer"


def test_a_party_that_was_transferred_may_dial_though_it_was_whispered_to() -> None:
    answers = whisper("<Pause/>", 'referUrl="/refer"')
    answers |= {"/refer": "<Redirect>/more</Redirect>", "/more": f"<Dial>{sip('C')}</Dial>"}
    played = play(
        answers,
        party("B"),
        party("C"),
        caller="sip:alice@pbx.example.com",
        then={20.0: Referred(leg(0), "<sip:c@pbx.example.com>")},
    )
    assert played.alerts == []
    assert played.pairs == (("B", "C"),)


def test_a_called_party_can_accept_with_a_key() -> None:
    gather = '<Gather numDigits="1" action="/keys"/><Hangup/>'
    accepts = party("B", Answers(), Presses(2.0, "1"))
    assert play(whisper(gather), accepts).pairs == (("B", "Caller"),)
    played = play(whisper(gather, 'action="/done"'), party("B"))
    assert played.form("/done")["DialCallStatus"] == "no-answer"


def test_a_called_party_that_hangs_up_in_the_whisper_has_not_answered() -> None:
    answers = whisper('<Pause length="9"/>', 'action="/done"')
    played = play(answers, party("B", Answers(), HangsUp(3.0)))
    assert played.form("/done")["DialCallStatus"] == "no-answer"
    assert [form["CallStatus"] for form in played.forms("/leg")] == list(EVENTS)


def test_a_called_party_that_was_whispered_to_may_hang_up_and_the_caller_goes_on() -> None:
    answers = whisper("<Pause/>", 'action="/done"')
    played = play(answers, party("B", Answers(), HangsUp(20.0)))
    assert played.form("/done")["DialCallStatus"] == "completed"
    assert played.heard == ['"done"']


def test_a_caller_who_hangs_up_in_the_whisper_leaves_nobody_behind() -> None:
    answers = whisper('<Pause length="9"/>', 'action="/done"')
    played = play(answers, party("B"), then={8.0: HungUp(leg(0))})
    assert played.at(Bye(leg(1))) == 8.0
    assert played.form("/done")["DialBridged"] == "false"
    assert not played.left


def test_a_sequential_dial_goes_on_after_a_whisper_that_is_declined() -> None:
    nouns = sip("B", 'url="/whisper"'), sip("C")
    answers = {**dial(*nouns, attributes='sequential="true"'), "/whisper": "<Hangup/>"}
    # That the next noun is tried is inferred [I].
    assert play(answers, party("B"), party("C")).pairs == (("C", "Caller"),)


def test_a_number_and_a_client_are_whispered_to_as_well() -> None:
    for noun, address in (("Number", "+14155550123"), ("Client", "joey")):
        answers = dial(f'<{noun} url="/whisper">{address}</{noun}>')
        played = play({**answers, "/whisper": "<Say>you</Say>"}, Party("B", address))
        assert 'B hears "you"' in played.facts
        assert played.pairs == (("B", "Caller"),)

"""Verbs in the model: what is heard, collected, recorded, and when a call is answered or ends.

Sources: Twilio's page of each verb.  How long a text, a file or a message takes is the model's own.
"""

import pytest

from model_calls import ACCOUNT, Answer, leg, party, play, sip
from pivot.model.parties import HangsUp, Presses
from pivot.model.signals import (
    AnswerRefer,
    Bye,
    Decline,
    Fetch,
    Fetched,
    Hear,
    HungUp,
    Input,
    Notify,
    PickUp,
    Pressed,
    Referred,
)

DONE = "<Say>done</Say>"


def voice(inner: str, **more: Answer) -> dict[str, Answer]:
    return {"/voice": inner, "/done": DONE, **{f"/{path}": more[path] for path in more}}


def answered_at(inner: str) -> float | None:
    played = play(voice(inner), party("B"))
    return played.at(PickUp(leg(0))) if PickUp(leg(0)) in played.all(PickUp) else None


# --- what answers the call


@pytest.mark.parametrize(
    "inner",
    [
        "<Say>hi</Say>",
        "<Play>/hold.mp3</Play>",
        '<Play digits="1w2"/>',
        "<Gather/>",
        "<Record/>",
        "<Enqueue>support</Enqueue>",
        f"<Dial>{sip('B')}</Dial>",
        "<Dial><Conference>room</Conference></Dial>",
    ],
)
def test_a_verb_that_says_or_hears_something_answers_the_call(inner: str) -> None:
    assert answered_at(inner) == 0.25


def test_pause_does_not_answer_the_call() -> None:
    assert answered_at('<Pause length="10"/><Say>hi</Say>') == 10.25
    assert answered_at('<Pause length="10"/><Reject/>') is None


def test_redirect_does_not_answer_the_call() -> None:
    # Page /docs/voice/api/sip-twiml: "continues in the 180 Ringing state".
    played = play(voice("<Redirect>/more</Redirect>", more="<Reject/>"))
    assert not played.all(PickUp)


def test_hangup_as_the_first_verb_answers_the_call_and_ends_it() -> None:
    # Page <Hangup>: it "does not prevent Twilio from answering the call".
    assert play(voice("<Hangup/>")).told(0) == [PickUp(leg(0)), Bye(leg(0))]


@pytest.mark.parametrize(
    ("attributes", "status"), [("", 404), ('reason="rejected"', 404), ('reason="busy"', 486)]
)
def test_reject_declines_a_call_that_is_not_answered(attributes: str, status: int) -> None:
    # Page /docs/voice/api/sip-twiml: "404 Not Found" and "486 Busy".
    played = play(voice(f"<Reject {attributes}/>"))
    assert played.told(0) == [Decline(leg(0), status)]


def test_reject_hangs_up_a_call_that_is_answered() -> None:
    played = play(voice('<Say>hi</Say><Reject reason="busy"/>'))
    assert played.told(0) == [PickUp(leg(0)), Bye(leg(0))]
    assert played.alerts == [None]


def test_what_follows_hangup_is_not_carried_out() -> None:
    assert play(voice("<Say>hi</Say><Hangup/><Say>no</Say>")).heard == ['"hi"']


# --- Say, Play, Pause


def test_verbs_are_carried_out_one_after_the_other_and_then_the_call_ends() -> None:
    played = play(voice('<Say>one</Say><Pause length="7"/><Play>/a.mp3</Play>'))
    heard = [at for at, each in played.signals if isinstance(each, Hear)]
    assert played.heard == ['"one"', "https://app.example.com/a.mp3"]
    assert heard == [0.25, 0.25 + 1.0 + 7.0]
    assert played.at(Bye(leg(0))) == 0.25 + 1.0 + 7.0 + 5.0


@pytest.mark.parametrize("verb", ['<Say loop="3">a</Say>', '<Play loop="3">/a.mp3</Play>'])
def test_loop_repeats(verb: str) -> None:
    assert len(play(voice(verb)).heard) == 3


def test_a_loop_of_zero_does_not_end() -> None:
    played = play(voice('<Say loop="0">a</Say>'), until=600.0)
    assert leg(0) in played.left
    assert len(played.heard) > 500


# --- Redirect


def test_redirect_goes_on_with_another_document_and_not_with_the_next_verb() -> None:
    played = play(voice('<Redirect method="GET">/done</Redirect><Say>no</Say>'))
    assert played.heard == ['"done"']
    assert [each.request.method for each in played.asked] == ["POST", "GET"]


def test_a_document_that_redirects_to_itself_goes_on_for_as_long_as_the_caller_stays() -> None:
    menu = '<Gather timeout="1"/><Redirect>/voice</Redirect>'
    played = play(voice(menu), until=1500.0)
    assert len(played.sent_to("/voice")) > 1000
    assert leg(0) in played.left


# --- Gather


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ("", "12#", "12"),
        ("", "12#34", "12"),
        ('finishOnKey="*"', "1#2*", "1#2"),
        ('numDigits="3"', "1234", "123"),
        ('numDigits="3"', "12#", "12"),
        ('finishOnKey="" numDigits="3"', "1#2", "1#2"),
        ('timeout="2"', "12", "12"),
        ('input="dtmf speech"', "12#", "12"),
    ],
)
def test_keys_are_posted_to_the_action_of_gather(attributes: str, keys: str, digits: str) -> None:
    answers = voice(f'<Gather action="/done" {attributes}/><Say>none</Say>')
    played = play(answers, deeds=(Presses(1.0, keys),))
    assert played.form("/done")["Digits"] == digits
    assert played.heard == ['"done"']


def test_keys_that_come_one_by_one_are_collected_and_each_starts_the_timeout_anew() -> None:
    presses = tuple(Presses(3.0 * number, str(number)) for number in range(1, 5))
    played = play(voice('<Gather action="/done" timeout="4"/>'), deeds=presses)
    assert played.form("/done")["Digits"] == "1234"
    [posted] = [at for at, each in played.signals if isinstance(each, Fetch) and "done" in each.url]
    assert posted == 0.25 + 12.0 + 4.0


@pytest.mark.parametrize(
    ("attributes", "keys"),
    [("", ""), ("", "#"), ('finishOnKey="*"', "*"), ('input="speech"', "12#")],
    ids=["silent", "only #", "only *", "speech"],
)
def test_gather_falls_through_when_no_digit_was_entered(attributes: str, keys: str) -> None:
    # Page <Gather>: also "if the caller enters the 'finishOnKey' value before any other digits".
    answers = voice(f'<Gather action="/done" {attributes}/><Say>none</Say>')
    played = play(answers, deeds=(Presses(3.0, keys),) if keys else ())
    assert played.heard == ['"none"']


def test_the_timeout_of_gather_begins_when_what_is_nested_was_heard() -> None:
    nested = '<Say>press one now please thanks</Say><Pause length="2"/><Play>/a.mp3</Play>'
    played = play(voice(f'<Gather timeout="3">{nested}</Gather><Say>none</Say>'))
    times = [at for at, each in played.signals if each == Hear(leg(0), '"none"')]
    assert times == [0.25 + 2.0 + 2.0 + 5.0 + 3.0]


def test_action_on_empty_result_posts_no_digits() -> None:
    answers = voice('<Gather action="/done" actionOnEmptyResult="true"/><Say>none</Say>')
    played = play(answers)
    assert played.form("/done")["Digits"] == ""
    assert played.heard == ['"done"']


def test_without_an_action_gather_posts_to_its_own_document() -> None:
    played = play({"/voice": ["<Gather/>", DONE]}, deeds=(Presses(2.0, "1#"),))
    first, second = played.forms("/voice")
    assert ("Digits" in first, second["Digits"]) == (False, "1")


def test_keys_of_another_party_are_not_the_callers() -> None:
    whisper = '<Gather action="/done"/><Hangup/>'
    answers = voice(f"<Dial>{sip('B', 'url="/whisper"')}</Dial>", whisper=whisper)
    played = play(answers, party("B"), deeds=(Presses(6.0, "1#"),))
    assert played.all(Pressed)
    assert not played.sent_to("/done")


# --- Record


def test_a_recording_is_posted_to_its_action() -> None:
    played = play(voice('<Record action="/done" maxLength="4"/><Say>none</Say>'))
    form = played.form("/done")
    assert (form["RecordingDuration"], form["Digits"]) == ("4", "")
    assert form["RecordingUrl"].startswith(
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT.sid}"
    )
    assert played.heard == ["the beep of a recording", '"done"']


def test_a_recording_without_a_beep_has_none() -> None:
    assert play(voice('<Record action="/done" playBeep="false"/>')).heard == ['"done"']


@pytest.mark.parametrize(
    ("attributes", "key"), [("", "5"), ('finishOnKey="#"', "#"), ('finishOnKey="#"', None)]
)
def test_a_key_ends_a_recording_if_it_is_one_of_finish_on_key(
    attributes: str, key: str | None
) -> None:
    answers = voice(f'<Record action="/done" {attributes}/>')
    form = play(answers, deeds=(Presses(3.0, key or "5"),)).form("/done")
    assert form["Digits"] == (key or "")
    assert form["RecordingDuration"] == ("3" if key else "10")


def test_a_party_that_hangs_up_ends_its_recording() -> None:
    played = play(voice('<Record action="/done"/>'), deeds=(HangsUp(6.0),))
    form = played.form("/done")
    assert (form["Digits"], form["RecordingDuration"]) == ("hangup", "6")
    assert form["CallStatus"] == "completed"
    assert not played.left


def test_without_an_action_record_posts_to_its_own_document() -> None:
    assert play({"/voice": ["<Record/>", DONE]}).heard[-1] == '"done"'


# --- Enqueue, Leave


def test_the_wait_url_is_heard_again_and_again() -> None:
    answers = voice('<Enqueue waitUrl="/wait">support</Enqueue>', wait="<Say>wait</Say>")
    played = play(answers, until=60.0)
    assert len(played.forms("/wait")) > 10
    assert leg(0) in played.left


def test_without_a_wait_url_the_caller_waits_with_music() -> None:
    played = play(voice("<Enqueue>support</Enqueue>"), until=3600.0)
    assert played.heard == ["the music of queue support"]
    assert leg(0) in played.left


@pytest.mark.parametrize("path", ["wait", "keys"])
def test_leave_takes_the_caller_out_of_the_queue_and_the_action_goes_on(path: str) -> None:
    wait = "<Pause/><Leave/>" if path == "wait" else '<Gather action="/keys" numDigits="1"/>'
    answers = voice(
        '<Enqueue action="/done" waitUrl="/wait">support</Enqueue><Say>no</Say>',
        wait=wait,
        keys="<Leave/>",
    )
    played = play(answers, deeds=(Presses(3.0, "1"),))
    form = played.form("/done")
    assert form["QueueResult"] == "leave"
    assert form["QueueTime"] == ("1" if path == "wait" else "3")
    assert played.heard == ["the music of queue support", '"done"']


def test_without_an_action_the_next_verb_goes_on_after_leave() -> None:
    answers = voice('<Enqueue waitUrl="/wait">q</Enqueue><Say>next</Say>', wait="<Leave/>")
    assert play(answers).heard[-1] == '"next"'


@pytest.mark.parametrize("wait", ["", 'waitUrl="/wait"'])
@pytest.mark.parametrize("seconds", [0.1, 7.0])
def test_a_hang_up_in_the_queue_is_posted_to_the_action(wait: str, seconds: float) -> None:
    answers = voice(f'<Enqueue action="/done" {wait}>q</Enqueue>', wait='<Pause length="9"/>')
    played = play(answers, deeds=(HangsUp(seconds),))
    form = played.form("/done")
    assert (form["QueueResult"], form["QueueTime"]) == ("hangup", str(int(seconds)))
    assert not played.left


def test_hangup_in_the_wait_url_ends_the_call() -> None:
    answers = voice('<Enqueue action="/done" waitUrl="/wait">q</Enqueue>', wait="<Hangup/>")
    played = play(answers)
    assert played.form("/done")["QueueResult"] == "hangup"
    assert played.told(0)[-1] == Bye(leg(0))


# --- rooms


@pytest.mark.parametrize(
    ("room", "status"),
    [("<Conference>r</Conference>", "answered"), ("<Queue>r</Queue>", "completed")],
)
def test_a_room_is_left_by_star_time_or_hanging_up_and_the_action_is_told(
    room: str, status: str
) -> None:
    # "answered: When calling a conference"; that of a queue is inferred [I].
    dial = f'<Dial action="/done" hangupOnStar="true" timeLimit="30">{room}</Dial>'
    for deeds, heard in (
        ((Presses(5.0, "*"),), ['"done"']),
        ((), ['"done"']),
        ((HangsUp(5.0),), []),
    ):
        played = play(voice(dial), deeds=deeds)
        assert played.form("/done")["DialCallStatus"] == status
        assert played.heard[1:] == heard


def test_a_room_without_an_action_goes_on_with_the_next_verb() -> None:
    dial = '<Dial hangupOnStar="true"><Conference>r</Conference></Dial><Say>next</Say>'
    assert play(voice(dial), deeds=(Presses(5.0, "*"),)).heard[-1] == '"next"'


@pytest.mark.parametrize("noun", ["Conference", "Queue"])
def test_refer_in_a_room_is_13802_and_the_party_stays_there(noun: str) -> None:
    # The seed says so: REFER does not currently support Conference and Queue nouns.
    dial = f'<Dial referUrl="/refer"><{noun}>r</{noun}></Dial>'
    referred = Referred(leg(0), "<sip:b@pbx.example.com>")
    played = play(
        voice(dial), party("B"), caller="sip:alice@pbx.example.com", then={20.0: referred}
    )
    # The first alert is the reader's: the referUrl is ignored.
    assert played.alerts == [None, 13802]
    assert not played.sent_to("/refer")
    assert played.all(Notify) == [Notify(leg(0), 503, final=True)]
    assert leg(0) in played.left


def test_a_refer_of_a_party_that_has_left_a_room_is_13802() -> None:
    # Inferred [I]: as without a referUrl.
    dial = '<Dial hangupOnStar="true"><Conference>r</Conference></Dial><Pause length="60"/>'
    moments: dict[float, Input] = {
        9.0: Pressed(leg(0), "*"),
        20.0: Referred(leg(0), "<sip:b@pbx.example.com>"),
    }
    played = play(voice(dial), caller="sip:alice@pbx.example.com", then=moments)
    assert played.alerts == [13802]
    assert played.all(AnswerRefer) == [AnswerRefer(leg(0), 202)]
    assert played.all(Notify) == [Notify(leg(0), 503, final=True)]


def test_what_the_model_does_not_carry_out_is_said_and_the_next_verb_goes_on() -> None:
    played = play(voice("<Pay/><Say>next</Say>"))
    assert None in played.alerts
    assert played.heard == ['"next"']


def test_a_hang_up_while_a_text_is_heard_ends_the_call() -> None:
    played = play(voice('<Say loop="0">a</Say>'), deeds=(HangsUp(9.0),))
    assert played.all(HungUp)
    assert not played.left
    assert len(played.all(Fetched)) == 1

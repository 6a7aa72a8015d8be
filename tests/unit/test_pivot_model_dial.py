"""<Dial> in the model, against Twilio's page <Dial>: ringing, who wins, when it ends, its action.

[I] in a comment is inferred: no page says it.
"""

import pytest

from model_calls import NUMBER, Played, leg, party, play, sip, twiml
from pivot.model.parties import Answers, Declines, HangsUp, Party, Presses, Reaction, Rings
from pivot.model.signals import (
    Bye,
    Cancel,
    Connect,
    Decline,
    HungUp,
    Invite,
    PickedUp,
    PickUp,
    Ring,
)
from pivot.nouns import Client, Number, Sim

GRACE = 5.0


def dial(nouns: str, attributes: str = "", after: str = "") -> dict[str, str]:
    return {"/voice": f"<Dial {attributes}>{nouns}</Dial>{after}", "/done": "<Say>done</Say>"}


def first(played: Played, signal: type) -> float:
    return next(at for at, each in played.signals if isinstance(each, signal))


# --- answerOnBridge


def test_with_answer_on_bridge_the_caller_hears_ringing_until_somebody_answers() -> None:
    played = play(dial(sip("B"), 'answerOnBridge="true"'), party("B", Answers(6.0)))
    assert played.told(0) == [Ring(leg(0)), PickUp(leg(0))]
    assert played.at(PickUp(leg(0))) == played.at(PickedUp(leg(1))) == 6.25
    assert played.at(Ring(leg(0))) == 0.25


def test_without_answer_on_bridge_the_caller_is_answered_before_anybody_rings() -> None:
    played = play(dial(sip("B")), party("B", Answers(6.0)))
    assert played.told(0) == [PickUp(leg(0))]
    assert played.at(PickUp(leg(0))) == first(played, Invite) == 0.25
    assert played.pairs == (("B", "Caller"),)


def test_with_answer_on_bridge_a_caller_whom_nobody_answers_is_never_answered() -> None:
    played = play(dial(sip("B"), 'answerOnBridge="true"'), party("B", Declines(486)))
    # What a SIP caller gets then is not documented [I].
    assert played.told(0) == [Ring(leg(0)), Decline(leg(0), 480)]


def test_a_caller_who_is_on_the_line_is_not_answered_again() -> None:
    answers = {"/voice": f'<Say>hi</Say><Dial answerOnBridge="true">{sip("B")}</Dial>'}
    assert play(answers, party("B")).told(0) == [PickUp(leg(0))]


# --- nouns


def test_every_kind_of_noun_is_dialled_with_the_caller_as_caller_id() -> None:
    nouns = f"{sip('B')}<Number>+14155550123</Number><Client>joey</Client><Sim>DE123</Sim>"
    played = play(dial(nouns), party("B"))
    invited = played.all(Invite)
    assert [type(each.noun) for each in invited][1:] == [Number, Client, Sim]
    assert {each.caller_id for each in invited} == {NUMBER}


def test_a_client_is_named_with_its_scheme_in_webhooks() -> None:
    noun = '<Client statusCallback="/leg">joey</Client>'
    played = play(dial(noun), Party("Joey", "joey", deeds=(HangsUp(5.0),)))
    form = played.form("/leg")
    assert (form["To"], form["Called"]) == ("client:joey", "client:joey")


def test_the_caller_id_of_the_dial_is_the_from_of_the_leg() -> None:
    attributes = 'callerId="+18005550100"'
    played = play(dial('<Number statusCallback="/leg">+14155550123</Number>', attributes))
    assert [each.caller_id for each in played.all(Invite)] == ["+18005550100"]
    assert played.form("/leg")["From"] == "+18005550100"


def test_nobody_has_an_address_that_is_not_assigned() -> None:
    played = play(dial(sip("nobody"), 'action="/done"'))
    form = played.form("/done")
    assert (form["DialCallStatus"], form["DialSipResponseCode"]) == ("failed", "404")


def test_a_dial_whose_nouns_are_all_refused_fails_at_once() -> None:
    # 13214: a call that came in over SIP cannot show its own From to a number.
    played = play(
        dial("<Number>+14155550123</Number>", 'action="/done"'),
        caller="sip:alice@pbx.example.com",
    )
    form = played.form("/done")
    assert (form["DialCallStatus"], form["DialBridged"]) == ("failed", "false")
    assert "DialCallSid" not in form
    assert not played.all(Invite)
    assert 13214 in played.alerts


def test_ten_of_eleven_nouns_are_dialled() -> None:
    nouns = "".join(sip(f"b{number}") for number in range(11))
    played = play(dial(nouns))
    assert len(played.all(Invite)) == 10
    assert None in played.alerts


# --- together


def test_of_those_that_ring_together_the_first_to_answer_wins_and_others_are_cancelled() -> None:
    called = party("B", Rings()), party("C", Answers(3.0)), party("D", Answers(5.0))
    events = 'statusCallback="/leg" statusCallbackEvent="answered completed"'
    played = play(dial("".join(sip(each.name, events) for each in called)), *called)
    assert played.all(Cancel) == [Cancel(leg(1)), Cancel(leg(3))]
    assert played.pairs == (("C", "Caller"),)
    statuses = {form["CallSid"]: form["CallStatus"] for form in played.forms("/leg")}
    assert statuses == {leg(1): "canceled", leg(2): "in-progress", leg(3): "canceled"}
    assert played.at(Cancel(leg(1))) == played.at(PickedUp(leg(2)))


def test_one_of_those_that_ring_together_may_be_busy_and_the_others_ring_on() -> None:
    called = party("B", Declines(486)), party("C", Answers(8.0))
    assert play(dial(sip("B") + sip("C")), *called).pairs == (("C", "Caller"),)


def test_an_answer_that_crosses_its_cancel_is_ended_with_a_bye() -> None:
    # RFC 3261 section 15.1.1
    called = party("B", Answers(3.0)), party("C", Rings())
    played = play(dial(sip("B") + sip("C")), *called)
    outputs = played.call.take(PickedUp(leg(2)), at=200.0)
    assert outputs == (Bye(leg(2)),)


# --- one after the other


def test_a_sequential_dial_rings_one_after_the_other_each_with_its_whole_timeout() -> None:
    called = party("B", Rings()), party("C", Declines(486)), party("D", Answers(14.0))
    nouns = "".join(sip(each.name) for each in called)
    played = play(dial(nouns, 'sequential="true" timeout="10"'), *called)
    invited = [at for at, each in played.signals if isinstance(each, Invite)]
    # That each noun has the timeout anew is inferred [I].
    assert invited == [0.25, 0.25 + 10 + GRACE, 15.25 + 1.0]
    assert played.told(1) == [played.all(Invite)[0], Cancel(leg(1))]
    assert played.pairs == (("Caller", "D"),)


def test_a_sequential_dial_stops_at_the_first_answer() -> None:
    called = party("B"), party("C")
    played = play(dial(sip("B") + sip("C"), 'sequential="true"'), *called)
    assert len(played.all(Invite)) == 1


def test_the_action_of_a_sequential_dial_tells_of_the_last_noun() -> None:
    called = party("B", Declines(486)), party("C", Declines(503))
    attributes = 'sequential="true" action="/done"'
    played = play(dial(sip("B") + sip("C"), attributes), *called)
    form = played.form("/done")
    assert (form["DialCallStatus"], form["DialCallSid"]) == ("failed", leg(2))


# --- when it ends


@pytest.mark.parametrize(("attribute", "seconds"), [("", 30.0), ('timeout="7"', 7.0)])
def test_a_phone_that_is_not_answered_rings_for_the_timeout_and_five_seconds(
    attribute: str, seconds: float
) -> None:
    noun = sip("B", 'statusCallback="/leg"')
    played = play(dial(noun, f'{attribute} action="/done"'), party("B", Rings()))
    assert played.at(Cancel(leg(1))) == 0.25 + seconds + GRACE
    assert played.form("/leg")["CallStatus"] == "no-answer"
    assert played.form("/done")["DialCallStatus"] == "no-answer"


def test_a_phone_that_is_answered_within_the_five_seconds_is_connected() -> None:
    played = play(dial(sip("B"), 'timeout="7"'), party("B", Answers(11.9)))
    assert played.pairs == (("B", "Caller"),)


def test_a_dial_that_times_out_is_not_answered_though_one_noun_was_busy_before() -> None:
    called = party("B", Rings()), party("C", Declines(486))
    played = play(dial(sip("B") + sip("C"), 'action="/done"'), *called)
    form = played.form("/done")
    # Which of several legs an action tells of is not documented [I]: the last that ended.
    assert (form["DialCallStatus"], form["DialCallSid"]) == ("no-answer", leg(1))


def test_time_limit_ends_the_talk_and_the_document_goes_on() -> None:
    played = play(dial(sip("B"), 'timeLimit="60"', "<Say>over</Say>"), party("B"))
    assert played.at(Bye(leg(1))) == played.at(PickedUp(leg(1))) + 60
    assert played.heard == ['"over"']


@pytest.mark.parametrize(("allowed", "connected"), [("true", False), ("false", True)])
def test_hangup_on_star_lets_the_caller_end_the_talk(*, allowed: str, connected: bool) -> None:
    answers = dial(sip("B"), f'hangupOnStar="{allowed}"', '<Pause length="200"/>')
    played = play(answers, party("B"), deeds=(Presses(10.0, "1"), Presses(20.0, "*")))
    assert bool(played.pairs) is connected
    assert leg(0) in played.left


def test_hangup_on_star_is_not_for_the_party_that_was_called() -> None:
    answers = dial(sip("B"), 'hangupOnStar="true"')
    played = play(answers, party("B", Answers(), Presses(10.0, "*")))
    assert played.pairs == (("B", "Caller"),)


def test_without_an_action_the_next_verb_goes_on_and_without_one_the_call_ends() -> None:
    called = party("B", Answers(), HangsUp(10.0))
    assert play(dial(sip("B"), after="<Say>next</Say>"), called).heard == ['"next"']
    played = play(dial(sip("B")), called)
    assert played.at(Bye(leg(0))) == played.at(HungUp(leg(1)))


# --- action


@pytest.mark.parametrize(
    ("reaction", "status", "code"),
    [
        (Answers(), "completed", "200"),
        (Declines(486), "busy", "486"),
        (Declines(600), "busy", "600"),
        (Rings(), "no-answer", ""),
        (Declines(480), "no-answer", "480"),
        (Declines(404), "failed", "404"),
        (Declines(503), "failed", "503"),
    ],
    ids=str,
)
def test_the_action_is_told_how_the_dial_went(reaction: Reaction, status: str, code: str) -> None:
    called = party("B", reaction, HangsUp(12.0))
    played = play(dial(sip("B"), 'action="/done"', "<Say>never</Say>"), called)
    form = played.form("/done")
    assert (form["DialCallStatus"], form["DialCallSid"]) == (status, leg(1))
    assert form.get("DialSipResponseCode", "") == code
    assert form["DialBridged"] == str(status == "completed").lower()
    assert form.get("DialCallDuration") == ("12" if status == "completed" else None)
    assert form["CallSid"] == leg(0)
    assert played.heard == ['"done"']


def test_the_action_of_a_dial_to_a_number_has_no_sip_parameters() -> None:
    answers = dial("<Number>+14155550123</Number>", 'action="/done"')
    form = play(answers, Party("N", "+14155550123", Declines(486))).form("/done")
    assert form["DialCallStatus"] == "busy"
    assert not [name for name in form if name.startswith("DialSip")]


def test_the_action_is_told_the_x_headers_of_the_answer() -> None:
    answers = dial(sip("B"), 'action="/done"')
    picked = PickedUp(leg(1), {"X-Agent": "7", "Server": "x"})
    played = play(answers, party("B", Rings()), then={3.0: picked, 9.0: HungUp(leg(1))})
    form = played.form("/done")
    headers = {name: form[name] for name in form if name.startswith("DialSipHeader")}
    assert headers == {"DialSipHeader_X-Agent": "7"}


@pytest.mark.parametrize("reaction", [Rings(), Answers()], ids=str)
def test_the_action_is_requested_when_the_caller_hangs_up_and_nobody_hears_it(
    reaction: Reaction,
) -> None:
    answers = dial(sip("B"), 'action="/done" answerOnBridge="true"')
    played = play(answers, party("B", reaction), then={8.0: HungUp(leg(0))})
    form = played.form("/done")
    assert form["DialCallStatus"] == ("canceled" if reaction == Rings() else "completed")
    # The CallStatus of a caller who hangs up unanswered is inferred [I].
    assert form["CallStatus"] == form["DialCallStatus"]
    assert not played.heard
    assert not played.left


def test_the_action_is_requested_by_its_method() -> None:
    answers = dial(sip("B"), 'action="/done" method="GET"')
    played = play(answers, party("B", Declines(486)))
    [arrived] = played.sent_to("/done")
    assert arrived["DialCallStatus"] == "busy"
    assert [each.request.method for each in played.asked] == ["POST", "GET"]


def test_an_action_that_dials_again_goes_on_for_as_long_as_it_likes() -> None:
    answers = dial(sip("B"), 'action="/voice" timeout="5"')
    played = play(answers, party("B", Declines(486)), until=600.0)
    assert len(played.all(Invite)) > 350
    assert leg(0) in played.left


def test_a_slow_action_leaves_the_caller_on_the_line() -> None:
    answers = dial(sip("B"), 'action="/done"') | {"/done": twiml("<Say>slow</Say>", 14.0)}
    played = play(answers, party("B", Declines(486)))
    assert played.heard == ['"slow"']
    assert played.all(Connect) == []

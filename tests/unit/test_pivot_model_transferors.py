"""Who refers, when, and who leaves meanwhile: what RFC 3261, 3515 and 5589 ask of the model.

A refers, B is the target; the caller is a number, or a SIP phone that refers itself.
"""

import pytest

from model_calls import Answer, Played, failed, leg, party, play, sip, twiml
from pivot.model.parties import Answers, Declines, Deed, HangsUp, Party, Reaction, Refers, Rings
from pivot.model.signals import (
    AnswerRefer,
    Bye,
    Connect,
    Fetch,
    HungUp,
    Input,
    Invite,
    Notify,
    PickedUp,
    Purpose,
    Referred,
)

TARGET = "<sip:b@pbx.example.com>"
TO_B = f"<Dial>{sip('B')}</Dial>"
ALICE = "sip:alice@pbx.example.com"
HOLD, RELEASE = 'answerOnBridge="true"', ""
MODES = pytest.mark.parametrize("mode", [HOLD, RELEASE], ids=["hold", "release"])


def called(
    mode: str,
    *deeds: Deed,
    answer: Answer = TO_B,
    target: Reaction | None = None,
    after: str = "",
    then: dict[float, Input] | None = None,
) -> Played:
    """Let A, whom the caller has reached at 4.25, do something."""
    answers = {
        "/voice": f'<Dial {mode} referUrl="/refer" action="/done">{sip("A")}</Dial>',
        "/refer": answer,
        "/done": after or "<Hangup/>",
    }
    return play(answers, party("A", Answers(), *deeds), party("B", target), then=then)


def calling(
    mode: str,
    *,
    at: float = 20.0,
    answer: Answer = TO_B,
    target: Party | Reaction | None = None,
    then: dict[float, Input] | None = None,
    after: str = "<Say>after</Say>",
) -> Played:
    """Let Alice, who has reached A at 4.25 over a SIP domain, refer A to B."""
    answers: dict[str, Answer] = {
        "/voice": f'<Dial {mode} referUrl="/refer">{sip("A")}</Dial>{after}',
        "/refer": answer,
    }
    b = target if isinstance(target, Party) else party("B", target)
    moments: dict[float, Input] = {at: Referred(leg(0), TARGET), **(then or {})}
    return play(answers, party("A"), b, party("C"), caller=ALICE, then=moments)


def responses(played: Played) -> list[int]:
    return [each.status for each in played.all(AnswerRefer)]


# --- when a REFER is not taken


def test_a_second_refer_while_one_is_pending_is_491() -> None:
    # RFC 3261 section 21.4.27
    played = called(HOLD, Refers(20.0, TARGET), Refers(22.0, TARGET), target=Answers(9.0))
    assert responses(played) == [202, 491]
    assert played.pairs == (("B", "Caller"),)


def test_a_refer_of_the_transferee_while_one_is_pending_is_491() -> None:
    referred = Referred(leg(0), "<sip:c@pbx.example.com>")
    played = called(HOLD, Refers(20.0, TARGET), target=Answers(9.0), then={26.0: referred})
    assert AnswerRefer(leg(0), 491) in played.told(0)
    assert played.pairs == (("B", "Caller"),)


@pytest.mark.parametrize("deeds", [(HangsUp(10.0), Refers(12.0, TARGET))])
@MODES
def test_a_refer_after_the_hang_up_is_481(mode: str, deeds: tuple[Deed, ...]) -> None:
    # RFC 3261 section 12.2.2
    assert responses(called(mode, *deeds)) == [481]


def test_a_refer_of_a_transferor_that_was_released_is_481() -> None:
    played = called(RELEASE, Refers(20.0, TARGET), Refers(22.0, TARGET))
    assert responses(played) == [202, 481]


def test_a_refer_while_the_webhook_of_another_is_fetched_is_491_in_release_mode_too() -> None:
    played = called(RELEASE, Refers(20.0, TARGET), Refers(22.0, TARGET), answer=twiml(TO_B, 5.0))
    assert responses(played) == [202, 491]


@pytest.mark.parametrize("missing", [None, ""])
@MODES
def test_a_refer_without_refer_to_is_400_and_the_two_talk_on(mode: str, missing: str) -> None:
    # RFC 3515 section 2.4.2
    played = called(mode, Refers(20.0, missing))
    assert responses(played) == [400]
    assert not played.all(Notify)
    assert played.pairs == (("A", "Caller"),)


def test_a_refer_without_refer_to_is_400_though_another_one_is_pending() -> None:
    played = called(HOLD, Refers(20.0, TARGET), Refers(22.0, None), target=Answers(9.0))
    assert responses(played) == [202, 400]
    assert played.pairs == (("B", "Caller"),)


def test_a_refer_without_refer_to_is_400_in_a_queue_as_well() -> None:
    answers: dict[str, Answer] = {"/voice": "<Enqueue>q</Enqueue>"}
    played = play(answers, caller=ALICE, then={9.0: Referred(leg(0), None)})
    assert responses(played) == [400]


# --- the party that called in refers


@MODES
def test_the_twiml_runs_on_the_dialled_leg_when_the_caller_refers(mode: str) -> None:
    # "The call transfers can be invoked on both inbound and outbound SIP calls."
    played = calling(mode)
    form = played.form("/refer")
    assert (form["CallSid"], form["ParentCallSid"]) == (leg(1), leg(0))
    assert (form["Direction"], form["CallStatus"]) == ("outbound-dial", "in-progress")
    assert (form["From"], form["To"]) == (ALICE, "sip:a@pbx.example.com")
    assert played.pairs == (("A", "B"),)
    assert played.call.legs[leg(2)].parent == leg(1)


@MODES
def test_a_caller_who_refers_is_told_and_released_like_anybody_else(mode: str) -> None:
    told = calling(mode, target=Answers(9.0)).told(0)
    assert told[-4:] == [
        AnswerRefer(leg(0), 202),
        Notify(leg(0), 100, final=False),
        Notify(leg(0), 200, final=True),
        Bye(leg(0)),
    ]


def test_a_caller_who_refers_in_hold_mode_gets_the_other_back() -> None:
    played = calling(HOLD, target=Declines(486))
    assert played.all(Notify)[-1] == Notify(leg(0), 486, final=True)
    assert played.pairs == (("A", "Caller"),)


def test_the_document_of_the_first_dial_does_not_go_on_after_a_transfer() -> None:
    played = calling(RELEASE, target=party("B", Answers(), HangsUp(5.0)))
    assert '"after"' not in played.heard
    assert not played.left


@MODES
def test_transfers_of_either_party_may_follow_each_other(mode: str) -> None:
    to_b = f'<Dial {mode} referUrl="/again">{sip("B")}</Dial>'
    answers: dict[str, Answer] = {
        "/voice": f'<Dial {mode} referUrl="/refer">{sip("A")}</Dial>',
        "/refer": to_b,
        "/again": f"<Dial>{sip('C')}</Dial>",
    }
    moments: dict[float, Input] = {
        20.0: Referred(leg(0), TARGET),
        40.0: Referred(leg(1), "<sip:c@pbx.example.com>"),
    }
    parties = party("A"), party("B"), party("C")
    played = play(answers, *parties, caller=ALICE, then=moments)
    form = played.form("/again")
    assert (form["CallSid"], form["ParentCallSid"]) == (leg(2), leg(1))
    assert played.pairs == (("B", "C"),)


# --- the transferor leaves early: RFC 5589 section 6.1


@MODES
def test_a_transferor_that_hangs_up_right_after_the_202_does_not_end_the_transfer(
    mode: str,
) -> None:
    slow = twiml(TO_B, 5.0)
    played = called(mode, Refers(20.0, TARGET), HangsUp(21.0), answer=slow)
    assert played.pairs == (("B", "Caller"),)
    assert [each.status for each in played.all(Notify)] == [100]


@MODES
def test_a_caller_that_hangs_up_right_after_the_202_does_not_end_the_transfer(mode: str) -> None:
    played = calling(mode, answer=twiml(TO_B, 5.0), then={21.0: HungUp(leg(0))})
    assert played.pairs == (("A", "B"),)


def test_a_transferor_may_hang_up_while_the_target_rings() -> None:
    by_called = called(HOLD, Refers(20.0, TARGET), HangsUp(22.0), target=Answers(9.0))
    assert by_called.pairs == (("B", "Caller"),)
    by_caller = calling(HOLD, target=Answers(9.0), then={22.0: HungUp(leg(0))})
    assert by_caller.pairs == (("A", "B"),)


@pytest.mark.parametrize("answer", [TO_B, failed(500), "<Say>sorry</Say>"])
def test_when_a_transfer_fails_after_its_transferor_has_left_the_first_dial_is_over(
    answer: Answer,
) -> None:
    # Inferred [I]: as when the called party hangs up in any other Dial.
    deeds = Refers(20.0, TARGET), HangsUp(20.1)
    played = called(HOLD, *deeds, answer=answer, target=Declines(486), after="<Say>what now</Say>")
    assert played.form("/done")["DialCallStatus"] == "completed"
    assert played.heard[-1] == '"what now"'


@pytest.mark.parametrize("answer", [TO_B, failed(500)])
def test_when_a_transfer_fails_after_the_caller_who_asked_for_it_has_left_the_other_goes(
    answer: Answer,
) -> None:
    played = calling(HOLD, answer=answer, target=Declines(486, 3.0), then={20.1: HungUp(leg(0))})
    assert played.told(1)[-1] == Bye(leg(1))
    assert not played.left


def test_the_action_is_requested_when_the_caller_left_in_a_transfer_that_fails() -> None:
    answers: dict[str, Answer] = {
        "/voice": f'<Dial {HOLD} referUrl="/refer" action="/done">{sip("A")}</Dial>',
        "/refer": TO_B,
    }
    moments: dict[float, Input] = {20.0: Referred(leg(0), TARGET), 21.0: HungUp(leg(0))}
    parties = party("A"), party("B", Declines(486, 5.0))
    played = play(answers, *parties, caller=ALICE, then=moments)
    assert played.form("/done")["DialCallStatus"] == "completed"


# --- the transferee leaves


@pytest.mark.parametrize("moment", [24.3, 30.0], ids=["while fetching", "while ringing"])
def test_a_transferee_that_hangs_up_ends_the_transfer_and_the_call(moment: float) -> None:
    played = called(HOLD, Refers(20.0, TARGET), target=Rings(), then={moment: HungUp(leg(0))})
    assert played.told(1)[-2:] == [Notify(leg(1), 503, final=True), Bye(leg(1))]
    assert not played.left
    assert len(played.forms("/done")) == 1


@pytest.mark.parametrize("moment", [20.1, 30.0], ids=["while fetching", "while ringing"])
def test_in_hold_mode_a_called_transferee_that_hangs_up_leaves_the_caller_to_the_first_document(
    moment: float,
) -> None:
    # Inferred [I]: the Dial ends as whenever the called party hangs up.
    played = calling(HOLD, target=Rings(), then={moment: HungUp(leg(1))})
    assert played.all(Notify)[-1].final
    assert played.heard == ['"after"']


def test_in_release_mode_a_called_transferee_that_hangs_up_leaves_nobody() -> None:
    played = calling(RELEASE, target=Rings(), then={30.0: HungUp(leg(1))})
    assert not played.left
    assert played.heard == []


def test_a_transferee_that_hangs_up_while_the_webhook_is_fetched_is_not_dialled_for() -> None:
    for mode in (HOLD, RELEASE):
        played = called(mode, Refers(20.0, TARGET), then={24.3: HungUp(leg(0))})
        assert len(played.all(Invite)) == 1


# --- the target


def test_the_target_hangs_up_and_the_transferee_goes_on_with_the_transfer_document() -> None:
    answers: dict[str, Answer] = {
        "/voice": f'<Dial {HOLD} referUrl="/refer">{sip("A")}</Dial><Say>no</Say>',
        "/refer": f"{TO_B}<Say>goodbye</Say>",
    }
    parties = party("A", Answers(), Refers(20.0, TARGET)), party("B", Answers(), HangsUp(9.0))
    played = play(answers, *parties)
    assert played.heard == ['"goodbye"']
    assert not played.left


def test_the_first_of_two_targets_to_answer_gets_the_transferee() -> None:
    both = f"<Dial>{sip('B')}{sip('C')}</Dial>"
    played = calling(HOLD, answer=both, target=Rings())
    assert played.pairs == (("A", "C"),)


@MODES
def test_at_no_moment_are_three_connected(mode: str) -> None:
    # That nobody is connected to two parties is looked at in every test: here are the moments.
    played = called(mode, Refers(20.0, TARGET), target=Answers(3.0))
    connects = [at for at, each in played.signals if isinstance(each, Connect)]
    assert connects == [played.at(PickedUp(leg(1))), played.at(PickedUp(leg(2)))]
    order = [each for _, each in played.signals if isinstance(each, Bye | Connect)]
    assert order == [Connect(leg(0), leg(1)), Bye(leg(1)), Connect(leg(0), leg(2))]


def test_a_transfer_posts_the_events_of_the_transferors_leg() -> None:
    noun = sip("A", 'statusCallback="/leg"')
    answers: dict[str, Answer] = {
        "/voice": f'<Dial {HOLD} referUrl="/refer">{noun}</Dial>',
        "/refer": TO_B,
    }
    played = play(answers, party("A", Answers(), Refers(20.0, TARGET)), party("B"))
    form = played.form("/leg")
    assert (form["CallSid"], form["CallStatus"]) == (leg(1), "completed")
    # Answered at 4.25, released when B answered, 4 s after the webhook of 24.25.
    assert form["CallDuration"] == "24"
    [purpose] = [each.purpose for each in played.all(Fetch) if "/leg" in each.url]
    assert purpose is Purpose.STATUS

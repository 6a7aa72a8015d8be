"""REFER in the model, against each sentence of Twilio's page "Inbound SIP REFER to Twilio".

A is AgentA, who refers, B is AgentB; the caller is UserA.  [I] in a comment is inferred.
"""

import pytest

from model_calls import (
    NUMBER,
    UNREACHABLE,
    Answer,
    Played,
    failed,
    leg,
    outcome,
    party,
    play,
    sip,
    twiml,
)
from pivot.model.parties import Answers, Declines, HangsUp, Party, Presses, Reaction, Refers, Rings
from pivot.model.signals import (
    AnswerRefer,
    Bye,
    Cancel,
    Connect,
    Fetch,
    Fetched,
    HungUp,
    Input,
    Invite,
    Notify,
    PickedUp,
    Purpose,
    Referred,
)
from pivot.overrides import Outcome

TARGET = "<sip:b@pbx.example.com>"
TO_B = f"<Dial>{sip('B')}</Dial>"
HOLD, RELEASE = 'answerOnBridge="true"', ""
MODES = pytest.mark.parametrize("mode", [HOLD, RELEASE, 'answerOnBridge="false"'])
FAILURES = pytest.mark.parametrize(
    ("answer", "error"),
    [(failed(500), 11217), (UNREACHABLE, 11202), (outcome(b"<"), 12100)],
    ids=["500", "unreachable", "not XML"],
)
REFERS = party("A", Answers(), Refers(20.0, TARGET))
TAKEN = [AnswerRefer(leg(1), 202), Notify(leg(1), 100, final=False)]


def transfer(
    mode: str,
    answer: Answer = TO_B,
    target: Reaction | Party = Answers(),  # noqa: B008 - it is frozen
    *,
    transferor: Party = REFERS,
    then: dict[float, Input] | None = None,
    attributes: str = 'referUrl="/refer"',
    after: str = "",
    **more: Answer,
) -> Played:
    """Let the caller reach A, and A refer to B at 24.25, as A was answered at 4.25."""
    answers: dict[str, Answer] = {
        "/voice": f"<Dial {mode} {attributes}>{sip('A')}</Dial>{after}",
        "/refer": answer,
        **{f"/{path}": more[path] for path in more},
    }
    b = target if isinstance(target, Party) else party("B", target)
    return play(answers, transferor, b, party("C"), then=then)


def told(played: Played, number: int = 1) -> list[object]:
    """Return what a leg was told after its INVITE."""
    return [each for each in played.told(number) if not isinstance(each, Invite)]


# --- "REFER works for SIP calls", the webhook


@MODES
def test_a_refer_triggers_the_webhook_with_the_contents_of_the_refer_to_header(mode: str) -> None:
    form = transfer(mode).form("/refer")
    assert form["ReferTransferTarget"] == TARGET
    # Which leg the CallSid names is inferred [I]: that of the party who stays.
    assert (form["CallSid"], form["From"], form["Direction"]) == (leg(0), NUMBER, "inbound")
    assert form["CallStatus"] == "in-progress"


def test_context_in_the_refer_to_header_is_delivered_as_it_stands() -> None:
    header = "<sip:b@pbx.example.com?User-to-User=1234%3Bencoding%3Dhex&X-Name=Agent%2C+A>"
    played = transfer(HOLD, transferor=party("A", Answers(), Refers(20.0, header)))
    assert played.sent_to("/refer")[0]["ReferTransferTarget"] == header


@pytest.mark.parametrize(("attribute", "method"), [("", "POST"), ('referMethod="GET"', "GET")])
def test_the_webhook_is_sent_by_refer_method(attribute: str, method: str) -> None:
    played = transfer(HOLD, attributes=f'referUrl="/refer" {attribute}')
    [request] = [each.request for each in played.asked if "/refer" in each.url]
    assert request.method == method
    assert played.sent_to("/refer")[0]["ReferTransferTarget"] == TARGET


def test_the_webhook_has_no_fallback_url() -> None:
    # Inferred [I]: a fallback URL belongs to the number.
    answers: dict[str, Answer] = {
        "/voice": f'<Dial referUrl="/refer">{sip("A")}</Dial>',
        "/refer": failed(500),
        "/fallback": "<Say>no</Say>",
    }
    played = play(answers, REFERS, fallback="/fallback")
    assert not played.sent_to("/fallback")


# --- hold: "Twilio will not disconnect the Transferor call leg until after the Transfer-Target
# --- answers the call"


def test_in_hold_mode_the_transferor_stays_until_the_target_answers() -> None:
    played = transfer(HOLD, target=Answers(9.0))
    picked = played.at(PickedUp(leg(2)))
    assert told(played) == [*TAKEN, Notify(leg(1), 200, final=True), Bye(leg(1))]
    assert played.at(Bye(leg(1))) == played.at(Connect(leg(0), leg(2))) == picked
    assert played.pairs == (("B", "Caller"),)


@pytest.mark.parametrize(
    ("reaction", "status"),
    [(Declines(486), 486), (Declines(503), 503), (Declines(404), 404), (Rings(), 480)],
    ids=str,
)
def test_in_hold_mode_a_target_that_does_not_answer_leaves_the_initial_call(
    reaction: Reaction, status: int
) -> None:
    # "UserA will be connected to AgentA again"; the status of the NOTIFY is inferred [I].
    played = transfer(HOLD, target=reaction)
    assert told(played) == [*TAKEN, Notify(leg(1), status, final=True)]
    assert played.pairs == (("A", "Caller"),)


@FAILURES
def test_in_hold_mode_a_webhook_that_fails_leaves_the_initial_call(
    answer: Outcome, error: int
) -> None:
    # "if the call or Application fetch fails, UserA's call will stay connected with AgentA"
    played = transfer(HOLD, answer)
    assert told(played) == [*TAKEN, Notify(leg(1), 503, final=True)]
    assert played.pairs == (("A", "Caller"),)
    assert played.alerts == [error]


def test_in_hold_mode_the_initial_call_is_still_connected_while_the_webhook_is_fetched() -> None:
    played = transfer(HOLD, twiml(TO_B, 10.0), then={30.0: HungUp(leg(0))})
    assert played.at(Bye(leg(1))) == 30.0


def test_in_hold_mode_they_talk_on_as_before_after_a_failed_transfer() -> None:
    again = party("A", Answers(), Refers(20.0, TARGET), Refers(40.0, TARGET), HangsUp(60.0))
    played = transfer(HOLD, target=Declines(486), transferor=again, after="<Say>bye</Say>")
    assert [each.status for each in played.all(Notify)] == [100, 486, 100, 486]
    assert played.heard == ['"bye"']


def test_in_hold_mode_the_time_limit_that_passes_during_a_transfer_ends_the_talk() -> None:
    attributes = 'referUrl="/refer" timeLimit="30"'
    played = transfer(HOLD, target=Rings(), attributes=attributes)
    back = next(at for at, each in played.signals if each == Notify(leg(1), 480, final=True))
    assert back > played.at(PickedUp(leg(1))) + 30
    assert played.at(Bye(leg(1))) == back


def test_in_hold_mode_what_is_said_before_the_target_answers_does_not_part_the_two() -> None:
    played = transfer(HOLD, f"<Say>one moment</Say>{TO_B}", target=Declines(486))
    assert played.heard == ['"one moment"']
    assert played.pairs == (("A", "Caller"),)


def test_in_hold_mode_an_action_of_the_transfer_may_try_somebody_else() -> None:
    # That it governs what follows is inferred [I]: knob action_in_hold.
    answer = f'<Dial action="/next">{sip("B")}</Dial>'
    played = transfer(HOLD, answer, Declines(486), next=f"<Dial>{sip('C')}</Dial>")
    assert played.form("/next")["DialCallStatus"] == "busy"
    assert told(played)[-2:] == [Notify(leg(1), 200, final=True), Bye(leg(1))]
    assert played.pairs == (("C", "Caller"),)


def test_in_hold_mode_an_action_that_fails_leaves_the_initial_call() -> None:
    answer = f'<Dial action="/next">{sip("B")}</Dial>'
    played = transfer(HOLD, answer, Declines(486), next=failed(500))
    assert played.pairs == (("A", "Caller"),)


def test_in_hold_mode_a_target_that_declines_in_its_whisper_was_not_reached() -> None:
    answer = f"<Dial>{sip('B', 'url="/whisper"')}</Dial>"
    played = transfer(HOLD, answer, whisper="<Hangup/>")
    assert told(played)[-1] == Notify(leg(1), 480, final=True)
    assert played.pairs == (("A", "Caller"),)


@pytest.mark.parametrize(
    "verb", ["<Enqueue>q</Enqueue>", "<Record/>", "<Dial><Conference>r</Conference></Dial>"]
)
def test_in_hold_mode_a_queue_a_recording_or_a_room_takes_the_caller_over(verb: str) -> None:
    # "you are allowed to use any of the Programmable Voice features"; as an answer does [I].
    played = transfer(HOLD, verb)
    assert told(played) == [*TAKEN, Notify(leg(1), 200, final=True), Bye(leg(1))]


def test_in_hold_mode_hangup_ends_the_call_for_both() -> None:
    # Inferred [I].
    played = transfer(HOLD, "<Hangup/>")
    assert told(played) == [*TAKEN, Notify(leg(1), 503, final=True), Bye(leg(1))]
    assert not played.left


# --- release: "right after the Webhook is fetched Twilio will immediately send the SIP NOTIFY, and
# --- disconnect the Transferor call leg"


@pytest.mark.parametrize("mode", [RELEASE, 'answerOnBridge="false"'])
def test_in_release_mode_the_transferor_is_gone_as_soon_as_the_webhook_was_fetched(
    mode: str,
) -> None:
    played = transfer(mode, target=Answers(9.0))
    fetched = [at for at, each in played.signals if isinstance(each, Fetched)]
    assert told(played) == [*TAKEN, Notify(leg(1), 200, final=True), Bye(leg(1))]
    assert played.at(Bye(leg(1))) in fetched
    assert played.at(Bye(leg(1))) < played.at(PickedUp(leg(2)))
    assert played.pairs == (("B", "Caller"),)


@pytest.mark.parametrize("reaction", [Declines(486), Rings()], ids=str)
def test_in_release_mode_a_target_that_does_not_answer_costs_the_caller_the_call(
    reaction: Reaction,
) -> None:
    played = transfer(RELEASE, target=reaction)
    assert not played.left
    assert played.told(0)[-1] == Bye(leg(0))


def test_in_release_mode_an_application_may_handle_the_failure() -> None:
    # "unless your application is written to be able to handle the failure case"
    answer = f'<Dial action="/next">{sip("B")}</Dial>'
    played = transfer(RELEASE, answer, Declines(486), next=f"<Dial>{sip('C')}</Dial>")
    assert played.pairs == (("C", "Caller"),)


@FAILURES
def test_in_release_mode_a_webhook_that_fails_costs_the_caller_the_call(
    answer: Outcome, error: int
) -> None:
    # "Initial call got disconnected right after the referUrl Webhook is executed."
    played = transfer(RELEASE, answer)
    assert told(played) == [*TAKEN, Notify(leg(1), 200, final=True), Bye(leg(1))]
    assert played.told(0)[-1] == Bye(leg(0))
    assert played.alerts == [error]


@pytest.mark.parametrize(
    "inner",
    [
        "<Say>hello</Say>",
        "<Play>/a.mp3</Play>",
        '<Gather action="/keys"/>',
        "<Enqueue>q</Enqueue>",
        "<Dial><Sim>DE123</Sim></Dial>",
        "<Dial>+14155550123</Dial>",
    ],
)
def test_any_feature_may_follow_a_refer(inner: str) -> None:
    sim, number = Party("B", "DE123"), Party("B", "+14155550123")
    answers: dict[str, Answer] = {"/voice": f'<Dial referUrl="/refer">{sip("A")}</Dial>'}
    answers |= {"/refer": inner, "/keys": "<Say>thanks</Say>"}
    played = play(answers, REFERS, sim, number, deeds=(Presses(26.0, "1#"),))
    assert played.heard or played.pairs == (("B", "Caller"),)


# --- "referUrl attribute is not present in the <Dial> Verb"


@MODES
def test_without_a_refer_url_twilio_generates_an_alert_and_the_two_talk_on(mode: str) -> None:
    played = transfer(mode, attributes="")
    assert played.alerts == [13802]
    assert told(played) == [AnswerRefer(leg(1), 202), Notify(leg(1), 503, final=True)]
    assert played.pairs == (("A", "Caller"),)


def test_a_refer_url_is_not_necessary_in_the_transfer_dial() -> None:
    chained = party("B", Answers(), Refers(20.0, "<sip:c@pbx.example.com>"))
    played = transfer(HOLD, target=chained)
    assert played.alerts == [13802]
    assert played.pairs == (("B", "Caller"),)


@MODES
def test_a_target_may_transfer_again_if_its_dial_has_a_refer_url(mode: str) -> None:
    # Inferred [I]: knob chained_refer.
    chained = party("B", Answers(), Refers(20.0, "<sip:c@pbx.example.com>"))
    answer = f'<Dial {mode} referUrl="/again">{sip("B")}</Dial>'
    played = transfer(mode, answer, chained, again=f"<Dial>{sip('C')}</Dial>")
    assert played.pairs == (("C", "Caller"),)
    assert played.form("/again")["CallSid"] == leg(0)
    assert told(played, 2)[-2:] == [Notify(leg(2), 200, final=True), Bye(leg(2))]


def test_the_mode_of_a_second_transfer_is_that_of_its_own_dial() -> None:
    chained = party("B", Answers(), Refers(20.0, "<sip:c@pbx.example.com>"))
    answer = f'<Dial {HOLD} referUrl="/again">{sip("B")}</Dial>'
    played = transfer(RELEASE, answer, chained, again="<Dial><Sip>sip:x@y.example</Sip></Dial>")
    assert played.pairs == (("B", "Caller"),)


def test_the_action_of_the_first_dial_is_requested_and_its_answer_thrown_away() -> None:
    # A live measurement [R]: knob stray_action.
    played = transfer(HOLD, attributes='referUrl="/refer" action="/done"', done="<Say>never</Say>")
    form = played.form("/done")
    assert (form["DialCallStatus"], form["DialCallSid"]) == ("completed", leg(1))
    assert not played.heard


def test_every_webhook_of_a_transfer_comes_once() -> None:
    purposes = [each.purpose for each in transfer(HOLD).all(Fetch)]
    assert purposes == [Purpose.VOICE, Purpose.REFER]


def test_a_target_still_rings_when_the_transferee_hangs_up_and_is_cancelled() -> None:
    for mode in (HOLD, RELEASE):
        played = transfer(mode, target=Rings(), then={30.0: HungUp(leg(0))})
        assert played.at(Cancel(leg(2))) == 30.0
        assert not played.left


def test_nobody_can_be_referred_before_the_two_talk() -> None:
    # Inferred [I]: as without a referUrl.
    played = transfer(RELEASE, target=Rings(), then={2.0: Referred(leg(0), TARGET)})
    assert played.alerts == [13802]
    assert played.told(0)[1:3] == [AnswerRefer(leg(0), 202), Notify(leg(0), 503, final=True)]
    assert played.at(PickedUp(leg(1))) > 2.0

"""Each knob at each of its other values: what it changes, and that the default does not do it.

A refers 20 s after it was answered, B is the target.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from model_calls import Answer, Played, failed, leg, outcome, party, play, sip
from pivot.model.knobs import Knobs, about, values, variants
from pivot.model.parties import Answers, Declines, Deed, HangsUp, Reaction, Refers, Rings
from pivot.model.signals import (
    AnswerRefer,
    Bye,
    Cancel,
    DropConsultation,
    HungUp,
    Notify,
    Referred,
)

TARGET = "<sip:b@pbx.example.com>"
ATTENDED = "<sip:b@pbx.example.com?Replaces=4711%40pbx.example.com%3Bto-tag%3Da%3Bfrom-tag%3Db>"
LONG = f"<sip:b@pbx.example.com?X-A={'a' * 300}>"
HOLD = 'answerOnBridge="true"'
TO_C = f"<Dial>{sip('C')}</Dial>"


@dataclass(frozen=True)
class Case:
    """A call in which a knob matters: `shows` says whether it has gone as its value has it."""

    shows: Callable[[Played], bool]
    deeds: tuple[Deed, ...] = (Refers(20.0, TARGET),)
    answer: Answer = f'<Dial action="/next">{sip("B")}</Dial>'
    target: Reaction = Answers()  # noqa: RUF009 - it is frozen
    again: tuple[Deed, ...] = ()
    mode: str = HOLD

    def played(self, knobs: Knobs) -> Played:
        """Play it."""
        answers = {
            "/voice": f'<Dial {self.mode} referUrl="/refer" action="/done">{sip("A")}</Dial>',
            "/refer": self.answer,
            "/next": TO_C,
            "/again": TO_C,
            "/done": "<Say>done</Say>",
        }
        a = party("A", Answers(), *self.deeds)
        b = party("B", self.target, *self.again)
        return play(answers, a, b, party("C"), knobs=knobs)


def connected(name: str) -> Callable[[Played], bool]:
    return lambda played: played.pairs == ((name, "Caller"),)


def statuses(played: Played) -> list[int]:
    return [each.status for each in played.all(Notify)]


CHAINED = f'<Dial referUrl="/again">{sip("B")}</Dial>'
CASES = {
    "refusal_in_hold=dropped": Case(lambda played: not played.left, answer=failed(403)),
    "action_in_hold=ignored": Case(connected("A"), target=Declines(486)),
    "notify_failure=unavailable": Case(
        lambda played: statuses(played) == [100, 503],
        answer=f"<Dial>{sip('B')}</Dial>",
        target=Declines(486),
    ),
    "refer_call_sid=transferor": Case(lambda played: played.form("/refer")["CallSid"] == leg(1)),
    "long_refer_to=cut": Case(
        lambda played: (
            [len(form["ReferTransferTarget"]) for form in played.forms("/refer")] == [256]
        ),
        deeds=(Refers(20.0, LONG),),
    ),
    "long_refer_to=refused": Case(
        lambda played: (
            played.all(AnswerRefer) == [AnswerRefer(leg(1), 400)]
            and played.pairs == (("A", "Caller"),)
        ),
        deeds=(Refers(20.0, LONG),),
    ),
    "chained_refer=refused": Case(
        lambda played: 13802 in played.alerts and played.pairs == (("B", "Caller"),),
        answer=CHAINED,
        again=(Refers(20.0, "<sip:c@pbx.example.com>"),),
    ),
    "consultation=dropped": Case(
        lambda played: played.all(DropConsultation) == [DropConsultation("4711@pbx.example.com")],
        deeds=(Refers(20.0, ATTENDED),),
    ),
    "stray_action=left out": Case(lambda played: not played.forms("/done")),
    "second_refer=replaces": Case(
        lambda played: statuses(played) == [100, 487, 100, 200],
        deeds=(Refers(20.0, TARGET), Refers(22.0, TARGET)),
        target=Answers(9.0),
    ),
    "transferor_leaves=ends": Case(
        lambda played: not played.left,
        deeds=(Refers(20.0, TARGET), HangsUp(22.0)),
        target=Answers(9.0),
    ),
}


def test_every_other_value_of_every_knob_has_a_case() -> None:
    assert set(CASES) == {str(knobs) for knobs in variants()} - {"defaults"}


@pytest.mark.parametrize("setting", CASES)
def test_a_knob_changes_what_it_says_and_was_consulted(setting: str) -> None:
    played = CASES[setting].played(Knobs.parse(setting))
    assert CASES[setting].shows(played)
    assert setting.partition("=")[0] in played.call.consulted


@pytest.mark.parametrize("setting", CASES)
def test_without_the_knob_it_goes_otherwise(setting: str) -> None:
    assert not CASES[setting].shows(CASES[setting].played(Knobs()))


@pytest.mark.parametrize("setting", CASES)
def test_a_knob_that_was_not_consulted_changes_nothing(setting: str) -> None:
    for case in CASES.values():
        default = case.played(Knobs())
        if setting.partition("=")[0] not in default.call.consulted:
            assert case.played(Knobs.parse(setting)).facts == default.facts


def test_a_call_without_a_refer_consults_no_knob() -> None:
    played = replace(CASES["stray_action=left out"], deeds=()).played(Knobs())
    assert played.call.consulted == frozenset()


# --- more of each


@pytest.mark.parametrize("answer", [outcome(b"<"), "<Dial/>"], ids=["not XML", "nobody"])
def test_only_an_http_error_is_a_refusal(answer: Answer) -> None:
    case = replace(CASES["refusal_in_hold=dropped"], answer=answer)
    assert connected("A")(case.played(Knobs(refusal_in_hold="dropped")))


def test_a_refusal_that_drops_the_call_tells_the_transferor_first() -> None:
    played = CASES["refusal_in_hold=dropped"].played(Knobs(refusal_in_hold="dropped"))
    assert played.told(1)[-2:] == [Notify(leg(1), 503, final=True), Bye(leg(1))]
    assert [form["DialCallStatus"] for form in played.forms("/done")] == ["completed"]


def test_an_action_that_is_ignored_is_requested_all_the_same() -> None:
    played = CASES["action_in_hold=ignored"].played(Knobs(action_in_hold="ignored"))
    assert played.form("/next")["DialCallStatus"] == "busy"


def test_a_refer_to_of_256_characters_is_not_long() -> None:
    header = "<sip:b@pbx.example.com>".ljust(256)
    for value in values()["long_refer_to"]:
        case = Case(connected("B"), deeds=(Refers(20.0, header),))
        played = case.played(Knobs.parse(f"long_refer_to={value}"))
        assert played.form("/refer")["ReferTransferTarget"] == header


def test_a_long_refer_to_is_delivered_whole_by_default() -> None:
    played = CASES["long_refer_to=cut"].played(Knobs())
    assert played.form("/refer")["ReferTransferTarget"] == LONG


def test_a_refer_that_is_too_long_does_not_replace_a_pending_one() -> None:
    knobs = Knobs(second_refer="replaces", long_refer_to="refused")
    deeds = Refers(20.0, TARGET), Refers(22.0, LONG)
    played = replace(CASES["second_refer=replaces"], deeds=deeds).played(knobs)
    assert statuses(played) == [100, 200]


def test_a_refer_that_replaces_another_is_no_second_transfer() -> None:
    knobs = Knobs(second_refer="replaces", chained_refer="refused")
    played = CASES["second_refer=replaces"].played(knobs)
    assert statuses(played) == [100, 487, 100, 200]


def test_the_target_of_a_refer_that_was_replaced_is_cancelled() -> None:
    case = replace(CASES["second_refer=replaces"], target=Rings(), answer=[CHAINED, TO_C])
    played = case.played(Knobs(second_refer="replaces"))
    assert played.all(Cancel) == [Cancel(leg(2))]
    assert connected("C")(played)


def test_a_transfer_that_failed_does_not_count_as_the_first_of_a_chain() -> None:
    knobs = Knobs(chained_refer="refused")
    deeds = Refers(20.0, TARGET), Refers(60.0, TARGET)
    case = Case(connected("A"), deeds=deeds, answer=["<Dial/>", TO_C])
    assert connected("C")(case.played(knobs))


def test_a_consultation_is_dropped_when_the_target_answers_and_in_release_mode_at_once() -> None:
    knobs = Knobs(consultation="dropped")
    for mode in (HOLD, ""):
        case = replace(CASES["consultation=dropped"], mode=mode, target=Answers(9.0))
        played = case.played(knobs)
        dropped = played.at(DropConsultation("4711@pbx.example.com"))
        assert dropped == played.at(Bye(leg(1)))


def test_a_blind_transfer_and_one_that_fails_drop_no_consultation() -> None:
    knobs = Knobs(consultation="dropped")
    busy = replace(CASES["consultation=dropped"], target=Declines(486), answer=CHAINED)
    blind = replace(busy, deeds=(Refers(20.0, TARGET),), target=Answers())
    for case in (busy, blind):
        assert not case.played(knobs).all(DropConsultation)


def test_in_release_mode_a_transferor_that_leaves_ends_nothing() -> None:
    # The knob is about hold mode.
    case = replace(
        CASES["transferor_leaves=ends"],
        mode="",
        deeds=(
            Refers(20.0, TARGET),
            HangsUp(20.1),
        ),
    )
    assert connected("B")(case.played(Knobs(transferor_leaves="ends")))


@pytest.mark.parametrize("moment", [20.1, 30.0], ids=["while fetching", "while ringing"])
def test_a_caller_who_refers_and_leaves_takes_the_other_along_too(moment: float) -> None:
    answers: dict[str, Answer] = {
        "/voice": f'<Dial {HOLD} referUrl="/refer">{sip("A")}</Dial>',
        "/refer": f"<Dial>{sip('B')}</Dial>",
    }
    played = play(
        answers,
        party("A"),
        party("B", Answers(15.0)),
        caller="sip:alice@pbx.example.com",
        then={20.0: Referred(leg(0), TARGET), moment: HungUp(leg(0))},
        knobs=Knobs(transferor_leaves="ends"),
    )
    assert not played.left
    assert played.at(Bye(leg(1))) == moment


# --- the settings themselves


def test_every_knob_is_explained() -> None:
    assert set(about()) == set(values())
    assert all(each.question.endswith("?") and each.source for each in about().values())


def test_knobs_are_read_from_what_they_are_written_as() -> None:
    for knobs in variants():
        text = str(knobs)
        assert Knobs.parse("" if text == "defaults" else text) == knobs


@pytest.mark.parametrize(
    ("text", "words"),
    [("colour=red", "'colour' is no knob"), ("second_refer=maybe", "refused or replaces")],
)
def test_what_is_no_knob_or_no_value_of_it_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Knobs.parse(text)

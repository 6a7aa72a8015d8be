"""One dial from its callbacks: what legs and actions say, whichever of them came."""

import itertools
from collections.abc import Iterable

import pytest

from call_transfer.attempt import Try, tries
from call_transfer.facts import CONTINUED, TAKEN, Attempt, LegEvent, Outcome, Recording, Result
from call_transfer.links import Mode, Stage

ANSWERED = ("initiated", "ringing", "in-progress", "completed")


def leg(
    *statuses: str,
    noun: int = 0,
    nouns: int = 1,
    attempt: int = 0,
    stage: Stage = Stage.TRANSFER,
    sip_code: int = 0,
) -> tuple[LegEvent, ...]:
    """Return the events of one leg, five seconds apart; the last one tells of 42 s of talk."""
    return tuple(
        LegEvent(
            attempt=attempt,
            stage=stage,
            noun=noun,
            nouns=nouns,
            call_sid=f"CA{attempt:016d}{noun:016d}",
            sequence=sequence,
            status=status,
            at=1000 + 5 * sequence,
            duration=42 if status == "completed" else 0,
            sip_code=sip_code if sequence == len(statuses) - 1 else 0,
        )
        for sequence, status in enumerate(statuses)
    )


def tried(
    *legs: tuple[LegEvent, ...],
    results: tuple[Result, ...] = (),
    mode: Mode = Mode.HOLD,
    attempt: Attempt | None = None,
    accepted: Iterable[str] = (),
    recordings: Iterable[Recording] = (),
) -> Try:
    """Return the only attempt, recorded as `attempt` or known from its callbacks alone."""
    [one] = tries(
        mode,
        {0: attempt} if attempt else {},
        legs=frozenset(itertools.chain(*legs)),
        results=frozenset(results),
        accepted=frozenset(accepted),
        recordings=frozenset(recordings),
    )
    return one


@pytest.mark.parametrize("order", list(itertools.permutations(leg(*ANSWERED))))
def test_the_sequence_number_orders_the_events_of_a_leg(order: tuple[LegEvent, ...]) -> None:
    one = tried(order)
    assert (one.result, one.finished) == (Outcome.ANSWERED, True)
    assert one.leg is not None
    assert (one.leg.ring_seconds, one.talk_seconds) == (10, 42)


@pytest.mark.parametrize(
    ("status", "answered"),
    [
        ("completed", True),
        ("answered", True),
        ("busy", False),
        ("no-answer", False),
        ("failed", False),
        ("canceled", False),
        ("queued", True),
        ("voicemail", True),
        (CONTINUED, False),
        ("", False),
        ("something-new", False),
    ],
)
def test_a_dial_is_answered_when_its_status_says_so(status: str, *, answered: bool) -> None:
    assert Result(attempt=0, stage=Stage.TRANSFER, status=status).taken is answered


@pytest.mark.parametrize("status", ["", "something-new"])
def test_a_dial_status_that_nobody_knows_counts_as_failed(status: str) -> None:
    one = tried(results=(Result(attempt=0, stage=Stage.TRANSFER, status=status),))
    assert (one.result, one.finished, one.by_action) == (Outcome.FAILED, True, True)


@pytest.mark.parametrize("status", ["initiated", "queued", "ringing", "something-new"])
def test_a_leg_that_is_under_way_ends_nothing(status: str) -> None:
    one = tried(leg(status))
    assert (one.result, one.finished, one.leg) == (None, False, None)


def test_a_leg_in_conversation_is_answered_and_not_finished() -> None:
    one = tried(leg("initiated", "ringing", "in-progress"))
    assert (one.result, one.finished, one.talk_seconds) == (Outcome.ANSWERED, False, None)
    assert one.leg is not None
    assert one.leg.ring_seconds == 10


def test_a_leg_of_which_only_the_end_is_known_has_talked_and_its_ringing_is_unknown() -> None:
    one = tried(leg("completed"))
    assert (one.result, one.talk_seconds) == (Outcome.ANSWERED, 42)
    assert one.leg is not None
    assert one.leg.ring_seconds is None


def test_ringing_never_lasts_less_than_nothing_when_clocks_disagree() -> None:
    first, last = leg("initiated", "busy")
    early = LegEvent(first.attempt, first.stage, 0, 1, first.call_sid, 1, "busy", at=last.at - 60)
    one = tried((first, early))
    assert one.leg is not None
    assert one.leg.ring_seconds == 0


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (("busy", "no-answer"), Outcome.NO_ANSWER),
        (("failed", "busy"), Outcome.BUSY),
        (("canceled", "failed"), Outcome.FAILED),
        (("canceled", "canceled"), Outcome.CANCELED),
        (("canceled", "busy", "failed", "no-answer"), Outcome.NO_ANSWER),
    ],
)
def test_of_several_legs_the_one_that_says_most_is_told(
    ends: tuple[str, ...], told: Outcome
) -> None:
    legs = [
        leg("initiated", end, noun=noun, nouns=len(ends), sip_code=480 + noun)
        for noun, end in enumerate(ends)
    ]
    one = tried(*legs)
    assert (one.result, one.finished) == (told, True)
    assert one.leg is not None
    assert one.sip_code == one.leg.sip_code == 480 + one.leg.noun


def test_a_dial_without_action_is_open_until_its_last_noun_is_over() -> None:
    recorded = Attempt(Stage.TRANSFER, nouns=3, has_action=False)
    legs = [leg("initiated", "busy", noun=noun, nouns=3) for noun in range(3)]
    for over in (1, 2):
        one = tried(*legs[:over], attempt=recorded)
        assert (one.result, one.finished) == (None, False)
    one = tried(*legs, attempt=recorded)
    assert (one.result, one.finished) == (Outcome.BUSY, True)


def test_the_number_of_nouns_is_known_from_the_links_when_the_record_is_missing() -> None:
    assert tried(leg("busy", noun=1, nouns=2)).result is None
    assert tried(leg("busy", noun=0), leg("busy", noun=0, nouns=1)).result is Outcome.BUSY


def test_a_dial_with_action_ends_by_it_and_not_by_its_legs() -> None:
    recorded = Attempt(Stage.TRANSFER, nouns=1, has_action=True)
    assert tried(leg("initiated", "busy"), attempt=recorded).result is None
    assert tried(leg(*ANSWERED), attempt=recorded).finished is False
    result = Result(attempt=0, stage=Stage.TRANSFER, status="no-answer")
    one = tried(leg(*ANSWERED), results=(result,), attempt=recorded)
    assert (one.result, one.finished, one.by_action) == (Outcome.NO_ANSWER, True, True)


def test_an_action_takes_ringing_and_code_from_the_leg_that_ended_as_it_did() -> None:
    legs = (
        leg("initiated", "canceled", noun=0, nouns=2, sip_code=487),
        leg("initiated", "ringing", "busy", noun=1, nouns=2, sip_code=486),
    )
    plain = Result(attempt=0, stage=Stage.TRANSFER, status="busy")
    one = tried(*legs, results=(plain,))
    assert one.leg is not None
    assert (one.leg.noun, one.leg.ring_seconds, one.sip_code) == (1, 10, 486)
    telling = Result(attempt=0, stage=Stage.TRANSFER, status="busy", sip_code=600)
    assert tried(*legs, results=(telling,)).sip_code == 600
    other = Result(attempt=0, stage=Stage.TRANSFER, status="failed")
    assert (tried(*legs, results=(other,)).leg, tried(*legs, results=(other,)).sip_code) == (
        None,
        0,
    )


def test_an_action_says_how_long_the_talk_was_and_only_of_a_talk() -> None:
    talked = Result(attempt=0, stage=Stage.TRANSFER, status="completed", duration=17)
    assert tried(leg(*ANSWERED), results=(talked,)).talk_seconds == 17
    rang = Result(attempt=0, stage=Stage.TRANSFER, status="no-answer", duration=17)
    assert tried(results=(rang,)).talk_seconds is None


def test_an_action_says_that_the_caller_has_gone() -> None:
    gone = Result(attempt=0, stage=Stage.TRANSFER, status="no-answer", caller_gone=True)
    assert tried(results=(gone,)).caller_gone is True


@pytest.mark.parametrize(
    ("mode", "stage", "by_legs"),
    [
        (Mode.HOLD, Stage.TRANSFER, True),
        (Mode.HOLD, Stage.INITIAL, False),
        (Mode.HOLD, Stage.RECALL, False),
        (Mode.RELEASE, Stage.TRANSFER, False),
        (Mode.RELEASE, Stage.FALLBACK, False),
    ],
)
def test_of_an_unrecorded_dial_mode_and_stage_say_whether_legs_end_it(
    mode: Mode, stage: Stage, *, by_legs: bool
) -> None:
    one = tried(leg("initiated", "busy", stage=stage), mode=mode)
    assert (one.stage, one.finished) == (stage, by_legs)


def test_attempts_are_told_in_order_recorded_or_not() -> None:
    known = tries(
        Mode.RELEASE,
        {1: Attempt(Stage.FALLBACK, nouns=1, has_action=True)},
        legs=frozenset(leg("initiated", attempt=3, stage=Stage.LAST_RESORT)),
        results=frozenset({Result(attempt=0, stage=Stage.TRANSFER, status="busy")}),
    )
    assert [(one.number, one.stage) for one in known] == [
        (0, Stage.TRANSFER),
        (1, Stage.FALLBACK),
        (3, Stage.LAST_RESORT),
    ]


# --- a key takes the call


ASKED = Attempt(Stage.TRANSFER, nouns=1, has_action=False, is_accepted=True)
FIRST, SECOND = "CA" + "0" * 32, f"CA{0:016d}{1:016d}"


def test_a_target_that_answered_and_pressed_no_key_has_not_answered() -> None:
    one = tried(leg(*ANSWERED), attempt=ASKED)
    assert (one.result, one.finished, one.talk_seconds) == (Outcome.NO_ANSWER, True, None)


def test_a_target_that_pressed_the_key_has_answered() -> None:
    one = tried(leg(*ANSWERED), attempt=ASKED, accepted=[FIRST])
    assert (one.result, one.finished, one.talk_seconds) == (Outcome.ANSWERED, True, 42)


def test_a_target_that_still_listens_says_nothing_yet() -> None:
    listening = leg("initiated", "ringing", "in-progress")
    assert tried(listening, attempt=ASKED).result is None
    assert tried(listening, attempt=ASKED, accepted=[FIRST]).result is Outcome.ANSWERED


def test_the_key_of_another_leg_takes_no_call() -> None:
    assert tried(leg(*ANSWERED), attempt=ASKED, accepted=[SECOND]).result is Outcome.NO_ANSWER


@pytest.mark.parametrize("end", ["busy", "no-answer", "failed", "canceled"])
def test_a_target_that_did_not_answer_is_told_as_without_a_whisper(end: str) -> None:
    plain = Attempt(Stage.TRANSFER, nouns=1, has_action=False)
    events = leg("initiated", "ringing", end, sip_code=486)
    assert tried(events, attempt=ASKED) == tried(events, attempt=plain)


def test_of_several_targets_the_one_that_pressed_the_key_has_answered() -> None:
    several = Attempt(Stage.TRANSFER, nouns=2, has_action=False, is_accepted=True)
    legs = [leg(*ANSWERED, noun=noun, nouns=2) for noun in range(2)]
    one = tried(*legs, attempt=several, accepted=[SECOND])
    assert one.leg is not None
    assert (one.result, one.leg.noun) == (Outcome.ANSWERED, 1)
    assert tried(*legs, attempt=several).result is Outcome.NO_ANSWER
    assert tried(legs[0], attempt=several).result is None


def test_the_action_says_whether_the_two_have_talked_whatever_the_key() -> None:
    asked = Attempt(Stage.TRANSFER, nouns=1, has_action=True, is_accepted=True)
    talked = Result(0, Stage.TRANSFER, "completed", duration=7)
    one = tried(leg(*ANSWERED), results=(talked,), attempt=asked)
    assert (one.result, one.talk_seconds) == (Outcome.ANSWERED, 7)
    unheard = Result(0, Stage.TRANSFER, "no-answer")
    one = tried(leg(*ANSWERED), results=(unheard,), attempt=asked)
    assert (one.result, one.leg and one.leg.ring_seconds) == (Outcome.NO_ANSWER, 10)


# --- other verbs


def test_a_verb_of_which_nobody_tells_more_has_ended_as_soon_as_it_was_answered() -> None:
    for ends in (Outcome.ANNOUNCED, Outcome.REDIRECTED):
        one = tried(attempt=Attempt(Stage.FALLBACK, nouns=0, has_action=True, ends=ends))
        assert (one.result, one.stage, one.finished) == (ends, Stage.FALLBACK, True)


def test_a_menu_that_led_on_has_said_nothing() -> None:
    menu = Attempt(Stage.TRANSFER, nouns=0, has_action=True)
    one = tried(results=(Result(0, Stage.TRANSFER, CONTINUED),), attempt=menu)
    assert (one.result, one.finished, one.by_action) == (None, False, True)


def test_a_caller_who_left_the_queue_for_somebody_was_queued_and_others_were_not_answered() -> None:
    queue = Attempt(Stage.TRANSFER, nouns=0, has_action=True)
    for status, told in {
        "queued": Outcome.QUEUED,
        "failed": Outcome.FAILED,
        "no-answer": Outcome.NO_ANSWER,
    }.items():
        one = tried(results=(Result(0, Stage.TRANSFER, status),), attempt=queue)
        assert (one.result, one.finished, one.result in TAKEN) == (told, True, status == "queued")


BOX = Attempt(Stage.FALLBACK, nouns=0, has_action=True, takes_message=True)


def message(seconds: int, attempt: int = 0, sid: str = "1") -> Recording:
    return Recording(attempt, "RE" + sid * 32, "completed", duration=seconds)


@pytest.mark.parametrize(
    ("results", "recordings", "told", "seconds"),
    [
        ([("voicemail", 9)], [], Outcome.VOICEMAIL, 9),
        ([("voicemail", 9)], [message(10)], Outcome.VOICEMAIL, 9),
        ([], [message(10)], Outcome.VOICEMAIL, 10),
        ([("no-answer", 0)], [message(10)], Outcome.VOICEMAIL, 10),
        ([], [message(10), message(3, sid="2")], Outcome.VOICEMAIL, 10),
        ([], [message(0)], None, None),
        ([], [message(10, attempt=1)], None, None),
        ([("no-answer", 0)], [message(0)], Outcome.NO_ANSWER, None),
        ([], [], None, None),
    ],
    ids=[
        *("the action", "both", "the recording alone", "the recording after silence"),
        *("two recordings", "an empty one", "that of another attempt", "silence", "nothing yet"),
    ],
)
def test_a_message_counts_by_whichever_tells_of_it(
    results: list[tuple[str, int]],
    recordings: list[Recording],
    told: Outcome | None,
    seconds: int | None,
) -> None:
    known = tries(
        Mode.RELEASE,
        {0: BOX},
        legs=frozenset(),
        results=frozenset(
            Result(0, Stage.FALLBACK, status, duration=duration) for status, duration in results
        ),
        recordings=frozenset(recordings),
    )
    assert (known[0].result, known[0].talk_seconds) == (told, seconds)


def test_the_recording_of_a_dial_is_no_message() -> None:
    dial = Attempt(Stage.TRANSFER, nouns=1, has_action=True)
    assert tried(leg("initiated"), attempt=dial, recordings=[message(10)]).result is None


def test_an_unrecorded_dial_behind_a_menu_has_an_action_in_hold_mode_too() -> None:
    busy = frozenset(leg("initiated", "busy", attempt=1))
    [one] = tries(Mode.HOLD, {}, legs=busy, results=frozenset())
    assert (one.number, one.finished) == (1, False)


def test_of_two_that_accept_at_once_the_one_that_talks_longer_has_the_call() -> None:
    def talks(noun: int, seconds: int | None) -> tuple[LegEvent, ...]:
        sid = f"CA{noun:032x}"
        events = [LegEvent(0, Stage.TRANSFER, noun, 2, sid, 0, "in-progress", at=1000)]
        if seconds is not None:
            event = LegEvent(0, Stage.TRANSFER, noun, 2, sid, 1, "completed", 1000, seconds)
            events.append(event)
        return tuple(events)

    def told(*legs: tuple[LegEvent, ...]) -> Try:
        attempt = Attempt(Stage.TRANSFER, nouns=2, has_action=False, is_accepted=True)
        sids = frozenset(f"CA{noun:032x}" for noun in (0, 1))
        known = frozenset(itertools.chain(*legs))
        [one] = tries(Mode.HOLD, {0: attempt}, legs=known, results=frozenset(), accepted=sids)
        return one

    assert told(talks(0, 4), talks(1, None)).finished is False
    ended = told(talks(0, 4), talks(1, 303))
    assert (ended.finished, ended.talk_seconds) == (True, 303)
    assert ended.leg is not None
    assert ended.leg.noun == 1

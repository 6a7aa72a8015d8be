"""When a hop must have ended, and what is said of it when nobody told the end."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_transfer.errors import Denied
from call_transfer.facts import CONTINUED, Closing, LegEvent, Outcome, Result
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.overdue import SHARDS, SLACK, Later, Over, last_attempt, look, shard_of
from call_transfer.plan import Plan
from call_transfer.record import HopRecord, Refused
from call_transfer.verb import Announcement, Enqueue, Menu, Prompt, Verb, Voicemail
from plans import dial_plan
from records import SESSION, TENANT, records

OPENED = 1_000_000
TIME_LIMIT = 14_400
PROMPT = Prompt(say="Press.")
NOUNS = tuple(Noun(NounKind.SIP, f"sip:{name}@pbx.example.com") for name in "bcd")
DIAL = dial_plan(
    nouns=NOUNS[:1], stage=Stage.TRANSFER, rule="*/agentb", ring_timeout=20, time_limit=600
)
HOP = HopRecord(
    tenant=TENANT,
    session=SESSION,
    hop=1,
    refer_id="0123456789ab",
    mode=Mode.HOLD,
    opened_at=OPENED,
    tried={0: DIAL},
)
MENU = Menu(PROMPT, keys=(("1", "2001"),), timeout=7, repeat=2)
BOX = Voicemail(PROMPT, max_length=120, timeout=5, finish_on_key="#", play_beep=True)


def leg(status: str, at: int, *, attempt: int = 0, noun: int = 0) -> LegEvent:
    """Return an event so many seconds after the hop was opened."""
    sid = f"CA{noun:032d}"
    return LegEvent(attempt, Stage.TRANSFER, noun, 3, sid, at, status, at=OPENED + at)


def with_verb(verb: Verb, **more: object) -> HopRecord:
    plan = Plan(verb=verb, stage=Stage.TRANSFER, rule="*/2001")
    return replace(HOP, tried={0: plan}, **more)  # type: ignore[arg-type] # fields of a record


def until(record: HopRecord) -> int:
    """Return the seconds after which a hop must have ended, without what is added for safety."""
    seen = look(record, time_limit=TIME_LIMIT, now=0)
    assert isinstance(seen, Later)
    return seen.until - OPENED - SLACK


def over(record: HopRecord) -> tuple[Outcome, str]:
    """Return what is said of a hop long after it must have ended."""
    now = OPENED + 1_000_000
    seen = look(record, time_limit=TIME_LIMIT, now=now)
    assert isinstance(seen, Over)
    assert seen.closing.at == now
    return seen.closing.outcome, seen.why


# --- when


def test_a_dial_that_nobody_answers_ends_with_its_timeout_and_what_twilio_adds() -> None:
    assert until(HOP) == 25


def test_of_a_dial_in_turn_each_party_has_the_timeout() -> None:
    parties = dial_plan(
        nouns=NOUNS, stage=Stage.TRANSFER, rule="*/b", ring_timeout=20, sequential=True
    )
    assert until(replace(HOP, tried={0: parties})) == 3 * 25
    at_once = dial_plan(nouns=NOUNS, stage=Stage.TRANSFER, rule="*/b", ring_timeout=20)
    assert until(replace(HOP, tried={0: at_once})) == 25


def test_a_leg_that_was_answered_may_talk_for_the_time_limit_of_its_dial() -> None:
    talking = (leg("initiated", 1), leg("ringing", 3), leg("in-progress", 9))
    assert until(replace(HOP, legs=talking)) == 9 + 600
    assert until(replace(HOP, legs=(leg("answered", 9),))) == 9 + 600


def test_a_leg_that_has_ended_talks_no_more() -> None:
    ended = (leg("in-progress", 9), leg("completed", 20))
    assert until(replace(HOP, legs=ended)) == 20 + 25
    assert until(replace(HOP, legs=(leg("busy", 4),))) == 4 + 25


def test_of_several_legs_the_one_that_can_last_longest_counts() -> None:
    legs = (leg("in-progress", 9), leg("completed", 20), leg("in-progress", 15, noun=1))
    assert until(replace(HOP, legs=legs)) == 15 + 600


def test_a_time_that_cannot_be_keeps_no_hop_open() -> None:
    ahead = (leg("in-progress", 999_999_999),)
    assert until(replace(HOP, legs=ahead)) == 25 + 600


@pytest.mark.parametrize(
    ("verb", "seconds"),
    [
        (MENU, 600 + 7),
        (BOX, 600 + 120 + 5),
        (Enqueue("support"), 14_400),
        (Announcement(PROMPT), 600),
    ],
    ids=lambda value: type(value).__name__,
)
def test_another_verb_has_the_time_that_it_can_take(verb: Verb, seconds: int) -> None:
    assert until(with_verb(verb)) == seconds


def test_a_later_attempt_begins_when_those_before_it_must_have_ended() -> None:
    fallback = dial_plan(nouns=NOUNS[:1], stage=Stage.FALLBACK, rule="*/c", ring_timeout=10)
    busy = (Result(0, Stage.TRANSFER, "busy"),)
    assert until(replace(HOP, tried={0: DIAL, 1: fallback}, results=busy)) == 25 + 15


def test_an_attempt_that_is_not_recorded_is_given_the_most_that_there_is() -> None:
    on = (Result(0, Stage.TRANSFER, CONTINUED),)
    assert until(replace(HOP, results=on)) == 25 + 605
    assert until(replace(HOP, tried={}, legs=(leg("in-progress", 9),))) == 9 + TIME_LIMIT


def test_a_hop_that_is_not_recorded_began_with_its_first_leg() -> None:
    lost = replace(HOP, opened_at=0, tried={}, legs=(leg("ringing", 4), leg("initiated", 2)))
    assert until(lost) == 4 + 605
    nothing = replace(HOP, opened_at=0, tried={}, legs=())
    assert isinstance(look(nothing, time_limit=TIME_LIMIT, now=10_000), Over)


def test_a_hop_is_over_at_its_deadline_and_not_before() -> None:
    end = OPENED + 25 + SLACK
    assert look(HOP, time_limit=TIME_LIMIT, now=end - 1) == Later(end)
    assert look(HOP, time_limit=TIME_LIMIT, now=end) == Over(
        Closing(Outcome.UNKNOWN, at=end), "any leg"
    )


@given(records, st.integers(0, 10**9))
def test_a_hop_is_over_after_a_time_and_stays_so(record: HopRecord, opened_at: int) -> None:
    hop = replace(record, opened_at=opened_at)
    seen = look(hop, time_limit=TIME_LIMIT, now=0)
    if isinstance(seen, Later):
        assert isinstance(look(hop, time_limit=TIME_LIMIT, now=seen.until), Over)
        assert look(hop, time_limit=TIME_LIMIT, now=seen.until - 1) == seen


@given(records, st.integers(0, 10**9))
def test_what_is_over_is_finished_when_it_is_closed(record: HopRecord, opened_at: int) -> None:
    hop = replace(record, opened_at=opened_at)
    seen = look(hop, time_limit=TIME_LIMIT, now=2**40)
    assert isinstance(seen, Over)
    assert replace(hop, closed=seen.closing).conclusion().finished


# --- what is said


@pytest.mark.parametrize(
    ("record", "outcome", "why"),
    [
        (HOP, Outcome.UNKNOWN, "any leg"),
        (with_verb(MENU), Outcome.ABANDONED, "the action of a menu"),
        (with_verb(BOX), Outcome.ABANDONED, "the action of a voicemail"),
        (with_verb(Enqueue("support")), Outcome.UNKNOWN, "the action of a queue"),
        (with_verb(Announcement(PROMPT)), Outcome.UNKNOWN, "any leg"),
        (
            replace(HOP, legs=(leg("in-progress", 9),)),
            Outcome.UNKNOWN,
            "the end of a dial that was answered",
        ),
        (replace(HOP, legs=(leg("ringing", 4),)), Outcome.UNKNOWN, "the end of a dial that rang"),
    ],
    ids=["nothing", "menu", "voicemail", "queue", "text", "answered", "rang"],
)
def test_what_is_said_names_what_was_not_told(
    record: HopRecord, outcome: Outcome, why: str
) -> None:
    assert over(record) == (outcome, why)


def test_a_caller_who_leaves_while_a_refusal_is_spoken_has_abandoned() -> None:
    refused = replace(HOP, refused=Refused.of(Denied("deny_entry", "no")))
    said = (Outcome.ABANDONED, "any leg of a dial behind a spoken refusal")
    assert over(refused) == said
    assert over(replace(refused, legs=(leg("ringing", 4),)))[0] is Outcome.UNKNOWN
    later = replace(refused, tried={0: DIAL, 1: DIAL})
    assert over(later) == (Outcome.UNKNOWN, "any leg")


def test_a_menu_that_has_led_on_was_not_left() -> None:
    on = Result(0, Stage.TRANSFER, CONTINUED)
    assert over(with_verb(MENU, results=(on,))) == (Outcome.UNKNOWN, "any leg")
    rang = with_verb(MENU, legs=(leg("ringing", 4, attempt=1),))
    assert over(rang) == (Outcome.UNKNOWN, "the end of a dial that rang")


def test_the_last_attempt_is_known_from_whatever_tells_of_it() -> None:
    assert last_attempt(replace(HOP, tried={})) == 0
    assert last_attempt(replace(HOP, tried={0: DIAL, 2: DIAL})) == 2
    assert last_attempt(replace(HOP, legs=(leg("ringing", 4, attempt=3),))) == 3
    assert last_attempt(replace(HOP, results=(Result(0, Stage.TRANSFER, "busy"),))) == 0
    assert last_attempt(replace(HOP, results=(Result(0, Stage.TRANSFER, CONTINUED),))) == 1


# --- where


def test_a_session_is_always_in_the_same_shard() -> None:
    assert [shard_of(f"CA{number:032x}") for number in range(6)] == ["0", "6", "4", "2", "1", "7"]


def test_sessions_are_spread_over_every_shard() -> None:
    shards = {shard_of(f"CA{number:032x}") for number in range(200)}
    assert shards == {str(number) for number in range(SHARDS)}

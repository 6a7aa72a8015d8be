"""The end of a hop: its vocabulary, and that no order of arrival changes what is concluded."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_transfer.facts import Attempt, LegEvent, Outcome, Result
from call_transfer.links import Mode, Stage
from call_transfer.outcome import Conclusion, conclude

UNANSWERED = ("busy", "no-answer", "failed", "canceled")
CONNECTED = {Outcome.ANSWERED, Outcome.RECALLED, Outcome.FALLBACK}


OPENED = -1


@dataclass(frozen=True)
class Fact:
    """What one webhook adds to the record; `cause` is the fact without which it is never sent."""

    cause: int | None = None
    refused: Outcome | None = None
    attempts: tuple[tuple[int, Attempt], ...] = ()
    legs: tuple[LegEvent, ...] = ()
    results: tuple[Result, ...] = ()
    lost: bool = False

    @property
    def number(self) -> int | None:
        """Name a fact that others follow: OPENED, or the dial that ends with this action."""
        if self.results:
            return self.results[0].attempt
        return None if self.legs else OPENED


@dataclass(frozen=True)
class PlayedCall:
    """All that Twilio and we have to tell of one hop, in the order in which it happened."""

    mode: Mode
    facts: tuple[Fact, ...]
    answered: bool

    def conclusion(self, facts: Iterable[Fact]) -> Conclusion:
        kept = [fact for fact in facts if not fact.lost]
        return conclude(
            mode=self.mode,
            refused=next((fact.refused for fact in kept if fact.refused), None),
            attempts=dict(itertools.chain(*(fact.attempts for fact in kept))),
            legs=[event for fact in kept for event in fact.legs],
            results=[result for fact in kept for result in fact.results],
        )


@st.composite
def leg_events(
    draw: st.DrawFn, *, attempt: int, stage: Stage, noun: int, nouns: int, end: str
) -> tuple[LegEvent, ...]:
    statuses = ["initiated"]
    if draw(st.booleans()):
        statuses.append("ringing")
    if end == "completed":
        statuses.append("in-progress")
    statuses.append(end)
    pause = draw(st.integers(0, 9))
    code = draw(st.sampled_from([0, 200, 404, 480, 486, 487, 503, 603]))
    return tuple(
        LegEvent(
            attempt=attempt,
            stage=stage,
            noun=noun,
            nouns=nouns,
            call_sid=f"CA{attempt:016d}{noun:016d}",
            sequence=sequence,
            status=status,
            at=1000 * attempt + pause * sequence,
            duration=draw(st.integers(0, 99)) if status == "completed" else 0,
            sip_code=code if status == end else 0,
        )
        for sequence, status in enumerate(statuses)
    )


@st.composite
def dials(
    draw: st.DrawFn, *, attempt: int, stage: Stage, nouns: int, answered: bool
) -> tuple[tuple[LegEvent, ...], ...]:
    sequential = draw(st.booleans())
    taker = draw(st.integers(0, nouns - 1)) if answered else None
    rung = taker + 1 if sequential and taker is not None else nouns
    return tuple(
        draw(
            leg_events(
                attempt=attempt,
                stage=stage,
                noun=noun,
                nouns=nouns,
                end="completed" if noun == taker else draw(st.sampled_from(UNANSWERED)),
            )
        )
        for noun in range(rung)
    )


@st.composite
def calls(draw: st.DrawFn, *, lossy: bool = False) -> PlayedCall:
    """Draw a hop: refused or not, dialled up to three times, each dial with 1 to 10 nouns.

    A lossy hop has records that could not be written: the dial went out all the same.
    """
    mode = draw(st.sampled_from(Mode))
    # Whether a hold transfer has an action is read from the record, or assumed not to.
    hold_action = not lossy and draw(st.booleans())
    refused = draw(st.sampled_from([None, None, Outcome.DENIED, Outcome.UNKNOWN_TARGET]))
    later = (Stage.FALLBACK, Stage.RECALL, Stage.LAST_RESORT)
    stage = draw(st.sampled_from(later if refused else (Stage.INITIAL, Stage.TRANSFER)))
    attempts, facts = draw(st.integers(0 if refused else 1, 3)), []
    answered = False
    pending = Fact(refused=refused, lost=lossy and draw(st.booleans()))
    for number in range(attempts):
        has_action = mode is Mode.RELEASE or stage is not Stage.TRANSFER or hold_action
        nouns = draw(st.integers(1, 10))
        recorded = ((number, Attempt(stage, nouns, has_action)),)
        facts.append(
            Fact(pending.cause, pending.refused, recorded, (), pending.results, pending.lost)
        )
        answered = draw(st.booleans())
        legs = draw(dials(attempt=number, stage=stage, nouns=nouns, answered=answered))
        facts.extend(Fact(number - 1, legs=(event,)) for event in itertools.chain(*legs))
        if not has_action:
            return PlayedCall(mode, tuple(facts), answered)
        gone = draw(st.sampled_from([False, False, False, True]))
        status = draw(st.sampled_from(("completed", "answered") if answered else UNANSWERED))
        result = Result(number, stage, status, gone, draw(st.integers(0, 99)))
        pending = Fact(number - 1, results=(result,), lost=lossy and draw(st.booleans()))
        stage = draw(st.sampled_from(later))
        if answered or gone:
            break
    facts.append(pending)
    return PlayedCall(mode, tuple(facts), answered)


def with_duplicates(facts: Sequence[Fact], random: Random) -> list[Fact]:
    """Return every fact, some of them twice or three times, in any order."""
    told = [fact for fact in facts for _ in range(random.choice((1, 1, 1, 2, 3)))]
    random.shuffle(told)
    return told


def as_can_happen(told: Sequence[Fact]) -> Iterator[Fact]:
    """Yield the facts in the given order, but none of a dial before the end of the dial before."""
    waiting, happened = list(told), set[int | None]({None})
    while waiting:
        following = next(fact for fact in waiting if fact.cause in happened)
        waiting.remove(following)
        if following.number is not None:
            happened.add(following.number)
        yield following


@given(calls() | calls(lossy=True), st.randoms())
def test_no_order_and_no_duplicate_changes_the_conclusion(call: PlayedCall, random: Random) -> None:
    assert call.conclusion(with_duplicates(call.facts, random)) == call.conclusion(call.facts)


@settings(max_examples=60)
@given(calls() | calls(lossy=True), st.randoms())
def test_an_outcome_once_told_is_never_turned_back(call: PlayedCall, random: Random) -> None:
    known: list[Fact] = []
    before = Conclusion()
    for fact in as_can_happen(with_duplicates(call.facts, random)):
        known.append(fact)
        now = call.conclusion(known)
        assert before.outcome in (None, now.outcome)
        assert now.finished or not before.finished
        before = now


@given(calls())
def test_every_hop_of_which_all_is_told_is_finished(call: PlayedCall) -> None:
    conclusion = call.conclusion(call.facts)
    assert conclusion.finished
    assert conclusion.outcome is not None


@given(calls())
def test_a_hop_is_told_as_connected_when_and_only_when_somebody_answered(call: PlayedCall) -> None:
    conclusion = call.conclusion(call.facts)
    returned = call.mode is Mode.HOLD and conclusion.outcome is Outcome.RECALLED
    assert (conclusion.outcome in CONNECTED) == call.answered or returned


def test_a_hop_of_which_nothing_is_known_is_open() -> None:
    empty = conclude(mode=Mode.HOLD, refused=None, attempts={}, legs=[], results=[])
    assert empty == Conclusion()


def test_a_refused_hop_that_dials_nobody_is_finished_at_once() -> None:
    denied = conclude(mode=Mode.HOLD, refused=Outcome.DENIED, attempts={}, legs=[], results=[])
    assert denied == Conclusion(outcome=Outcome.DENIED, finished=True)


# --- the vocabulary --------------------------------------------------------------------------


def legs(*ends: str, attempt: int = 0, stage: Stage = Stage.TRANSFER) -> list[LegEvent]:
    """Return the events of a dial by the ends of its legs; each rings for 8 s and talks for 42."""
    events = []
    for noun, end in enumerate(ends):
        statuses = ["initiated", "ringing", *(["in-progress"] if end == "completed" else []), end]
        events += [
            LegEvent(
                attempt=attempt,
                stage=stage,
                noun=noun,
                nouns=len(ends),
                call_sid=f"CA{attempt:016d}{noun:016d}",
                sequence=sequence,
                status=status,
                at=(0, 1, 8, 50)[sequence],
                duration=42 if status == "completed" else 0,
                sip_code=503 if status == end == "failed" else 0,
            )
            for sequence, status in enumerate(statuses)
        ]
    return events


@dataclass(frozen=True)
class Case:
    """A hop as it went, in the order of its dials, and what is to be said of it."""

    fact: str
    mode: Mode
    outcome: Outcome
    dials: tuple[tuple[Stage, str], ...]
    cause: str = ""
    refused: Outcome | None = None
    gone: bool = False
    sip_code: int = 0
    hold_action: bool = False
    talk_seconds: int | None = None

    def conclusion(self, *, recorded: bool) -> Conclusion:
        attempts, events, results = {}, list[LegEvent](), []
        for number, (stage, end) in enumerate(self.dials):
            has_action = (
                self.mode is Mode.RELEASE or stage is not Stage.TRANSFER or self.hold_action
            )
            attempts[number] = Attempt(stage, nouns=1, has_action=has_action)
            events += legs(end, attempt=number, stage=stage)
            if has_action:
                last = number == len(self.dials) - 1
                results.append(Result(number, stage, end, self.gone and last, duration=40))
        return conclude(
            mode=self.mode,
            refused=self.refused,
            attempts=attempts if recorded else {},
            legs=events,
            results=results,
        )


TRANSFER, FALLBACK, RECALL = Stage.TRANSFER, Stage.FALLBACK, Stage.RECALL
CASES = [
    Case("hold answered", Mode.HOLD, Outcome.ANSWERED, ((TRANSFER, "completed"),), talk_seconds=42),
    Case("hold busy", Mode.HOLD, Outcome.RECALLED, ((TRANSFER, "busy"),), cause="busy"),
    Case(
        "hold no answer", Mode.HOLD, Outcome.RECALLED, ((TRANSFER, "no-answer"),), cause="no_answer"
    ),
    Case(
        "hold failed",
        Mode.HOLD,
        Outcome.RECALLED,
        ((TRANSFER, "failed"),),
        cause="failed",
        sip_code=503,
    ),
    Case("hold caller gone", Mode.HOLD, Outcome.CANCELED, ((TRANSFER, "canceled"),)),
    Case(
        "hold with action, busy",
        Mode.HOLD,
        Outcome.BUSY,
        ((TRANSFER, "busy"),),
        hold_action=True,
    ),
    Case(
        "hold with action, caller gone",
        Mode.HOLD,
        Outcome.ABANDONED,
        ((TRANSFER, "no-answer"),),
        cause="no_answer",
        hold_action=True,
        gone=True,
    ),
    Case(
        "hold with action, recall answered",
        Mode.HOLD,
        Outcome.RECALLED,
        ((TRANSFER, "busy"), (RECALL, "completed")),
        cause="busy",
        hold_action=True,
        talk_seconds=40,
    ),
    Case(
        "hold refused with a message, fallback answered",
        Mode.HOLD,
        Outcome.FALLBACK,
        ((FALLBACK, "completed"),),
        cause="denied",
        refused=Outcome.DENIED,
        talk_seconds=40,
    ),
    Case(
        "release answered",
        Mode.RELEASE,
        Outcome.ANSWERED,
        ((TRANSFER, "completed"),),
        talk_seconds=40,
    ),
    Case("release busy", Mode.RELEASE, Outcome.BUSY, ((TRANSFER, "busy"),)),
    Case("release no answer", Mode.RELEASE, Outcome.NO_ANSWER, ((TRANSFER, "no-answer"),)),
    Case("release failed", Mode.RELEASE, Outcome.FAILED, ((TRANSFER, "failed"),), sip_code=503),
    Case("release canceled", Mode.RELEASE, Outcome.CANCELED, ((TRANSFER, "canceled"),)),
    Case(
        "release caller gone",
        Mode.RELEASE,
        Outcome.ABANDONED,
        ((TRANSFER, "no-answer"),),
        cause="no_answer",
        gone=True,
    ),
    Case(
        "release answered, and then the caller hung up",
        Mode.RELEASE,
        Outcome.ANSWERED,
        ((TRANSFER, "completed"),),
        gone=True,
        talk_seconds=40,
    ),
    Case(
        "release fallback answered",
        Mode.RELEASE,
        Outcome.FALLBACK,
        ((TRANSFER, "failed"), (FALLBACK, "completed")),
        cause="failed",
        talk_seconds=40,
    ),
    Case(
        "release recall answered",
        Mode.RELEASE,
        Outcome.RECALLED,
        ((TRANSFER, "no-answer"), (FALLBACK, "busy"), (RECALL, "completed")),
        cause="no_answer",
        talk_seconds=40,
    ),
    Case(
        "release last resort answered",
        Mode.RELEASE,
        Outcome.FALLBACK,
        ((TRANSFER, "busy"), (Stage.LAST_RESORT, "completed")),
        cause="busy",
        talk_seconds=40,
    ),
    Case(
        "release fallback not answered either: the target's own end is told",
        Mode.RELEASE,
        Outcome.BUSY,
        ((TRANSFER, "busy"), (FALLBACK, "no-answer")),
    ),
    Case(
        "release caller gone while the fallback rang",
        Mode.RELEASE,
        Outcome.ABANDONED,
        ((TRANSFER, "busy"), (FALLBACK, "no-answer")),
        cause="busy",
        gone=True,
    ),
    Case(
        "release refused, fallback answered",
        Mode.RELEASE,
        Outcome.FALLBACK,
        ((FALLBACK, "completed"),),
        cause="unknown_target",
        refused=Outcome.UNKNOWN_TARGET,
        talk_seconds=40,
    ),
    Case(
        "release refused, recall answered",
        Mode.RELEASE,
        Outcome.RECALLED,
        ((RECALL, "completed"),),
        cause="denied",
        refused=Outcome.DENIED,
        talk_seconds=40,
    ),
    Case(
        "release refused, fallback not answered: the refusal is told",
        Mode.RELEASE,
        Outcome.DENIED,
        ((FALLBACK, "busy"),),
        refused=Outcome.DENIED,
    ),
    Case(
        "initial answered",
        Mode.HOLD,
        Outcome.ANSWERED,
        ((Stage.INITIAL, "completed"),),
        talk_seconds=40,
    ),
    Case("initial busy", Mode.HOLD, Outcome.BUSY, ((Stage.INITIAL, "busy"),)),
]


@pytest.mark.parametrize("case", CASES, ids=[case.fact for case in CASES])
def test_the_vocabulary(case: Case) -> None:
    told = case.conclusion(recorded=True)
    assert (told.outcome, told.cause) == (case.outcome, case.cause)
    assert told.finished is True
    assert told.attempt == len(case.dials) - 1
    assert told.sip_code == case.sip_code
    assert told.talk_seconds == case.talk_seconds
    assert told.ring_seconds == 8
    assert told.answered_noun == (None if told.talk_seconds is None else 0)


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if not case.hold_action],
    ids=[case.fact for case in CASES if not case.hold_action],
)
def test_attempts_that_were_not_recorded_are_concluded_from_what_twilio_tells(case: Case) -> None:
    assert case.conclusion(recorded=False) == case.conclusion(recorded=True)


def test_the_noun_that_answered_is_told() -> None:
    attempts = {0: Attempt(Stage.TRANSFER, nouns=3, has_action=False)}
    events = legs("canceled", "completed", "canceled")
    told = conclude(mode=Mode.HOLD, refused=None, attempts=attempts, legs=events, results=[])
    assert (told.outcome, told.answered_noun) == (Outcome.ANSWERED, 1)


def test_an_answered_dial_is_told_before_it_is_finished() -> None:
    attempts = {0: Attempt(Stage.TRANSFER, nouns=1, has_action=False)}
    talking = legs("completed")[:3]
    told = conclude(mode=Mode.HOLD, refused=None, attempts=attempts, legs=talking, results=[])
    assert (told.outcome, told.finished) == (Outcome.ANSWERED, False)


def test_a_dial_under_way_has_no_outcome_yet() -> None:
    attempts = {
        0: Attempt(Stage.TRANSFER, nouns=1, has_action=True),
        1: Attempt(Stage.FALLBACK, nouns=1, has_action=True),
    }
    busy = [Result(0, Stage.TRANSFER, "busy")]
    told = conclude(mode=Mode.RELEASE, refused=None, attempts=attempts, legs=[], results=busy)
    assert told == Conclusion(attempt=1)


def test_the_code_of_the_target_is_told_whatever_the_fallback_met() -> None:
    results = [
        Result(0, Stage.TRANSFER, "failed", sip_code=503),
        Result(1, Stage.FALLBACK, "busy", sip_code=486),
    ]
    told = conclude(mode=Mode.RELEASE, refused=None, attempts={}, legs=[], results=results)
    assert (told.outcome, told.sip_code) == (Outcome.FAILED, 503)

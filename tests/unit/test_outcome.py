"""The end of a hop: its vocabulary, and that no order of arrival changes what is concluded."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_transfer.facts import (
    CONTINUED,
    TAKEN,
    Acceptance,
    Attempt,
    Closing,
    LegEvent,
    Outcome,
    Recording,
    Result,
)
from call_transfer.links import Mode, Stage
from call_transfer.outcome import Conclusion, conclude

UNANSWERED = ("busy", "no-answer", "failed", "canceled")
CONNECTED = {Outcome.RECALLED, Outcome.FALLBACK, *TAKEN}


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
    accepted: tuple[Acceptance, ...] = ()
    recordings: tuple[Recording, ...] = ()

    @property
    def number(self) -> int | None:
        """Name a fact that others follow: OPENED, or the dial that ends with this action."""
        if self.results:
            return self.results[0].attempt
        return None if self.legs or self.accepted or self.recordings else OPENED


@dataclass(frozen=True)
class PlayedCall:
    """All that Twilio and we have to tell of one hop, in the order in which it happened."""

    mode: Mode
    facts: tuple[Fact, ...]
    answered: bool

    def conclusion(self, facts: Iterable[Fact], closed: Closing | None = None) -> Conclusion:
        kept = [fact for fact in facts if not fact.lost]
        return conclude(
            mode=self.mode,
            refused=next((fact.refused for fact in kept if fact.refused), None),
            attempts=dict(itertools.chain(*(fact.attempts for fact in kept))),
            legs=[event for fact in kept for event in fact.legs],
            results=[result for fact in kept for result in fact.results],
            accepted=[one for fact in kept for one in fact.accepted],
            recordings=[one for fact in kept for one in fact.recordings],
            closed=closed,
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
    draw: st.DrawFn, *, attempt: int, stage: Stage, nouns: int, answered: bool, asked: bool
) -> tuple[tuple[Fact, ...], ...]:
    """Draw the facts of each leg; `asked` when a key takes the call, which no voicemail box does.

    A key is known no later than the end of its leg.
    """
    ends = (*UNANSWERED, "completed") if asked else UNANSWERED
    sequential = draw(st.booleans())
    taker = draw(st.integers(0, nouns - 1)) if answered else None
    rung = taker + 1 if sequential and taker is not None else nouns
    legs = []
    for noun in range(rung):
        end = "completed" if noun == taker else draw(st.sampled_from(ends))
        events = draw(leg_events(attempt=attempt, stage=stage, noun=noun, nouns=nouns, end=end))
        pressed = asked and end == "completed" and (noun == taker or draw(st.booleans()))
        key = Acceptance(attempt, noun, events[-1].call_sid, accepted=noun == taker)
        last = Fact(attempt - 1, legs=events[-1:], accepted=(key,) if pressed else ())
        legs.append((*(Fact(attempt - 1, legs=(event,)) for event in events[:-1]), last))
    return tuple(legs)


@st.composite
def other_verbs(
    draw: st.DrawFn, *, attempt: int, stage: Stage
) -> tuple[Attempt, tuple[Fact, ...], str]:
    """Draw a verb that dials nobody, what is told of it, and its status; "" ends the call."""
    verb = Attempt(stage, nouns=0, has_action=True)
    kind = draw(st.sampled_from(["text", "queue", "menu", "voicemail"]))
    if kind == "text":
        ends = draw(st.sampled_from([Outcome.ANNOUNCED, Outcome.REDIRECTED]))
        return replace(verb, ends=ends), (), ""
    if kind == "menu":
        return verb, (), draw(st.sampled_from([CONTINUED, "no-answer"]))
    if kind == "queue":
        return verb, (), draw(st.sampled_from(["queued", "no-answer", "failed"]))
    seconds = draw(st.integers(0, 99))
    recording = Recording(attempt, "RE" + f"{attempt:032d}", "completed", duration=seconds)
    facts = (Fact(attempt - 1, recordings=(recording,)),) if draw(st.booleans()) else ()
    status = "voicemail" if seconds else "no-answer"
    return replace(verb, takes_message=True), facts, status


@st.composite
def calls(draw: st.DrawFn, *, lossy: bool = False) -> PlayedCall:
    """Draw a hop: refused or not, answered by up to three verbs, each dial with 1 to 10 nouns.

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
        last = number == attempts - 1
        told: tuple[Fact, ...]
        if not lossy and draw(st.sampled_from([False, False, True])):
            verb, told, status = draw(other_verbs(attempt=number, stage=stage))
            status = "no-answer" if last and status == CONTINUED else status
            answered = status in ("", "queued", "voicemail")
        else:
            has_action = mode is Mode.RELEASE or stage is not Stage.TRANSFER or hold_action
            asked = not lossy and draw(st.booleans())
            answered = draw(st.booleans())
            verb = Attempt(stage, draw(st.integers(1, 10)), has_action, is_accepted=asked)
            legs = dials(
                attempt=number, stage=stage, nouns=verb.nouns, answered=answered, asked=asked
            )
            told = tuple(itertools.chain(*draw(legs)))
            status = draw(st.sampled_from(("completed", "answered") if answered else UNANSWERED))
        facts.append(replace(pending, attempts=((number, verb),)))
        facts.extend(told)
        if not verb.has_action or verb.ends:
            return PlayedCall(mode, tuple(facts), answered)
        gone = status != CONTINUED and draw(st.sampled_from([False, False, False, True]))
        result = Result(number, stage, status, gone, draw(st.integers(0, 99)))
        pending = Fact(number - 1, results=(result,), lost=lossy and draw(st.booleans()))
        if status != CONTINUED:
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


closings = st.builds(
    Closing, outcome=st.sampled_from([Outcome.UNKNOWN, Outcome.ABANDONED]), at=st.integers(0, 9999)
)


@given(calls() | calls(lossy=True), st.data(), closings)
def test_a_closed_hop_is_finished_whatever_is_known_of_it(
    call: PlayedCall, data: st.DataObject, closed: Closing
) -> None:
    known = data.draw(st.lists(st.sampled_from(call.facts), unique=True))
    assert call.conclusion(known, closed).finished


@given(calls() | calls(lossy=True), st.data(), closings)
def test_what_is_finished_by_what_was_told_is_not_changed_by_closing_it(
    call: PlayedCall, data: st.DataObject, closed: Closing
) -> None:
    known = data.draw(st.lists(st.sampled_from(call.facts), unique=True))
    told = call.conclusion(known)
    if told.finished:
        assert call.conclusion(known, closed) == told


@given(calls() | calls(lossy=True), st.randoms(), closings)
def test_a_closed_hop_of_which_all_is_told_in_the_end_is_told_as_if_it_had_never_been_closed(
    call: PlayedCall, random: Random, closed: Closing
) -> None:
    told = call.conclusion(call.facts)
    if told.finished:
        assert call.conclusion(with_duplicates(call.facts, random), closed) == told


@settings(max_examples=60)
@given(calls() | calls(lossy=True), st.randoms(), closings, st.data())
def test_a_real_outcome_is_never_turned_into_that_of_the_watchdog(
    call: PlayedCall, random: Random, closed: Closing, data: st.DataObject
) -> None:
    facts = list(as_can_happen(with_duplicates(call.facts, random)))
    when = data.draw(st.integers(0, len(facts)), label="closed after so many facts")
    real = False
    for number in range(1, len(facts) + 1):
        told = call.conclusion(facts[:number], closed if number >= when else None)
        said = told.outcome in (Outcome.UNKNOWN, Outcome.ABANDONED)
        assert not (real and (said or told.outcome is None))
        real = told.outcome is not None and not said


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


# --- the vocabulary of the other verbs


def after(
    *verbs: Attempt,
    results: Sequence[tuple[int, str]] = (),
    mode: Mode = Mode.RELEASE,
    events: Sequence[LegEvent] = (),
    accepted: Sequence[Acceptance] = (),
    recordings: Sequence[Recording] = (),
    refused: Outcome | None = None,
) -> tuple[Outcome | None, str, bool]:
    """Return outcome, cause and whether it is the end, after these verbs."""
    told = conclude(
        mode=mode,
        refused=refused,
        attempts=dict(enumerate(verbs)),
        legs=events,
        results=[Result(number, verbs[number].stage, status) for number, status in results],
        accepted=accepted,
        recordings=recordings,
    )
    return told.outcome, told.cause, told.finished


DIAL = Attempt(TRANSFER, nouns=1, has_action=True)
NEXT = Attempt(FALLBACK, nouns=1, has_action=True)
OTHER = Attempt(TRANSFER, nouns=0, has_action=True)
MESSAGE = Recording(0, "RE" + "1" * 32, "completed", duration=9)


def test_a_text_or_a_redirect_concludes_at_once() -> None:
    for ends in (Outcome.ANNOUNCED, Outcome.REDIRECTED):
        assert after(replace(OTHER, ends=ends)) == (ends, "", True)


def test_a_text_after_a_busy_target_is_told_with_its_cause() -> None:
    text = replace(NEXT, nouns=0, ends=Outcome.ANNOUNCED)
    assert after(DIAL, text, results=[(0, "busy")]) == (Outcome.ANNOUNCED, "busy", True)


def test_a_text_after_a_refusal_is_told_with_it() -> None:
    text = replace(NEXT, nouns=0, ends=Outcome.ANNOUNCED)
    assert after(text, refused=Outcome.DENIED) == (Outcome.ANNOUNCED, "denied", True)


@pytest.mark.parametrize(
    ("status", "outcome", "cause"),
    [
        ("queued", Outcome.QUEUED, ""),
        ("no-answer", Outcome.NO_ANSWER, ""),
        ("failed", Outcome.FAILED, ""),
    ],
)
def test_a_queue_ends_as_its_action_says(status: str, outcome: Outcome, cause: str) -> None:
    assert after(OTHER) == (None, "", False)
    assert after(OTHER, results=[(0, status)]) == (outcome, cause, True)


def test_the_time_in_a_queue_is_waiting_and_no_talk() -> None:
    taken = Result(attempt=0, stage=Stage.TRANSFER, status="queued", duration=42)
    ended = conclude(
        mode=Mode.RELEASE, refused=None, attempts={0: OTHER}, legs=(), results=(taken,)
    )
    assert (ended.ring_seconds, ended.talk_seconds) == (42, None)


@pytest.mark.parametrize("mode", Mode)
def test_a_menu_that_led_on_is_not_the_cause(mode: Mode) -> None:
    on = [(0, CONTINUED)]
    assert after(OTHER, DIAL, results=on, mode=mode) == (None, "", False)
    busy = [*on, (1, "busy")]
    assert after(OTHER, DIAL, results=busy, mode=mode) == (Outcome.BUSY, "", True)
    assert after(OTHER, DIAL, NEXT, results=[*busy, (2, "completed")], mode=mode) == (
        Outcome.FALLBACK,
        "busy",
        True,
    )
    answered = [*on, (1, "completed")]
    assert after(OTHER, DIAL, results=answered, mode=mode) == (Outcome.ANSWERED, "", True)


def test_a_menu_that_nobody_answered_is_the_cause_of_what_follows() -> None:
    silent = [(0, "no-answer"), (1, "completed")]
    assert after(OTHER, NEXT, results=silent) == (Outcome.FALLBACK, "no_answer", True)


@pytest.mark.parametrize(
    ("results", "recordings"),
    [([(0, "voicemail")], []), ([(0, "voicemail")], [MESSAGE]), ([], [MESSAGE])],
    ids=["the action", "both", "the recording"],
)
def test_a_message_is_told_by_whichever_comes(
    results: list[tuple[int, str]], recordings: list[Recording]
) -> None:
    box = replace(OTHER, takes_message=True)
    assert after(box, results=results, recordings=recordings) == (Outcome.VOICEMAIL, "", True)


def test_the_message_of_a_caller_who_hung_up_counts() -> None:
    told = conclude(
        mode=Mode.RELEASE,
        refused=None,
        attempts={0: replace(OTHER, takes_message=True)},
        legs=[],
        results=[Result(0, TRANSFER, "no-answer", caller_gone=True)],
        recordings=[MESSAGE],
    )
    assert (told.outcome, told.talk_seconds) == (Outcome.VOICEMAIL, 9)


# --- a key takes the call

ASKED = Attempt(TRANSFER, nouns=1, has_action=False, is_accepted=True)
KEY = Acceptance(0, 0, legs("completed")[0].call_sid, accepted=True)


@pytest.mark.parametrize(
    ("accepted", "outcome"),
    [
        ([], (Outcome.RECALLED, "no_answer", True)),
        ([replace(KEY, accepted=False)], (Outcome.RECALLED, "no_answer", True)),
        ([KEY], (Outcome.ANSWERED, "", True)),
        ([replace(KEY, call_sid="CA" + "9" * 32)], (Outcome.RECALLED, "no_answer", True)),
    ],
    ids=["no key", "another key", "the key", "the key of another leg"],
)
def test_in_hold_mode_the_key_decides_whether_the_target_has_answered(
    accepted: list[Acceptance], outcome: tuple[Outcome, str, bool]
) -> None:
    ended = legs("completed")
    assert after(ASKED, mode=Mode.HOLD, events=ended, accepted=accepted) == outcome


def test_until_the_key_is_known_a_target_that_listens_is_no_outcome() -> None:
    listening = legs("completed")[:3]
    assert after(ASKED, mode=Mode.HOLD, events=listening) == (None, "", False)
    assert after(ASKED, mode=Mode.HOLD, events=listening, accepted=[KEY]) == (
        Outcome.ANSWERED,
        "",
        False,
    )


def test_a_key_that_is_told_late_counts_all_the_same() -> None:
    told = [after(ASKED, mode=Mode.HOLD, events=legs("completed"), accepted=k) for k in ([], [KEY])]
    assert [outcome for outcome, _, _ in told] == [Outcome.RECALLED, Outcome.ANSWERED]


def test_in_release_mode_the_action_decides() -> None:
    asked = replace(ASKED, has_action=True)
    ended = legs("completed")
    assert after(asked, events=ended) == (None, "", False)
    assert after(asked, events=ended, results=[(0, "no-answer")]) == (Outcome.NO_ANSWER, "", True)
    assert after(asked, events=ended, results=[(0, "completed")])[0] is Outcome.ANSWERED


# --- closed by the watchdog

UNKNOWN = Closing(Outcome.UNKNOWN, at=9999)
PAIR = Attempt(TRANSFER, nouns=2, has_action=False)


def closed(
    *verbs: Attempt,
    events: Sequence[LegEvent] = (),
    results: Sequence[Result] = (),
    mode: Mode = Mode.HOLD,
    refused: Outcome | None = None,
    said: Closing = UNKNOWN,
) -> Conclusion:
    """Return what is concluded of these verbs, which the watchdog has closed."""
    return conclude(
        mode=mode,
        refused=refused,
        attempts=dict(enumerate(verbs)),
        legs=events,
        results=results,
        closed=said,
    )


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.ABANDONED])
def test_a_closed_hop_of_which_nothing_is_told_ends_as_it_was_closed(
    mode: Mode, outcome: Outcome
) -> None:
    said = Closing(outcome, at=9999)
    ended = Conclusion(outcome=outcome, finished=True)
    assert closed(DIAL, mode=mode, said=said) == ended
    assert closed(mode=mode, said=said) == ended


def test_a_refusal_stays_what_it_is_when_it_is_closed() -> None:
    assert closed(refused=Outcome.DENIED) == Conclusion(outcome=Outcome.DENIED, finished=True)


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [(TRANSFER, Outcome.ANSWERED), (FALLBACK, Outcome.FALLBACK), (RECALL, Outcome.RECALLED)],
)
@pytest.mark.parametrize("mode", Mode)
def test_who_had_answered_has_answered_and_how_long_they_talked_is_not_known(
    mode: Mode, stage: Stage, outcome: Outcome
) -> None:
    talking = legs("completed", stage=stage)[:3]
    told = closed(replace(DIAL, stage=stage), mode=mode, events=talking)
    assert told == Conclusion(outcome=outcome, finished=True, answered_noun=0, ring_seconds=8)


def test_an_end_that_one_leg_has_told_says_how_long_they_talked() -> None:
    told = closed(DIAL, mode=Mode.RELEASE, events=legs("completed"))
    assert (told.outcome, told.finished, told.talk_seconds) == (Outcome.ANSWERED, True, 42)


@pytest.mark.parametrize(
    ("end", "outcome", "cause"),
    [
        ("busy", Outcome.RECALLED, "busy"),
        ("no-answer", Outcome.RECALLED, "no_answer"),
        ("canceled", Outcome.CANCELED, ""),
    ],
)
def test_in_hold_mode_the_party_that_was_dialled_counts_for_those_that_never_were(
    end: str, outcome: Outcome, cause: str
) -> None:
    one_of_two = [replace(event, nouns=2) for event in legs(end)]
    assert after(PAIR, mode=Mode.HOLD, events=one_of_two) == (None, "", False)
    told = closed(PAIR, events=one_of_two)
    assert told == Conclusion(outcome=outcome, finished=True, cause=cause, ring_seconds=8)


@pytest.mark.parametrize("mode", Mode)
def test_a_leg_that_rang_and_never_ended_says_nothing(mode: Mode) -> None:
    told = closed(DIAL, mode=mode, events=legs("busy")[:2])
    assert told == Conclusion(outcome=Outcome.UNKNOWN, finished=True)


def test_a_dial_whose_action_never_came_is_unknown_because_of_what_its_leg_told() -> None:
    told = closed(DIAL, mode=Mode.RELEASE, events=legs("failed"))
    assert told == Conclusion(
        outcome=Outcome.UNKNOWN, finished=True, cause="failed", sip_code=503, ring_seconds=8
    )


def test_what_the_target_did_is_the_cause_of_a_fallback_that_nothing_is_told_of() -> None:
    busy = Result(0, TRANSFER, "busy", sip_code=486)
    told = closed(DIAL, NEXT, mode=Mode.RELEASE, results=[busy])
    assert told == Conclusion(
        outcome=Outcome.UNKNOWN, finished=True, cause="busy", sip_code=486, attempt=1
    )


def test_a_menu_that_was_left_is_abandoned_until_its_action_comes() -> None:
    said = Closing(Outcome.ABANDONED, at=9999)
    assert closed(OTHER, said=said).outcome is Outcome.ABANDONED
    on = [Result(0, TRANSFER, CONTINUED)]
    assert closed(OTHER, NEXT, results=on, said=said).outcome is Outcome.ABANDONED
    busy = [*on, Result(1, FALLBACK, "busy")]
    assert closed(OTHER, NEXT, results=busy, said=said).outcome is Outcome.BUSY


def test_a_key_that_was_not_pressed_is_no_answer_in_a_closed_hop_either() -> None:
    listening = legs("completed")[:3]
    assert closed(ASKED, events=listening).outcome is Outcome.UNKNOWN
    one_of_two = replace(ASKED, nouns=2)
    assert closed(one_of_two, events=legs("completed")).outcome is Outcome.RECALLED

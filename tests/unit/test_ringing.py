"""The Dial of an entry: who rings and for how long, before whoever waits gives up."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_transfer.context import context_of
from call_transfer.errors import Denied, Refusal
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan, Turn, plan_for
from call_transfer.policy import Call, Policy, reports_end, wait_left
from call_transfer.refer_to import ReferTo
from call_transfer.ringing import MIN_RING, RING_EXTRA, Ringing
from call_transfer.whisper import Whisper
from plans import POLICY, ringing

TENANT = "AC" + "a" * 32
NOW = 1_780_000_000.0
OURS = "+14155550100"
NUMBER = {"number": "+14155550123"}
DESK = {"sip": "sip:2001@pbx.example.com"}
ALICE = {"client": "alice"}
FROM_A_NUMBER = Call(TENANT, "+14155550177", called="+18005550100", mode=Mode.RELEASE, hop=1)
HELD = replace(FROM_A_NUMBER, mode=Mode.HOLD)
FIRST = Turn(Stage.TRANSFER)
WAIT = replace(POLICY, hold_wait=30)


def plan(
    asked: str | None = "sip:2001@pbx.example.com",
    *,
    call: Call = FROM_A_NUMBER,
    policy: Policy = POLICY,
    turn: Turn = FIRST,
    **fields: Any,  # noqa: ANN401 - fields of an entry
) -> Plan:
    target = ReferTo.parse(asked) if asked else None
    return plan_for(
        {"tenant": TENANT, "address": "2001", "dial": [DESK]} | fields,
        asked=target,
        context=context_of(target) if target else (),
        turn=turn,
        call=call,
        policy=policy,
        now=NOW,
    )


def dial(*given_: Any, **fields: Any) -> Ringing:  # noqa: ANN401 - plan's own arguments
    return ringing(plan(*given_, **fields))


def refused(*given_: Any, **fields: Any) -> Refusal:  # noqa: ANN401 - plan's own arguments
    with pytest.raises(Refusal) as caught:
        plan(*given_, **fields)
    return caught.value


# --- what an entry says of its Dial


def test_an_entry_says_how_a_dial_sounds_and_whether_it_is_recorded() -> None:
    heard = dial(record="record-from-answer-dual", ring_tone="us-old")
    assert (heard.record, heard.ring_tone) == ("record-from-answer-dual", "us-old")
    assert (dial().record, dial().ring_tone) == ("", "")


def test_an_entry_adds_headers_of_its_own_whatever_may_pass() -> None:
    headers = {"X-Line": "sales & more", "User-to-User": "00"}
    asked = "sip:2001@pbx.example.com?X-Line=evil&User-to-User=evil&X-Ticket=7"
    [noun] = dial(asked, headers=headers, pass_headers=["X-*"]).nouns
    assert noun.address == (
        "sip:2001@pbx.example.com?X-Line=sales%20%26%20more&User-to-User=00&X-Ticket=7"
    )


def test_a_header_of_the_entry_that_does_not_reach_a_party_is_listed() -> None:
    assert plan(dial=[NUMBER], headers={"X-Line": "1"}).dropped == ("X-Line",)


def test_the_header_of_a_noun_wins_over_that_of_its_entry() -> None:
    planned = plan(dial=[{"sip": "sip:a@h.example?X-Line=own"}], headers={"x-line": "1"})
    assert planned.nouns[0].address == "sip:a@h.example?X-Line=own"
    assert planned.dropped == ("x-line",)


@pytest.mark.parametrize(
    ("caller_id", "called", "shown"),
    [
        ("called", "+18005550100", "+18005550100"),
        ("called", "sip:desk@h.example", ""),
        ("called", "", ""),
        ("caller", "+18005550100", ""),
        ("+14155550111", "+18005550100", "+14155550111"),
    ],
)
@pytest.mark.parametrize("party", [NUMBER, DESK], ids=["number", "sip"])
def test_an_entry_can_show_who_calls_or_what_was_called(
    party: dict[str, str], caller_id: str, called: str, shown: str
) -> None:
    call = replace(FROM_A_NUMBER, called=called)
    assert dial(call=call, dial=[party], caller_id=caller_id).caller_id == shown


@pytest.mark.parametrize("caller_id", ["caller", "called"])
def test_to_a_number_a_call_from_sip_shows_a_number_of_ours_all_the_same(caller_id: str) -> None:
    call = replace(FROM_A_NUMBER, caller="sip:a@h.example", called="sip:b@h.example")
    fields: dict[str, Any] = {"call": call, "dial": [NUMBER], "caller_id": caller_id}
    assert refused(**fields).code == "caller_id_required"
    assert dial(policy=replace(POLICY, caller_id=OURS), **fields).caller_id == OURS


@pytest.mark.parametrize(
    ("asked", "send_ext", "digits"),
    [
        ("tel:+14155550123;ext=22-1", True, "wwww221"),
        ("sip:+14155550123;ext=9@gw.example", True, "wwww9"),
        ("tel:+14155550123", True, ""),
        ("tel:+14155550123;ext=22", False, ""),
        ("tel:+14155550123;ext=1234567890123", True, ""),
        ("tel:+14155550123;ext=9w%23", True, ""),
    ],
)
def test_an_extension_is_dialled_after_the_answer_if_the_entry_says_so(
    asked: str, digits: str, *, send_ext: bool
) -> None:
    dialled = dial(asked, address="+1415*", dial="as_asked", send_ext=send_ext)
    assert dialled.nouns == (Noun(NounKind.NUMBER, "+14155550123", send_digits=digits),)


# --- what a target hears


@pytest.mark.parametrize(
    ("allowed", "said"),
    [
        (None, "For Ann, ticket 7, from +14155550177."),
        (["X-Customer"], "For Ann, ticket , from +14155550177."),
        ([], "For , ticket , from +14155550177."),
    ],
)
def test_a_whisper_quotes_the_headers_that_may_pass_and_no_others(
    allowed: list[str] | None, said: str
) -> None:
    text = "For {X-Customer}, ticket {X-Ticket}, from {caller}."
    asked = "sip:2001@pbx.example.com?X-Customer=Ann&X-Ticket=7"
    whispered = dial(asked, whisper={"say": text, "key": "*"}, pass_headers=allowed).whisper
    assert whispered == Whisper(say=said, key="*", timeout=10)


def test_a_whisper_does_not_quote_the_headers_that_the_entry_adds() -> None:
    whispered = dial(whisper={"say": "[{X-Line}]"}, headers={"X-Line": "secret"}).whisper
    assert whispered == Whisper(say="[]", key="1", timeout=10)


def test_without_a_whisper_a_target_hears_nothing() -> None:
    assert dial().whisper is None


# --- emergency and short numbers

SHORT = [
    *("sip:911@gw.example", "sip:+911@gw.example", "sip:9-1-1@gw.example", "sip:9.1.1@gw.example"),
    *("sip:(911)@gw.example", "sip:%2B911@gw.example", "sip:%39%31%31@gw.example"),
    *("sip:911;phone-context=+1@gw.example", "sip:911;user=x@gw.example", "sips:911@gw.example"),
    *("<sip:911@gw.example;user=phone>", "sip:911:pw@gw.example", "sip:112@gw.example"),
    *("sip:911%23@gw.example", "sip:9%201%201@gw.example", "sip:9_1_1@gw.example"),
    *("sip:911/@gw.example", "sip:911,@gw.example", "sip:*911@gw.example"),
]


@pytest.mark.parametrize("asked", SHORT)
def test_the_entry_of_a_host_dials_no_emergency_number_however_it_is_spelled(asked: str) -> None:
    denied = refused(asked, address="*@gw.example", dial="as_asked")
    assert isinstance(denied, Denied)
    assert (denied.code, denied.rule) == ("exact_only", f"{TENANT}/*@gw.example")
    assert "ExactNumbers" in denied.message


@pytest.mark.parametrize("address", ["+1*", "+12*", "+1234*"])
def test_the_entry_of_a_prefix_dials_no_number_that_is_to_be_named(address: str) -> None:
    listed = replace(POLICY, exact_numbers=frozenset({"12345678"}))
    asked = "tel:+1-23456.78"
    assert refused(asked, address=address, dial="as_asked", policy=listed).code == "exact_only"
    assert dial(asked, address=address, dial="as_asked").nouns[0].address == "+12345678"


@pytest.mark.parametrize(
    ("asked", "address", "dialled"),
    [
        ("tel:+911", "+911", "+911"),
        ("sip:+911@gw.example", "+911", "+911"),
        ("sip:911@gw.example", "sip:911@gw.example", "sip:911@gw.example"),
        ("sip:9-1-1@gw.example", "sip:9-1-1@gw.example", "sip:9-1-1@gw.example"),
    ],
)
def test_an_entry_that_names_it_exactly_dials_it(asked: str, address: str, dialled: str) -> None:
    assert dial(asked, address=address, dial="as_asked").nouns[0].address == dialled


def test_an_entry_that_dials_somebody_else_for_it_is_asked_nothing() -> None:
    assert dial("sip:911@pbx.example.com", address="*@pbx.example.com").nouns[0].party == (
        "sip:2001@pbx.example.com"
    )


@pytest.mark.parametrize("user", ["agent911", "9110", "911a", "0911", "1911"])
def test_a_longer_user_is_no_short_number(user: str) -> None:
    assert dial(f"sip:{user}@gw.example", address="*@gw.example", dial="as_asked").nouns


# --- for how long somebody waits


@pytest.mark.parametrize(
    ("mode", "hop", "hold_wait", "waiting", "left"),
    [
        (Mode.HOLD, 1, 30, True, 23),
        (Mode.HOLD, 2, 30, True, 23),
        (Mode.HOLD, 1, 5, True, -2),
        (Mode.HOLD, 1, 0, True, None),
        (Mode.HOLD, 0, 30, True, None),
        (Mode.RELEASE, 1, 30, True, None),
        (Mode.HOLD, 1, 30, False, None),
    ],
)
def test_a_transferor_waits_in_hold_mode_and_so_long_as_the_policy_says(
    mode: Mode, hop: int, hold_wait: int, left: int | None, *, waiting: bool
) -> None:
    call = replace(HELD, mode=mode, hop=hop, waiting=waiting)
    assert wait_left(call, 7, replace(POLICY, hold_wait=hold_wait)) == left


@pytest.mark.parametrize(
    ("own", "spent", "rings"),
    [(None, 0, 25), (20, 0, 20), (60, 0, 25), (60, 10, 15), (60, 20, 5), (5, 0, 5)],
)
def test_a_target_rings_no_longer_than_the_transferor_waits(
    own: int | None, spent: int, rings: int
) -> None:
    turn = Turn(Stage.FALLBACK, attempt=1, spent=spent)
    assert dial(ring_timeout=own, call=HELD, policy=WAIT, turn=turn).ring_timeout == rings


@pytest.mark.parametrize(
    "call", [FROM_A_NUMBER, replace(HELD, hop=0), replace(HELD, waiting=False)]
)
def test_where_nobody_waits_a_target_rings_as_long_as_its_entry_says(call: Call) -> None:
    turn = Turn(Stage.FALLBACK, attempt=1, spent=500)
    assert dial(ring_timeout=60, call=call, policy=WAIT, turn=turn).ring_timeout == 60


@pytest.mark.parametrize("spent", [21, 30, 500])
def test_no_target_rings_when_the_wait_is_over(spent: int) -> None:
    late = refused(call=HELD, policy=WAIT, turn=Turn(Stage.FALLBACK, attempt=1, spent=spent))
    assert isinstance(late, Denied)
    assert (late.code, late.rule) == ("wait_over", f"{TENANT}/2001")
    assert "HoldWait" in late.message


def test_the_parties_of_a_sequential_dial_share_the_wait() -> None:
    policy = replace(POLICY, hold_wait=60)
    turns: dict[str, Any] = {"call": HELD, "policy": policy, "sequential": True}
    assert dial(dial=[DESK] * 2, **turns).ring_timeout == 25
    assert dial(dial=[DESK] * 3, **turns).ring_timeout == 15
    assert dial(dial=[DESK] * 6, **turns).ring_timeout == 5
    assert refused(dial=[DESK] * 7, **turns).code == "wait_over"
    assert dial(dial=[DESK] * 7, call=HELD, policy=policy).ring_timeout == 25


# --- one after the other, each for a time of its own

OWN: list[dict[str, Any]] = [DESK | {"ring_timeout": 8}, ALICE, NUMBER | {"ring_timeout": 40}]


def party(name: str, seconds: int) -> Noun:
    return replace(Noun.parse(next(one for one in OWN if name in one)), ring_timeout=seconds)


def test_parties_with_times_of_their_own_get_a_dial_each() -> None:
    first = dial(dial=OWN, sequential=True, ring_timeout=30, caller_id=OURS)
    assert (first.nouns, first.ring_timeout) == ((party("sip", 8),), 8)
    assert first.rest == (party("client", 30), party("number", 40))
    assert first.sequential is False
    second = first.following(None)
    assert second == replace(first, nouns=first.rest[:1], rest=first.rest[1:], ring_timeout=30)
    assert second is not None
    third = second.following(None)
    assert third == replace(first, nouns=first.rest[1:], rest=(), ring_timeout=40)
    assert third is not None
    assert third.following(None) is None


@pytest.mark.parametrize(
    ("hold_action", "attempt", "split"),
    [(False, 0, False), (False, 1, True), (True, 0, True), (True, 1, True)],
)
def test_where_the_end_of_each_is_not_reported_they_ring_in_one_dial(
    attempt: int, *, hold_action: bool, split: bool
) -> None:
    policy = replace(POLICY, hold_action=hold_action)
    assert reports_end(Stage.TRANSFER, Mode.HOLD, attempt, policy) is split
    turn = Turn(Stage.TRANSFER, attempt=attempt)
    one = dial(dial=OWN, sequential=True, call=HELD, policy=policy, turn=turn)
    assert (len(one.nouns), one.ring_timeout) == ((1, 8) if split else (3, 40))
    assert one.sequential is not split


def test_parties_without_times_of_their_own_ring_in_one_dial() -> None:
    one = dial(dial=[DESK, ALICE], sequential=True)
    assert (len(one.nouns), one.sequential, one.rest) == (2, True, ())
    assert one.following(None) is None


@pytest.mark.parametrize(
    ("left", "rings"), [(None, 40), (100, 40), (45, 40), (44, 39), (10, 5), (9, None), (-3, None)]
)
def test_who_is_next_in_turn_rings_within_the_wait_or_not_at_all(
    left: int | None, rings: int | None
) -> None:
    number = Noun(NounKind.NUMBER, "+14155550123", ring_timeout=40)
    following = replace(dial(), rest=(number,)).following(left)
    assert (following.ring_timeout if following else None) == rings


@given(
    parties=st.lists(st.sampled_from([DESK, ALICE, *OWN]), min_size=1, max_size=10),
    own=st.none() | st.integers(5, 600),
    wait=st.integers(10, 600),
    spent=st.integers(0, 600),
    action=st.booleans(),
)
def test_no_dial_outlasts_the_wait_and_none_rings_too_short(
    parties: list[dict[str, Any]], own: int | None, wait: int, spent: int, *, action: bool
) -> None:
    policy = replace(POLICY, hold_wait=wait, hold_action=action)
    turn = Turn(Stage.TRANSFER, spent=spent)
    left, rung = wait - spent, 0
    one: Ringing | None = None
    with suppress(Denied):
        one = dial(
            dial=parties, sequential=True, ring_timeout=own, call=HELD, policy=policy, turn=turn
        )
    shortest = MIN_RING + RING_EXTRA
    assert one or left < len(parties) * shortest
    while one:
        lasts = len(one.nouns) * (one.ring_timeout + RING_EXTRA)
        assert one.ring_timeout >= MIN_RING
        assert lasts <= left
        left -= lasts
        rung += len(one.nouns)
        one = one.following(left)
    assert rung in (0, len(parties)) or left < shortest

"""Walking a chain: closed entries lead elsewhere, what cannot be taken is passed over and noted.

The steps that dial are in test_decision.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from call_transfer.chain import MAX_VIA, Walk, fallback_of, go_on
from call_transfer.directory import SHARED, Item, Key
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan, Turn
from call_transfer.policy import Call, Policy
from call_transfer.verb import Announcement, Enqueue, Prompt
from plans import POLICY, ringing

TENANT = "AC" + "a" * 32
# A Monday, ten in the morning.
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp()
DESK = {"sip": "sip:2001@pbx.example.com"}
DESK_NOUN = Noun(NounKind.SIP, "sip:2001@pbx.example.com")
NUMBER_NOUN = Noun(NounKind.NUMBER, "+14155550123")
CALL = Call(TENANT, "+14155550177", mode=Mode.RELEASE, hop=1)
HELD = replace(CALL, mode=Mode.HOLD)
TURN = Turn(Stage.FALLBACK, attempt=1)


def directory(*items: dict[str, Any]) -> dict[Key, Item]:
    full = [{"tenant": TENANT} | item for item in items]
    return {(item["tenant"], item["address"]): item for item in full}


def dials(address: str, **fields: object) -> dict[str, Any]:
    return {"address": address, "dial": [DESK]} | fields


def closed(address: str, instead: str = "", **fields: object) -> dict[str, Any]:
    hours: dict[str, Any] = {"zone": "UTC", "weekly": {"mon": ["18:00-20:00"]}}
    return dials(address, hours=hours | ({"closed": instead} if instead else {}), **fields)


def one_step(
    walk: Walk,
    entries: Mapping[Key, Item],
    *,
    call: Call = CALL,
    policy: Policy = POLICY,
    tell: Callable[[str, str], None] = lambda _rule, _what: None,
) -> Plan | Walk:
    return go_on(walk, call=call, entries=entries, policy=policy, now=NOW, tell=tell)


def walked(
    chain: tuple[str, ...],
    *items: dict[str, Any],
    call: Call = CALL,
    policy: Policy = POLICY,
    **fields: Any,  # noqa: ANN401 - fields of a Walk
) -> Plan | Walk:
    """Walk to the end, as the hop does that reads the entries."""
    step: Plan | Walk = replace(Walk(chain, TURN), **fields)
    for _ in range(50):
        if isinstance(step, Plan) or not step.chain:
            return step
        step = one_step(step, directory(*items), call=call, policy=policy)
    raise AssertionError("the walk has no end")


def found(*given_: Any, **fields: Any) -> Plan:  # noqa: ANN401 - walked's own arguments
    step = walked(*given_, **fields)
    assert isinstance(step, Plan)
    return step


def ended(*given_: Any, **fields: Any) -> Turn:  # noqa: ANN401 - walked's own arguments
    step = walked(*given_, **fields)
    assert isinstance(step, Walk)
    assert step.chain == ()
    return step.turn


# --- what was passed over


def test_each_step_that_was_passed_over_is_noted_with_its_code() -> None:
    items = [
        {"address": "2002", "deny": "no"},
        dials("2003", enabled=False),
        dials("2004", zeta=1),
        closed("2005"),
        dials("+1415*", dial="as_asked"),
        {"address": "2007", "say": "Goodbye."},
    ]
    chain = ("2001", "2002", "2003", "2004", "2005", "+1415*", "transferor", "2007", "2008")
    plan = found(chain, *items)
    assert plan.passed_over == (
        ("2001", "no_entry"),
        ("2002", "deny_entry"),
        ("2003", "disabled"),
        ("2004", "malformed_entry"),
        ("2005", "closed"),
        ("+1415*", "not_dialable"),
        ("transferor", "no_transferor"),
    )
    assert (plan.rule, plan.fallback) == (f"{TENANT}/2007", ("2008",))
    assert plan.verb == Announcement(Prompt(say="Goodbye."))


def test_a_recall_notes_what_was_passed_over_before_it() -> None:
    plan = found(("2002", "transferor"), transferor=(DESK_NOUN,))
    assert (plan.stage, plan.passed_over) == (Stage.RECALL, (("2002", "no_entry"),))


def test_a_chain_without_a_step_that_can_be_taken_ends_with_what_was_passed_over() -> None:
    assert ended(("2001", "transferor")).passed_over == (
        ("2001", "no_entry"),
        ("transferor", "no_transferor"),
    )


def test_what_was_passed_over_before_stays_noted() -> None:
    turn = replace(TURN, passed_over=(("1999", "wait_over"),))
    assert found(("2001",), dials("2001"), turn=turn).passed_over == (("1999", "wait_over"),)


def test_a_rule_that_was_tried_before_is_not_tried_again() -> None:
    tried = frozenset({f"{TENANT}/2001", "*/2002"})
    items = [dials("2001"), dials("2002", tenant=SHARED), dials("2003")]
    plan = found(("2001", "2002", "2003"), *items, tried=tried)
    assert plan.passed_over == (("2001", "tried"), ("2002", "tried"))
    assert plan.rule == f"{TENANT}/2003"


def test_who_listens_hears_each_step_and_why_it_was_not_taken() -> None:
    heard: list[tuple[str, str]] = []
    step = Walk(("2001", "2002"), TURN)
    for _ in range(2):
        walk = one_step(
            step,
            directory(closed("2002", "2003"), dials("2003")),
            tell=lambda rule, what: heard.append((rule, what)),
        )
        step = walk if isinstance(walk, Walk) else step
    assert [rule for rule, _ in heard] == ["2001", f"{TENANT}/2002", f"{TENANT}/2003"]
    assert "no_entry" in heard[0][1]
    assert "closed: 2003" in heard[1][1]


# --- closed entries


def test_a_closed_entry_hands_back_the_address_that_takes_its_calls() -> None:
    walk = Walk(("2001", "2009"), TURN)
    step = one_step(walk, directory(closed("2001", "2002")))
    assert step == replace(
        walk, chain=("2002", "2009"), turn=replace(TURN, via=(f"{TENANT}/2001",))
    )


def test_a_closed_entry_leads_to_the_one_that_takes_its_calls() -> None:
    plan = found(("2001", "2009"), closed("2001", "2002"), dials("2002", fallback=["2003"]))
    assert (plan.rule, plan.via, plan.passed_over) == (f"{TENANT}/2002", (f"{TENANT}/2001",), ())
    assert plan.fallback == ("2009",)


def test_an_entry_that_is_open_is_led_nowhere() -> None:
    hours = {"zone": "UTC", "weekly": {"mon": ["09:00-17:00"]}, "closed": "2002"}
    plan = found(("2001",), dials("2001", hours=hours), dials("2002"))
    assert (plan.rule, plan.via) == (f"{TENANT}/2001", ())


def test_when_the_one_instead_is_closed_too_it_is_its_own_that_takes_the_call() -> None:
    items = [closed("2001", "2002"), closed("2002", "2003"), dials("2003")]
    assert found(("2001",), *items).via == (f"{TENANT}/2001", f"{TENANT}/2002")


def test_when_nobody_takes_the_calls_of_a_closed_entry_the_chain_goes_on() -> None:
    items = [closed("2001", "2002"), closed("2002"), dials("2009")]
    plan = found(("2001", "2009"), *items)
    assert (plan.rule, plan.passed_over) == (f"{TENANT}/2009", (("2002", "closed"),))


@pytest.mark.parametrize(
    "instead",
    [[], [{"address": "2002", "deny": "no"}], [dials("2002", tenant="AC" + "b" * 32)]],
    ids=["no entry", "deny", "another tenant's"],
)
def test_the_one_instead_needs_an_entry_that_allows_it(instead: list[dict[str, Any]]) -> None:
    turn = ended(("2001",), closed("2001", "2002"), *instead)
    # What was passed over leads nowhere, so nothing that follows came by way of it.
    assert (turn.via, [step for step, _ in turn.passed_over]) == ((), ["2002"])


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([closed("2001", "2001")], id="itself"),
        pytest.param([closed("2001", "2002"), closed("2002", "2001")], id="two"),
    ],
)
def test_a_loop_of_closed_entries_ends(items: list[dict[str, Any]]) -> None:
    turn = ended(("2001",), *items)
    assert [code for _, code in turn.passed_over] == ["closed"]


@pytest.mark.parametrize(("closed_ones", "reached"), [(MAX_VIA, True), (MAX_VIA + 1, False)])
def test_a_call_is_led_on_by_so_many_closed_entries_and_no_more(
    closed_ones: int, *, reached: bool
) -> None:
    items = [closed(f"300{number}", f"300{number + 1}") for number in range(closed_ones)]
    step = walked(("3000",), *items, dials(f"300{closed_ones}"))
    assert isinstance(step, Plan) is reached


def test_a_closed_entry_leads_nobody_round_the_visit_limit() -> None:
    visited = replace(CALL, path=("sip:2001@pbx.example.com",) * POLICY.visit_limit)
    step = walked(
        ("3000",),
        closed("3000", "3001"),
        dials("3001"),
        call=visited,
        turn=Turn(Stage.TRANSFER),
    )
    assert isinstance(step, Walk)
    assert step.turn.passed_over == (("3001", "loop"),)
    # A fallback is no transfer: whoever had the call may get it back.
    assert isinstance(walked(("3001",), dials("3001"), call=visited), Plan)


def test_a_closed_entry_is_closed_whatever_its_action() -> None:
    hours = {"zone": "UTC", "weekly": {}, "closed": "2002"}
    deny = {"address": "2001", "deny": "no", "hours": hours}
    plan = found(("2001",), deny, {"address": "2002", "enqueue": "support"})
    assert plan.verb == Enqueue("support")


# --- whose chain goes on


def test_of_the_steps_of_a_fallback_the_rest_goes_on_and_no_list_nests() -> None:
    assert found(("2001", "2002"), dials("2001", fallback=["3001"])).fallback == ("2002",)


@pytest.mark.parametrize(
    ("fallback", "goes_on"), [(["3001"], ("3001",)), ([], ()), (None, POLICY.fallback)]
)
def test_an_entry_that_was_chosen_brings_its_own(
    fallback: list[str] | None, goes_on: tuple[str, ...]
) -> None:
    plan = found(("2001", "2002"), dials("2001", fallback=fallback), own=True)
    assert plan.fallback == goes_on


def test_a_transferor_that_was_chosen_is_followed_by_nobody() -> None:
    assert found(("transferor",), transferor=(DESK_NOUN,), own=True).fallback == ()


def test_the_chain_of_a_closed_entry_is_read_from_it() -> None:
    item = {"tenant": TENANT} | closed("2001", "2002", fallback=["3001"])
    assert fallback_of(item, POLICY) == ("3001",)


# --- for how long somebody waits


def test_a_step_whose_wait_is_over_is_passed_over_and_a_recall_is_not() -> None:
    policy = replace(POLICY, hold_wait=30)
    turn = replace(TURN, spent=25)
    plan = found(
        ("2001", "transferor"),
        dials("2001"),
        call=HELD,
        policy=policy,
        turn=turn,
        transferor=(DESK_NOUN,),
    )
    assert plan.passed_over == (("2001", "wait_over"),)
    assert (plan.stage, ringing(plan).ring_timeout) == (Stage.RECALL, 5)


@pytest.mark.parametrize(
    ("call", "hold_wait", "spent", "rings"),
    [
        (HELD, 60, 0, 25),
        (HELD, 60, 40, 15),
        (HELD, 60, 50, 5),
        (HELD, 60, 500, 5),
        (HELD, 0, 500, 25),
        (replace(HELD, waiting=False), 60, 500, 25),
        (CALL, 60, 500, 25),
    ],
)
def test_a_transferor_is_recalled_within_its_wait_and_for_five_seconds_at_least(
    call: Call, hold_wait: int, spent: int, rings: int
) -> None:
    policy = replace(POLICY, hold_wait=hold_wait)
    plan = found(
        ("transferor",),
        call=call,
        policy=policy,
        turn=replace(TURN, spent=spent),
        transferor=(NUMBER_NOUN,),
    )
    assert ringing(plan).ring_timeout == rings
    assert plan.has_action


def test_a_verb_that_rings_nobody_has_time_when_the_wait_is_over() -> None:
    plan = found(
        ("2001",),
        {"address": "2001", "voicemail": {"say": "Leave a message."}},
        call=HELD,
        policy=replace(POLICY, hold_wait=30),
        turn=replace(TURN, spent=500),
    )
    assert plan.rule == f"{TENANT}/2001"

"""The decision: no entry, no dial; the most specific entry governs; somebody is waiting.

The two promises that cost money when they break are held in test_decision_properties.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from call_transfer import chain as chains
from call_transfer import decision
from call_transfer.chain import Walk, go_on
from call_transfer.context import Context
from call_transfer.directory import SHARED, Item, Key
from call_transfer.errors import Closed, Denied, InvalidTarget, Refusal, Unavailable, UnknownTarget
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan, Turn
from call_transfer.policy import Call, Policy
from call_transfer.refer_to import ReferTo
from plans import POLICY, dial_plan, ringing

TENANT = "AC" + "a" * 32
NOW = 1_780_000_000.0
OURS = "+14155550100"
OPEN = {"zone": "UTC", "weekly": {}, "dates": {"2026-05-28": ["20:00-21:00"]}}
NUMBER = {"number": "+14155550123"}
DESK = {"sip": "sip:2001@pbx.example.com"}
DESK_NOUN = Noun(NounKind.SIP, "sip:2001@pbx.example.com")
NUMBER_NOUN = Noun(NounKind.NUMBER, "+14155550123")
FROM_A_NUMBER = Call(TENANT, "+14155550177")
FROM_SIP = Call(TENANT, "sip:alice@pbx.example.com")


def directory(*items: dict[str, Any]) -> dict[Key, Item]:
    """Store entries by their keys; an entry without a tenant is TENANT's."""
    full = [{"tenant": TENANT} | item for item in items]
    return {(item["tenant"], item["address"]): item for item in full}


def allow(address: str, **fields: object) -> dict[str, Any]:
    return {"address": address, "dial": [DESK]} | fields


def deny(address: str, **fields: object) -> dict[str, Any]:
    return {"address": address, "deny": "not this one"} | fields


def decide(
    text: str | None,
    *items: dict[str, Any],
    hop: int = 1,
    call: Call = FROM_A_NUMBER,
    policy: Policy = POLICY,
) -> Plan:
    return decision.decide(
        asked=None if text is None else ReferTo.parse(text),
        call=replace(call, hop=hop),
        entries=directory(*items),
        policy=policy,
        now=NOW,
    )


def refused(text: str | None, *items: dict[str, Any], **given_: Any) -> Refusal:  # noqa: ANN401 - decide's own keywords
    with pytest.raises(Refusal) as caught:
        decide(text, *items, **given_)
    return caught.value


def fall_back(
    chain: tuple[str, ...],
    *items: dict[str, Any],
    transferor: tuple[Noun, ...] = (),
    context: Context = (),
    call: Call = FROM_A_NUMBER,
    policy: Policy = POLICY,
) -> Plan | None:
    walk = Walk(chain, Turn(Stage.FALLBACK), context=context, transferor=transferor)
    step = go_on(walk, call=call, entries=directory(*items), policy=policy, now=NOW)
    return step if isinstance(step, Plan) else None


# --- deny by default


@pytest.mark.parametrize(
    "text",
    ["sip:2001@pbx.example.com", "tel:+14155550123", "sip:default@h.example", "sip:transferor@h"],
)
def test_no_entry_no_dial(text: str) -> None:
    unknown = refused(text)
    assert isinstance(unknown, UnknownTarget)
    assert (unknown.code, unknown.rule) == ("no_entry", "deny_by_default")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sip:2001@pbx.example.com", "2002"),
        ("sip:2001@pbx.example.com", "default"),
        ("sip:default@pbx.example.com", "default"),
        ("sip:a@good.example.evil.example", "*@good.example"),
        ("sip:a@evilgood.example", "*@good.example"),
        ("sip:a@good.example:5070", "*@good.example"),
        ("sip:good.example@evil.example", "*@good.example"),
        ("sip:a%40good.example@evil.example", "*@good.example"),
        ("<sip:a@evil.example;maddr=good.example>", "*@good.example"),
        ('"sip:a@good.example" <sip:a@evil.example>', "*@good.example"),
        ("sip:good?X-A=1@evil.example", "good"),
        ("tel:+14165550123", "+1415*"),
        ("tel:+112", "+1*"),
        ("tel:+112", "+112*"),
        ("tel:5550123;phone-context=+1415", "+1415*"),
        ("sip:14155550123@gw.example", "+1415*"),
        ("tel:+14155550123", "*@gw.example"),
        ("sip:%2B1415*@gw.example", "+1415*"),
    ],
)
def test_an_entry_that_names_somebody_else_allows_nothing(text: str, address: str) -> None:
    assert refused(text, allow(address)).code == "no_entry"


@pytest.mark.parametrize(
    ("text", "address", "code"),
    [
        ("sip:9999;x@pbx.example.com", "9999", "deny_entry"),
        ("sip:9999;phone-context=x@pbx.example.com", "sip:9999@pbx.example.com", "deny_entry"),
        ("sip:+1%20900555@pbx.example.com", "+1900*", "not_dialable"),
        ("sip:+1/9005550123@pbx.example.com", "+1900*", "not_dialable"),
        ("sip:+1_9005550123@pbx.example.com", "+1900*", "not_dialable"),
        ("sip:+1900555012345678@pbx.example.com", "+1900*", "not_dialable"),
        ("sip:%E2%84%AAim@pbx.example.com", "kim", "non_ascii"),
        ("sip:%E2%84%AAim@pbx.example.com", "sip:kim@pbx.example.com", "non_ascii"),
    ],
)
def test_no_spelling_of_a_denied_user_is_dialled_by_the_entry_of_its_host(
    text: str, address: str, code: str
) -> None:
    host = {"address": "*@pbx.example.com", "dial": "as_asked"}
    assert refused(text, host, deny(address)).code == code


def test_another_tenants_entry_allows_nothing() -> None:
    assert refused("sip:2001@h.example", allow("2001", tenant="AC" + "b" * 32)).code == "no_entry"


# --- the most specific entry governs

LADDER = ["sip:+14155550123@gw.example", "+14155550123", "+1415555*", "+1415*", "+1*"]
LADDER += ["*@gw.example"]


@pytest.mark.parametrize("position", range(1, len(LADDER)), ids=LADDER[1:])
def test_a_more_specific_deny_wins(position: int) -> None:
    text = "sip:+14155550123@gw.example"
    denied = refused(text, deny(LADDER[position - 1]), allow(LADDER[position]))
    assert isinstance(denied, Denied)
    assert (denied.code, denied.rule) == ("deny_entry", f"{TENANT}/{LADDER[position - 1]}")


@pytest.mark.parametrize("position", range(1, len(LADDER)), ids=LADDER[1:])
def test_a_more_specific_allow_wins(position: int) -> None:
    text = "sip:+14155550123@gw.example"
    plan = decide(text, allow(LADDER[position - 1]), deny(LADDER[position]))
    assert plan.rule == f"{TENANT}/{LADDER[position - 1]}"


@pytest.mark.parametrize(
    "text",
    [
        "sip:bad@pbx.example.com",
        "sips:BAD@PBX.example.com.:5061",
        "sip:b%61d@pbx.example.com",
        "sip:bad:secret@pbx.example.com:5060",
        '"Good" <sip:bad@pbx.example.com;maddr=x.example;transport=tls?X-A=1>;tag=1',
    ],
)
def test_a_deny_entry_is_not_talked_around(text: str) -> None:
    items = [deny("sip:bad@pbx.example.com"), allow("*@pbx.example.com", dial="as_asked")]
    assert refused(text, *items).code == "deny_entry"


def test_the_tenants_own_entry_wins_at_the_same_address() -> None:
    items = [deny("2001", tenant=SHARED), allow("2001")]
    assert decide("sip:2001@h.example", *items).rule == f"{TENANT}/2001"


def test_a_more_specific_shared_deny_wins_over_a_less_specific_own_entry() -> None:
    items = [deny("+1900*", tenant=SHARED), allow("+1*")]
    assert refused("tel:+19005550123", *items).rule == "*/+1900*"


def test_a_disabled_entry_is_not_a_way_to_a_less_specific_one() -> None:
    items = [allow("2001", enabled=False), allow("*@h.example")]
    assert refused("sip:2001@h.example", *items).code == "disabled"


@pytest.mark.parametrize("instead", [None, "2002"])
def test_a_closed_entry_is_not_a_way_to_a_less_specific_one(instead: str | None) -> None:
    hours: dict[str, Any] = {"zone": "UTC", "weekly": {}, "closed": instead}
    items = [allow("2001", hours=hours), allow("*@h.example"), allow("2002")]
    closed = refused("sip:2001@h.example", *items)
    assert isinstance(closed, Closed)
    assert (closed.rule, closed.instead) == (f"{TENANT}/2001", instead or "")


def test_an_entry_is_open_at_the_moment_that_is_given() -> None:
    assert datetime.fromtimestamp(NOW, UTC).isoformat() == "2026-05-28T20:26:40+00:00"
    assert decide("tel:2001", allow("2001", hours=OPEN)).nouns == (DESK_NOUN,)


def test_a_malformed_entry_is_not_a_way_to_a_less_specific_one() -> None:
    items = [allow("2001", zeta=1), allow("*@h.example")]
    broken = refused("sip:2001@h.example", *items)
    assert isinstance(broken, Unavailable)
    assert (broken.code, broken.rule) == ("malformed_entry", f"{TENANT}/2001")


def test_a_malformed_entry_touches_nothing_else() -> None:
    items = [allow("2002", zeta=1), allow("2001")]
    assert decide("sip:2001@h.example", *items).rule == f"{TENANT}/2001"


# --- hops, methods, attended transfers


def test_a_call_is_transferred_no_more_often_than_the_policy_allows() -> None:
    assert decide("tel:2001", allow("2001"), hop=3).stage is Stage.TRANSFER
    denied = refused("tel:2001", allow("2001"), hop=4)
    assert isinstance(denied, Denied)
    assert (denied.code, denied.rule) == ("hop_limit", "hop_limit")
    assert "at most 3 times" in denied.message


def test_without_transfers_there_is_still_an_initial_call() -> None:
    none = replace(POLICY, hop_limit=0)
    assert decide("tel:2001", allow("2001"), hop=0, policy=none).stage is Stage.INITIAL
    assert refused("tel:2001", allow("2001"), hop=1, policy=none).code == "hop_limit"


@pytest.mark.parametrize(
    "text", ["<sip:2001@h.example;method=BYE>", "sip:2001@h.example;Method=message"]
)
def test_a_transfer_refers_to_nothing_but_invite(text: str) -> None:
    other = refused(text, allow("2001"))
    assert isinstance(other, InvalidTarget)
    assert other.code == "unsupported_method"


@pytest.mark.parametrize(
    "text", ["<sip:2001@h.example;method=INVITE>", "sip:2001@h.example;method=invite"]
)
def test_a_transfer_that_says_invite_is_a_transfer(text: str) -> None:
    assert decide(text, allow("2001")).nouns == (DESK_NOUN,)


ATTENDED = "<sip:2001@pbx.example.com?Replaces=1%40x%3Bto-tag%3D1%3Bfrom-tag%3D2&X-A=1>"


def test_an_attended_transfer_is_dialled_blind_and_replaces_nothing() -> None:
    plan = decide(ATTENDED, allow("*@pbx.example.com", dial="as_asked"))
    assert plan.nouns[0].address == "sip:2001@pbx.example.com?X-A=1"
    assert plan.context == (("X-A", "1"),)


def test_an_attended_transfer_is_refused_when_the_policy_says_so() -> None:
    denied = refused(ATTENDED, allow("2001"), policy=replace(POLICY, refuse_attended=True))
    assert isinstance(denied, Denied)
    assert (denied.code, denied.rule) == ("attended", "attended")


def test_a_blind_transfer_is_not_refused_by_that() -> None:
    plan = decide("tel:2001", allow("2001"), policy=replace(POLICY, refuse_attended=True))
    assert plan.nouns == (DESK_NOUN,)


# --- loops

DESK_PARTY = "sip:2001@pbx.example.com"


@pytest.mark.parametrize(
    ("path", "limit", "loops"),
    [
        ((), 1, False),
        ((DESK_PARTY,), 2, False),
        ((DESK_PARTY,), 1, True),
        ((DESK_PARTY, "sip:b@h.example", DESK_PARTY), 2, True),
        ((DESK_PARTY, "sip:b@h.example", DESK_PARTY), 3, False),
        (("sip:2001@pbx.example.com:5070", "sip:b@h.example"), 1, False),
    ],
)
def test_a_call_comes_to_one_party_so_often_and_no_more(
    path: tuple[str, ...], limit: int, *, loops: bool
) -> None:
    given: dict[str, Any] = {
        "call": replace(FROM_A_NUMBER, path=path),
        "policy": replace(POLICY, visit_limit=limit),
    }
    if not loops:
        assert decide("tel:2001", allow("2001"), **given).nouns == (DESK_NOUN,)
        return
    denied = refused("tel:2001", allow("2001"), **given)
    assert isinstance(denied, Denied)
    assert (denied.code, denied.rule) == ("loop", "visit_limit")
    assert f"at most {limit} times (VisitLimit)" in denied.message


@pytest.mark.parametrize(
    "asked",
    [
        "sip:a@h.example",
        "SIP:A@H.EXAMPLE.:5060",
        "sip:%61;x=1@h.example?X-A=1",
        "sip:a:pw@h.example",
    ],
)
def test_a_loop_is_one_however_it_is_spelled(asked: str) -> None:
    call = replace(FROM_A_NUMBER, path=("sip:a@h.example",))
    host = {"address": "*@h.example", "dial": "as_asked"}
    once = replace(POLICY, visit_limit=1)
    assert refused(asked, host, call=call, policy=once).code == "loop"


def test_a_dial_that_reaches_somebody_new_is_no_loop() -> None:
    call = replace(FROM_A_NUMBER, path=(DESK_PARTY,))
    once = replace(POLICY, visit_limit=1)
    both = decide("tel:2001", allow("2001", dial=[DESK, NUMBER]), call=call, policy=once)
    assert both.nouns == (DESK_NOUN, NUMBER_NOUN)


def test_the_initial_call_and_what_rings_nobody_are_no_loop() -> None:
    call = replace(FROM_A_NUMBER, path=(DESK_PARTY,))
    once = replace(POLICY, visit_limit=1)
    assert decide("tel:2001", allow("2001"), hop=0, call=call, policy=once).nouns
    queue = {"address": "2001", "enqueue": "support"}
    assert decide("tel:2001", queue, call=call, policy=once).nouns == ()


# --- who listens


def test_who_listens_hears_which_entries_were_looked_for_and_which_governs() -> None:
    heard: list[tuple[str, str]] = []
    decision.decide(
        asked=ReferTo.parse("tel:2001"),
        call=FROM_A_NUMBER,
        entries=directory(allow("2001")),
        policy=POLICY,
        now=NOW,
        tell=lambda rule, what: heard.append((rule, what)),
    )
    rules = [rule for rule, _ in heard]
    assert rules[0] == "hop_limit"
    assert [rules.count(rule) for rule in (f"{TENANT}/2001", "*/2001")] == [2, 1]


# --- what is planned


def test_the_initial_call_may_be_served_by_default() -> None:
    plan = decide("tel:+14155550199", allow("default", mode="release"), hop=0)
    assert (plan.stage, plan.rule, plan.mode) == (
        Stage.INITIAL,
        f"{TENANT}/default",
        Mode.RELEASE,
    )


def test_the_initial_call_to_an_unreadable_address_is_served_by_default() -> None:
    plan = decide(None, allow("default"), hop=0)
    assert (plan.nouns, plan.context) == ((DESK_NOUN,), ())
    assert refused(None, allow("2001"), hop=0).code == "no_entry"


def test_a_transfer_is_never_served_by_default() -> None:
    assert refused("sip:default@h.example", allow("default")).code == "no_entry"


def test_a_number_for_a_sip_caller_needs_a_caller_id() -> None:
    entry = allow("+1415*", dial="as_asked")
    assert refused("tel:+14155550123", entry, call=FROM_SIP).code == "caller_id_required"
    ours = replace(POLICY, caller_id=OURS)
    assert ringing(decide("tel:+14155550123", entry, call=FROM_SIP, policy=ours)).caller_id == OURS
    assert ringing(decide("tel:+14155550123", entry, policy=ours)).caller_id == ""


# --- the fallback chain


def test_the_first_step_that_can_be_dialled_is_and_the_rest_is_left() -> None:
    plan = fall_back(("2001", "2002", "transferor"), allow("2001"), allow("2002"))
    assert plan is not None
    assert (plan.stage, plan.rule) == (Stage.FALLBACK, f"{TENANT}/2001")
    assert plan.fallback == ("2002", "transferor")


@pytest.mark.parametrize(
    "first",
    [
        pytest.param([], id="no entry"),
        pytest.param([deny("2002")], id="deny"),
        pytest.param([allow("2002", enabled=False)], id="disabled"),
        pytest.param([allow("2002", zeta=1)], id="malformed"),
        pytest.param([allow("2002", dial=[NUMBER])], id="caller ID missing"),
        pytest.param([allow("2002", tenant="AC" + "b" * 32)], id="another tenant's"),
    ],
)
def test_a_step_that_is_refused_is_passed_over(first: list[dict[str, Any]]) -> None:
    plan = fall_back(("2002", "2001", "2003"), *first, allow("2001"), call=FROM_SIP)
    assert plan is not None
    assert (plan.rule, plan.fallback) == (f"{TENANT}/2001", ("2003",))


@pytest.mark.parametrize("address", ["+1415*", "*@h.example"])
def test_a_step_that_dials_what_was_asked_names_nobody_and_is_passed_over(address: str) -> None:
    assert fall_back((address,), allow(address, dial="as_asked")) is None


@pytest.mark.parametrize(
    ("step", "noun"),
    [
        ("+14155550123", NUMBER_NOUN),
        ("sip:a@h.example", Noun(NounKind.SIP, "sip:a@h.example")),
        ("sip:+14155550123@gw.example", Noun(NounKind.SIP, "sip:+14155550123@gw.example")),
    ],
)
def test_a_step_can_be_dialled_as_it_is_written(step: str, noun: Noun) -> None:
    plan = fall_back((step,), allow(step, dial="as_asked"))
    assert plan is not None
    assert plan.nouns == (noun,)


def test_a_step_is_an_entry_by_its_own_address_not_by_a_less_specific_one() -> None:
    assert fall_back(("+14155550123",), allow("+1415*", dial="as_asked")) is None


def test_a_step_may_be_everybodys() -> None:
    plan = fall_back(("2001",), allow("2001", tenant=SHARED))
    assert plan is not None
    assert plan.rule == "*/2001"


def test_the_list_of_the_entry_that_was_asked_for_governs_lists_do_not_nest() -> None:
    looping = allow("2001", fallback=["2001", "2002"])
    plan = fall_back(("2001",), looping, allow("2002"))
    assert plan is not None
    assert plan.fallback == ()
    assert fall_back(plan.fallback, looping, allow("2002")) is None


def test_a_chain_always_comes_to_its_end() -> None:
    items = [allow(step, fallback=["2001", "2002", "transferor"]) for step in ("2001", "2002")]
    chain: tuple[str, ...] = ("2001", "2002", "transferor", "2001")
    dialled = []
    while plan := fall_back(chain, *items, transferor=(DESK_NOUN,)):
        dialled.append(plan.rule)
        chain = plan.fallback
    assert dialled == [f"{TENANT}/2001", f"{TENANT}/2002", "transferor", f"{TENANT}/2001"]


def test_the_context_reaches_the_party_of_the_fallback_as_far_as_its_entry_allows() -> None:
    context = (("X-A", "1"), ("X-B", "2"))
    plan = fall_back(("2001",), allow("2001", pass_headers=["X-B"]), context=context)
    assert plan is not None
    assert plan.nouns[0].address == "sip:2001@pbx.example.com?X-B=2"
    assert plan.context == context


def test_the_transferor_is_recalled_by_the_nouns_that_it_was_dialled_by() -> None:
    plan = fall_back(
        ("transferor", "2001"), allow("2001"), transferor=(DESK_NOUN, NUMBER_NOUN), context=()
    )
    assert plan == dial_plan(
        nouns=(DESK_NOUN, NUMBER_NOUN),
        stage=Stage.RECALL,
        rule="transferor",
        ring_timeout=25,
        time_limit=3600,
        fallback=("2001",),
    )


def test_a_transferor_that_nobody_dialled_is_passed_over() -> None:
    plan = fall_back(("transferor", "2001"), allow("2001"))
    assert plan is not None
    assert plan.rule == f"{TENANT}/2001"


def test_no_entry_is_the_transferor() -> None:
    assert fall_back(("transferor",), allow("transferor")) is None


@pytest.mark.parametrize(
    ("noun", "call", "caller_id"),
    [
        (NUMBER_NOUN, FROM_SIP, OURS),
        (NUMBER_NOUN, FROM_A_NUMBER, ""),
        (DESK_NOUN, FROM_SIP, ""),
    ],
)
def test_a_recall_shows_what_twilio_accepts(noun: Noun, call: Call, caller_id: str) -> None:
    policy = replace(POLICY, caller_id=OURS)
    plan = fall_back(("transferor",), transferor=(noun,), call=call, policy=policy)
    assert plan is not None
    assert ringing(plan).caller_id == caller_id


def test_a_recall_that_twilio_would_refuse_is_passed_over() -> None:
    # 13214: a call from SIP to a <Number>, and there is no number of ours to show.
    plan = fall_back(
        ("transferor", "2001"), allow("2001"), transferor=(NUMBER_NOUN,), call=FROM_SIP
    )
    assert plan is not None
    assert plan.rule == f"{TENANT}/2001"


def test_an_empty_chain_is_used_up() -> None:
    assert fall_back(()) is None


@pytest.mark.parametrize(
    ("item", "chain"),
    [
        (None, ("2001", "transferor")),
        ({"tenant": TENANT} | deny("2001"), ("2001", "transferor")),
        ({"tenant": TENANT} | deny("2001", fallback=["3001"]), ("3001",)),
        ({"tenant": TENANT} | deny("2001", fallback=[]), ()),
        ({"tenant": TENANT} | allow("2001", enabled=False, fallback=["3001"]), ("3001",)),
        ({"tenant": TENANT} | allow("2001", zeta=1, fallback=["3001"]), ("2001", "transferor")),
    ],
    ids=["no entry", "policy's", "own", "none at all", "disabled", "malformed"],
)
def test_the_chain_of_a_refusal_is_its_entrys_or_the_policys(
    item: Item | None, chain: tuple[str, ...]
) -> None:
    assert chains.fallback_of(item, POLICY) == chain


def test_the_last_resort_needs_no_directory() -> None:
    policy = replace(POLICY, last_resort=NUMBER_NOUN, caller_id=OURS)
    assert chains.last_resort(policy) == dial_plan(
        nouns=(NUMBER_NOUN,),
        stage=Stage.LAST_RESORT,
        rule="last_resort",
        ring_timeout=25,
        time_limit=3600,
        caller_id=OURS,
    )


def test_a_last_resort_at_a_host_shows_the_caller() -> None:
    plan = chains.last_resort(replace(POLICY, last_resort=DESK_NOUN, caller_id=OURS))
    assert plan is not None
    assert ringing(plan).caller_id == ""


def test_without_a_last_resort_there_is_none() -> None:
    assert chains.last_resort(POLICY) is None

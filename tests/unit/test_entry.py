"""One entry of the directory: each field has a grammar, and what breaks it says where and how."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_transfer.entry import CONTEXT_HEADERS, Entry
from call_transfer.errors import MalformedEntry
from call_transfer.links import Mode
from call_transfer.noun import Noun, NounKind
from call_transfer.verb import Deny, Dial

TENANT = "AC" + "a" * 32
NUMBER = {"number": "+14155550123"}
DESK = {"sip": "sip:2001@pbx.example.com"}


def item(**fields: object) -> dict[str, Any]:
    return {"tenant": TENANT, "address": "agentb", "dial": [DESK]} | fields


def denying(**fields: object) -> dict[str, Any]:
    return {"tenant": TENANT, "address": "+1900*", "deny": "premium rate"} | fields


def malformed(broken: dict[str, Any]) -> MalformedEntry:
    with pytest.raises(MalformedEntry) as caught:
        Entry.parse(broken)
    return caught.value


def test_an_entry_says_whom_to_dial_and_leaves_the_rest_to_the_settings() -> None:
    assert Entry.parse(item()) == Entry(
        tenant=TENANT,
        address="agentb",
        action=Dial((Noun(NounKind.SIP, "sip:2001@pbx.example.com"),)),
        ring_timeout=None,
        time_limit=None,
        caller_id="",
        pass_headers=CONTEXT_HEADERS,
        fallback=None,
        mode=None,
        enabled=True,
    )


def test_an_entry_can_say_everything() -> None:
    entry = Entry.parse(
        item(
            description="Billing",
            dial=[NUMBER, {"client": "alice"}],
            sequential=True,
            ring_timeout=20,
            time_limit=3600,
            caller_id="+14155550100",
            pass_headers=["X-Ticket"],
            fallback=["2002", "transferor"],
            mode="release",
            enabled=False,
        )
    )
    assert entry == Entry(
        tenant=TENANT,
        address="agentb",
        action=Dial(
            (Noun(NounKind.NUMBER, "+14155550123"), Noun(NounKind.CLIENT, "alice")), sequential=True
        ),
        ring_timeout=20,
        time_limit=3600,
        caller_id="+14155550100",
        pass_headers=("X-Ticket",),
        fallback=("2002", "transferor"),
        mode=Mode.RELEASE,
        enabled=False,
    )


def test_logs_and_refusals_name_an_entry_by_tenant_and_address() -> None:
    assert Entry.parse(item()).rule == f"{TENANT}/agentb"


def test_an_entry_can_refuse_and_says_why() -> None:
    assert Entry.parse(denying()).action == Deny("premium rate")


@pytest.mark.parametrize(
    "address", ["+14155550123", "+1415*", "sip:a@h.example", "sip:h.example", "*@h.example"]
)
def test_a_number_or_a_host_can_be_dialled_as_asked(address: str) -> None:
    assert Entry.parse(item(address=address, dial="as_asked")).action == Dial()


@pytest.mark.parametrize("address", ["2001", "agentb", "*704", "default"])
def test_a_user_and_default_cannot_be_dialled_as_asked(address: str) -> None:
    problem = malformed(item(address=address, dial="as_asked"))
    assert (problem.field, problem.problem) == (
        "dial",
        "as_asked needs an address with a number or a host",
    )


def test_empty_fields_say_no_more_than_absent_ones() -> None:
    nulls = dict.fromkeys(["deny", "ring_timeout", "time_limit", "pass_headers", "fallback"])
    assert Entry.parse(item(caller_id="", mode=None, **nulls)) == Entry.parse(item())


def test_empty_lists_say_none_at_all() -> None:
    entry = Entry.parse(item(pass_headers=[], fallback=[]))
    assert (entry.pass_headers, entry.fallback) == ((), ())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ring_timeout", 5),
        ("ring_timeout", 600),
        ("time_limit", 1),
        ("time_limit", 14400),
        ("caller_id", "a" * 64),
        ("caller_id", "Front_Desk-1.2+3"),
        ("mode", "hold"),
        ("dial", [DESK] * 10),
        ("dial", [NUMBER]),
        ("pass_headers", ["x-*", "user-to-user", "X-Ticket_1.2"]),
        ("pass_headers", ["X-A"] * 50),
        ("fallback", ["transferor", "2001", "sip:a@h.example", "+14155550123", "default"]),
        ("fallback", ["2001"] * 10),
    ],
)
def test_a_field_reaches_to_its_limits(field: str, value: object) -> None:
    Entry.parse(item(**{field: value}))


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    (item(address="Agent B"), "address", "sip:user@host, user, +E164, +prefix*, *@host"),
    (item(address="transferor"), "address", "is none of"),
    (item(address=""), "address", "is none of"),
    (item(address=None), "address", "is none of"),
    (item(address=2001), "address", "is none of"),
    (item(ring_timout=20), "ring_timout", "is not a field; the fields are tenant, address"),
    (item(zeta=1, alpha=1), "alpha", "is not a field"),
    ({"tenant": TENANT, "address": "2001"}, "dial", "exactly one of dial, enqueue, menu"),
    (item(deny="no"), "deny", "exactly one of dial, enqueue, menu"),
    (item(dial=None), "dial", "and none is there"),
    (denying(deny=""), "deny", "must be a text of 1 to 4096 characters"),
    (denying(deny="  "), "deny", "must be a text of 1"),
    (denying(deny=True), "deny", "must be a mapping with reason, say"),
    (item(dial=[]), "dial", "must be as_asked or a list of 1 to 10 nouns"),
    (item(dial=[DESK] * 11), "dial", "a list of 1 to 10 nouns"),
    (item(dial="sip:a@h.example"), "dial", "a list of 1 to 10 nouns"),
    (item(dial=DESK), "dial", "a list of 1 to 10 nouns"),
    (item(dial=[DESK, "2002"]), "dial", "each with one of sip, number, client or sim"),
    (item(dial=[{"number": "2002"}]), "dial", "must be E.164"),
    (item(sequential="yes"), "sequential", "must be true or false"),
    (item(enabled="false"), "enabled", "must be true or false"),
    (item(enabled=0), "enabled", "must be true or false"),
    (item(enabled=None), "enabled", "must be true or false"),
    (item(ring_timeout=4), "ring_timeout", "whole number of seconds, 5 to 600"),
    (item(ring_timeout=601), "ring_timeout", "5 to 600"),
    (item(ring_timeout="20"), "ring_timeout", "5 to 600"),
    (item(ring_timeout=Decimal("20.5")), "ring_timeout", "5 to 600"),
    (item(time_limit=0), "time_limit", "whole number of seconds, 1 to 14400"),
    (item(time_limit=14401), "time_limit", "1 to 14400"),
    (item(time_limit=True), "time_limit", "1 to 14400"),
    (item(caller_id="Front Desk"), "caller_id", "must be letters, digits and + - _ ."),
    (item(caller_id="a" * 65), "caller_id", "must be letters"),
    (item(caller_id=14155550100), "caller_id", "must be letters"),
    (item(caller_id='"><Dial>'), "caller_id", "must be letters"),
    (
        item(dial=[DESK, NUMBER], caller_id="desk"),
        "caller_id",
        "must be an E.164 number to dial a <Number>",
    ),
    (item(pass_headers={"X-*"}), "pass_headers", "must be a list of at most 50 texts"),
    (item(pass_headers=["X-A"] * 51), "pass_headers", "at most 50"),
    (item(fallback="2001"), "fallback", "must be a list of at most 10 texts"),
    (item(fallback=["2001"] * 11), "fallback", "at most 10"),
    (item(mode="Hold"), "mode", "must be hold or release"),
    (item(mode=["hold"]), "mode", "must be hold or release"),
    (denying(mode="park"), "mode", "must be hold or release"),
    (denying(ring_timeout=20), "ring_timeout", "is a field of dial, and this entry has deny"),
    (denying(caller_id="desk"), "caller_id", "is a field of dial"),
    (denying(sequential=False), "sequential", "is a field of dial"),
]


@pytest.mark.parametrize(
    ("broken", "field", "todo"),
    BROKEN,
    ids=[f"{field}={broken.get(field)!r:.30}" for broken, field, _ in BROKEN],
)
def test_a_malformed_entry_says_which_field_and_what_to_do(
    broken: dict[str, Any], field: str, todo: str
) -> None:
    problem = malformed(broken)
    assert problem.field == field
    assert todo in problem.problem


def test_a_malformed_address_is_told_of_default_too() -> None:
    assert "default" in malformed(item(address="Agent B")).problem


@pytest.mark.parametrize(
    "name",
    [
        "Replaces",
        "Route",
        "P-Asserted-Identity",
        "X-Twilio-CallSid",
        "x-twilio-*",
        "*",
        "X-",
        7,
        pytest.param("X-%54wilio-CallSid", id="a name in escapes"),
    ],
)
def test_only_context_headers_pass_and_the_others_are_told_which(name: object) -> None:
    problem = malformed(item(pass_headers=["X-Ticket", name]))
    assert problem.field == "pass_headers"
    assert repr(name) in problem.problem
    assert "X-*" in problem.problem.replace(repr(name), "")


@pytest.mark.parametrize("step", ["Transferor", "Agent B", "tel:+14155550123", "", None, ["2001"]])
def test_a_fallback_is_made_of_addresses_and_the_transferor(step: object) -> None:
    problem = malformed(item(fallback=["2001", step]))
    assert problem.field == "fallback"
    assert repr(step) in problem.problem
    assert "transferor" in problem.problem


def test_the_error_names_the_entry() -> None:
    assert malformed(item(mode="park")).address == "agentb"
    assert malformed(item(address=None)).address == ""


@given(
    st.dictionaries(
        st.sampled_from(sorted(item())) | st.sampled_from(["enabled", "mode", "fallback"]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text() | st.none()),
    )
)
def test_an_item_edited_by_hand_is_an_entry_or_malformed(edited: dict[str, Any]) -> None:
    with suppress(MalformedEntry):
        assert Entry.parse(edited).address == edited["address"]

"""One entry of the directory: each field has a grammar, and what breaks it says where and how."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_transfer.entry import CONTEXT_HEADERS, FIELDS, RECORD, Entry
from call_transfer.errors import MalformedEntry
from call_transfer.hours import Hours
from call_transfer.links import Mode
from call_transfer.noun import Noun, NounKind
from call_transfer.verb import Deny, Dial
from call_transfer.whisper import Whisper

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
            record="record-from-ringing-dual",
            ring_tone="us-old",
            pass_headers=["X-Ticket"],
            headers={"X-Line": "sales", "Remote-Party-ID": "<sip:a@h.example>"},
            whisper={"say": "A call."},
            hours={"zone": "UTC", "weekly": {}},
            fallback=["2002", "transferor"],
            mode="release",
            language="en-GB",
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
        record="record-from-ringing-dual",
        ring_tone="us-old",
        pass_headers=("X-Ticket",),
        headers=(("X-Line", "sales"), ("Remote-Party-ID", "<sip:a@h.example>")),
        whisper=Whisper("A call.", key="1", timeout=10),
        hours=Hours("UTC", weekly=((),) * 7),
        fallback=("2002", "transferor"),
        mode=Mode.RELEASE,
        language="en-GB",
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
    nulls = dict.fromkeys(set(FIELDS) - {*item(), "enabled", "sequential", "send_ext"})
    assert Entry.parse(item(**nulls)) == Entry.parse(item())
    empty = item(caller_id="", ring_tone="", language="")
    assert Entry.parse(empty) == Entry.parse(item())


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
        ("caller_id", "caller"),
        ("caller_id", "called"),
        *(("record", value) for value in RECORD),
        ("ring_tone", "de"),
        ("language", "cmn-CN"),
        ("headers", {f"X-{number}": "1" for number in range(50)}),
        ("headers", {"user-to-user": "00", "P-Called-Party-ID": "1", "p-preferred-identity": "1"}),
        ("whisper", {}),
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
    (item(record="do-not-record"), "record", "must be record-from-answer, record-from-ringing, "),
    (item(record=True), "record", "or record-from-ringing-dual"),
    (item(ring_tone="DE"), "ring_tone", "must be a country's code, as de, or us-old"),
    (item(ring_tone="deu"), "ring_tone", "must be a country's code"),
    (item(language="english"), "language", "must be a language, as en-US"),
    (item(language="en_US"), "language", "must be a language"),
    (denying(language="en"), "language", "must be a language"),
    (item(headers=["X-A"]), "headers", "must map at most 50 names to texts"),
    (item(headers={f"X-{number}": "1" for number in range(51)}), "headers", "at most 50 names"),
    (item(headers={"X-A": ""}), "headers.X-A", "must be a text"),
    (item(headers={"X-A": 7}), "headers.X-A", "must be a text"),
    (item(headers={"X-A": "1\r\nRoute: x"}), "headers.X-A", "holds a control character"),
    (item(headers={"X-A": "1\x7f"}), "headers.X-A", "holds a control character"),
    (item(whisper="Press 1."), "whisper", "must be a mapping with say, key, timeout"),
    (item(whisper={"key": "12"}), "whisper.key", "must be one of 0 to 9, * and #, or any"),
    (item(hours="always"), "hours", "must be a mapping with zone, weekly, dates, closed"),
    (item(hours={"zone": "UTC", "weekly": {"mon": "9-5"}}), "hours.weekly.mon", "list of hours"),
    (denying(hours={"zone": "here", "weekly": {}}), "hours.zone", "a time zone of IANA"),
    (item(dial=[{"sip": "sip:a:pw@h.example"}]), "dial", "cannot hold a password in a sip noun"),
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


@pytest.mark.parametrize(
    "name", ["Replaces", "X-Twilio-A", "X-*", "From", "P-Asserted-Identity", 7]
)
def test_only_context_and_identity_headers_are_added(name: object) -> None:
    problem = malformed(item(headers={name: "1"}))
    assert problem.field == "headers"
    assert repr(name) in problem.problem
    assert "identity header" in problem.problem


@pytest.mark.parametrize("step", ["Transferor", "Agent B", "tel:+14155550123", "", None, ["2001"]])
def test_a_fallback_is_made_of_addresses_and_the_transferor(step: object) -> None:
    problem = malformed(item(fallback=["2001", step]))
    assert problem.field == "fallback"
    assert repr(step) in problem.problem
    assert "transferor" in problem.problem


def test_an_entry_names_the_others_that_it_leads_to_and_how() -> None:
    menu = {"say": "Press.", "keys": {"1": "2003", "*": "transferor"}}
    hours = {"zone": "UTC", "weekly": {}, "closed": "2004"}
    leading = {"tenant": TENANT, "address": "2001", "menu": menu, "hours": hours}
    assert Entry.parse(leading | {"fallback": ["2002", "transferor"]}).references == (
        ("fallback", "2002"),
        ("fallback", "transferor"),
        ("closed", "2004"),
        ("key", "2003"),
        ("key", "transferor"),
    )
    assert Entry.parse(item()).references == ()
    assert Entry.parse(item(hours={"zone": "UTC", "weekly": {}})).references == ()


@pytest.mark.parametrize(
    "noun",
    [
        {"sip": "sip:alice:hunter2@h.example"},
        {"sip": "sip:alice:hunter2@"},
        {"sip": "sip:alice:hunter2@-h"},
        {"sip": "sip:alice:hun@ter2@h.example"},
        {"sip": "sip:a@h.example", "credentials": "alice:hunter2"},
        {"number": "+14155550123", "send_digits": "hunter2"},
    ],
)
def test_no_problem_quotes_a_password(noun: dict[str, str]) -> None:
    problem = malformed(item(dial=[noun]))
    assert problem.field == "dial"
    for part in ("hunter2", "ter2"):
        assert part not in problem.problem + str(problem)


def test_the_error_names_the_entry() -> None:
    assert malformed(item(mode="park")).address == "agentb"
    assert malformed(item(address=None)).address == ""


INSIDE = ["say", "keys", "queue", "zone", "weekly", "dates", "mon", "2026-12-25", "1", "X-A"]
scalars = st.none() | st.booleans() | st.integers() | st.dates() | st.text()
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(INSIDE) | st.integers() | st.dates(), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(FIELDS), anything, max_size=5))
def test_an_item_edited_by_hand_is_an_entry_or_malformed(edited: dict[str, Any]) -> None:
    for broken in (edited, {"tenant": TENANT, "address": "agentb"} | edited, item() | edited):
        with suppress(MalformedEntry):
            assert Entry.parse(broken).address == broken["address"]

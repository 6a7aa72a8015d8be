"""Which header names may pass or be added, and that a header of the entry stands in front."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_transfer.context import Context, added, can_add, can_pass, context_of, passing
from call_transfer.refer_to import ReferTo

CONTEXT: Context = (("X-Ticket", "42"), ("x-queue", "b"), ("User-to-User", "00"))
IDENTITY = ["Remote-Party-ID", "P-Preferred-Identity", "P-Called-Party-ID"]
NEITHER = [
    *("Replaces", "Route", "Record-Route", "From", "Contact", "P-Asserted-Identity", "Diversion"),
    *("X-Twilio-CallSid", "x-twilio-x", "X-", "X", "*", "", "X-A\n", "X-A%0D", "X A", "X-\u00e9"),
    "User-to-User2",
]


@pytest.mark.parametrize("name", ["User-to-User", "user-TO-user", "X-Ticket", "x-_.-1", "X-*"])
def test_context_may_pass(name: str) -> None:
    assert can_pass(name)


@pytest.mark.parametrize("name", [*NEITHER, *IDENTITY])
def test_nothing_else_may_pass(name: str) -> None:
    assert not can_pass(name)


@pytest.mark.parametrize("name", ["User-to-User", "X-Ticket", "remote-party-id", *IDENTITY])
def test_an_entry_may_add_context_and_who_somebody_is(name: str) -> None:
    assert can_add(name)


@pytest.mark.parametrize("name", [*NEITHER, "X-*"])
def test_an_entry_may_add_nothing_else(name: str) -> None:
    assert not can_add(name)


@given(
    st.from_regex(r"[Xx]-[A-Za-z0-9\-_.]{1,8}", fullmatch=True)
    | st.from_regex(r"[Xx]-(Tw|tW)[Iili]{2}[oO][A-Za-z]{0,3}", fullmatch=True)
    | st.sampled_from([name for name in NEITHER if re.fullmatch(r"[A-Za-z\-*]+", name)])
)
def test_what_may_pass_by_name_is_what_a_refer_to_tells(name: str) -> None:
    told = context_of(ReferTo.parse(f"<sip:a@h.example?{name}=1>"))
    assert told == (((name, "1"),) if can_pass(name) else ())
    assert passing(told, [name]) == told


def test_without_headers_of_the_entry_the_context_is_what_was_sent() -> None:
    assert added((), CONTEXT) == CONTEXT


def test_a_header_of_the_entry_stands_in_front_and_is_escaped() -> None:
    assert added([("X-Line", "a&b=\u00e9 %41"), ("Remote-Party-ID", "<sip:a@h>")], CONTEXT) == (
        ("X-Line", "a%26b%3D%C3%A9%20%2541"),
        ("Remote-Party-ID", "%3Csip%3Aa%40h%3E"),
        *CONTEXT,
    )


def test_of_one_name_the_header_of_the_entry_stays() -> None:
    told: Context = (("x-ticket", "evil"), ("X-Ticket", "evil"), ("X-B", "2"))
    assert added([("X-Ticket", "7")], told) == (("X-Ticket", "7"), ("X-B", "2"))

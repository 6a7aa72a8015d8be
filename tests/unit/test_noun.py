"""What is dialled: one party, nothing of a Refer-To but the way there, and the context it may have.

The limits are those of Twilio's page "TwiML Voice: Sip".
"""

import re
from contextlib import suppress
from functools import partial
from urllib.parse import unquote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_transfer.context import Context, context_of, passing
from call_transfer.errors import InvalidTarget
from call_transfer.noun import Noun, NounKind
from call_transfer.noun_fields import MAX_HEADERS, MAX_URI
from call_transfer.refer_to import ReferTo

NUMBER = "+14155550123"
SIM = "DE" + "0a" * 16
QUEUE = Noun(NounKind.SIP, "sip:queue@pbx.example.com")


def as_asked(text: str, *, by_number: bool = False) -> Noun:
    return Noun.as_asked(ReferTo.parse(text), by_number=by_number)


def spelled(address: str) -> str:
    return Noun(NounKind.SIP, address).party


def context(text: str) -> Context:
    return context_of(ReferTo.parse(text))


def headers(noun: Noun) -> list[str]:
    """Return the header names of a SIP URI as whoever receives it reads them."""
    part = noun.address.partition("?")[2]
    return [unquote(pair.partition("=")[0]).lower() for pair in part.split("&") if pair]


# --- the nouns of an entry


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ({"number": NUMBER}, Noun(NounKind.NUMBER, NUMBER)),
        ({"client": "alice"}, Noun(NounKind.CLIENT, "alice")),
        ({"client": "a" * 256}, Noun(NounKind.CLIENT, "a" * 256)),
        ({"sip": "sip:a@h.example"}, Noun(NounKind.SIP, "sip:a@h.example")),
        ({"sip": "SIP:a@h.example"}, Noun(NounKind.SIP, "sip:a@h.example")),
        ({"sip": "sips:a@h.example"}, Noun(NounKind.SIP, "sip:a@h.example;secure=true")),
        (
            {"sip": "sips:a@h.example:5061;secure=false;region=ie1?X-Key=1"},
            Noun(NounKind.SIP, "sip:a@h.example:5061;region=ie1;secure=true?X-Key=1"),
        ),
        (
            {"sip": "sip:a@h.example;Secure=TRUE;transport=tls"},
            Noun(NounKind.SIP, "sip:a@h.example;transport=tls;secure=true"),
        ),
        ({"sip": "sip:a@h.example;secure=false"}, Noun(NounKind.SIP, "sip:a@h.example")),
        ({"sip": "sip:a@h.example?X-Note=a;b"}, Noun(NounKind.SIP, "sip:a@h.example?X-Note=a%3Bb")),
        ({"sim": SIM}, Noun(NounKind.SIM, SIM)),
        ({"sim": "HS" + "0A" * 16}, Noun(NounKind.SIM, "HS" + "0A" * 16)),
        (
            {"number": NUMBER, "send_digits": "wW12*#", "ring_timeout": 5},
            Noun(NounKind.NUMBER, NUMBER, send_digits="wW12*#", ring_timeout=5),
        ),
        (
            {"number": NUMBER, "send_digits": "1" * 64},
            Noun(NounKind.NUMBER, NUMBER, send_digits="1" * 64),
        ),
        (
            {"sip": "sip:a@h.example", "credentials": "trunk-a_1.2", "ring_timeout": 600},
            Noun(NounKind.SIP, "sip:a@h.example", credentials="trunk-a_1.2", ring_timeout=600),
        ),
        (
            {"client": "alice", "parameters": {"Line.1_a-b": "", "B": "x" * 1024}},
            Noun(NounKind.CLIENT, "alice", (("Line.1_a-b", ""), ("B", "x" * 1024))),
        ),
        (
            {"client": "alice", "parameters": None, "ring_timeout": None},
            Noun(NounKind.CLIENT, "alice"),
        ),
        ({"number": NUMBER, "send_digits": None}, Noun(NounKind.NUMBER, NUMBER)),
    ],
)
def test_an_entry_names_a_sip_uri_a_number_or_a_client(text: object, noun: Noun) -> None:
    assert Noun.parse(text) == noun


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "each with one of sip, number, client or sim"),
        ("sip:a@h.example", "each with one of sip"),
        ([], "each with one of sip"),
        ({}, "each with one of sip"),
        ({"sip": "sip:a@h.example", "number": NUMBER}, "each with one of sip"),
        ({"conference": "room"}, "each with one of sip"),
        ({"SIP": "sip:a@h.example"}, "each with one of sip"),
        ({1: "sip:a@h.example"}, "each with one of sip"),
        ({"sip": None}, "whose sip is a text"),
        ({"number": 14155550123}, "whose number is a text"),
        ({"number": "14155550123"}, "must be E.164"),
        ({"number": "+1 415 555 0123"}, "must be E.164"),
        ({"number": "+1415*"}, "must be E.164"),
        ({"number": f"{NUMBER}\n"}, "must be E.164"),
        ({"number": "+\u0661\u0664\u0661\u0665"}, "must be E.164"),
        ({"client": ""}, "1 to 256 printable characters"),
        ({"client": "a" * 257}, "1 to 256 printable characters"),
        ({"client": "a b"}, "1 to 256 printable characters"),
        ({"client": "é"}, "1 to 256 printable characters"),
        ({"sip": "a@h.example"}, "cannot be read: no sip:"),
        ({"sip": "sip:a@-h"}, "cannot be read: '-h' is no hostname"),
        ({"sip": "<sip:a@h.example>"}, "cannot be read"),
        ({"sip": "client:a"}, "cannot be read: 'client' cannot be dialled"),
        ({"sip": "tel:+14155550123"}, "a number is a number noun"),
        ({"sip": NUMBER}, "a number is a number noun"),
        ({"sip": f"sip:{'a' * 254}@h.example"}, "longer than 254"),
        ({"sip": "sip:a:pw@h.example"}, "cannot hold a password in a sip noun; name it in cred"),
        ({"sip": "sip:a:@h.example"}, "cannot hold a password in a sip noun"),
        ({"sim": "DE1"}, "sim 'DE1' must be a SID: DE or HS and 32 hex digits"),
        ({"sim": "DE" + "g" * 32}, "must be a SID"),
        ({"sim": SIM, "ring_timeout": 9}, "ring_timeout in a sim noun, which has no options"),
        ({"sip": "sip:a@h", "send_digits": "1"}, "which has credentials, ring_timeout"),
        ({"number": NUMBER, "credentials": "a"}, "cannot hold credentials in a number noun"),
        ({"client": "a", "parameter": {}}, "cannot hold parameter in a client noun"),
        ({"client": "a", 7: 1}, "cannot hold 7 in a client noun"),
        ({"number": NUMBER, "send_digits": ""}, "must have digits, *, # and w, 64 at most"),
        ({"number": NUMBER, "send_digits": "12a"}, "as send_digits in a noun"),
        ({"number": NUMBER, "send_digits": 12}, "as send_digits in a noun"),
        ({"number": NUMBER, "send_digits": "1" * 65}, "64 at most"),
        ({"sip": "sip:a@h", "credentials": "a b"}, "must have a name in the secret as credentials"),
        ({"sip": "sip:a@h", "credentials": "-a"}, "a name in the secret"),
        ({"sip": "sip:a@h", "credentials": "a" * 65}, "a name in the secret"),
        ({"sip": "sip:a@h", "credentials": ["u", "p"]}, "a name in the secret"),
        ({"client": "a", "ring_timeout": 4}, "must have a ring_timeout of 5 to 600 seconds in a"),
        ({"client": "a", "ring_timeout": 601}, "5 to 600 seconds"),
        ({"client": "a", "ring_timeout": "20"}, "5 to 600 seconds"),
        ({"client": "a", "ring_timeout": True}, "5 to 600 seconds"),
        ({"client": "a", "ring_timeout": 20.0}, "5 to 600 seconds"),
        ({"client": "a", "parameters": ["b"]}, "must have parameters that map names to texts"),
        ({"client": "a", "parameters": {"a b": "1"}}, "cannot have the parameter 'a b': letters"),
        ({"client": "a", "parameters": {"": "1"}}, "cannot have the parameter ''"),
        ({"client": "a", "parameters": {1: "1"}}, "cannot have the parameter 1"),
        ({"client": "a", "parameters": {"b": 1}}, "must have a text of 1024 characters at most as"),
        ({"client": "a", "parameters": {"b": "x" * 1025}}, "1024 characters at most as b"),
    ],
)
def test_a_noun_that_breaks_its_grammar_says_what_it_must_be(text: object, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        Noun.parse(text)


def test_the_uri_of_an_entry_has_at_most_254_characters() -> None:
    host = "@h.example;transport=tls"
    user = "a" * (MAX_URI - len(f"sip:{host}"))
    assert len(Noun.parse({"sip": f"sip:{user}{host}?X-Key=1"}).address) == MAX_URI + len(
        "?X-Key=1"
    )
    with pytest.raises(ValueError, match="longer than 254"):
        Noun.parse({"sip": f"sip:{user}a{host}"})


def test_the_headers_of_an_entry_have_at_most_1023_characters_as_they_are_sent() -> None:
    with pytest.raises(ValueError, match="1023"):
        Noun.parse({"sip": f"sip:a@h.example?X-Key={';' * 340}"})


# --- who that is


@pytest.mark.parametrize(
    "address",
    [
        "sip:agentb@pbx.example.com",
        "sip:AgentB@PBX.example.com.",
        "sip:agentb@pbx.example.com:5060",
        "sip:agentb@pbx.example.com;transport=tls;secure=true",
        "sip:agentb@pbx.example.com?X-A=1",
        "sip:agentb;ext=1@pbx.example.com",
    ],
)
def test_one_party_of_sip_has_many_spellings(address: str) -> None:
    assert spelled(address) == "sip:agentb@pbx.example.com"


def test_another_host_port_or_user_is_another_party() -> None:
    others = ("sip:b@h", "sip:b;x=1@g", "sip:b@h:5070", "sip:h", "sip:c@h", "sip:b%3Fc@h")
    assert len({spelled(address) for address in others}) == len(others)


def test_a_party_with_long_headers_is_the_same() -> None:
    noun, _ = QUEUE.with_context((("X-A", "%FF" * 300),))
    assert noun.party == QUEUE.party == "sip:queue@pbx.example.com"


@pytest.mark.parametrize(
    ("noun", "party"),
    [
        (Noun(NounKind.NUMBER, NUMBER, send_digits="1"), NUMBER),
        (Noun(NounKind.CLIENT, "Alice;1?2"), "alice;1?2"),
        (Noun(NounKind.SIM, SIM), SIM.lower()),
    ],
)
def test_of_the_others_the_address_is_the_party(noun: Noun, party: str) -> None:
    assert noun.party == party


@given(st.text("aA1;=?%40@:.h", min_size=1, max_size=12))
def test_whatever_can_be_dialled_is_a_party(user: str) -> None:
    with suppress(InvalidTarget):
        noun = as_asked(f"sip:{user}@h.example:5061;transport=tls")
        assert noun.party.endswith("h.example:5061")


# --- what a Refer-To asks for


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("tel:+1(415)555-0123", Noun(NounKind.NUMBER, NUMBER)),
        (NUMBER, Noun(NounKind.NUMBER, NUMBER)),
        ("sip:+14155550123@evil.example;transport=tls", Noun(NounKind.NUMBER, NUMBER)),
        ("sip:+14155550123;ext=9@gw.example", Noun(NounKind.NUMBER, NUMBER)),
        ("sip:2001@pbx.example.com", Noun(NounKind.SIP, "sip:2001@pbx.example.com")),
    ],
)
def test_by_number_a_number_goes_to_the_telephone_network(text: str, noun: Noun) -> None:
    assert as_asked(text, by_number=True) == noun


def test_by_host_a_number_stays_at_its_host() -> None:
    assert as_asked("sip:+14155550123@gw.example").address == "sip:+14155550123@gw.example"


@pytest.mark.parametrize("by_number", [True, False])
@pytest.mark.parametrize("text", ["tel:2001", "tel:2001;phone-context=+1415"])
def test_a_local_number_cannot_be_dialled(text: str, *, by_number: bool) -> None:
    with pytest.raises(InvalidTarget) as caught:
        as_asked(text, by_number=by_number)
    assert caught.value.code == "not_dialable"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sip:a@h.example", "sip:a@h.example"),
        ("sip:h.example", "sip:h.example"),
        ("sip:a@h.example:5060", "sip:a@h.example:5060"),
        ('"Sales" <sip:a@[2001:db8::1]:5070>', "sip:a@[2001:db8::1]:5070"),
        ("sip:a%20b%23@h.example", "sip:a%20b%23@h.example"),
        ("sip:a?X-A=1@h.example", "sip:a%3FX-A=1@h.example"),
        ("sip:a%40b@h.example", "sip:a%40b@h.example"),
        pytest.param("sips:a@h.example", "sip:a@h.example;secure=true", id="sips is secure"),
        pytest.param(
            "<sips:a@h.example:5061;secure=false>",
            "sip:a@h.example:5061;secure=true",
            id="sips cannot be taken back",
        ),
        pytest.param(
            "<sip:a@h.example;Transport=TLS>", "sip:a@h.example;transport=tls", id="transport"
        ),
        pytest.param(
            "sip:a@h.example;transport=tcp", "sip:a@h.example;transport=tcp", id="transport, bare"
        ),
        pytest.param(
            "sip:a@h.example;transport=udp?X-A=1",
            "sip:a@h.example;transport=udp",
            id="transport, bare, before headers",
        ),
        pytest.param("<sip:a@h.example;secure=True>", "sip:a@h.example;secure=true", id="secure"),
        pytest.param(
            "sip:a@h.example;Secure=true", "sip:a@h.example;secure=true", id="secure, bare"
        ),
        pytest.param("<sip:a@h.example>;transport=tls", "sip:a@h.example", id="of the header"),
        pytest.param("sip:a@h.example;transport=sctp", "sip:a@h.example", id="no such transport"),
        pytest.param("sip:a@h.example;transport", "sip:a@h.example", id="transport without value"),
        pytest.param("sip:a@h.example;secure", "sip:a@h.example", id="secure without value"),
    ],
)
def test_by_host_the_way_there_survives(text: str, address: str) -> None:
    assert as_asked(text) == Noun(NounKind.SIP, address)


@pytest.mark.parametrize("bare", [True, False], ids=["bare", "in brackets"])
@pytest.mark.parametrize(
    "rest",
    [
        "@h.example;maddr=evil.example",
        "@h.example;MADDR=evil.example;lr;ttl=255",
        "@h.example;method=INVITE",
        "@h.example;user=phone;region=ie1;x-unknown=1",
        ":secret@h.example",
        "@h.example?X-A=1",
        "@h.example?Replaces=1%40x%3Bto-tag%3D1&Route=%3Csip%3Aevil.example%3Blr%3E",
        "@h.example;tag=1",
    ],
)
def test_nothing_else_of_a_refer_to_is_dialled(rest: str, *, bare: bool) -> None:
    assert as_asked(f"sip:a{rest}" if bare else f"<sip:a{rest}>").address == "sip:a@h.example"


# A user that begins with a plus and is no number is refused; the others are dialled as they are.
characters = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="+")
users = st.text(characters, min_size=1, max_size=6).map(
    lambda text: "".join(f"%{byte:02x}" for byte in text.encode())
)


@given(users, st.sampled_from(["", ";maddr=evil.example", ":pw", "?X-A=1"]))
def test_no_user_moves_the_host_that_is_dialled(user: str, rest: str) -> None:
    address = as_asked(f"sip:{user}{rest}@h.example").address
    assert re.fullmatch(r"sip:[^@?#<>\"\s]+@h\.example", address)


def test_a_uri_that_is_asked_for_has_at_most_254_characters() -> None:
    user = "a" * (MAX_URI - len("sip:@h.example"))
    assert len(as_asked(f"sip:{user}@h.example").address) == MAX_URI
    with pytest.raises(InvalidTarget) as caught:
        as_asked(f"sip:{user}a@h.example")
    assert caught.value.code == "too_long"


def test_a_uri_that_grows_when_it_is_written_is_refused_not_cut() -> None:
    with pytest.raises(InvalidTarget) as caught:
        as_asked(f"sip:{'?' * 100}@h.example")
    assert caught.value.code == "too_long"


# --- the context that travels


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sip:a@h.example", ()),
        ("<sip:a@h.example?X-Ticket=42>", (("X-Ticket", "42"),)),
        ("sip:a@h.example?X-Ticket=42", (("X-Ticket", "42"),)),
        ("tel:+14155550123?x-ticket=42", (("x-ticket", "42"),)),
        ("sip:a@h.example?X-A=1&X-A=2", (("X-A", "1"), ("X-A", "2"))),
        ("sip:a@h.example?X-A=", (("X-A", ""),)),
        pytest.param("sip:a@h.example?X-A=a+b%20c", (("X-A", "a%2Bb%20c"),), id="a plus is a plus"),
        pytest.param(
            "sip:a@h.example?X-A=%2541", (("X-A", "%2541"),), id="a value is decoded once"
        ),
        pytest.param(
            "sip:a@h.example?X-A=1%26Route%3Dx", (("X-A", "1%26Route%3Dx"),), id="no second header"
        ),
        pytest.param(
            "sip:a@h.example?User-to-User=123456789%3Bencoding%3Dhex",
            (("User-to-User", "123456789%3Bencoding%3Dhex"),),
            id="Twilio's own UUI, an odd number of hex digits",
        ),
        pytest.param(
            "sip:a@h.example?User-to-User=56a390f3;encoding=hex;purpose=x",
            (("User-to-User", "56a390f3%3Bencoding%3Dhex%3Bpurpose%3Dx"),),
            id="UUI without escapes",
        ),
        pytest.param(
            "sip:a@h.example?User-to-User=%FF%80%41",
            (("User-to-User", "%FF%80A"),),
            id="UUI whose bytes are not UTF-8",
        ),
        pytest.param(
            "sip:a@h.example?X-%54icket=42", (("X-Ticket", "42"),), id="a name is decoded once"
        ),
    ],
)
def test_context_is_x_headers_and_user_to_user_whole(text: str, told: Context) -> None:
    assert context(text) == told


@pytest.mark.parametrize(
    "name",
    [
        "Replaces",
        "Route",
        "Require",
        "Record-Route",
        "From",
        "Contact",
        "Referred-By",
        "P-Asserted-Identity",
        "P-Preferred-Identity",
        "P-Called-Party-ID",
        "Remote-Party-ID",
        "Proxy-Authorization",
        "X-Twilio-CallSid",
        "x-twilio-callsid",
        "X-TwilioAnything",
        "X-%54wilio-CallSid",
        "X-",
        "X-*",
        "User-to-User2",
    ],
)
def test_no_other_header_is_context(name: str) -> None:
    assert context(f"sip:a@h.example?{name}=1&X-A=1") == (("X-A", "1"),)


@pytest.mark.parametrize("name", ["X-%2554wilio-CallSid", "%2552oute", "X-%2554icket"])
def test_a_name_that_would_be_another_one_after_a_second_decoding_is_no_context(name: str) -> None:
    assert context(f"sip:a@h.example?{name}=1") == ()


@given(st.binary(min_size=1, max_size=20))
def test_whatever_the_bytes_of_a_value_they_arrive_whole(data: bytes) -> None:
    safe = bytes(byte for byte in data if byte >= 0x20 and byte != 0x7F)
    [(_, value)] = context(f"sip:a@h.example?X-A={''.join(f'%{byte:02x}' for byte in safe)}")
    assert unquote_to_bytes(value) == safe
    assert re.fullmatch(r"[A-Za-z0-9%\-_.~]*", value)


CONTEXT: Context = (("X-Ticket", "42"), ("x-queue", "b"), ("User-to-User", "00"))


@pytest.mark.parametrize(
    ("allowed", "names"),
    [
        ((), []),
        (("X-Ticket",), ["X-Ticket"]),
        (("x-TICKET", "X-Queue"), ["X-Ticket", "x-queue"]),
        (("X-*",), ["X-Ticket", "x-queue"]),
        (("x-*", "user-to-user"), ["X-Ticket", "x-queue", "User-to-User"]),
        (("X-Tick",), []),
    ],
)
def test_the_names_of_an_entry_let_headers_through(
    allowed: tuple[str, ...], names: list[str]
) -> None:
    assert [name for name, _ in passing(CONTEXT, allowed)] == names


def test_a_sip_party_gets_the_context_as_headers() -> None:
    noun, dropped = QUEUE.with_context((("X-Ticket", "4%2C2"), ("User-to-User", "00%3Benc")))
    assert noun.address == "sip:queue@pbx.example.com?X-Ticket=4%2C2&User-to-User=00%3Benc"
    assert dropped == ()


def test_a_sip_party_without_context_stays_as_it_is() -> None:
    assert QUEUE.with_context(()) == (QUEUE, ())


def test_a_number_gets_no_context_and_the_names_are_listed() -> None:
    noun = Noun(NounKind.NUMBER, NUMBER)
    assert noun.with_context(CONTEXT) == (noun, ("X-Ticket", "x-queue", "User-to-User"))


def test_a_client_gets_the_context_as_parameters_decoded() -> None:
    noun, dropped = Noun(NounKind.CLIENT, "alice").with_context(
        (("X-Name", "J%C3%BCrg%20%3C%26%3E"), ("User-to-User", "%FF%00"))
    )
    assert noun.parameters == (("X-Name", "Jürg <&>"), ("User-to-User", "\ufffd\x00"))
    assert (noun.address, dropped) == ("alice", ())


def test_the_parameter_of_an_entry_wins_and_stands_in_front() -> None:
    own = Noun(NounKind.CLIENT, "alice", (("X-Line", "sales"),))
    noun, _ = own.with_context((("x-line", "evil"), ("X-A", "1")))
    assert noun.parameters == (("X-Line", "sales"), ("X-A", "1"))


def test_a_sim_gets_no_context_and_the_names_are_listed() -> None:
    noun = Noun(NounKind.SIM, SIM)
    assert noun.with_context(CONTEXT) == (noun, ("X-Ticket", "x-queue", "User-to-User"))


@pytest.mark.parametrize(
    "text",
    [
        "X-Key=evil",
        "x-key=evil",
        "X-%4Bey=evil",
        "X-%254Bey=evil",
        "X-%254bey=evil",
    ],
)
def test_the_header_of_an_entry_wins(text: str) -> None:
    own = Noun.parse({"sip": "sip:queue@pbx.example.com?X-Key=good"})
    noun, _ = own.with_context(context(f"sip:a@h.example?{text}&X-B=2"))
    assert headers(noun).count("x-key") == 1
    assert noun.address == "sip:queue@pbx.example.com?X-Key=good&X-B=2"


def test_a_header_that_loses_to_the_entrys_own_is_listed() -> None:
    own = Noun.parse({"sip": "sip:queue@pbx.example.com?X-Key=good"})
    assert own.with_context((("x-key", "evil"),)) == (own, ("x-key",))


def test_the_same_header_twice_is_sent_twice() -> None:
    noun, _ = QUEUE.with_context((("X-A", "1"), ("X-A", "2")))
    assert noun.address.endswith("?X-A=1&X-A=2")


@pytest.mark.parametrize(("length", "dropped"), [(1019, ()), (1020, ("X-A",))])
def test_headers_have_at_most_1023_characters(length: int, dropped: tuple[str, ...]) -> None:
    noun, names = QUEUE.with_context((("X-A", "1" * length),))
    assert names == dropped
    assert len(noun.address.partition("?")[2]) in (0, MAX_HEADERS)


def test_a_header_that_does_not_fit_is_dropped_whole_and_a_shorter_one_still_travels() -> None:
    noun, dropped = QUEUE.with_context(
        (("X-A", "1" * 1000), ("X-Long", "2" * 100), ("X-B", "3" * 10))
    )
    assert noun.address.partition("?")[2] == f"X-A={'1' * 1000}&X-B={'3' * 10}"
    assert dropped == ("X-Long",)


names_ = st.from_regex(r"[Xx]-[A-Za-z0-9\-_.]{1,8}", fullmatch=True)
values = st.text("a1;", max_size=300).map(partial(re.sub, ";", "%3B"))


@given(st.lists(st.tuples(names_, values), max_size=8).map(tuple))
def test_every_header_is_sent_whole_or_listed(told: Context) -> None:
    noun, dropped = QUEUE.with_context(told)
    part = noun.address.partition("?")[2]
    sent = part.split("&") if part else []
    assert len(part) <= MAX_HEADERS
    assert sorted([*(one.partition("=")[0] for one in sent), *dropped]) == sorted(
        name for name, _ in told
    )
    assert set(sent) <= {f"{name}={value}" for name, value in told}


@pytest.mark.parametrize(
    "address",
    ["alice:s3cret@pbx.example.com", "sip:alice:s3cret@-h", "SIPS:alice:s3cret@@h", "a:s3cret@"],
)
def test_a_password_in_an_address_is_quoted_nowhere(address: str) -> None:
    with pytest.raises(ValueError, match="sip") as caught:
        Noun.parse({"sip": address})
    assert "s3cret" not in str(caught.value)

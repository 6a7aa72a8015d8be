"""One URI: what is compared, what is dialled, and that reading what was written changes nothing."""

from dataclasses import FrozenInstanceError, replace
from typing import Any, cast

import pytest

from call_transfer.errors import InvalidTarget
from call_transfer.sip_uri import SipUri

# 253 characters, no label longer than 63.
LONGEST_NAME = f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 61}"


def refusal(text: str) -> str:
    with pytest.raises(InvalidTarget) as caught:
        SipUri.parse(text)
    return caught.value.code


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        ("sip:a@PBX.Example.com", "pbx.example.com"),
        ("sip:a@pbx.example.com.", "pbx.example.com"),
        ("sip:a@pbx.example.com:5060", "pbx.example.com"),
        ("sip:a@pbx.example.com:5061", "pbx.example.com:5061"),
        ("sips:a@pbx.example.com:5061", "pbx.example.com"),
        ("sips:a@pbx.example.com.:5060", "pbx.example.com:5060"),
        ("sip:a@10.0.0.1:5070", "10.0.0.1:5070"),
        ("sip:a@[2001:DB8:0:0:0:0:0:1]", "[2001:db8::1]"),
        ("sip:a@[2001:db8::0001]:5070", "[2001:db8::1]:5070"),
        ("sip:good@evil.example;maddr=good.example", "evil.example"),
        ("sip:a%40good.example@evil.example", "evil.example"),
        ("sip:good.example;x?y=@evil.example", "evil.example"),
        ("tel:+14155550123", None),
    ],
)
def test_hosts_are_compared_in_one_spelling(uri: str, key: str | None) -> None:
    assert SipUri.parse(uri).host_key == key


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        ("sip:AgentB@h.example", "agentb"),
        ("sip:%41gentB@h.example", "agentb"),
        ("sip:+1555;EXT=12@h.example", "+1555"),
        ("sip:h.example", None),
        ("tel:+1-415", "+1-415"),
    ],
)
def test_users_are_compared_in_lower_case(uri: str, key: str | None) -> None:
    assert SipUri.parse(uri).user_key == key


@pytest.mark.parametrize(
    ("uri", "secure"),
    [
        ("sips:a@h.example", True),
        ("sip:a@h.example;secure=true", True),
        ("sip:a@h.example;Secure=TRUE", True),
        ("sip:a@h.example;secure", False),
        ("sip:a@h.example;secure=false", False),
        ("sip:a@h.example;transport=tls", False),
        ("sip:a@h.example", False),
    ],
)
def test_tls_is_asked_for_by_sips_and_by_twilios_parameter(uri: str, *, secure: bool) -> None:
    assert SipUri.parse(uri).secure is secure


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("tel:+14155550123", "+14155550123"),
        ("tel:+1.415(555)-0123;ext=5", "+14155550123"),
        ("sip:+14155550123;phone-context=example.com@h.example", "+14155550123"),
        ("sip:%2B14155550123@h.example", "+14155550123"),
        ("sip:+14155550123:pw@h.example", "+14155550123"),
        ("sip:14155550123@h.example", None),
        ("sip:0014155550123@h.example", None),
        ("sip:-+14155550123@h.example", None),
        ("sip:+1415555012x@h.example", None),
        ("sip:+1%20415@h.example", None),
        ("sip:+%D9%A1%D9%A2%D9%A3@h.example", None),
        ("sip:+14155550123%0042@h.example".replace("%00", "%C2%B2"), None),
        ("sip:5550123;phone-context=+1415@h.example", None),
        ("tel:5550123;phone-context=+1415", None),
        ("tel:+05550123", None),
        ("tel:+1", None),
        ("tel:+12", "+12"),
        ("tel:+123456789012345", "+123456789012345"),
        ("tel:+1234567890123456", None),
        ("sip:h.example", None),
    ],
)
def test_only_a_global_number_is_a_number(uri: str, number: str | None) -> None:
    assert SipUri.parse(uri).e164 == number


def test_a_parameter_is_found_in_any_case() -> None:
    uri = SipUri.parse("sip:a@h.example;Transport=tls;lr")
    assert (uri.param("transport"), uri.param("LR"), uri.param("user")) == ("tls", "", None)
    assert dict(uri.params) == {"Transport": "tls", "lr": None}


def test_a_header_is_found_in_any_case_with_all_its_values() -> None:
    uri = SipUri.parse("sip:a@h.example?X-A=1&x-a=2&X-B=")
    assert (uri.header("x-A"), uri.header("X-B"), uri.header("X-C")) == (("1", "2"), ("",), ())
    assert dict(uri.headers) == {"X-A": ("1", "2"), "X-B": ("",)}


@pytest.mark.parametrize("host", [LONGEST_NAME, f"{LONGEST_NAME}.", "a" * 63, "h" + "9" * 62])
def test_a_name_of_253_characters_in_labels_of_63_is_a_host(host: str) -> None:
    assert SipUri.parse(f"sip:{host}").host == host


@pytest.mark.parametrize("host", [f"a{LONGEST_NAME}", f"a{LONGEST_NAME}.", "a" * 64])
def test_a_longer_name_is_no_host(host: str) -> None:
    assert refusal(f"sip:{host}") == "bad_host"


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("SIP:a@H.example:05060", "sip:a@H.example:5060"),
        ("+14155550123", "tel:+14155550123"),
        ("tel:*21#", "tel:*21%23"),
        ("sip:%61%20%3b@h.example", "sip:a%20;@h.example"),
        ("sip:good.example/?X=1@evil.example", "sip:good.example%2F%3FX=1@evil.example"),
        ("sip:a:%3A@h.example", "sip:a:%3A@h.example"),
        ("sip:a:@h.example", "sip:a:@h.example"),
        ("sip:h.example;lr;x=%3d", "sip:h.example;lr;x=%3D"),
        ("sip:h.example?X=a;b=c&Y=&x=%ff", "sip:h.example?X=a%3Bb%3Dc&X=%FF&Y="),
        ("sip:a%2540@h.example?X=%2526", "sip:a%2540@h.example?X=%2526"),
        ("sip:h.example?X=Ann+Lee%2B", "sip:h.example?X=Ann+Lee+"),
    ],
)
def test_what_is_written_is_escaped_and_reads_back(given: str, written: str) -> None:
    uri = SipUri.parse(given)
    assert str(uri) == written
    assert SipUri.parse(written) == uri


def test_the_longest_refer_to_reads_back_although_escapes_triple_it() -> None:
    uri = SipUri.parse(f"sip:h.example?X={';' * 240}")
    assert len(str(uri)) == 736
    assert SipUri.parse(str(uri)) == uri


def test_a_uri_of_1024_characters_is_read_and_a_longer_one_is_not() -> None:
    assert SipUri.parse("sip:h.example?X=".ljust(1024, "x")).host == "h.example"
    assert refusal("sip:h.example?X=".ljust(1025, "x")) == "too_long"


def test_blanks_are_not_stripped_from_a_uri() -> None:
    assert (refusal(""), refusal(" sip:h.example"), refusal("sip:h.example ")) == (
        "empty",
        "malformed",
        "malformed",
    )


def test_a_uri_is_a_value() -> None:
    uri = SipUri.parse("sip:a@h.example;x=1?X=1")
    assert {uri: 1}[SipUri.parse("SIP:%61@h.example;x=1?X=1")] == 1
    assert str(replace(uri, uri_headers=(), scheme="sips")) == "sips:a@h.example;x=1"
    with pytest.raises(FrozenInstanceError):
        uri.host = "evil.example"  # type: ignore[misc]  # the point of the test
    with pytest.raises(TypeError):
        cast("Any", uri.params)["maddr"] = "evil.example"
    with pytest.raises(TypeError):
        cast("Any", uri.headers)["Route"] = ("<sip:evil.example>",)


def test_a_password_does_not_reach_a_log_by_repr() -> None:
    assert "hunter2" not in repr(SipUri.parse("sip:a:hunter2@h.example"))


@pytest.mark.parametrize(
    "uri",
    [
        "sip:hunter2%FF:hunter2@h.example",
        "sip:hunter2:hunter2@h.example@h.example",
        "sip:hunter2:hunter2@h_example",
        "sip:hunter2:hunter2:@h.example",
        "tel:hunter2",
    ],
)
def test_a_refusal_repeats_neither_user_nor_password(uri: str) -> None:
    with pytest.raises(InvalidTarget) as caught:
        SipUri.parse(uri)
    assert "hunter2" not in str(caught.value)

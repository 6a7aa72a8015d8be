"""The Refer-To by its vectors: shapes from the field, RFC 4475, and one refusal per rule."""

import json
from pathlib import Path
from typing import Any

import pytest

from call_transfer import refer_to as module
from call_transfer.errors import InvalidTarget
from call_transfer.refer_to import ReferTo

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "refer_to.json").read_text(encoding="utf-8")
)
READ = [pytest.param(vector, id=vector["id"]) for vector in VECTORS if "reading" in vector]
REFUSED = [pytest.param(vector, id=vector["id"]) for vector in VECTORS if "error" in vector]

# What a vector does not name is absent.
ABSENT: dict[str, Any] = {
    "scheme": None,
    "user": None,
    "password": None,
    "host": None,
    "port": None,
    "params": {},
    "headers": {},
    "display_name": None,
    "header_params": {},
    "e164": None,
}


def reading(refer_to: ReferTo) -> dict[str, Any]:
    uri = refer_to.uri
    return {
        "scheme": uri.scheme,
        "user": uri.user,
        "password": uri.password,
        "host": uri.host,
        "port": uri.port,
        "params": dict(uri.params),
        "headers": {name: list(values) for name, values in uri.headers.items()},
        "display_name": refer_to.display_name,
        "header_params": dict(refer_to.header_params),
        "e164": uri.e164,
    }


@pytest.mark.parametrize("vector", READ)
def test_an_address_is_read_as_its_vector_says(vector: dict[str, Any]) -> None:
    assert reading(ReferTo.parse(vector["input"])) == ABSENT | vector["reading"]


@pytest.mark.parametrize("vector", READ)
def test_an_address_that_is_written_reads_back(vector: dict[str, Any]) -> None:
    refer_to = ReferTo.parse(vector["input"])
    assert ReferTo.parse(str(refer_to)) == refer_to
    assert hash(ReferTo.parse(str(refer_to))) == hash(refer_to)


@pytest.mark.parametrize("vector", REFUSED)
def test_an_address_is_refused_with_the_code_of_its_vector(vector: dict[str, Any]) -> None:
    with pytest.raises(InvalidTarget) as caught:
        ReferTo.parse(vector["input"])
    assert caught.value.code == vector["error"]


@pytest.mark.parametrize("vector", REFUSED)
def test_a_refusal_is_one_printable_line(vector: dict[str, Any]) -> None:
    with pytest.raises(InvalidTarget) as caught:
        ReferTo.parse(vector["input"])
    assert caught.value.message.isprintable()


def test_each_code_is_documented_and_has_a_vector() -> None:
    documented = {
        line.split("`")[1] for line in str(module.__doc__).splitlines() if line.startswith("- `")
    }
    assert documented == {vector["error"] for vector in VECTORS if "error" in vector}


@pytest.mark.parametrize(
    "text", ["sip:2001@h.example;user=phone", "<sip:2001@h.example>;user=phone"]
)
def test_the_form_is_kept(text: str) -> None:
    assert str(ReferTo.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("sip:a@h.example;transport=tls;tag=1;Secure=true", {"transport": "tls", "Secure": "true"}),
        ("sip:a@h.example;maddr=evil.example", {"maddr": "evil.example"}),
        ("sip:a@h.example;lr", {"lr": None}),
        ("sip:a@h.example;transport=tls?X=1", {"transport": "tls"}),
        ("<sip:a@h.example>;transport=tls", {}),
        ("<sip:a@h.example;transport=tls>;transport=udp", {"transport": "tls"}),
        ("tel:+14155550123;ext=1", {"ext": "1"}),
    ],
)
def test_without_brackets_the_uri_parameters_are_dialled_too(
    text: str, params: dict[str, str | None]
) -> None:
    assert dict(ReferTo.parse(text).dial_params) == params


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("sip:a@h.example;method=BYE", "BYE"),
        ("<sip:a@h.example;Method=INVITE>", "INVITE"),
        ("<sip:a@h.example>;method=BYE", None),
        ("sip:a@h.example", None),
    ],
)
def test_the_method_is_a_parameter_of_the_uri(text: str, method: str | None) -> None:
    assert ReferTo.parse(text).method == method


@pytest.mark.parametrize("name", ["Replaces", "replaces", "REPLACES", "%72eplaces"])
def test_replaces_makes_a_transfer_attended_in_any_spelling(name: str) -> None:
    refer_to = ReferTo.parse(f"<sip:a@h.example?{name}=abc%40h%3Bto-tag%3D1>")
    assert refer_to.replaces == "abc@h;to-tag=1"
    assert refer_to.attended


def test_a_transfer_without_replaces_is_blind() -> None:
    refer_to = ReferTo.parse("<sip:a@h.example;Replaces=1?X-Replaces=1>;Replaces=1")
    assert refer_to.replaces is None
    assert not refer_to.attended


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("123456789%3Bencoding%3Dhex", "123456789;encoding=hex"),
        ("123456789;encoding=hex", "123456789;encoding=hex"),
        ("", ""),
        ("%80%FE", "\udc80\udcfe"),
        ("a+b%2Bc", "a+b+c"),
    ],
)
def test_user_to_user_is_opaque(value: str, read: str) -> None:
    refer_to = ReferTo.parse(f"sip:a@h.example?user-to-user={value}")
    assert refer_to.user_to_user == read
    assert ReferTo.parse(str(refer_to)).user_to_user == read


def test_without_user_to_user_there_is_none() -> None:
    assert ReferTo.parse("sip:a@h.example?X-A=1").user_to_user is None

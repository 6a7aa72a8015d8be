"""The signature check: vectors of the official libraries first, then what makes them raise."""

import base64
import hmac
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_transfer.signature import signed_by

TOKEN = "12345"  # noqa: S105 - the example of Twilio's documentation
URL = "https://calls.example.com/refer"
FORM = {"AccountSid": ["AC1"], "CallSid": ["CA1"], "ReferTransferTarget": ["<sip:2@a.example>"]}

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "signature.json").read_text(encoding="utf-8")
)
PORTABLE = [vector for vector in VECTORS if vector["portable"]]

# What one language's library does and the others do not: our verdict, and why.
QUIRKS = {
    "urls with special characters": (
        False,
        "only twilio-node rewrites ' to %27 before signing; Twilio signs the URL as configured",
    ),
    "testValidateBodyWithoutSignature; ruby; php; csharp": (
        False,
        "a raw body without bodySHA256 is covered by nothing; twilio-python raises TypeError",
    ),
    "body but no query parameters": (False, "the same, with no query at all"),
    "json body, no bodySHA256": (False, "the same, as twilio-go tells it"),
    "CredentialsArePreservedUpperCaseScheme": (
        False,
        "urlparse lower-cases the scheme; ours is always https in lower case",
    ),
}


def sign(
    url: str, form: Mapping[str, Sequence[str]], token: str = TOKEN, algorithm: str = "sha1"
) -> str:
    """Sign as the documentation says, without the library under test."""
    pairs = "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    return base64.b64encode(hmac.digest(token.encode(), (url + pairs).encode(), algorithm)).decode()


SIGNATURE = sign(URL, FORM)


def verdict(**changes: object) -> bool:
    """Check a good request, changed; the values may be of any type, as guards are for that."""
    good = {"url": URL, "params": FORM, "signature": SIGNATURE, "tokens": (TOKEN,)}
    return signed_by(**cast("dict[str, Any]", good | changes))


def vector_verdict(vector: dict[str, Any]) -> bool:
    """Check a vector in the shape of `parse_qs`: a list of values for each name."""
    params = vector["body"] if "body" in vector else listed(vector["params"])
    return signed_by(
        url=vector["url"],
        params=params,
        signature=vector["signature"],
        tokens=(vector["token"],),
    )


def listed(params: dict[str, str | list[str]]) -> dict[str, list[str]]:
    return {name: [value] if isinstance(value, str) else value for name, value in params.items()}


def test_there_are_fifty_vectors_and_each_quirk_is_listed() -> None:
    quirks = [vector["source"] for vector in VECTORS if not vector["portable"]]
    assert len(VECTORS) == 50
    assert len(quirks) == len(QUIRKS)
    assert all(any(source.endswith(tail) for tail in QUIRKS) for source in quirks)


@pytest.mark.parametrize("vector", PORTABLE, ids=lambda vector: vector["source"])
def test_portable_vector_gives_what_the_official_libraries_give(vector: dict[str, Any]) -> None:
    assert vector_verdict(vector) is vector["valid"]


@pytest.mark.parametrize(("tail", "expected", "reason"), [(t, *q) for t, q in QUIRKS.items()])
def test_quirk_of_one_language_gives_what_is_listed(
    tail: str, *, expected: bool, reason: str
) -> None:
    (vector,) = [vector for vector in VECTORS if vector["source"].endswith(tail)]
    assert vector_verdict(vector) is expected, reason


def test_good_request_is_signed() -> None:
    assert verdict() is True


@pytest.mark.parametrize(
    "signature",
    ["", None, " ", "é" * 28, "\ud800" * 28, SIGNATURE + "=", " " + SIGNATURE, SIGNATURE.encode()],
)
def test_missing_or_unreadable_signature_is_no_signature(signature: object) -> None:
    assert verdict(signature=signature) is False


@pytest.mark.parametrize(
    "url",
    [
        "https://calls.example.com:65536/refer",
        "https://calls.example.com:port/refer",
        "https://[::1/refer",
        "https://[zz]/refer",
        "https://calls.example.com/\ud800",
        "",
        None,
        b"https://calls.example.com/refer",
        7,
    ],
)
def test_url_that_makes_the_validator_raise_is_not_signed(url: object) -> None:
    assert verdict(url=url) is False


@pytest.mark.parametrize("url", [URL[:-1] + "\n" + URL[-1], URL + "\t", " " + URL])
def test_url_with_whitespace_that_urlparse_would_drop_is_not_signed(url: str) -> None:
    assert verdict(url=url) is False


@pytest.mark.parametrize(
    "params",
    [
        {"a": "a lone string is not spelt out as values"},
        {"a": [None]},
        {"a": None},
        {1: ["a"]},
        {"a": ["\ud800"]},
        ["a"],
        7,
        b"a=b",
        "a raw body",
    ],
)
def test_params_of_no_known_shape_are_not_signed(params: object) -> None:
    assert verdict(params=params) is False


def test_lone_string_as_a_value_is_refused_even_if_its_letters_were_signed() -> None:
    assert verdict(params={"a": "xy"}, signature=sign(URL, {"a": ["x", "y"]})) is False


def test_get_is_signed_by_its_url_alone() -> None:
    assert verdict(params=None, signature=sign(URL, {})) is True
    assert verdict(params={}, signature=sign(URL, {})) is True


def test_empty_body_without_a_hash_is_not_taken_for_an_empty_form() -> None:
    assert verdict(params="", signature=sign(URL, {})) is False


def test_repeated_name_is_signed_with_all_of_its_values() -> None:
    form = {"Digits": ["5678", "1234", "1234"]}
    assert verdict(params=form, signature=sign(URL, form)) is True
    assert verdict(params={"Digits": ["5678"]}, signature=sign(URL, form)) is False


@pytest.mark.parametrize("tokens", [(), ("",), (" ", "\t"), (None,), ("\ud800",), "12345", ""])
def test_tokens_that_sign_nothing(tokens: object) -> None:
    assert verdict(tokens=tokens) is False


@pytest.mark.parametrize("token", ["", " "])
def test_signature_made_with_a_blank_token_is_refused(token: str) -> None:
    assert verdict(tokens=(token,), signature=sign(URL, FORM, token)) is False


def test_string_in_place_of_tokens_is_not_a_list_of_letters() -> None:
    assert verdict(tokens="abc", signature=sign(URL, FORM, "b")) is False


@pytest.mark.parametrize(
    "tokens", [(TOKEN, "other"), ("other", TOKEN), ["", TOKEN], ("\ud800", TOKEN)]
)
def test_any_of_the_tokens_may_have_signed(tokens: Sequence[str]) -> None:
    assert verdict(tokens=tokens) is True


def test_each_token_is_tried_even_after_a_match() -> None:
    tried: list[str] = []

    class Watched(str):
        __slots__ = ()

        def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
            tried.append(str(self))
            return super().encode(encoding, errors)

    assert verdict(tokens=(Watched(TOKEN), Watched("other"))) is True
    assert tried == [TOKEN, "other"]


@pytest.mark.parametrize(
    ("settings", "algorithm", "expected"),
    [
        ("", "sha1", True),
        (None, "sha1", True),
        ("key=webhooks_sharedkey_1", "sha1", True),
        ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA1", "sha1", True),
        ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", "sha256", True),
        ("key=webhooks_sharedkey_1,algorithm=HMAC_SHA256", "sha1", False),
        ("", "sha256", False),
        ("algorithm=HMAC_MD5", "sha1", False),
        ("algorithm=\ud800", "sha1", False),
        (7, "sha1", False),
    ],
)
def test_settings_header_names_the_algorithm(
    settings: object, algorithm: str, *, expected: bool
) -> None:
    signature = sign(URL, FORM, algorithm=algorithm)
    assert verdict(settings=settings, signature=signature) is expected


def test_unknown_algorithm_is_refused_without_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert verdict(settings="algorithm=forged\nline") is False
    assert caplog.records == []


def test_two_forms_can_have_one_signature_for_names_and_values_have_no_separators() -> None:
    # This is why handlers refuse a repeated ReferTransferTarget: Twilio signs one value, whose
    # text may hold the name and a second target, and whoever replays the request may cut it in two.
    one = {"ReferTransferTarget": ["<sip:2@a.example>ReferTransferTarget<sip:9@evil.example>"]}
    two = {"ReferTransferTarget": ["<sip:2@a.example>", "<sip:9@evil.example>"]}
    assert verdict(params=one, signature=sign(URL, one)) is True
    assert verdict(params=two, signature=sign(URL, one)) is True


def test_text_can_move_between_a_name_and_its_value_under_one_signature() -> None:
    # And this is why they refuse a form without the names they need, instead of taking a default.
    moved = {"ReferTransfer": ["Target<sip:2@a.example>"]}
    signed = {"ReferTransferTarget": ["<sip:2@a.example>"]}
    assert verdict(params=moved, signature=sign(URL, signed)) is True


def test_checking_a_signature_does_not_import_the_rest_client() -> None:
    program = "import sys, call_transfer.signature; sys.exit('twilio.rest' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - our own program


anything = st.one_of(
    st.none(),
    st.integers(),
    st.binary(),
    st.text(st.characters()),
    st.lists(st.text(), max_size=3),
    st.dictionaries(st.text(), st.one_of(st.text(), st.lists(st.text(), max_size=3)), max_size=3),
)
urls = st.one_of(
    anything,
    st.from_regex(r"https?://[\[\]:@%a-z0-9.]{0,12}(:[0-9]{0,6})?/[a-z?&=#;]{0,8}"),
    st.text(st.characters(codec=None)),
)
forms = st.dictionaries(
    st.text(max_size=6), st.lists(st.text(max_size=6), min_size=1, max_size=1), min_size=1
)


@given(url=urls, params=anything, signature=anything, settings=anything, token=anything)
def test_whatever_the_request_holds_the_answer_is_no_and_nothing_is_raised(
    url: object, params: object, signature: object, settings: object, token: object
) -> None:
    answer = verdict(
        url=url, params=params, signature=signature, settings=settings, tokens=(token,)
    )
    assert answer is False


@given(form=forms)
def test_whatever_form_was_signed_is_signed(form: dict[str, list[str]]) -> None:
    assert verdict(params=form, signature=sign(URL, form)) is True


@given(form=forms, data=st.data())
def test_changing_any_character_of_a_signature_breaks_it(
    form: dict[str, list[str]], data: st.DataObject
) -> None:
    signature = sign(URL, form)
    assert verdict(params=form, signature=changed(signature, data)) is False


@given(form=forms, data=st.data())
def test_changing_any_character_of_a_value_breaks_the_signature(
    form: dict[str, list[str]], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(form)))
    value = form[name][0]
    other = form | {name: [changed(value, data) if value else "x"]}
    assert verdict(params=other, signature=sign(URL, form)) is False


def changed(text: str, data: st.DataObject) -> str:
    """Replace one character of `text` by another one."""
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda other: other != text[at]))
    return text[:at] + letter + text[at + 1 :]

"""`refer signature`: each difference is made by signing one thing and capturing another."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from refer_cli.signed.families import FAMILIES
from signed_requests import (
    ACCOUNT,
    FOREIGN,
    FORM,
    HOST,
    OTHER,
    SECRET,
    URL,
    Form,
    ask,
    captured,
    event,
    sign,
    without,
)


@pytest.fixture(autouse=True)
def no_token_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "tokens.json"
    path.write_text(json.dumps(SECRET))
    return path


def moved(signed: str, seen: str = URL, **headers: str) -> dict[str, Any]:
    return captured(seen, FORM, sign(signed, FORM), **headers)


def formed(signed: Form, seen: Form = FORM) -> dict[str, Any]:
    return captured(URL, seen, sign(URL, signed))


def json_body(body: str, url: str, signed: str) -> dict[str, Any]:
    headers = {"content-type": "application/json", "x-twilio-signature": sign(signed, {})}
    return {"url": url, "headers": headers, "body": body}


GEO = ("FromCity", "FromState", "FromZip")
SHA256 = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
BODY = json.dumps({"AccountSid": ACCOUNT})
HASHED = f"{URL}?bodySHA256={sha256(BODY.encode()).hexdigest()}"

ONE: dict[str, tuple[str, str, dict[str, Any]]] = {
    "another account": ("account", OTHER, captured(URL, FORM, sign(URL, FORM, FOREIGN))),
    "http": ("scheme", "http://", moved(f"http://{HOST}/refer/hold")),
    "https": ("scheme", "https://", moved(URL, f"http://{HOST}/refer/hold")),
    "a port": ("port", "8443", moved(f"https://{HOST}:8443/refer/hold")),
    "a port that a header tells": (
        "port",
        "9999",
        moved(f"https://{HOST}:9999/refer/hold", x_forwarded_port="9999"),
    ),
    "a port of the Host header": (
        "port",
        "9998",
        moved(f"https://{HOST}:9998/refer/hold", host=f"{HOST}:9998"),
    ),
    "stage prod": ("path", "/prod in front", moved(f"https://{HOST}/prod/refer/hold")),
    "stage Prod": ("path", "/Prod in front", moved(f"https://{HOST}/Prod/refer/hold")),
    "a stage of its own": (
        "path",
        "/blue in front",
        event(URL, urlencode(FORM), sign(f"https://{HOST}/blue/refer/hold", FORM), stage="blue"),
    ),
    "a base path that a header tells": (
        "path",
        "/t/u in front",
        moved(f"https://{HOST}/t/u/refer/hold", x_forwarded_prefix="/t/u"),
    ),
    "no stage": ("path", "without its first", moved(URL, f"https://{HOST}/blue/refer/hold")),
    "no base path": ("path", "without /a/b", moved(URL, f"https://{HOST}/a/b/refer/hold")),
    "two slashes": ("path", "two slashes", moved(f"https://{HOST}//refer/hold")),
    "one slash": ("path", "one slash", moved(URL, f"https://{HOST}/refer//hold")),
    "path encoded": (
        "path",
        "percent-encoded",
        moved(f"https://{HOST}/refer/h%C3%BCld", f"https://{HOST}/refer/hüld"),
    ),
    "path decoded": (
        "path",
        "decoded",
        moved(f"https://{HOST}/refer/hüld", f"https://{HOST}/refer/h%C3%BCld"),
    ),
    "the Host header": (
        "host",
        "voice.example.org",
        moved("https://voice.example.org/refer/hold", host="voice.example.org"),
    ),
    "the host in other letters": (
        "host",
        "Calls.Example.com",
        moved("https://Calls.Example.com/refer/hold", host="Calls.Example.com"),
    ),
    "a forwarded host": (
        "host",
        "x-forwarded-host",
        moved("https://t.example.org/refer/hold", x_forwarded_host="t.example.org"),
    ),
    "no credentials": (
        "credentials",
        "without its user",
        moved(URL, f"https://me:pw@{HOST}/refer/hold"),
    ),
    "a slash more": ("slash", "a slash at the end", moved(f"{URL}/")),
    "a slash less": ("slash", "without its last", moved(URL, f"{URL}/")),
    "no query": ("query", "without its query", moved(URL, f"{URL}?a=1")),
    "a query that was dropped": (
        "query",
        "has apart",
        event(URL, urlencode(FORM), sign(f"{URL}?a=1", FORM), queryStringParameters={"a": "1"}),
    ),
    "query encoded": ("query", "anew", moved(f"{URL}?a=x%2By", f"{URL}?a=x%2by")),
    "query decoded": ("query", "decoded", moved(f"{URL}?a=sip:x", f"{URL}?a=sip%3Ax")),
    "query with %20": ("query", "%20", moved(f"{URL}?a=x%20y:", f"{URL}?a=x+y:")),
    "query with +": ("query", "+", moved(f"{URL}?a=x+y:", f"{URL}?a=x%20y:")),
    "query in order": ("query", "order", moved(f"{URL}?b=2&c=3&a=1", f"{URL}?a=1&b=2&c=3")),
    "query sorted": (
        "query",
        "sorted",
        moved(f"{URL}?a=1&b=2&c=3&d=4&e=5", f"{URL}?e=5&a=1&d=4&c=3&b=2"),
    ),
    "query without a part": ("query", "without b", moved(f"{URL}?a=1", f"{URL}?a=1&b=2")),
    "query without blanks": ("query", "blank", moved(f"{URL}?a=1", f"{URL}?a=1&b=")),
    "blanks left out": ("blank", "2 blank", formed(FORM, FORM | {"CallerName": "", "X": ""})),
    "blanks lost": ("blank", "FromZip, blank", formed(FORM | dict.fromkeys(GEO, ""))),
    "one blank lost": ("blank", "CallerName, blank", formed(FORM | {"CallerName": ""})),
    "a + that was not escaped": (
        "decoding",
        "begin with a space",
        formed(FORM, FORM | {"From": " 14155550199"}),
    ),
    "a + for a space": (
        "decoding",
        "a space for each +",
        formed(FORM | {"From": "Ann B"}, FORM | {"From": "Ann+B"}),
    ),
    "a space for a +": (
        "decoding",
        "a + for each space",
        formed(FORM | {"Digits": "1+2"}, FORM | {"Digits": "1 2"}),
    ),
    "values not decoded": (
        "decoding",
        "decoded once more",
        formed(FORM, {name: quote(value, safe="") for name, value in FORM.items()}),
    ),
    "values decoded too often": (
        "decoding",
        "still encoded",
        formed({name: quote(value, safe="") for name, value in FORM.items()}),
    ),
    "UTF-8 read as Latin-1": (
        "decoding",
        "UTF-8",
        formed(FORM | {"FromCity": "Zürich"}, FORM | {"FromCity": "ZÃ¼rich"}),
    ),
    "values trimmed by the signer": (
        "whitespace",
        "white space",
        formed(FORM, FORM | {"To": f"{FORM['To']} "}),
    ),
    "line breaks": ("whitespace", "CRLF", formed(FORM | {"X": "a\r\nb"}, FORM | {"X": "a\nb"})),
    "a value trimmed on the way": (
        "padding",
        "To with a space",
        formed(FORM | {"To": f"{FORM['To']} "}),
    ),
    "a caller name trimmed on the way": (
        "padding",
        "CallerName filled up",
        formed(FORM | {"CallerName": "ANN B          "}, FORM | {"CallerName": "ANN B"}),
    ),
    "SHA-256 without its header": (
        "algorithm",
        "SHA256",
        captured(URL, FORM, sign(URL, FORM, algorithm="HMAC_SHA256")),
    ),
    "SHA-1 under a header": (
        "algorithm",
        "SHA1",
        captured(URL, FORM, sign(URL, FORM), X_Twilio_Webhooks_Signature_Settings=SHA256),
    ),
    "signature in quotes": ("header", "quotes", captured(URL, FORM, f'"{sign(URL, FORM)}"')),
    "signature escaped": (
        "header",
        "percent",
        captured(URL, FORM, quote(sign(URL, FORM), safe="")),
    ),
    "signature without =": ("header", "=", captured(URL, FORM, sign(URL, FORM).rstrip("="))),
    "signature twice": ("header", "several", captured(URL, FORM, f"AAAA,{sign(URL, FORM)}")),
    "a repeated name, the first": (
        "repeated",
        "first value of To",
        formed(FORM, FORM | {"To": [FORM["To"], "sip:x@y.example"]}),
    ),
    "a repeated name, joined": (
        "repeated",
        "joined",
        formed(FORM | {"To": "a,b"}, FORM | {"To": ["a", "b"]}),
    ),
    "a parameter more": ("extra", "without tenant", formed(FORM, FORM | {"tenant": "acme"})),
    "a parameter less": ("missing", "ApiVersion", formed(FORM | {"ApiVersion": "2010-04-01"})),
    "a copy less": ("missing", "Called", formed(FORM | {"Called": FORM["To"]})),
    "no AccountSid": ("missing", "AccountSid", formed(FORM, without("AccountSid"))),
    "counted twice": (
        "missing",
        "CallStatus twice",
        formed(FORM | {"CallStatus": "in-progressCallStatusin-progress"}),
    ),
    "a form under a foreign content-type": (
        "body",
        "read as a form",
        captured(URL, FORM, sign(URL, FORM), content_type="text/plain"),
    ),
    "a body whose hash was dropped": (
        "body",
        "bodySHA256 of this body",
        json_body(BODY, URL, HASHED),
    ),
    "a body that was changed": ("body", "another body", json_body(f"{BODY} ", HASHED, HASHED)),
    "a body that no hash covers": ("body", "without the body", json_body(BODY, URL, URL)),
    "a body under a form's content-type": (
        "body",
        "as it came",
        json_body(
            urlencode(FORM),
            u := f"{URL}?bodySHA256={sha256(urlencode(FORM).encode()).hexdigest()}",
            u,
        )
        | {
            "headers": {
                "content-type": "application/x-www-form-urlencoded",
                "x-twilio-signature": sign(u, {}),
            }
        },
    ),
    "a GET that became a POST": ("body", "as for a GET", captured(URL, FORM, sign(URL, {}))),
    "a POST that became a GET": (
        "body",
        "a POST",
        {"url": f"{URL}?{urlencode(FORM)}", "headers": {"x-twilio-signature": sign(URL, FORM)}},
    ),
}


@pytest.mark.parametrize(("code", "words", "request_"), ONE.values(), ids=ONE)
def test_one_difference_is_found_and_told(
    code: str, words: str, request_: dict[str, Any], tokens: Path
) -> None:
    asked = ask(request_, tokens)
    assert (asked.exit_code, asked.document["accepted"]) == (1, False)
    assert asked.codes == [code], asked.what
    assert words in asked.what
    assert asked.document["status"] == 403
    assert asked.document["causes"] == []


def test_text_of_other_scripts_and_long_bodies_are_searched_too(tokens: Path) -> None:
    short = {"AccountSid": ACCOUNT, "FromCity": "東京"}
    assert ask(captured(URL, short, sign(f"{URL}/", short)), tokens).codes == ["slash"]
    long = "&".join(f"a{number}=" for number in range(1200))
    assert ask(json_body(long, URL, f"{URL}/"), tokens).codes == ["slash", "body"]
    assert ask(json_body("{}", "https://h.example", "https://x.example"), tokens).codes == []


def test_every_kind_of_difference_has_an_example_here() -> None:
    assert {code for code, _, _ in ONE.values()} | {"url"} == {
        "account",
        *(family.code for family in FAMILIES),
    }


@pytest.mark.parametrize(
    ("codes", "request_"),
    [
        (["scheme", "path"], moved(f"http://{HOST}/prod/refer/hold")),
        (["path", "host"], moved("https://v.example.org/v1/refer/hold", host="v.example.org")),
        (["slash", "query"], moved(f"{URL}/", f"{URL}?a=1")),
        (
            ["host", "blank"],
            captured(
                URL,
                FORM | {"X": ""},
                sign("https://v.example.org/refer/hold", FORM),
                host="v.example.org",
            ),
        ),
        (
            ["scheme", "account"],
            captured(URL, FORM, sign(f"http://{HOST}/refer/hold", FORM, FOREIGN)),
        ),
        (
            ["path", "algorithm"],
            captured(
                URL, FORM, sign(f"https://{HOST}/prod/refer/hold", FORM, algorithm="HMAC_SHA256")
            ),
        ),
        (
            ["scheme", "extra"],
            captured(URL, FORM | {"a": "b"}, sign(f"http://{HOST}/refer/hold", FORM)),
        ),
        (["extra", "extra"], formed(FORM, FORM | {"tenant": "acme", "trace": "4711"})),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else "",
)
def test_two_differences_at_once_are_found(
    codes: list[str], request_: dict[str, Any], tokens: Path
) -> None:
    assert ask(request_, tokens).codes == codes


def test_a_url_that_is_given_is_tried_first(tokens: Path) -> None:
    given_url = "https://elsewhere.example.org/a/b?c=1"
    asked = ask(moved(given_url), tokens, "--url", given_url)
    assert (asked.exit_code, asked.codes) == (1, ["url"])
    assert asked.document["signed_url"] == given_url


def test_a_url_that_is_given_is_tried_without_its_fragment_and_with_the_query(tokens: Path) -> None:
    base = "https://elsewhere.example.org/a"
    asked = ask(moved(base), tokens, "--url", f"{base}#rc=1")
    assert asked.what == "the URL given with --url, without its fragment"
    asked = ask(moved(f"{base}?x=%2f", f"{URL}?x=%2f"), tokens, "--url", base)
    assert asked.what == "the URL given with --url, with the query that was captured"


# Nothing matches


def test_when_nothing_matches_it_says_what_was_tried_and_what_is_likely(tokens: Path) -> None:
    asked = ask(captured(URL, FORM, sign(URL, FORM, "a-token-that-was-rotated")), tokens)
    assert (asked.exit_code, asked.codes, asked.document["complete"]) == (1, [], True)
    tried = asked.document["tried"]
    assert {"scheme", "path", "slash", "blank", "extra", "two at once"} <= set(tried)
    assert min(tried.values()) > 0
    assert asked.document["causes"][0].startswith("The token was rotated")


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"X_Twilio_Signature": "bm90IGEgZGlnZXN0"}, "no HMAC in base64"),
        ({"X_Twilio_Signature": "%"}, "no HMAC in base64"),
        ({"Content_Length": "9999"}, "Content-Length says 9999"),
        ({"User_Agent": "curl/8.0"}, "may not be Twilio's"),
        ({"X_Twilio_Webhooks_Signature_Settings": SHA256}, "shared key"),
    ],
)
def test_the_likeliest_cause_is_read_off_the_request(
    headers: dict[str, str], words: str, tokens: Path
) -> None:
    short = {name: FORM[name] for name in ("AccountSid", "CallSid")}
    request = captured(URL, short, sign(URL, short, "guessed"), **headers)
    assert words in ask(request, tokens).document["causes"][0]


def test_masked_values_and_foreign_bodies_are_noticed(tokens: Path) -> None:
    short = {"AccountSid": ACCOUNT, "From": "***"}
    assert "masked" in ask(formed({"a": "b"}, short), tokens).document["causes"][0]
    causes = ask(json_body(BODY, URL, "https://x.example"), tokens).document["causes"]
    assert any("no form by its content-type" in cause for cause in causes)


def test_a_request_without_a_signature_has_one_cause(tokens: Path) -> None:
    asked = ask({"url": URL, "form": FORM}, tokens)
    assert asked.document["tried"] == {}
    assert [cause[:40] for cause in asked.document["causes"]] == [
        "The request carries no X-Twilio-Signatur"
    ]


def test_a_form_of_many_parameters_is_cut_short_and_says_so(tokens: Path) -> None:
    many = {"AccountSid": ACCOUNT} | {f"P{number}": "x" for number in range(400)}
    asked = ask(captured(URL, many, sign(URL, many, "guessed")), tokens)
    assert asked.document["complete"] is False

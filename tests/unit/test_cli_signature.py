"""`refer signature` gives the deployed code's answer, and never a token."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.stack import ROOT
from pivot.sign import LOCAL
from refer_cli.signed.families import FAMILIES
from signed_requests import (
    ACCOUNT,
    FOREIGN,
    FORM,
    HOST,
    OLDER,
    OTHER,
    SECRET,
    TOKEN,
    URL,
    ask,
    captured,
    event,
    run,
    sign,
    without,
)

EVENTS = sorted(path for path in (ROOT / "tests" / "events").glob("*.json") if path.stem != "env")
VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "signature.json").read_text(encoding="utf-8")
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


# What the deployed code accepts


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_an_event_gets_the_answer_that_its_handler_gives(path: Path, tmp_path: Path) -> None:
    secret = tmp_path / "tokens.json"
    secret.write_text(json.dumps({LOCAL.sid: [LOCAL.token]}))
    asked = ask(path.read_bytes(), secret)
    signed = path.stem != "refer_unsigned"
    assert asked.exit_code == (0 if signed else 1)
    assert asked.document["accepted"] is signed
    assert asked.document["signed_by"] == (f"token 1 of {LOCAL.sid}" if signed else None)
    assert asked.document["url"].startswith("https://abc123.execute-api.us-east-1.amazonaws.com/")
    assert LOCAL.token not in asked.output


PORTABLE = [one for one in VECTORS if one["portable"] and one["valid"] and "params" in one]


@pytest.mark.parametrize("vector", PORTABLE, ids=lambda vector: vector["source"][-60:])
def test_a_vector_of_the_libraries_is_signed_by_its_token(vector: dict[str, Any]) -> None:
    request = captured(vector["url"], vector["params"], vector["signature"]) | {"method": "POST"}
    asked = run(
        "-",
        "--json",
        stdin=json.dumps(request).encode(),
        env={"TWILIO_AUTH_TOKEN": vector["token"]},
    )
    document = json.loads(asked.output)
    assert document["signed_by"] is not None
    assert document["differences"] == []


def test_an_older_token_is_named_by_its_place(tokens: Path) -> None:
    asked = ask(captured(URL, FORM, sign(URL, FORM, OLDER)), tokens)
    assert asked.exit_code == 0
    assert asked.document["signed_by"] == f"token 2 of {ACCOUNT}"


def test_the_text_of_an_http_request_is_read_with_its_host(tokens: Path) -> None:
    text = (
        "POST /refer/hold HTTP/1.1\r\n"
        f"Host: {HOST}\r\n"
        f"X-Twilio-Signature: {sign(URL, FORM)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        f"{urlencode(FORM)}\n"
    )
    for variant in (
        text,
        text.replace("\r\n", "\n"),
        text.replace(" /refer", f" https://{HOST}/refer"),
    ):
        asked = ask(variant.encode(), tokens)
        assert (asked.exit_code, asked.document["url"]) == (0, URL)


def test_the_length_that_an_http_request_states_is_its_body(tokens: Path) -> None:
    body = urlencode(FORM)
    text = (
        f"POST /refer/hold HTTP/1.1\nHost: {HOST}\nContent-Length: {len(body)}\n"
        f"X-Twilio-Signature: {sign(URL, FORM)}\nAccept: a\nAccept: b\n"
        f"Content-Type: application/x-www-form-urlencoded\n\n{body}"
    )
    assert ask(f"{text}\n\n".encode(), tokens).exit_code == 0
    assert ask(f"{text}&a=b".encode(), tokens).codes == ["extra"]


def test_an_event_whose_body_is_plain_text_is_read_as_it_is(tokens: Path) -> None:
    plain = {"isBase64Encoded": False, "body": urlencode(FORM)}
    assert ask(event(URL, "", sign(URL, FORM)) | plain, tokens).exit_code == 0


def test_the_scheme_of_an_http_request_can_be_told(tokens: Path) -> None:
    local = "http://127.0.0.1:8080/refer/hold"
    text = (
        "POST /refer/hold HTTP/1.1\nHost: 127.0.0.1:8080\n"
        f"X-Twilio-Signature: {sign(local, FORM)}\n"
        f"Content-Type: application/x-www-form-urlencoded\n\n{urlencode(FORM)}"
    )
    asked = ask(text.encode(), tokens, "--scheme", "http")
    assert (asked.exit_code, asked.document["url"]) == (0, local)


def test_a_get_is_signed_by_its_url_alone(tokens: Path) -> None:
    url = f"{URL}?{urlencode(FORM)}"
    request = {"url": url, "headers": {"x-twilio-signature": sign(url, {})}}
    asked = ask(request, tokens)
    assert (asked.exit_code, asked.document["method"]) == (0, "GET")


def test_a_fragment_is_not_part_of_the_url(tokens: Path) -> None:
    asked = ask(captured(f"{URL}#rc=1&rp=ct,5xx", FORM, sign(URL, FORM)), tokens)
    assert (asked.exit_code, asked.document["url"]) == (0, URL)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda made: json.dumps({"level": "INFO", "message": made}),
        lambda made: json.dumps({"message": json.dumps(made)}),
        lambda made: json.dumps({"events": [{"message": f"2026\tINFO\t{json.dumps(made)}"}]}),
        lambda made: f"2026-11-23T10:00:00Z\t4711\tINFO\t{json.dumps(made)}\n",
        lambda made: json.dumps([made], indent=2),
    ],
)
def test_an_event_is_found_in_a_line_of_a_log(
    wrap: Callable[[dict[str, Any]], str], tokens: Path
) -> None:
    made = event(URL, urlencode(FORM), sign(URL, FORM))
    assert ask(wrap(made).encode(), tokens).exit_code == 0


def test_public_base_url_wins_over_the_host_of_the_event(tokens: Path) -> None:
    made = event(URL, urlencode(FORM), sign("https://voice.example.org/t/refer/hold", FORM))
    asked = ask(made, tokens, "--public-base-url", "https://voice.example.org/t")
    assert asked.exit_code == 0


@pytest.mark.parametrize(
    "seen", [f"https://{HOST}:8443/refer/hold", f"https://{HOST}:443/refer/hold"]
)
def test_a_port_that_was_not_signed_is_no_difference(seen: str, tokens: Path) -> None:
    assert ask(captured(seen, FORM, sign(URL, FORM)), tokens).exit_code == 0


# Refused for another reason than the signature


@pytest.mark.parametrize(
    ("form", "status", "words"),
    [
        (without("CallSid"), 400, "CallSid is missing"),
        (without("AccountSid"), 403, "no AccountSid"),
        (FORM | {"AccountSid": "AC1"}, 403, "no account SID"),
        (FORM | {"AccountSid": "AC" + "c" * 32}, 403, "no token for this account"),
    ],
)
def test_a_good_signature_is_told_of_when_something_else_is_refused(
    form: dict[str, str], status: int, words: str, tokens: Path
) -> None:
    asked = ask(captured(URL, form, sign(URL, form)), tokens)
    assert (asked.exit_code, asked.document["status"]) == (1, status)
    assert words in asked.document["rejected"]
    assert asked.document["signed_by"] == f"token 1 of {ACCOUNT}"


def test_a_body_that_the_deployed_code_does_not_read_is_refused_as_there(tokens: Path) -> None:
    large = event(URL, "a=" + "x" * 70_000, "AAAA")
    assert ask(large, tokens).document["status"] == 413
    broken = event(URL, "", "AAAA") | {"body": "%%%"}
    assert ask(broken, tokens).document["rejected"] == "the body is not base64"


# Input that cannot be used


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "neither"),
        (b"hello", "neither"),
        (b"{", "not JSON"),
        (b"\xff\xfe{", "UTF-8"),
        (b"[" * 100_000, "cannot be read"),
        (b"[]", "0 requests"),
        (b"[1]", "neither"),
        (b"{}", "neither"),
        (b'{"a": 1}', "neither"),
        (b'{"url": 1}', "url and method are text"),
        (b'{"url": "x"}', "the URL is none"),
        (b'{"url": "https://h/a b"}', "the URL is none"),
        (b'{"url": "https://h/", "headers": {"a": 1}}', "headers is no object"),
        (b'{"url": "https://h/", "form": {"a": 1}}', "form is no object"),
        (b'{"url": "https://h/", "form": [1]}', "form is no object"),
        (b'{"url": "https://h/", "form": {}, "body": "a"}', "one of the two"),
        (b'{"url": "https://h/", "body": {}}{', "not JSON"),
        (b'{"requestContext": 1}', "requestContext.http"),
        (b'{"requestContext": {"http": {}}}', "rawPath is missing"),
        (b'{"requestContext": {"elb": {}}, "httpMethod": "POST"}', "load balancer"),
        (b"POST /x HTTP/1.1\n\na=b", "no Host header"),
        (b"POST /x HTTP/1.1\nHost: h\nbroken\n\na=b", "line 3 is no header"),
        (b"POST /x HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n0\n", "in chunks"),
        (b"POST /x HTTP/1.1\nHost: h\nbroken {\n\n{}", "line 3 is no header"),
        (b"POST x HTTP/1.1\nHost: h\n\n", "the URL is none"),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_what_cannot_be_read_is_status_2_and_says_why(
    data: bytes, words: str, tokens: Path
) -> None:
    asked = ask(data, tokens)
    assert asked.exit_code == 2
    assert words in " ".join(asked.output.split())


def test_an_event_of_a_rest_api_cannot_be_rebuilt_and_it_says_why(tokens: Path) -> None:
    request = {
        "version": "1.0",
        "httpMethod": "POST",
        "path": "/refer/hold",
        "queryStringParameters": {"a": "1"},
        "requestContext": {"domainName": HOST, "stage": "prod"},
    }
    for variant in (request, {name: request[name] for name in request if name != "version"}):
        asked = ask(variant, tokens)
        assert asked.exit_code == 2
        assert "cannot be rebuilt" in " ".join(asked.output.split())
        assert "HTTP API with payload 2.0" in " ".join(asked.output.split())


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("{", "not JSON"),
        ("[]", "no JSON object"),
        ("", "no token"),
        ("{}", "no token"),
        (json.dumps({ACCOUNT: []}), "no token"),
        (json.dumps({ACCOUNT: TOKEN}), "no list of tokens"),
        (json.dumps({TOKEN: [TOKEN]}), "no account SID"),
        (json.dumps({ACCOUNT: [f"{TOKEN} "]}), "has spaces"),
    ],
)
def test_tokens_of_another_shape_are_status_2_and_not_quoted(
    secret: str, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(secret)
    asked = ask(captured(URL, FORM, sign(URL, FORM)), path)
    assert asked.exit_code == 2
    assert words in " ".join(asked.output.split())


def test_tokens_that_are_no_text_are_status_2(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_bytes(b"\xff")
    assert "UTF-8" in ask(captured(URL, FORM, "x"), path).output


@pytest.mark.parametrize(
    ("env", "status", "words"),
    [
        ({}, 2, "no token to check with"),
        ({"TWILIO_AUTH_TOKEN": f" {TOKEN}"}, 2, "has spaces"),
        ({"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": "SK1"}, 2, "no account SID"),
        ({"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": ACCOUNT}, 0, f"token 1 of {ACCOUNT}"),
        ({"TWILIO_AUTH_TOKEN": TOKEN}, 0, f"token 1 of {ACCOUNT}"),
        ({"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": OTHER}, 1, f"token 1 of {OTHER}"),
    ],
)
def test_tokens_of_the_environment(env: dict[str, str], status: int, words: str) -> None:
    stdin = json.dumps(captured(URL, FORM, sign(URL, FORM))).encode()
    asked = run("-", stdin=stdin, env=env)
    assert asked.exit_code == status
    assert words in " ".join(asked.output.split())
    assert TOKEN not in asked.output


def test_a_token_without_an_account_is_tried_on_a_request_without_one() -> None:
    form = without("AccountSid")
    stdin = json.dumps(captured(URL, form, sign(URL, form))).encode()
    asked = run("-", stdin=stdin, env={"TWILIO_AUTH_TOKEN": TOKEN})
    assert asked.exit_code == 1
    assert "signed by   the token in TWILIO_AUTH_TOKEN" in asked.output


def test_the_tokens_may_come_from_stdin_and_the_request_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text(json.dumps(captured(URL, FORM, sign(URL, FORM))))
    asked = run(str(path), "--tokens", "-", stdin=json.dumps(SECRET).encode())
    assert asked.exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["-", "--tokens", "-"],
        ["/no/such/file"],
        ["-", "--url", "calls.example.com"],
        ["-", "--public-base-url", "https://h.example/"],
        ["-", "--scheme", "ftp"],
    ],
)
def test_a_command_that_cannot_be_used_is_status_2(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2


def test_a_file_that_is_too_large_is_not_read(tokens: Path) -> None:
    assert "give one request" in ask(b" " * (8 * 1024 * 1024 + 1), tokens).output


# What a person sees

[PATH] = [family for family in FAMILIES if family.code == "path"]


def test_a_person_reads_what_was_signed_why_and_what_to_do(tokens: Path) -> None:
    request = captured(URL, FORM, sign(f"https://{HOST}/prod/refer/hold", FORM))
    asked = run("-", "--tokens", str(tokens), stdin=json.dumps(request).encode())
    assert asked.output.splitlines() == [
        "refused",
        "  answer      403, the signature matches no token of this account",
        f"  request     POST {URL}",
        f"  account     {ACCOUNT}",
        f"  parameters  {', '.join(sorted(FORM))}",
        f"  signed by   token 1 of {ACCOUNT}",
        "",
        "difference 1: path",
        "  signed      /prod in front of the path",
        f"  why         {PATH.why}",
        f"  do          {PATH.do}",
        "",
        f"  signed URL  https://{HOST}/prod/refer/hold",
    ]


def test_a_person_sees_how_many_readings_were_tried(tokens: Path) -> None:
    short = {"AccountSid": ACCOUNT}
    request = captured(URL, short, sign(URL, short, "guessed"))
    asked = run("-", "--tokens", str(tokens), stdin=json.dumps(request).encode())
    assert re.search(r"^ *two at once +\d+", asked.output, re.MULTILINE)
    assert re.search(r"^ *all +\d+ *$", asked.output, re.MULTILINE)
    assert "  1.          The token was rotated" in asked.output


def test_what_a_terminal_would_obey_is_escaped(tokens: Path) -> None:
    form = FORM | {"\x1b[31m": "x", "[bold]": "y"}
    asked = run("-", "--tokens", str(tokens), stdin=json.dumps(captured(URL, form, "x")).encode())
    assert "\x1b" not in asked.output
    assert "  parameters  \\x1b[31m, AccountSid" in asked.output
    assert "[bold]" in asked.output


# Secrets


def test_passwords_and_tokens_in_a_url_are_not_shown(tokens: Path) -> None:
    seen = f"https://{ACCOUNT}:{TOKEN}@{HOST}/refer/{OLDER}?k={FOREIGN}"
    for arguments in ((), ("--json",)):
        request = captured(seen, FORM | {TOKEN: OLDER, "To": TOKEN}, sign(URL, FORM))
        asked = run("-", "--tokens", str(tokens), *arguments, stdin=json.dumps(request).encode())
        assert asked.exit_code == 1
        assert not [one for one in (TOKEN, OLDER, FOREIGN) if one in asked.output]


printed = st.text(st.sampled_from("0123456789abcdef-+/&=% \n[]{}"), max_size=12)


@settings(max_examples=25, deadline=None)
@given(
    token=st.text(st.sampled_from("0123456789abcdef+/=&%"), min_size=16, max_size=40),
    where=st.sampled_from(["path", "query", "name", "value", "host", "header", "secret"]),
    around=printed,
    as_document=st.booleans(),
)
def test_a_token_is_in_no_output_wherever_the_request_repeats_it(
    token: str, where: str, around: str, *, as_document: bool
) -> None:
    text = f"{around}{token}{around}"
    spelled = quote(text, safe="") if "%" not in token else quote(around, safe="") + token
    request = captured(URL, {"AccountSid": ACCOUNT}, "AAAA")
    match where:
        case "path":
            request["url"] += f"/{quote(token, safe='')}"
        case "query":
            request["url"] += f"?a={spelled.replace('#', '')}"
        case "name":
            request["form"][text] = "x"
        case "value":
            request["form"]["To"] = text
        case "host":
            request["headers"]["host"] = text
        case "header":
            request["headers"]["X-Twilio-Signature"] = text
        case _:
            request = {"url": text}
    secret = {"TWILIO_AUTH_TOKEN": token, "TWILIO_ACCOUNT_SID": ACCOUNT}
    arguments = ["-", "--json"] if as_document else ["-"]
    asked = run(*arguments, stdin=json.dumps(request).encode(), env=secret)
    assert asked.exit_code in {1, 2}
    assert token not in asked.output
    assert quote(token, safe="") not in asked.output


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_answered_without_an_error_of_ours(data: bytes) -> None:
    asked = run("-", stdin=data, env={"TWILIO_AUTH_TOKEN": TOKEN})
    assert asked.exit_code in {1, 2}
    assert TOKEN not in asked.output

"""One request of Twilio's: what of it is believed, and what is answered when our own code fails."""

import base64
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest

from call_transfer.application import application
from call_transfer.errors import MalformedRequest, PayloadTooLarge
from call_transfer.links import Urls
from call_transfer.webhook import MAX_BODY, Response, Webhook
from gateway.http_api import Context, Request, event, serve
from gateway.http_api import Response as Answer
from gateway.stack import Stack
from laptop import ACCOUNT, BASE, DOMAIN, SESSION, Laptop, dial, twiml
from pivot.webhooks import FORM as FORM_TYPE

type Form = Sequence[tuple[str, str]]

ROUTES = Stack().routes
FORM: Form = (
    ("AccountSid", ACCOUNT.sid),
    ("CallSid", SESSION),
    ("From", "+14155550199"),
    ("To", "+18005550100"),
    ("CallStatus", "ringing"),
)
NOT_SIGNED = (403, b"This request is not signed by Twilio.")
MESSAGE = "what a bug quotes: +14155550199, " + ACCOUNT.token


def sign(url: str, form: Form = ()) -> str:
    """Sign as the documentation says: values of a repeated name once each, sorted."""
    pairs = "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.digest(ACCOUNT.token.encode(), (url + pairs).encode(), "sha1")
    return base64.b64encode(digest).decode()


def posted(
    form: Form = FORM,
    *,
    path: str = "/inbound-call",
    base: str = BASE,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Request:
    """Return a form as Twilio posts it, signed for `base`."""
    return Request(
        method="POST",
        target=path,
        headers={
            "Content-Type": FORM_TYPE,
            "X-Twilio-Signature": sign(base + path, form),
            **(headers or {}),
        },
        body=urlencode(form).encode() if body is None else body,
    )


def answered(request: Request, **changes: object) -> Answer:
    """Hand a request to its handler, the event changed as API Gateway would not."""
    path = request.target.partition("?")[0]
    [route] = [one for one in ROUTES if one.match(request.method, path) is not None]
    told = route.load_handler()(event(request, route, DOMAIN) | changes, Context("the-request"))
    return Answer(told["statusCode"], told["headers"], told["body"].encode())


def read(request: Request, *, public_base_url: str = "", **changes: object) -> Webhook:
    """Take a request apart, without a handler."""
    made = event(request, ROUTES[0], DOMAIN) | changes
    return Webhook.read(made, public_base_url=public_base_url, overrides="rc=1")


def refused(answer: Answer) -> bool:
    return (answer.status, answer.body) == NOT_SIGNED


@pytest.fixture
def directory(laptop: Laptop) -> Laptop:
    laptop.entry("+18005550100", dial=[{"sip": "sip:agenta@pbx.example.com"}])
    laptop.entry("agentb", dial=[{"sip": "sip:agentb@pbx.example.com"}])
    return laptop


# --- payload format 2.0 ----------------------------------------------------------------------


def test_a_form_in_base64_is_read(directory: Laptop) -> None:
    assert dial(answered(posted())).attrib["referUrl"].startswith(BASE)


def test_a_form_that_is_not_in_base64_is_read_too(directory: Laptop) -> None:
    plain = answered(posted(), body=urlencode(FORM), isBase64Encoded=False)
    assert plain == answered(posted())


def test_the_query_of_a_get_is_its_form(directory: Laptop) -> None:
    target = f"/inbound-call?{urlencode(FORM)}"
    request = Request("GET", target, {"X-Twilio-Signature": sign(BASE + target)})
    assert dial(answered(request)) is not None
    # Rewriting a query that Twilio signed would be another URL.
    other = dataclasses.replace(request, target=target.replace("%2B", "%2b"))
    assert refused(answered(other))


def test_a_get_without_parameters_is_not_signed_by_anybody(directory: Laptop) -> None:
    request = Request("GET", "/inbound-call", {"X-Twilio-Signature": sign(f"{BASE}/inbound-call")})
    assert refused(answered(request))


def test_the_query_of_a_post_is_signed_and_its_form_is_the_body(directory: Laptop) -> None:
    webhook = read(posted(path="/inbound-call?To=%2B19005550100&a=b"))
    assert webhook.url == f"{BASE}/inbound-call?To=%2B19005550100&a=b"
    assert webhook.one("To") == "+18005550100"


def test_header_names_are_read_in_any_case(directory: Laptop) -> None:
    request = posted()
    for change in (str.upper, str.lower, str.title):
        headers = {change(name): value for name, value in request.headers.items()}
        assert answered(request, headers=headers).status == 200


def test_a_request_without_headers_is_refused(directory: Laptop) -> None:
    made = event(posted(), ROUTES[0], DOMAIN)
    del made["headers"]
    webhook = Webhook.read(made, public_base_url="", overrides="")
    assert (webhook.headers, webhook.form) == ({}, {})
    assert refused(answered(posted(), headers={}))


def test_blank_parameters_are_signed_and_read(directory: Laptop) -> None:
    blank = (*FORM, ("ForwardedFrom", ""), ("CallerName", ""))
    assert answered(posted(blank)).status == 200
    assert refused(answered(posted(blank, body=urlencode(FORM).encode())))


def test_a_name_with_several_equal_values_is_signed_once_and_repeated_all_the_same(
    directory: Laptop,
) -> None:
    assert answered(posted((*FORM, ("CallSid", SESSION)))).status == 400


def test_path_parameters_are_absent_or_a_map() -> None:
    assert read(posted()).segments == {}
    assert read(posted(), pathParameters=None).segments == {}
    assert read(posted(), pathParameters={"mode": "hold"}).segments == {"mode": "hold"}


def test_an_answer_is_twiml_and_is_not_to_be_stored() -> None:
    assert Response("<Response/>").to_event() == {
        "statusCode": 200,
        "headers": {"content-type": "text/xml; charset=utf-8", "cache-control": "no-store"},
        "body": "<Response/>",
        "isBase64Encoded": False,
    }


# --- which URL was signed --------------------------------------------------------------------


def test_the_public_base_url_wins_over_the_domain_of_the_api(directory: Laptop) -> None:
    public = "https://calls.example.com/transfers"
    directory.setting(PUBLIC_BASE_URL=public)
    assert dial(answered(posted(base=public))).attrib["referUrl"].startswith(f"{public}/refer/")
    assert refused(answered(posted(base=BASE)))


def test_links_stand_on_the_base_and_carry_the_overrides() -> None:
    public = "https://calls.example.com"
    assert read(posted()).urls == Urls(BASE, "rc=1")
    assert read(posted(), public_base_url=public).urls == Urls(public, "rc=1")


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"])
def test_no_header_says_which_host_was_signed_or_is_linked(name: str, directory: Laptop) -> None:
    forged = {name: "evil.example"}
    signed_for_us = answered(posted(headers=forged))
    assert signed_for_us == answered(posted())
    assert b"evil.example" not in signed_for_us.body
    assert refused(answered(posted(base="https://evil.example", headers=forged)))


# --- requests that are not served ------------------------------------------------------------


def test_a_body_that_is_too_large_is_not_read(directory: Laptop) -> None:
    encoded = base64.b64encode(b"A" * (MAX_BODY + 3)).decode()
    for body in (encoded, "A" * (MAX_BODY + 1)):
        large = answered(posted(), body=body, isBase64Encoded=body is encoded)
        assert (large.status, large.body) == (413, b"This request is too large.")
    with pytest.raises(PayloadTooLarge):
        read(posted(), body=encoded)


def test_a_body_of_just_the_limit_is_read_base64_or_not(directory: Laptop) -> None:
    assert refused(answered(posted(body=b"A" * MAX_BODY)))
    assert refused(answered(posted(), body="A" * MAX_BODY, isBase64Encoded=False))


@pytest.mark.parametrize("body", ["!", "AAA", "QQ==QQ", "Q Q=", "é", "\udcff"])
def test_a_body_that_is_no_base64_is_malformed(body: str, directory: Laptop) -> None:
    assert answered(posted(), body=body).status == 400


def test_500_parameters_are_read_and_more_are_malformed(directory: Laptop) -> None:
    filling = [(f"Extra{number}", "x") for number in range(500 - len(FORM))]
    assert answered(posted((*FORM, *filling))).status == 200
    assert answered(posted((*FORM, *filling, ("One", "more")))).status == 400


def test_a_repeated_account_is_refused_although_one_of_them_signed(directory: Laptop) -> None:
    assert refused(answered(posted((*FORM, ("AccountSid", "AC" + "b" * 32)))))
    assert refused(answered(posted((*FORM, ("AccountSid", ACCOUNT.sid)))))


def test_a_repeated_call_is_malformed(directory: Laptop) -> None:
    assert answered(posted((*FORM, ("CallSid", "CA" + "2" * 32)))).status == 400


@pytest.mark.parametrize(
    "sid", ["", "CA", "CA1", "XX" + "1" * 32, "CA" + "1" * 33, "CA" + "1" * 32 + "\n", "../x"]
)
def test_a_call_without_a_call_sid_is_malformed(sid: str, directory: Laptop) -> None:
    form = [(name, sid if name == "CallSid" else value) for name, value in FORM]
    assert answered(posted(form)).status == 400
    assert answered(posted([pair for pair in form if pair[0] != "CallSid"])).status == 400
    assert directory.records(0, "") == []


@pytest.mark.parametrize("body", [b"\xff", b"CallSid=\xff\xfe&AccountSid=" + ACCOUNT.sid.encode()])
def test_a_body_that_is_no_utf_8_is_signed_by_nobody(body: bytes, directory: Laptop) -> None:
    assert refused(answered(posted(body=body)))


def test_a_body_with_bytes_escaped_that_are_no_utf_8_is_signed_by_nobody(
    directory: Laptop,
) -> None:
    body = urlencode(FORM).encode() + b"&CallerName=%FF%FE"
    assert refused(answered(posted(body=body)))


def test_a_body_that_is_no_form_names_no_account_even_if_its_hash_is_signed(
    directory: Laptop,
) -> None:
    body = json.dumps(dict(FORM)).encode()
    for query in ("", f"?bodySHA256={hashlib.sha256(body).hexdigest()}"):
        target = f"/inbound-call{query}"
        headers = {
            "Content-Type": "application/json",
            "X-Twilio-Signature": sign(BASE + target),
        }
        assert refused(answered(Request("POST", target, headers, body)))


def test_a_get_with_a_body_is_signed_when_the_hash_of_its_body_is(directory: Laptop) -> None:
    body = b'{"any": "thing"}'
    for hashed, status in [(body, 200), (b"another", 403)]:
        query = urlencode([*FORM, ("bodySHA256", hashlib.sha256(hashed).hexdigest())])
        target = f"/inbound-call?{query}"
        headers = {"X-Twilio-Signature": sign(BASE + target)}
        assert answered(Request("GET", target, headers, body)).status == status


def test_who_is_refused_is_not_told_which_check_it_was(directory: Laptop) -> None:
    unsigned = dataclasses.replace(posted(), headers={"Content-Type": FORM_TYPE})
    strangers = [(n, "AC" + "b" * 32 if n == "AccountSid" else v) for n, v in FORM]
    nobody = [pair for pair in FORM if pair[0] != "AccountSid"]
    answers = [answered(one) for one in (unsigned, posted(strangers), posted(nobody))]
    assert [refused(answer) for answer in answers] == [True, True, True]
    assert len({tuple(answer.headers.items()) for answer in answers}) == 1
    rejected = [line["rejected"] for line in directory.lines("webhook")]
    assert len(set(rejected)) == 3
    kinds = [line["rejected_as"] for line in directory.lines("webhook")]
    assert kinds == ["NotSigned", "WrongSignature", "NotSigned"]


# --- parameters ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [("42", 42), ("0", 0), ("", 0), ("-1", 0), ("4.2", 0), ("٤٢", 0), ("²", 0), ("1" * 10, 0)],
)
def test_a_parameter_is_a_small_whole_number_or_0(text: str, number: int) -> None:
    assert read(posted([*FORM, ("CallDuration", text)])).number("CallDuration") == number


def test_a_parameter_that_is_absent_is_empty_and_one_that_is_repeated_is_malformed() -> None:
    webhook = read(posted([*FORM, ("From", "sip:x@evil.example")]))
    assert (webhook.one("Nothing"), webhook.number("Nothing")) == ("", 0)
    with pytest.raises(MalformedRequest, match="From is there 2 times"):
        webhook.one("From")


# --- our own failures ------------------------------------------------------------------------


def breaks(laptop: Laptop, *names: str) -> None:
    """Make functions of ours raise what no caller of theirs expects."""

    def bug(*_: object, **__: object) -> None:
        raise RuntimeError(MESSAGE)

    for name in names:
        laptop.monkeypatch.setattr(name, bug)


def told(laptop: Laptop) -> dict[str, Any]:
    """Return the line of the last webhook, which tells of the bug by place and without words."""
    line = laptop.lines("webhook")[-1]
    assert line["level"] == "ERROR"
    assert line["bug"].startswith("RuntimeError in breaks.<locals>.bug, line ")
    everything = json.dumps(laptop.lines())
    assert MESSAGE not in everything
    assert ACCOUNT.token not in everything
    return line


def said(answer: Answer) -> list[str]:
    return [verb.tag for verb in twiml(answer)]


LAST_RESORT = "+18005550142"
AGENT = "<sip:agentb@pbx.example.com>"


def test_a_bug_in_a_hold_refer_leaves_the_transferee_with_the_transferor(
    directory: Laptop,
) -> None:
    breaks(directory, "call_transfer.decision.decide")
    answer = directory.refer(AGENT, "/refer/hold")
    assert answer.status == 503
    assert told(directory)["status"] == 503


def test_a_bug_in_a_hold_refer_is_answered_with_twiml_where_errors_are_not_trusted(
    directory: Laptop,
) -> None:
    directory.setting(HOLD_REFUSAL="message")
    breaks(directory, "call_transfer.decision.decide")
    assert said(directory.refer(AGENT, "/refer/hold")) == ["Say", "Hangup"]
    told(directory)


def test_a_bug_in_a_release_refer_says_goodbye(directory: Laptop) -> None:
    breaks(directory, "call_transfer.decision.decide")
    assert said(directory.refer(AGENT, "/refer/release")) == ["Say", "Hangup"]
    assert told(directory)["status"] == 200


def test_a_bug_in_a_release_refer_dials_the_last_resort(directory: Laptop) -> None:
    directory.setting(LAST_RESORT=LAST_RESORT)
    breaks(directory, "call_transfer.decision.decide")
    [number] = dial(directory.refer(AGENT, "/refer/release"))
    assert (number.tag, number.text) == ("Number", LAST_RESORT)
    told(directory)


def test_a_bug_in_an_initial_call_leaves_it_to_the_fallback_url(directory: Laptop) -> None:
    breaks(directory, "call_transfer.decision.decide")
    assert directory.call().status == 503
    told(directory)


def test_a_bug_in_an_initial_call_dials_the_last_resort_if_there_is_one(directory: Laptop) -> None:
    directory.setting(LAST_RESORT=LAST_RESORT)
    breaks(directory, "call_transfer.decision.decide")
    [number] = dial(directory.call())
    assert (number.tag, number.text) == ("Number", LAST_RESORT)
    told(directory)


BROKEN = "call_transfer.store.Store.read"
DIALLED = pytest.mark.parametrize(
    "setting",
    [
        {"DEFAULT_MODE": "release"},
        {"DEFAULT_MODE": "hold"},
        {"DEFAULT_MODE": "hold", "HOLD_ACTION": "on"},
    ],
    ids=lambda setting: " ".join(setting.values()),
)


def dialled(laptop: Laptop, setting: Mapping[str, str]) -> Answer:
    """Return a Dial whose end is reported: a transfer's, or with plain hold the initial one."""
    laptop.setting(**setting)
    initial = laptop.call()
    transfer = laptop.refer(AGENT, dial(initial).attrib["referUrl"])
    return transfer if "action" in dial(transfer).attrib else initial


@DIALLED
def test_a_bug_at_the_end_of_a_dial_says_goodbye(
    setting: Mapping[str, str], directory: Laptop
) -> None:
    transfer = dialled(directory, setting)
    breaks(directory, BROKEN)
    assert said(directory.action(transfer, "busy")) == ["Say", "Hangup"]
    told(directory)


@DIALLED
def test_a_bug_at_the_end_of_a_dial_dials_the_last_resort(
    setting: Mapping[str, str], directory: Laptop
) -> None:
    directory.setting(LAST_RESORT=LAST_RESORT)
    transfer = dialled(directory, setting)
    breaks(directory, BROKEN)
    [number] = dial(directory.action(transfer, "busy"))
    assert (number.tag, number.text) == ("Number", LAST_RESORT)
    told(directory)


def test_a_bug_at_the_end_of_the_last_resort_does_not_dial_it_again(directory: Laptop) -> None:
    directory.setting(LAST_RESORT=LAST_RESORT)
    transfer = dialled(directory, {"DEFAULT_MODE": "release"})
    breaks(directory, BROKEN, "call_transfer.store.Store.add")
    last = directory.action(transfer, "busy")
    assert said(directory.action(last, "busy")) == ["Say", "Hangup"]
    told(directory)


@pytest.mark.parametrize(
    ("status", "call"), [("completed", "in-progress"), ("no-answer", "completed")]
)
def test_a_bug_at_the_end_of_a_talk_or_of_the_call_dials_nobody(
    status: str, call: str, directory: Laptop
) -> None:
    directory.setting(LAST_RESORT=LAST_RESORT)
    transfer = dialled(directory, {"DEFAULT_MODE": "release"})
    breaks(directory, "call_transfer.store.Store.add")
    assert said(directory.action(transfer, status, CallStatus=call)) == ["Hangup"]
    told(directory)


def test_a_bug_in_a_leg_event_asks_for_it_again(directory: Laptop) -> None:
    initial = directory.call()
    breaks(directory, "call_transfer.store.Store.add")
    assert directory.leg(initial, "ringing").status == 503
    told(directory)


def test_a_request_that_is_malformed_is_no_bug(directory: Laptop) -> None:
    target = "/refer/sideways"
    assert answered(posted(FORM, path=target)).status == 400
    [line] = directory.lines("webhook")
    assert "bug" not in line
    assert line["level"] == "INFO"


def test_a_line_names_the_request_of_lambda(directory: Laptop) -> None:
    answered(posted())
    assert directory.lines("webhook")[-1]["request_id"] == "the-request"
    route = next(one for one in ROUTES if one.path == "/inbound-call" and one.method == "POST")
    route.load_handler()(event(posted(), route, DOMAIN), object())
    assert "request_id" not in directory.lines("webhook")[-1]


# --- the secret ------------------------------------------------------------------------------


def secret(laptop: Laptop, text: str) -> None:
    boto3.client("secretsmanager").put_secret_value(
        SecretId=laptop.stack.environment["TOKENS_SECRET"], SecretString=text
    )
    application.cache_clear()


def everything(laptop: Laptop) -> list[Answer]:
    """Return the answers of all four handlers, signed as ever."""
    link = f"/release/{SESSION}/0/0/0/initial"
    form = [*FORM, ("ReferTransferTarget", AGENT), ("DialCallStatus", "busy")]
    paths = ("/inbound-call", "/refer/hold", "/refer/release")
    linked = (f"/refer{link}", f"/dial-result{link}", f"/leg-status{link}/0/1")
    return [serve(posted(form, path=path), ROUTES, DOMAIN) for path in (*paths, *linked)]


def test_nothing_is_dialled_while_the_secret_cannot_be_read(directory: Laptop) -> None:
    secret(directory, "{")
    directory.setting(LAST_RESORT=LAST_RESORT)
    answers = everything(directory)
    assert {answer.status for answer in answers} == {503}
    assert {answer.body for answer in answers} == {b"Requests cannot be verified at the moment."}
    assert directory.records(0) == directory.records(1) == []
    lines = directory.lines("webhook")
    assert {line["level"] for line in lines} == {"ERROR"}
    assert {line["tokens_problem"] for line in lines} == {"the secret is not JSON"}


@pytest.mark.parametrize("text", ["{}", " ", json.dumps({ACCOUNT.sid: []})])
def test_nobody_can_sign_while_the_secret_is_empty(text: str, directory: Laptop) -> None:
    secret(directory, text)
    assert all(refused(answer) for answer in everything(directory))
    assert directory.records(0) == directory.records(1) == []


@pytest.mark.parametrize(
    ("url", "status"), [("/refer/release", 200), ("/refer/hold", 503)], ids=["release", "hold"]
)
def test_a_bug_that_the_rescue_shares_still_gets_an_answer(
    url: str, status: int, directory: Laptop
) -> None:
    breaks(directory, "call_transfer.decision.decide")
    breaks(directory, "call_transfer.chain.last_resort")
    answer = directory.refer(AGENT, url)
    assert answer.status == status
    if status == 200:
        assert said(answer) == ["Say", "Hangup"]
    line = directory.lines("webhook")[-1]
    assert line["bug"].count("RuntimeError") == 2


def test_the_end_of_a_dial_is_answered_with_twiml_even_when_the_rescue_fails(
    directory: Laptop,
) -> None:
    directory.setting(HOLD_ACTION="on")
    first = directory.call()
    breaks(directory, "call_transfer.progress.ended")
    breaks(directory, "call_transfer.chain.last_resort")
    assert said(directory.action(first, "busy")) == ["Say", "Hangup"]


def test_the_leg_of_a_target_is_ended_when_the_rescue_fails_and_hears_nothing(
    directory: Laptop,
) -> None:
    breaks(directory, "call_transfer.progress.try_add", "call_transfer.twiml.connect")
    link = f"/accept/release/{SESSION}/1/0123456789ab/0/transfer/0/1/1"
    answer = directory.post(link, {"CallSid": SESSION, "Digits": "1"})
    assert said(answer) == ["Hangup"]


def test_an_answer_does_not_depend_on_what_is_told_about_it(
    directory: Laptop, capsys: pytest.CaptureFixture[str]
) -> None:
    breaks(directory, "call_transfer.telemetry.Telemetry.webhook")
    assert said(directory.refer(AGENT, "/refer/release")) == ["Dial"]
    assert "telemetry failed: RuntimeError" in capsys.readouterr().out

"""`refer doctor`: what the webhooks answer, the deployed code's or something in its place."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

import doctored
import set_up
from doctored import ENTRY, Deploy, found, run
from gateway.deployment import Deployment, Exchange, deployed
from gateway.stack import Stack
from pivot.client import Client
from pivot.delivery import Asked
from pivot.overrides import Outcome, What
from refer_cli.doctoring import webhook
from set_up import BASE, FALLBACK_URL, SID, TOKEN, VOICE_URL
from twilio_numbers import TwilioNumbers

TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response><Say>Sorry.</Say></Response>'
NOT_SIGNED, NO_CALL = (
    Outcome(What.ANSWERED, 0, *said[:1], "", "text/plain", said[1])
    for said in (webhook.NOT_SIGNED, webhook.NO_CALL)
)
GOOD_FALLBACK = Outcome(What.ANSWERED, 0, 200, "", "text/xml", TWIML)
OTHER = "AC" + "b" * 32


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioNumbers]:
    with set_up.twilio_account(monkeypatch) as account:
        yield account


@pytest.fixture
def deploy(aws: None, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deploy:
    monkeypatch.chdir(tmp_path)
    set_up.samconfig(tmp_path)
    return doctored.deploying(stack)


class Answering(Client):
    """A client without sockets: each URL answers as a test says, by whether it was signed."""

    answer: Callable[[str, bool], Outcome]

    def send(self, asked: Asked, *_: float) -> Outcome:
        signed = "X-Twilio-Signature" in asked.request.headers
        return type(self).answer(asked.url, signed)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> type[Answering]:
    """All is well, until a test says otherwise."""
    monkeypatch.setattr(webhook, "Client", Answering)
    monkeypatch.setattr(Answering, "answer", staticmethod(well), raising=False)
    return Answering


def well(url: str, signed: bool) -> Outcome:  # noqa: FBT001 - as it is called
    if url == FALLBACK_URL:
        return GOOD_FALLBACK
    return NO_CALL if signed else NOT_SIGNED


def answered(status: int, body: bytes) -> Outcome:
    return Outcome(What.ANSWERED, 0, status, "", "application/json", body)


@pytest.fixture
def served(
    stack: Stack, tmp_path: Path, twilio: TwilioNumbers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Exchange]]:
    """The deployed code on this machine, its domain in front of it; what was asked of it."""
    exchanges: list[Exchange] = []
    settings = {"PUBLIC_BASE_URL": BASE}
    with deployed(
        tokens={SID: TOKEN}, entries=[ENTRY], settings=settings, on_exchange=exchanges.append
    ) as deployment:
        monkeypatch.setattr(webhook, "Client", behind(deployment))
        arn = boto3.client("secretsmanager").describe_secret(SecretId="TokensSecret")["ARN"]
        set_up.deploy(set_up.outputs(arn, FallbackUrl=""))
        monkeypatch.chdir(tmp_path)
        set_up.samconfig(tmp_path)
        yield exchanges


def behind(deployment: Deployment) -> type[Client]:
    """Return a client for which the domain leads to the gateway of this machine."""

    class Here(Client):
        def send(self, asked: Asked, connect_timeout: float, read_timeout: float) -> Outcome:
            here = replace(asked, url=asked.url.replace(BASE, deployment.url))
            return super().send(here, connect_timeout, read_timeout)

    return Here


def test_the_deployed_code_refuses_strangers_and_takes_the_signature(
    served: list[Exchange],
) -> None:
    says = "answers, refuses strangers and takes the signature of"
    assert found("webhook") == [
        ("ok", f"VoiceUrl {says} {SID}", None),
        ("ok", f"ReferUrlHold {says} {SID}", None),
    ]
    assert [one.response.status for one in served] == [403, 400, 403, 400]
    assert boto3.client("dynamodb").scan(TableName="CallsTable")["Items"] == []


def test_a_public_base_url_that_is_not_what_twilio_requests(served: list[Exchange]) -> None:
    client = boto3.client("cloudformation")
    client.delete_stack(StackName=set_up.NAME)
    arn = boto3.client("secretsmanager").describe_secret(SecretId="TokensSecret")["ARN"]
    wrong = f"{BASE}/v1"
    set_up.deploy(set_up.outputs(arn, VoiceUrl=f"{BASE}/inbound-call", ReferUrlHold=wrong))
    _, (status, text, _), _ = found("webhook", exit_code=1)
    assert (status, text) == (
        "fail",
        (
            f"ReferUrlHold {wrong} answers an unsigned request with 404: this API has no such"
            ' route: {"message":"Not Found"}'
        ),
    )


def test_a_set_up_that_is_well_from_end_to_end(
    served: list[Exchange], twilio: TwilioNumbers
) -> None:
    twilio.number("+18005550100", voice_url=VOICE_URL, voice_fallback_url=FALLBACK_URL)
    told = json.loads(run("--json").output)
    assert told["counts"] == {"fail": 0, "warn": 0, "unknown": 0, "ok": 10}


def test_a_signature_that_is_not_taken(deploy: Deploy, answers: type[Answering]) -> None:
    deploy()
    answers.answer = staticmethod(
        lambda url, signed: NOT_SIGNED if url == VOICE_URL else well(url, signed)
    )
    first, *rest = found("webhook", exit_code=1)
    assert first[:2] == (
        "fail",
        (
            f"VoiceUrl {VOICE_URL} does not take the signature of {SID}: every call and every"
            " transfer of it is refused (403)"
        ),
    )
    assert [one[0] for one in rest] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (answered(200, b"<html>hello</html>"), "with 200: <html>hello</html>"),
        (answered(401, b""), "with 401: something in front of the API asks for credentials"),
        (answered(403, b'{"message":"Forbidden"}'), "with 403: something in front of our code"),
        (answered(404, b"no"), "with 404: this API has no such route: no"),
        (answered(429, b""), "with 429: the API throttles: (nothing)"),
        (answered(500, b"x" * 99), f"before our code runs: {'x' * 80}…"),
        (answered(502, b"\x1b[31m"), "before our code runs: \\x1b[31m"),
        (answered(*webhook.NO_TOKENS), "cannot verify requests (503): it cannot read the secret"),
        (answered(503, b"Service Unavailable"), "the function took too long"),
        (answered(418, b"tea"), "with 418: that is none of our answers: tea"),
        (Outcome(What.UNKNOWN_HOST, 0), "does not answer: unknown host name (Twilio 11210)"),
        (Outcome(What.READ_TIMEOUT, 0), "does not answer: read timed out (Twilio 11205)"),
        (Outcome(What.CERTIFICATE_EXPIRED, 0), "certificate expired (Twilio 11236)"),
    ],
)
def test_what_answers_in_our_place(
    deploy: Deploy, answers: type[Answering], outcome: Outcome, says: str
) -> None:
    deploy()
    answers.answer = staticmethod(
        lambda url, signed: outcome if url == VOICE_URL else well(url, signed)
    )
    first, *rest = found("webhook", exit_code=1)
    assert (first[0], says in first[1]) == ("fail", True), first[1]
    assert [one[0] for one in rest] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (answered(403, b"no"), "answers an unsigned request with 403"),
        (answered(200, b"hello"), "answers with no TwiML: hello"),
        (Outcome(What.REFUSED, 0), "does not answer: connection refused (Twilio 11202)"),
    ],
)
def test_a_fallback_that_does_not_answer(
    deploy: Deploy, answers: type[Answering], outcome: Outcome, says: str
) -> None:
    deploy()
    answers.answer = staticmethod(
        lambda url, signed: outcome if url == FALLBACK_URL else well(url, signed)
    )
    *_, last = found("webhook", exit_code=1)
    assert (last[0], says in last[1]) == ("fail", True), last[1]


def test_each_account_signs(deploy: Deploy, answers: type[Answering]) -> None:
    deploy(tokens={SID: [TOKEN], OTHER: ["c" * 32]})
    says = "answers, refuses strangers and takes the signature of"
    assert [one[1] for one in found("webhook")] == [
        f"VoiceUrl {says} {SID}",
        f"VoiceUrl {says} {OTHER}",
        f"ReferUrlHold {says} {SID}",
        f"ReferUrlHold {says} {OTHER}",
        "FallbackUrl answers with TwiML, whoever asks",
    ]


def test_without_a_token_strangers_are_refused_all_the_same(
    deploy: Deploy, answers: type[Answering], monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(tokens={})
    told = [
        ("ok", "VoiceUrl answers, and refuses strangers", None),
        ("ok", "ReferUrlHold answers, and refuses strangers", None),
        ("ok", "FallbackUrl answers with TwiML, whoever asks", None),
        ("unknown", "whether a signature is taken: there is no auth token to sign with", None),
    ]
    assert found("webhook") == told
    for name, value in (("ACCOUNT_SID", SID), ("API_KEY", "SK1"), ("API_SECRET", "key-secret")):
        monkeypatch.setenv(f"TWILIO_{name}", value)
    assert found("webhook") == told

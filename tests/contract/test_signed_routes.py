"""Every route of the template refuses what Twilio did not sign: no webhook ships unverified."""

import dataclasses
import json

import boto3
import pytest

from call_transfer.application import application
from gateway.http_api import Request, Response, serve
from gateway.stack import Route, Stack
from laptop import ACCOUNT, BASE, DOMAIN, SESSION, Laptop
from pivot.webhooks import Account

ROUTES = Stack().routes
SEGMENTS = {
    "mode": "release",
    "session": SESSION,
    "hop": "0",
    "refer_id": "0",
    "attempt": "0",
    "stage": "initial",
    "noun": "0",
    "nouns": "1",
    "verb": "enqueue",
    "key": "1",
}
FORM = {
    "CallSid": SESSION,
    "From": "+14155550199",
    "To": "+18005550100",
    "ReferTransferTarget": "sip:agentb@pbx.example.com",
    "CallStatus": "in-progress",
    "DialCallStatus": "busy",
    "QueueResult": "bridged",
    "Digits": "1",
    "RecordingSid": f"RE{'0' * 32}",
}
every_route = pytest.mark.parametrize(
    "route", ROUTES, ids=[f"{route.method} {route.path}" for route in ROUTES]
)


def signed(route: Route, account: Account) -> Request:
    return account.request(BASE + route.path.format(**SEGMENTS), FORM, method=route.method)


def refused(response: Response) -> bool:
    return (response.status, response.body) == (403, b"This request is not signed by Twilio.")


@pytest.fixture
def directory(laptop: Laptop) -> Laptop:
    laptop.entry("agentb", dial=[{"sip": "sip:agentb@pbx.example.com"}])
    laptop.entry("default", dial=[{"sip": "sip:agenta@pbx.example.com"}])
    return laptop


@every_route
def test_a_request_that_twilio_signed_is_served(route: Route, directory: Laptop) -> None:
    assert serve(signed(route, ACCOUNT), ROUTES, DOMAIN).status in {200, 204}


@every_route
def test_an_unsigned_request_is_refused(route: Route, directory: Laptop) -> None:
    request = signed(route, ACCOUNT)
    bare = {name: value for name, value in request.headers.items() if "Signature" not in name}
    assert refused(serve(dataclasses.replace(request, headers=bare), ROUTES, DOMAIN))


@every_route
def test_a_request_signed_with_another_token_is_refused(route: Route, directory: Laptop) -> None:
    assert refused(serve(signed(route, Account(ACCOUNT.sid, "guessed")), ROUTES, DOMAIN))


@every_route
def test_a_request_signed_with_the_empty_token_is_refused(route: Route, directory: Laptop) -> None:
    assert refused(serve(signed(route, Account(ACCOUNT.sid, "")), ROUTES, DOMAIN))
    boto3.client("secretsmanager").put_secret_value(
        SecretId=directory.stack.environment["TOKENS_SECRET"],
        SecretString=json.dumps({ACCOUNT.sid: []}),
    )
    application.cache_clear()
    assert refused(serve(signed(route, Account(ACCOUNT.sid, "")), ROUTES, DOMAIN))


@every_route
def test_a_request_of_an_account_without_a_token_is_refused(
    route: Route, directory: Laptop
) -> None:
    assert refused(serve(signed(route, Account("AC" + "b" * 32, "own")), ROUTES, DOMAIN))


@every_route
def test_a_signature_for_another_path_is_refused(route: Route, directory: Laptop) -> None:
    request = signed(route, ACCOUNT)
    moved = request.target.replace("release", "hold").replace("/inbound-call", "/refer/hold")
    assert refused(serve(dataclasses.replace(request, target=moved), ROUTES, DOMAIN))


@every_route
def test_a_refused_request_leaves_no_record(route: Route, directory: Laptop) -> None:
    serve(signed(route, Account(ACCOUNT.sid, "guessed")), ROUTES, DOMAIN)
    for hop in (0, 1):
        assert directory.records(hop) == []

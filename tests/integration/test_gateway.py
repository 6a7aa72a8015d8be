"""The local gateway over a real socket: what API Gateway does with a request, and nothing more."""

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest

from call_transfer.errors import SettingsError
from gateway import aws, entries
from gateway.deployment import Deployment, Exchange, UnknownSetting, deployed
from gateway.http_api import Request, Response
from gateway.server import MAX_BODY, Server
from gateway.stack import Route, Stack
from pivot.sign import INITIAL, LOCAL
from pivot.webhooks import FORM
from socket_client import send

NOT_FOUND = b'{"message":"Not Found"}'
SEGMENTS = {
    "mode": "hold",
    "session": "CA" + "9" * 32,
    "hop": "0",
    "refer_id": "0",
    "attempt": "0",
    "stage": "initial",
    "noun": "0",
    "nouns": "1",
    "verb": "enqueue",
    "key": "1",
}
EVERYTHING = INITIAL | {
    "RecordingSid": f"RE{'0' * 32}",
    "ReferTransferTarget": "<sip:agentb@pbx.example.com>",
    "DialCallStatus": "completed",
    "SequenceNumber": "0",
    "Timestamp": "Mon, 23 Nov 2026 10:00:00 +0000",
}


@pytest.fixture
def heard() -> list[Exchange]:
    return []


@pytest.fixture
def api(heard: list[Exchange]) -> Iterator[Deployment]:
    with deployed(
        tokens={LOCAL.sid: LOCAL.token},
        entries=entries.load(entries.DEMO),
        on_exchange=heard.append,
    ) as deployment:
        yield deployment


def signed(api: Deployment, path: str, method: str = "POST", **form: str) -> Response:
    url = f"{api.url}{path}"
    return send(LOCAL.request(url, EVERYTHING | form, method=method), api.url)


def raw(api: Deployment, text: str) -> bytes:
    """Send bytes as they stand, and return all that comes back."""
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(text.encode())
        parts = iter(lambda: connection.recv(65536), b"")
        return b"".join(parts)


@pytest.mark.parametrize("route", Stack().routes, ids=lambda one: f"{one.method} {one.path}")
def test_every_route_of_the_template_is_served_by_its_handler(
    api: Deployment, heard: list[Exchange], route: Route
) -> None:
    path = route.path.format(**SEGMENTS)
    answer = signed(api, path, route.method)
    assert answer.status in {200, 204}
    [line] = [line for line in heard[-1].told() if line["message"] == "webhook"]
    # One function asks the target and takes its key.
    handler = route.handler.removesuffix(".lambda_handler")
    assert line["webhook"] == ("accept" if route.path.startswith("/accept") else handler)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("POST", "/refer"),
        ("POST", "/inbound-call/"),
        ("PUT", "/inbound-call"),
        ("DELETE", "/refer/hold"),
        ("GET", "/dial-result/hold/CA/0/0/0/initial"),
        ("POST", "//inbound-call"),
        ("POST", "/refer//hold"),
        ("POST", "/refer/ho/ld"),
        ("POST", "http://127.0.0.1/inbound-call"),
    ],
)
def test_what_is_no_route_is_not_found(api: Deployment, method: str, path: str) -> None:
    answer = send(Request(method, path, {"Host": "127.0.0.1"}), api.url)
    assert (answer.status, answer.body) == (404, NOT_FOUND)


def test_an_answer_to_head_has_no_body(api: Deployment) -> None:
    answer = send(Request("HEAD", "/inbound-call", {}), api.url)
    assert (answer.status, answer.body) == (404, b"")


def test_an_escaped_slash_stays_in_its_segment_and_in_the_signed_url(api: Deployment) -> None:
    # Signed and verified as it was sent: decoded it were another URL (403) or no route (404).
    answer = signed(api, "/refer/ho%2Fld")
    assert (answer.status, answer.body) == (400, b"This is not a request that this URL serves.")


def test_the_query_string_is_verified_as_it_was_sent(api: Deployment) -> None:
    assert signed(api, "/inbound-call?b=%20&a=+&c=%2f").status == 200


def test_a_get_is_signed_by_its_url_alone(api: Deployment) -> None:
    assert signed(api, "/inbound-call", "GET").status == 200


def test_a_form_arrives_in_base64_and_blank_and_foreign_values_with_it(
    api: Deployment, heard: list[Exchange]
) -> None:
    answer = signed(api, "/inbound-call", FromCity="Zürich", CallerName="", FromState="a=b&c+d")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert heard[-1].request.headers["content-type"] == FORM


def test_links_point_back_to_this_server(api: Deployment) -> None:
    assert f'referUrl="{api.url}/refer/hold/'.encode() in signed(api, "/inbound-call").body


def test_an_unsigned_request_is_refused(api: Deployment) -> None:
    request = LOCAL.request(f"{api.url}/inbound-call", EVERYTHING)
    kept = {name: text for name, text in request.headers.items() if "Signature" not in name}
    assert send(replace(request, headers=kept), api.url).status == 403


def test_repeated_headers_are_joined_and_no_second_signature_counts(api: Deployment) -> None:
    request = LOCAL.request(f"{api.url}/inbound-call", EVERYTHING)
    head = "POST /inbound-call HTTP/1.1\r\nX-Twilio-Signature: guessed\r\n{}"
    names = "".join(f"{name}: {text}\r\n" for name, text in request.headers.items())
    body = request.body.decode()
    answer = raw(api, head.format(f"{names}Content-Length: {len(body)}\r\n\r\n{body}"))
    assert answer.startswith(b"HTTP/1.1 403")


def test_a_form_larger_than_any_of_twilios_is_refused_by_the_function(api: Deployment) -> None:
    answer = signed(api, "/inbound-call", Large="x" * 64 * 1024)
    assert (answer.status, answer.body) == (413, b"This request is too large.")


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Content-Length: {MAX_BODY + 1}", b"413"),
        ("Content-Length: -1", b"400"),
        ("Content-Length: many", b"400"),
        ("Transfer-Encoding: chunked", b"411"),
    ],
)
def test_a_body_that_is_too_large_or_has_no_length_is_not_read(
    api: Deployment, header: str, status: bytes
) -> None:
    assert raw(api, f"POST /inbound-call HTTP/1.1\r\n{header}\r\n\r\n").split()[1] == status


def test_a_client_that_says_nothing_holds_nobody_up(api: Deployment) -> None:
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname, address.port), timeout=10):
        assert signed(api, "/inbound-call").status == 200


def test_a_client_that_goes_away_holds_nobody_up(api: Deployment) -> None:
    address = urlsplit(api.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(b"POST /inbound-call HTTP/1.1\r\nContent-Length: 10\r\n\r\nab")
    assert signed(api, "/inbound-call").status == 200


def test_calls_at_the_same_time_are_each_answered_and_told_of_apart(
    api: Deployment, heard: list[Exchange]
) -> None:
    sids = [f"CA{number:032x}" for number in range(40)]
    with ThreadPoolExecutor(20) as callers:
        answers = list(
            callers.map(lambda sid: signed(api, "/inbound-call", CallSid=sid).body.decode(), sids)
        )
    assert all(sid in answer for sid, answer in zip(sids, answers, strict=True))
    told = [line["session"] for one in heard for line in one.told() if line["message"] == "webhook"]
    assert sorted(told) == sids


def test_what_is_recorded_is_read_back_over_http(api: Deployment) -> None:
    sid = "CA" + "7" * 32
    signed(api, "/inbound-call", CallSid=sid)
    [record] = aws.records(api.stack, LOCAL.sid, sid)
    assert record["asked"] == "tel:+18005550100"
    assert boto3.client("dynamodb").meta.endpoint_url == api.aws_url


def test_a_function_that_fails_is_answered_as_api_gateway_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(_request: Request) -> Response:
        raise ValueError("a bug")

    server = Server()
    try:
        server.start(fails)
        answer = send(Request("GET", "/", {}), server.url)
    finally:
        server.close()
    assert (answer.status, json.loads(answer.body)) == (500, {"message": "Internal Server Error"})
    assert "ValueError: a bug" in capsys.readouterr().err


def test_the_end_of_a_deployment_leaves_nothing_behind() -> None:
    before, threads = dict(os.environ), set(threading.enumerate())
    with deployed(tokens={}, entries=[]) as first:
        assert os.environ["PUBLIC_BASE_URL"] == first.url
    assert dict(os.environ) == before
    assert {thread for thread in set(threading.enumerate()) - threads if not thread.daemon} == set()
    for url in (first.url, first.aws_url):
        with pytest.raises(ConnectionRefusedError):
            send(Request("GET", "/", {}), url)
    with deployed(tokens={}, entries=[], port=urlsplit(first.url).port or 0) as second:
        assert second.url == first.url


def test_variables_of_the_machine_do_not_reach_the_deployment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://192.0.2.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:1")
    monkeypatch.setenv("DEFAULT_MODE", "release")
    with deployed(tokens={LOCAL.sid: LOCAL.token}, entries=entries.load(entries.DEMO)) as here:
        assert b'answerOnBridge="true"' in signed(here, "/inbound-call").body
    assert os.environ["AWS_PROFILE"] == "somebody"


def test_settings_are_those_of_the_template_and_are_checked() -> None:
    with pytest.raises(UnknownSetting, match="DEFAULT_MOD is not one of ACCEPT_TEXT, CALLS_TABLE"):
        deployed(tokens={}, entries=[], settings={"DEFAULT_MOD": "hold"}).__enter__()
    before = dict(os.environ)
    with pytest.raises(SettingsError, match="DEFAULT_MODE"):
        deployed(tokens={}, entries=[], settings={"DEFAULT_MODE": "maybe"}).__enter__()
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- [", "while parsing"),
        ("agentb: {}", "must be a list of entries"),
        ("- address: agentb", "exactly one of dial"),
        ("- {address: agentb, dial: [{sip: agentb}]}", "cannot be read"),
    ],
)
def test_a_directory_that_cannot_be_read_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "directory.yaml"
    path.write_text(text)
    with pytest.raises(entries.UnreadableDirectory, match=f"(?s){path}.*{problem}"):
        entries.load(path)


def test_importing_starts_nothing_and_leaves_the_environment_alone() -> None:
    code = (
        "import os, threading; before = dict(os.environ); "
        "import gateway.demo, gateway.serve, gateway.sample_events, pivot.sign; "
        "from call_transfer.application import application; "
        "print(dict(os.environ) == before, threading.active_count(), "
        "application.cache_info().currsize)"
    )
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["True", "1", "0"]


def test_http_client_and_server_agree_on_the_target(api: Deployment, heard: list[Exchange]) -> None:
    connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=10)
    try:
        connection.request("GET", "/a//b/../%2e%2F?x=%00&y")
        connection.getresponse().read()
    finally:
        connection.close()
    assert heard[-1].request.target == "/a//b/../%2e%2F?x=%00&y"

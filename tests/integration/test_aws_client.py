"""The clients of AWS over TLS, against a server of this machine with a certificate of its own."""

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from bench import certificate
from botocore import httpsession
from botocore.exceptions import SSLError

from call_transfer import aws_client
from call_transfer.aws_client import CONFIG, client

ANSWER = {"SecretString": "{}"}


@dataclass
class Server:
    """Counts requests and connections; `roots` vouch for its certificate."""

    roots: Path
    port: int = 0
    requests: int = 0
    connections: list[int] = field(default_factory=list)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> certificate.Certificate:
    return certificate.make(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(certified: certificate.Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    told = Server(certified.authority)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            told.requests += 1
            told.connections.append(self.client_address[1])
            body = json.dumps(ANSWER).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that hangs up on a certificate is what is tested."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certified.chain, certified.key)
    running = Quiet(("127.0.0.1", 0), Handler)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    told.port = running.server_address[1]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{told.port}")
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield told
    running.shutdown()
    running.server_close()
    thread.join(10)


def read(made: Any) -> str:  # noqa: ANN401 - a boto3 client
    return str(made.get_secret_value(SecretId="tokens")["SecretString"])


def test_the_roots_of_amazon_are_enough_when_they_vouch(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(aws_client, "AMAZON_ROOTS", server.roots)
    made = client("secretsmanager")
    assert [read(made) for _ in range(3)] == ["{}"] * 3
    assert (server.requests, len(set(server.connections))) == (3, 1)
    assert capsys.readouterr().out == ""


def test_a_certificate_of_another_root_is_asked_again_with_all_of_them(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(httpsession, "where", lambda: str(server.roots))
    made = client("secretsmanager")
    assert read(made) == "{}"
    told = capsys.readouterr().out
    assert "CERTIFICATE_VERIFY_FAILED" in told
    assert "of none of the roots in amazon_roots.pem. From here on all roots of botocore" in told
    # Said once, and not tried once more: the connection is kept.
    assert [read(made) for _ in range(2)] == ["{}"] * 2
    assert capsys.readouterr().out == ""
    assert (server.requests, len(set(server.connections))) == (3, 1)


def test_a_certificate_that_nobody_vouches_for_is_refused(server: Server) -> None:
    made = client("secretsmanager")
    for _ in range(2):
        with pytest.raises(SSLError):
            read(made)
    assert server.requests == 0


@pytest.mark.parametrize(
    "variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"]
)
def test_who_has_roots_or_a_proxy_of_its_own_keeps_them(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, Any]] = []
    monkeypatch.setattr("boto3.client", lambda service, **more: given.append({service: more}))
    monkeypatch.setenv(variable, "/own")
    client("dynamodb")
    assert given == [{"dynamodb": {"config": CONFIG}}]


def test_a_bundle_of_its_own_is_what_vouches(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(server.roots))
    assert read(client("secretsmanager")) == "{}"


def test_a_call_gives_up_in_time_for_the_caller() -> None:
    given = {name: getattr(CONFIG, name) for name in ("connect_timeout", "read_timeout", "retries")}
    assert given == {
        "connect_timeout": 1,
        "read_timeout": 1.5,
        "retries": {"mode": "standard", "total_max_attempts": 2},
    }


def test_aws_can_tell_from_the_user_agent_what_calls(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(server.roots))
    made = client("secretsmanager")
    heard: list[str] = []
    made.meta.events.register(
        "before-send", lambda request, **_: heard.append(str(request.headers["User-Agent"]))
    )
    read(made)
    [agent] = heard
    assert "Boto3/1." in agent
    assert "sip-refer-transfer" in agent

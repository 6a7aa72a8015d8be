"""Twilio's webhook client over real sockets: what the server hears, and what becomes of it.

Time-outs are cut short by connection overrides; no server waits for more than two seconds.
"""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from twilio.request_validator import RequestValidator

from pivot.client import Client
from pivot.delivery import Result, fetch
from pivot.overrides import MAX_BODY, What
from pivot.webhooks import Account

HOST = "127.0.0.1"
ACCOUNT = Account("AC" + "a" * 32, "token-of-account-a")
VALIDATOR = RequestValidator(ACCOUNT.token)
FORM = {"CallSid": "CA" + "1" * 32, "From": "+14155550199", "CallerName": "", "Note": "a b&c=ü"}

type Answer = bytes | Callable[[socket.socket, threading.Event], None]


def http(status: int = 200, body: bytes = b"<Response/>", **headers: str) -> bytes:
    whole = {"Content-Type": "text/xml", "Content-Length": str(len(body))} | headers
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in whole.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Heard:
    """A request as the server got it."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    def signed_for(self, base: str) -> bool:
        """Ask Twilio's own library about the URL as the server knows it, byte for byte."""
        signature = self.headers["x-twilio-signature"]
        url = base + self.target
        assert VALIDATOR.validate(url, self.form, signature)
        return bool(VALIDATOR.compute_signature(url, self.form) == signature)


@dataclass
class Server:
    """Gives its answers in order, the last one again and again, on as many connections as come."""

    answers: tuple[Answer, ...]
    tls: ssl.SSLContext | None = None
    heard: list[Heard] = field(default_factory=list)
    accepted: list[socket.socket] = field(default_factory=list)

    @property
    def connections(self) -> int:
        return len(self.accepted)

    def __enter__(self) -> Self:
        self.closing = threading.Event()
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if self.tls else 'http'}://{HOST}:{self.port}"
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.accepted:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        for thread in self.threads:
            thread.join(timeout=5)
            assert not thread.is_alive()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection = self.listener.accept()[0]
                connection.settimeout(2)
                self.accepted.append(connection)
                self.threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self.threads[-1].start()

    def _serve(self, raw: socket.socket) -> None:
        with raw, suppress(OSError), ExitStack() as stack:
            connection = raw
            if self.tls:
                # A second descriptor: the first one is for `__exit__`.
                secured = self.tls.wrap_socket(raw.dup(), server_side=True)
                connection = stack.enter_context(secured)
            while request := read(connection):
                answer = self.answers[min(len(self.heard), len(self.answers) - 1)]
                self.heard.append(request)
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                else:
                    answer(connection, self.closing)
                    return


def read(connection: socket.socket) -> Heard | None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    headers = {name.lower(): value for name, value in message_from_bytes(rest).items()}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    method, target, _ = line.decode().split(" ")
    return Heard(method, target, headers, body)


def slow(connection: socket.socket, closing: threading.Event) -> None:
    closing.wait(2)


def reset(connection: socket.socket, closing: threading.Event) -> None:
    """Close with RST: what was promised never comes."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def reset_in_the_body(connection: socket.socket, closing: threading.Event) -> None:
    connection.sendall(http(body=b"x" * 100)[:-50])
    reset(connection, closing)


def close_in_the_body(connection: socket.socket, closing: threading.Event) -> None:
    connection.sendall(http(body=b"x" * 100)[:-50])


def trickle(data: bytes) -> Answer:
    def answer(connection: socket.socket, closing: threading.Event) -> None:
        for number in range(len(data)):
            connection.sendall(data[number : number + 1])
            if closing.wait(0.02):
                return

    return answer


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as client:
        yield client


def deliver(
    client: Client,
    url: str,
    *,
    method: str = "POST",
    fallback: str = "",
    fallback_method: str = "POST",
) -> Result:
    return fetch(
        client.send,
        ACCOUNT,
        url,
        FORM,
        method=method,
        fallback=fallback,
        fallback_method=fallback_method,
    )


def whats(result: Result) -> list[What]:
    return [attempt.outcome.what for attempt in result.attempts]


def test_a_post_arrives_signed_and_its_answer_is_returned(client: Client) -> None:
    with Server((http(),)) as server:
        result = deliver(client, f"{server.url}/refer/hold?a=b#rc=0")
        [request] = server.heard
    assert (request.method, request.target) == ("POST", "/refer/hold?a=b")
    assert request.headers["host"] == f"{HOST}:{server.port}"
    assert request.form == FORM | {"AccountSid": ACCOUNT.sid, "ApiVersion": "2010-04-01"}
    assert request.signed_for(server.url)
    assert (result.status, result.body, result.content_type) == (200, b"<Response/>", "text/xml")
    assert (result.ok, result.error, whats(result)) == (True, None, [What.ANSWERED])
    assert 0 < result.elapsed < 2


def test_a_get_carries_the_parameters_in_its_query(client: Client) -> None:
    with Server((http(),)) as server:
        assert deliver(client, f"{server.url}/voice?a=b", method="GET").ok
        [request] = server.heard
    assert (request.method, request.body) == ("GET", b"")
    query = dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
    assert query.items() >= (FORM | {"a": "b", "AccountSid": ACCOUNT.sid}).items()
    assert request.signed_for(server.url)


@pytest.mark.parametrize(("given", "sent"), [("", "/"), ("?a=b", "/?a=b"), ("//%2f/;x", None)])
def test_a_target_is_sent_as_it_was_given(client: Client, given: str, sent: str | None) -> None:
    with Server((http(),)) as server:
        assert deliver(client, server.url + given).ok
        assert server.heard[0].target == (sent or given)


def test_credentials_are_neither_sent_nor_signed(client: Client) -> None:
    with Server((http(),)) as server:
        assert deliver(client, f"http://user:secret@{HOST}:{server.port}/voice").ok
        [request] = server.heard
    assert request.headers["host"] == f"{HOST}:{server.port}"
    assert "authorization" not in request.headers
    assert request.signed_for(server.url)


def test_a_slow_answer_is_not_waited_for_and_not_asked_for_again(client: Client) -> None:
    with Server((slow,)) as server:
        result = deliver(client, f"{server.url}/#rt=100")
        assert len(server.heard) == 1
    assert (whats(result), result.error, result.status) == ([What.READ_TIMEOUT], 11205, 0)
    assert 0.1 <= result.elapsed < 1


def test_a_slow_answer_is_asked_for_again_with_the_same_token(client: Client) -> None:
    with Server((slow, http())) as server:
        result = deliver(client, f"{server.url}/#rt=100&rp=rt")
        tokens = {request.headers["i-twilio-idempotency-token"] for request in server.heard}
        assert len(server.heard) == 2
    assert whats(result) == [What.READ_TIMEOUT, What.ANSWERED]
    assert tokens == {result.attempts[0].token}
    assert result.ok


def test_two_webhooks_have_two_tokens(client: Client) -> None:
    with Server((http(),)) as server:
        deliver(client, server.url)
        deliver(client, server.url)
        assert len({one.headers["i-twilio-idempotency-token"] for one in server.heard}) == 2


def test_an_answer_that_trickles_in_ends_with_the_total_time(client: Client) -> None:
    for data in (http(), http()[:-11] + b" " * 200):
        with Server((trickle(data),)) as server:
            result = deliver(client, f"{server.url}/#rt=1000&tt=300&rp=all")
        assert (whats(result), result.error) == ([What.TOTAL_TIMEOUT], 11203)
        assert result.elapsed == pytest.approx(0.3)


def test_an_answer_without_a_length_is_not_taken_for_complete_when_time_is_up(
    client: Client,
) -> None:
    data = b"HTTP/1.1 200 X\r\n\r\n" + b"x" * 200
    with Server((trickle(data),)) as server:
        assert deliver(client, f"{server.url}/#tt=600").error == 11203


def test_a_refused_connection_is_tried_twice(client: Client) -> None:
    with Server((http(),)) as server:
        url = server.url
    result = deliver(client, url)
    assert (whats(result), result.error) == ([What.REFUSED, What.REFUSED], 11202)


def test_a_connection_that_is_not_accepted_times_out(client: Client) -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server((HOST, 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(full.getsockname())
        result = deliver(client, f"http://{HOST}:{full.getsockname()[1]}/#ct=100&rc=1")
    assert (whats(result), result.error) == ([What.CONNECT_TIMEOUT] * 2, 11201)
    assert 0.2 <= result.elapsed < 1


def test_an_unknown_host_is_not_asked_for_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    result = deliver(client, "http://nobody.invalid/")
    assert (whats(result), result.error) == ([What.UNKNOWN_HOST], 11210)


def test_5xx_is_a_failure_by_default(client: Client) -> None:
    with Server((http(503, b"later"), http())) as server:
        result = deliver(client, server.url)
        assert len(server.heard) == 1
    assert (result.status, result.body, result.error) == (503, b"later", 11217)


def test_5xx_is_asked_for_again_when_the_url_says_so(client: Client) -> None:
    with Server((http(503), http(500), http())) as server:
        result = deliver(client, f"{server.url}/#rc=2&rp=5xx")
        assert len(server.heard) == 3
        assert len({one.headers["x-twilio-signature"] for one in server.heard}) == 1
    assert [attempt.outcome.status for attempt in result.attempts] == [503, 500, 200]
    assert len({attempt.token for attempt in result.attempts}) == 1


def test_429_is_a_failure(client: Client) -> None:
    with Server((http(429), http())) as server:
        assert deliver(client, f"{server.url}/#rp=ct,rt,5xx").error == 11217
        assert len(server.heard) == 1


@pytest.mark.parametrize(
    "answer", [reset, reset_in_the_body, close_in_the_body, b"SIP/2.0 200\n\n"]
)
def test_a_broken_answer_is_never_asked_for_again(client: Client, answer: Answer) -> None:
    with Server((answer, http())) as server:
        result = deliver(client, f"{server.url}/#rc=5&rp=all")
        assert len(server.heard) == 1
    assert (whats(result), result.error, result.body) == ([What.BROKEN], 11206, b"")


def test_a_body_over_64_kb_is_cut_off(client: Client) -> None:
    with Server((http(body=b"x" * MAX_BODY),)) as server:
        assert deliver(client, server.url).ok
    with Server((http(body=b"x" * (MAX_BODY * 4)),)) as server:
        result = deliver(client, server.url)
    assert (result.error, len(result.body)) == (11750, MAX_BODY + 1)


def test_a_chunked_answer_is_read(client: Client) -> None:
    head = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Server((head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",)) as server:
        assert deliver(client, server.url).body == b"abcde"


def test_a_redirected_post_is_a_signed_get_of_the_location(client: Client) -> None:
    with Server((http(302, Location="/other?b=c&a=%2f#rc=5"), http())) as server:
        result = deliver(client, f"{server.url}/voice")
        first, second = server.heard
        assert first.signed_for(server.url)
        assert second.signed_for(server.url)
    assert (second.method, second.target, second.body) == ("GET", "/other?b=c&a=%2f", b"")
    assert result.ok


def test_a_307_carries_the_form_to_another_host(client: Client) -> None:
    with Server((http(),)) as other, Server((http(307, Location=f"{other.url}/x#y"),)) as server:
        result = deliver(client, f"{server.url}/voice")
        [second] = other.heard
        assert second.signed_for(other.url)
    assert (second.method, second.target, second.form) == ("POST", "/x", server.heard[0].form)
    assert [attempt.asked.url for attempt in result.attempts] == [
        f"{server.url}/voice",
        f"{other.url}/x",
    ]


def test_a_redirect_leads_to_its_location_byte_for_byte(client: Client) -> None:
    with Server((http(),)) as other, Server((http(303, Location=f"{other.url}//a/%2f"),)) as server:
        assert deliver(client, server.url).ok
        [second] = other.heard
        assert second.target == "//a/%2f"
        assert second.signed_for(other.url)


def test_a_redirect_in_a_loop_ends(client: Client) -> None:
    with Server((http(302, Location="/again"),)) as server:
        assert deliver(client, server.url).error == 11215
        assert len(server.heard) == 11


def test_the_fallback_url_is_told_what_failed(client: Client) -> None:
    with Server((http(500), http(500))) as server, Server((http(),)) as backup:
        result = deliver(client, f"{server.url}/a#rc=0", fallback=f"{backup.url}/b")
        [second] = backup.heard
        assert second.signed_for(backup.url)
    assert second.form == server.heard[0].form | {
        "ErrorCode": "11217",
        "ErrorUrl": f"{server.url}/a",
    }
    assert (result.ok, result.error, result.primary_error) == (True, None, 11217)
    assert len(result.attempts) == 2


def test_the_fallback_url_is_asked_once(client: Client) -> None:
    with Server((http(500),)) as server, Server((http(404),)) as backup:
        result = deliver(client, server.url, fallback=backup.url, fallback_method="GET")
        assert "ErrorCode=11217" in backup.heard[0].target
        assert (len(server.heard), len(backup.heard)) == (1, 1)
    assert (result.status, result.error) == (404, 11217)


def test_a_connection_is_used_again_until_the_client_is_closed() -> None:
    with Server((http(),)) as server:
        with Client() as client:
            assert deliver(client, f"{server.url}/a").ok
            assert deliver(client, f"{server.url}/b").ok
            assert server.connections == 1
        assert len(server.heard) == 2


def test_a_connection_that_the_server_has_closed_is_not_used_again(client: Client) -> None:
    def one_answer(connection: socket.socket, closing: threading.Event) -> None:
        connection.sendall(http())

    with Server((one_answer,)) as server:
        assert deliver(client, server.url).ok
        server.threads[1].join(2)
        assert deliver(client, server.url).ok
        assert server.connections == 2


def test_clients_share_nothing() -> None:
    with Server((http(),)) as server, Client() as one, Client() as other:
        assert deliver(one, server.url).ok
        assert deliver(other, server.url).ok
        assert server.connections == 2


@dataclass(frozen=True)
class Authority:
    """Makes certificates that a client trusts when it is given `file`."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def file(self) -> str:
        path = self.folder / "ca.pem"
        path.write_bytes(self._certificate("ca", self.key, ca=True))
        return str(path)

    def context(self, address: str = HOST, days: int = 1) -> ssl.SSLContext:
        """Return what a server at this address needs; its certificate ends in so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        path = self.folder / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(private + self._certificate(address, key, days=days))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _certificate(
        self, name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool = False, days: int = 1
    ) -> bytes:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
        )
        if ca:
            usage = [False] * 5 + [True, True, False, False]
            builder = builder.add_extension(x509.KeyUsage(*usage), critical=True)
        else:
            names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_over_https_the_port_is_sent_but_not_signed(authority: Authority) -> None:
    with Server((http(),), authority.context()) as server, Client(authority.file) as client:
        assert deliver(client, f"{server.url}/voice?a=b").ok
        assert deliver(client, f"{server.url}/voice", method="GET").ok
        assert server.connections == 1
    for request in server.heard:
        assert request.headers["host"] == f"{HOST}:{server.port}"
        assert request.signed_for(f"https://{HOST}")


def test_a_certificate_that_nobody_vouches_for_is_refused_twice(authority: Authority) -> None:
    with Server((http(),), authority.context()) as server, Client() as client:
        result = deliver(client, server.url)
        assert server.heard == []
    assert (whats(result), result.error) == ([What.CERTIFICATE_UNTRUSTED] * 2, 11237)


@pytest.mark.parametrize(
    ("address", "days", "what", "error"),
    [
        ("127.0.0.2", 1, What.CERTIFICATE_MISMATCH, 11235),
        (HOST, -1, What.CERTIFICATE_EXPIRED, 11236),
    ],
)
def test_a_certificate_of_another_host_or_time_is_refused(
    authority: Authority, address: str, days: int, what: What, error: int
) -> None:
    context = authority.context(address, days)
    with Server((http(),), context) as server, Client(authority.file) as client:
        result = deliver(client, f"{server.url}/#rc=0")
    assert (whats(result), result.error) == ([what], error)


def test_a_server_that_does_not_speak_tls_fails_the_handshake(client: Client) -> None:
    with socket.create_server((HOST, 0)) as silent:
        result = deliver(client, f"https://{HOST}:{silent.getsockname()[1]}/#ct=100")
    assert (whats(result), result.error) == ([What.TLS_FAILED] * 2, 11220)


def test_a_trickling_answer_over_tls_ends_with_the_total_time(authority: Authority) -> None:
    context = authority.context()
    answer = trickle(http())
    with Server((answer,), context) as server, Client(authority.file) as client:
        assert deliver(client, f"{server.url}/#tt=400").error == 11203

"""Twilio's webhook client: sign, send, and do what Twilio does when that fails.

`fetch` is the order of things with any sender, `Client` the sender over sockets.  A sender that
answers in process, and reports seconds of a virtual clock, leads to the same decisions.

What it leaves alone: cookies, caches, HTTP authentication, `sni=n`, and the edge of an attempt.
Source of what is signed: https://www.twilio.com/docs/usage/security.
"""

import ssl
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from http.client import HTTPException
from socket import SHUT_RDWR, socket
from threading import Event, Timer
from time import monotonic
from typing import Self
from urllib.parse import urldefrag, urlsplit, urlunsplit

from twilio.request_validator import RequestValidator
from urllib3 import exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection

from gateway.http_api import Request
from pivot.overrides import MAX_BODY, Delivery, Outcome, Verdict, What
from pivot.webhooks import Account

# OpenSSL, x509_vfy.h: has expired, host name mismatch, IP address mismatch.
_CERTIFICATES = {
    10: What.CERTIFICATE_EXPIRED,
    62: What.CERTIFICATE_MISMATCH,
    64: What.CERTIFICATE_MISMATCH,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: where it goes, from which edge, and the seconds left for the whole webhook."""

    url: str
    edge: str
    request: Request
    seconds: float


type Send = Callable[[Asked, float, float], Outcome]
"""Called with what is asked, the connect timeout and the read timeout, both in seconds."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request of a webhook and what came of it."""

    asked: Asked
    outcome: Outcome

    @property
    def token(self) -> str:
        """The idempotency token: one for each webhook, the same in its retries."""
        return self.asked.request.headers["I-Twilio-Idempotency-Token"]


@dataclass(frozen=True, slots=True)
class Result:
    """What a webhook brought, at its fallback URL if need be.

    `error` is Twilio's number when no answer can be used, `primary_error` that of the first URL.
    """

    status: int
    body: bytes
    content_type: str
    attempts: tuple[Attempt, ...]
    error: int | None
    primary_error: int | None
    elapsed: float

    @property
    def ok(self) -> bool:
        """Whether Twilio goes on with the answer."""
        return self.error is None


def fetch(
    send: Send,
    account: Account,
    url: str,
    parameters: Mapping[str, str],
    *,
    method: str = "POST",
    fallback: str = "",
    fallback_method: str = "POST",
) -> Result:
    """Deliver a webhook; when that fails, deliver it to the fallback URL. Raises BadOverride."""
    first = _deliver(send, account, url, parameters, method)
    if first.ok or not fallback:
        return first
    # "Twilio will submit the ErrorCode and ErrorUrl parameters": /docs/availability-reliability
    why = {"ErrorCode": str(first.error), "ErrorUrl": urldefrag(url).url}
    second = _deliver(send, account, fallback, {**parameters, **why}, fallback_method)
    return replace(
        second,
        attempts=first.attempts + second.attempts,
        primary_error=first.error,
        elapsed=first.elapsed + second.elapsed,
    )


def _deliver(
    send: Send, account: Account, url: str, parameters: Mapping[str, str], method: str
) -> Result:
    """Send until there is an answer or an end."""
    token = str(uuid.uuid4())
    attempts: list[Attempt] = []
    step: Delivery | Verdict = Delivery.of(url, method)
    while isinstance(step, Delivery):
        request = _signed(account, step, parameters, token)
        asked = Asked(step.url, step.edge, request, step.left)
        limits = step.overrides.connect_timeout, step.overrides.read_timeout
        outcome = send(asked, *(min(limit, step.left) for limit in limits))
        if outcome.elapsed > step.left:
            outcome = Outcome(What.TOTAL_TIMEOUT, step.left)
        attempts.append(Attempt(asked, outcome))
        step = step.after(outcome)
    return Result(
        status=outcome.status,
        body=outcome.body,
        content_type=outcome.content_type,
        attempts=tuple(attempts),
        error=step.error,
        primary_error=step.error,
        elapsed=sum(attempt.outcome.elapsed for attempt in attempts),
    )


def _signed(
    account: Account, delivery: Delivery, parameters: Mapping[str, str], token: str
) -> Request:
    """Return the request of a delivery; a redirected GET asks for the Location as it stands.

    "For voice callbacks over HTTPS: Twilio will drop the username and password […] also drop the
    port"; over HTTP it drops the former and keeps the latter.
    """
    parts = urlsplit(delivery.url)
    host = parts.netloc.rpartition("@")[2]
    secure = parts.scheme == "https" and parts.port is not None
    url = urlunsplit(parts._replace(netloc=host.rpartition(":")[0] if secure else host))
    made = account.request(url, parameters, method=delivery.method, idempotency_token=token)
    headers, target = {**made.headers, "Host": host}, made.target
    if delivery.redirects and delivery.method == "GET":
        headers["X-Twilio-Signature"] = RequestValidator(account.token).compute_signature(url, {})
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    # RFC 9112 §3.2.1: "If the target URI's path component is empty, the client MUST send "/""
    return replace(made, headers=headers, target=target if target[:1] == "/" else f"/{target}")


class Client:
    """Twilio's end of the sockets; connections stay open for the next webhook until `close`.

    Certificates are verified against `ca_file`, or what the machine trusts.  A host name with
    several addresses may take the connect timeout for each.
    """

    def __init__(self, ca_file: str | None = None) -> None:
        self._ca_file = ca_file
        self._idle: dict[tuple[str, str | None, int | None], list[HTTPConnection]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that wait for another webhook."""
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def send(self, asked: Asked, connect_timeout: float, read_timeout: float) -> Outcome:
        """Send one request and read its answer; a `Send`."""
        began = monotonic()
        idle = self._idle_for(asked.url)
        connection = _usable(idle) or self._new(asked.url, connect_timeout)
        try:
            if connection.is_closed:
                connection.connect()
        except (OSError, exceptions.HTTPError) as error:
            connection.close()
            return Outcome(_why_not(error), monotonic() - began)
        connection.timeout = read_timeout
        with _limited(connection.sock, began + asked.seconds - monotonic()) as late:
            outcome = _exchange(connection, asked.request)
        if late.is_set():
            outcome = Outcome(What.TOTAL_TIMEOUT, 0)
        if outcome.what is What.ANSWERED and len(outcome.body) <= MAX_BODY:
            idle.append(connection)
        else:
            connection.close()
        return replace(outcome, elapsed=monotonic() - began)

    def _idle_for(self, url: str) -> list[HTTPConnection]:
        parts = urlsplit(url)
        return self._idle.setdefault((parts.scheme, parts.hostname, parts.port), [])

    def _new(self, url: str, timeout: float) -> HTTPConnection:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return HTTPConnection(host, parts.port, timeout=timeout)
        return HTTPSConnection(host, parts.port, timeout=timeout, ssl_context=self._trust)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._ca_file)


def _usable(idle: list[HTTPConnection]) -> HTTPConnection | None:
    """Take a connection that the server has not closed since."""
    with suppress(IndexError):
        while True:
            connection = idle.pop()
            if connection.is_connected:
                return connection
            connection.close()
    return None


@contextmanager
def _limited(sock: socket, seconds: float) -> Iterator[Event]:
    """Cut a connection off when the time is up, however slowly the answer trickles in."""
    late = Event()

    def cut_off() -> None:
        late.set()
        with suppress(OSError):
            socket.shutdown(sock, SHUT_RDWR)  # not SSLSocket's, which is not for a second thread

    timer = Timer(max(seconds, 0), cut_off)
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _exchange(connection: HTTPConnection, request: Request) -> Outcome:
    """Send a request and read the answer, as far as Twilio would."""
    body = b""
    try:
        with suppress(BrokenPipeError):  # answered already, without reading to the end
            connection.request(
                request.method,
                request.target,
                body=request.body or None,
                headers=request.headers,
                preload_content=False,
                decode_content=False,
            )
        answer = connection.getresponse()
        while len(body) <= MAX_BODY and (part := answer.read(MAX_BODY + 1 - len(body))):
            body += part
    except (TimeoutError, exceptions.ReadTimeoutError):
        return Outcome(What.READ_TIMEOUT, 0)
    except (OSError, HTTPException, exceptions.HTTPError):
        return Outcome(What.BROKEN, 0)
    location, content_type = (answer.headers.get(name, "") for name in ("Location", "Content-Type"))
    return Outcome(What.ANSWERED, 0, answer.status, location, content_type, body)


def _why_not(error: Exception) -> What:
    """Return why there is no connection."""
    refused = isinstance(error.__cause__, ConnectionRefusedError)
    certificate = _CERTIFICATES.get(getattr(error, "verify_code", 0), What.CERTIFICATE_UNTRUSTED)
    # From the special to the general: each urllib3 exception derives from the one below it.
    reasons = (
        ((exceptions.NameResolutionError, exceptions.LocationParseError), What.UNKNOWN_HOST),
        (exceptions.NewConnectionError, What.REFUSED if refused else What.UNREACHABLE),
        (exceptions.ConnectTimeoutError, What.CONNECT_TIMEOUT),
        (ssl.SSLCertVerificationError, certificate),
    )
    return next((what for kind, what in reasons if isinstance(error, kind)), What.TLS_FAILED)

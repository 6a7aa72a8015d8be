"""Twilio's end of the sockets: sends what `pivot.delivery` asks for.

What it leaves alone: cookies, caches, HTTP authentication, `sni=n`, and the edge of an attempt.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from http.client import HTTPException
from socket import SHUT_RDWR, socket
from threading import Event, Timer
from time import monotonic
from typing import Self
from urllib.parse import urlsplit

from urllib3 import exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection

from gateway.http_api import Request
from pivot.delivery import Asked
from pivot.overrides import MAX_BODY, Outcome, What

# OpenSSL, x509_vfy.h: has expired, host name mismatch, IP address mismatch.
_CERTIFICATES = {
    10: What.CERTIFICATE_EXPIRED,
    62: What.CERTIFICATE_MISMATCH,
    64: What.CERTIFICATE_MISMATCH,
}


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

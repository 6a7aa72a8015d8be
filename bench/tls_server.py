"""As much of HTTPS as the JSON protocols of AWS need; connections are kept, and counted.

It knows no operation of AWS; whoever makes it says what is answered.
"""

import contextlib
import json
import socket
import ssl
import threading
import zlib
from collections import Counter
from collections.abc import Callable, Iterator

from bench.certificate import Certificate

HOST = "127.0.0.1"
CONNECTIONS = "connections"
_AT_ONCE = 1 << 16

type Answer = Callable[[str, bytes], bytes]
"""From an operation and what it is asked to its answer; raises LookupError when it has none."""


class Server:
    """Answers by `answer`, which gets operation and body; one thread for each connection."""

    def __init__(self, answer: Answer, certificate: Certificate) -> None:
        self._answer = answer
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.chain, certificate.key)
        self._listener = socket.create_server((HOST, 0), backlog=128)
        self._calls: Counter[str] = Counter()
        self._open: set[ssl.SSLSocket] = set()
        self._lock = threading.Lock()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._listener.getsockname()[1])

    def counted(self) -> Counter[str]:
        """Return the calls by operation, and the connections, since this was last asked."""
        with self._lock:
            counted, self._calls = self._calls, Counter()
        return counted

    def drop(self) -> None:
        """Close every connection."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def accept(self) -> None:
        """Serve whoever connects, for ever."""
        while True:
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        # Whoever hangs up, has.
        with contextlib.suppress(OSError), plain:
            connection = self._context.wrap_socket(plain, server_side=True)
            self._open.add(connection)
            self._count(CONNECTIONS)
            try:
                for operation, body in _requests(connection):
                    self._count(operation)
                    connection.sendall(self._response(operation, body))
            finally:
                self._open.discard(connection)

    def _count(self, what: str) -> None:
        with self._lock:
            self._calls[what] += 1

    def _response(self, operation: str, body: bytes) -> bytes:
        try:
            status, answer = "200 OK", self._answer(operation, body)
        except LookupError as error:
            kind = {"__type": "ValidationException", "message": str(error)}
            status, answer = "400 Bad Request", json.dumps(kind).encode()
        head = (
            f"HTTP/1.1 {status}\r\nServer: Server\r\nDate: Sat, 28 Nov 2026 12:00:00 GMT\r\n"
            f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(answer)}\r\n"
            "Connection: keep-alive\r\nx-amzn-RequestId: 0000000000000000000000000000\r\n"
            f"x-amz-crc32: {zlib.crc32(answer)}\r\n\r\n"
        )
        return head.encode() + answer


def _requests(connection: ssl.SSLSocket) -> Iterator[tuple[str, bytes]]:
    """Yield operation and body of each request, until the other side hangs up."""
    unread = b""
    while True:
        while b"\r\n\r\n" not in unread:
            if not (data := connection.recv(_AT_ONCE)):
                return
            unread += data
        head, _, unread = unread.partition(b"\r\n\r\n")
        headers = _headers(head)
        length = int(headers.get("content-length", 0))
        while len(unread) < length:
            if not (data := connection.recv(_AT_ONCE)):
                return
            unread += data
        yield headers.get("x-amz-target", "").rpartition(".")[2], unread[:length]
        unread = unread[length:]


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in pairs}

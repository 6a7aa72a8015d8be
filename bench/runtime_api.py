"""Lambda's Runtime API on this machine: hands events to one runtime client, and takes its answers.

Paths and statuses: "Using the Lambda runtime API for custom runtimes", and for SnapStart the
runtime interface clients of AWS.  It answers one request at a time, in the order of whoever drives
it; what it costs is the same for every subject.  Credentials are served as Lambda does under
SnapStart; nothing else of Lambda is here.
"""

import json
import os
import selectors
import socket
import time
from dataclasses import dataclass, field

HOST = "127.0.0.1"
_API = "/2018-06-01/runtime"
NEXT, RESTORE_NEXT = f"{_API}/invocation/next", f"{_API}/restore/next"
_INVOCATION = f"{_API}/invocation/"
CREDENTIALS = "/2021-04-23/credentials"
_HEAD_END = b"\r\n\r\n"
_DEADLINE_SECONDS = 14


class SubjectFailed(Exception):
    """A subject that cannot be measured: it ended, went silent, or reported an error."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the runtime client; `at` is when it was complete, by time.perf_counter."""

    method: str
    path: str
    body: bytes
    at: float
    connection: socket.socket = field(repr=False)


class RuntimeApi:
    """One server for one process; `pid` is watched, so that its end is noticed at once."""

    def __init__(self, *, patience: float = 30.0) -> None:
        self._patience = patience
        self._listener = socket.create_server((HOST, 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._unread: dict[socket.socket, bytes] = {}
        self._watched = -1
        # As long as these are valid; botocore renews what has less than ten minutes left.
        self.credentials_seconds = 6 * 3600

    @property
    def address(self) -> str:
        """Host and port, as AWS_LAMBDA_RUNTIME_API has them."""
        return f"{HOST}:{self._listener.getsockname()[1]}"

    def watch(self, pid: int) -> None:
        """Notice when this process ends."""
        self._watched = os.pidfd_open(pid)
        self._selector.register(self._watched, selectors.EVENT_READ)

    def close(self) -> None:
        """Close every socket."""
        self._selector.close()
        self._listener.close()
        for connection in self._unread:
            connection.close()
        if self._watched >= 0:
            os.close(self._watched)

    def hand_out(self, request: Request, event: bytes, number: int) -> float:
        """Answer a request for the next invocation; return when that was."""
        deadline = int((time.time() + _DEADLINE_SECONDS) * 1000)
        arn = "arn:aws:lambda:us-east-1:123456789012:function:refer"
        headers = (
            f"Lambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-{number:012d}\r\n"
            f"Lambda-Runtime-Deadline-Ms: {deadline}\r\n"
            f"Lambda-Runtime-Invoked-Function-Arn: {arn}\r\n"
            # Not sampled: as most requests of a busy function are, and an SDK has less to do.
            f"Lambda-Runtime-Trace-Id: Root=1-5759e988-{number:024x};Parent=53995c3f42cd8ad8;"
            "Sampled=0\r\n"
        )
        return self.answer(request, "200 OK", event, headers)

    def answer(self, request: Request, status: str, body: bytes = b"", headers: str = "") -> float:
        """Answer a request with JSON; return when that was, by time.perf_counter."""
        head = (
            f"HTTP/1.1 {status}\r\n{headers}Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        whole = head.encode() + body
        began = time.perf_counter()
        request.connection.sendall(whole)
        return began

    def take(self, *paths: str) -> Request:
        """Wait for the next request, which has to be one of these paths. Raises SubjectFailed."""
        request = self._next()
        while request.path == CREDENTIALS:
            self.answer(request, "200 OK", self._credentials())
            request = self._next()
        if request.path not in paths:
            text = request.body.decode(errors="replace")
            raise SubjectFailed(f"{request.method} {request.path}: {text[:2000]}")
        return request

    def _next(self) -> Request:
        until = time.monotonic() + self._patience
        while (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                found = self._read(key.fileobj)
                if found is not None:
                    return found
        raise SubjectFailed(f"nothing was asked for {self._patience:.0f} s")

    def _read(self, source: object) -> Request | None:
        if source is self._listener:
            self._accept()
            return None
        if not isinstance(source, socket.socket):
            raise SubjectFailed("the process has ended")
        data = source.recv(1 << 16)
        if not data:
            self._selector.unregister(source)
            del self._unread[source]
            source.close()
            return None
        self._unread[source] += data
        return self._whole(source)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(connection, selectors.EVENT_READ)
        self._unread[connection] = b""

    def _whole(self, connection: socket.socket) -> Request | None:
        """Return the request once all of it is there."""
        head, end, body = self._unread[connection].partition(_HEAD_END)
        if not end:
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        if headers.get("transfer-encoding"):
            raise SubjectFailed("the runtime client sends chunks, which this server does not read")
        if headers.get("expect") == "100-continue" and not body:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(headers.get("content-length", 0))
        if len(body) < length:
            return None
        at = time.perf_counter()
        self._unread[connection] = body[length:]
        method, path, _ = first.split(" ")
        return Request(method, path, body[:length], at, connection)

    def _credentials(self) -> bytes:
        expires = time.gmtime(time.time() + self.credentials_seconds)
        return json.dumps(
            {
                "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
                "SecretAccessKey": "restored",
                "Token": "restored",
                "Expiration": time.strftime("%Y-%m-%dT%H:%M:%SZ", expires),
            }
        ).encode()


def response_path(number: int) -> str:
    """Return where the answer to an invocation is posted."""
    return f"{_INVOCATION}00000000-0000-4000-8000-{number:012d}/response"

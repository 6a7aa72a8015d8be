"""HTTP on 127.0.0.1, as API Gateway takes it: from a socket to a Request, and from a Response back.

It knows no route and no handler.  The request target stays byte for byte what the client sent,
since Twilio has signed it.

Source of the limit: "Quotas for HTTP APIs", payload size.
"""

import socket
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from threading import Thread
from typing import Any

from gateway.http_api import Request, Response

HOST = "127.0.0.1"
MAX_BODY = 10 * 1024 * 1024
_CONNECTIONS = 16
_IDLE_SECONDS = 5.0

type Answer = Callable[[Request], Response]


class Server(TCPServer):
    """Bound when it is made, so that its URL is known; answers from `start` to `close`.

    Raises OSError when the port is taken.
    """

    # Not HTTPServer, which looks up the name of the host and can wait for a DNS server.
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__((HOST, port), _Connection)
        self.answer: Answer = _not_started
        self._workers = ThreadPoolExecutor(_CONNECTIONS, "gateway")
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """The base URL, without a final slash."""
        return f"http://{HOST}:{self.server_address[1]}"

    def start(self, answer: Answer) -> None:
        """Answer requests in the background."""
        self.answer = answer
        self._thread = Thread(target=self.serve_forever, args=(0.05,), name="gateway", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop, after the answers that are under way; an idle client is waited for 5 s at most."""
        if self._thread:
            self.shutdown()
            self._thread.join()
        self.server_close()
        self._workers.shutdown()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's
        """Hand a connection to one of a fixed number of workers."""
        self._workers.submit(self._work, request, client_address)

    def _work(self, request: socket.socket, client_address: Any) -> None:  # noqa: ANN401 - socketserver's
        try:
            self.finish_request(request, client_address)
        except OSError:
            pass  # the client has gone: nobody is left to tell
        finally:
            self.shutdown_request(request)


class _Connection(BaseHTTPRequestHandler):
    """One request on one connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS

    def _serve(self) -> None:
        self.close_connection = True
        refused = self._refused()
        if refused:
            self._send(refused)
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        request = Request(self.command, self._target(), self._headers(), body)
        try:
            response = self.server.answer(request)
        except Exception:  # noqa: BLE001 - API Gateway's answer when a function fails, whatever it was
            traceback.print_exc()
            response = _message(500, "Internal Server Error")
        self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = _serve  # noqa: N815 - http.server looks for these names
    do_DELETE = do_OPTIONS = do_HEAD = _serve  # noqa: N815 - the same

    def _refused(self) -> Response | None:
        """Return the answer to a body that is not read, None when it can be."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            return _message(411, "Length Required")
        if not (length.isascii() and length.isdigit()):
            return _message(400, "Bad Request")
        return _message(413, "Request Entity Too Large") if int(length) > MAX_BODY else None

    def _target(self) -> str:
        """Return the request target. In `self.path`, two leading slashes have become one."""
        return self.requestline.split()[1]

    def _headers(self) -> dict[str, str]:
        """Return the headers; API Gateway joins those that are repeated with commas."""
        joined: dict[str, list[str]] = {}
        for name, value in self.headers.items():
            joined.setdefault(name.lower(), []).append(value)
        return {name: ",".join(values) for name, values in joined.items()}

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != 204:  # noqa: PLR2004 - RFC 9110 §8.6: no Content-Length in a 204
            self.send_header("content-length", str(len(response.body)))
        self.send_header("connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, *_: object) -> None:
        """Say nothing: whoever runs this server tells of its requests."""


def _message(status: int, text: str) -> Response:
    """Return an error as API Gateway words its own."""
    return Response(
        status, {"content-type": "application/json"}, f'{{"message":"{text}"}}'.encode()
    )


def _not_started(_request: Request) -> Response:
    return _message(503, "Service Unavailable")

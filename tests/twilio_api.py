"""Twilio's REST API as far as a test says so: a server on 127.0.0.1 with accounts and routes.

Every request is recorded, its credentials are checked as Twilio checks them, and answered by the
latest route that matches host, method and path.  The account itself and its auth tokens have their
routes already; a test adds those of its own.

    with TwilioApi() as twilio:
        account = twilio.account("AC" + "a" * 32, "b" * 32)
        twilio.route("GET", "monitor.twilio.com", "/v1/Alerts", lambda request: (200, {…}))
        twilio.fails("GET", "/v1/Alerts", error(429), error(429))
        monkeypatch.setenv("REFER_TWILIO_API", twilio.url)
"""

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from twilio_account import SILENCE, Account, Answer, Handler, Request, error, not_found

__all__ = ["SILENCE", "Account", "Answer", "Request", "TwilioApi", "error", "not_found"]

_HELD_BACK = 10.0  # seconds, should a test forget that it wanted silence
_TOKENS = (
    ("POST", "/v1/AuthTokens/Secondary", Account.create_secondary),
    ("DELETE", "/v1/AuthTokens/Secondary", Account.delete_secondary),
    ("POST", "/v1/AuthTokens/Promote", Account.promote),
)


class TwilioApi:
    """The server; `url` is what REFER_TWILIO_API is to name."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.keys: dict[str, tuple[str, str]] = {}
        """API keys: SID to secret and account SID."""
        self.requests: list[Request] = []
        self._routes: list[tuple[str, str, re.Pattern[str], Handler]] = []
        self._failures: list[tuple[str, str, list[Answer]]] = []
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._request_handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        account = r"/2010-04-01/Accounts/(?P<sid>AC\w{32})\.json"
        self.route("GET", "api.twilio.com", account, self._account)
        for method, path, act in _TOKENS:
            self.route(method, "accounts.twilio.com", path, self._of_account(act))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def account(self, sid: str, token: str, **more: Any) -> Account:  # noqa: ANN401 - Account's own
        """Add an account that takes this token."""
        self.accounts[sid] = Account(sid, token, **more)
        return self.accounts[sid]

    def route(self, method: str, host: str, pattern: str, handler: Handler) -> None:
        """Answer what matches; the latest route goes first."""
        self._routes.insert(0, (method, host, re.compile(pattern), handler))

    def fails(self, method: str, path: str, *answers: Answer) -> None:
        """Give these answers to the next requests whose path begins so, instead of the route's."""
        self._failures.append((method, path, list(answers)))

    def recovers(self) -> None:
        """Fail no more, also where failures were not used up."""
        self._failures.clear()

    def asked(self) -> list[str]:
        """What was asked for, as "METHOD path"."""
        return [f"{request.method} {request.path}" for request in self.requests]

    def of(self, request: Request) -> Account:
        """The account of a request whose credentials were taken."""
        return self.accounts[self.keys.get(request.user, ("", request.user))[1]]

    def _answer(self, request: Request) -> Answer:
        self.requests.append(request)
        for method, path, answers in self._failures:
            if answers and method == request.method and request.path.startswith(path):
                return answers.pop(0)
        if not self._authentic(request):
            return error(401)
        for method, host, pattern, handler in self._routes:
            found = pattern.fullmatch(request.path)
            if found and (method, host) == (request.method, request.host):
                return handler(replace(request, groups=found.groupdict()))
        return not_found(request.path)

    def _authentic(self, request: Request) -> bool:
        if request.user in self.keys:
            return self.keys[request.user][0] == request.password
        account = self.accounts.get(request.user)
        return account is not None and account.accepts(request.password)

    def _account(self, request: Request) -> Answer:
        sid = request.groups["sid"]
        there, asking = self.accounts.get(sid), self.of(request)
        if there is None or asking.sid not in {sid, there.owner}:
            return not_found(request.path)
        return 200, there.document()

    def _of_account(self, act: Callable[[Account], Answer]) -> Handler:
        return lambda request: act(self.of(request))

    def _request_handler(self) -> type[BaseHTTPRequestHandler]:
        answer, released = self._answer, self._released

        class OneRequest(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                sent = dict(self.headers.items())
                request = _read(self.command, self.path, sent, self.rfile.read(length))
                status, body, *headers = answer(request)
                if status == 0:
                    released.wait(_HELD_BACK)
                    return
                text = body if isinstance(body, str) else json.dumps(body)
                content = b"" if body is None else text.encode()
                self.send_response(status)
                for name, value in (headers[0] if headers else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if status != HTTPStatus.NO_CONTENT:
                    self.wfile.write(content)

            do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - http.server looks for these names

            def log_message(self, *_: object) -> None:
                """Tests read what was asked from `requests`."""

        return OneRequest


def _read(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
    there = urlsplit(target)
    host, _, path = there.path.lstrip("/").partition("/")
    kind, _, encoded = headers.get("Authorization", "").partition(" ")
    user, _, password = base64.b64decode(encoded if kind == "Basic" else "").decode().partition(":")
    return Request(
        method,
        host,
        f"/{path}",
        dict(parse_qsl(there.query, keep_blank_values=True)),
        dict(parse_qsl(body.decode(), keep_blank_values=True)),
        user,
        password,
    )

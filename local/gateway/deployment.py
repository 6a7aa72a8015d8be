"""The stack on this machine: its handlers behind its routes, over an AWS of their own.

Nothing happens on import, and the environment is put back when the deployment ends.
"""

import contextlib
import io
import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from call_transfer.application import application
from call_transfer.telemetry import SERVICE
from gateway import aws, http_api
from gateway.http_api import Request, Response
from gateway.server import HOST, Server
from gateway.stack import Stack

# A model plays an hour in a second, and in a minute more transfers than one transferor makes.
UNHURRIED = {"TRANSFEROR_PER_MINUTE": "0", "TARGET_PER_MINUTE": "0", "TENANT_PER_MINUTE": "0"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, its answer, and the lines of the log that the handler wrote about it."""

    request: Request
    response: Response
    lines: tuple[str, ...]

    def told(self) -> list[dict[str, Any]]:
        """Return the log lines as what they say, without the metrics."""
        read = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [line for line in read if "message" in line]


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where it is: the API as Twilio is told it, and the AWS behind it."""

    stack: Stack
    url: str
    aws_url: str


class UnknownSetting(Exception):
    """A setting that template.yaml does not have."""


@contextlib.contextmanager
def deployed(
    *,
    tokens: Mapping[str, str],
    entries: Iterable[Mapping[str, Any]],
    settings: Mapping[str, str] | None = None,
    port: int = 0,
    aws_host: str = HOST,
    aws_port: int = 0,
    on_exchange: Callable[[Exchange], None] = lambda _: None,
) -> Iterator[Deployment]:
    """Run the stack until the block ends; rates have no limit here.

    `settings` replace the template's defaults.
    Raises UnknownSetting, SettingsError, and OSError when the port is taken.
    """
    stack = Stack()
    unknown = sorted(set(settings or {}) - set(stack.environment))
    if unknown:
        raise UnknownSetting(f"{unknown[0]} is not one of {', '.join(sorted(stack.environment))}")
    with contextlib.ExitStack() as closing:
        server = Server(port)
        closing.callback(server.close)
        aws_url = closing.enter_context(aws.serving(aws_host, aws_port))
        own = aws.environment(aws_url)
        variables = (
            stack.environment
            | UNHURRIED
            | {"PUBLIC_BASE_URL": server.url}
            | dict(settings or {})
            | own
        )
        closing.enter_context(_environment(variables))
        aws.create(stack, tokens, entries)
        told = closing.enter_context(_application())
        server.start(_answering(stack, told, on_exchange))
        yield Deployment(stack, server.url, aws_url)


def _answering(
    stack: Stack, told: io.StringIO, on_exchange: Callable[[Exchange], None]
) -> Callable[[Request], Response]:
    # One environment of Lambda serves one request at a time, and handlers may count on it.
    turn = Lock()

    def answer(request: Request) -> Response:
        with turn:
            told.seek(0)
            told.truncate()
            with contextlib.redirect_stdout(told):
                response = http_api.serve(request, stack.routes, HOST)
            lines = tuple(told.getvalue().splitlines())
            on_exchange(Exchange(request, response, lines))
        return response

    return answer


@contextlib.contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in [name for name in before if name.startswith(aws.SHADOWED)]:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def _application() -> Iterator[io.StringIO]:
    """Make the application before there are threads, and yield what its log is written to."""
    told = io.StringIO()
    application.cache_clear()
    with contextlib.redirect_stdout(told):
        application()
    # Powertools keeps the handler of the first Logger of a process, whatever it wrote to.
    streams = [
        handler
        for handler in logging.getLogger(SERVICE).handlers
        if isinstance(handler, logging.StreamHandler)
    ]
    before = [handler.setStream(told) for handler in streams]
    try:
        yield told
    finally:
        for handler, stream in zip(streams, before, strict=True):
            if stream:
                handler.setStream(stream)
        application.cache_clear()

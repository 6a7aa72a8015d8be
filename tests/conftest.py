"""The deployed code over moto: tables, environment and routes come from the templates."""

import io
import logging
import sys
from collections.abc import Iterator

import pytest
from moto import mock_aws

from call_transfer.application import application
from call_transfer.telemetry import SERVICE
from gateway.stack import Stack
from laptop import Laptop, create


class StandardOutput(io.StringIO):
    """Standard output as it is at the moment of writing."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


@pytest.fixture
def laptop(
    aws: None, stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Laptop]:
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    create(stack)
    application.cache_clear()
    # A Powertools Logger is made once and keeps its stream; capsys is another one in each test.
    application()
    for handler in logging.getLogger(SERVICE).handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.stream = StandardOutput()
    application.cache_clear()
    yield Laptop(stack, monkeypatch, capsys)
    application.cache_clear()

"""The deployed code over moto: tables, environment and routes come from the templates."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from call_transfer.application import application
from gateway.stack import Stack
from laptop import Laptop, create


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
    yield Laptop(stack, monkeypatch, capsys)
    application.cache_clear()

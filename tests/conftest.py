"""The deployed code over moto: tables, environment and routes come from the templates."""

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from call_transfer.application import application
from call_transfer.telemetry import SERVICE
from gateway.stack import Stack
from laptop import Laptop, create, held
from packaged import made_by_sam

# Tests of the local programs, of documents and templates, which take half as long again when they
# are measured.  Coverage is of the handlers: what only these reach of them counts as not tested.
NOT_MEASURED = (
    *("test_cli_", "test_demo", "test_gateway", "test_matrix", "test_picture", "test_pivot_"),
    *("test_rehears", "test_sip_switch", "test_softphone", "test_story"),
    *("test_recipes", "test_cost_page", "test_policies", "test_observability", "test_events"),
    "test_package",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.name.startswith(NOT_MEASURED):
            item.add_marker(pytest.mark.no_cover)


class StandardOutput(io.StringIO):
    """Standard output as it is at the moment of writing."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack()


@pytest.fixture(scope="session")
def descriptions() -> boto3.Session:
    """What boto3 has read of AWS's services: 0.1 s of each test, if each test did it again."""
    return boto3.Session()


@pytest.fixture
def aws(descriptions: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS: what another test has left is forgotten."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws(), patch("boto3.DEFAULT_SESSION", descriptions):
        yield


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deployment package of a function, made once for the tests of a process."""
    folder = tmp_path_factory.mktemp("sam") / "ReferFunction"
    made_by_sam(folder)
    return folder


@pytest.fixture
def laptop(
    aws: None, stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Laptop]:
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    create(stack)
    # Clients are remembered, the application is not: it is made anew in every test.
    monkeypatch.setattr("call_transfer.application.client", held)
    application.cache_clear()
    # A Powertools Logger is made once and keeps its stream; capsys is another one in each test.
    application()
    for handler in logging.getLogger(SERVICE).handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.stream = StandardOutput()
    application.cache_clear()
    yield Laptop(stack, monkeypatch, capsys)
    application.cache_clear()

"""A lookup in a large directory makes the same calls as one in a small directory."""

from typing import Any

import boto3
import pytest

from call_transfer.aws_client import client
from call_transfer.links import Mode
from cells.table import CALLED, Phone
from laptop import Laptop


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call to AWS that a webhook makes, by the name of its operation."""
    made: list[str] = []

    def note(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        made.append(model.name)

    def listening(service: str) -> Any:  # noqa: ANN401 - a boto3 client
        one = client(service)
        one.meta.events.register("before-call", note)
        return one

    monkeypatch.setattr("call_transfer.application.client", listening)
    return made


def grown(laptop: Laptop, count: int) -> None:
    """Put many more entries into the table than a batch could read."""
    resource = boto3.resource("dynamodb").Table(laptop.stack.environment["TARGETS_TABLE"])
    with resource.batch_writer() as batch:
        for number in range(count):
            address = str(20_000 + number)
            batch.put_item(Item={"tenant": "*", "address": address, "deny": "one of many"})


@pytest.mark.parametrize("entries", [0, 2000])
def test_a_transfer_makes_one_read_and_one_write_however_large_the_directory(
    laptop: Laptop, calls: list[str], entries: int
) -> None:
    phone = Phone(laptop, Mode.HOLD)
    phone.prepare()
    grown(laptop, entries)
    first = phone.call(CALLED)
    calls.clear()
    phone.refer(first)
    assert calls == ["BatchGetItem", "TransactWriteItems"]


def test_without_limits_the_write_is_a_plain_one(laptop: Laptop, calls: list[str]) -> None:
    phone = Phone(laptop, Mode.HOLD)
    phone.setting(TRANSFEROR_PER_MINUTE="0", TARGET_PER_MINUTE="0")
    phone.prepare()
    first = phone.call(CALLED)
    calls.clear()
    phone.refer(first)
    assert calls == ["BatchGetItem", "UpdateItem"]

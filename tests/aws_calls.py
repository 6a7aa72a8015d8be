"""Which function calls what of AWS: its handler is run, and each call is written down.

Cells of the call flow are played, what is overdue is watched, what has ended is told.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

import outcome_event
import watchdog
from call_transfer import application, unattended
from call_transfer.links import Mode
from cells import CELLS, Cell, Phone
from gateway.stack import Route, Stack
from laptop import Laptop, create, held

# The neighbours of a cell make the same calls.
PLAYED = list(CELLS.values())[::12]
# By then every call has ended, whatever was told.
HOURS = 6 * 3600


class Recorder:
    """Calls as (action, resource) by the logical ID of a function, and as operations of boto3."""

    def __init__(self) -> None:
        self.calls: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self.methods: set[str] = set()
        self._function = ""

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Write down what is called here; each function has a process, and clients, of its own."""
        for made in (application.application, unattended.watch, unattended.events):
            made.cache_clear()
        self._function = function
        yield
        self._function = ""

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Stand between the handlers and API Gateway, and between boto3 and AWS."""
        load = Route.load_handler
        # Every call of every client passes here; botocore-stubs do not know it.
        send: Any = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001

        def loaded(route: Route) -> Callable[..., Any]:
            def run(event: Any, context: object) -> Any:  # noqa: ANN401 - Lambda's
                with self.running(route.function):
                    return load(route)(event, context)

            return run

        def sent(made: Any, operation: str, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - botocore's
            if self._function:
                self._write_down(made, operation, parameters)
            return send(made, operation, parameters)

        with (
            patch.object(Route, "load_handler", loaded),
            patch.object(BaseClient, "_make_api_call", sent),
        ):
            yield

    def _write_down(self, made: Any, operation: str, parameters: Mapping[str, Any]) -> None:  # noqa: ANN401 - a client
        service = made.meta.service_model.service_name
        self.calls[self._function] |= {
            (f"{service}:{action}", resource) for action, resource in _named(operation, parameters)
        }
        self.methods |= {
            name for name, api in made.meta.method_to_api_mapping.items() if api == operation
        }


def record() -> Recorder:
    """Run all handlers, and return what they called."""
    recorder = Recorder()
    session = boto3.Session()
    for cell in PLAYED:
        with _laptop(session) as laptop, recorder.listening():
            _play(cell, laptop)
    with _laptop(session) as laptop, recorder.listening():
        _watch_and_tell(recorder, laptop)
    return recorder


@contextmanager
def _laptop(session: boto3.Session) -> Iterator[Laptop]:
    stack = Stack()
    with pytest.MonkeyPatch.context() as monkeypatch:
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        given = dict.fromkeys(names, "testing") | {"AWS_DEFAULT_REGION": "us-east-1"}
        for name, value in (given | stack.environment).items():
            monkeypatch.setenv(name, value)
        with mock_aws(), patch("boto3.DEFAULT_SESSION", session):
            create(stack)
            for module in (application, unattended):
                monkeypatch.setattr(module, "client", held)
            # Nobody looks at the lines here.
            yield Laptop(stack, monkeypatch, cast("pytest.CaptureFixture[str]", None))
    application.application.cache_clear()


def _play(cell: Cell, laptop: Laptop) -> None:
    phone = Phone(laptop, cell.mode)
    phone.setting(**cell.settings)
    phone.prepare()
    assert cell.situation(phone).status == cell.status, cell.id


def _watch_and_tell(recorder: Recorder, laptop: Laptop) -> None:
    """Let a transfer be forgotten until the watchdog ends it, and tell that."""
    phone = Phone(laptop, Mode.HOLD)
    phone.prepare()
    phone.transfer()
    clock = SimpleNamespace(time=lambda: time.time() + HOURS)
    laptop.monkeypatch.setattr(unattended, "time", clock)
    with recorder.running("WatchdogFunction"):
        watchdog.lambda_handler({}, None)
    items = held("dynamodb").scan(TableName=laptop.stack.environment["CALLS_TABLE"])["Items"]
    ended = [item for item in items if "finished" in item]
    assert ended
    held("events").create_event_bus(Name="EventBus")
    laptop.monkeypatch.setenv("EVENT_BUS", "EventBus")
    laptop.monkeypatch.setenv("EVENT_ADDRESSES", "masked")
    changes = [{"dynamodb": {"SequenceNumber": "1", "NewImage": item}} for item in ended]
    with recorder.running("OutcomeEventFunction"):
        assert outcome_event.lambda_handler({"Records": changes}, None) == {"batchItemFailures": []}


def _named(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return what IAM looks at: of a transaction, what it does to each item."""
    match parameters:
        case {"TransactItems": items}:
            for item in items:
                [(what, one)] = item.items()
                yield f"{what}Item", one["TableName"]
        case {"RequestItems": tables}:
            yield from ((operation, table) for table in tables)
        case {"TableName": table, "IndexName": index}:
            yield operation, f"{table}/index/{index}"
        case {"TableName": name} | {"SecretId": name}:
            yield operation, name
        case {"Entries": entries}:
            yield from ((operation, one["EventBusName"]) for one in entries)
        case _:
            pytest.fail(f"{operation}: nothing here knows how it names its resource")

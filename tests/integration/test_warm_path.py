"""What a warm webhook does while a caller waits: how often it calls AWS, and what it makes anew."""

import builtins
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from call_transfer import webhook
from call_transfer.aws_client import client
from call_transfer.links import Mode
from call_transfer.webhook import Response
from cells.table import AGENT_B, CALLED, MENU, TO_B, Phone
from laptop import Laptop
from pivot.webhooks import Account

READ, WRITE, COUNTED = "BatchGetItem", "UpdateItem", "TransactWriteItems"
# By webhook: the operations of AWS, in their order. What ends a hop is one write more.
CALLS = {
    "inbound_call": {(READ, WRITE)},
    "refer": {(READ, COUNTED)},
    "leg_status": {(WRITE,), (WRITE, WRITE)},
    "dial_result": {(READ, WRITE, WRITE)},
    # Which entry a key leads to is in the record, which says what the menu was.
    "verb_result": {(READ, READ, WRITE)},
    "whisper": {(READ,)},
    "accept": {(WRITE,)},
    "recording_status": {(WRITE, WRITE)},
}

# moto, which answers here for AWS, imports as it likes.
DEPLOYED = {"boto3", "botocore", "urllib3", "twilio", "aws_lambda_powertools"}


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


@pytest.fixture
def phone(laptop: Laptop) -> Phone:
    phone = Phone(laptop, Mode.HOLD)
    phone.prepare()
    return phone


def around(monkeypatch: pytest.MonkeyPatch, heard: Callable[[str], None]) -> None:
    """Have `heard` called after each webhook, with its name."""
    respond = webhook.respond

    def served(*given: Any, name: str, **more: Any) -> Response:  # noqa: ANN401 - of respond
        try:
            return respond(*given, name=name, **more)
        finally:
            heard(name)

    monkeypatch.setattr(webhook, "respond", served)


def play(phone: Phone) -> None:
    """Play a call that asks every webhook: a transfer is accepted, and another goes to a menu."""
    phone.entry("agentb", dial=[AGENT_B], whisper={"say": "Press 1."}, record="record-from-answer")
    first = phone.answered()
    phone.ended(first, "busy")
    dialled = phone.refer(first)
    phone.leg(dialled, "ringing")
    phone.press(phone.whisper(dialled), "1")
    phone.leg(dialled, "in-progress", sequence=1)
    phone.leg(dialled, "completed", sequence=2)
    phone.recording(dialled, "Dial", RecordingUrl="https://api.twilio.com/r", RecordingDuration="9")
    phone.entry("agentb", menu=MENU)
    phone.verb(phone.refer(first, TO_B, 2), "Gather", Digits="1")


def grown(laptop: Laptop, count: int) -> None:
    """Put many more entries into the table than a batch could read."""
    resource = boto3.resource("dynamodb").Table(laptop.stack.environment["TARGETS_TABLE"])
    with resource.batch_writer() as batch:
        for number in range(count):
            address = str(20_000 + number)
            batch.put_item(Item={"tenant": "*", "address": address, "deny": "one of many"})


def test_each_webhook_reads_once_and_writes_what_it_was_told(
    phone: Phone, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, set[tuple[str, ...]]] = defaultdict(set)

    def heard(name: str) -> None:
        made[name].add(tuple(calls))
        calls.clear()

    # The secret is read by the first webhook of a process, and not again for five minutes.
    phone.call()
    assert calls == ["GetSecretValue", READ, WRITE]
    calls.clear()
    around(monkeypatch, heard)
    play(phone)
    assert made == CALLS


@pytest.mark.parametrize("entries", [0, 2000])
def test_a_transfer_makes_one_read_and_one_write_however_large_the_directory(
    phone: Phone, calls: list[str], entries: int
) -> None:
    grown(phone.laptop, entries)
    first = phone.call(CALLED)
    calls.clear()
    phone.refer(first)
    assert calls == [READ, COUNTED]


def test_without_limits_the_write_is_a_plain_one(phone: Phone, calls: list[str]) -> None:
    phone.setting(TRANSFEROR_PER_MINUTE="0", TARGET_PER_MINUTE="0")
    first = phone.call(CALLED)
    calls.clear()
    phone.refer(first)
    assert calls == [READ, WRITE]


def test_a_forged_webhook_costs_no_call_but_one_look_at_the_secret_in_thirty_seconds(
    phone: Phone, calls: list[str]
) -> None:
    phone.call()
    calls.clear()
    forged = Account(phone.laptop.account.sid, "a guess")
    answers = [phone.laptop.post("/refer/hold", account=forged).status for _ in range(20)]
    assert answers == [403] * 20
    # The token may have been rotated since it was read.
    assert calls == ["GetSecretValue"]


@pytest.fixture
def anew(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, list[str]]]:
    """What is imported, compiled and made from now on, once every webhook has been served."""
    play(phone)
    found: dict[str, list[str]] = {"imported": [], "compiled": [], "made": []}
    asked: Any = builtins.__import__
    compiled: Any = re._compiler.compile  # type: ignore[attr-defined] # noqa: SLF001 - behind the cache of re

    def importing(name: str, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - of __import__
        caller = Path(sys._getframe(1).f_code.co_filename).parts  # noqa: SLF001 - who imports?
        # datetime, in C, asks for `time` at each call, and gets what is loaded.
        if "functions" in caller or (name not in sys.modules and not DEPLOYED.isdisjoint(caller)):
            found["imported"].append(name)
        return asked(name, *given, **named)

    def compiling(pattern: Any, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - of re
        found["compiled"].append(str(pattern))
        return compiled(pattern, *given, **named)

    monkeypatch.setattr(builtins, "__import__", importing)
    monkeypatch.setattr("re._compiler.compile", compiling)
    monkeypatch.setattr(boto3.Session, "client", lambda _, name: found["made"].append(name))
    monkeypatch.setattr("call_transfer.application.client", found["made"].append)
    yield found
    monkeypatch.undo()


def test_nothing_is_imported_compiled_or_made_while_a_caller_waits(
    anew: Mapping[str, list[str]], phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []
    around(monkeypatch, served.append)
    play(phone)
    assert set(served) == CALLS.keys()
    assert anew == {"imported": [], "compiled": [], "made": []}

"""What a process does before its first caller: what it reaches, what it leaves, what it lets go."""

import gc
import json
import os
import random
import runpy
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import snapshot_restore_py
from botocore.client import BaseClient
from botocore.exceptions import ConnectTimeoutError
from botocore.httpsession import URLLib3Session

import call_transfer
import dial_result
import inbound_call
import leg_status
import recording_status
import refer
import verb_result
import whisper
from call_transfer import priming
from call_transfer.application import application
from call_transfer.dry_run import walk
from call_transfer.errors import SettingsError
from call_transfer.webhook import Answer, Response
from gateway.stack import ROOT, Stack
from laptop import Laptop, held

KIND = "AWS_LAMBDA_INITIALIZATION_TYPE"
READY = ["GetSecretValue", "UpdateItem"]
WALKED: list[tuple[str, Answer, Answer, int]] = [
    ("inbound_call", inbound_call.answer, inbound_call.rescue, 200),
    ("refer", refer.answer, refer.rescue, 200),
    ("dial_result", dial_result.answer, dial_result.rescue, 200),
    ("verb_result", verb_result.answer, verb_result.rescue, 200),
    ("leg_status", leg_status.answer, leg_status.rescue, 204),
    ("recording_status", recording_status.answer, recording_status.rescue, 204),
    ("whisper", whisper.ask, whisper.ask_anyhow, 200),
]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Operations of AWS, as they are called."""
    made: list[str] = []
    send: Any = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - all calls

    def call(self: Any, operation: str, given: Any) -> Any:  # noqa: ANN401 - botocore's
        made.append(operation)
        return send(self, operation, given)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return made


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, list[Any]]]:
    """The registries of Lambda's own module, empty."""
    registries: dict[str, list[Any]] = {"before": [], "after": []}
    monkeypatch.setattr(snapshot_restore_py, "_before_snapshot_registry", registries["before"])
    monkeypatch.setattr(snapshot_restore_py, "_after_restore_registry", registries["after"])
    state = random.getstate()
    yield registries
    random.setstate(state)


def run(registry: list[Any]) -> None:
    """Run hooks as Lambda does."""
    for function, positional, named in registry:
        function(*positional, **named)


def prepare() -> None:
    priming.prepare("refer", refer.answer, refer.rescue)


@pytest.mark.parametrize("handler", sorted((ROOT / "functions").glob("*.py")), ids=lambda p: p.stem)
def test_every_webhook_is_prepared_with_what_it_answers(
    handler: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[tuple[Any, ...]] = []
    monkeypatch.setattr(priming, "prepare", lambda *given: prepared.append(given))
    names = runpy.run_path(str(handler))
    expected = {
        name: [(name, names.get(answer.__name__), names.get(rescue.__name__))]
        for name, answer, rescue, _ in WALKED
    }
    # Nobody waits for the watchdog, nor for events.
    assert prepared == expected.get(handler.stem, [])
    assert (handler.stem in expected) == (handler.stem not in {"outcome_event", "watchdog"})


def test_outside_of_lambda_nothing_is_done(laptop: Laptop, calls: list[str]) -> None:
    laptop.monkeypatch.delenv(KIND, raising=False)
    prepare()
    assert (calls, application.cache_info().currsize) == ([], 0)


def test_before_the_first_webhook_the_secret_is_read_and_the_table_reached(
    laptop: Laptop, calls: list[str]
) -> None:
    laptop.monkeypatch.setenv(KIND, "on-demand")
    prepare()
    assert sorted(calls) == READY
    assert held("dynamodb").scan(TableName=laptop.stack.environment["CALLS_TABLE"])["Count"] == 0
    assert laptop.capsys.readouterr().out == ""
    calls.clear()
    application().tokens.for_account(laptop.account.sid)
    assert calls == []


@pytest.mark.parametrize("service", ["dynamodb", "secretsmanager"])
def test_what_cannot_be_reached_is_left_to_the_webhook(
    service: str, laptop: Laptop, calls: list[str]
) -> None:
    laptop.monkeypatch.setenv(KIND, "on-demand")

    def down(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://aws.example")

    client = held(service)
    client.meta.events.register("before-send", down)
    try:
        prepare()
    finally:
        client.meta.events.unregister("before-send", down)
    assert sorted(calls) == READY
    # At once: not after the pause that follows a failure.
    assert application().tokens.for_account(laptop.account.sid) == (laptop.account.token,)
    assert application().tokens.problem == ""
    assert laptop.capsys.readouterr().out == ""


def test_aws_that_does_not_answer_holds_nobody_up(laptop: Laptop) -> None:
    answered = threading.Event()
    finished = threading.Event()

    def waits(_app: object) -> None:
        answered.wait(30)
        finished.set()

    laptop.monkeypatch.setattr(priming, "SECONDS", 0.01)
    laptop.monkeypatch.setattr(priming, "_reach_table", waits)
    priming.connect(application())
    assert not finished.is_set()
    assert laptop.capsys.readouterr().out == "priming: AWS has not answered yet\n"
    answered.set()
    assert finished.wait(30)


@pytest.mark.parametrize("task", ["_read_secret", "_reach_table"])
def test_a_bug_while_connecting_is_printed_and_no_more(task: str, laptop: Laptop) -> None:
    def fails(_app: object) -> None:
        raise ZeroDivisionError("a secret that must not be told")

    laptop.monkeypatch.setattr(priming, task, fails)
    priming.connect(application())
    printed = laptop.capsys.readouterr().out
    assert printed.startswith("priming failed: ZeroDivisionError in ")
    assert "secret" not in printed


def test_an_incomplete_environment_is_told_by_the_webhook(laptop: Laptop) -> None:
    laptop.monkeypatch.setenv(KIND, "on-demand")
    laptop.monkeypatch.delenv("CALLS_TABLE")
    prepare()
    assert laptop.capsys.readouterr().out.startswith("priming failed: SettingsError in ")
    with pytest.raises(SettingsError):
        application()


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency"])
def test_a_process_that_is_never_restored_has_no_hooks(
    kind: str, laptop: Laptop, hooks: dict[str, list[Any]]
) -> None:
    laptop.monkeypatch.setenv(KIND, kind)
    prepare()
    assert hooks == {"before": [], "after": []}


def test_before_a_snapshot_a_webhook_is_walked_and_what_is_shared_is_let_go(
    laptop: Laptop, calls: list[str], hooks: dict[str, list[Any]]
) -> None:
    laptop.monkeypatch.setenv(KIND, "snap-start")
    walked: list[str] = []

    def watched(environment: Mapping[str, str], *, name: str, **_: Answer) -> Response:
        assert environment["CALLS_TABLE"] == laptop.stack.environment["CALLS_TABLE"]
        walked.append(name)
        return Response()

    laptop.monkeypatch.setattr("call_transfer.dry_run.walk", watched)
    prepare()
    assert walked == ["refer"]
    closed = closings(laptop)
    calls.clear()
    run(hooks["before"])
    assert closed == ["dynamodb", "secretsmanager"]
    assert application().tokens.for_account(laptop.account.sid) == (laptop.account.token,)
    assert calls == ["GetSecretValue"]


@pytest.mark.parametrize("trouble", ["a bug", "a refusal", "no thread"])
def test_whatever_becomes_of_the_walk_no_snapshot_keeps_a_token(
    trouble: str, laptop: Laptop, hooks: dict[str, list[Any]]
) -> None:
    def walked(*_: object, **__: Answer) -> Response:
        if trouble != "a refusal":
            raise ZeroDivisionError
        return Response(status=403)

    laptop.monkeypatch.setenv(KIND, "snap-start")
    laptop.monkeypatch.setattr("call_transfer.dry_run.walk", walked)
    if trouble == "no thread":
        laptop.monkeypatch.setattr(priming, "connect", walked)
    prepare()
    assert (len(hooks["before"]), len(hooks["after"])) == (1, 1)
    assert laptop.capsys.readouterr().out.startswith("priming ")


def test_a_restored_process_shares_nothing_with_its_twins(
    laptop: Laptop, calls: list[str], hooks: dict[str, list[Any]]
) -> None:
    laptop.monkeypatch.setenv(KIND, "snap-start")
    laptop.monkeypatch.setattr("call_transfer.dry_run.walk", lambda *_, **__: Response())
    prepare()
    run(hooks["before"])
    application().tokens.for_account(laptop.account.sid)
    state = random.getstate()
    closed = closings(laptop)
    calls.clear()
    run(hooks["after"])
    assert closed == ["dynamodb", "secretsmanager"]
    assert random.getstate() != state
    application().tokens.for_account(laptop.account.sid)
    assert calls == ["GetSecretValue"]


def closings(laptop: Laptop) -> list[str]:
    """Write down whose connections are closed."""
    closed: list[str] = []

    def closing(service: str, close: Callable[[], None]) -> None:
        closed.append(service)
        close()

    for service in ("dynamodb", "secretsmanager"):
        client = held(service)
        laptop.monkeypatch.setattr(client, "close", partial(closing, service, client.close))
    return closed


@pytest.fixture
def unplugged(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """The environment of a function that can send nothing, and whose bugs are raised."""

    def fails(*given: object, **_: object) -> None:
        raise AssertionError(given)

    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(URLLib3Session, "send", fails)
    # Who rescues a bug has not walked the way of a caller.
    monkeypatch.setattr("call_transfer.webhook.place", fails)
    return stack.environment


@pytest.mark.parametrize("walked", [pytest.param(one, id=one[0]) for one in WALKED])
def test_a_walk_serves_the_webhook_and_reaches_nobody(
    walked: tuple[str, Answer, Answer, int],
    unplugged: Mapping[str, str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    name, answer, rescue, status = walked
    assert walk(unplugged, name=name, answer=answer, rescue=rescue).status == status
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "settings", [{}, {"PUBLIC_BASE_URL": "https://calls.example.com/base"}, {"HOP_LIMIT": "1"}]
)
def test_a_walk_of_a_transfer_dials(
    settings: Mapping[str, str], unplugged: Mapping[str, str]
) -> None:
    environment = {**unplugged, **settings}
    response = walk(environment, name="refer", answer=refer.answer, rescue=refer.rescue)
    assert ">sip:priming@priming.invalid</Sip>" in response.body


def test_the_token_of_a_walk_is_another_each_time(
    unplugged: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed: list[str] = []

    def taken(event: Any, *_: object, **__: object) -> Response:  # noqa: ANN401 - API Gateway's
        signed.append(event["headers"]["x-twilio-signature"])
        return Response()

    monkeypatch.setattr("call_transfer.dry_run.respond", taken)
    for _ in range(2):
        walk(unplugged, name="refer", answer=refer.answer, rescue=refer.rescue)
    first, second = signed
    assert first != second


@pytest.mark.parametrize("handler", sorted((ROOT / "functions").glob("*.py")), ids=lambda p: p.stem)
def test_the_garbage_collector_rests_while_a_handler_is_imported_and_no_longer(
    handler: Path,
) -> None:
    """In a process of its own, as in Lambda; nothing answers for AWS there, and nothing has to."""
    program = (
        "import gc, json, call_transfer; seen = [gc.isenabled()];"
        f" import {handler.stem}; seen += [gc.isenabled(), gc.get_freeze_count() > 1000];"
        " print(json.dumps(seen))"
    )
    ran = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        env={KIND: "on-demand", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout.splitlines()[-1]) == [False, True, True]


@pytest.mark.parametrize("environment", [{}, {KIND: "snap-start"}])
def test_the_garbage_collector_rests_in_lambda_alone(environment: Mapping[str, str]) -> None:
    try:
        call_transfer.rest(environment)
        assert gc.isenabled() is (environment == {})
        call_transfer.settled()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
    finally:
        gc.enable()
        gc.unfreeze()

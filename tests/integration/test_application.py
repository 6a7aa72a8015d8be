"""The application of a process: made once, from an environment that is whole."""

import pytest
from aws_lambda_powertools.logging import Logger

from call_transfer.application import application, assemble
from call_transfer.errors import SettingsError
from call_transfer.record import HopRecord
from call_transfer.settings import Settings
from call_transfer.telemetry import SERVICE
from gateway.stack import Stack
from laptop import SESSION, Laptop, held


def test_the_application_is_made_once(laptop: Laptop) -> None:
    assert application() is application()


def test_every_missing_variable_is_named(laptop: Laptop, stack: Stack) -> None:
    for name in stack.environment:
        laptop.monkeypatch.delenv(name)
    with pytest.raises(SettingsError) as caught:
        application()
    assert set(caught.value.problems) == {f"{name} is not set" for name in stack.environment}
    assert all(name in str(caught.value) for name in stack.environment)


def test_an_environment_that_was_incomplete_is_read_again(laptop: Laptop) -> None:
    name = "CALLS_TABLE"
    laptop.monkeypatch.delenv(name)
    with pytest.raises(SettingsError):
        application()
    laptop.monkeypatch.setenv(name, laptop.stack.environment[name])
    assert application().settings.calls_table == laptop.stack.environment[name]


def test_the_template_sets_every_variable_and_no_other(stack: Stack) -> None:
    assert set(stack.environment) == {name.upper() for name in Settings.__dataclass_fields__}


def test_an_application_is_assembled_from_what_it_is_given(laptop: Laptop) -> None:
    settings = Settings.parse(laptop.stack.environment)
    app = assemble(settings, logger=Logger(service=SERVICE), now=lambda: 1000.0)
    assert app.settings is settings
    hop = HopRecord(
        tenant=laptop.account.sid,
        session=SESSION,
        hop=0,
        refer_id="0",
        mode=settings.default_mode,
    )
    app.store.open(hop)
    assert laptop.record(0)["opened_at"] == 1000
    assert app.tokens.for_account(laptop.account.sid) == (laptop.account.token,)
    app.telemetry.webhook({"webhook": "refer"}, milliseconds=1)
    assert len(laptop.lines("webhook")) == 1


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_sees_nothing_that_another_has_left(turn: str, laptop: Laptop) -> None:
    secrets, name = held("secretsmanager"), laptop.stack.environment["TOKENS_SECRET"]
    assert laptop.records(0) == []
    assert laptop.post("/refer/hold", {"ReferTransferTarget": "<sip:agentb@b>"}).status == 404
    assert laptop.account.token in secrets.get_secret_value(SecretId=name)["SecretString"]
    laptop.entry("agentb", dial=[{"sip": "sip:agentb@b"}])
    assert laptop.call().status == 200
    assert len(laptop.records(0)) == 1
    secrets.put_secret_value(SecretId=name, SecretString="{}")

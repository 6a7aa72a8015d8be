"""The sample events: as the generator makes them, and each understood by its function."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from call_transfer.application import application
from gateway import aws as local_aws
from gateway import entries, sample_events
from gateway.http_api import Context
from gateway.sample_events import ENVIRONMENT, FOLDER, SAMPLES
from gateway.stack import Stack
from pivot.sign import LOCAL

STACK = Stack()
AGENT_A = "sip:agenta@pbx.example.com"
AGENT_B = "sip:agentb@pbx.example.com"
AGENT_C = "sip:agentc@pbx.example.com"
UUI = f"{AGENT_B}?User-to-User=48656c6c6f%3Bencoding%3Dhex&X-Ticket=caller%20is%20verified"


def invoke(name: str) -> dict[str, Any]:
    """Hand a committed event to the function of its route, as `sam local invoke` does."""
    event = json.loads((FOLDER / f"{name}.json").read_text())
    method, path = event["routeKey"].split()
    [route] = [one for one in STACK.routes if (one.method, one.path) == (method, path)]
    return route.load_handler()(event, Context("sample"))


def dialled(answer: dict[str, Any]) -> list[str]:
    """Return whom an answer dials, noun by noun."""
    return [str(noun.text) for noun in ET.fromstring(answer["body"]).findall("Dial/*")]  # noqa: S314 - ours


@pytest.fixture
def functions(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Yield with the environment of env.json, but for the endpoint, which a container needs."""
    [first, *others] = json.loads((FOLDER / ENVIRONMENT).read_text()).values()
    assert all(other == first for other in others)
    for name, value in first.items():
        if name != "AWS_ENDPOINT_URL":
            monkeypatch.setenv(name, value)
    local_aws.create(STACK, {LOCAL.sid: LOCAL.token}, entries.load(entries.DEMO))
    application.cache_clear()
    yield
    application.cache_clear()


def test_the_committed_files_are_those_that_the_generator_makes() -> None:
    committed = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert committed == dict(sample_events.files()), "run: python -m gateway.sample_events"


def test_writing_them_again_removes_what_is_no_sample_any_more(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("{}")
    sample_events.write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == dict(sample_events.files()).keys()


def test_the_environment_has_every_function_and_every_variable_of_the_template() -> None:
    environment = json.loads((FOLDER / ENVIRONMENT).read_text())
    assert environment.keys() == STACK.functions.keys()
    for variables in environment.values():
        assert variables.keys() == STACK.environment.keys() | {"AWS_ENDPOINT_URL"}


@pytest.mark.parametrize(
    ("name", "nouns"),
    [
        ("inbound_call_number", [AGENT_A]),
        ("inbound_call_sip_domain", [AGENT_A]),
        ("refer_sip", [AGENT_B]),
        ("refer_tel", ["+14155550123"]),
        ("refer_uui", [UUI]),
        ("refer_attended", [AGENT_B]),
        ("refer_release", [AGENT_B]),
    ],
)
def test_an_event_that_dials_dials_whom_it_says(
    functions: None, name: str, nouns: list[str]
) -> None:
    answer = invoke(name)
    assert (answer["statusCode"], dialled(answer)) == (200, nouns)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("refer_denied", "deny_entry: Premium numbers are not dialled."),
        ("refer_unsigned", "This request is not signed by Twilio."),
    ],
)
def test_an_event_that_is_refused_is_refused(functions: None, name: str, body: str) -> None:
    answer = invoke(name)
    assert (answer["statusCode"], answer["body"]) == (403, body)


def test_the_attended_transfer_is_recorded_as_one(functions: None) -> None:
    invoke("refer_attended")
    [record] = local_aws.records(STACK, LOCAL.sid, "CA" + "1" * 32)
    assert record["attended"] is True


def test_the_target_that_is_busy_is_followed_by_its_fallback(functions: None) -> None:
    invoke("refer_release")
    answer = invoke("dial_result_busy")
    assert (answer["statusCode"], dialled(answer)) == (200, [AGENT_C])


def test_the_result_of_an_answered_dial_ends_the_call(functions: None) -> None:
    invoke("refer_release")
    answer = invoke("dial_result_completed")
    assert [verb.tag for verb in ET.fromstring(answer["body"])] == ["Hangup"]  # noqa: S314 - ours
    [record] = local_aws.records(STACK, LOCAL.sid, "CA" + "2" * 32)
    assert (record["outcome"], record["talk_seconds"]) == ("answered", 42)


def test_the_progress_of_a_leg_is_recorded_as_the_outcome(functions: None) -> None:
    invoke("refer_sip")
    assert invoke("leg_status_ringing")["statusCode"] == 204
    assert invoke("leg_status_completed")["statusCode"] == 204
    [record] = local_aws.records(STACK, LOCAL.sid, "CA" + "1" * 32)
    assert (record["outcome"], record["talk_seconds"]) == ("answered", 42)


def test_the_caller_whose_queue_is_full_gets_the_fallback(functions: None) -> None:
    invoke("refer_release")
    answer = invoke("verb_result_queue_full")
    assert (answer["statusCode"], dialled(answer)) == (200, [AGENT_C])


def test_the_target_that_hears_a_whisper_is_asked_for_a_key(functions: None) -> None:
    invoke("refer_sip")
    answer = invoke("whisper")
    [gather, _] = ET.fromstring(answer["body"])  # noqa: S314 - ours
    assert (answer["statusCode"], gather.tag) == (200, "Gather")


def test_the_target_that_accepts_is_connected_and_recorded(functions: None) -> None:
    invoke("refer_sip")
    answer = invoke("accept")
    assert (answer["statusCode"], len(ET.fromstring(answer["body"]))) == (200, 0)  # noqa: S314 - ours
    [record] = local_aws.records(STACK, LOCAL.sid, "CA" + "1" * 32)
    assert record["accept#0#0"]["accepted"] is True


def test_the_recording_is_recorded(functions: None) -> None:
    invoke("refer_sip")
    assert invoke("recording_status")["statusCode"] == 204
    [record] = local_aws.records(STACK, LOCAL.sid, "CA" + "1" * 32)
    assert record["recording#RE" + "5" * 32]["duration"] == 42


def test_every_event_is_invoked_by_a_test_here() -> None:
    text = (FOLDER.parent / "integration" / "test_events.py").read_text()
    assert [name for name in SAMPLES if f'"{name}"' not in text] == []


def test_two_events_are_never_retries_of_one_another(functions: None) -> None:
    for name in SAMPLES:
        invoke(name)
    refers = [name for name in SAMPLES if name.startswith("refer_") and name != "refer_unsigned"]
    sessions = [local_aws.records(STACK, LOCAL.sid, "CA" + digit * 32) for digit in "12"]
    hops = [record["hop"] for records in sessions for record in records]
    assert len([hop for hop in hops if hop.startswith("1#")]) == len(refers)

"""Outcomes on an event bus: calls are played, and what is told is read from the queue of a rule."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
import jsonschema
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import outcome_event
from call_transfer.dynamodb import write
from call_transfer.unattended import events
from gateway.http_api import Response
from gateway.stack import ROOT, load
from laptop import ACCOUNT, SESSION, Laptop, held
from streams import MAPPING, PATTERN, changes, passes

BUS = "transfers"
CONSUMER = load(ROOT / "infra" / "examples" / "consumer.yaml")["Resources"]
SCHEMA = json.loads((ROOT / "docs" / "outcome-event.schema.json").read_text())


@dataclass
class Bus:
    """The function between the stream and the bus, and the queue of a consumer."""

    laptop: Laptop
    queue: str

    def deliver(self) -> list[str]:
        """Hand over all changes that the filter lets pass; return what is asked for again."""
        batch = [one for one in changes(self.laptop.stack) if passes(one)]
        return failed(batch)

    def told(self) -> list[dict[str, Any]]:
        """Return the events that have come since it was asked last; each keeps the schema."""
        sqs = boto3.client("sqs")
        found = []
        while got := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for one in got:
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=one["ReceiptHandle"])
                found.append(json.loads(one["Body"]))
        for event in found:
            jsonschema.validate(event, SCHEMA)
        return found

    def kinds(self) -> list[tuple[str, str]]:
        """Return the detail-type and the outcome of the events that have come."""
        return [(one["detail-type"], one["detail"]["outcome"]) for one in self.told()]


def failed(batch: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the sequence numbers that the function wants to have again."""
    answer = outcome_event.lambda_handler({"Records": batch}, None)
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


@pytest.fixture
def bus(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    """A bus with the rule of the example consumer on it."""
    monkeypatch.setenv("EVENT_BUS", BUS)
    monkeypatch.setenv("EVENT_ADDRESSES", "masked")
    bridge, sqs = boto3.client("events"), boto3.client("sqs")
    bridge.create_event_bus(Name=BUS)
    queue = sqs.create_queue(QueueName="crm")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = CONSUMER["Transfers"]["Properties"]["EventPattern"]
    bridge.put_rule(Name="crm", EventBusName=BUS, EventPattern=json.dumps(pattern))
    bridge.put_targets(
        Rule="crm", EventBusName=BUS, Targets=[{"Id": "crm", "Arn": arn["QueueArn"]}]
    )
    events.cache_clear()
    yield Bus(laptop, queue)
    events.cache_clear()


def opened(laptop: Laptop, mode: str) -> Response:
    """Call agent A in this mode, and return the Dial."""
    laptop.entry("+18005550100", dial=[{"sip": "sip:agenta@pbx.example.com"}], mode=mode)
    laptop.entry("agentb", dial=[{"sip": "sip:agentb@pbx.example.com"}], fallback=[])
    return laptop.call()


def refer(laptop: Laptop, mode: str) -> Response:
    return laptop.refer("<sip:agentb@example.com>", f"/refer/{mode}/{SESSION}/0/0/0/initial")


# --- played


def test_a_transfer_and_the_call_before_it_are_told_once_each(bus: Bus) -> None:
    first = opened(bus.laptop, "release")
    second = refer(bus.laptop, "release")
    assert [one for one in changes(bus.laptop.stack) if passes(one)] == []
    bus.laptop.action(second, "completed", DialCallDuration="42")
    bus.laptop.action(first, "completed", DialCallDuration="60")
    assert bus.deliver() == []
    transfer, call = bus.told()
    assert (transfer["detail-type"], transfer["source"]) == (
        "Transfer Finished",
        "sip-refer-transfer",
    )
    said = ("tenant", "session", "hop", "outcome", "talk_seconds", "asked", "caller")
    assert [transfer["detail"][name] for name in said] == [
        ACCOUNT.sid,
        SESSION,
        1,
        "answered",
        42,
        "sip:agentb@example.com",
        "+*******0199",
    ]
    assert (call["detail-type"], call["detail"]["talk_seconds"]) == ("Initial Call Finished", 60)


def test_what_legs_tell_after_the_end_is_a_correction_and_repetitions_are_nothing(
    bus: Bus,
) -> None:
    opened(bus.laptop, "release")
    dialled = refer(bus.laptop, "release")
    bus.laptop.action(dialled, "completed", DialCallDuration="42")
    for _ in range(2):
        for sequence, status in enumerate(["initiated", "ringing", "in-progress", "completed"]):
            bus.laptop.leg(dialled, status, sequence=sequence)
    bus.deliver()
    told = bus.told()
    assert [(one["detail-type"], one["detail"].get("ring_seconds")) for one in told] == [
        ("Transfer Finished", None),
        ("Transfer Corrected", 10),
    ]
    revisions = [one["detail"]["revision"] for one in told]
    assert revisions == sorted(set(revisions))
    assert len({one["detail"]["id"] for one in told}) == 1


def test_a_refused_transfer_is_told_at_once(bus: Bus) -> None:
    opened(bus.laptop, "hold")
    bus.laptop.refer("<sip:nobody@example.com>", f"/refer/hold/{SESSION}/0/0/0/initial")
    bus.deliver()
    [event] = bus.told()
    assert (event["detail-type"], event["detail"]["outcome"]) == (
        "Transfer Finished",
        "unknown_target",
    )
    assert event["detail"]["refused"] == {"code": "no_entry", "rule": "deny_by_default"}


def test_a_batch_that_lambda_hands_over_again_says_the_same_again(bus: Bus) -> None:
    bus.laptop.action(opened(bus.laptop, "hold"), "busy")
    bus.deliver()
    bus.deliver()
    first, again = bus.told()
    assert first["detail"] == again["detail"]
    assert first["detail-type"] == again["detail-type"]


def test_what_is_read_from_the_stream_by_hand_can_be_handed_over_again(bus: Bus) -> None:
    """docs/outcomes.md: what `get-records` prints is what the function takes."""
    bus.laptop.action(opened(bus.laptop, "hold"), "busy")
    read = {"Records": changes(bus.laptop.stack), "NextShardIterator": "x"}
    printed = json.dumps(read, default=str)
    assert outcome_event.lambda_handler(json.loads(printed), None) == {"batchItemFailures": []}
    assert bus.kinds() == [("Initial Call Finished", "busy")]


def test_whole_numbers_are_told_when_the_stack_says_so(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENT_ADDRESSES", "whole")
    bus.laptop.action(opened(bus.laptop, "hold"), "busy")
    bus.deliver()
    [event] = bus.told()
    assert event["detail"]["caller"] == "+14155550199"


def test_more_changes_than_one_request_takes_are_told_in_order(bus: Bus) -> None:
    bus.laptop.action(opened(bus.laptop, "hold"), "busy")
    [change] = [one for one in changes(bus.laptop.stack) if passes(one)]
    assert failed([change] * 23) == []
    assert len(bus.told()) == 23


# --- the filter


def test_the_filter_lets_finished_hops_pass_and_nothing_else(bus: Bus) -> None:
    bus.laptop.setting(TENANT_PER_MINUTE="100")
    bus.laptop.action(opened(bus.laptop, "hold"), "completed")
    refer(bus.laptop, "hold")
    seen = changes(bus.laptop.stack)
    passed = [one for one in seen if passes(one)]
    images = [one["dynamodb"]["NewImage"] for one in passed]
    assert {image["hop"]["S"] for image in images} == {"0#0"}
    assert all(image["finished"]["BOOL"] for image in images)
    assert any("hits" in one["dynamodb"].get("NewImage", {}) for one in seen)
    assert len(passed) < len(seen)


def test_a_record_that_expires_does_not_pass(bus: Bus) -> None:
    bus.laptop.action(opened(bus.laptop, "hold"), "completed")
    key = {name: {"S": bus.laptop.record(0)[name]} for name in ("session", "hop")}
    table = bus.laptop.stack.environment["CALLS_TABLE"]
    held("dynamodb").delete_item(TableName=table, Key=key)
    last = changes(bus.laptop.stack)[-1]
    assert (last["eventName"], passes(last)) == ("REMOVE", False)


def test_what_the_filter_lets_pass_by_mistake_the_function_does_not_tell(bus: Bus) -> None:
    opened(bus.laptop, "hold")
    assert failed(changes(bus.laptop.stack)) == []
    assert bus.told() == []


def test_the_filter_looks_at_the_image_alone() -> None:
    """Lambda filters the changes of a table by what is under `dynamodb`."""
    assert PATTERN.keys() == {"dynamodb"}


# --- what cannot be told


class Client:
    """EventBridge in trouble: each answer is an error, or the codes of the entries."""

    def __init__(self, *answers: Exception | list[str]) -> None:
        self.asked: list[int] = []
        self._answers = list(answers)

    def put_events(self, *, Entries: Sequence[object]) -> Mapping[str, object]:  # noqa: N803 - boto3's name
        self.asked.append(len(Entries))
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Entries": [{"ErrorCode": code} if code else {"EventId": "1"} for code in answer]}


def finished(number: int, **attributes: object) -> dict[str, Any]:
    """Return the change by which a hop ends."""
    image = {
        "session": f"{ACCOUNT.sid}/{SESSION}",
        "hop": f"{number}#0123456789ab",
        "tenant": ACCOUNT.sid,
        "mode": "hold",
        "outcome": "unknown",
        "finished": True,
        "finished_at": 1_795_860_065,
        **attributes,
    }
    return {
        "eventName": "MODIFY",
        "dynamodb": {
            "SequenceNumber": str(number),
            "NewImage": {name: write(value) for name, value in image.items()},
        },
    }


@pytest.fixture
def trouble(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function
    def meets(*answers: Exception | list[str]) -> Client:
        client = Client(*answers)
        monkeypatch.setattr("call_transfer.unattended.client", lambda _service: client)
        events.cache_clear()
        return client

    return meets


def test_an_entry_that_was_not_taken_is_asked_for_again_and_the_others_are_not(
    bus: Bus,
    trouble: Any,  # noqa: ANN401 - a function
) -> None:
    trouble(["", "ThrottlingException", "", "InternalFailure"])
    assert failed([finished(number) for number in range(1, 5)]) == ["2", "4"]
    lines = bus.laptop.lines("outcome_event")
    assert [(one["sequence_number"], one["event_problem"], one["level"]) for one in lines] == [
        ("2", "ThrottlingException", "ERROR"),
        ("4", "InternalFailure", "ERROR"),
    ]


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDeniedException", "Message": "secret"}}, "PutEvents"),
        EndpointConnectionError(endpoint_url="https://secret"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_bus_that_does_not_answer_has_all_asked_for_again(
    error: Exception,
    bus: Bus,
    trouble: Any,  # noqa: ANN401 - a function
) -> None:
    client = trouble(error)
    assert failed([finished(1), finished(2)]) == ["1", "2"]
    assert client.asked == [2]
    assert "secret" not in json.dumps(bus.laptop.lines())


def test_events_that_are_too_large_together_are_put_one_by_one(
    trouble: Any,  # noqa: ANN401 - a function
) -> None:
    invalid = ClientError({"Error": {"Code": "ValidationException"}}, "PutEvents")
    client = trouble(invalid, [""], invalid, [""])
    assert failed([finished(1), finished(2), finished(3)]) == ["2"]
    assert client.asked == [3, 1, 1, 1]


def test_a_record_that_makes_no_sense_is_asked_for_again_and_keeps_no_other(
    bus: Bus,
    trouble: Any,  # noqa: ANN401 - a function
) -> None:
    client = trouble([""])
    assert failed([finished(1, mode="neither"), finished(2)]) == ["1"]
    assert client.asked == [1]
    [line] = bus.laptop.lines("outcome_event")
    assert line["event_problem"].startswith("ValueError in ")


attributes = st.dictionaries(
    st.sampled_from(
        [
            *("session", "hop", "tenant", "mode", "outcome", "finished", "finished_at", "asked"),
            *("attempt#0", "leg#0#CA1#0", "result#0", "recording#RE1", "refused", "closed"),
            *("transferor", "opened_at", "hits"),
        ]
    ),
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.text(max_size=8)
    | st.lists(st.text(max_size=3), max_size=2)
    | st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2),
)


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(attributes, st.booleans())
def test_whatever_stands_in_the_table_is_told_or_asked_for_again_and_raises_nothing(
    bus: Bus,
    trouble: Any,  # noqa: ANN401 - a function
    poison: dict[str, object],
    known: bool,  # noqa: FBT001 - drawn
) -> None:
    client = trouble([""])
    change = finished(1, **poison)
    if known:
        change["dynamodb"]["OldImage"] = finished(1)["dynamodb"]["NewImage"]
    untold = failed([change])
    assert untold in ([], ["1"])
    assert not (untold and client.asked)


# --- the mapping


def test_what_fails_is_tried_again_within_the_day_of_the_stream_and_then_kept() -> None:
    assert MAPPING["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert MAPPING["BisectBatchOnFunctionError"] is True
    assert 0 < MAPPING["MaximumRetryAttempts"] < 100
    assert 3600 <= MAPPING["MaximumRecordAgeInSeconds"] < 86_400
    assert MAPPING["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": "DeadLetters.Arn"
    }
    # One request to EventBridge for a batch.
    assert MAPPING["BatchSize"] == 10

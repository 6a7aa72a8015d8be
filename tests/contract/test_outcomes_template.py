"""What infra/outcomes.yaml and the example of a consumer promise, read from them."""

import importlib
import json
import re
from dataclasses import fields
from typing import Any

import cfnlint.api
import pytest

from call_transfer.event import SOURCE
from call_transfer.open_hops import TURN
from call_transfer.outcome_settings import EventSettings, WatchSettings
from call_transfer.overdue import FIRST_LOOK, SHARDS, SLACK
from call_transfer.updates import DUE, INDEX, SHARD
from call_transfer.watching import MOST, SECONDS
from gateway.stack import ROOT, Stack, load
from streams import MAPPING, OUTCOMES

RESOURCES = OUTCOMES["Resources"]
CONSUMER = load(ROOT / "infra" / "examples" / "consumer.yaml")
FUNCTIONS = ["OutcomeEventFunction", "WatchdogFunction"]
CALLS = Stack().storage["Resources"]["CallsTable"]["Properties"]


def properties(name: str) -> dict[str, Any]:
    return dict(RESOURCES[name]["Properties"])


def statements(function: str) -> list[dict[str, Any]]:
    [policy] = properties(function)["Policies"]
    return list(policy["Statement"])


def test_the_example_of_a_consumer_is_clean() -> None:
    text = (ROOT / "infra" / "examples" / "consumer.yaml").read_text()
    assert [str(match) for match in cfnlint.api.lint(text)] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_can_be_imported(function: str) -> None:
    module, _, name = properties(function)["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize(
    ("function", "settings"),
    [("OutcomeEventFunction", EventSettings), ("WatchdogFunction", WatchSettings)],
)
def test_the_environment_of_a_function_is_exactly_the_fields_of_its_settings(
    function: str,
    settings: Any,  # noqa: ANN401 - a dataclass
) -> None:
    variables = properties(function)["Environment"]["Variables"]
    assert sorted(variables) == sorted(field.name.upper() for field in fields(settings))


def test_the_events_may_be_read_from_the_stream_and_put_on_the_bus_and_nothing_else() -> None:
    assert [(one["Action"], one["Resource"]) for one in statements("OutcomeEventFunction")] == [
        (
            [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
                "dynamodb:ListStreams",
            ],
            {"Ref": "CallsStreamArn"},
        ),
        ("events:PutEvents", {"Fn::GetAtt": "EventBus.Arn"}),
        ("sqs:SendMessage", {"Fn::GetAtt": "DeadLetters.Arn"}),
    ]


def test_the_watchdog_may_query_the_index_and_read_and_write_a_record_and_nothing_else() -> None:
    assert [(one["Action"], one["Resource"]) for one in statements("WatchdogFunction")] == [
        ("dynamodb:Query", {"Fn::Sub": f"${{CallsTableArn}}/index/{INDEX}"}),
        (["dynamodb:GetItem", "dynamodb:UpdateItem"], {"Ref": "CallsTableArn"}),
    ]


def test_the_index_holds_the_keys_of_open_hops_alone() -> None:
    [index] = CALLS["GlobalSecondaryIndexes"]
    assert index["IndexName"] == INDEX
    assert [one["AttributeName"] for one in index["KeySchema"]] == [SHARD, DUE]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_the_stream_says_what_was_before_and_what_is_now() -> None:
    assert CALLS["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_every_change_since_the_stack_was_made_is_read() -> None:
    assert MAPPING["StartingPosition"] == "TRIM_HORIZON"
    assert MAPPING["EventSourceArn"] == {"Ref": "CallsStreamArn"}


@pytest.mark.parametrize(
    "queue",
    [
        RESOURCES["DeadLetters"],
        CONSUMER["Resources"]["Queue"],
        CONSUMER["Resources"]["DeadLetters"],
    ],
)
def test_a_queue_is_encrypted_and_keeps_a_message_for_14_days(queue: dict[str, Any]) -> None:
    assert queue["Properties"]["SqsManagedSseEnabled"] is True
    assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 86_400


def test_the_watchdog_runs_every_five_minutes_and_a_run_has_ended_before_the_next() -> None:
    function = properties("WatchdogFunction")
    [event] = function["Events"].values()
    assert event == {"Type": "Schedule", "Properties": {"Schedule": f"rate({TURN // 60} minutes)"}}
    assert function["Timeout"] < 300
    assert function["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}


def test_the_example_asks_for_every_kind_of_event_of_this_source() -> None:
    schema = json.loads((ROOT / "docs" / "outcome-event.schema.json").read_text())["properties"]
    pattern = CONSUMER["Resources"]["Transfers"]["Properties"]["EventPattern"]
    assert pattern["detail-type"] == schema["detail-type"]["enum"]
    assert pattern["source"] == [SOURCE] == [schema["source"]["const"]]


def test_the_page_explains_every_kind_and_every_field_of_an_event() -> None:
    schema = json.loads((ROOT / "docs" / "outcome-event.schema.json").read_text())
    page = (ROOT / "docs" / "outcomes.md").read_text()
    tables = page.partition("## What is told")[2].partition("##")[0]
    rows = re.findall(r"^\| `([^`]+)` \|", tables, re.MULTILINE)
    kinds = schema["properties"]["detail-type"]["enum"]
    assert rows == [*kinds, *schema["$defs"]["hop"]["properties"]]


def test_the_page_names_the_times_that_the_code_and_the_template_have() -> None:
    page = (ROOT / "docs" / "outcomes.md").read_text()
    told = [
        f"{FIRST_LOOK // 60} minutes after it was opened",
        f"with {SLACK // 60} minutes for what comes late",
        f"{MOST} hops of each of the {SHARDS} shards and begins nothing after {SECONDS} s",
        f"{MAPPING['MaximumRetryAttempts']} times and for",
        f"{MAPPING['MaximumRecordAgeInSeconds'] // 3600}\nhours at most",
        f"{SHARDS * 12 * 24 * 30:,} queries in 30 days",
    ]
    assert [text for text in told if text not in page] == []

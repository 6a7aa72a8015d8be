"""Every handler in a process that has the package alone: answered, refused, and when AWS fails."""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from gateway import aws, entries
from gateway.sample_events import ENVIRONMENT, FOLDER
from gateway.stack import Stack
from packaged import Ran, answering, invoke, run
from pivot.sign import LOCAL

STACK = Stack()
# The records of the sample calls end by themselves within them.
HOURS = 6 * 3600
LATER = """
import time, types
import watchdog
from call_transfer import unattended
unattended.time = types.SimpleNamespace(time=lambda: time.time() + given)
answer = watchdog.lambda_handler({}, None)
"""
DENIED = {"__type": "com.amazon.coral.service#AccessDeniedException", "message": "no"}
THROTTLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "later",
}


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The variables of a function, and an AWS with a directory behind them."""
    own = json.loads((FOLDER / ENVIRONMENT).read_text())["ReferFunction"]
    with aws.serving("127.0.0.1") as url, pytest.MonkeyPatch.context() as patched:
        for name, value in aws.environment(url).items():
            patched.setenv(name, value)
        aws.create(STACK, {LOCAL.sid: LOCAL.token}, entries.load(entries.DEMO))
        boto3.client("events").create_event_bus(Name="transfers")
        yield own | {"EVENT_BUS": "transfers", "EVENT_ADDRESSES": "masked"} | aws.environment(url)


def sample(name: str) -> dict[str, Any]:
    return dict(json.loads((FOLDER / f"{name}.json").read_text()))


@pytest.mark.parametrize(
    ("module", "samples", "statuses"),
    [
        ("inbound_call", ["inbound_call_number", "inbound_call_sip_domain"], [200, 200]),
        ("refer", ["refer_sip", "refer_sip"], [200, 200]),
        ("refer", ["refer_denied", "refer_unsigned"], [403, 403]),
        ("dial_result", ["dial_result_busy", "dial_result_completed"], [200, 200]),
        ("verb_result", ["verb_result_queue_full"], [200]),
        ("whisper", ["whisper", "accept"], [200, 200]),
        ("leg_status", ["leg_status_ringing", "leg_status_completed"], [204, 204]),
        ("recording_status", ["recording_status"], [204]),
    ],
)  # fmt: skip
def test_a_webhook_is_answered(
    package: Path,
    environment: Mapping[str, str],
    module: str,
    samples: list[str],
    statuses: list[int],
) -> None:
    ran = invoke(package, module, [sample(name) for name in samples], environment)
    assert [answer["statusCode"] for answer in ran.answer] == statuses
    assert problems(ran) == []


def test_opening_hours_find_their_zone(package: Path, environment: Mapping[str, str]) -> None:
    never = {"zone": "Pacific/Chatham", "weekly": {}, "closed": "agentc"}
    boto3.resource("dynamodb").Table(environment["TARGETS_TABLE"]).update_item(
        Key={"tenant": "*", "address": "agentb"},
        UpdateExpression="SET hours = :h",
        ExpressionAttributeValues={":h": never},
    )
    ran = invoke(package, "refer", [sample("refer_sip")], environment)
    assert "sip:agentc@pbx.example.com" in ran.answer[0]["body"]


def test_the_watchdog_ends_a_call_and_its_end_is_told_or_asked_for_again(
    package: Path, environment: Mapping[str, str]
) -> None:
    invoke(package, "refer", [sample("refer_sip")], environment)
    assert run(package, LATER, HOURS, environment).answer["closed"] == 1
    items = boto3.client("dynamodb").scan(TableName=environment["CALLS_TABLE"])["Items"]
    changes = [{"dynamodb": {"SequenceNumber": "1", "NewImage": item}} for item in items]
    ran = invoke(package, "outcome_event", [{"Records": changes}], environment)
    assert (ran.answer, problems(ran)) == ([{"batchItemFailures": []}], [])
    with answering(400, DENIED) as url:
        failing = {**environment, "AWS_ENDPOINT_URL_EVENTBRIDGE": url}
        ran = invoke(package, "outcome_event", [{"Records": changes}], failing)
    assert ran.answer == [{"batchItemFailures": [{"itemIdentifier": "1"}]}]
    assert told(ran, "event_problem") == "AccessDeniedException"


@pytest.mark.parametrize(("status", "body"), [(400, THROTTLED), (400, DENIED), (500, {})])
def test_a_table_that_fails_is_a_refusal(
    package: Path, environment: Mapping[str, str], status: int, body: object
) -> None:
    with answering(status, body) as url:
        failing = {**environment, "AWS_ENDPOINT_URL_DYNAMODB": url}
        ran = invoke(package, "refer", [sample("refer_sip")], failing)
    assert [answer["statusCode"] for answer in ran.answer] == [503]
    assert told(ran, "code") == "table_unreadable"


def test_aws_that_is_not_reached_is_a_problem_with_a_name(
    package: Path, environment: Mapping[str, str]
) -> None:
    with answering(200, {}) as url:
        pass
    ran = invoke(package, "refer", [sample("refer_sip")], {**environment, "AWS_ENDPOINT_URL": url})
    assert [line["tokens_problem"] for line in ran.lines] == [
        "Secrets Manager: EndpointConnectionError"
    ]


def test_a_secret_that_may_not_be_read_is_a_problem_with_a_name(
    package: Path, environment: Mapping[str, str]
) -> None:
    with answering(400, DENIED) as url:
        failing = {**environment, "AWS_ENDPOINT_URL_SECRETS_MANAGER": url}
        ran = invoke(package, "refer", [sample("refer_sip")], failing)
    assert [answer["statusCode"] for answer in ran.answer] == [503]
    assert [line["tokens_problem"] for line in ran.lines] == [
        "Secrets Manager: AccessDeniedException"
    ]


# --- credentials: Lambda gives them by variables and, after a snapshot, by an endpoint beside it


def test_credentials_are_fetched_when_a_snapshot_is_restored(
    package: Path, environment: Mapping[str, str]
) -> None:
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + HOURS))
    given = {"AccessKeyId": "a", "SecretAccessKey": "b", "Token": "c", "Expiration": soon}
    with answering(200, given) as url:
        restored = without_keys(environment) | {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{url}/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "token",
        }
        ran = invoke(package, "refer", [sample("refer_sip")], restored)
    assert [answer["statusCode"] for answer in ran.answer] == [200]


def test_without_credentials_the_log_says_so(package: Path, environment: Mapping[str, str]) -> None:
    ran = invoke(package, "refer", [sample("refer_sip")], without_keys(environment))
    assert told(ran, "tokens_problem") == "Secrets Manager: NoCredentialsError"


def test_a_way_to_credentials_that_needs_another_service_says_that_it_is_not_there(
    package: Path, environment: Mapping[str, str]
) -> None:
    federated = {"AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": __file__}
    ran = run(package, LIST_TABLES, None, without_keys(environment) | federated)
    services = "dynamodb, events, secretsmanager"
    assert ran.answer == f"Unknown service: 'sts'. Valid service names are: {services}"


LIST_TABLES = """
import boto3
try:
    boto3.client("dynamodb").list_tables()
except Exception as error:
    answer = str(error)
"""


def without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return {name: value for name, value in environment.items() if name not in keys}


def problems(ran: Ran) -> list[object]:
    return [line for line in ran.lines if line["level"] in {"ERROR", "CRITICAL"}]


def told(ran: Ran, field: str) -> object:
    [line] = ran.lines
    return line[field]

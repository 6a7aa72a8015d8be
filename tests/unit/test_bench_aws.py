"""The stand-in of AWS, asked by boto3 over TLS; and the webhooks, verified by Twilio's library."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import boto3
import pytest
from bench import aws, certificate, webhooks
from bench.aws import Answers, StandIn
from bench.certificate import Certificate
from botocore.config import Config
from botocore.exceptions import ClientError
from twilio.request_validator import RequestValidator

from pivot.sign import LOCAL

ENTRY = webhooks.entry()
RECORD = webhooks.record()
KEY = {"tenant": {"S": LOCAL.sid}, "address": {"S": "agentb"}}
OTHER = {"tenant": {"S": "*"}, "address": {"S": "agentb"}}
HOP = {"session": {"S": "a"}, "hop": {"S": "0"}}

type Connected = Callable[[str], Any]
"""Makes a client of boto3 that is connected to the stand-in."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate.make(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def stand_in(made: Certificate) -> Iterator[StandIn]:
    with aws.serving(Answers(ENTRY, webhooks.secret(), RECORD), made) as serving:
        yield serving


@pytest.fixture
def client(stand_in: StandIn, made: Certificate) -> Iterator[Connected]:
    opened = []

    def connected(service: str) -> Any:  # noqa: ANN401 - a boto3 client
        opened.append(
            boto3.client(
                service,
                endpoint_url=stand_in.url,
                verify=str(made.bundle),
                region_name="us-east-1",
                aws_access_key_id="x",
                aws_secret_access_key="x",  # noqa: S106 - nobody's
                config=Config(retries={"total_max_attempts": 1}),
            )
        )
        return opened[-1]

    stand_in.counted()
    yield connected
    for one in opened:
        one.close()


def test_a_batch_is_answered_under_the_names_of_its_tables(client: Connected) -> None:
    wanted: dict[str, Any] = {"t": {"Keys": [KEY, OTHER]}, "c": {"Keys": [HOP]}}
    answer = client("dynamodb").batch_get_item(RequestItems=wanted)
    assert answer["Responses"] == {"t": [ENTRY], "c": [RECORD | HOP]}
    assert answer["UnprocessedKeys"] == {}


def test_one_item_is_found_by_its_key_alone(client: Connected) -> None:
    dynamodb = client("dynamodb")
    assert dynamodb.get_item(TableName="t", Key=KEY)["Item"] == ENTRY
    assert "Item" not in dynamodb.get_item(TableName="t", Key=OTHER)


def test_every_write_is_done(client: Connected) -> None:
    dynamodb = client("dynamodb")
    put = {"TableName": "c", "Item": HOP}
    answers = (
        dynamodb.put_item(**put),
        dynamodb.update_item(TableName="c", Key=HOP),
        dynamodb.transact_write_items(TransactItems=[{"Put": put}]),
    )
    assert {one["ResponseMetadata"]["HTTPStatusCode"] for one in answers} == {200}


def test_the_secret_is_the_token_of_the_account_that_signs(client: Connected) -> None:
    answer = client("secretsmanager").get_secret_value(SecretId="tokens")
    assert json.loads(answer["SecretString"]) == {LOCAL.sid: [LOCAL.token]}


def test_what_nobody_needs_is_refused(client: Connected) -> None:
    with pytest.raises(ClientError, match="no answer to DeleteItem"):
        client("dynamodb").delete_item(TableName="t", Key=KEY)


def test_calls_are_counted_by_operation_and_connections_apart(
    client: Connected, stand_in: StandIn
) -> None:
    dynamodb = client("dynamodb")
    for _ in range(3):
        dynamodb.get_item(TableName="t", Key=KEY)
    dynamodb.update_item(TableName="c", Key=HOP)
    assert stand_in.counted() == {"connections": 1, "GetItem": 3, "UpdateItem": 1}
    assert stand_in.counted() == {}


def test_a_dropped_connection_is_made_anew(client: Connected, stand_in: StandIn) -> None:
    dynamodb = client("dynamodb")
    dynamodb.get_item(TableName="t", Key=KEY)
    stand_in.drop()
    dynamodb.get_item(TableName="t", Key=KEY)
    assert stand_in.counted() == {"connections": 2, "GetItem": 2}


def test_the_bundle_has_the_authorities_of_the_public_too(made: Certificate) -> None:
    marker = "BEGIN CERTIFICATE"
    shipped = Path(boto3.__file__).parents[1] / "botocore" / "cacert.pem"
    assert made.bundle.read_text().count(marker) == shipped.read_text().count(marker) + 1


def test_webhooks_are_signed_and_none_repeats_another() -> None:
    events = [json.loads(event) for event in webhooks.events(3)]
    for event in events:
        form = dict(parse_qsl(base64.b64decode(event["body"]).decode(), keep_blank_values=True))
        url = f"https://{event['requestContext']['domainName']}{event['rawPath']}"
        signature = event["headers"]["x-twilio-signature"]
        assert RequestValidator(LOCAL.token).validate(url, form, signature)
        assert form["ReferTransferTarget"] == "<sip:agentb@pbx.example.com>"
    for name in ("x-twilio-signature", "i-twilio-idempotency-token"):
        assert len({event["headers"][name] for event in events}) == 3

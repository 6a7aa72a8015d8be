"""A set-up as `refer connect` and `refer doctor` find it: a stack, its secret, its table, Twilio.

The AWS behind it is moto's, and empty before.  What a deployment would create is created here, with
the outputs and parameters that the commands read.  Twilio is the simulated one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from gateway import aws
from gateway.stack import Stack
from twilio_api import TwilioApi
from twilio_numbers import TwilioNumbers

NAME = "sip-refer-transfer"
BASE = "https://transfers.example.com"
VOICE_URL = f"{BASE}/inbound-call"
FALLBACK_URL = "https://fallback.example.com/fallback"
SID, TOKEN = "AC" + "a" * 32, "0123456789abcdef" * 2
# A template has one resource at least, and moto makes few kinds of them.
_TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
PARAMETERS = {"LastResort": "sip:desk@pbx.example.com", "DefaultCallerId": ""}


@contextmanager
def twilio_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioNumbers]:
    """Serve an account that has nothing; the environment has no credentials, waits are short."""
    with TwilioApi() as api:
        api.account(SID, TOKEN)
        monkeypatch.setenv("REFER_TWILIO_API", api.url)
        for name in ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY", "API_SECRET"):
            monkeypatch.delenv(f"TWILIO_{name}", raising=False)
        monkeypatch.setattr("refer_cli.twilio_api.WAITS", (0.0, 0.0))
        monkeypatch.setattr("refer_cli.twilio_api.SECONDS", 1.0)
        yield TwilioNumbers(api, SID)


def samconfig(folder: Path) -> str:
    """Write a samconfig.toml that names the stack; return where."""
    file = folder / "samconfig.toml"
    file.write_text(f'[default.deploy.parameters]\nstack_name = "{NAME}"\n')
    return str(file)


def outputs(secret_arn: str, **others: str) -> dict[str, str]:
    """Return the outputs of a stack with all that there are."""
    return {
        "VoiceUrl": VOICE_URL,
        "ReferUrlHold": f"{BASE}/refer/hold",
        "ReferUrlRelease": f"{BASE}/refer/release",
        "FallbackUrl": FALLBACK_URL,
        "TargetsTable": "TargetsTable",
        "CallsTable": "CallsTable",
        "TokensSecret": secret_arn,
        "OutcomeEvents": f"{NAME}-Outcomes",
        "AlarmTopic": f"arn:aws:sns:us-east-1:123456789012:{NAME}",
    } | others


def deploy(told: Mapping[str, str], parameters: Mapping[str, str] = PARAMETERS) -> None:
    """Create a stack with these outputs and parameters; what is in it is looked at by nobody."""
    template: dict[str, Any] = {
        "Resources": {"Something": {"Type": "AWS::DynamoDB::Table", "Properties": _TABLE}},
        "Parameters": {name: {"Type": "String", "Default": ""} for name in parameters},
        "Outputs": {name: {"Value": value} for name, value in told.items()},
    }
    boto3.client("cloudformation").create_stack(
        StackName=NAME,
        TemplateBody=json.dumps(template),
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    )


def storage(
    stack: Stack, entries: Iterable[Mapping[str, Any]], tokens: Mapping[str, Sequence[str]]
) -> str:
    """Create tables and secret, filled; return the ARN of the secret."""
    aws.create(stack, {}, entries)
    client = boto3.client("secretsmanager")
    secret = stack.environment["TOKENS_SECRET"]
    client.put_secret_value(SecretId=secret, SecretString=json.dumps(tokens))
    return str(client.describe_secret(SecretId=secret)["ARN"])

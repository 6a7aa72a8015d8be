"""A Twilio account, a directory and the four handlers, for tests that play calls."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from call_transfer.application import application
from call_transfer.aws_client import client
from gateway import aws
from gateway.http_api import Response, serve
from gateway.stack import Stack
from pivot.webhooks import Account

DOMAIN = "abc123.execute-api.us-east-1.amazonaws.com"
BASE = f"https://{DOMAIN}"
ACCOUNT = Account("AC" + "a" * 32, "token-of-account-a")
SESSION = "CA" + "1" * 32
"""The CallSid of the initial call, which names the session."""


@cache
def held(service: str) -> Any:  # noqa: ANN401 - a boto3 client of the named service
    """Return the client of this process, since making one takes longer than most webhooks.

    It holds no data: the AWS behind it is an empty one in each test.  Who registers events on a
    client makes one of their own.
    """
    return client(service)


def create(stack: Stack) -> None:
    """Create the tables and the secret of infra/storage.yaml, the secret filled."""
    aws.create(stack, {ACCOUNT.sid: ACCOUNT.token}, [])


def leg_sid(number: int) -> str:
    """The CallSid of the nth leg that Twilio dials."""
    return f"CA{number:032d}"


@dataclass
class Laptop:
    """Posts signed webhooks to the handlers and reads what they left behind."""

    stack: Stack
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    account: Account = ACCOUNT
    told: list[dict[str, Any]] = field(default_factory=list)
    _tokens: "itertools.count[int]" = field(default_factory=itertools.count)

    def setting(self, **values: str) -> None:
        """Change settings, by the names of the environment."""
        for name, value in values.items():
            assert name in self.stack.environment
            self.monkeypatch.setenv(name, value)
        application.cache_clear()

    def entry(self, address: str, tenant: str = "*", **fields: object) -> None:
        """Put an entry into the directory."""
        item = {"tenant": tenant, "address": address, **fields}
        held("dynamodb").put_item(
            TableName=self.stack.environment["TARGETS_TABLE"],
            Item={name: TypeSerializer().serialize(value) for name, value in item.items()},
        )

    def post(
        self,
        url: str,
        parameters: Mapping[str, str] | None = None,
        *,
        method: str = "POST",
        idempotency_token: str = "",
        account: Account | None = None,
    ) -> Response:
        """Send one signed webhook; `url` may be a path."""
        whole = url if url.startswith("http") else BASE + url
        request = (account or self.account).request(
            whole,
            {"CallSid": SESSION, **(parameters or {})},
            method=method,
            idempotency_token=idempotency_token or f"token-{next(self._tokens)}",
        )
        return serve(request, self.stack.routes, DOMAIN)

    def call(self, to: str = "+18005550100", **parameters: str) -> Response:
        """Post the initial webhook."""
        given = {
            "From": "+14155550199",
            "To": to,
            "CallStatus": "ringing",
            "Direction": "inbound",
            **parameters,
        }
        return self.post("/inbound-call", given)

    def refer(self, target: str, url: str = "/refer/hold", **parameters: str) -> Response:
        """Post the refer webhook."""
        given = {
            "From": "+14155550199",
            "To": "+18005550100",
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "ReferTransferTarget": target,
            **parameters,
        }
        return self.post(url, given)

    def action(self, response: Response, status: str, **parameters: str) -> Response:
        """Post the action of the Dial in a response."""
        given = {"CallStatus": "in-progress", "DialCallStatus": status, **parameters}
        return self.post(dial(response).attrib["action"], given)

    def leg(
        self, response: Response, status: str, *, noun: int = 0, sequence: int = 0, **more: str
    ) -> Response:
        """Post one statusCallback of a noun in a response."""
        given = {
            "CallSid": leg_sid(noun + 1),
            "ParentCallSid": SESSION,
            "CallStatus": status,
            "SequenceNumber": str(sequence),
            "Timestamp": f"Mon, 23 Nov 2026 10:00:{sequence * 5:02d} +0000",
            **more,
        }
        return self.post(list(dial(response))[noun].attrib["statusCallback"], given)

    def record(self, hop: int, session: str = SESSION) -> dict[str, Any]:
        """Return the one record of a hop."""
        [item] = self.records(hop, session)
        return item

    def records(self, hop: int, session: str = SESSION) -> list[dict[str, Any]]:
        """Return the records of a hop, one for each REFER."""
        items = held("dynamodb").scan(TableName=self.stack.environment["CALLS_TABLE"])
        read = TypeDeserializer().deserialize
        plain = [{name: read(value) for name, value in item.items()} for item in items["Items"]]
        return [
            item
            for item in plain
            if item["session"].endswith(session) and item["hop"].startswith(f"{hop}#")
        ]

    def lines(self, message: str = "") -> list[dict[str, Any]]:
        """Return the JSON lines so far, those with this message, or all; EMF has no message."""
        out = self.capsys.readouterr().out
        self.told += [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        return [line for line in self.told if not message or line.get("message") == message]


def twiml(response: Response) -> ET.Element:
    """Return the TwiML of a response."""
    assert response.status == 200
    assert response.headers["content-type"] == "text/xml; charset=utf-8"
    assert response.body.startswith(b"<?xml")
    return ET.fromstring(response.body)  # noqa: S314 - our own answer


def dial(response: Response) -> ET.Element:
    """Return the Dial of a response."""
    found = twiml(response).find("Dial")
    assert found is not None
    return found

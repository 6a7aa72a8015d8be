"""The pivot's matrix against the deployed API, and whatever else is played through it.

Webhooks are signed for the URL that the stack knows as its own, and carried to the emulator over
HTTP: what does so has the part of DNS, and of the TLS in front of API Gateway.
"""

import contextlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import boto3
from boto3.dynamodb.types import TypeDeserializer

from gateway.http_api import Request
from gateway.stack import Stack
from pivot.client import Client
from pivot.delivery import Asked, Send
from pivot.matrix.cell import Cell
from pivot.matrix.confined import confined
from pivot.matrix.play import Application, Played, play
from pivot.model.knobs import Knobs
from pivot.overrides import Outcome
from pivot.webhooks import Account
from rehearsal.deployed import Deployed


@dataclass
class Line:
    """The application behind the emulator, and how many requests have gone there."""

    application: Application
    requests: int = 0
    run: str = field(default_factory=lambda: uuid.uuid4().hex)

    def play(self, cells: Sequence[Cell]) -> list[Played]:
        """Play cells at the defaults of every knob."""
        return [play(cell, Knobs(), self.application, self.run) for cell in cells]


@contextlib.contextmanager
def line(deployed: Deployed, endpoint: str, account: Account) -> Iterator[Line]:
    """Open a line to a deployed stack until the block ends."""
    with Client() as client:

        def send(asked: Asked, connect: float, read: float) -> Outcome:
            opened.requests += 1
            return client.send(there(asked, endpoint), connect, read)

        def records(session: str) -> list[Mapping[str, Any]]:
            return hops(deployed.outputs["CallsTable"], f"{account.sid}/{session}")

        base = deployed.base
        to: Send = confined(send, base)
        opened = Line(Application(base, to, account, records))
        yield opened


def unsigned(url: str, endpoint: str) -> Outcome:
    """Send a webhook that nobody signed."""
    parts = urlsplit(url)
    request = Request("POST", parts.path, {"Host": parts.netloc}, b"")
    with Client() as client:
        return client.send(there(Asked(url, "", request, 15.0), endpoint), 5.0, 15.0)


def there(asked: Asked, endpoint: str) -> Asked:
    """Return the request as it is sent to the endpoint; its Host, which is routed by, stays."""
    parts = urlsplit(asked.url)
    path = asked.url.removeprefix(f"{parts.scheme}://{parts.netloc}")
    return replace(asked, url=f"{endpoint}{path}")


def playable(cells: Sequence[Cell], parameters: Mapping[str, str]) -> tuple[list[Cell], list[Cell]]:
    """Return the cells for a stack with these parameters, and those that need other settings."""
    stack = Stack()
    known = stack.environment | {
        variable: parameters[reference["Ref"]]
        for variable, reference in stack.template["Globals"]["Function"]["Environment"][
            "Variables"
        ].items()
        if isinstance(reference, dict) and reference.get("Ref") in parameters
    }
    fits = [cell for cell in cells if cell.settings.items() <= known.items()]
    return fits, [cell for cell in cells if cell not in fits]


def hops(table: str, session: str) -> list[Mapping[str, Any]]:
    """Return the records of a session, in the order of their hops."""
    answer: Any = boto3.client("dynamodb").query(
        TableName=table,
        KeyConditionExpression="#s = :s",
        ExpressionAttributeNames={"#s": "session"},
        ExpressionAttributeValues={":s": {"S": session}},
        ConsistentRead=True,
    )
    return [plain(item) for item in answer["Items"]]


def everything(table: str) -> list[Mapping[str, Any]]:
    """Return every record of a table."""
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return [plain(item) for page in pages for item in page["Items"]]


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item of DynamoDB's as values."""
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items()}

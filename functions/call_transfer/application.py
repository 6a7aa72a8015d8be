"""What every function needs of the world, made once per process and handed down.

Importing this makes nothing.  `application()` reads the environment and makes the clients; tests
and the local gateway build their own Application.  The two functions that serve no webhook have
`unattended` instead, which no webhook has to import.
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from aws_lambda_powertools.logging import Logger

from call_transfer.aws_client import client
from call_transfer.directory import Key
from call_transfer.rates import Counter
from call_transfer.record import HopRecord
from call_transfer.record import Key as RecordKey
from call_transfer.settings import Settings
from call_transfer.store import Found, Store
from call_transfer.telemetry import SERVICE, Telemetry
from call_transfer.tell import Told, untold
from call_transfer.tokens import Tokens


class Tables(Protocol):
    """The tables `targets` and `calls`: Store has them in DynamoDB, `refer explain` in memory."""

    def begin(self) -> None:
        """Start the time of one request."""

    def read(self, keys: Iterable[Key], hop: RecordKey | None = None) -> Found:
        """Read directory entries and the record of a hop. Raises TableUnreadable."""

    def open(self, hop: HopRecord, counters: Sequence[Counter] = ()) -> HopRecord | None:
        """Record a hop once; return the earlier record. Raises RateLimited, RecordNotWritten."""

    def add(self, hop: HopRecord) -> HopRecord:
        """Add what a webhook told, and return all that is known. Raises RecordNotWritten."""

    def conclude(self, hop: HopRecord) -> bool:
        """Write how a hop ended; True when it was this call that finished it."""


class Teller(Protocol):
    """Who hears of webhooks and of finished hops."""

    def webhook(self, line: Mapping[str, Any], *, milliseconds: float) -> None:
        """Tell of one webhook."""

    def finished(self, hop: HopRecord) -> None:
        """Tell once how a hop ended."""


@dataclass(frozen=True, slots=True)
class Application:
    """The edges, in one value. `now` is Unix seconds; `tell` hears the steps of each decision.

    `clients` are those of boto3 that hold connections: DynamoDB's and Secrets Manager's.
    """

    settings: Settings
    store: Tables
    tokens: Tokens
    telemetry: Teller
    now: Callable[[], float]
    tell: Told = untold
    clients: Sequence[Any] = ()


@cache
def application() -> Application:
    """Return the application of this process. Raises SettingsError."""
    settings = Settings.parse(os.environ)
    return assemble(settings, logger=Logger(service=SERVICE, location=None), now=time.time)


def assemble(settings: Settings, *, logger: Logger, now: Callable[[], float]) -> Application:
    """Make the clients that these settings ask for."""
    dynamodb, secretsmanager = client("dynamodb"), client("secretsmanager")
    return Application(
        settings=settings,
        store=Store(
            client=dynamodb,
            targets_table=settings.targets_table,
            calls_table=settings.calls_table,
            record_days=settings.record_days,
            now=now,
        ),
        # Not time.monotonic: a frozen Lambda may not count the seconds that it sleeps.
        tokens=Tokens(secret_id=settings.tokens_secret, client=secretsmanager, clock=now),
        telemetry=Telemetry(logger=logger, namespace=settings.metrics_namespace),
        now=now,
        clients=(dynamodb, secretsmanager),
    )

"""What every webhook needs of the world, made once per process and handed down.

Importing this makes nothing.  `application()` reads the environment and makes the clients; tests
and the local gateway build their own Application.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from aws_lambda_powertools.logging import Logger

from call_transfer.settings import Settings
from call_transfer.store import Store, client
from call_transfer.telemetry import SERVICE, Telemetry
from call_transfer.tell import Told, untold
from call_transfer.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Application:
    """The edges, in one value. `now` is Unix seconds; `tell` hears the steps of each decision."""

    settings: Settings
    store: Store
    tokens: Tokens
    telemetry: Telemetry
    now: Callable[[], float]
    tell: Told = untold


@cache
def application() -> Application:
    """Return the application of this process. Raises SettingsError."""
    settings = Settings.parse(os.environ)
    return assemble(settings, logger=Logger(service=SERVICE, location=None), now=time.time)


def assemble(settings: Settings, *, logger: Logger, now: Callable[[], float]) -> Application:
    """Make the clients that these settings ask for."""
    return Application(
        settings=settings,
        store=Store(
            client=client("dynamodb"),
            targets_table=settings.targets_table,
            calls_table=settings.calls_table,
            record_days=settings.record_days,
            now=now,
        ),
        # Not time.monotonic: a frozen Lambda may not count the seconds that it sleeps.
        tokens=Tokens(secret_id=settings.tokens_secret, client=client("secretsmanager"), clock=now),
        telemetry=Telemetry(logger=logger, namespace=settings.metrics_namespace),
        now=now,
    )

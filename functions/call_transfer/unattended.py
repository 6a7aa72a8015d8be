"""What the functions need of the world that serve no webhook: nobody waits for them on a line.

Apart from `application`, so that a webhook's cold start imports neither the event bus nor the index
of open hops; and they need none of its settings.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from aws_lambda_powertools.logging import Logger

from call_transfer.aws_client import client
from call_transfer.event_bus import EventBus
from call_transfer.open_hops import OpenHops
from call_transfer.outcome_settings import EventSettings, WatchSettings
from call_transfer.telemetry import SERVICE, Telemetry


@dataclass(frozen=True, slots=True)
class Watch:
    """The edges of the watchdog. `now` is Unix seconds, `time_limit` that of any dial at most."""

    hops: OpenHops
    telemetry: Telemetry
    time_limit: int
    now: Callable[[], float]


@cache
def watch() -> Watch:
    """Return what the watchdog works with in this process. Raises SettingsError."""
    settings = WatchSettings.parse(os.environ)
    return Watch(
        hops=OpenHops(
            client=client("dynamodb"),
            calls_table=settings.calls_table,
            record_days=settings.record_days,
            now=time.time,
        ),
        telemetry=Telemetry(
            logger=Logger(service=SERVICE, location=None), namespace=settings.metrics_namespace
        ),
        time_limit=settings.time_limit,
        now=time.time,
    )


@cache
def events() -> EventBus:
    """Return the event bus that this process puts events on. Raises SettingsError."""
    settings = EventSettings.parse(os.environ)
    return EventBus(
        client=client("events"),
        name=settings.event_bus,
        whole=settings.event_addresses,
        logger=Logger(service=SERVICE, location=None),
    )

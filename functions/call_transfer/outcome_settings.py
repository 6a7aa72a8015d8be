"""What the functions behind the calls are set to: the watchdog, and the events of outcomes.

Each field is one variable in capitals, and infra/outcomes.yaml sets every one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from call_transfer.environment import Reader, choice, name, number, parse


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """What the watchdog needs to know. Days, and seconds."""

    calls_table: str
    metrics_namespace: str
    record_days: int
    time_limit: int

    @classmethod
    def parse(cls, environment: Mapping[str, str]) -> "WatchSettings":
        """Read the variables. Raises SettingsError with every problem there is."""
        return parse(cls, environment, _READERS)


@dataclass(frozen=True, slots=True)
class EventSettings:
    """Where events go, and whether the numbers in them are whole."""

    event_bus: str
    event_addresses: bool

    @classmethod
    def parse(cls, environment: Mapping[str, str]) -> "EventSettings":
        """Read the variables. Raises SettingsError with every problem there is."""
        return parse(cls, environment, _READERS)


_READERS: Mapping[str, Reader] = {
    "calls_table": name,
    "metrics_namespace": name,
    "record_days": number(1, 3650),
    "time_limit": number(1, 14400),
    "event_bus": name,
    "event_addresses": choice(whole=True, masked=False),
}

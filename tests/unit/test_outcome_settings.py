"""The settings of the functions that serve no webhook: whole, or every problem at once."""

from typing import Any

import pytest

from call_transfer.errors import SettingsError
from call_transfer.outcome_settings import EventSettings, WatchSettings

WATCH = {
    "CALLS_TABLE": "calls",
    "METRICS_NAMESPACE": "Transfers",
    "RECORD_DAYS": "90",
    "TIME_LIMIT": "14400",
}
EVENTS = {"EVENT_BUS": "bus", "EVENT_ADDRESSES": "masked"}


def test_the_settings_are_read() -> None:
    assert WatchSettings.parse(WATCH) == WatchSettings("calls", "Transfers", 90, 14400)
    assert EventSettings.parse(EVENTS) == EventSettings("bus", event_addresses=False)
    whole = EVENTS | {"EVENT_ADDRESSES": "whole"}
    assert EventSettings.parse(whole) == EventSettings("bus", event_addresses=True)


def test_a_function_does_not_ask_for_what_is_not_its_own() -> None:
    assert WatchSettings.parse(WATCH | EVENTS) == WatchSettings.parse(WATCH)


@pytest.mark.parametrize(
    ("settings", "given", "problems"),
    [
        (
            WatchSettings,
            {"CALLS_TABLE": " ", "RECORD_DAYS": "0"},
            (
                "CALLS_TABLE is empty",
                "METRICS_NAMESPACE is not set",
                "RECORD_DAYS is '0', and must be a whole number from 1 to 3650",
                "TIME_LIMIT is not set",
            ),
        ),
        (
            EventSettings,
            {"EVENT_ADDRESSES": "all"},
            (
                "EVENT_BUS is not set",
                "EVENT_ADDRESSES is 'all', and must be one of whole, masked",
            ),
        ),
    ],
)
def test_every_problem_is_told_at_once(
    settings: Any,  # noqa: ANN401 - one of two classes
    given: dict[str, str],
    problems: tuple[str, ...],
) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.parse(given)
    assert caught.value.problems == problems

"""`refer lint`: waits and hours, each rule by what has the finding and what has not."""

import io
from datetime import date
from functools import cache

import pytest

from call_transfer.hours import DAYS
from refer_cli.explaining.facts import settings_of
from refer_cli.linting.finding import Severity
from refer_cli.linting.reading import gather
from refer_cli.linting.rules import findings
from refer_cli.targets import yaml_file

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
settings = cache(settings_of)


def of(rule: str, text: str, *given: str) -> list[tuple[str, Severity]]:
    """Return what a rule finds in entries, one a line without brackets, with these parameters."""
    file = "\n".join(f"- {{{line}}}" for line in text.splitlines())
    gathered = gather([("targets.yaml", yaml_file.read(io.BytesIO(file.encode())))], "*")
    assert [told.finding.text for told in gathered.malformed] == []
    found = findings(gathered.subject(settings(given), date(2026, 12, 1)))
    return [(one.field, one.severity) for one in found if one.rule == rule]


def in_turn(count: int, more: str = "") -> str:
    nouns = ", ".join("{client: a}" for _ in range(count))
    return f"address: x, dial: [{nouns}], sequential: true{more}"


def test_parties_that_share_the_wait_need_five_seconds_each() -> None:
    assert of("wait-over", in_turn(4)) == [("sequential", ERROR)]
    assert of("wait-over", in_turn(3)) == []
    assert of("wait-over", in_turn(4), "HoldWait=40") == []
    assert of("wait-over", in_turn(4), "HoldWait=0") == []
    assert of("wait-over", in_turn(4).replace("x", "default", 1)) == []


def test_a_step_that_the_wait_is_over_for_is_a_warning_where_chains_are_walked() -> None:
    text = "address: x, dial: [{client: a}], fallback: [y]\naddress: y, dial: [{client: b}]"
    long = text.replace("fallback", "ring_timeout: 25, fallback")
    assert of("wait-over", text, "HoldAction=on") == [("fallback.0", WARNING)]
    assert of("wait-over", text, "HoldAction=on", "HoldWait=35") == []
    assert of("wait-over", long, "HoldAction=on", "HoldWait=35") == [("fallback.0", WARNING)]
    assert of("wait-over", text) == []
    own = "address: y, dial: [{client: b}]\naddress: x, dial: [{client: a}]"
    given = ("HoldAction=on", "Fallback=y,transferor")
    assert of("wait-over", own, *given)[0] == ("address", WARNING)


def test_parties_with_times_of_their_own_use_up_the_wait_one_by_one() -> None:
    nouns = "[{client: a, ring_timeout: 5}, {client: b, ring_timeout: 5}]"
    chain = f"address: x, dial: {nouns}, sequential: true, fallback: [y]"
    text = f"{chain}\naddress: y, dial: [{{client: b}}]"
    assert of("wait-over", text, "HoldAction=on") == []
    assert of("wait-over", text, "HoldAction=on", "HoldWait=29") == [("fallback.0", WARNING)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("address: x, dial: [{client: a}], ring_timeout: 26", [("ring_timeout", WARNING)]),
        ("address: x, dial: [{client: a}], ring_timeout: 25", []),
        (
            'address: "+18005550100", dial: [{client: a}], ring_timeout: 26',
            [("ring_timeout", NOTE)],
        ),
        ("address: x, dial: [{client: a}], ring_timeout: 26, mode: hold", []),
        (in_turn(2), [("dial", NOTE)]),
        (in_turn(2, ", ring_timeout: 10"), []),
    ],
)
def test_what_rings_shorter_than_it_says_is_told(
    text: str, expected: list[tuple[str, Severity]]
) -> None:
    assert of("wait-cut", text) == expected


def test_ring_timeout_ends_before_hold_wait() -> None:
    assert of("wait-cut", "", "RingTimeout=26") == [("RingTimeout", WARNING)]
    assert of("wait-cut", "", "RingTimeout=25") == []


def test_a_chain_is_not_walked_in_hold_mode() -> None:
    text = "address: x, dial: [{client: a}], fallback: [y]\naddress: y, dial: [{client: a}]"
    both = text.replace("{client: a}]", "{client: a}], fallback: [transferor, x]", 2)
    assert of("chain-hold", text) == [("fallback", NOTE)]
    assert of("chain-hold", both.replace("], fallback: [y]", "]")) == [("fallback", NOTE)]
    assert of("chain-hold", text, "HoldAction=on") == []
    assert of("chain-hold", text.replace("[y]", "[transferor]")) == []


def hours(weekly: str, more: str = "") -> str:
    return f"address: x, dial: [{{client: a}}], hours: {{zone: UTC, weekly: {{{weekly}}}{more}}}"


WHOLE = ", ".join(f'{day}: ["00:00-24:00"]' for day in DAYS)


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("hours-never-open", hours(""), [("hours.weekly", WARNING)]),
        ("hours-never-open", hours("", ", closed: y"), [("hours.weekly", NOTE)]),
        (
            "hours-never-open",
            hours("", ', dates: {"2026-11-30": ["09:00-10:00"]}'),
            [("hours.weekly", WARNING)],
        ),
        ("hours-never-open", hours("", ', dates: {"2026-12-01": ["09:00-10:00"]}'), []),
        ("hours-never-open", hours('mon: ["09:00-10:00"]'), []),
        ("hours-always-open", hours(WHOLE), [("hours.weekly", NOTE)]),
        ("hours-always-open", hours(WHOLE, ', dates: {"2026-12-25": []}'), []),
        ("hours-always-open", hours(WHOLE.replace("24:00", "23:00", 1)), []),
        (
            "hours-always-open",
            hours(WHOLE.replace('"00:00-24:00"', '"00:00-12:00", "12:00-24:00"')),
            [("hours.weekly", NOTE)],
        ),
        (
            "hours-past",
            hours('mon: ["09:00-10:00"]', ', dates: {"2025-12-25": []}'),
            [("hours.dates", NOTE)],
        ),
        (
            "hours-past",
            hours('mon: ["09:00-10:00"]', ', dates: {"2025-12-25": [], "2026-12-25": []}'),
            [],
        ),
        (
            "hours-date-closed",
            hours('mon: ["09:00-10:00"]', ', dates: {"2026-12-26": []}'),
            [("hours.dates.2026-12-26", NOTE)],
        ),
        (
            "hours-date-closed",
            hours('mon: ["09:00-10:00"]', ', dates: {"2026-12-28": ["09:00-10:00"]}'),
            [("hours.dates.2026-12-28", NOTE)],
        ),
        (
            "hours-date-closed",
            hours('mon: ["09:00-10:00"]', ', dates: {"2026-12-28": [], "2025-12-27": []}'),
            [],
        ),
        (
            "hours-overlap",
            hours('mon: ["09:00-13:00", "12:30-17:00"]'),
            [("hours.weekly.mon", NOTE)],
        ),
        ("hours-overlap", hours('mon: ["09:00-12:30", "12:30-17:00"]'), []),
    ],
)
def test_hours(rule: str, text: str, expected: list[tuple[str, Severity]]) -> None:
    assert of(rule, text) == expected

"""`refer lint`: addresses that are named, each rule by what has the finding and what has not."""

import io
from datetime import date
from functools import cache

import pytest

from refer_cli.explaining.facts import settings_of
from refer_cli.linting.finding import Severity
from refer_cli.linting.reading import gather
from refer_cli.linting.rules import findings
from refer_cli.targets import yaml_file
from refer_cli.targets.chains import LONGEST

ERROR, WARNING = Severity.ERROR, Severity.WARNING
TENANT = f"AC{'5' * 32}"
settings = cache(settings_of)


def of(rule: str, text: str, *given: str) -> list[tuple[str, Severity]]:
    """Return what a rule finds in entries, one a line without brackets, with these parameters."""
    file = "\n".join(f"- {{{line}}}" for line in text.splitlines())
    gathered = gather([("targets.yaml", yaml_file.read(io.BytesIO(file.encode())))], "*")
    assert [told.finding.text for told in gathered.malformed] == []
    found = findings(gathered.subject(settings(given), date(2026, 12, 1)))
    return [(one.field, one.severity) for one in found if one.rule == rule]


DENY = "deny: x"
DIAL = "dial: [{client: a}]"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ("deny: x, fallback: [transferor, y]", "fallback.1"),
        ("deny: x, hours: {zone: UTC, weekly: {}, closed: y}", "hours.closed"),
        ('menu: {say: a, keys: {"1": transferor, "2": y}}', "menu.keys.2"),
    ],
)
def test_a_reference_without_entry_is_a_warning(more: str, field: str) -> None:
    assert of("reference-missing", f"address: x, {more}") == [(field, WARNING)]
    assert of("reference-missing", f"address: x, {more}\naddress: y, {DIAL}") == []
    own = f"tenant: {TENANT}, address: y, {DIAL}"
    assert of("reference-missing", f"address: x, {more}\n{own}") == [(field, WARNING)]
    assert of("reference-missing", f"tenant: {TENANT}, address: x, {more}\n{own}") == []


def test_the_steps_of_the_parameter_fallback_need_entries() -> None:
    assert of("reference-missing", "", "Fallback=y,transferor") == [("Fallback", WARNING)]
    assert of("reference-missing", f"address: y, {DIAL}", "Fallback=y,transferor") == []
    prefix = 'address: "+1415*", dial: as_asked'
    assert of("fallback-prefix", prefix, "Fallback=+14155550123") == [("Fallback", WARNING)]


@pytest.mark.parametrize(
    ("step", "covering"),
    [
        ("+14155550123", 'address: "+1415*", dial: as_asked'),
        ("sip:a@b.example.com", 'address: "*@b.example.com", dial: as_asked'),
        ("sip:a@b.example.com", "address: a, dial: [{client: a}]"),
    ],
)
def test_a_step_needs_an_entry_of_exactly_this_address(step: str, covering: str) -> None:
    text = f'address: x, {DENY}, fallback: ["{step}"]\n{covering}'
    assert of("fallback-prefix", text) == [("fallback.0", WARNING)]
    assert of("reference-missing", text) == []
    assert of("fallback-prefix", f'{text}\naddress: "{step}", deny: x') == []


@pytest.mark.parametrize(
    ("step", "entry", "refused"),
    [
        ("y", "address: y, deny: x", True),
        ("y", "address: y, dial: [{client: a}], enabled: false", True),
        ("*@b.example.com", 'address: "*@b.example.com", dial: as_asked', True),
        ("+1415*", 'address: "+1415*", dial: as_asked', True),
        ("+1415*", 'address: "+1415*", dial: [{client: a}]', False),
        ("+14155550123", 'address: "+14155550123", dial: as_asked', False),
        ("y", "address: y, dial: [{client: a}]", False),
    ],
)
def test_a_step_that_is_always_refused_is_a_warning(step: str, entry: str, refused: bool) -> None:  # noqa: FBT001 - a parameter of a test
    text = f'address: x, {DIAL}, fallback: ["{step}"]\n{entry}'
    assert of("reference-refused", text) == ([("fallback.0", WARNING)] if refused else [])


def test_nothing_follows_a_text_in_a_chain() -> None:
    text = f"address: x, {DENY}, fallback: [bye, y]\naddress: bye, say: Bye\naddress: y, {DIAL}"
    assert of("fallback-after-end", text) == [("fallback.1", WARNING)]
    assert of("fallback-after-end", text.replace("[bye, y]", "[y, bye]")) == []
    closed = text.replace("say: Bye", "say: Bye, hours: {zone: UTC, weekly: {}}")
    assert of("fallback-after-end", closed) == []


def hours(address: str, closed: str) -> str:
    return f"address: {address}, {DIAL}, hours: {{zone: UTC, weekly: {{}}, closed: {closed}}}"


def test_entries_that_are_closed_for_one_another_are_a_circle() -> None:
    assert of("chain-circle", f"{hours('a', 'b')}\n{hours('b', 'a')}") == [("hours.closed", ERROR)]
    assert of("chain-circle", f"{hours('a', 'b')}\naddress: b, {DIAL}") == []
    assert of("chain-circle", f"address: a, {DIAL}, fallback: [a]") == [("fallback.0", ERROR)]


def test_a_chain_of_closed_entries_can_be_too_long() -> None:
    def chain(links: int) -> str:
        closed = [hours(f"a{n}", f"a{n + 1}") for n in range(links)]
        return "\n".join([*closed, f"address: a{links}, {DIAL}"])

    assert of("chain-deep", chain(LONGEST + 1)) == [("hours.closed", ERROR)]
    assert of("chain-deep", chain(LONGEST)) == []

"""`refer lint`: what no call comes to, each rule by what has the finding and what has not."""

import io
from datetime import date
from functools import cache

import pytest

from refer_cli.explaining.facts import settings_of
from refer_cli.linting.finding import Severity
from refer_cli.linting.reading import gather
from refer_cli.linting.rules import findings
from refer_cli.targets import yaml_file

WARNING, NOTE = Severity.WARNING, Severity.NOTE
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
NUMBER = 'address: "+14155550123", dial: as_asked'
ALL_AT_1 = 'address: "+1*", dial: as_asked'
A_AT_B = 'address: "sip:a@b.example.com", dial: as_asked'
ALL_AT_B = 'address: "*@b.example.com", dial: as_asked'


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("tenant: AC5, address: x, deny: x", "tenant"),
        (f"tenant: AC{'F' * 32}, address: x, deny: x", "tenant"),
        ('address: "a;b", deny: x', "address"),
        ('address: "sip:%C3%A4@b.example.com", deny: x', "address"),
        (f"address: {'u' * 260}, deny: x", "address"),
        (
            "\n".join(f'address: "+{prefix}*", deny: x' for prefix in (49, *range(490, 500))),
            "address",
        ),
        (
            "\n".join(
                f'address: "+{prefix}*", deny: x'
                for prefix in (49, *range(490, 499), *range(4990, 5000))
            ),
            "address",
        ),
    ],
)
def test_what_no_call_comes_to_is_a_warning(text: str, field: str) -> None:
    assert of("unreachable", text) == [(field, WARNING)]


@pytest.mark.parametrize(
    "text",
    [
        f"tenant: {TENANT}, address: x, deny: x",
        "\n".join(
            f"address: {address}, deny: x"
            for address in ('"+49*"', '"+14155550123"', '"+911"', '"2001"', '"*704"', "default")
        ),
        'address: "sip:a%40b@b.example.com", deny: x\naddress: "*@b.example.com:5070", deny: x',
        "\n".join(f'address: "+{prefix}*", deny: x' for prefix in (49, *range(490, 499))),
        'address: "a;b", dial: [{client: a}]\naddress: c, dial: [{client: c}], fallback: ["a;b"]',
    ],
)
def test_what_a_call_can_come_to_is_not(text: str) -> None:
    assert of("unreachable", text) == []


def test_the_ten_prefixes_of_another_tenant_cover_nothing() -> None:
    ten = "\n".join(f'tenant: {TENANT}, address: "+49{n}*", deny: x' for n in range(10))
    assert of("unreachable", f'{ten}\naddress: "+49*", deny: x') == []
    assert of("unreachable", f'{ten}\ntenant: {TENANT}, address: "+49*", deny: x') != []


def test_an_entry_of_a_tenant_shadows_the_shared_one() -> None:
    own = f"tenant: {TENANT}, address: x, {DIAL}"
    assert of("shadowed", f"{own}\naddress: x, {DENY}") == [("address", NOTE)]
    assert of("shadowed", f"{own}\naddress: y, {DENY}") == []


def test_a_disabled_entry_hides_a_less_specific_one() -> None:
    off = 'address: "+1415*", dial: as_asked, enabled: false'
    assert of("disabled-hides", f'{off}\naddress: "+1*", dial: as_asked') == [("enabled", NOTE)]
    assert of("disabled-hides", f'{off}\naddress: "+1*", deny: x') == []
    assert of("disabled-hides", off) == []


@pytest.mark.parametrize(
    "text",
    [
        'address: "+1415*", dial: as_asked\naddress: "+1*", dial: as_asked',
        'address: "+14155550123", dial: as_asked\naddress: "+1*", dial: as_asked',
        f"{A_AT_B}\n{ALL_AT_B}",
        f"tenant: {TENANT}, address: x, deny: x\naddress: x, deny: x, description: why",
        'address: "+1900555*", deny: x\naddress: "+1900*", deny: x',
    ],
)
def test_what_says_the_same_as_a_less_specific_entry_is_redundant(text: str) -> None:
    assert of("redundant", text) == [("address", NOTE)]


@pytest.mark.parametrize(
    "text",
    [
        'address: "+1415*", dial: as_asked, ring_timeout: 9\naddress: "+1*", dial: as_asked',
        f'address: "+1415*", dial: as_asked\naddress: "+141*", deny: x\n{ALL_AT_1}',
        f"{A_AT_B.replace('sip:a', 'sip:911')}\n{ALL_AT_B}",
        f"{A_AT_B.replace('sip:a', 'sip:+14155550123')}\n{ALL_AT_1}",
        f'{NUMBER}\n{ALL_AT_1}\naddress: x, deny: x, fallback: ["+14155550123"]',
        f'address: "+1415*", deny: x\naddress: "+1*", deny: x\ntenant: {TENANT}, {ALL_AT_1}',
    ],
)
def test_what_changes_anything_is_not(text: str) -> None:
    assert of("redundant", text) == []

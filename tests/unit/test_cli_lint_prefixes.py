"""`refer lint`: prefixes and denials, each rule by what has the finding and what has not."""

import io
from datetime import date
from functools import cache

import pytest

from refer_cli.explaining.facts import settings_of
from refer_cli.linting.finding import Finding, Severity
from refer_cli.linting.reading import gather
from refer_cli.linting.rules import findings
from refer_cli.targets import yaml_file

TENANT = f"AC{'5' * 32}"
settings = cache(settings_of)


def lint(text: str, *given: str) -> list[Finding]:
    """Return what is found in a directory, entries without brackets, with these parameters."""
    file = "\n".join(f"- {{{line.strip()}}}" for line in text.splitlines() if line.strip())
    gathered = gather([("targets.yaml", yaml_file.read(io.BytesIO(file.encode())))], "*")
    assert [told.finding.text for told in gathered.malformed] == []
    return list(findings(gathered.subject(settings(given), date(2026, 12, 1))))


def of(rule: str, text: str, *given: str) -> list[tuple[str, Severity]]:
    return [(one.field, one.severity) for one in lint(text, *given) if one.rule == rule]


@pytest.mark.parametrize("digits", ["4", "42", "1", "18", "187"])
def test_a_prefix_of_several_countries_is_an_error(digits: str) -> None:
    text = f'address: "+{digits}*", dial: as_asked'
    assert of("prefix-broad", text) == [("address", Severity.ERROR)]


@pytest.mark.parametrize("digits", ["44", "7"])
def test_a_country_code_that_regions_share_is_a_note(digits: str) -> None:
    text = f'address: "+{digits}*", dial: as_asked'
    assert of("prefix-broad", text) == [("address", Severity.NOTE)]


@pytest.mark.parametrize(
    "text",
    [
        'address: "+49*", dial: as_asked',
        'address: "+1415*", dial: as_asked',
        'address: "+4*", deny: x',
        'address: "+4*", dial: as_asked, enabled: false',
        'address: "+1876*", dial: as_asked',
    ],
)
def test_a_prefix_of_one_country_is_none(text: str) -> None:
    assert of("prefix-broad", text) == []


def test_the_islands_are_no_finding_when_they_are_denied() -> None:
    text = 'address: "+187*", dial: as_asked\naddress: "+1876*", deny: x'
    assert of("prefix-broad", text) == []


def test_ranges_that_cost_under_a_prefix_are_an_error_until_some_are_denied() -> None:
    opened = 'address: "+49*", dial: as_asked'
    assert of("deny-set-missing", opened) == [("address", Severity.ERROR)]
    denied = f'{opened}\naddress: "+49180*", deny: x'
    assert of("deny-set-missing", denied) == [("address", Severity.NOTE)]
    elsewhere = f'{opened}\naddress: "+4420*", deny: x'
    assert of("deny-set-missing", elsewhere) == [("address", Severity.ERROR)]


def test_a_prefix_whose_ranges_are_all_denied_is_no_finding() -> None:
    assert (
        of("deny-set-missing", 'address: "+19*", dial: as_asked\naddress: "+1900*", deny: x') == []
    )


def test_a_denial_of_another_tenant_does_not_count() -> None:
    text = f'address: "+19*", dial: as_asked\ntenant: {TENANT}, address: "+1900*", deny: x'
    assert of("deny-set-missing", text) == [("address", Severity.ERROR)]
    own = f'tenant: {TENANT}, address: "+19*", dial: as_asked\naddress: "+1900*", deny: x'
    assert of("deny-set-missing", own) == []


def test_a_prefix_without_such_ranges_needs_no_denial() -> None:
    assert of("deny-set-missing", 'address: "+1415*", dial: as_asked') == []


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (f"address: x, deny: a\ntenant: {TENANT}, address: x, dial: [{{client: a}}]", "warning"),
        ('address: "+1900*", deny: a\naddress: "+1900555*", dial: as_asked', "warning"),
        ('address: "+1900*", deny: a\naddress: "+19005550123", dial: as_asked', "note"),
        ('address: "+44*", deny: a\naddress: "+4420*", dial: as_asked', "note"),
        (
            'address: "*@b.example.com", deny: a\naddress: "sip:a@b.example.com", dial: as_asked',
            "note",
        ),
    ],
)
def test_what_overrules_a_denial_is_told(text: str, severity: str) -> None:
    assert of("deny-overridden", text) == [("dial", Severity(severity))]


@pytest.mark.parametrize(
    "text",
    [
        f"address: x, dial: [{{client: a}}]\ntenant: {TENANT}, address: x, dial: [{{client: b}}]",
        f"address: x, deny: a\ntenant: {TENANT}, address: x, dial: [{{client: b}}], enabled: false",
        'address: "+1900*", deny: a\naddress: "+19005550123", dial: [{client: a}]',
        'address: "+1900*", deny: a\naddress: "+1900555*", deny: a',
        'address: "+19*", deny: a\naddress: "+1900*", dial: as_asked, enabled: false',
    ],
)
def test_what_overrules_none_is_not(text: str) -> None:
    assert of("deny-overridden", text) == []

"""`refer lint`: numbers and caller IDs, each rule by what has the finding and what has not."""

import io
from datetime import date
from functools import cache

import pytest

from refer_cli.explaining.facts import settings_of
from refer_cli.linting.finding import Finding, Severity
from refer_cli.linting.reading import gather
from refer_cli.linting.rules import findings
from refer_cli.targets import yaml_file

SHOWN = 'caller_id: "+18005550100"'
settings = cache(settings_of)


def lint(text: str, *given: str) -> list[Finding]:
    """Return what is found in a directory, entries without brackets, with these parameters."""
    file = "\n".join(f"- {{{line.strip()}}}" for line in text.splitlines() if line.strip())
    gathered = gather([("targets.yaml", yaml_file.read(io.BytesIO(file.encode())))], "*")
    assert [told.finding.text for told in gathered.malformed] == []
    return list(findings(gathered.subject(settings(given), date(2026, 12, 1))))


def of(rule: str, text: str, *given: str) -> list[tuple[str, Severity]]:
    return [(one.field, one.severity) for one in lint(text, *given) if one.rule == rule]


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('address: x, dial: [{number: "+1415555"}]', "dial.0.number"),
        ('address: x, dial: [{number: "+999123456789"}]', "dial.0.number"),
        ('address: "+1415555012345", dial: as_asked', "address"),
        ('address: x, dial: [{number: "+14155550123"}], caller_id: "+1415"', "caller_id"),
    ],
)
def test_a_number_that_cannot_exist_is_an_error(text: str, field: str) -> None:
    assert of("number-invalid", text) == [(field, Severity.ERROR)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('address: x, dial: [{number: "+1415555"}]', 13224),
        ('address: x, dial: [{number: "+12"}]', 13224),
        ('address: x, dial: [{number: "+999123456789"}]', 13226),
        ('address: x, dial: [{number: "+14155550123"}], caller_id: "+1415"', 13214),
    ],
)
def test_an_invalid_number_has_the_code_of_twilio(text: str, code: int) -> None:
    assert [one.code for one in lint(text) if one.rule == "number-invalid"] == [code]


@pytest.mark.parametrize(
    "number", ["+14155550123", "+12025550143", "+18005550100", "+442079460123", "+493012345678"]
)
def test_numbers_of_examples_are_no_finding(number: str) -> None:
    text = f'address: "{number}", dial: [{{number: "{number}"}}], caller_id: "{number}"'
    assert of("number-invalid", text) == []


def test_a_number_of_no_assigned_range_is_a_note() -> None:
    text = 'address: "+11155550123", dial: [{number: "+11155550123"}], caller_id: "+11155550123"'
    found = of("number-invalid", text)
    assert found == [(f, Severity.NOTE) for f in ("dial.0.number", "caller_id", "address")]


def test_a_short_number_may_be_the_name_of_a_party() -> None:
    assert of("number-invalid", 'address: "+2001", dial: [{client: a}]') == []
    assert of("number-invalid", 'address: "+2001", deny: x') == []


def test_a_prefix_of_no_country_is_a_note() -> None:
    assert of("number-invalid", 'address: "+999*", deny: x') == []
    assert of("number-invalid", 'address: "+999*", dial: as_asked') == [("address", Severity.NOTE)]


@pytest.mark.parametrize(
    ("given", "field"),
    [("DefaultCallerId=+1415", "DefaultCallerId"), ("LastResort=+1415555", "LastResort")],
)
def test_the_numbers_of_parameters_are_judged(given: str, field: str) -> None:
    assert of("number-invalid", "", given) == [(field, Severity.ERROR)]
    assert of("number-invalid", "", f"{field}=+14155550123") == []
    assert of("number-invalid", "", f"{field}=+11155550123") == [(field, Severity.NOTE)]


@pytest.mark.parametrize(
    "text",
    [
        'address: x, dial: [{number: "+19005550123"}]',
        'address: "+19005550123", dial: as_asked',
        'address: "+491801234567", dial: as_asked',
        'address: "+881612345678", dial: as_asked',
        'address: "+1876*", dial: as_asked',
        'address: "+1900555*", dial: as_asked',
    ],
)
def test_what_dials_a_number_that_costs_is_a_warning(text: str) -> None:
    [(_, severity)] = of("number-premium", text)
    assert severity is Severity.WARNING


@pytest.mark.parametrize(
    "text",
    [
        'address: x, dial: [{number: "+14155550123"}]',
        'address: "+1876*", deny: x',
        'address: "+19005550123", dial: [{client: a}]',
        'address: "+1415*", dial: as_asked',
    ],
)
def test_what_dials_none_is_not(text: str) -> None:
    assert of("number-premium", text) == []


def test_a_last_resort_that_costs_is_a_warning() -> None:
    assert of("number-premium", "", "LastResort=+19005550123") == [("LastResort", Severity.WARNING)]


@pytest.mark.parametrize("extra", ["", ", caller_id: caller", ", caller_id: called"])
def test_a_number_without_caller_id_is_a_warning(extra: str) -> None:
    for dial in (
        'address: x, dial: [{number: "+14155550123"}]',
        'address: "+1415*", dial: as_asked',
    ):
        assert of("caller-id-sip", dial + extra) == [("dial", Severity.WARNING)]
        assert of("caller-id-sip", dial + extra, "DefaultCallerId=+18005550100") == []
        assert of("caller-id-sip", f"{dial}, {SHOWN}") == []


def test_a_sip_uri_needs_no_caller_id() -> None:
    assert of("caller-id-sip", 'address: "*@b.example.com", dial: as_asked') == []


def test_a_name_as_caller_id_of_numbers_is_an_error() -> None:
    text = 'address: "+1415*", dial: as_asked, caller_id: bob'
    assert of("caller-id-name", text) == [("caller_id", Severity.ERROR)]
    assert of("caller-id-name", f'address: "+1415*", dial: as_asked, {SHOWN}') == []
    assert of("caller-id-name", 'address: "*@b.example.com", dial: as_asked, caller_id: bob') == []


def test_a_last_resort_that_is_a_number_needs_a_caller_id() -> None:
    given = "LastResort=+14155550123"
    assert of("last-resort-caller-id", "", given) == [("LastResort", Severity.WARNING)]
    assert of("last-resort-caller-id", "", given, "DefaultCallerId=+18005550100") == []
    assert of("last-resort-caller-id", "", "LastResort=sip:a@b.example.com") == []

"""`refer lint`: menus, whispers, parameters, each rule by what has the finding and what has not."""

import io
from datetime import date
from functools import cache

import pytest

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


def menu(keys: str, address: str = "x") -> str:
    return f"address: {address}, menu: {{say: a, keys: {{{keys}}}}}"


def test_a_menu_of_one_key_is_a_note() -> None:
    assert of("menu-one-key", menu('"1": x')) == [("menu.keys", NOTE)]
    assert of("menu-one-key", menu('"1": x, "2": x')) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (menu('"1": x, "2": transferor', "default"), [("menu.keys.2", WARNING)]),
        (f"{menu('"2": transferor')}, mode: hold", [("menu.keys.2", WARNING)]),
        (
            f"{menu('"1": x', 'default')}\n{menu('"2": transferor')}",
            [("menu.keys.2", WARNING)],
        ),
        (menu('"2": transferor', '"+18005550100"'), [("menu.keys.2", NOTE)]),
        (menu('"2": transferor'), []),
        (menu('"2": x', "default"), []),
    ],
)
def test_an_initial_call_has_no_transferor(text: str, expected: list[tuple[str, Severity]]) -> None:
    assert of("menu-transferor-initial", text) == expected


def test_a_redirect_leads_elsewhere() -> None:
    base = "PublicBaseUrl=https://voice.example.com/twilio"
    own = 'address: x, redirect: "https://voice.example.com/twilio/inbound-call"'
    assert of("redirect-self", own, base) == [("redirect", ERROR)]
    assert of("redirect-self", own) == []
    assert of("redirect-self", own.replace("/twilio/", "/twilio-ivr/"), base) == []
    api = "https://a1b2.execute-api.us-east-1.amazonaws.com"
    assert of("redirect-self", f'address: x, redirect: "{api}/inbound-call"') == [
        ("redirect", WARNING)
    ]
    assert of("redirect-self", f'address: x, redirect: "{api}/ivr"') == []


@pytest.mark.parametrize(
    ("whisper", "expected"),
    [
        ('{key: "5"}', [("whisper.key", WARNING)]),
        ('{key: "5", say: Press a key}', [("whisper.key", NOTE)]),
        ('{key: "#", say: Press pound}', []),
        ('{key: "5", say: Press 5}', []),
        ("{key: any}", []),
        ("{}", []),
        ("{}, language: de-DE", [("whisper", NOTE)]),
        ("{say: Mit 1 annehmen}, language: de-DE", []),
        ("{}, language: en-US", []),
    ],
)
def test_what_a_target_hears_names_its_key_in_its_language(
    whisper: str, expected: list[tuple[str, Severity]]
) -> None:
    assert of("accept-text", f"address: x, dial: [{{client: a}}], whisper: {whisper}") == expected


@pytest.mark.parametrize(
    ("say", "more", "found"),
    [
        ("{foo} 1", "", True),
        ("{X-Name} 1", ", pass_headers: [User-to-User]", True),
        ("{X-Name} 1", "", False),
        ("{caller} 1", ", pass_headers: []", False),
    ],
)
def test_a_whisper_quotes_what_reaches_it(say: str, more: str, found: bool) -> None:  # noqa: FBT001 - a parameter of a test
    text = f'address: x, dial: [{{client: a}}], whisper: {{say: "{say}"}}{more}'
    assert of("whisper-place", text) == ([("whisper.say", WARNING)] if found else [])


@pytest.mark.parametrize(
    ("rule", "text", "given", "expected"),
    [
        ("last-resort-missing", "", (), [("LastResort", NOTE)]),
        ("last-resort-missing", "", ("LastResort=+14155550123",), []),
        ("exact-number-user", 'address: "112", deny: x', (), [("address", NOTE)]),
        ("exact-number-user", 'address: "2001", deny: x', (), []),
        ("exact-number-user", 'address: "112", deny: x', ("ExactNumbers=911",), []),
        (
            "exact-numbers-empty",
            'address: "*@b.example.com", dial: as_asked',
            ("ExactNumbers=",),
            [("ExactNumbers", WARNING)],
        ),
        ("exact-numbers-empty", "address: x, deny: x", ("ExactNumbers=",), []),
        ("limits-off", "", ("TargetPerMinute=0",), [("TargetPerMinute", NOTE)]),
        ("limits-off", "", ("TransferorPerMinute=0",), [("TransferorPerMinute", NOTE)]),
        ("limits-off", "", (), []),
    ],
)
def test_parameters(
    rule: str, text: str, given: tuple[str, ...], expected: list[tuple[str, Severity]]
) -> None:
    assert of(rule, text, *given) == expected

"""`refer lint`: what it reads, how it tells what it found, and its exit status."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result

from laptop import Laptop
from refer_cli.linting.rules import RULES
from refer_cli.main import main
from refer_cli.targets.wire import wire

QUIET = ("--set", "LastResort=sip:desk@pbx.example.com")
SOUND = '- {address: a, dial: [{sip: "sip:a@pbx.example.com"}]}\n'
TRUNK = '- {address: a, dial: [{sip: "sip:a@pbx.example.com", credentials: trunk}]}\n'
TONE = '- {address: a, dial: [{sip: "sip:a@pbx.example.com"}], ring_tone: xx}\n'


def lint(*arguments: str, text: str | None = None) -> Result:
    return CliRunner().invoke(
        main, ["lint", *arguments, *(["-"] if text is not None else [])], text
    )


def document(*arguments: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lint("--json", *arguments, text=text).stdout)
    return found


def test_a_finding_is_a_line_with_its_place_its_address_and_what_to_do() -> None:
    result = lint(*QUIET, text=TONE)
    assert result.exit_code == 1
    assert result.stdout == (
        "<stdin>:1:56: warning: a: has the ring tone xx, which Twilio does not have (Twilio 13220)."
        " Name another country. [ring-tone]\n"
        "1 sound entry, 1 warning\n"
    )


def test_a_directory_without_findings_says_so() -> None:
    result = lint(*QUIET, text=SOUND)
    assert (result.exit_code, result.stdout) == (0, "1 sound entry, nothing found\n")


def test_notes_alone_are_no_failure() -> None:
    result = lint(text=SOUND)
    assert result.exit_code == 0
    assert result.stdout == (
        "settings: note: LastResort: is empty: when the directory cannot be read, a caller hears a"
        " goodbye. Name a number that somebody answers. [last-resort-missing]\n"
        "1 sound entry, 1 note\n"
    )


def test_json_has_every_part_of_a_finding() -> None:
    found = document(text=f"{TONE[:-2]}, tenant: AC5}}\n")
    assert found["entries"] == 1
    assert found["counts"] == {"errors": 0, "warnings": 2, "notes": 1}
    assert found["findings"][0] == {
        "rule": "ring-tone",
        "severity": "warning",
        "file": "<stdin>",
        "line": 1,
        "column": 56,
        "tenant": "AC5",
        "address": "a",
        "parameter": None,
        "field": "ring_tone",
        "message": "has the ring tone xx, which Twilio does not have",
        "advice": "name another country",
        "twilio": 13220,
    }
    assert found["findings"][-1]["parameter"] == "LastResort"


def test_the_worst_comes_first_and_the_rest_is_counted() -> None:
    text = f"{TONE}- {{address: b, dial: x}}\n"
    lines = lint("--max-problems", "1", text=text).stdout.splitlines()
    assert "[malformed]" in lines[0]
    assert lines[1:] == [
        "… and 2 more; --max-problems shows them.",
        "1 sound entry, 1 error, 1 warning, 1 note",
    ]


@pytest.mark.parametrize("rule", ["ring-tone", "malformed"])
def test_a_rule_can_be_ignored(rule: str) -> None:
    text = f"{TONE}- {{address: b, dial: x}}\n"
    told = {one["rule"] for one in document(*QUIET, text=text)["findings"]}
    rest = document(*QUIET, "--ignore", rule, text=text)["findings"]
    assert {one["rule"] for one in rest} == told - {rule}


def test_all_rules_can_be_ignored() -> None:
    ignored = [part for rule in RULES for part in ("--ignore", rule.name)]
    assert document(*ignored, text=f"{TONE}- {{address: b, dial: x}}\n")["findings"] == []


def test_a_slip_of_a_spreadsheet_is_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text("address,deny\n14155550123,x\n")
    result = lint(*QUIET, str(path))
    assert result.stdout.startswith(f"{path}:2:address: warning: 14155550123: address is a user")


def test_files_are_one_directory(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(f"{SOUND}- {{address: b, say: x, fallback: [c]}}\n")
    second.write_text("- {address: c, say: x}\n- {address: a, say: y}\n")
    result = lint(*QUIET, str(first), str(second))
    assert result.stdout == (
        f"{second}:2:4: error: a: is there twice for tenant *, first at {first}:1."
        " Correct it: in the table it refuses every call. [malformed]\n"
        "3 sound entries, 1 error\n"
    )


def test_entries_without_a_tenant_are_those_of_the_option() -> None:
    found = document("--tenant", "AC5", text=TONE)["findings"]
    assert [one["tenant"] for one in found] == ["AC5", "AC5", None]


def test_the_day_of_dates_is_an_option() -> None:
    text = (
        '- {address: a, say: x, hours: {zone: UTC, weekly: {mon: ["09:00-10:00"]},'
        ' dates: {"2026-12-28": []}}}\n'
    )
    after, before = ("--at", "2026-12-29"), ("--at", "2026-12-28")
    assert "[hours-past]" in lint(*QUIET, *after, text=text).stdout
    assert document(*QUIET, *before, text=text)["findings"] == []


def test_credentials_are_looked_for_in_the_secret(tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"sip:other": ["user", "hidden-password"]}')
    result = lint(*QUIET, "--secret", str(secret), text=TRUNK)
    assert result.exit_code == 1
    assert "[credentials-unknown]" in result.stdout
    assert "hidden" not in result.output
    secret.write_text('{"sip:trunk": ["user", "hidden-password"]}')
    assert lint(*QUIET, "--secret", str(secret), text=TRUNK).exit_code == 0


def test_a_table_is_linted_where_no_file_is_given(laptop: Laptop) -> None:
    table = laptop.stack.environment["TARGETS_TABLE"]
    fields: tuple[dict[str, Any], ...] = ({"fallback": ["b"]}, {"bogus": 1}, {"play": {"a", "b"}})
    for address, more in zip("abc", fields, strict=True):
        item = wire({"tenant": "*", "address": address, "say": "x", **more})
        boto3.client("dynamodb").put_item(TableName=table, Item=item)
    result = lint(*QUIET, "--table", table)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{table}: error: b: bogus is not a field")
    assert lines[1].startswith(f"{table}: error: c: play holds what no file can say")
    assert lines[2] == "1 sound entry, 2 errors"


@pytest.mark.parametrize(
    ("arguments", "text", "said"),
    [
        ((), "- {", "<stdin>:2:1: cannot be read as YAML"),
        (("--table", "x"), SOUND, "two directories"),
        (("--ignore", "everything"), SOUND, "'everything' is not one of"),
        (("--set", "HoldWait=soon"), SOUND, "HOLD_WAIT is 'soon'"),
        (("--secret", "no-such-file"), SOUND, "does not exist"),
    ],
)
def test_what_cannot_be_used_has_exit_status_2(
    arguments: tuple[str, ...], text: str, said: str
) -> None:
    result = lint(*arguments, text=text)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_all_rules_are_listed_with_a_sentence() -> None:
    lines = lint("--rules").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [rule.name for rule in RULES]
    listed = json.loads(lint("--rules", "--json").stdout)
    assert [one["sentence"] for one in listed] == [rule.sentence for rule in RULES]


def test_every_rule_has_a_name_of_its_own_and_a_test() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_cli_lint*.py"))
    assert [name for name in names if name not in tests] == []


def test_what_is_found_has_a_severity_that_its_rule_lists() -> None:
    text = (
        '- {address: "+1*", dial: as_asked}\n- {address: "+44*", dial: as_asked}\n'
        '- {address: b, dial: [{sip: "sip:a@pbx"}], fallback: [c]}\n'
    )
    listed = {rule.name: rule.severities for rule in RULES}
    found = document(text=text)["findings"]
    assert {one["severity"] for one in found} == {"error", "warning", "note"}
    assert [one for one in found if one["severity"] not in listed[one["rule"]]] == []

"""`refer explain`: what it is asked, what it tells, and with which exit status."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from refer_cli.main import main

DIRECTORY = """
- address: "2001"
  dial: [{ sip: "sip:b@pbx.example.com", credentials: trunk }]
  hours: { zone: Europe/Berlin, weekly: { tue: ["09:00-17:00"] } }
  fallback: [menu, transferor]
- address: menu
  menu: { say: Press 1., keys: { "1": "2001" }, repeat: 1 }
- address: "+1415*"
  dial: as_asked
- address: "+18005550100"
  mode: release
  dial: [{ sip: "sip:a@pbx.example.com" }]
- { tenant: ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, address: "2001", deny: Not for this account. }
"""
TUESDAY = ("--at", "2026-11-24T12:00", "--zone", "Europe/Berlin")
SUNDAY = ("--at", "2026-11-29T12:00", "--zone", "Europe/Berlin")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    file = tmp_path / "directory.yaml"
    file.write_text(DIRECTORY)
    return file


def explain(directory: Path | str, *words: str) -> Result:
    return CliRunner().invoke(main, ["explain", *words, "--directory", str(directory)])


def told(directory: Path, *words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(explain(directory, *words, "--json").output)
    return answer


def verbs(answer: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(one["after"], one["verb"]) for one in answer["answers"]]


def test_a_transfer_is_explained_rule_by_rule_with_its_twiml(directory: Path) -> None:
    shown = explain(directory, "sip:2001@pbx.example.com", *TUESDAY)
    assert shown.exit_code == 0
    assert "*/2001" in shown.output
    assert "governs, being the most specific" in shown.output
    assert "open now, by the clock of Europe/Berlin" in shown.output
    assert ">sip:b@pbx.example.com</Sip>" in shown.output


def test_a_refusal_is_the_answer_no(directory: Path) -> None:
    shown = explain(directory, "tel:+19005550123")
    assert shown.exit_code == 1
    assert "Answer: 404, no_entry" in shown.output


def test_the_time_of_the_call_can_be_chosen(directory: Path) -> None:
    answer = told(directory, "sip:2001@pbx.example.com", *SUNDAY)
    assert answer["refused"]["code"] == "closed"
    assert told(directory, "sip:2001@pbx.example.com", *TUESDAY)["refused"] is None
    # The same moment, said with its offset.
    offset = ("--at", "2026-11-24T17:30+01:00")
    assert told(directory, "sip:2001@pbx.example.com", *offset)["refused"]["code"] == "closed"


def test_what_follows_is_told_to_the_end(directory: Path) -> None:
    words = ("sip:2001@x", "--mode", "release", "--transferor", "sip:a@pbx.example.com", *TUESDAY)
    answer = told(directory, *words)
    assert verbs(answer) == [
        (None, "dial"),
        ("no-answer", "menu"),
        ("no-answer", "dial"),
        ("no-answer", None),
    ]
    assert answer["answers"][2]["stage"] == "recall"
    assert answer["conclusion"]["outcome"] == "no_answer"


def test_what_becomes_of_an_answer_can_be_chosen(directory: Path) -> None:
    words = ("sip:2001@x", "--mode", "release", "--then", "busy", "--then", "1", *TUESDAY)
    assert verbs(told(directory, *words)) == [(None, "dial"), ("busy", "menu"), ("key 1", "dial")]


def test_a_transfer_in_hold_mode_that_is_not_answered_asks_nobody(directory: Path) -> None:
    answer = told(directory, "sip:2001@x", "--then", "busy", *TUESDAY)
    assert verbs(answer) == [(None, "dial")]


def test_an_initial_call_takes_the_mode_of_its_entry(directory: Path) -> None:
    answer = told(directory, "+18005550100", "--initial")
    assert (answer["mode"], answer["hop"]) == ("release", 0)
    assert "answerOnBridge" not in answer["answers"][0]["twiml"]


def test_a_tenant_sees_its_own_entry_first(directory: Path) -> None:
    tenant = ("--tenant", "AC" + "a" * 32)
    answer = told(directory, "sip:2001@x", *tenant)
    assert answer["refused"]["message"] == "Not for this account."
    assert answer["refused"]["rule"].startswith("AC")


def test_settings_can_be_tried_by_either_name(directory: Path) -> None:
    sip = ("--from", "sip:alice@pbx.example.com")
    assert told(directory, "tel:+14155550123", *sip)["refused"]["code"] == "caller_id_required"
    for setting in ("DefaultCallerId=+18005550100", "DEFAULT_CALLER_ID=+18005550100"):
        answer = told(directory, "tel:+14155550123", *sip, "--set", setting)
        assert 'callerId="+18005550100"' in answer["answers"][0]["twiml"]


def test_users_of_trunks_come_from_a_secret(directory: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"sip:trunk": ["someone", "quiet"]}')
    words = ("sip:2001@x", *TUESDAY)
    with_it = told(directory, *words, "--secret", str(secret))
    assert 'username="someone"' in with_it["answers"][0]["twiml"]
    # What is explained is printed: the password is in it by its length alone.
    assert 'password="********"' in with_it["answers"][0]["twiml"]
    assert "username" not in told(directory, *words)["answers"][0]["twiml"]


def test_brief_leaves_out_what_is_not_there(directory: Path) -> None:
    shown = explain(directory, "sip:2001@pbx.example.com", "--brief", *TUESDAY)
    assert "<Response>" not in shown.output
    assert "no entry" not in shown.output


def test_rates_are_named_and_not_counted(directory: Path) -> None:
    shown = explain(directory, "sip:2001@x", "--transferor", "+14155550100", *TUESDAY)
    assert "at most 10 in a minute by +14155550100; not counted" in shown.output


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("sip:2001@x", "--set", "Nothing=1"), "not Name=value with a parameter"),
        (("sip:2001@x", "--set", "HopLimit=many"), "HOP_LIMIT is 'many'"),
        (("sip:2001@x", "--at", "tomorrow"), "write it like 2026-12-24T18:30"),
        (("sip:2001@x", "--zone", "Mars/North"), "no time zone of IANA"),
        (("sip:2001@x", "--transferor", "2001"), "--transferor"),
    ],
)
def test_what_cannot_be_asked_is_said(
    directory: Path, words: tuple[str, ...], problem: str
) -> None:
    shown = explain(directory, *words)
    assert shown.exit_code == 2
    assert problem in " ".join(shown.output.split())


def test_a_secret_that_cannot_be_read_is_not_quoted(directory: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text('{"sip:trunk": "hunter2"}')
    shown = explain(directory, "sip:2001@x", "--secret", str(secret))
    assert shown.exit_code == 2
    assert 'must be ["user", "password"]' in " ".join(shown.output.split())
    assert "hunter2" not in shown.output


@pytest.mark.parametrize("text", ["- address: [", "- {address: a, address: b}", "a: b"])
def test_a_file_that_is_no_directory_says_where(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    shown = explain(file, "sip:2001@x")
    assert shown.exit_code == 2
    assert re.search(r"broken\.yaml:\d+:\d+: ", shown.output)


def test_a_malformed_entry_refuses_as_it_would_when_deployed(tmp_path: Path) -> None:
    file = tmp_path / "directory.yaml"
    file.write_text('- {address: "2001", dial: [], fallback: []}')
    shown = explain(file, "sip:2001@x")
    assert shown.exit_code == 1
    assert "503, malformed_entry: the field dial of the entry is malformed" in shown.output

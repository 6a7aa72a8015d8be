"""`refer parse`: one answer per line for programs, a listing and an exit status for people."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from call_transfer import refer_to
from refer_cli.main import main
from refer_cli.parse import ADVICE

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "refer_to.json").read_text(encoding="utf-8")
)
KEYS = [
    "scheme",
    "user",
    "password",
    "host",
    "port",
    "params",
    "headers",
    "display_name",
    "header_params",
    "e164",
]
EMPTY: dict[str, Any] = {
    key: {} if key in {"params", "headers", "header_params"} else None for key in KEYS
}


def answers(stdin: bytes) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["parse", "--jsonl"], input=stdin)
    assert result.exit_code == 0
    assert result.stdout.isascii()
    return [json.loads(line) for line in result.stdout.splitlines()]


def listing(*addresses: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["parse", *addresses])
    return result.exit_code, result.stdout


def test_each_vector_is_answered_on_its_own_line() -> None:
    stdin = "".join(f"{json.dumps(vector['input'])}\n" for vector in VECTORS)
    for vector, answer in zip(VECTORS, answers(stdin.encode()), strict=True):
        if "error" in vector:
            assert list(answer) == ["error", "message"]
            assert answer["error"] == vector["error"]
        else:
            assert list(answer) == KEYS
            assert answer == EMPTY | vector["reading"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"   ",
        b"sip:a@h.example",
        b"42",
        b"null",
        b'["sip:a@h.example"]',
        b'"sip:a@h.example',
        b'"a" "b"',
        b"\xff\xfe",
        b'"\xff"',
        b"[" * 100_000,
        b"1" * 100_000,
    ],
    ids=repr,
)
def test_a_line_that_is_no_json_string_is_answered_and_the_next_one_is_read(line: bytes) -> None:
    [bad, good] = answers(line + b'\n"tel:+14155550123"\n')
    assert bad["error"] == "bad_input"
    assert good["e164"] == "+14155550123"


def test_the_last_line_needs_no_newline_and_crlf_is_fine() -> None:
    assert [answer["host"] for answer in answers(b'"sip:a@x"\r\n"sip:a@y"')] == ["x", "y"]


def test_without_lines_there_are_no_answers() -> None:
    assert answers(b"") == []


def test_each_answer_is_there_before_the_next_question() -> None:
    command = [sys.executable, "-c", "from refer_cli.main import main; main()", "parse", "--jsonl"]
    with subprocess.Popen(  # noqa: S603 - the interpreter that runs this test
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="ascii"
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        for host in ("x", "y"):
            program.stdin.write(f'"sip:a@{host}"\n')
            program.stdin.flush()
            assert json.loads(program.stdout.readline())["host"] == host
        program.stdin.close()
    assert program.returncode == 0


def test_reading_an_address_needs_neither_aws_nor_twilio() -> None:
    program = (
        "import sys, refer_cli.main;"
        "assert not {'boto3', 'botocore', 'twilio'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - the same


def test_a_person_sees_the_parts_aligned() -> None:
    status, text = listing('"Sales" <sip:+1415;ext=1:pw@h.example:5070;lr;x=1?X=1&x=2&Y=3>;tag=t')
    assert status == 0
    assert text.splitlines() == [
        '"Sales" <sip:+1415;ext=1:pw@h.example:5070;lr;x=1?X=1&x=2&Y=3>;tag=t',
        "  scheme         sip",
        "  user           +1415;ext=1",
        "  password       (not shown)",
        "  host           h.example",
        "  port           5070",
        "  params         lr",
        "                 x = 1",
        "  headers        X = 1",
        "                 X = 2",
        "                 Y = 3",
        "  display_name   Sales",
        "  header_params  tag = t",
        "  e164           +1415",
    ]


def test_a_person_is_told_that_an_attended_transfer_becomes_blind() -> None:
    assert "\n  attended       yes: " in listing("sip:a@h.example?Replaces=b")[1]


def test_a_refusal_says_what_happened_and_what_to_do() -> None:
    status, text = listing("tel:+14155550123", "sip:a@my_pbx.example")
    assert status == 1
    assert text.splitlines()[-4:] == [
        "sip:a@my_pbx.example",
        "  refused        bad_host",
        "  because        'my_pbx.example' is no hostname, IPv4 or [IPv6] address (RFC 3261 §25.1)",
        "  do             Use a DNS name without underscores, a full IPv4 address or [IPv6].",
    ]


def test_each_code_has_its_advice() -> None:
    assert all(f"- `{code}` " in str(refer_to.__doc__) for code in ADVICE)
    assert set(ADVICE) == {vector["error"] for vector in VECTORS if "error" in vector}


def test_nothing_that_is_shown_steers_a_terminal() -> None:
    text = listing('"\x1b[2J" <sip:a@h>', "sip:%C2%9B2J@h.example?X=%FF%E2%80%AE", "sip:\udcff@h")[
        1
    ]
    assert text.replace("\n", "").isprintable()
    assert "\\x9b2J" in text
    assert "X = \\udcff\\u202e" in text


def test_without_addresses_the_help_is_shown() -> None:
    result = CliRunner().invoke(main, ["parse"])
    assert result.exit_code == 2
    assert "ADDRESS" in result.output


def test_addresses_come_from_stdin_or_from_the_command_line() -> None:
    result = CliRunner().invoke(main, ["parse", "--jsonl", "sip:a@h.example"])
    assert result.exit_code == 2
    assert "--jsonl reads its addresses from stdin: leave out ADDRESS." in result.output


def test_the_help_names_each_subcommand() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert "\n  parse " in result.output

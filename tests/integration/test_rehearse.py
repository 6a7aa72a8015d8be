"""`refer rehearse`: the matrix against a stack that is reached by its URL alone."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.deployment import deployed
from gateway.stack import Stack
from pivot.delivery import Asked
from pivot.matrix.confined import Elsewhere, confined
from pivot.matrix.local import application, cells
from pivot.overrides import Outcome, What
from pivot.sign import LOCAL
from refer_cli.main import main

NO_LIMITS = ("--set", "TRANSFEROR_PER_MINUTE=0", "--set", "TARGET_PER_MINUTE=0")


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The URL of a stack on this machine, whose directory has the entries of the rehearsal."""
    with application({}) as app:
        yield app.base


def refer(*arguments: str, environment: dict[str, str] | None = None) -> Result:
    return CliRunner(env=environment).invoke(main, ["rehearse", *arguments])


def test_cells_go_as_expected_and_those_that_need_other_settings_are_named(base: str) -> None:
    names = ("denied", "by-caller", "busy-action", "application-down", "conference", "table-down")
    done = refer(base, "--local", *(word for name in names for word in ("--cell", name)))
    assert done.exit_code == 0, done.output
    chosen = [cell for cell in cells() if cell.name in names]
    # DefaultMode=hold, which a cell asks for, is the default of the template.
    left = [cell.id for cell in chosen if cell.settings not in ({}, {"DEFAULT_MODE": "hold"})]
    assert f"{len(chosen) - len(left)} cells" in done.output
    assert done.output.splitlines()[-1].endswith(", ".join(left))
    assert left == ["by-caller-unset", "table-down-true", "table-down-unset", "busy-action-true"]


def test_an_account_is_taken_from_the_environment(base: str) -> None:
    environment = {"TWILIO_ACCOUNT_SID": LOCAL.sid, "TWILIO_AUTH_TOKEN": LOCAL.token}
    done = refer(base, "--cell", "busy-true", "--json", *NO_LIMITS, environment=environment)
    result = json.loads(done.output)
    assert (done.exit_code, result["as_expected"]) == (0, True)
    assert LOCAL.token not in done.output


def test_a_call_is_drawn_when_asked_for(base: str, tmp_path: Path) -> None:
    done = refer(base, "--local", "--cell", "busy-true", "--ladder", "--svg", str(tmp_path))
    assert "NOTIFY" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["busy-true.svg"]


def test_settings_that_the_stack_has_are_believed(base: str) -> None:
    done = refer(base, "--local", "--cell", "busy-action", "--set", "HOLD_ACTION=on")
    assert done.exit_code == 1
    assert "connected: expected AgentC, was AgentA" in done.output


def test_a_knob_changes_what_is_expected(base: str) -> None:
    done = refer(base, "--local", "--cell", "5xx-true", "--knobs", "refusal_in_hold=dropped")
    assert done.exit_code == 0
    assert "disconnected" in done.output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "BASE_URL is like"),
        (("https://a.example.com/",), "without a final slash"),
        (("https://a.example.com?x=1",), "BASE_URL is like"),
        (("https://a.example.com",), "Set TWILIO_ACCOUNT_SID"),
        (("https://a.example.com", "--local", "--set", "X=1"), "not NAME=VALUE with a name of"),
        (("https://a.example.com", "--local", "--cell", "x"), "no cell 'x'"),
        (("https://a.example.com", "--local", "--knobs", "x=1"), "'x' is no knob"),
        (("http://127.0.0.1:9", "--local"), "connection refused (Twilio 11202)"),
    ],
)
def test_what_is_not_ready_is_said_before_anything_is_played(
    arguments: tuple[str, ...], problem: str
) -> None:
    done = refer(*arguments, environment={"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": ""})
    assert done.exit_code == 2
    assert problem in done.output
    assert "Traceback" not in done.output


def test_a_stack_whose_rates_are_limited_is_not_rehearsed() -> None:
    done = refer("https://a.example.com", "--account-sid", LOCAL.sid, "--auth-token", LOCAL.token)
    assert done.exit_code == 2
    assert "--set TRANSFEROR_PER_MINUTE=0 --set TARGET_PER_MINUTE=0" in done.output


def test_a_signature_that_is_not_taken_is_explained(base: str) -> None:
    done = refer(base, "--account-sid", LOCAL.sid, "--auth-token", "another", *NO_LIMITS)
    assert done.exit_code == 2
    assert "answered 403" in done.output
    assert "is BASE_URL the one that the stack knows?" in done.output.replace("\n", " ")


def test_a_directory_without_the_entries_is_explained() -> None:
    with deployed(tokens={LOCAL.sid: LOCAL.token}, entries=[]) as stack:
        done = refer(stack.url, "--local")
    assert done.exit_code == 2
    assert "`refer rehearse --entries '*'` prints them" in done.output


def test_the_entries_that_it_prints_are_all_that_it_needs() -> None:
    printed = refer("--entries", "*").output
    with deployed(tokens={LOCAL.sid: LOCAL.token}, entries=[]) as stack:
        words = ["targets", "import", "-", "--table", Stack().environment["TARGETS_TABLE"]]
        imported = CliRunner().invoke(main, words, input=printed)
        assert imported.exit_code == 0, imported.output
        done = refer(stack.url, "--local", "--cell", "answers", "--cell", "denied")
    assert done.exit_code == 0, done.output


def test_a_sender_is_confined_to_what_is_below_its_base() -> None:
    sent: list[str] = []

    def send(asked: Asked, _connect: float, _read: float) -> Outcome:
        sent.append(asked.url)
        return Outcome(What.ANSWERED, 0.0, 200)

    within = confined(send, "https://a.example.com")
    request = LOCAL.request("https://a.example.com/refer/hold", {})
    within(Asked("https://a.example.com/refer/hold", "ashburn", request, 15.0), 1.0, 1.0)
    with pytest.raises(Elsewhere, match=r"points to https://a\.example\.com\.evil\.example/refer"):
        within(Asked("https://a.example.com.evil.example/refer", "", request, 15.0), 1.0, 1.0)
    assert sent == ["https://a.example.com/refer/hold"]

"""`refer targets` imports what is asked for, and each subcommand says what it does."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from gateway import entries
from refer_cli.main import main
from refer_cli.targets import targets

NAMES = (
    "validate",
    "import",
    "export",
    "diff",
    "show",
    "set",
    "delete",
    "schema",
    "deny-set",
)


def test_the_subcommands_are_listed_in_the_order_in_which_they_are_used() -> None:
    assert targets.list_commands(click.Context(targets)) == list(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_subcommand_has_help_under_its_own_name(name: str) -> None:
    command = targets.get_command(click.Context(targets), name)
    assert command is not None
    assert command.name == name
    assert CliRunner().invoke(main, ["targets", name, "--help"]).exit_code == 0


def test_an_unknown_subcommand_is_a_usage_error() -> None:
    assert CliRunner().invoke(main, ["targets", "frobnicate"]).exit_code == 2


def test_validating_a_file_imports_neither_aws_nor_what_draws_tables() -> None:
    code = (
        "import sys; from refer_cli.main import main;"
        f"main(['targets', 'validate', {str(entries.DEMO)!r}], standalone_mode=False);"
        "print({'boto3', 'botocore', 'rich', 'phonenumbers'} & set(sys.modules))"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["set()"], done.stderr


def test_ctrl_c_ends_with_the_status_that_shells_give_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("refer_cli.targets.validating.check", interrupted)
    result = CliRunner().invoke(main, ["targets", "validate", str(entries.DEMO)])
    assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")

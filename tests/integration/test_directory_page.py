"""docs/directory.md: its directories can be imported, its commands print what the page shows.

UPDATE_GOLDEN=1 writes what each command prints; the test fails then, so that somebody reads it.
"""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from call_transfer.entry import FIELDS
from pages import Page
from refer_cli.main import main

PAGE = Page("directory.md")
YAML = PAGE.blocks("yaml")


@pytest.mark.parametrize(
    "text", [text for _, text in YAML], ids=[name or "part" for name, _ in YAML]
)
def test_every_directory_of_the_page_can_be_imported(text: str, tmp_path: Path) -> None:
    file = tmp_path / "directory.yaml"
    file.write_text(text)
    result = CliRunner().invoke(main, ["targets", "validate", str(file)])
    assert result.exit_code == 0, result.output
    # Nothing of the page is half right: a directory is whole, or its chains lead nowhere.
    assert "warning" not in result.output


@pytest.mark.parametrize("name", PAGE.files)
def test_lint_has_nothing_against_a_directory_of_the_page(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(PAGE.files[name])
    result = CliRunner().invoke(main, ["lint", str(tmp_path / name)])
    assert result.exit_code == 0, result.output


def test_the_table_of_the_page_can_be_imported(tmp_path: Path) -> None:
    [(_, text)] = PAGE.blocks("csv")
    file = tmp_path / "directory.csv"
    file.write_text(text)
    result = CliRunner().invoke(main, ["targets", "validate", str(file)])
    assert result.exit_code == 0, result.output


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    PAGE.prints_what_it_shows(tmp_path)


def test_every_field_is_on_the_page() -> None:
    rows = [line for line in PAGE.text.splitlines() if line.startswith("| `")]
    named = {word for row in rows for word in re.findall("`([^`]+)`", row.split("|")[1])}
    assert set(FIELDS) <= named


def test_every_command_of_the_page_exists() -> None:
    for line in "".join(text for _, text in PAGE.blocks("sh")).splitlines():
        words = shlex.split(line)
        group: click.Command | None = main
        context = click.Context(main)
        for word in words[1:]:
            if isinstance(group, click.Group):
                group = group.get_command(context, word)
        assert group is not None, line
        options = {option for one in group.params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= options

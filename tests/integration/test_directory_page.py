"""docs/directory.md: its directories can be imported, its commands print what the page shows.

UPDATE_GOLDEN=1 writes what each command prints; the test fails then, so that somebody reads it.
"""

import os
import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from call_transfer.entry import FIELDS
from gateway.stack import ROOT
from refer_cli.main import main

PATH = ROOT / "docs" / "directory.md"
PAGE = PATH.read_text(encoding="utf-8")
YAML = re.findall(r"^```yaml(?: file=(\S+))?\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
CONSOLE = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
NAMED = {name: text for name, text in YAML if name}


def run(command: str, folder: Path) -> str:
    """Return what a command of the page prints, with the directories of the page at hand."""
    for name, text in NAMED.items():
        (folder / name).write_text(text)
    words = [str(folder / word) if word in NAMED else word for word in shlex.split(command)[1:]]
    result = CliRunner().invoke(main, words)
    assert result.exit_code in {0, 1}, result.output
    return result.output


def commands(block: str) -> list[tuple[str, str]]:
    """Return the commands of a block, each with what is shown below it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


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


@pytest.mark.parametrize("name", NAMED)
def test_lint_has_nothing_against_a_directory_of_the_page(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(NAMED[name])
    result = CliRunner().invoke(main, ["lint", str(tmp_path / name)])
    assert result.exit_code == 0, result.output


def test_the_table_of_the_page_can_be_imported(tmp_path: Path) -> None:
    [text] = re.findall(r"^```csv\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "directory.csv"
    file.write_text(text)
    result = CliRunner().invoke(main, ["targets", "validate", str(file)])
    assert result.exit_code == 0, result.output


def test_the_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    page = PAGE
    for block in CONSOLE:
        new = "\n".join(
            f"$ {command}\n{run(command, tmp_path).rstrip()}\n" for command, _ in commands(block)
        )
        page = page.replace(f"```console\n{block}```", f"```console\n{new}```")
    if os.environ.get("UPDATE_GOLDEN") == "1" and page != PAGE:
        PATH.write_text(page)
        pytest.fail("wrote docs/directory.md: read the difference")
    assert page == PAGE


def test_every_field_is_on_the_page() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    named = {word for row in rows for word in re.findall("`([^`]+)`", row.split("|")[1])}
    assert set(FIELDS) <= named


def test_every_command_of_the_page_exists() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in "".join(blocks).splitlines():
        words = shlex.split(line)
        group: click.Command | None = main
        context = click.Context(main)
        for word in words[1:]:
            if isinstance(group, click.Group):
                group = group.get_command(context, word)
        assert group is not None, line
        options = {option for one in group.params for option in one.opts}
        assert {word for word in words if word.startswith("--")} <= options

"""A page of docs/ whose commands are run and whose output is compared with what it shows.

UPDATE_GOLDEN=1 writes what each command prints; the test fails then, so that somebody reads it.
"""

import ast
import os
import re
import shlex
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.stack import ROOT
from refer_cli.main import main

_BLOCK = re.compile(r"^```(\w+)(?: file=(\S+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Page:
    """One page; `name` is its path below docs/."""

    name: str

    @property
    def path(self) -> Path:
        return ROOT / "docs" / self.name

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[tuple[str, str]]:
        """Return the blocks of a language, each with the name of its file, or ""."""
        found = _BLOCK.findall(self.text)
        return [(name, body) for spoken, name, body in found if spoken == language]

    @cached_property
    def files(self) -> dict[str, str]:
        """What the page calls files, by their names."""
        return {name: body for _, name, body in _BLOCK.findall(self.text) if name}

    @property
    def tests(self) -> list[tuple[str, str]]:
        """The tests that the page names, each with its file: `tests/a/test_b.py::test_c`."""
        return re.findall(r"`(tests/[a-z_/]+\.py)::(test_\w+)`", self.text)

    @property
    def commands(self) -> list[str]:
        """The commands whose output the page shows."""
        return [command for _, block in self.blocks("console") for command in _commands(block)]

    def run(self, command: str, folder: Path) -> str:
        """Return what a command of the page prints, with the files of the page at hand."""
        for name, text in self.files.items():
            (folder / name).write_text(text)
        words = shlex.split(command)[1:]
        found = [str(folder / word) if word in self.files else word for word in words]
        result = CliRunner().invoke(main, found)
        assert result.exit_code in {0, 1}, result.output
        return result.output.replace(f"{folder}/", "")

    def prints_what_it_shows(self, folder: Path) -> None:
        """Run all commands; hold, or rewrite, what the page shows below them."""
        new = self.text
        for _, block in self.blocks("console"):
            runs = (
                f"$ {command}\n{self.run(command, folder).rstrip()}\n"
                for command in _commands(block)
            )
            shown = "\n".join(runs)
            new = new.replace(f"```console\n{block}```", f"```console\n{shown}```")
        if os.environ.get("UPDATE_GOLDEN") == "1" and new != self.text:
            self.path.write_text(new, encoding="utf-8")
            pytest.fail(f"wrote docs/{self.name}: read the difference")
        assert new == self.text


def _commands(block: str) -> list[str]:
    return re.findall(r"^\$ (.*)\n", block, flags=re.MULTILINE)


@cache
def defined_in(path: str) -> frozenset[str]:
    """Return the names of the tests that a file has."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )

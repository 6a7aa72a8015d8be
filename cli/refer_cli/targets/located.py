"""One entry as a file has it, with the place of each field, and what is wrong there.

Both kinds of file are read into this; what an entry may say is not decided here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Column = int | str
"""A column of YAML, counted from 1, or the name of a column of CSV."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a field begins; `plain` is its text when YAML reads that text as something else."""

    line: int
    column: Column
    inner: Mapping[str, "Mark"] = field(default_factory=dict)
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a file; a warning does not make the file invalid."""

    line: int
    column: Column
    address: str
    text: str
    warning: bool = False

    def told(self, file: str) -> str:
        """Return the line that editors and terminals turn into a link."""
        kind = "warning: " if self.warning else ""
        address = f"{self.address}: " if self.address else ""
        return printable(f"{file}:{self.line}:{self.column}: {kind}{address}{self.text}")

    def as_json(self, file: str) -> dict[str, Any]:
        """Return the same for a program."""
        return {
            "severity": "warning" if self.warning else "error",
            "file": file,
            "line": self.line,
            "column": self.column,
            "address": self.address,
            "message": self.text,
        }


@dataclass(frozen=True, slots=True)
class Located:
    """An entry as it was written, and what the reader of the file found wrong with it already."""

    item: dict[str, Any]
    mark: Mark
    problems: tuple[Problem, ...] = ()

    @property
    def address(self) -> str:
        """The address as it is written, also where that is no text."""
        found = self.item.get("address", "")
        return found if isinstance(found, str) else self.at("address").plain

    def at(self, path: str) -> Mark:
        """Return the place of a field by its dotted path, or of the innermost part that is there.

        What the entry lacks is wrong with the entry: its own place is returned then.
        """
        found = self.mark
        for step in path.replace("[", ".").replace("]", "").split("."):
            if step not in found.inner:
                break
            found = found.inner[step]
        return found

    def problem(self, path: str, text: str, *, warning: bool = False) -> Problem:
        """Say what is wrong with a field."""
        place = self.at(path)
        return Problem(place.line, place.column, self.address, text, warning)


class UnreadableFile(Exception):
    """The file breaks off being YAML or CSV at a place; nothing after it can be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


def printable(text: str) -> str:
    """Escape what a terminal would obey or cannot show."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )

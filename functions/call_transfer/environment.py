"""Variables of the environment, read into a frozen object; all problems are reported at once.

Nothing here reads the environment: `application` hands it over.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields

from call_transfer.errors import SettingsError

type Reader = Callable[[str], object]


def parse[T](cls: type[T], environment: Mapping[str, str], readers: Mapping[str, Reader]) -> T:
    """Read each field of `cls` from the variable of its name in capitals. Raises SettingsError."""
    problems: list[str] = []
    values: dict[str, object] = {}
    for field in fields(cls):  # type: ignore[arg-type] # a dataclass, as its callers hand it in
        variable = field.name.upper()
        try:
            values[field.name] = readers[field.name](environment[variable].strip())
        except KeyError:
            problems.append(f"{variable} is not set")
        except ValueError as error:
            problems.append(f"{variable} {error}")
    if problems:
        raise SettingsError(problems)
    return cls(**values)


def name(text: str) -> str:
    """Read a value that must not be empty."""
    if not text:
        raise ValueError("is empty")
    return text


def matching(pattern: re.Pattern[str], wanted: str) -> Callable[[str], str]:
    """Return a reader of values of this form; `wanted` says in words which."""

    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"is {text!r}, and must be {wanted}")
        return text

    return read


def number(low: int, high: int) -> Callable[[str], int]:
    """Return a reader of whole numbers."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError(f"is {text!r}, and must be a whole number from {low} to {high}")
        return int(text)

    return read


def choice[T](**choices: T) -> Callable[[str], T]:
    """Return a reader of words, each of which stands for a value."""

    def read(text: str) -> T:
        if text not in choices:
            raise ValueError(f"is {text!r}, and must be one of {', '.join(choices)}")
        return choices[text]

    return read

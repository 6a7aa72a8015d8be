"""A directory file in YAML: a list of entries, read one at a time, each field with its place."""

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import yaml

from refer_cli.targets.located import Located, Problem, UnreadableFile
from refer_cli.targets.yaml_compose import STAR, Composer


def read(stream: BinaryIO) -> Iterator[Located]:
    """Yield the entries of a list. Raises UnreadableFile at the place where it is not YAML."""
    reader = Composer(yaml.CSafeLoader(stream))
    try:
        yield from reader.entries()
    except yaml.YAMLError as error:
        raise UnreadableFile(_syntax(error)) from None
    finally:
        reader.close()


def read_value(text: str) -> Any:  # noqa: ANN401 - whatever YAML can say
    """Read one value as a file would. Raises ValueError, which says what is wrong."""
    try:
        located = list(read(io.BytesIO(f"- value: {text}".encode())))
    except UnreadableFile as error:
        raise ValueError(error.problem.text) from None
    problems = [problem.text for one in located for problem in one.problems]
    if problems or len(located) != 1 or set(located[0].item) != {"value"}:
        raise ValueError("; ".join(problems) or "is not one value")
    return located[0].item["value"]


def _syntax(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    context, problem = getattr(error, "context", None), getattr(error, "problem", None)
    said = ", ".join(part for part in (context, problem) if part)
    if not said:
        said = f"{getattr(error, 'reason', 'not UTF-8')} (write the file in UTF-8)"
    advice = STAR if context and "alias" in context else ""
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return Problem(line, column, "", f"cannot be read as YAML: {said}{advice}")

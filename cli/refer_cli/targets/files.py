"""Directory files on the command line: which kind, where from, where to."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from refer_cli.targets import csv_file, yaml_file
from refer_cli.targets.located import Located

STREAM = "-"
_READ: Mapping[str, Callable[[BinaryIO], Iterator[Located]]] = {
    "yaml": yaml_file.read,
    "csv": csv_file.read,
}
_SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".csv": "csv"}

file_argument = click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True)
)
format_option = click.option(
    "--format", "form", type=click.Choice(list(_READ)), help="Instead of what the name ends in."
)


def form_of(file: str, form: str | None) -> str:
    """Return yaml or csv; a stream is YAML unless --format says otherwise."""
    if form:
        return form
    if file == STREAM:
        return "yaml"
    suffix = Path(file).suffix.lower()
    if suffix not in _SUFFIXES:
        raise click.UsageError(
            f"{file} ends in none of {', '.join(_SUFFIXES)}: say --format yaml or --format csv."
        )
    return _SUFFIXES[suffix]


def shown(file: str) -> str:
    """Return how messages name a file."""
    return "<stdin>" if file == STREAM else file


@contextmanager
def reading(file: str, form: str | None) -> Iterator[Iterator[Located]]:
    """Open a directory file and yield its entries."""
    read = _READ[form_of(file, form)]
    if file == STREAM:
        yield read(sys.stdin.buffer)
        return
    with Path(file).open("rb") as stream:
        yield read(stream)

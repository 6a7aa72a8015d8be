"""Entries written as a directory file, one at a time; reading it gives the same entries.

YAML leaves `tenant` out where it is `*`. A formula in CSV is made harmless by `csv_cells`.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from call_transfer.directory import SHARED
from call_transfer.entry import FIELDS
from refer_cli.targets import csv_cells

type Item = Mapping[str, Any]

_PLACE = {name: number for number, name in enumerate(FIELDS)}
_WIDTH = 100


class NotInAFile(Exception):
    """An entry holds something that no file can say: somebody edited the table by hand."""


def as_yaml(items: Iterable[Item]) -> Iterator[str]:
    """Yield the text of a YAML list, entry by entry."""
    empty = True
    for item in items:
        empty = False
        yield yaml_of([_without_shared(item)])
    if empty:
        yield "[]\n"


def as_csv(items: Iterable[Item]) -> Iterator[str]:
    """Yield the lines of CSV, with a column for every field there is."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(FIELDS)
    for item in items:
        yield _taken(text)
        writer.writerow(
            csv_cells.write(name, item[name]) if name in item else "" for name in FIELDS
        )
    yield _taken(text)


def yaml_of(value: object) -> str:
    """Return a value as YAML, texts quoted where a reader of YAML 1.1 or 1.2 needs it."""
    return yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, indent=2
    )


def plain_item(item: Item) -> dict[str, Any]:
    """Return an entry of the table in the order of the fields. Raises NotInAFile."""
    for name, value in item.items():
        if not _sayable(value):
            raise NotInAFile(f"{name} holds what no file can say ({type(value).__name__})")
    return dict(sorted(item.items(), key=lambda pair: (_PLACE.get(pair[0], len(_PLACE)), pair[0])))


def _sayable(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(name, str) and _sayable(one) for name, one in value.items())
    if isinstance(value, list):
        return all(_sayable(one) for one in value)
    return isinstance(value, (str, int))


def _without_shared(item: Item) -> Item:
    return {name: value for name, value in item.items() if (name, value) != ("tenant", SHARED)}


def _taken(text: io.StringIO) -> str:
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written


class _Dumper(yaml.CSafeDumper):
    """Without anchors: an entry stands for itself."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - yaml's
        return True


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # PyYAML quotes what YAML 1.1 takes for no text; YAML 1.2 and this reader take some more so.
    style = '"' if text[:1].isdigit() or text[:1] in "+-.~" or text == "" else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)

"""A directory file in CSV: a header of field names, one entry a row, an empty cell for no value.

Rows are counted as a spreadsheet counts them: the header is row 1. What a cell holds is known to
`csv_cells`.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from call_transfer.entry import FIELDS
from refer_cli.targets import csv_cells
from refer_cli.targets.located import Located, Mark, Problem, UnreadableFile

_LARGEST = 400_000  # DynamoDB's limit of an item, in bytes; csv's own is 131072 characters
# A spreadsheet that read +14155550123 as a number saves 14155550123, or 1.41556E+10.
_LOST_PLUS = re.compile(r"[1-9][0-9]{9,14}")
_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)


def read(stream: BinaryIO) -> Iterator[Located]:
    """Yield the entries. Raises UnreadableFile where it is no CSV, or the header is no header."""
    csv.field_size_limit(_LARGEST)
    # A byte order mark at the beginning is what spreadsheets write.
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    rows = csv.reader(text, strict=True)
    number, header = 0, list[str]()
    try:
        for number, cells in enumerate(rows, 1):
            if number == 1:
                header = _header(cells)
            elif any(cells):
                yield _entry(number, header, cells)
    except UnicodeDecodeError:
        raise _broken(number + 1, "", "is not UTF-8; save the file as CSV UTF-8") from None
    except csv.Error as error:
        raise _broken(number + 1, "", f"cannot be read as CSV: {error}") from None
    finally:
        text.detach()


def _header(cells: list[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    for name in header:
        if name not in FIELDS:
            separators = " Separate the columns by commas." if ";" in name or "\t" in name else ""
            raise _broken(1, name, f"is no field; the fields are {', '.join(FIELDS)}.{separators}")
        if header.count(name) > 1:
            raise _broken(1, name, "is there twice; a field has one column")
    return header


def _entry(number: int, header: list[str], cells: list[str]) -> Located:
    if len(cells) > len(header):
        extra = Problem(number, "", "", f"has {len(cells)} cells for {len(header)} fields")
        return Located({}, Mark(number, "address"), (extra,))
    item: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, cell in zip(header, cells, strict=False):
        if cell == "":
            continue
        try:
            item[name] = csv_cells.read(name, cell)
        except ValueError as error:
            # It stays, so that the entry does not seem to lack it.
            item[name] = cell
            problems.append(Problem(number, name, "", f"{name} {error}"))
    address = str(item.get("address", ""))
    if _LOST_PLUS.fullmatch(address):
        lost = f"address is a user of {len(address)} digits; was it the number +{address}?"
        problems.append(Problem(number, "address", "", lost, warning=True))
    if _ROUNDED.fullmatch(address):
        problems.append(Problem(number, "address", "", "address was rounded by a spreadsheet"))
    inner = {name: Mark(number, name) for name in header}
    return Located(item, Mark(number, "address", inner), tuple(problems))


def _broken(row: int, column: str, text: str) -> UnreadableFile:
    name = f"the column {column!r} " if column else ""
    return UnreadableFile(Problem(row, column, "", f"{name}{text}"))

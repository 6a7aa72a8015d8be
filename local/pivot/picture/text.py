"""A Picture for the terminal: plain ASCII, and the name of a style beside each line.

The rails stand in line whatever the row says.  Colours are left to whoever prints the lines.
"""

import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise

from pivot.picture.answer import wrapped
from pivot.picture.glossary import middle
from pivot.picture.rows import Message, Note, Picture, Row, Style

type Line = tuple[Style, str]

_TIME = 6
_NEAR = 10
_FAR = 70
_NAME = 16
_BESIDE = 3
_MARKS: Mapping[Style, str] = {"alert": "!", "log": "log"}


def lines(picture: Picture) -> Iterator[Line]:
    """Return the lines of a picture, the names of the parties first."""
    time = max([_TIME, *(len(_at(row)) for row in picture.rows)])
    columns = _columns(picture.lanes, time)
    last = max(columns.values())
    heading = [" "] * (last + 1)
    for lane, column in columns.items():
        name = _name(lane)
        # Nothing is wider than the rails: four parties fit into 120 columns.
        _put(heading, min(column - len(name) // 2, last + 1 - len(name)), name)
    yield "heading", "".join(heading)
    for row in picture.rows:
        drawn = list(_message(row, columns) if isinstance(row, Message) else _note(row, columns))
        for number, (style, line) in enumerate(drawn):
            at = "" if number else _at(row)
            yield style, f"{at:>{time}}{line[time:]}".rstrip()


def _message(message: Message, columns: Mapping[str, int]) -> Iterator[Line]:
    twilio, api = list(columns.values())[-2:]
    start, end = columns[message.source], columns[message.target]
    left, right = sorted((start, end))
    line = _rails(columns)
    room = right - left - 3
    if left < right == api:
        # Nothing is free beside this arrow: all that it says has to stand on it.
        words = f"{message.text}  {message.comment}".rstrip()
        on, beside = middle(_ascii(words), room), ""
    else:
        on, rest = message.placed(room, lambda text: len(_ascii(text)))
        on, beside = _ascii(on), _ascii("  ".join(filter(None, (rest, message.comment))))
    if room > 0:
        _put(line, left + 1, f"-{on}".ljust(right - left - 1, "-"))
        line[right - 1 if end > start else left + 1] = ">" if end > start else "<"
    _put(line, twilio + _BESIDE, middle(beside, api - twilio - _BESIDE - 1))
    yield message.style, "".join(line)
    for code in message.below:
        for text in wrapped(_ascii(code), api - twilio - 3):
            line = _rails(columns)
            _put(line, twilio + 2, text)
            yield "twiml", "".join(line)


def _note(note: Note, columns: Mapping[str, int]) -> Iterator[Line]:
    twilio, api = list(columns.values())[-2:]
    mark = _MARKS.get(note.style, "*")
    width = api - twilio - _BESIDE - 1
    indent = " " * (len(mark) + 1)
    for text in textwrap.wrap(f"{mark} {_ascii(note.text)}", width, subsequent_indent=indent):
        line = _rails(columns)
        _put(line, twilio + _BESIDE, text)
        yield note.style, "".join(line)


def _columns(lanes: tuple[str, ...], time: int) -> dict[str, int]:
    """Return where the rails stand: as close as the names allow, but for the last one."""
    columns = {lanes[0]: time + 1 + len(_name(lanes[0])) // 2}
    for before, lane in pairwise(lanes):
        halves = (len(_name(before)) + 1) // 2 + len(_name(lane)) // 2
        gap = _FAR if lane == lanes[-1] else max(_NEAR, halves + 2)
        columns[lane] = columns[before] + gap
    return columns


def _rails(columns: Mapping[str, int]) -> list[str]:
    line = [" "] * (max(columns.values()) + 1)
    for column in columns.values():
        line[column] = "|"
    return line


def _at(row: Row) -> str:
    return f"{row.at:.1f}"


def _name(lane: str) -> str:
    return middle(_ascii(lane), _NAME)


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()


def _put(line: list[str], at: int, text: str) -> None:
    line[at : at + len(text)] = text

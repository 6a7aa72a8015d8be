"""Rows of a Picture as SVG: arrows with what they say, TwiML in a panel below, notes as pills.

Each function appends what it draws from `top` downwards and returns where the next row begins.
"""

import textwrap
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from pivot.picture.answer import Block, wrapped
from pivot.picture.rows import Message, Note, Row, Style
from pivot.picture.svg_parts import add, arrow, fit, label
from pivot.picture.svg_style import SIZES, measure

_TIMES = 56.0
_PAD = 10.0
_TIP_ROOM = 16.0
_BESIDE = 12.0
_ROW = 33.0
_LINE = 15.0
_NOTE_CHARACTERS = 62
_UNEVEN = 8
_COLOURS: Mapping[Style, str] = {"sip": "sip", "error": "error"}

type Rails = Mapping[str, float]


def draw(parent: ET.Element, row: Row, rails: Rails, top: float) -> float:
    """Append a row: its time at the left, and what happened."""
    group = add(parent, "g")
    if isinstance(row, Message):
        add(group, "title", text=_told(row))
    bottom = (
        _message(group, row, rails, top)
        if isinstance(row, Message)
        else _note(group, row, rails, top)
    )
    label(group, _TIMES, top + _ROW / 2 + 9, f"{row.at:.1f} s", "small faint", anchor="end")
    return bottom


def _message(group: ET.Element, message: Message, rails: Rails, top: float) -> float:
    twilio, api = list(rails.values())[-2:]
    start, end = rails[message.source], rails[message.target]
    left, right = sorted((start, end))
    line = top + _ROW / 2 + 5
    role = _COLOURS.get(message.style, "http")
    room = right - left - _PAD - _TIP_ROOM
    if left < right == api:
        # Nothing is free beside this arrow: all that it says has to stand on it.
        on = fit(f"{message.text} {message.comment}".rstrip(), room, "text", mono=True)
    else:
        on, rest = message.placed(room, lambda text: measure(text, "text", mono=True))
        _beside(group, (rest, f"text mono fill {role}"), message.comment, (twilio, api), line + 4)
    if room > 0:
        arrow(group, start, end, line, role, dashed=message.reply)
    if on:
        label(group, left + _PAD, line - 6, on, f"text mono halo fill {role}")
    if message.below:
        return _twiml(group, message.below, twilio + _BESIDE, api - _BESIDE, line + 9) + 4
    return top + _ROW


def _beside(
    group: ET.Element, rest: tuple[str, str], comment: str, gap: tuple[float, float], y: float
) -> None:
    """Write between Twilio and the API what has no room on an arrow, then what is said about it."""
    x, end = gap[0] + _BESIDE, gap[1] - _BESIDE
    text, classes = rest
    if text:
        shown = fit(text, end - x, "text", mono=True)
        label(group, x, y, shown, classes)
        x += measure(shown, "text", mono=True) + _BESIDE
    shown = fit(comment, end - x, "text")
    if shown:
        label(group, x, y, shown, "text faint")


def _twiml(group: ET.Element, lines: Block, left: float, right: float, top: float) -> float:
    room = right - left - 2 * _PAD
    lines = tuple(part for line in lines for part in wrapped(line, _most(line, room, "code")))
    height = len(lines) * _LINE + 10
    add(group, "rect", "panel", x=left, y=top, width=right - left, height=height, rx=4)
    for number, line in enumerate(lines):
        code = line.lstrip(" ")
        # An SVG drops leading spaces.
        x = left + _PAD + measure(" " * (len(line) - len(code)), "code", mono=True)
        label(group, x, top + 16 + number * _LINE, code, "code mono ink")
    return top + height


def _most(text: str, room: float, size: str) -> int:
    """Return how many characters have room if all are as wide as the widest one."""
    return int(room / max(measure(each, size, mono=size == "code") for each in text))


def _note(group: ET.Element, note: Note, rails: Rails, top: float) -> float:
    leftmost, rightmost = _TIMES + _PAD, max(rails.values()) - _PAD
    room = rightmost - leftmost - 2 * _BESIDE
    most = min(_NOTE_CHARACTERS, _most(note.text, room, "text"))
    # Lines of about the same length: no word is left alone on the last one.
    even = len(note.text) // (len(note.text) // most + 1) + _UNEVEN
    lines = textwrap.wrap(note.text, min(most, even))
    height = len(lines) * (SIZES["text"] + 4) + 7
    over = [rails[lane] for lane in note.over]
    first, last = min(over), max(over)
    # A pill reaches from the first to the last of those whom it names.
    words = max(measure(line, "text", mono=False) for line in lines)
    width = max(words, last - first + _BESIDE) + 2 * _BESIDE
    left = max(leftmost, min((first + last - width) / 2, rightmost - width))
    add(
        group,
        "rect",
        f"pill {note.style}",
        x=left,
        y=top + _ROW / 2 - 6,
        width=width,
        height=height,
        rx=min(height, 24) / 2,
    )
    for number, line in enumerate(lines):
        baseline = top + _ROW / 2 + 9.5 + number * (SIZES["text"] + 4)
        label(group, left + width / 2, baseline, line, "text ink", anchor="middle")
    return top + height + 14


def _told(message: Message) -> str:
    words = f"{message.at:.1f} s, {message.source} to {message.target}: {message.text}"
    return f"{words}, {message.comment}" if message.comment else words

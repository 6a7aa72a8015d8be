"""Draw who said what to whom as a ladder, one line for each message.

Parties stand side by side in the order given, SIP parties and Twilio close together, the API at a
distance that leaves room for paths.  Plain ASCII; each line has the name of a style beside it.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

API = "API"
TWILIO = "Twilio"
_NEAR = 10
_FAR = 68
_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Message:
    """An arrow. `comment` stands beside an arrow that is too short for it."""

    source: str
    target: str
    text: str
    comment: str = ""
    style: str = "sip"


@dataclass(frozen=True, slots=True)
class Note:
    """Lines between arrows: TwiML, or what the log says."""

    lines: tuple[str, ...]
    style: str = "note"


type Item = Message | Note
type Line = tuple[str, str]


def draw(parties: Sequence[str], items: Iterable[Item]) -> Iterator[Line]:
    """Return the lines of a ladder, each with its style. The last party is the API."""
    columns = {party: 2 + number * _NEAR for number, party in enumerate(parties)}
    columns[parties[-1]] += _FAR - _NEAR
    yield "heading", _names(columns)
    for item in items:
        if isinstance(item, Note):
            yield from ((item.style, f"      {line}") for line in item.lines)
            continue
        line = _rails(columns)
        start, end = columns[item.source], columns[item.target]
        _arrow(line, start, end, item.text)
        if item.comment:
            _put(line, columns[TWILIO] + 3, item.comment)
        yield item.style, "".join(line).rstrip()


def pretty(twiml: ET.Element, indent: str = "") -> Iterator[str]:
    """Return TwiML as lines, each attribute on one of its own."""
    attributes = [f"{name}={quoteattr(value)}" for name, value in twiml.attrib.items()]
    opening = f"{indent}<{twiml.tag}"
    if len(attributes) == 1:
        opening += f" {attributes[0]}"
    elif attributes:
        yield opening
        yield from (f"{indent}    {attribute}" for attribute in attributes[:-1])
        opening = f"{indent}    {attributes[-1]}"
    if len(twiml):
        yield f"{opening}>"
        for child in twiml:
            yield from pretty(child, f"{indent}  ")
        yield f"{indent}</{twiml.tag}>"
    elif twiml.text:
        yield f"{opening}>{escape(twiml.text)}</{twiml.tag}>"
    else:
        yield f"{opening}/>"


def told(text: str, style: str = "note") -> Note:
    """Return a sentence as a note, in as many lines as it takes."""
    return Note(tuple(textwrap.wrap(text, _WIDTH - 6, subsequent_indent="    ")), style)


def _names(columns: dict[str, int]) -> str:
    line = [" "] * (max(columns.values()) + 8)
    for party, column in columns.items():
        _put(line, max(0, column - len(party) // 2), party)
    return "".join(line).rstrip()


def _rails(columns: dict[str, int]) -> list[str]:
    line = [" "] * (max(columns.values()) + 1)
    for column in columns.values():
        line[column] = "|"
    return line


def _arrow(line: list[str], start: int, end: int, text: str) -> None:
    left, right = min(start, end), max(start, end)
    room = right - left - 3
    if len(text) > room:
        text = f"{text[: room // 2]}..{text[room // 2 + 2 - room :]}"
    line[left + 1 : right] = f"-{text}".ljust(right - left - 1, "-")
    line[right - 1 if end > start else left + 1] = ">" if end > start else "<"


def _put(line: list[str], at: int, text: str) -> None:
    line[at : at + len(text)] = text

"""Short words for what a trace spells out: names for addresses, paths for URLs, no identifiers.

It looks things up in the trace and nowhere else.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from pivot.elements import Element
from pivot.model.seen import API, TWILIO, Arrow

_CUT = ".."
# A refer id is a segment of a path: a number may well have twelve digits too.
_IDS = re.compile(r"\bCA[0-9a-fA-F]{32}\b|(?<=/)[0-9a-f]{12}(?![^/?#\s])")
_URL = re.compile(r"(https?://[^/?#\"<>\s]+)(/[^?#\"<>\s]*)")


@dataclass(frozen=True, slots=True)
class Glossary:
    """`names` are parties by the address dialled, `bases` the beginnings of our own URLs."""

    names: Mapping[str, str]
    bases: tuple[str, ...]

    @classmethod
    def of(cls, arrows: Iterable[Arrow]) -> Self:
        """Read the arrows: whom an INVITE reached, and on which hosts the webhooks are."""
        names: dict[str, str] = {}
        asked: set[str] = set()
        offered: dict[tuple[str, str], None] = {}
        for arrow in arrows:
            if arrow.kind == "http" and arrow.target == API:
                asked.add(arrow.text.partition(" ")[2])
            elif arrow.kind == "http":
                offered |= dict.fromkeys(_URL.findall(arrow.body))
            elif arrow.source == TWILIO and arrow.text == "INVITE":
                names.setdefault(arrow.comment, visible(arrow.target))
        return cls(names, tuple(dict.fromkeys(base for base, path in offered if path in asked)))

    def value(self, value: str) -> str:
        """Return a value of TwiML; of a URL on our own host, the path."""
        if not value.startswith(("http://", "https://", "/")):
            return value
        base = next((base for base in self.bases if value.startswith(f"{base}/")), "")
        return short_path(value.removeprefix(base))

    def party(self, noun: Element) -> str:
        """Return who it is that a noun dials."""
        texts = (noun.text, *(child.text for child in noun.children if child.name == "Identity"))
        address = next((text for text in texts if text), "").partition("?")[0]
        if address in self.names:
            return self.names[address]
        plain = " ".join(address.partition(";")[0].removeprefix("sip:").split())
        return plain if noun.name in {"Sip", "Number", "Client"} else f"{noun.name} {plain}".strip()


def short_path(path: str) -> str:
    """Return a path, or a text that ends with one, without fragment and identifiers."""
    return _IDS.sub(_CUT, path.partition("#")[0])


def visible(text: str) -> str:
    """Return text in which nothing hides: control characters and the like are spelled out."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )


def middle(text: str, room: int) -> str:
    """Return text that is not longer than `room`, by leaving out its middle."""
    if len(text) <= room:
        return text
    kept = max(0, room - len(_CUT))
    return f"{text[: kept - kept // 2]}{_CUT}{text[len(text) - kept // 2 :]}"[: max(0, room)]

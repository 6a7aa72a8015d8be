"""How the values in TwiML are read: URLs, choices, numbers, events, phone numbers.

A rule returns what a text stands for or raises NotTaken; limits.py says where each is from.
"""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Protocol, get_args, get_origin, get_type_hints
from urllib.parse import urljoin, urlsplit

from pivot.limits import NotTaken

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_US = re.compile(r"(?:1[ .-]?)?\(?([2-9][0-9]{2})\)?[ .-]?([0-9]{3})[ .-]?([0-9]{4})")
EVER = 999_999_999
_EMERGENCY = frozenset({"911", "933", "112", "999"})


class Rule(Protocol):
    """How one value is read."""

    def read(self, text: str, base: str) -> object:
        """Return what a text stands for; `base` is the URL of the document. Raises NotTaken."""


@dataclass(frozen=True, slots=True)
class Url:
    """An HTTP URL; a relative one is resolved against the document's."""

    error: int = 11100
    may_be_empty: bool = False

    def read(self, text: str, base: str) -> str:
        """Return an absolute URL, or nothing where nothing is allowed."""
        if self.may_be_empty and not text:
            return ""
        try:
            # urljoin takes "https:a" for relative; RFC 3986 section 5.2.2 has it absolute.
            url = text if urlsplit(text).scheme else urljoin(base, text)
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError as error:
            raise NotTaken(self.error, f"{text[:80]!r} is no URL: {error}") from None
        if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s\\]", text):
            raise NotTaken(self.error, f"{text[:80]!r} is no HTTP URL")
        if "_" in host:
            raise NotTaken(self.error, f"host name {host!r} has an underscore")
        return url


@dataclass(frozen=True, slots=True)
class Like:
    """A text of a certain form, which `words` describe."""

    pattern: str
    words: str
    error: int | None = 12200

    def read(self, text: str, base: str) -> str:  # noqa: ARG002 - a Rule
        """Return the text as it is."""
        if not re.fullmatch(self.pattern, text, re.DOTALL):
            raise NotTaken(self.error, f"{text[:80]!r} is not {self.words}")
        return text


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`."""

    error: int = 12200

    def read(self, text: str, base: str) -> bool:  # noqa: ARG002 - a Rule
        """Return the truth."""
        if text not in {"true", "false"}:
            raise NotTaken(self.error, f"{text[:80]!r} is neither true nor false")
        return text == "true"


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number between two others."""

    least: int
    most: int
    error: int

    def read(self, text: str, base: str) -> int:  # noqa: ARG002 - a Rule
        """Return the number."""
        if not re.fullmatch("[0-9]{1,9}", text) or not self.least <= int(text) <= self.most:
            raise NotTaken(self.error, f"{text[:80]!r} is not {self.least} to {self.most}")
        return int(text)


@dataclass(frozen=True, slots=True)
class Events:
    """Names of events with spaces between them."""

    known: frozenset[str]

    def read(self, text: str, base: str) -> tuple[str, ...]:  # noqa: ARG002 - a Rule
        """Return the names, in the order given."""
        events = tuple(text.split())
        if not events or not self.known.issuperset(events):
            raise NotTaken(12200, f"{text[:80]!r} is not among {' '.join(sorted(self.known))}")
        return events


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """E.164, "unformatted US numbers" as Twilio's page <Number> has it, emergency numbers."""

    def read(self, text: str, base: str) -> str:  # noqa: ARG002 - a Rule
        """Return a number in E.164, or an emergency number."""
        if us := _US.fullmatch(text):
            return f"+1{''.join(us.groups())}"
        if not E164.fullmatch(text) and text not in _EMERGENCY:
            raise NotTaken(13223, f"{text[:80]!r} is not E.164: +, country code, number")
        return text


@dataclass(frozen=True, slots=True)
class Body:
    """The text of an element; `missing` and `long` are the numbers when there is none, too much."""

    rule: Rule | None = None
    most: int = EVER
    missing: int | None = None
    long: int | None = None

    def read(self, text: str, base: str) -> object:
        """Return what the text stands for, or the text."""
        if not text and (self.missing or self.rule is None):
            raise NotTaken(self.missing, "it has no text")
        if len(text) > self.most:
            raise NotTaken(self.long, f"{len(text)} characters are more than {self.most}")
        return self.rule.read(text, base) if self.rule else text


@cache
def rules(kind: Hashable) -> Mapping[str, Rule | None]:
    """Return how each field of a class is read, by its name; None for a text as it stands."""
    found: dict[str, Rule | None] = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        written = getattr(hint, "__value__", hint)
        found[name] = get_args(written)[1] if get_origin(written) is Annotated else None
    return found

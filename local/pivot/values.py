"""How the values in TwiML are read: URLs, numbers of seconds, phone numbers, SIP URIs.

A rule returns what a text stands for or raises NotTaken; limits.py says where each is from.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

from pivot.limits import MAX_SIP_HEADERS, MAX_SIP_URI, NotTaken

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_US = re.compile(r"(?:1[ .-]?)?\(?([2-9][0-9]{2})\)?[ .-]?([0-9]{3})[ .-]?([0-9]{4})")
_EMERGENCY = frozenset({"911", "933", "112", "999"})
# RFC 3261 §25.1: user with password, host name or IP address, port, URI parameters.
_SIP = re.compile(
    r"(?i:sip):(?:(?:[\w\-.!~*'()&=+$,;?/:]|%[0-9A-Fa-f]{2})+@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9\-.]*[A-Za-z0-9])?)(?::[0-9]{1,5})?"
    r"(?:;(?:[\w\-.!~*'()\[\]/:&+$=]|%[0-9A-Fa-f]{2})+)*",
    re.ASCII,
)
_TRANSPORT = re.compile(r";transport=(?!(?:udp|tcp|tls)(?:;|$))([^;]*)", re.IGNORECASE)
# X- in either case, and those that Twilio's page <Sip> lists beside it.
_SENT_ON = re.compile(
    r"x-(?!twilio)[a-z0-9\-.!%*_+`'~]+|user-to-user|remote-party-id"
    r"|p-preferred-identity|p-called-party-id",
    re.IGNORECASE,
)
# RFC 3261 §25.1, hvalue.
_VALUE = re.compile(r"(?:[\w\-.!~*'()\[\]/?:+$]|%[0-9A-Fa-f]{2})*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


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
            url = urljoin(base, text)
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
    """"+ and country code", "unformatted US numbers" (page <Number>), emergency numbers."""

    def read(self, text: str, base: str) -> str:  # noqa: ARG002 - a Rule
        """Return a number in E.164, or an emergency number."""
        if us := _US.fullmatch(text):
            return f"+1{''.join(us.groups())}"
        if not E164.fullmatch(text) and text not in _EMERGENCY:
            raise NotTaken(13223, f"{text[:80]!r} is not E.164: +, country code, number")
        return text


@dataclass(frozen=True, slots=True)
class SipUri:
    """A SIP URI whose headers are read by `sip_headers`."""

    def read(self, text: str, base: str) -> str:  # noqa: ARG002 - a Rule
        """Return the URI without its headers."""
        uri, headers = _split(text)
        if len(uri) > MAX_SIP_URI:
            raise NotTaken(13243, f"{len(uri)} characters are too long for a SIP URI")
        if not _SIP.fullmatch(uri):
            raise NotTaken(13243, f"{uri!r} is no SIP URI")
        if len(headers) > MAX_SIP_HEADERS:
            raise NotTaken(21227, f"{len(headers)} characters are too long for SIP headers")
        return uri


def sip_headers(text: str, more: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str] | NotTaken]:
    """Return the headers of a SIP URI and `more`, decoded, each as it is sent on or why not."""
    uri, part = _split(text)
    if unknown := _TRANSPORT.search(uri.rpartition("@")[2]):
        yield NotTaken(32110, f"transport {unknown[1]!r} is none of udp, tcp, tls")
    for pair in part.split("&") if part else ():
        name, _, value = pair.partition("=")
        if not _VALUE.fullmatch(value):
            yield NotTaken(32112, f"value of {name!r} is not escaped")
        else:
            yield _sent_on(unquote(name), unquote(value))
    yield from (_sent_on(name, value) for name, value in more)


def _sent_on(name: str, value: str) -> tuple[str, str] | NotTaken:
    if not _SENT_ON.fullmatch(name):
        return NotTaken(13252, f"header {name!r} is not sent on")
    if _CONTROL.search(value):
        return NotTaken(32112, f"value of {name!r} has a control character")
    return name, value


def _split(text: str) -> tuple[str, str]:
    """Split the headers off: a "?" before the "@" belongs to the user."""
    before, at, rest = text.rpartition("@")
    rest, _, headers = rest.partition("?")
    return before + at + rest, headers

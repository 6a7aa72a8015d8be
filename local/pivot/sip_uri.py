"""SIP URIs as Twilio dials them, and which of their headers it sends on.

Sources: RFC 3261 section 25.1 for the grammar, Twilio's page <Sip> for limits and header names.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from pivot.limits import MAX_SIP_HEADERS, MAX_SIP_URI, NotTaken

# User with password, host name or IP address, port, URI parameters.
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
# hvalue
_VALUE = re.compile(r"(?:[\w\-.!~*'()\[\]/?:+$]|%[0-9A-Fa-f]{2})*", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


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
            yield NotTaken(32110, f"value of {name!r} is not escaped")
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

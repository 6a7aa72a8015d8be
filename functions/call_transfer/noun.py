"""One party of a Dial: <Sip>, <Number> or <Client>, and the context that travels to it.

What may be sent on, and how much of it, is Twilio's page "TwiML Voice: Sip": URI parameters
transport, secure and region; headers X-*, User-to-User and three identity headers; a URI under 255
characters and headers under 1024.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self
from urllib.parse import quote, unquote

from call_transfer.errors import InvalidTarget
from call_transfer.refer_to import ReferTo
from call_transfer.sip_uri import SipUri

MAX_URI = 254
MAX_HEADERS = 1023

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
# Twilio, TwiML Client: an identity has up to 256 characters.
_IDENTITY = re.compile(r"[\x21-\x7e]{1,256}")
_TRANSPORTS = frozenset({"udp", "tcp", "tls"})
# Of the characters of a token only those that no URI escapes: a "%" would be sent as it stands, and
# whoever decodes the name gets another one, X-Twilio-* or a header that the entry sets itself.
_CONTEXT = re.compile(r"User-to-User|X-(?!Twilio)[A-Za-z0-9\-_.]+", re.IGNORECASE)

type Context = tuple[tuple[str, str], ...]
"""Header names with their values, percent-escaped: plain ASCII, whatever bytes they stand for."""


class NounKind(StrEnum):
    """The TwiML nouns that a Dial may hold here."""

    SIP = "sip"
    NUMBER = "number"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Noun:
    """`address` is a SIP URI, an E.164 number or a client identity."""

    kind: NounKind
    address: str
    parameters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read `{"sip": "sip:a@b"}`, `{"number": "+1…"}` or `{"client": "id"}`.

        Raises ValueError, whose text completes a sentence that begins with the field's name.
        """
        if not isinstance(text, Mapping) or len(text) != 1:
            raise ValueError("must hold nouns with one key each: sip, number or client")
        [(kind, address)] = text.items()
        if kind not in tuple(NounKind) or not isinstance(address, str):
            raise ValueError("must hold nouns of the kinds sip, number or client, each with a text")
        if kind == NounKind.NUMBER and not E164.fullmatch(address):
            raise ValueError(f"number {address!r} must be E.164: +, country code, number")
        if kind == NounKind.CLIENT and not _IDENTITY.fullmatch(address):
            raise ValueError("client must be 1 to 256 printable characters without spaces")
        if kind == NounKind.SIP:
            return cls(NounKind.SIP, _dialled(address))
        return cls(NounKind(kind), address)

    @classmethod
    def as_asked(cls, asked: ReferTo, *, by_number: bool) -> Self:
        """Return the noun that dials what a Refer-To names, and nothing else that it says.

        A number that an entry allows goes to the telephone network, whatever host it was asked at.
        Raises InvalidTarget.
        """
        number = asked.uri.e164
        if by_number and number is not None:
            return cls(NounKind.NUMBER, number)
        if asked.uri.host is None:
            raise InvalidTarget("not_dialable", "a local number has no host to dial it at")
        # Whoever receives it may read "+1 900…" as the number that an entry denies.
        if number is None and (asked.uri.user or "").startswith("+"):
            raise InvalidTarget("not_dialable", "a user that begins with + is no E.164 number")
        return cls(NounKind.SIP, _plain(asked))

    def with_context(self, context: Context) -> tuple[Self, tuple[str, ...]]:
        """Return the noun that carries this context, and the names that did not fit."""
        match self.kind:
            case NounKind.CLIENT:
                told = tuple((name, unquote(value, errors="replace")) for name, value in context)
                return replace(self, parameters=told), ()
            case NounKind.NUMBER:
                return self, tuple(name for name, _ in context)
            case NounKind.SIP:  # pragma: no branch - the match is exhaustive, mypy holds it
                return self._with_headers(context)

    def _with_headers(self, context: Context) -> tuple[Self, tuple[str, ...]]:
        base, _, own = self.address.partition("?")
        parts = own.split("&") if own else []
        taken = {part.partition("=")[0].lower() for part in parts}
        dropped = []
        for name, value in context:
            part = f"{name}={value}"
            if name.lower() in taken or len("&".join([*parts, part])) > MAX_HEADERS:
                dropped.append(name)
            else:
                parts.append(part)
        headers = f"?{'&'.join(parts)}" if parts else ""
        return replace(self, address=f"{base}{headers}"), tuple(dropped)


def context_of(asked: ReferTo) -> Context:
    """Return the headers of a Refer-To that tell the target something, values whole, decoded once.

    Replaces, Route, identity headers and Twilio's own X-Twilio-* are not among them.
    """
    # Twilio's own sample writes a space as "+": a plus is sent as %2B, so it has one reading only.
    return tuple(
        (name, quote(value, safe="", errors="surrogateescape"))
        for name, values in asked.uri.uri_headers
        if _CONTEXT.fullmatch(name)
        for value in values
    )


def passing(context: Context, allowed: Sequence[str]) -> Context:
    """Return the part of a context that these names let through; `X-*` is every X- header."""
    names = {name.lower() for name in allowed}
    return tuple(
        (name, value)
        for name, value in context
        if name.lower() in names or ("x-*" in names and name.lower().startswith("x-"))
    )


def _dialled(address: str) -> str:
    """Return an entry's own SIP URI as Twilio dials it: as it stands, `sips` as `;secure=true`."""
    try:
        uri = SipUri.parse(address)
    except InvalidTarget as refusal:
        raise ValueError(f"sip {address!r} cannot be read: {refusal.message}") from None
    if uri.host is None:
        raise ValueError(f"sip {address!r} must be a SIP URI; a number is a number noun")
    params = [(name, value) for name, value in uri.uri_parameters if name.lower() != "secure"]
    if uri.secure:
        params.append(("secure", "true"))
    dialled = str(replace(uri, scheme="sip", uri_parameters=tuple(params)))
    base, _, headers = dialled.partition("?")
    if len(base) > MAX_URI:
        raise ValueError(f"sip {address!r} is longer than {MAX_URI} characters")
    if len(headers) > MAX_HEADERS:
        raise ValueError(f"sip {base!r} has headers of more than {MAX_HEADERS} characters")
    return dialled


def _plain(asked: ReferTo) -> str:
    """Return user, host and port of a Refer-To, and of its parameters only how to get there."""
    uri = asked.uri
    meant = {name.lower(): value for name, value in asked.dial_params.items()}
    transport = (meant.get("transport") or "").lower()
    params = [("transport", transport)] if transport in _TRANSPORTS else []
    if uri.scheme == "sips" or (meant.get("secure") or "").lower() == "true":
        params.append(("secure", "true"))
    dialled = SipUri(
        scheme="sip", user=uri.user, host=uri.host, port=uri.port, uri_parameters=tuple(params)
    )
    if len(str(dialled)) > MAX_URI:
        raise InvalidTarget("too_long", f"written out, the URI has more than {MAX_URI} characters")
    return str(dialled)

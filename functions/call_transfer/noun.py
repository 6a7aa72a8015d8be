"""One party of a Dial: <Sip>, <Number>, <Client> or <Sim>, and the context that travels to it.

What may be sent on, and how much of it, is Twilio's page "TwiML Voice: Sip": URI parameters
transport, secure and region; a URI under 255 characters and headers under 1024.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self
from urllib.parse import unquote

from call_transfer import noun_fields
from call_transfer.context import Context
from call_transfer.errors import InvalidTarget
from call_transfer.noun_fields import MAX_HEADERS, MAX_URI
from call_transfer.refer_to import ReferTo
from call_transfer.sip_uri import SipUri

_TRANSPORTS = frozenset({"udp", "tcp", "tls"})
# Half a second each: whoever answers with a menu has begun to listen by then.
EXTENSION_PAUSE = "wwww"


class NounKind(StrEnum):
    """The TwiML nouns that a Dial may hold here."""

    SIP = "sip"
    NUMBER = "number"
    CLIENT = "client"
    SIM = "sim"


_ADDRESS: Mapping[NounKind, Callable[[str], str]] = {
    NounKind.SIP: noun_fields.sip,
    NounKind.NUMBER: noun_fields.number,
    NounKind.CLIENT: noun_fields.client,
    NounKind.SIM: noun_fields.sim,
}
_OPTIONS: Mapping[NounKind, tuple[str, ...]] = {
    NounKind.SIP: ("credentials", "ring_timeout"),
    NounKind.NUMBER: ("send_digits", "ring_timeout"),
    NounKind.CLIENT: ("parameters", "ring_timeout"),
    NounKind.SIM: (),
}


@dataclass(frozen=True, slots=True)
class Noun:
    """`address` is a SIP URI, an E.164 number, a client identity or the SID of a SIM.

    `credentials` names a user and a password in the secret. `ring_timeout` is seconds.
    """

    kind: NounKind
    address: str
    parameters: tuple[tuple[str, str], ...] = ()
    send_digits: str = ""
    credentials: str = ""
    ring_timeout: int | None = None

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read `{"sip": "sip:a@b"}`, `{"number": "+1…"}`, `{"client": "id"}` or `{"sim": "DE…"}`.

        Raises ValueError, whose text completes a sentence that begins with the field's name.
        """
        kinds = [kind for kind in NounKind if isinstance(value, Mapping) and kind in value]
        if not isinstance(value, Mapping) or len(kinds) != 1:
            raise ValueError("must hold nouns, each with one of sip, number, client or sim")
        [kind] = kinds
        address, known = value[kind], _OPTIONS[kind]
        unknown = sorted(set(map(str, value)) - {kind, *known})
        if unknown:
            options = ", ".join(known) or "no options"
            raise ValueError(f"cannot hold {unknown[0]} in a {kind} noun, which has {options}")
        if not isinstance(address, str):
            raise ValueError(f"must hold nouns whose {kind} is a text")  # noqa: TRY004 - as above
        return cls(
            kind,
            _ADDRESS[kind](address),
            parameters=noun_fields.parameters(value.get("parameters")),
            send_digits=noun_fields.send_digits(value),
            credentials=noun_fields.credentials(value),
            ring_timeout=noun_fields.ring_timeout(value.get("ring_timeout")),
        )

    @classmethod
    def as_asked(cls, asked: ReferTo, *, by_number: bool, send_ext: bool = False) -> Self:
        """Return the noun that dials what a Refer-To names, and nothing else that it says.

        A number that an entry allows goes to the telephone network, whatever host it was asked at;
        its extension (RFC 3966 §5.3, `ext`) is dialled after the answer if `send_ext` says so.
        Raises InvalidTarget.
        """
        number = asked.uri.e164
        if by_number and number is not None:
            extension = asked.extension if send_ext else ""
            digits = f"{EXTENSION_PAUSE}{extension}" if extension else ""
            return cls(NounKind.NUMBER, number, send_digits=digits)
        if asked.uri.host is None:
            raise InvalidTarget("not_dialable", "a local number has no host to dial it at")
        # Whoever receives it may read "+1 900…" as the number that an entry denies.
        if number is None and (asked.uri.user or "").startswith("+"):
            raise InvalidTarget("not_dialable", "a user that begins with + is no E.164 number")
        return cls(NounKind.SIP, _plain(asked))

    @property
    def party(self) -> str:
        """Who this is, however it is spelled and whatever is sent along; of SIP, user and host."""
        if self.kind is not NounKind.SIP:
            return self.address.lower()
        uri = SipUri.parse(self.address.partition("?")[0])
        return f"sip:{uri.user_key}@{uri.host_key}" if uri.user_key else f"sip:{uri.host_key}"

    def with_context(self, context: Context) -> tuple[Self, tuple[str, ...]]:
        """Return the noun that carries this context, and the names that did not fit."""
        match self.kind:
            case NounKind.CLIENT:
                own = {name.lower() for name, _ in self.parameters}
                told = tuple(
                    (name, unquote(value, errors="replace"))
                    for name, value in context
                    if name.lower() not in own
                )
                return replace(self, parameters=self.parameters + told), ()
            case NounKind.NUMBER | NounKind.SIM:
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

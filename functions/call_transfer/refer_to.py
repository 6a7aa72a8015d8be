"""The Refer-To of a REFER (RFC 3515), as Twilio hands it over in `ReferTransferTarget`.

It knows the two forms of an address, `name-addr` and `addr-spec`, and leaves the URI to `sip_uri`.
Whether a target may be dialled is not decided here.

Codes of the `InvalidTarget` that `parse` raises, and nothing else is ever raised:

- `too_long`            more than 256 characters, Twilio's documented maximum
- `empty`               nothing, or blanks only
- `control_character`   a control character, raw or percent-escaped
- `non_ascii`           a character outside ASCII, other than in a quoted display name
- `bad_escape`          `%` without two hex digits, or bytes that are not UTF-8
- `unsupported_scheme`  neither sip, sips nor tel
- `malformed`           no address by the grammar, or a second one
- `bad_host`            neither hostname, IPv4address nor IPv6reference
- `bad_port`            not 1 to 65535
- `duplicate_parameter` a parameter name that is there twice
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from call_transfer import grammar
from call_transfer.errors import InvalidTarget
from call_transfer.sip_uri import SipUri

# Twilio's own page: "The maximum supported length of the Refer-To header […] is 256 characters."
_MAX_LENGTH = 256
_NO_SEPARATORS = str.maketrans("", "", grammar.VISUAL_SEPARATOR)
_MAX_EXT = 12
_SURROGATE = re.compile("[\ud800-\udfff]")
# gen-value = token / host / quoted-string; of the hosts only IPv6reference is not a token.
_TOKEN_OR_HOST = rf"{grammar.TOKEN.pattern}|\[[0-9A-Fa-f:.]+\]"
_GEN_VALUE = re.compile(_TOKEN_OR_HOST)
_GENERIC_PARAM = re.compile(
    rf" *; *({grammar.TOKEN.pattern})"
    rf"(?: *= *({_TOKEN_OR_HOST}|{grammar.QUOTED_STRING.pattern}))?"
)
# RFC 3261 §19.1.1 names the first six, Twilio's `<Sip>` noun the other two.
_URI_PARAMETERS = ("transport", "user", "method", "ttl", "maddr", "lr", "secure", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferTo:
    """The transfer target as the transferor wrote it.

    `addr_spec` is the form without angle brackets. RFC 3261 §20.10: "If no "<" and ">" are present,
    all parameters after the URI are header parameters, not URI parameters."
    """

    uri: SipUri
    display_name: str | None = None
    generic_params: grammar.Parameters = ()
    addr_spec: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the value of a Refer-To header; URI escapes are still in it, form escapes are not.

        A value that is too long is refused, never cut: half an address is another address.
        """
        if len(text) > _MAX_LENGTH:
            raise InvalidTarget(
                "too_long",
                f"a Refer-To of {len(text)} characters; Twilio documents {_MAX_LENGTH} at most",
            )
        text = text.strip(" \t")
        if not text:
            raise InvalidTarget("empty", "no transfer target is there")
        grammar.refuse_control(text)
        quoted = grammar.QUOTED_STRING.match(text)
        rest = text[quoted.end() :] if quoted else text
        grammar.refuse_non_ascii(rest)
        before, bracket, address = rest.partition("<")
        if not bracket:
            return cls._parse_addr_spec(text)
        name = _read_quoted_name(quoted[0], before) if quoted else _read_token_name(before)
        return cls._parse_name_addr(name, address)

    @classmethod
    def _parse_name_addr(cls, display_name: str | None, text: str) -> Self:
        address, bracket, params = text.partition(">")
        if not bracket:
            raise InvalidTarget("malformed", "< without > (RFC 3261 §25.1, name-addr)")
        return cls(
            uri=SipUri.parse(address),
            display_name=display_name,
            generic_params=_read_generic_params(params),
        )

    @classmethod
    def _parse_addr_spec(cls, text: str) -> Self:
        # RFC 3261 §20.10 wants brackets around `?`, phones and Twilio's own page write none. What
        # stands before the `?` cannot end the header, so there the parameters are the URI's. Those
        # of a telephone number are part of it (RFC 3966 §3).
        grammar.refuse_bad_escape(text)
        start = text.rfind("@") + 1
        semicolon = text.find(";", start)
        telephone = text.startswith("+") or text[:4].lower() == "tel:"
        if semicolon < 0 or telephone or "?" in text[start:]:
            return cls(uri=SipUri.parse(text), addr_spec=True)
        return cls(
            uri=SipUri.parse(text[:semicolon].rstrip(" ")),
            generic_params=_read_generic_params(text[semicolon:]),
            addr_spec=True,
        )

    def __str__(self) -> str:
        params = _write_generic_params(self.generic_params)
        if self.addr_spec:
            return f"{self.uri}{params}"
        name = "" if self.display_name is None else f"{grammar.quote_string(self.display_name)} "
        return f"{name}<{self.uri}>{params}"

    @property
    def header_params(self) -> Mapping[str, str | None]:
        """The parameters of the header, names as written; None is one without a value."""
        return MappingProxyType(dict(self.generic_params))

    @property
    def dial_params(self) -> Mapping[str, str | None]:
        """The parameters that the transferor meant for the URI: read these to dial.

        By the letter, the `;transport=tls` of a bare `sip:a@b;transport=tls` belongs to the header
        and would be lost; who omits the brackets means the URI. So the header parameters of an
        address without brackets count here too if their name is a URI parameter's. `maddr` is
        among them for policy to see it, which is no leave to forward it.
        """
        meant = self.generic_params if self.addr_spec else ()
        moved = {name: value for name, value in meant if name.lower() in _URI_PARAMETERS}
        return MappingProxyType(dict(self.uri.uri_parameters) | moved)

    @property
    def replaces(self) -> str | None:
        """The dialog that an attended transfer names (RFC 3891); Twilio does not join the two."""
        return next(iter(self.uri.header("Replaces")), None)

    @property
    def attended(self) -> bool:
        """Whether the transferor has already talked to the target."""
        return self.replaces is not None

    @property
    def method(self) -> str | None:
        """The method that the referred request is to have; None means INVITE (RFC 3515 §2.1)."""
        return {name.lower(): value for name, value in self.dial_params.items()}.get("method")

    @property
    def extension(self) -> str:
        """The `ext` of a telephone number (RFC 3966 §5.3), digits alone; "" when it has none."""
        written = self.uri.param("ext") if self.uri.scheme == "tel" else None
        # In a SIP URI the parameters of the number stand in the user part (RFC 3261 §19.1.6).
        inside = (self.uri.user or "").partition(";")[2].split(";")
        found = written or next((one[4:] for one in inside if one[:4].lower() == "ext="), "")
        digits = found.translate(_NO_SEPARATORS)
        return digits if digits.isascii() and digits.isdigit() and len(digits) <= _MAX_EXT else ""

    @property
    def user_to_user(self) -> str | None:
        """The User-to-User value, opaque: senders disagree on its encoding (RFC 7433)."""
        return next(iter(self.uri.header("User-to-User")), None)


def _read_quoted_name(quoted: str, after: str) -> str:
    name = grammar.unquote_string(quoted)
    if after.strip(" "):
        raise InvalidTarget("malformed", "text between the display name and < (RFC 3261 §25.1)")
    if _SURROGATE.search(name):
        raise InvalidTarget("non_ascii", "the display name holds half a surrogate pair, not UTF-8")
    return name


def _read_token_name(text: str) -> str | None:
    # RFC 4475 §3.1.1.6: no blank between the last token and `<` is to be accepted as well.
    tokens = text.split()
    if not all(map(grammar.TOKEN.fullmatch, tokens)):
        raise InvalidTarget(
            "malformed", "text before < that is no display name; put it in quotes (RFC 3261 §25.1)"
        )
    return " ".join(tokens) or None


def _read_generic_params(text: str) -> grammar.Parameters:
    """Read `*( SEMI generic-param )`, what follows an address; no percent escapes exist there."""
    parameters: list[tuple[str, str | None]] = []
    position = 0
    while position < len(text):
        found = _GENERIC_PARAM.match(text, position)
        if found is None:
            raise InvalidTarget(
                "malformed",
                "the address is followed by something that is no `;name` or `;name=value`; REFER"
                " has one address (RFC 3515 §2.4.1)",
            )
        name, value = found.groups()
        parameters.append((name, grammar.unquote_string(value) if value else None))
        position = found.end()
    return grammar.unique(parameters)


def _write_generic_params(parameters: grammar.Parameters) -> str:
    """Write each parameter with its semicolon, quoting a value that is no token or host."""
    written = ""
    for name, value in parameters:
        written += f";{name}"
        if value is not None:
            bare = _GEN_VALUE.fullmatch(value)
            written += f"={value if bare else grammar.quote_string(value)}"
    return written

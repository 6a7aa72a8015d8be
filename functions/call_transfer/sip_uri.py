"""A SIP, SIPS or telephone URI as one immutable value: `SipUri.parse()` in, `str()` out.

It splits first and decodes each component once, so that no escape can move a border: what policy
sees as the host is what gets dialled. It resolves no names and judges no targets.

`parse` raises `InvalidTarget` with the codes listed in `refer_to`, and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from types import MappingProxyType
from typing import Self

from call_transfer import grammar
from call_transfer.errors import InvalidTarget

# A Refer-To has 256 characters at most, and re-escaping triples it at most: all of them read back.
_MAX_LENGTH = 1024
_MAX_PORT = 65535
# RFC 3261 §19.1.2: "The default port value is transport and scheme dependent", 5061 with TLS.
_DEFAULT_PORT = {"sip": 5060, "sips": 5061}
_NO_SEPARATORS = str.maketrans("", "", grammar.VISUAL_SEPARATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class SipUri:
    """A URI that can be dialled, its components decoded once.

    `user` includes its own parameters (`+1555;ext=12`); of a tel URI it is the number as written.
    `host` is as written, an IPv6 address in its brackets; a tel URI has none.
    """

    scheme: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    uri_parameters: grammar.Parameters = ()
    uri_headers: grammar.Headers = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URI or a bare E.164 number, which is a tel URI without its scheme."""
        _refuse_unreadable(text)
        if text.startswith("+"):
            uri = cls._parse_tel(text)
            if uri.e164 is None:
                raise InvalidTarget("malformed", "a number without a scheme must be E.164")
            return uri
        found = grammar.SCHEME.match(text)
        if found is None:
            raise InvalidTarget("malformed", "no sip:, sips: or tel: in front, and no E.164 number")
        scheme, rest = found[1].lower(), text[found.end() :]
        if scheme == "tel":
            return cls._parse_tel(rest)
        if scheme in _DEFAULT_PORT:
            return cls._parse_sip(scheme, rest)
        raise InvalidTarget(
            "unsupported_scheme", f"{scheme!r} cannot be dialled; sip, sips and tel can"
        )

    @classmethod
    def _parse_sip(cls, scheme: str, text: str) -> Self:
        # RFC 3261 §25.1: `?`, `;` and `/` are data in the user part, so the `@` comes first.
        userinfo, at, rest = text.rpartition("@")
        hostport, parameters, headers = grammar.read_tail(rest)
        user, password = _read_userinfo(userinfo) if at else (None, None)
        host, port = _read_hostport(hostport)
        return cls(
            scheme=scheme,
            user=user,
            password=password,
            host=host,
            port=port,
            uri_parameters=parameters,
            uri_headers=headers,
        )

    @classmethod
    def _parse_tel(cls, text: str) -> Self:
        # RFC 3966 has no headers; agents that know one syntax only send them all the same.
        number, parameters, headers = grammar.read_tail(text)
        user = grammar.unescape(number)
        # RFC 3966 §5.1.5: "Local numbers MUST have a 'phone-context' parameter"; phones omit it.
        if not (grammar.GLOBAL_NUMBER.fullmatch(user) or grammar.LOCAL_NUMBER.fullmatch(user)):
            raise InvalidTarget("malformed", "no telephone number by the grammar of RFC 3966 §3")
        return cls(scheme="tel", user=user, uri_parameters=parameters, uri_headers=headers)

    def __str__(self) -> str:
        userinfo = "" if self.user is None else grammar.escape(self.user, grammar.USER_SAFE)
        if self.password is not None:
            userinfo += f":{grammar.escape(self.password, grammar.PASSWORD_SAFE)}"
        at = "@" if userinfo and self.host else ""
        port = "" if self.port is None else f":{self.port}"
        parameters = grammar.write_uri_parameters(self.uri_parameters)
        headers = grammar.write_headers(self.uri_headers)
        return f"{self.scheme}:{userinfo}{at}{self.host or ''}{port}{parameters}{headers}"

    @property
    def params(self) -> Mapping[str, str | None]:
        """The URI parameters, names as written; None is a parameter without a value."""
        return MappingProxyType(dict(self.uri_parameters))

    @property
    def headers(self) -> Mapping[str, tuple[str, ...]]:
        """The URI headers, each under the first spelling of its name."""
        return MappingProxyType(dict(self.uri_headers))

    def param(self, name: str) -> str | None:
        """One parameter by name in any case: None when absent, "" when it has no value."""
        for written, value in self.uri_parameters:
            if written.lower() == name.lower():
                return value or ""
        return None

    def header(self, name: str) -> tuple[str, ...]:
        """All values of one header by name in any case; () when absent."""
        for written, values in self.uri_headers:
            if written.lower() == name.lower():
                return values
        return ()

    @property
    def e164(self) -> str | None:
        """The global number that is dialled, or None.

        RFC 3966 §5.1.5: a phone-context says where a local number is valid; it is no prefix, and
        joining the two would dial a number that nobody sent.
        """
        number = (self.user or "").partition(";")[0]
        plain = number.translate(_NO_SEPARATORS)
        return plain if number.startswith("+") and grammar.E164.fullmatch(plain) else None

    @property
    def host_key(self) -> str | None:
        """The host to compare by: lower case, no trailing dot, the port unless it is the default.

        RFC 3261 §19.1.4 compares hosts without case, and one IPv6 address has many spellings.
        """
        if self.host is None:
            return None
        host = self.host.lower().removesuffix(".")
        if host.startswith("["):
            host = f"[{IPv6Address(host[1:-1]).compressed}]"
        default = self.port is None or self.port == _DEFAULT_PORT[self.scheme]
        return host if default else f"{host}:{self.port}"

    @property
    def user_key(self) -> str | None:
        """The user to compare by: without its parameters, which most receivers pass over.

        In lower case: RFC 3261 has case in users, people who type them have not.
        """
        return None if self.user is None else self.user.partition(";")[0].lower()

    @property
    def secure(self) -> bool:
        """Whether TLS is asked for: Twilio dials no sips, its word for it is `;secure=true`."""
        return self.scheme == "sips" or (self.param("secure") or "").lower() == "true"


def _refuse_unreadable(text: str) -> None:
    if len(text) > _MAX_LENGTH:
        raise InvalidTarget("too_long", f"a URI of {len(text)} characters; {_MAX_LENGTH} are read")
    if not text:
        raise InvalidTarget("empty", "no URI is there")
    grammar.refuse_control(text)
    grammar.refuse_non_ascii(text)
    grammar.refuse_bad_escape(text)
    if not grammar.URI_CHARACTERS.fullmatch(text):
        raise InvalidTarget(
            "malformed", 'spaces and <, >, " are no part of a URI (RFC 3261 §25.1); escape them'
        )
    # RFC 3261 §25.1: no component can hold a raw `@`. With two, readers disagree on the host.
    if text.count("@") > 1:
        raise InvalidTarget("malformed", "a second @ that is not escaped as %40")


def _read_userinfo(userinfo: str) -> tuple[str, str | None]:
    user, colon, password = userinfo.partition(":")
    if not grammar.USER.fullmatch(user) or not grammar.PASSWORD.fullmatch(password):
        raise InvalidTarget(
            "malformed", "the part before @ is not `user` or `user:password` (RFC 3261 §25.1)"
        )
    return grammar.unescape(user), grammar.unescape(password) if colon else None


def _read_hostport(hostport: str) -> tuple[str, int | None]:
    if "," in hostport:
        raise InvalidTarget("malformed", "a second address; REFER has one (RFC 3515 §2.4.1)")
    bracket = hostport.find("]") + 1
    host, colon, port = hostport[bracket:].partition(":")
    host = hostport[:bracket] + host
    if not grammar.is_host(host):
        raise InvalidTarget(
            "bad_host", f"{host!r} is no hostname, IPv4 or [IPv6] address (RFC 3261 §25.1)"
        )
    if not colon:
        return host, None
    if not grammar.PORT.fullmatch(port) or not 0 < int(port) <= _MAX_PORT:
        raise InvalidTarget("bad_port", f"the port {port!r} is not one of 1 to {_MAX_PORT}")
    return host, int(port)

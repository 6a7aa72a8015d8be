"""The character sets, escapes and parameters of RFC 3261 §25.1 and RFC 3966 §3.

It splits and decodes pieces of text; which piece is which is known to `sip_uri` and `refer_to`.
Everything it refuses is an `InvalidTarget`. Each pattern is linear: repetitions never overlap.
"""

import re
from collections.abc import Iterable
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, unquote_to_bytes

from call_transfer.errors import InvalidTarget

type Parameters = tuple[tuple[str, str | None], ...]
type Headers = tuple[tuple[str, tuple[str, ...]], ...]

# unreserved = alphanum / mark; `quote` never escapes alphanum.
MARK = "-_.!~*'()"
# user-unreserved has `?` and `/` too; written escaped, no reader can take them for the host's end.
USER_SAFE = MARK + "&=+$,;"
PASSWORD_SAFE = MARK + "&=+$,"
PARAM_SAFE = MARK + "[]/:&+$"  # param-unreserved, the same in RFC 3966
HEADER_SAFE = MARK + "[]/?:+$"  # hnv-unreserved


def _cset(characters: str) -> str:
    return f"[A-Za-z0-9{re.escape(characters)}]"


# `%` stands for `escaped`: an escape that is not two hex digits was refused before these are used.
USER = re.compile(f"{_cset(USER_SAFE + '?/%')}+")
PASSWORD = re.compile(f"{_cset(PASSWORD_SAFE + '%')}*")
PARAMCHARS = re.compile(f"{_cset(PARAM_SAFE + '%')}+")
TOKEN = re.compile(f"{_cset("-.!%*_+`'~")}+")
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")

URI_CHARACTERS = re.compile('[^ "<>]+')
PORT = re.compile("[0-9]+")
# RFC 1035 §2.3.4 has the lengths: 63 in a label, 253 written out in a name.
_DOMAINLABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOPLABEL = "[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOSTNAME = re.compile(rf"(?=.{{1,253}}\.?\Z)(?:{_DOMAINLABEL}\.)*{_TOPLABEL}\.?")

# RFC 3966 §3: a number has at least one digit, and separators carry no meaning.
VISUAL_SEPARATOR = "-.()"
GLOBAL_NUMBER = re.compile(r"\+[\-.()]*[0-9][0-9\-.()]*")
LOCAL_NUMBER = re.compile(r"[\-.()]*[0-9A-Fa-f*#][0-9A-Fa-f*#\-.()]*")
E164 = re.compile(r"\+[1-9][0-9]{1,14}")

# qdtext takes UTF8-NONASCII, quoted-pair is a backslash and ASCII.
QUOTED_STRING = re.compile(r'"(?:[^"\\]|\\[\x00-\x7f])*+"')
_QUOTED_PAIR = re.compile(r"\\(.)")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]|%(?:[01][0-9A-Fa-f]|7[Ff])")
_INCOMPLETE_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def refuse_control(text: str) -> None:
    """Refuse control characters, raw or escaped: decoded, they would end a header line."""
    if found := _CONTROL.search(text):
        raise InvalidTarget(
            "control_character",
            f"{found[0]!r} is a control character; RFC 3261 allows none in an address, and an"
            " escaped one would be a line break for whoever decodes it",
        )


def refuse_non_ascii(text: str) -> None:
    """Refuse what only looks like an ASCII address: homographs, digits of other scripts."""
    if not text.isascii():
        raise InvalidTarget(
            "non_ascii",
            "a character is not ASCII; RFC 3261 allows UTF-8 only in a quoted display name,"
            " elsewhere it is written as percent escapes (a host name as xn--…)",
        )


def refuse_bad_escape(text: str) -> None:
    """RFC 3261 §25.1: `escaped = "%" HEXDIG HEXDIG`."""
    if found := _INCOMPLETE_ESCAPE.search(text):
        raise InvalidTarget(
            "bad_escape",
            f"{text[found.start() : found.start() + 3]!r} is not a percent sign and two hex digits",
        )


def unescape(text: str) -> str:
    """Decode the escapes of one component, once; they are UTF-8."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise InvalidTarget("bad_escape", "the percent escapes are not UTF-8") from None


def escape(text: str, safe: str) -> str:
    """Write one component so that reading it gives `text` again."""
    return quote(text.encode("utf-8", "surrogateescape"), safe)


def is_host(text: str) -> bool:
    """RFC 3261 §25.1: `host = hostname / IPv4address / IPv6reference`; no short or octal IPv4."""
    if _HOSTNAME.fullmatch(text):
        return True
    try:
        if text.startswith("[") and text.endswith("]"):
            return IPv6Address(text[1:-1]).scope_id is None
        IPv4Address(text)
    except AddressValueError:
        return False
    return True


def read_tail(text: str) -> tuple[str, Parameters, Headers]:
    """Split `address;parameters?headers` and read the two lists."""
    address, question, headers = text.partition("?")
    address, semicolon, parameters = address.partition(";")
    return (
        address,
        _read_uri_parameters(parameters) if semicolon else (),
        _read_headers(headers) if question else (),
    )


def _read_uri_parameters(text: str) -> Parameters:
    """Read `name=value;name`, without the first semicolon."""
    parameters: list[tuple[str, str | None]] = []
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        if not PARAMCHARS.fullmatch(name) or (equals and not PARAMCHARS.fullmatch(value)):
            raise InvalidTarget(
                "malformed",
                "a URI parameter is not `;name` or `;name=value` (RFC 3261 §25.1, uri-parameters)",
            )
        parameters.append((unescape(name), unescape(value) if equals else None))
    return unique(parameters)


def write_uri_parameters(parameters: Parameters) -> str:
    """Write each parameter with its semicolon."""
    return "".join(
        f";{escape(name, PARAM_SAFE)}" + ("" if value is None else f"={escape(value, PARAM_SAFE)}")
        for name, value in parameters
    )


def _read_headers(text: str) -> Headers:
    """Read `name=value&name=value`, without the question mark, grouped by name.

    Values are opaque: senders leave `;` and `=` unescaped in User-to-User, and its bytes need not
    be UTF-8, so those that are not stay as surrogate escapes.
    """
    grouped: dict[str, tuple[str, list[str]]] = {}
    for piece in text.split("&"):
        name, equals, value = piece.partition("=")
        spelling = unescape(name)
        if not equals or not TOKEN.fullmatch(spelling):
            raise InvalidTarget(
                "malformed", "a URI header is not `Name=value` (RFC 3261 §25.1, headers)"
            )
        values = grouped.setdefault(spelling.lower(), (spelling, []))[1]
        values.append(unquote_to_bytes(value).decode("utf-8", "surrogateescape"))
    return tuple((spelling, tuple(values)) for spelling, values in grouped.values())


def write_headers(headers: Headers) -> str:
    """Write the headers with their question mark, or nothing."""
    pairs = "&".join(
        f"{escape(name, HEADER_SAFE)}={escape(value, HEADER_SAFE)}"
        for name, values in headers
        for value in values
    )
    return f"?{pairs}" if pairs else ""


def unquote_string(text: str) -> str:
    """Take the quotes and backslashes off a quoted-string; other text stays as it is."""
    if not text.startswith('"'):
        return text
    plain = _QUOTED_PAIR.sub(r"\1", text[1:-1])
    refuse_control(plain)  # `%\0D` only becomes an escaped CR here
    return plain


def quote_string(text: str) -> str:
    """Write a quoted-string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unique(parameters: Iterable[tuple[str, str | None]]) -> Parameters:
    """RFC 3261 §19.1.1: "any given parameter-name MUST NOT appear more than once"."""
    seen: dict[str, tuple[str, str | None]] = {}
    for name, value in parameters:
        if name.lower() in seen:
            raise InvalidTarget(
                "duplicate_parameter",
                f"the parameter {name!r} is there twice; RFC 3261 §19.1.1 allows it once",
            )
        seen[name.lower()] = (name, value)
    return tuple(seen.values())

"""What the fields of a noun may hold, one reader each.

Every reader raises ValueError, whose text completes a sentence that begins with the field's name.
Sources: the pages "TwiML Voice: Sip", "Number", "Client" and "Sim".
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from call_transfer.errors import InvalidTarget
from call_transfer.sip_uri import SipUri

MAX_URI = 254
MAX_HEADERS = 1023

E164 = re.compile(r"\+[1-9][0-9]{1,14}")
# Twilio, TwiML Client: an identity has up to 256 characters.
_IDENTITY = re.compile(r"[\x21-\x7e]{1,256}")
# Twilio, TwiML Number: sendDigits takes digits, # and *, w for half a second of silence, W for one.
_DIGITS = re.compile(r"[0-9*#wW]{1,64}")
# Twilio, TwiML Sim: the SID of a Super SIM or of a Programmable Wireless one.
_SIM = re.compile(r"(DE|HS)[0-9a-fA-F]{32}")
CREDENTIALS = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-_.]{0,63}")
# Twilio, TwiML Client: a <Parameter> is a custom parameter of the SDK's connection.
_PARAMETER = re.compile(r"[A-Za-z0-9_\-.]{1,128}")
_MAX_PARAMETER = 1024
# What may be a password of a URI that cannot be read.
_PASSWORD = re.compile("^((?:sips?:)?[^:@]*:).*@", re.DOTALL | re.IGNORECASE)
_RING = range(5, 601)


def number(address: str) -> str:
    """Return an E.164 number."""
    if not E164.fullmatch(address):
        raise ValueError(f"number {address!r} must be E.164: +, country code, number")
    return address


def client(address: str) -> str:
    """Return the identity of a client."""
    if not _IDENTITY.fullmatch(address):
        raise ValueError("client must be 1 to 256 printable characters without spaces")
    return address


def sim(address: str) -> str:
    """Return the SID of a SIM."""
    if not _SIM.fullmatch(address):
        raise ValueError(f"sim {address!r} must be a SID: DE or HS and 32 hex digits")
    return address


def send_digits(noun: Mapping[str, object]) -> str:
    """Return the digits to send after the answer, "" when there are none."""
    return _matching(noun, "send_digits", _DIGITS, "digits, *, # and w, 64 at most,")


def credentials(noun: Mapping[str, object]) -> str:
    """Return the name of a user and a password in the secret, "" when there is none."""
    return _matching(noun, "credentials", CREDENTIALS, "a name in the secret")


def _matching(value: Mapping[str, object], name: str, pattern: re.Pattern[str], form: str) -> str:
    text = value.get(name)
    if text is None:
        return ""
    if not isinstance(text, str) or not pattern.fullmatch(text):
        # Not quoted: digits can be a PIN, and a password can stand where its name belongs.
        raise ValueError(f"must have {form} as {name} in a noun")
    return text


def ring_timeout(seconds: object) -> int | None:
    """Return seconds; None when the Dial decides."""
    if seconds is None:
        return None
    if isinstance(seconds, int) and seconds in _RING and not isinstance(seconds, bool):
        return seconds
    raise ValueError("must have a ring_timeout of 5 to 600 seconds in a noun")


def parameters(value: object) -> tuple[tuple[str, str], ...]:
    """Return the custom parameters of a client."""
    pairs = tuple(value.items()) if isinstance(value, Mapping) else ()
    if value is not None and not isinstance(value, Mapping):
        raise ValueError("must have parameters that map names to texts")
    for name, text in pairs:
        if not isinstance(name, str) or not _PARAMETER.fullmatch(name):
            raise ValueError(f"cannot have the parameter {name!r}: letters, digits, - _ . only")
        if not isinstance(text, str) or len(text) > _MAX_PARAMETER:
            raise ValueError(f"must have a text of {_MAX_PARAMETER} characters at most as {name}")
    return pairs


def sip(address: str) -> str:
    """Return an entry's own SIP URI as Twilio dials it: as it stands, `sips` as `;secure=true`.

    Whoever may read the table is not to read passwords.
    """
    try:
        uri = SipUri.parse(address)
    except InvalidTarget as refusal:
        quoted = _PASSWORD.sub(r"\1…@", address)
        raise ValueError(f"sip {quoted!r} cannot be read: {refusal.message}") from None
    if uri.host is None:
        raise ValueError(f"sip {address!r} must be a SIP URI; a number is a number noun")
    if uri.password is not None:
        raise ValueError("cannot hold a password in a sip noun; name it in credentials")
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

"""What a transferor sends along for the target: headers inside the Refer-To, within what may pass.

Twilio sends on X-*, User-to-User and three identity headers ("TwiML Voice: Sip"); of a Refer-To
only the first two are context, the others say who somebody is.
"""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from call_transfer.refer_to import ReferTo

# Of the characters of a token only those that no URI escapes: a "%" would be sent as it stands, and
# whoever decodes the name gets another one, X-Twilio-* or a header that the entry sets itself.
_NAME = r"X-(?!Twilio)[A-Za-z0-9\-_.]+"
_CONTEXT = re.compile(rf"User-to-User|{_NAME}", re.IGNORECASE)
_PASSED = re.compile(rf"User-to-User|X-\*|{_NAME}", re.IGNORECASE)
_ADDED = re.compile(
    rf"User-to-User|Remote-Party-ID|P-Preferred-Identity|P-Called-Party-ID|{_NAME}", re.IGNORECASE
)

type Context = tuple[tuple[str, str], ...]
"""Header names with their values, percent-escaped: plain ASCII, whatever bytes they stand for."""


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


def added(headers: Iterable[tuple[str, str]], context: Context) -> Context:
    """Return a context with the headers of an entry in front; of one name the entry's stays."""
    own = tuple((name, quote(value, safe="")) for name, value in headers)
    taken = {name.lower() for name, _ in own}
    return own + tuple(header for header in context if header[0].lower() not in taken)


def can_pass(name: str) -> bool:
    """Whether an entry may let this name through."""
    return _PASSED.fullmatch(name) is not None


def can_add(name: str) -> bool:
    """Whether an entry may add a header of this name."""
    return _ADDED.fullmatch(name) is not None

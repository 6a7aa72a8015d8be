"""What a target hears before it takes a call, and the key by which it takes it.

A voicemail box answers a call and presses no key: a target that does not accept has not answered.
Source: "TwiML Voice: Number", attribute `url`, https://www.twilio.com/docs/voice/twiml/number.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

from call_transfer.context import Context
from call_transfer.fields import UNPRINTABLE, Fields

FIELDS = ("say", "key", "timeout")
ANY_KEY = "any"
CALLER = "caller"
_KEY = re.compile(r"[0-9*#]|any")
_PLACE = re.compile(r"\{([A-Za-z0-9\-_.]+)\}")
# A value that the transferor chose is read out to somebody who is waiting to say yes or no.
_MAX_VALUE = 200
_CONTROL = re.compile(UNPRINTABLE)


@dataclass(frozen=True, slots=True)
class Whisper:
    """`say` is the text with `{X-Header}` and `{caller}` in it; "" is the settings' AcceptText.

    `timeout` is the seconds that the target has for the key after the text.
    """

    say: str
    key: str
    timeout: int

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        """Read the field `whisper` of an entry. Raises MalformedEntry."""
        return cls(
            say=fields.text("say"),
            key=fields.matching("key", _KEY, "one of 0 to 9, * and #, or any") or "1",
            timeout=fields.whole("timeout", 1, 60) or 10,
        )


def places(text: str) -> tuple[str, ...]:
    """Return the names that a text has places for."""
    return tuple(_PLACE.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its places filled; what is not known is left out."""
    known = {name.lower(): value for name, value in values.items()}
    return _PLACE.sub(lambda place: known.get(place[1].lower(), ""), text)


def told(context: Context, caller: str) -> dict[str, str]:
    """Return what a text may quote: the headers that the transferor sent, and who calls."""
    headers = {
        name: _CONTROL.sub(" ", unquote(value, errors="replace"))[:_MAX_VALUE]
        for name, value in reversed(context)
    }
    return headers | {CALLER: caller}


def accepts(pressed: str, key: str) -> bool:
    """Whether this key takes the call."""
    return bool(pressed) and key in (ANY_KEY, pressed)

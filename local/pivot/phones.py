"""The phones of a story: who stands behind a noun, and what happens when it rings."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from xml.etree import ElementTree as ET


class Ringing(Enum):
    """How it ends: words for people, SIP response, CallStatus, seconds until then."""

    ANSWERED = ("answers", "200 OK", "in-progress", 6)
    BUSY = ("is busy", "486", "busy", 1)
    # RFC 3261 §9.1: Twilio cancels at the Dial's timeout; the phone ends its INVITE with 487.
    RUNG_OUT = ("does not answer", "487", "no-answer", 20)
    MISSING = ("cannot be reached", "404", "failed", 1)

    def __init__(self, words: str, response: str, status: str, seconds: int) -> None:
        self.words = words
        self.response = response
        self.status = status
        self.seconds = seconds

    def __str__(self) -> str:
        return self.words

    @property
    def answered(self) -> bool:
        """Whether somebody took the call."""
        return self is Ringing.ANSWERED


@dataclass(frozen=True, slots=True)
class Phone:
    """Somebody who can be dialled at a SIP URI, a number or a client identity."""

    name: str
    address: str
    rings: Ringing = Ringing.ANSWERED


def address_of(noun: ET.Element) -> str:
    """Return what a noun dials, as it stands in the TwiML."""
    return (noun.findtext("Identity") or noun.text or "").strip()


def find(noun: ET.Element, phones: Iterable[Phone]) -> Phone:
    """Return whose phone a noun dials, headers and URI parameters left aside."""
    address = address_of(noun).partition("?")[0].partition(";")[0]
    known = {phone.address: phone for phone in phones}
    return known.get(address, Phone("nobody", address, Ringing.MISSING))

"""What can be seen of a call: messages between parties, and what came of them."""

from dataclasses import dataclass

from pivot.model.signals import Purpose
from pivot.nouns import Noun

TWILIO = "Twilio"
API = "API"
ANSWERS_REFER = "to the REFER"
# RFC 3261 section 21 and RFC 6665; those that are met here.
REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    486: "Busy Here",
    487: "Request Terminated",
    491: "Request Pending",
    500: "Server Internal Error",
    503: "Service Unavailable",
    600: "Busy Everywhere",
    603: "Decline",
}


@dataclass(frozen=True, slots=True)
class Arrow:
    """One message. `at` is seconds since the call began, `kind` is `sip` or `http`.

    `text` is the request or status line without what is the same everywhere, `body` the TwiML of an
    answer or the form of a request; `purpose` says what a webhook is for.
    """

    at: float
    source: str
    target: str
    kind: str
    text: str
    comment: str = ""
    body: str = ""
    purpose: Purpose | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What became of the messages: who hears whom, what a party hears, an alert."""

    at: float
    text: str
    kind: str


type Seen = Arrow | Fact


def dialled(noun: Noun) -> str:
    """Return what a noun dials, as TwiML has it."""
    for name in ("uri", "number", "identity", "sim_sid", "name"):
        if hasattr(noun, name):
            return str(getattr(noun, name))
    raise TypeError(noun)


def status_line(status: int) -> str:
    """Return a status with its reason, as RFC 3261 words it."""
    return f"{status} {REASONS.get(status, '')}".strip()

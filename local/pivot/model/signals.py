"""What goes into the model of a call and what comes out: SIP, webhooks, time.

A leg is named by its CallSid.  Whoever carries the signals (a virtual clock, a SIP stack) does what
the outputs say and reports what happens; everything that Twilio decides is decided in between.

Sources: RFC 3261 (INVITE, CANCEL, BYE), RFC 3515 (REFER, NOTIFY with message/sipfrag).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from pivot.delivery import Result
from pivot.nouns import Noun


@dataclass(frozen=True, slots=True)
class Rang:
    """In: a phone that was called sent 180."""

    leg: str


@dataclass(frozen=True, slots=True)
class PickedUp:
    """In: a phone that was called sent 200; `headers` are the X- headers of that."""

    leg: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Declined:
    """In: a phone that was called sent a final response of 300 or more."""

    leg: str
    status: int


@dataclass(frozen=True, slots=True)
class HungUp:
    """In: a party sent BYE, or CANCEL before its call was answered."""

    leg: str


@dataclass(frozen=True, slots=True)
class Referred:
    """In: a party sent REFER; `refer_to` is the header as it stands, None when there is none."""

    leg: str
    refer_to: str | None


@dataclass(frozen=True, slots=True)
class Pressed:
    """In: a party pressed keys."""

    leg: str
    keys: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """In: what a webhook brought."""

    webhook: int
    result: Result


@dataclass(frozen=True, slots=True)
class Due:
    """In: the time of a timer has come."""

    timer: int


type Input = Rang | PickedUp | Declined | HungUp | Referred | Pressed | Fetched | Due


@dataclass(frozen=True, slots=True)
class Ring:
    """Out: 180 to the party that called in."""

    leg: str


@dataclass(frozen=True, slots=True)
class PickUp:
    """Out: 200 to the party that called in."""

    leg: str


@dataclass(frozen=True, slots=True)
class Decline:
    """Out: a final response of 300 or more to the party that called in."""

    leg: str
    status: int


@dataclass(frozen=True, slots=True)
class Invite:
    """Out: INVITE to whom a noun names. `caller_id` is the From."""

    leg: str
    noun: Noun
    caller_id: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """Out: CANCEL to a phone that has not answered."""

    leg: str


@dataclass(frozen=True, slots=True)
class Bye:
    """Out: BYE to a party on an answered leg."""

    leg: str


@dataclass(frozen=True, slots=True)
class AnswerRefer:
    """Out: the response to a REFER: 202, or why not."""

    leg: str
    status: int


@dataclass(frozen=True, slots=True)
class Notify:
    """Out: NOTIFY with a sipfrag such as `SIP/2.0 486 Busy Here`; `final` ends the subscription."""

    leg: str
    status: int
    final: bool


@dataclass(frozen=True, slots=True)
class Connect:
    """Out: two parties hear each other from now on, and nobody else."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Hear:
    """Out: a party hears Twilio: a text, a file, keys, the music of a queue."""

    leg: str
    what: str


class Purpose(Enum):
    """What a webhook is for."""

    VOICE = "voice"
    REFER = "refer"
    ACTION = "action"
    STATUS = "status"
    WHISPER = "whisper"
    TWIML = "twiml"


@dataclass(frozen=True, slots=True)
class Fetch:
    """Out: a webhook. `leg` is the one that it is about; a STATUS needs no Fetched in return."""

    webhook: int
    purpose: Purpose
    leg: str
    url: str
    method: str
    form: Mapping[str, str]
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Out: say Due after this many seconds; nobody minds a Due that comes too late to matter."""

    timer: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Alert:
    """Out: a line in Twilio's debugger; `error` is its number, None where it has none."""

    error: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class DropConsultation:
    """Out: end the call that a Replaces header names by its Call-ID."""

    call_id: str


type Output = (
    Ring
    | PickUp
    | Decline
    | Invite
    | Cancel
    | Bye
    | AnswerRefer
    | Notify
    | Connect
    | Hear
    | Fetch
    | SetTimer
    | Alert
    | DropConsultation
)

"""What is told of a hop, one value each: legs, actions, keys, recordings; and how it can end.

Sources: Twilio "TwiML Voice: Dial", "Enqueue" and "Record" (action parameters), "Number" and "Sip"
(statusCallback events).
"""

from dataclasses import dataclass
from enum import StrEnum

from call_transfer.links import Stage


class Outcome(StrEnum):
    """The vocabulary of a finished hop; docs/call-flow.md says when each is used."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELED = "canceled"
    RECALLED = "recalled"
    FALLBACK = "fallback"
    VOICEMAIL = "voicemail"
    QUEUED = "queued"
    ANNOUNCED = "announced"
    REDIRECTED = "redirected"
    DENIED = "denied"
    INVALID_TARGET = "invalid_target"
    UNKNOWN_TARGET = "unknown_target"
    UNAVAILABLE = "unavailable"
    ABANDONED = "abandoned"
    UNKNOWN = "unknown"


# CallStatus of a leg and DialCallStatus of a dial share their words.
# Twilio, "Request parameters": a call with one of these statuses has ended.
ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
RESULTS = {
    "completed": Outcome.ANSWERED,
    "answered": Outcome.ANSWERED,
    "in-progress": Outcome.ANSWERED,
    "no-answer": Outcome.NO_ANSWER,
    "busy": Outcome.BUSY,
    "failed": Outcome.FAILED,
    "canceled": Outcome.CANCELED,
    "queued": Outcome.QUEUED,
    "voicemail": Outcome.VOICEMAIL,
}
# Somebody, or something that the operator wanted, has the call: the chain ends.
TAKEN = frozenset(
    {
        Outcome.ANSWERED,
        Outcome.QUEUED,
        Outcome.VOICEMAIL,
        Outcome.ANNOUNCED,
        Outcome.REDIRECTED,
    }
)
# A menu has led on: its attempt has ended, and said nothing about the outcome.
CONTINUED = "continued"


@dataclass(frozen=True, slots=True)
class LegEvent:
    """One statusCallback of one leg. `at` is Unix seconds, `duration` seconds."""

    attempt: int
    stage: Stage
    noun: int
    nouns: int
    call_sid: str
    sequence: int
    status: str
    at: int
    duration: int = 0
    sip_code: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """The `action` of one attempt. `caller_gone` when the call that heard the TwiML has ended.

    `status` is a DialCallStatus, or `queued`, `voicemail`, `continued` for the end of another verb.
    """

    attempt: int
    stage: Stage
    status: str
    caller_gone: bool = False
    duration: int = 0
    sip_code: int = 0

    @property
    def taken(self) -> bool:
        """Whether somebody (or some answering machine) has the call."""
        return RESULTS.get(self.status) in TAKEN


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The key that a party has pressed while it heard the whisper, and whether it took the call."""

    attempt: int
    noun: int
    call_sid: str
    accepted: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """One recordingStatusCallback. `duration` is seconds; `url` has no suffix."""

    attempt: int
    sid: str
    status: str
    url: str = ""
    duration: int = 0


@dataclass(frozen=True, slots=True)
class Closing:
    """The watchdog's word on a hop of which nothing more came: it counts where nobody else's does.

    `outcome` is `unknown` or `abandoned`; `at` is Unix seconds.
    """

    outcome: Outcome
    at: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One Dial or other verb of the hop, as it was handed to Twilio.

    `ends` is the outcome of a verb that nobody tells us more about; `is_accepted` when a party has
    to press a key to take the call; `takes_message` for a voicemail.
    """

    stage: Stage
    nouns: int
    has_action: bool
    ends: Outcome | None = None
    is_accepted: bool = False
    takes_message: bool = False

"""Verbs of TwiML as values: what they say, with Twilio's defaults where they are silent.

Fields are read as those of nouns.  Seconds are whole numbers, URLs are absolute.
"""

from dataclasses import dataclass
from typing import Annotated

from pivot.nouns import METHODS, Link, Method, Noun, Pairs
from pivot.values import EVER, Body, Flag, Like, Url, Whole


@dataclass(frozen=True, slots=True)
class Dial:
    """Call parties, together or one after the other. Times are seconds."""

    nouns: tuple[Noun, ...] = ()
    action: Link = None
    method: Annotated[str, Like(*METHODS, 13210)] = "POST"
    timeout: Annotated[int, Whole(5, 600, 13212)] = 30
    time_limit: Annotated[int, Whole(1, 14400, 13216)] = 14400
    answer_on_bridge: Annotated[bool, Flag(13219)] = False
    caller_id: str | None = None
    call_reason: Annotated[str | None, Like(".{0,50}", "50 characters at most", None)] = None
    refer_url: Link = None
    refer_method: Method = "POST"
    sequential: Annotated[bool, Flag(13218)] = False
    hangup_on_star: Annotated[bool, Flag(13213)] = False
    ring_tone: Annotated[str | None, Like("[a-z]{2}|us-old", "a country's code", 13220)] = None
    record: Annotated[
        str,
        Like("true|false|do-not-record|record-from-(answer|ringing)(-dual)?", "a mode", 13217),
    ] = "do-not-record"
    recording_status_callback: Link = None
    recording_status_callback_method: Method = "POST"


@dataclass(frozen=True, slots=True)
class Say:
    """Text to speech; a `loop` of 0 does not end."""

    text: Annotated[str, Body(missing=13520)]
    language: str | None = None
    voice: str | None = None
    loop: Annotated[int, Whole(0, EVER, 13510)] = 1


@dataclass(frozen=True, slots=True)
class Play:
    """An audio file, or DTMF tones when there is no URL; a `loop` of 0 does not end."""

    url: Annotated[str, Body(Url(may_be_empty=True))]
    digits: Annotated[str | None, Like("[0-9*#w]+", "digits, *, #, w", 13430)] = None
    loop: Annotated[int, Whole(0, EVER, 13410)] = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds of silence."""

    length: Annotated[int, Whole(1, EVER, 13910)] = 1


@dataclass(frozen=True, slots=True)
class Gather:
    """Keys or speech, while `nested` verbs are heard; its action is the document by default."""

    action: Annotated[str, Url()] = ""
    nested: tuple[Say | Play | Pause, ...] = ()
    method: Annotated[str, Like(*METHODS, 13312)] = "POST"
    input: Annotated[str, Like("dtmf|speech|dtmf speech|speech dtmf", "an input", 13326)] = "dtmf"
    timeout: Annotated[int, Whole(1, EVER, 13313)] = 5
    speech_timeout: Annotated[
        str | None, Like("auto|[1-9][0-9]*", "auto or a positive number", 13327)
    ] = None
    finish_on_key: Annotated[str, Like("[0-9*#]?", "one key", 13310)] = "#"
    num_digits: Annotated[int | None, Whole(1, EVER, 13314)] = None
    action_on_empty_result: Annotated[bool, Flag(13338)] = False


@dataclass(frozen=True, slots=True)
class Record:
    """The caller's voice; its action is the document by default."""

    action: Annotated[str, Url()] = ""
    method: Annotated[str, Like(*METHODS, 13610)] = "POST"
    timeout: Annotated[int, Whole(1, EVER, 13611)] = 5
    finish_on_key: Annotated[str, Like("[0-9*#]*", "keys", 13613)] = "1234567890*#"
    max_length: Annotated[int, Whole(2, 14400, 13612)] = 3600
    play_beep: Annotated[bool, Flag(13616)] = True
    trim: Annotated[str, Like("trim-silence|do-not-trim", "a trim", 13699)] = "trim-silence"
    recording_status_callback: Link = None
    recording_status_callback_method: Method = "POST"
    transcribe: Annotated[bool, Flag(13614)] = False
    transcribe_callback: Link = None


@dataclass(frozen=True, slots=True)
class Enqueue:
    """A place in a queue, or in a TaskRouter workflow when there is no name."""

    name: Annotated[str, Body(most=63, missing=14204, long=14205)]
    action: Annotated[str | None, Url(14203)] = None
    method: Annotated[str, Like(*METHODS, 14201)] = "POST"
    wait_url: Annotated[str | None, Url(14202)] = None
    wait_url_method: Annotated[str, Like(*METHODS, 14206)] = "POST"
    workflow_sid: str | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """Out of the queue."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Another document goes on."""

    url: Annotated[str, Body(Url())]
    method: Annotated[str, Like(*METHODS, 13710)] = "POST"


@dataclass(frozen=True, slots=True)
class Reject:
    """The call is not answered; in an answered call the model takes it for a Hangup."""

    reason: Annotated[str, Like("rejected|busy", "rejected or busy")] = "rejected"


@dataclass(frozen=True, slots=True)
class Hangup:
    """The end of the call."""


@dataclass(frozen=True, slots=True)
class Refer:
    """A SIP REFER from Twilio to whoever is on the leg; without a URI there is nothing to send."""

    sip: str | None = None
    headers: Pairs = ()
    action: Link = None
    method: Method = "POST"


@dataclass(frozen=True, slots=True)
class Other:
    """A verb that Twilio knows and this model does not carry out."""

    name: str
    attributes: Pairs = ()


type Verb = (
    Dial
    | Say
    | Play
    | Pause
    | Gather
    | Record
    | Enqueue
    | Leave
    | Redirect
    | Reject
    | Hangup
    | Refer
    | Other
)

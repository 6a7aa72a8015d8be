"""Verbs and nouns of TwiML as values: what they say, with Twilio's defaults where they are silent.

A field is an attribute in snake case, read by the rule beside it; `Body` is the text of an element.
Numbers and defaults: limits.py, and Twilio's page of each verb.  URLs are absolute.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pivot.values import Events, Flag, Like, PhoneNumber, Rule, SipUri, Url, Whole

type Pairs = tuple[tuple[str, str], ...]
type Link = Annotated[str | None, Url()]
type Legs = Annotated[
    tuple[str, ...], Events(frozenset({"initiated", "ringing", "answered", "completed"}))
]
_METHODS = ("GET|POST", "GET or POST")
type Method = Annotated[str, Like(*_METHODS)]
_KEYS = "[0-9*#]"
_EVER = 999_999_999
_ROOM = frozenset(
    "start end join leave mute hold modify speaker announcement".split()  # noqa: SIM905 - a list of words reads best
)


@dataclass(frozen=True, slots=True)
class Body:
    """The text of an element; `missing` and `long` are the numbers when there is none, too much."""

    rule: Rule | None = None
    most: int = _EVER
    missing: int | None = None
    long: int | None = None


@dataclass(frozen=True, slots=True)
class Sip:
    """A SIP URI without its headers; `headers` are those sent on, decoded."""

    uri: Annotated[str, Body(SipUri(), missing=13243)]
    headers: Pairs = ()
    username: Annotated[str | None, Like(".{1,255}", "1 to 255 characters", 13249)] = None
    password: Annotated[str | None, Like(".{1,255}", "1 to 255 characters", 13249)] = None
    url: Link = None
    method: Annotated[str, Like(*_METHODS, 13241)] = "POST"
    status_callback: Link = None
    status_callback_event: Legs = ("completed",)
    status_callback_method: Method = "POST"


@dataclass(frozen=True, slots=True)
class Number:
    """A number in E.164, or an emergency number."""

    number: Annotated[str, Body(PhoneNumber(), missing=13223)]
    send_digits: Annotated[str | None, Like("[0-9*#wW]+", "digits, *, #, w", 13222)] = None
    url: Link = None
    method: Annotated[str, Like(*_METHODS, 13221)] = "POST"
    status_callback: Link = None
    status_callback_event: Legs = ("completed",)
    status_callback_method: Method = "POST"


@dataclass(frozen=True, slots=True)
class Client:
    """A registered identity, with what its `<Parameter>`s say."""

    identity: Annotated[str, Body(most=256)]
    parameters: Pairs = ()
    url: Link = None
    method: Method = "POST"
    status_callback: Link = None
    status_callback_event: Legs = ("completed",)
    status_callback_method: Method = "POST"


@dataclass(frozen=True, slots=True)
class Sim:
    """A SIM card, by its SID."""

    sim_sid: Annotated[str, Body()]


@dataclass(frozen=True, slots=True)
class Conference:
    """A conference room."""

    name: Annotated[str, Body(most=128, missing=13237, long=13237)]
    muted: Annotated[bool, Flag(13230)] = False
    beep: Annotated[str, Like("true|false|onEnter|onExit", "a kind of beep", 13235)] = "true"
    start_conference_on_enter: Annotated[bool, Flag(13232)] = True
    end_conference_on_exit: Annotated[bool, Flag(13231)] = False
    wait_url: Annotated[str | None, Url(13233, may_be_empty=True)] = None
    wait_method: Annotated[str, Like(*_METHODS, 13234)] = "POST"
    status_callback: Link = None
    status_callback_event: Annotated[tuple[str, ...], Events(_ROOM)] = ()
    status_callback_method: Method = "POST"


@dataclass(frozen=True, slots=True)
class Queue:
    """The caller at the front of a queue."""

    name: Annotated[str, Body(most=63, missing=14212, long=14213)]
    url: Annotated[str | None, Url(14211)] = None
    method: Annotated[str, Like(*_METHODS, 14210)] = "POST"


type Noun = Sip | Number | Client | Sim | Conference | Queue


@dataclass(frozen=True, slots=True)
class Dial:
    """Call parties, together or one after the other. Times are seconds."""

    nouns: tuple[Noun, ...] = ()
    action: Link = None
    method: Annotated[str, Like(*_METHODS, 13210)] = "POST"
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


type Loop = Annotated[int, Whole(0, _EVER, 13510)]


@dataclass(frozen=True, slots=True)
class Say:
    """Text to speech; a `loop` of 0 does not end."""

    text: Annotated[str, Body(missing=13520)]
    language: str | None = None
    voice: str | None = None
    loop: Annotated[int, Whole(0, _EVER, 13510)] = 1


@dataclass(frozen=True, slots=True)
class Play:
    """An audio file, or DTMF tones when there is no URL; a `loop` of 0 does not end."""

    url: Annotated[str, Body(Url(may_be_empty=True))]
    digits: Annotated[str | None, Like("[0-9*#wW]+", "digits, *, #, w", 13430)] = None
    loop: Annotated[int, Whole(0, _EVER, 13410)] = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds of silence."""

    length: Annotated[int, Whole(1, _EVER, 13910)] = 1

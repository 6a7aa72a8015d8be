"""Nouns of a Dial as values: what they say, with Twilio's defaults where they are silent.

A field is an attribute in snake case, read by the rule beside it; `Body` is the text of an element.
Numbers and defaults: limits.py, and Twilio's page of each noun.  URLs are absolute.
"""

from dataclasses import dataclass
from typing import Annotated

from pivot.sip_uri import SipUri
from pivot.values import Body, Events, Flag, Like, PhoneNumber, Url

METHODS = ("GET|POST", "GET or POST")
type Pairs = tuple[tuple[str, str], ...]
type Link = Annotated[str | None, Url()]
type Method = Annotated[str, Like(*METHODS)]
type LegEvents = Annotated[
    tuple[str, ...], Events(frozenset({"initiated", "ringing", "answered", "completed"}))
]
_ROOM = frozenset(
    ("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
)


@dataclass(frozen=True, slots=True)
class Sip:
    """A SIP URI without its headers; `headers` are those sent on, decoded."""

    uri: Annotated[str, Body(SipUri(), missing=13243)]
    headers: Pairs = ()
    username: Annotated[str | None, Like(".{1,255}", "1 to 255 characters", 13249)] = None
    password: Annotated[str | None, Like(".{1,255}", "1 to 255 characters", 13249)] = None
    url: Link = None
    method: Annotated[str, Like(*METHODS, 13241)] = "POST"
    status_callback: Link = None
    status_callback_event: LegEvents = ("completed",)
    status_callback_method: Method = "POST"


@dataclass(frozen=True, slots=True)
class Number:
    """A number in E.164, or an emergency number."""

    number: Annotated[str, Body(PhoneNumber(), missing=13223)]
    send_digits: Annotated[str | None, Like("[0-9*#w]+", "digits, *, #, w", 13222)] = None
    url: Link = None
    method: Annotated[str, Like(*METHODS, 13221)] = "POST"
    status_callback: Link = None
    status_callback_event: LegEvents = ("completed",)
    status_callback_method: Method = "POST"


@dataclass(frozen=True, slots=True)
class Client:
    """A registered identity, with what its `<Parameter>`s say."""

    identity: Annotated[str, Body(most=256)]
    parameters: Pairs = ()
    url: Link = None
    method: Method = "POST"
    status_callback: Link = None
    status_callback_event: LegEvents = ("completed",)
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
    wait_method: Annotated[str, Like(*METHODS, 13234)] = "POST"
    status_callback: Link = None
    status_callback_event: Annotated[tuple[str, ...], Events(_ROOM)] = ()
    status_callback_method: Method = "POST"


@dataclass(frozen=True, slots=True)
class Queue:
    """The caller at the front of a queue."""

    name: Annotated[str, Body(most=63, missing=14212, long=14213)]
    url: Annotated[str | None, Url(14211)] = None
    method: Annotated[str, Like(*METHODS, 14210)] = "POST"


type Noun = Sip | Number | Client | Sim | Conference | Queue

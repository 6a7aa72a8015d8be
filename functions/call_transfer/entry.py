"""One entry of the directory, read strictly: what cannot be read is never guessed.

An entry is validated where it is written; it is read strictly all the same, because a table can be
edited by hand.  A malformed entry refuses its own dial and touches nothing else.
"""

import re
from dataclasses import dataclass
from typing import Self

from call_transfer import whisper
from call_transfer.action import ACTIONS, DIAL_ONLY, action_of
from call_transfer.context import can_add, can_pass
from call_transfer.directory import TRANSFEROR, Item, is_address
from call_transfer.fields import Fields
from call_transfer.hours import FIELDS as HOURS
from call_transfer.hours import Hours
from call_transfer.links import Mode
from call_transfer.noun import NounKind
from call_transfer.noun_fields import E164
from call_transfer.verb import Action, Dial, Menu
from call_transfer.whisper import Whisper

CONTEXT_HEADERS = ("User-to-User", "X-*")
MAX_FALLBACK = 10
MAX_HEADERS = 50
# caller_id: the From of the call, which is Twilio's default, or the address that was called.
CALLER, CALLED = "caller", "called"

# Twilio, TwiML Sip: alphanumerics and + - _ . are a valid callerId.
_CALLER_ID = re.compile(r"[A-Za-z0-9+\-_.]{1,64}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_LANGUAGE = re.compile(r"[a-z]{2,3}-[A-Z]{2}")
# Twilio, TwiML Dial: attributes record and ringTone.
RECORD = (
    "record-from-answer",
    "record-from-ringing",
    "record-from-answer-dual",
    "record-from-ringing-dual",
)
_RING_TONE = re.compile("[a-z]{2}|us-old")
FIELDS = (
    "tenant",
    "address",
    "description",
    "enabled",
    *ACTIONS,
    *DIAL_ONLY,
    "hours",
    "fallback",
    "mode",
    "language",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What to do about an address. Times are seconds; None means: as the settings say."""

    tenant: str
    address: str
    action: Action
    ring_timeout: int | None = None
    time_limit: int | None = None
    caller_id: str = ""
    record: str = ""
    ring_tone: str = ""
    pass_headers: tuple[str, ...] = CONTEXT_HEADERS
    headers: tuple[tuple[str, str], ...] = ()
    whisper: Whisper | None = None
    hours: Hours | None = None
    fallback: tuple[str, ...] | None = None
    mode: Mode | None = None
    language: str = ""
    enabled: bool = True

    @classmethod
    def parse(cls, item: Item) -> Self:
        """Read one item of the table. Raises MalformedEntry, which names the field."""
        fields = _named(item)
        action = action_of(fields)
        passed = fields.texts("pass_headers", can_pass, MAX_HEADERS, _PASSED)
        mode = fields.choice("mode", Mode)
        return cls(
            tenant=str(item.get("tenant", "")),
            address=fields.address,
            action=action,
            ring_timeout=fields.whole("ring_timeout", 5, 600),
            time_limit=fields.whole("time_limit", 1, 14400),
            caller_id=_caller_id(fields, action),
            record=fields.choice("record", RECORD) or "",
            ring_tone=fields.matching(
                "ring_tone", _RING_TONE, "a country's code, as de, or us-old"
            ),
            pass_headers=CONTEXT_HEADERS if passed is None else passed,
            headers=_headers(fields),
            whisper=_whisper(fields, action),
            hours=Hours.parse(fields.inner("hours", HOURS)) if "hours" in fields else None,
            fallback=fields.texts("fallback", _is_step, MAX_FALLBACK, _STEPS),
            mode=None if mode is None else Mode(mode),
            language=fields.matching("language", _LANGUAGE, "a language, as en-US"),
            enabled=fields.flag("enabled", default=True),
        )

    @property
    def rule(self) -> str:
        """How log lines and refusals name this entry."""
        return f"{self.tenant}/{self.address}"

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """The entries that this one names, with how it comes to them: fallback, closed or key."""
        found = [("fallback", step) for step in self.fallback or ()]
        if self.hours and self.hours.closed:
            found.append(("closed", self.hours.closed))
        if isinstance(self.action, Menu):
            found += [("key", step) for _, step in self.action.keys]
        return tuple(found)


_ADDRESSES = "is none of sip:user@host, user, +E164, +prefix*, *@host, default"
_PASSED = "User-to-User, X-Name or X-*"
_ADDED = "User-to-User, X-Name or an identity header"
_STEPS = "transferor or the address of an entry"


def _named(item: Item) -> Fields:
    address = item.get("address")
    fields = Fields(item, address if isinstance(address, str) else "")
    if not is_address(fields.address):
        raise fields.wrong("address", _ADDRESSES)
    fields.only(FIELDS)
    return fields


def _is_step(text: str) -> bool:
    return text == TRANSFEROR or is_address(text)


def _headers(fields: Fields) -> tuple[tuple[str, str], ...]:
    headers = fields.pairs("headers", can_add, MAX_HEADERS, _ADDED)
    for name, value in headers:
        if _CONTROL.search(value):
            raise fields.wrong(f"headers.{name}", "holds a control character: a line ends with it")
    return headers


def _caller_id(fields: Fields, action: Action) -> str:
    value = fields.matching("caller_id", _CALLER_ID, "letters, digits and + - _ .")
    nouns = action.nouns if isinstance(action, Dial) else ()
    rings_numbers = any(noun.kind is NounKind.NUMBER for noun in nouns)
    if value and value not in (CALLER, CALLED) and rings_numbers and not E164.fullmatch(value):
        raise fields.wrong("caller_id", "must be an E.164 number to dial a <Number>")
    return value


def _whisper(fields: Fields, action: Action) -> Whisper | None:
    if "whisper" not in fields:
        return None
    if isinstance(action, Dial) and any(noun.kind is NounKind.SIM for noun in action.nouns):
        raise fields.wrong("whisper", "cannot be heard by a sim: Twilio has no url for it")
    return Whisper.parse(fields.inner("whisper", whisper.FIELDS))

"""One entry of the directory, read strictly: what cannot be read is never guessed.

An entry is validated where it is written; it is read strictly all the same, because a table can be
edited by hand.  A malformed entry refuses its own dial and touches nothing else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from call_transfer.directory import TRANSFEROR, Item, is_address
from call_transfer.errors import MalformedEntry
from call_transfer.links import Mode
from call_transfer.noun import E164, Noun, NounKind

AS_ASKED = "as_asked"
CONTEXT_HEADERS = ("User-to-User", "X-*")
# Twilio, TwiML Dial: "You can specify up to ten <Number>, <Client> or <Sip> nouns".
MAX_NOUNS = 10
MAX_FALLBACK = 10
MAX_HEADERS = 50

# Twilio, TwiML Sip: alphanumerics and + - _ . are a valid callerId.
_CALLER_ID = re.compile(r"[A-Za-z0-9+\-_.]{1,64}")
# Of what Twilio sends on, the headers that carry context; the others carry identity.
_HEADER = re.compile(r"X-(?!Twilio)[A-Za-z0-9\-_.]+|X-\*|User-to-User", re.IGNORECASE)
FIELDS = (
    "tenant",
    "address",
    "description",
    "enabled",
    "dial",
    "deny",
    "sequential",
    "ring_timeout",
    "time_limit",
    "caller_id",
    "pass_headers",
    "fallback",
    "mode",
)


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring these parties; no nouns means: dial what was asked for."""

    nouns: tuple[Noun, ...] = ()
    sequential: bool = False


@dataclass(frozen=True, slots=True)
class Deny:
    """Refuse, and say why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What to do about an address. Times are seconds; None means: as the settings say."""

    tenant: str
    address: str
    action: Dial | Deny
    ring_timeout: int | None = None
    time_limit: int | None = None
    caller_id: str = ""
    pass_headers: tuple[str, ...] = CONTEXT_HEADERS
    fallback: tuple[str, ...] | None = None
    mode: Mode | None = None
    enabled: bool = True

    @classmethod
    def parse(cls, item: Item) -> Self:
        """Read one item of the table. Raises MalformedEntry, which names the field."""
        fields = _Fields(item)
        action = fields.action()
        headers = fields.texts("pass_headers", _is_header, MAX_HEADERS, _HEADERS)
        return cls(
            tenant=str(item.get("tenant", "")),
            address=fields.address,
            action=action,
            ring_timeout=fields.seconds("ring_timeout", 5, 600),
            time_limit=fields.seconds("time_limit", 1, 14400),
            caller_id=fields.caller_id(action),
            pass_headers=CONTEXT_HEADERS if headers is None else headers,
            fallback=fields.texts("fallback", _is_fallback, MAX_FALLBACK, _STEPS),
            mode=fields.mode(),
            enabled=fields.flag("enabled", default=True),
        )

    @property
    def rule(self) -> str:
        """How log lines and refusals name this entry."""
        return f"{self.tenant}/{self.address}"


def _is_header(text: str) -> bool:
    return _HEADER.fullmatch(text) is not None


def _is_fallback(text: str) -> bool:
    return text == TRANSFEROR or is_address(text)


_ADDRESSES = "is none of sip:user@host, user, +E164, +prefix*, *@host, default"
_HEADERS = "User-to-User, X-Name or X-*"
_STEPS = "transferor or the address of an entry"


class _Fields:
    """The typed getters of one item; each says which field is wrong and what it must be."""

    def __init__(self, item: Item) -> None:
        self._item = item
        address = item.get("address")
        self.address = address if isinstance(address, str) else ""
        if not is_address(self.address):
            raise self._wrong("address", _ADDRESSES)
        unknown = sorted(set(item) - set(FIELDS))
        if unknown:
            raise self._wrong(unknown[0], f"is not a field; the fields are {', '.join(FIELDS)}")

    def action(self) -> Dial | Deny:
        dial, deny = self._item.get("dial"), self._item.get("deny")
        if (dial is None) == (deny is None):
            raise self._wrong("dial", "or deny must be there, and not both")
        sequential = self.flag("sequential", default=False)
        if deny is not None:
            if not isinstance(deny, str) or not deny.strip():
                raise self._wrong("deny", "must be the reason, as a text")
            return Deny(deny)
        return Dial(self._nouns(dial), sequential=sequential)

    def _nouns(self, dial: object) -> tuple[Noun, ...]:
        if dial == AS_ASKED:
            if not self.address.startswith(("+", "sip:", "*@")):
                raise self._wrong("dial", f"{AS_ASKED} needs an address with a number or a host")
            return ()
        if not isinstance(dial, list) or not 1 <= len(dial) <= MAX_NOUNS:
            raise self._wrong("dial", f"must be {AS_ASKED} or a list of 1 to {MAX_NOUNS} nouns")
        try:
            return tuple(Noun.parse(noun) for noun in dial)
        except ValueError as error:
            raise self._wrong("dial", str(error)) from None

    def caller_id(self, action: Dial | Deny) -> str:
        value = self._item.get("caller_id", "")
        if value == "":
            return ""
        if not isinstance(value, str) or not _CALLER_ID.fullmatch(value):
            raise self._wrong("caller_id", "must be letters, digits and + - _ .")
        nouns = action.nouns if isinstance(action, Dial) else ()
        rings_numbers = any(noun.kind is NounKind.NUMBER for noun in nouns)
        if rings_numbers and not E164.fullmatch(value):
            raise self._wrong("caller_id", "must be an E.164 number to dial a <Number>")
        return value

    def texts(
        self, field: str, allowed: Callable[[str], bool], most: int, wanted: str
    ) -> tuple[str, ...] | None:
        values = self._item.get(field)
        if values is None:
            return None
        if not isinstance(values, list) or len(values) > most:
            raise self._wrong(field, f"must be a list of at most {most} texts")
        for value in values:
            if not isinstance(value, str) or not allowed(value):
                raise self._wrong(field, f"cannot hold {value!r}, which is not {wanted}")
        return tuple(values)

    def seconds(self, field: str, low: int, high: int) -> int | None:
        value = self._item.get(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._wrong(field, f"must be a whole number of seconds, {low} to {high}")
        return value

    def flag(self, field: str, *, default: bool) -> bool:
        value = self._item.get(field, default)
        if not isinstance(value, bool):
            raise self._wrong(field, "must be true or false")
        return value

    def mode(self) -> Mode | None:
        value = self._item.get("mode")
        if value is None:
            return None
        if value not in tuple(Mode):
            raise self._wrong("mode", "must be hold or release")
        return Mode(value)

    def _wrong(self, field: str, problem: str) -> MalformedEntry:
        return MalformedEntry(self.address, field, problem)

"""The environment, checked whole; `application` hands it over, nothing else reads it.

Each field is one variable in capitals, and template.yaml sets every one of them: there are no
silent defaults.  All problems are reported at once.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from call_transfer.directory import TRANSFEROR, is_address
from call_transfer.entry import MAX_FALLBACK
from call_transfer.errors import InvalidTarget, SettingsError
from call_transfer.links import Mode
from call_transfer.noun import Noun
from call_transfer.policy import Policy
from call_transfer.rates import Limits
from call_transfer.refer_to import ReferTo
from call_transfer.ringing import MIN_RING, RING_EXTRA

_BASE_URL = re.compile(r"(https?://[A-Za-z0-9.\-]+(:[0-9]+)?(/[A-Za-z0-9._~\-]+)*)?")
_OVERRIDES = re.compile(r"([a-z]+=[A-Za-z0-9,\-]+(&[a-z]+=[A-Za-z0-9,\-]+)*)?")
_LANGUAGE = re.compile(r"([a-z]{2,3}-[A-Z]{2})?")
_SHORT = re.compile(r"[0-9]{2,8}")
# A Dial rings 5 seconds at least, and Twilio adds about 5.
_MIN_WAIT = MIN_RING + RING_EXTRA
_CALLER_ID = re.compile(r"(\+[1-9][0-9]{1,14})?")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator set; docs/settings.md explains each. Times are seconds, ages days."""

    targets_table: str
    calls_table: str
    tokens_secret: str
    public_base_url: str
    connection_overrides: str
    metrics_namespace: str
    default_mode: Mode
    hold_refusal: str
    hold_action: bool
    refuse_attended: bool
    refer_call_sid: str
    hop_limit: int
    visit_limit: int
    transferor_per_minute: int
    target_per_minute: int
    tenant_per_minute: int
    exact_numbers: frozenset[str]
    ring_timeout: int
    time_limit: int
    hold_wait: int
    default_caller_id: str
    fallback: tuple[str, ...]
    last_resort: Noun | None
    refused_text: str
    unanswered_text: str
    accept_text: str
    text_language: str
    record_days: int

    @classmethod
    def parse(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the variables. Raises SettingsError with every problem there is."""
        problems: list[str] = []
        values: dict[str, object] = {}
        for field in fields(cls):
            name = field.name.upper()
            try:
                values[field.name] = _READERS[field.name](environment[name].strip())
            except KeyError:
                problems.append(f"{name} is not set")
            except ValueError as error:
                problems.append(f"{name} {error}")
        if problems:
            raise SettingsError(problems)
        return cls(**values)  # type: ignore[arg-type] # each reader returns its field's type

    @property
    def limits(self) -> Limits:
        """How many transfers a minute there may be."""
        return Limits(
            transferor=self.transferor_per_minute,
            target=self.target_per_minute,
            tenant=self.tenant_per_minute,
        )

    @property
    def policy(self) -> Policy:
        """What a decision needs to know of all this."""
        return Policy(
            hop_limit=self.hop_limit,
            visit_limit=self.visit_limit,
            ring_timeout=self.ring_timeout,
            time_limit=self.time_limit,
            hold_action=self.hold_action,
            hold_wait=self.hold_wait,
            refuse_attended=self.refuse_attended,
            caller_id=self.default_caller_id,
            exact_numbers=self.exact_numbers,
            fallback=self.fallback,
            last_resort=self.last_resort,
        )


def _name(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def _matching(pattern: re.Pattern[str], wanted: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"is {text!r}, and must be {wanted}")
        return text

    return read


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError(f"is {text!r}, and must be a whole number from {low} to {high}")
        return int(text)

    return read


def _choice[T](**choices: T) -> Callable[[str], T]:
    def read(text: str) -> T:
        if text not in choices:
            raise ValueError(f"is {text!r}, and must be one of {', '.join(choices)}")
        return choices[text]

    return read


def _fallback(text: str) -> tuple[str, ...]:
    steps = tuple(step.strip() for step in text.split(",") if step.strip())
    if len(steps) > MAX_FALLBACK:
        raise ValueError(f"has {len(steps)} steps, and must have at most {MAX_FALLBACK}")
    for step in steps:
        if step != TRANSFEROR and not is_address(step):
            raise ValueError(f"holds {step!r}, which is neither transferor nor an address")
    return steps


def _exact_numbers(text: str) -> frozenset[str]:
    numbers = frozenset(one.strip() for one in text.split(",") if one.strip())
    for number in numbers:
        if not _SHORT.fullmatch(number):
            raise ValueError(f"holds {number!r}, which is no number of 2 to 8 digits")
    return numbers


def _hold_wait(text: str) -> int:
    seconds = _number(0, 600)(text)
    if 0 < seconds < _MIN_WAIT:
        raise ValueError(f"is {text!r}, and must be 0 for no limit, or {_MIN_WAIT} to 600 seconds")
    return seconds


def _last_resort(text: str) -> Noun | None:
    if not text:
        return None
    try:
        asked = ReferTo.parse(text)
        return Noun.as_asked(asked, by_number=asked.uri.scheme == "tel")
    except InvalidTarget as refusal:
        raise ValueError(f"is {text!r}, which cannot be dialled: {refusal.message}") from None


_READERS: Mapping[str, Callable[[str], object]] = {
    "targets_table": _name,
    "calls_table": _name,
    "tokens_secret": _name,
    "public_base_url": _matching(_BASE_URL, "empty or https://host/path without a final slash"),
    "connection_overrides": _matching(_OVERRIDES, "empty or Twilio's rc=1&rp=ct,rt"),
    "metrics_namespace": _name,
    "default_mode": _choice(hold=Mode.HOLD, release=Mode.RELEASE),
    "hold_refusal": _choice(error="error", message="message"),
    "hold_action": _choice(on=True, off=False),
    "refuse_attended": _choice(on=True, off=False),
    "refer_call_sid": _choice(transferee="transferee", transferor="transferor"),
    "hop_limit": _number(0, 20),
    "visit_limit": _number(1, 20),
    "transferor_per_minute": _number(0, 10_000),
    "target_per_minute": _number(0, 10_000),
    "tenant_per_minute": _number(0, 10_000),
    "exact_numbers": _exact_numbers,
    "ring_timeout": _number(5, 600),
    "time_limit": _number(1, 14400),
    "hold_wait": _hold_wait,
    "default_caller_id": _matching(_CALLER_ID, "empty or an E.164 number that you own"),
    "fallback": _fallback,
    "last_resort": _last_resort,
    "refused_text": _name,
    "unanswered_text": _name,
    "accept_text": _name,
    "text_language": _matching(_LANGUAGE, "empty or a language such as en-US"),
    "record_days": _number(1, 3650),
}

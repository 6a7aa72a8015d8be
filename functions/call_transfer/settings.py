"""What the webhooks are set to, checked whole; `application` hands the environment over.

Each field is one variable in capitals, and template.yaml sets every one of them: there are no
silent defaults.  All problems are reported at once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from call_transfer.directory import TRANSFEROR, is_address
from call_transfer.entry import MAX_FALLBACK
from call_transfer.environment import Reader, choice, matching, name, number, parse
from call_transfer.errors import InvalidTarget
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
        return parse(cls, environment, _READERS)

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
    for one in numbers:
        if not _SHORT.fullmatch(one):
            raise ValueError(f"holds {one!r}, which is no number of 2 to 8 digits")
    return numbers


def _hold_wait(text: str) -> int:
    seconds = number(0, 600)(text)
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


_READERS: Mapping[str, Reader] = {
    "targets_table": name,
    "calls_table": name,
    "tokens_secret": name,
    "public_base_url": matching(_BASE_URL, "empty or https://host/path without a final slash"),
    "connection_overrides": matching(_OVERRIDES, "empty or Twilio's rc=1&rp=ct,rt"),
    "metrics_namespace": name,
    "default_mode": choice(hold=Mode.HOLD, release=Mode.RELEASE),
    "hold_refusal": choice(error="error", message="message"),
    "hold_action": choice(on=True, off=False),
    "refuse_attended": choice(on=True, off=False),
    "refer_call_sid": choice(transferee="transferee", transferor="transferor"),
    "hop_limit": number(0, 20),
    "visit_limit": number(1, 20),
    "transferor_per_minute": number(0, 10_000),
    "target_per_minute": number(0, 10_000),
    "tenant_per_minute": number(0, 10_000),
    "exact_numbers": _exact_numbers,
    "ring_timeout": number(5, 600),
    "time_limit": number(1, 14400),
    "hold_wait": _hold_wait,
    "default_caller_id": matching(_CALLER_ID, "empty or an E.164 number that you own"),
    "fallback": _fallback,
    "last_resort": _last_resort,
    "refused_text": name,
    "unanswered_text": name,
    "accept_text": name,
    "text_language": matching(_LANGUAGE, "empty or a language such as en-US"),
    "record_days": number(1, 3650),
}

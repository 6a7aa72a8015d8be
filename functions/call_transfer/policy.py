"""What a decision is told besides the entries: what the operator set, and who is on the line."""

from dataclasses import dataclass

from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator set for all hops. Times are seconds; 0 is no limit."""

    hop_limit: int
    visit_limit: int
    ring_timeout: int
    time_limit: int
    hold_action: bool
    hold_wait: int
    refuse_attended: bool
    caller_id: str
    exact_numbers: frozenset[str]
    fallback: tuple[str, ...]
    last_resort: Noun | None


@dataclass(frozen=True, slots=True)
class Call:
    """Who is on the line: the tenant (AccountSid), the From and the To of the call.

    `path` holds the address of each party that has answered in this session, the latest last.
    `waiting` is False when a queue, a menu or a voicemail had the call: it has no transferor since.
    """

    tenant: str
    caller: str
    called: str = ""
    mode: Mode = Mode.HOLD
    hop: int = 0
    path: tuple[str, ...] = ()
    waiting: bool = True

    @property
    def needs_caller_id(self) -> bool:
        """Whether its From is no callerId for a <Number>: it came over SIP (13214) or a client."""
        return self.caller.lower().startswith(("sip:", "sips:", "client:"))


def reports_end(stage: Stage, mode: Mode, attempt: int, policy: Policy) -> bool:
    """Whether the end of a verb is reported to us, by its `action`.

    A transfer in hold mode has no `action`: it would hand control to our reply, and whether that
    keeps the transferee from returning to the transferor is not documented (setting HOLD_ACTION).
    """
    returns = mode is Mode.HOLD and stage is Stage.TRANSFER and attempt == 0
    return not returns or policy.hold_action


def wait_left(call: Call, spent: int, policy: Policy) -> int | None:
    """Return the seconds for which the transferor still waits; None when nobody does."""
    waits = call.mode is Mode.HOLD and call.hop > 0 and call.waiting
    if not waits or not policy.hold_wait:
        return None
    return policy.hold_wait - spent

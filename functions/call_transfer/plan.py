"""From the entry that governs to one Dial, ready to be written as TwiML.

Twilio's limits on a Dial are met here, so that what is recorded is what is dialled.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from call_transfer.directory import Item
from call_transfer.entry import Deny, Dial, Entry
from call_transfer.errors import Denied, MalformedEntry, Unavailable
from call_transfer.links import Mode, Stage
from call_transfer.noun import E164, Context, Noun, NounKind, passing
from call_transfer.refer_to import ReferTo


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator set for all hops. Times are seconds."""

    hop_limit: int
    ring_timeout: int
    time_limit: int
    refuse_attended: bool
    caller_id: str
    fallback: tuple[str, ...]
    last_resort: Noun | None


@dataclass(frozen=True, slots=True)
class Call:
    """Who is on the line: the tenant (AccountSid) and the From of the call."""

    tenant: str
    caller: str

    @property
    def needs_caller_id(self) -> bool:
        """Whether its From is no callerId for a <Number>: it came over SIP (13214) or a client."""
        return self.caller.lower().startswith(("sip:", "sips:", "client:"))


@dataclass(frozen=True, slots=True)
class DialPlan:
    """One Dial, ready to be written as TwiML, and what follows when nobody answers it.

    `context` is what the transferor sent along, for the parties of the fallback; `dropped` names
    what did not reach the nouns.  `rule` is the entry that allowed the dial.
    """

    nouns: tuple[Noun, ...]
    stage: Stage
    rule: str
    ring_timeout: int
    time_limit: int
    sequential: bool = False
    caller_id: str = ""
    fallback: tuple[str, ...] = ()
    context: Context = ()
    dropped: tuple[str, ...] = ()
    mode: Mode | None = None


def plan_for(
    item: Item,
    *,
    asked: ReferTo | None,
    context: Context,
    stage: Stage,
    call: Call,
    policy: Policy,
) -> DialPlan:
    """Return what the entry that governs says to dial. Raises Refusal."""
    entry, dial = _allowed(item)
    nouns = dial.nouns or (_as_asked(entry, asked),)
    passed = passing(context, entry.pass_headers)
    carried = [noun.with_context(passed) for noun in nouns]
    return DialPlan(
        nouns=tuple(noun for noun, _ in carried),
        stage=stage,
        rule=entry.rule,
        ring_timeout=entry.ring_timeout or policy.ring_timeout,
        time_limit=min(entry.time_limit or policy.time_limit, policy.time_limit),
        sequential=dial.sequential,
        caller_id=_caller_id(entry, nouns, call, policy),
        fallback=policy.fallback if entry.fallback is None else entry.fallback,
        context=context,
        dropped=tuple(sorted({name for _, names in carried for name in names})),
        mode=entry.mode,
    )


def _allowed(item: Item) -> tuple[Entry, Dial]:
    try:
        entry = Entry.parse(item)
    except MalformedEntry as error:
        rule = f"{item.get('tenant')}/{item.get('address')}"
        # Not what is wrong with it: that would quote the entry to whoever reads Twilio's debugger.
        raise Unavailable(
            "malformed_entry", f"the field {error.field} of the entry is malformed", rule=rule
        ) from None
    if not entry.enabled:
        raise Denied("disabled", "the entry is switched off (enabled: false)", rule=entry.rule)
    if isinstance(entry.action, Deny):
        raise Denied("deny_entry", entry.action.reason, rule=entry.rule)
    return entry, entry.action


def _as_asked(entry: Entry, asked: ReferTo | None) -> Noun:
    if asked is None:
        raise Unavailable(
            "not_dialable", "the entry dials what was asked, but no address was", rule=entry.rule
        )
    return Noun.as_asked(asked, by_number=entry.address.startswith("+"))


def _caller_id(entry: Entry, nouns: Sequence[Noun], call: Call, policy: Policy) -> str:
    if not rings_numbers(nouns):
        return entry.caller_id
    if entry.caller_id and not E164.fullmatch(entry.caller_id):
        raise Unavailable(
            "caller_id", "caller_id must be an E.164 number to dial a <Number>", rule=entry.rule
        )
    if entry.caller_id or not call.needs_caller_id:
        return entry.caller_id
    if not policy.caller_id:
        raise Unavailable(
            "caller_id_required",
            "a call from SIP or a client needs an owned number as callerId to dial a <Number>"
            " (Twilio 13214): set caller_id on the entry, or the parameter DefaultCallerId",
            rule=entry.rule,
        )
    return policy.caller_id


def rings_numbers(nouns: Sequence[Noun]) -> bool:
    """Whether one of these parties is on the telephone network, where callerId is checked."""
    return any(noun.kind is NounKind.NUMBER for noun in nouns)

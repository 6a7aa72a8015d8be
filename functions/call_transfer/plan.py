"""From the entry that governs to one answer, ready to be written as TwiML.

Twilio's limits on a Dial are met here, so that what is recorded is what is dialled.
"""

from dataclasses import dataclass

from call_transfer.context import Context
from call_transfer.directory import Item
from call_transfer.entry import Entry
from call_transfer.errors import Closed, Denied, MalformedEntry, Unavailable
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun
from call_transfer.policy import Call, Policy, reports_end, wait_left
from call_transfer.refer_to import ReferTo
from call_transfer.ringing import Ringing, ringing_for
from call_transfer.tell import Told, untold
from call_transfer.verb import Deny, Dial, Verb


@dataclass(frozen=True, slots=True)
class Turn:
    """Which answer of the hop it is. `spent` is the seconds since the hop began."""

    stage: Stage
    attempt: int = 0
    spent: int = 0
    via: tuple[str, ...] = ()
    passed_over: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One answer: a Dial or another verb, and what follows when it reaches nobody.

    `rule` is the entry that allowed it; `via` are entries that led to it because they were closed,
    `passed_over` the steps of the chain that could not be taken, each with the code of its refusal.
    `context` is what the transferor sent along, for the parties of the fallback; `dropped` names
    what did not reach every party.  `has_action`: its end is told to us, and our answer goes on.
    """

    verb: Ringing | Verb
    stage: Stage
    rule: str
    has_action: bool = True
    fallback: tuple[str, ...] = ()
    context: Context = ()
    dropped: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    passed_over: tuple[tuple[str, str], ...] = ()
    mode: Mode | None = None
    language: str = ""

    @property
    def nouns(self) -> tuple[Noun, ...]:
        """The parties that a Dial rings; () for another verb."""
        return self.verb.nouns if isinstance(self.verb, Ringing) else ()

    @property
    def parties(self) -> tuple[Noun, ...]:
        """All that a Dial and those after it in turn ring."""
        return self.nouns + self.verb.rest if isinstance(self.verb, Ringing) else ()


def plan_for(
    item: Item,
    *,
    asked: ReferTo | None,
    context: Context,
    turn: Turn,
    call: Call,
    policy: Policy,
    now: float,
    tell: Told = untold,
) -> Plan:
    """Return what the entry that governs says to do. Raises Refusal."""
    entry, action = _allowed(item, now, tell)
    ends_with_us = reports_end(turn.stage, call.mode, turn.attempt, policy)
    dropped: tuple[str, ...] = ()
    verb: Ringing | Verb
    if isinstance(action, Dial):
        verb, dropped = ringing_for(
            entry,
            action,
            asked=asked,
            context=context,
            call=call,
            policy=policy,
            left=wait_left(call, turn.spent, policy),
            one_by_one=ends_with_us,
        )
    else:
        verb = action
    plan = Plan(
        verb=verb,
        stage=turn.stage,
        rule=entry.rule,
        # A queue, a menu or a voicemail has taken the call in hold mode too, and tells its end.
        has_action=ends_with_us or not isinstance(action, Dial),
        fallback=policy.fallback if entry.fallback is None else entry.fallback,
        context=context,
        dropped=dropped,
        via=turn.via,
        passed_over=turn.passed_over,
        mode=entry.mode,
        language=entry.language,
    )
    _check_loop(plan, call, policy)
    return plan


def _allowed(item: Item, now: float, tell: Told) -> tuple[Entry, Dial | Verb]:
    """Return an entry that is on, open and no denial, and what it says to do."""
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
    if entry.hours:
        if not entry.hours.open_at(now):
            raise Closed(entry.rule, entry.hours.closed)
        tell(entry.rule, f"open now, by the clock of {entry.hours.zone}")
    if isinstance(entry.action, Deny):
        reason, say = entry.action.reason, entry.action.say
        raise Denied("deny_entry", reason, rule=entry.rule, say=say, language=entry.language)
    return entry, entry.action


def _check_loop(plan: Plan, call: Call, policy: Policy) -> None:
    """Refuse a transfer whose every party has had this call often enough, or has it now."""
    if plan.stage is not Stage.TRANSFER or not plan.nouns:
        return
    visits = [call.path.count(noun.party) for noun in plan.parties]
    if min(visits) >= policy.visit_limit:
        raise Denied(
            "loop",
            f"a call is transferred to the same party at most {policy.visit_limit} times"
            " (VisitLimit)",
            rule="visit_limit",
        )

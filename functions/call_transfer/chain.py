"""Walk a fallback chain: the first step that can be taken, and what was passed over on the way.

Everything is passed in, nothing is read: a step that needs other entries is handed back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from call_transfer import directory
from call_transfer.context import Context
from call_transfer.directory import Item, Key
from call_transfer.entry import Entry
from call_transfer.errors import (
    Closed,
    Denied,
    InvalidTarget,
    MalformedEntry,
    Refusal,
    UnknownTarget,
)
from call_transfer.links import Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan, Turn, plan_for
from call_transfer.policy import Call, Policy, wait_left
from call_transfer.refer_to import ReferTo
from call_transfer.ringing import MIN_RING, RING_EXTRA, Ringing, rings_numbers
from call_transfer.tell import Told, untold

# Closed entries that lead to one another; more than this many is a mistake, or a loop.
MAX_VIA = 10


@dataclass(frozen=True, slots=True)
class Walk:
    """The part of a chain that is still to be walked.

    `own` when the entry that is found brings a chain of its own; of the steps of a fallback the
    rest of this one goes on, so no list nests.  `tried` are the rules that were dialled already,
    `context` and `transferor` what goes along.
    """

    chain: tuple[str, ...]
    turn: Turn
    own: bool = False
    tried: frozenset[str] = frozenset()
    context: Context = ()
    transferor: tuple[Noun, ...] = ()


def go_on(
    walk: Walk,
    *,
    call: Call,
    entries: Mapping[Key, Item],
    policy: Policy,
    now: float,
    tell: Told = untold,
) -> Plan | Walk:
    """Return what the first step of a chain that can be taken says.

    A step that is refused is passed over: somebody is waiting on the line.  A Walk is returned when
    entries have to be read first, and one with an empty chain when no step is left.
    """
    turn = walk.turn
    for position, step in enumerate(walk.chain):
        rest = walk.chain[position + 1 :]
        try:
            if step == directory.TRANSFEROR:
                plan = _recall(walk.transferor, turn, call, policy)
            else:
                plan = _step(step, walk, turn, call=call, entries=entries, policy=policy, now=now)
        except Closed as closed:
            if closed.instead and len(turn.via) < MAX_VIA:
                tell(closed.rule, f"closed: {closed.instead} instead")
                turn = replace(turn, via=(*turn.via, closed.rule))
                return replace(walk, chain=(closed.instead, *rest), turn=turn)
            refusal: Refusal = closed
        except Refusal as other:
            refusal = other
        else:
            tell(plan.rule, f"step {step} of the chain")
            return plan if walk.own else replace(plan, fallback=rest)
        tell(step, f"passed over: {refusal.code}, {refusal.message}")
        turn = replace(turn, via=(), passed_over=(*turn.passed_over, (step, refusal.code)))
    return replace(walk, chain=(), turn=turn)


def fallback_of(item: Item | None, policy: Policy) -> tuple[str, ...]:
    """Return the chain of the entry that refused, the policy's when it has none of its own."""
    try:
        own = Entry.parse(item).fallback if item is not None else None
    except MalformedEntry:
        own = None
    return policy.fallback if own is None else own


def last_resort(policy: Policy) -> Plan | None:
    """Return the dial that needs no directory, for when it cannot be read; None when not set."""
    if policy.last_resort is None:
        return None
    number = policy.last_resort.kind is NounKind.NUMBER
    verb = Ringing(
        nouns=(policy.last_resort,),
        ring_timeout=policy.ring_timeout,
        time_limit=policy.time_limit,
        caller_id=policy.caller_id if number else "",
    )
    return Plan(verb=verb, stage=Stage.LAST_RESORT, rule="last_resort")


def _recall(transferor: tuple[Noun, ...], turn: Turn, call: Call, policy: Policy) -> Plan:
    if not transferor:
        raise UnknownTarget("no_transferor", "who has transferred is not known")
    needed = call.needs_caller_id and rings_numbers(transferor)
    # Twilio 13214: a call from SIP shows a number of ours to a <Number>, or that Dial fails.
    if needed and not policy.caller_id:
        raise Denied(
            "caller_id_required", "the transferor is a <Number>, and DefaultCallerId empty"
        )
    left = wait_left(call, turn.spent, policy)
    seconds = policy.ring_timeout if left is None else min(policy.ring_timeout, left - RING_EXTRA)
    verb = Ringing(
        nouns=transferor,
        ring_timeout=max(seconds, MIN_RING),
        time_limit=policy.time_limit,
        caller_id=policy.caller_id if needed else "",
    )
    return Plan(
        verb=verb,
        stage=Stage.RECALL,
        rule=directory.TRANSFEROR,
        via=turn.via,
        passed_over=turn.passed_over,
    )


def _step(
    step: str,
    walk: Walk,
    turn: Turn,
    *,
    call: Call,
    entries: Mapping[Key, Item],
    policy: Policy,
    now: float,
) -> Plan:
    item = directory.match(call.tenant, [step], entries)
    if item is None:
        raise UnknownTarget("no_entry", "no directory entry has this address")
    if f"{item['tenant']}/{item['address']}" in walk.tried:
        raise Denied("tried", "it was tried before in this chain")
    return plan_for(
        item,
        asked=_as_address(step),
        context=walk.context,
        turn=turn,
        call=call,
        policy=policy,
        now=now,
    )


def _as_address(step: str) -> ReferTo | None:
    try:
        return ReferTo.parse(step)
    except InvalidTarget:
        return None

"""Decide what a hop dials: everything passed in, nothing read, nothing written.

A hop asks for an address; the directory entries that may name it were fetched already.  The answer
is a DialPlan, or a Refusal that carries its code, its sentence and the rule that caused it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from call_transfer import directory
from call_transfer.directory import Item, Key
from call_transfer.entry import Entry
from call_transfer.errors import Denied, InvalidTarget, MalformedEntry, Refusal, UnknownTarget
from call_transfer.links import Stage
from call_transfer.noun import Context, Noun, NounKind, context_of
from call_transfer.plan import Call, DialPlan, Policy, plan_for, rings_numbers
from call_transfer.refer_to import ReferTo


def decide(
    *,
    asked: ReferTo | None,
    hop: int,
    call: Call,
    entries: Mapping[Key, Item],
    policy: Policy,
) -> DialPlan:
    """Decide a hop; `asked` is None if an initial address cannot be read. Raises Refusal."""
    if hop > policy.hop_limit:
        raise Denied(
            "hop_limit", f"a call is transferred at most {policy.hop_limit} times", rule="hop_limit"
        )
    if asked is not None:
        _check_request(asked, policy)
    addresses = directory.candidates(asked, initial=hop == 0)
    item = directory.match(call.tenant, addresses, entries)
    if item is None:
        raise UnknownTarget("no_entry", "no directory entry names this target; add one to allow it")
    context = context_of(asked) if asked else ()
    stage = Stage.TRANSFER if hop else Stage.INITIAL
    return plan_for(item, asked=asked, context=context, stage=stage, call=call, policy=policy)


def fall_back(
    *,
    chain: Sequence[str],
    context: Context,
    transferor: tuple[Noun, ...],
    call: Call,
    entries: Mapping[Key, Item],
    policy: Policy,
) -> DialPlan | None:
    """Return the dial of the first step of a chain that can be dialled; None when it is used up.

    A step that is refused is passed over: somebody is waiting on the line.
    """
    for position, step in enumerate(chain):
        rest = tuple(chain[position + 1 :])
        if step == directory.TRANSFEROR:
            recall = _recall(transferor, rest, call, policy)
            if recall:
                return recall
            continue
        item = directory.match(call.tenant, [step], entries)
        if item is None:
            continue
        try:
            plan = plan_for(
                item,
                asked=_as_address(step),
                context=context,
                stage=Stage.FALLBACK,
                call=call,
                policy=policy,
            )
        except Refusal:
            continue
        # The list of the entry that was asked for governs; lists do not nest, so no chain loops.
        return replace(plan, fallback=rest)
    return None


def fallback_of(item: Item | None, policy: Policy) -> tuple[str, ...]:
    """Return the chain of the entry that refused, the policy's when it has none of its own."""
    try:
        own = Entry.parse(item).fallback if item is not None else None
    except MalformedEntry:
        own = None
    return policy.fallback if own is None else own


def last_resort(policy: Policy) -> DialPlan | None:
    """Return the dial that needs no directory, for when it cannot be read; None when not set."""
    if policy.last_resort is None:
        return None
    return DialPlan(
        nouns=(policy.last_resort,),
        stage=Stage.LAST_RESORT,
        rule="last_resort",
        ring_timeout=policy.ring_timeout,
        time_limit=policy.time_limit,
        caller_id=policy.caller_id if policy.last_resort.kind is NounKind.NUMBER else "",
    )


def _check_request(asked: ReferTo, policy: Policy) -> None:
    # An entry names users in ASCII; letters that fold into them (KELVIN SIGN) are other users.
    if not (asked.uri.user or "").isascii():
        raise InvalidTarget("non_ascii", "the user decodes to characters outside ASCII")
    # RFC 3515 §2.4.1: the method of the referred request may be any; a transfer is an INVITE.
    if (asked.method or "INVITE").upper() != "INVITE":
        raise InvalidTarget("unsupported_method", "a transfer refers to INVITE, nothing else")
    if asked.attended and policy.refuse_attended:
        raise Denied(
            "attended",
            "attended transfers (Replaces) are refused by the parameter RefuseAttended",
            rule="attended",
        )


def _recall(
    transferor: tuple[Noun, ...], rest: tuple[str, ...], call: Call, policy: Policy
) -> DialPlan | None:
    needed = call.needs_caller_id and rings_numbers(transferor)
    # Twilio 13214: a call from SIP shows a number of ours to a <Number>, or that Dial fails.
    if not transferor or (needed and not policy.caller_id):
        return None
    return DialPlan(
        nouns=transferor,
        stage=Stage.RECALL,
        rule=directory.TRANSFEROR,
        ring_timeout=policy.ring_timeout,
        time_limit=policy.time_limit,
        caller_id=policy.caller_id if needed else "",
        fallback=rest,
    )


def _as_address(step: str) -> ReferTo | None:
    try:
        return ReferTo.parse(step)
    except InvalidTarget:
        return None

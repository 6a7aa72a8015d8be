"""Decide what a hop dials: everything passed in, nothing read, nothing written.

A hop asks for an address; the directory entries that may name it were fetched already.  The answer
is a Plan, or a Refusal that carries its code, its sentence and the rule that caused it.
"""

from collections.abc import Mapping

from call_transfer import directory
from call_transfer.context import context_of
from call_transfer.directory import Item, Key
from call_transfer.errors import Denied, InvalidTarget, UnknownTarget
from call_transfer.links import Stage
from call_transfer.plan import Plan, Turn, plan_for
from call_transfer.policy import Call, Policy
from call_transfer.refer_to import ReferTo
from call_transfer.tell import NO_ENTRY, Told, untold


def decide(
    *,
    asked: ReferTo | None,
    call: Call,
    entries: Mapping[Key, Item],
    policy: Policy,
    now: float,
    tell: Told = untold,
) -> Plan:
    """Decide a hop; `asked` is None if an initial address cannot be read. Raises Refusal."""
    tell("hop_limit", f"transfer {call.hop} of at most {policy.hop_limit}")
    if call.hop > policy.hop_limit:
        raise Denied(
            "hop_limit", f"a call is transferred at most {policy.hop_limit} times", rule="hop_limit"
        )
    if asked is not None:
        _check_request(asked, policy)
    addresses = directory.candidates(asked, initial=call.hop == 0)
    for tenant, address in dict.fromkeys(directory.keys(call.tenant, addresses)):
        tell(f"{tenant}/{address}", "found" if (tenant, address) in entries else NO_ENTRY)
    item = directory.match(call.tenant, addresses, entries)
    if item is None:
        raise UnknownTarget(
            "no_entry",
            "no directory entry names this target; add one to allow it",
            rule="deny_by_default",
        )
    tell(f"{item.get('tenant')}/{item.get('address')}", "governs, being the most specific")
    context = context_of(asked) if asked else ()
    turn = Turn(Stage.TRANSFER if call.hop else Stage.INITIAL)
    return plan_for(
        item, asked=asked, context=context, turn=turn, call=call, policy=policy, now=now, tell=tell
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

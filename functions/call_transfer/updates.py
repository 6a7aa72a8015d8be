"""What is written of a hop, each step as the one UpdateItem that DynamoDB is asked for.

The index `open_hops` holds the hops that have not ended: `open_shard` and `due_at` come with the
record and go with its end, in the same write.  No call is made here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from call_transfer.dynamodb import hop_key, write
from call_transfer.facts import Closing
from call_transfer.outcome import Conclusion
from call_transfer.overdue import FIRST_LOOK, last_attempt, shard_of
from call_transfer.rates import Counter
from call_transfer.record import HopRecord, Key
from call_transfer.record_item import conclusion_to_item, to_item

INDEX = "open_hops"
SHARD, DUE = "open_shard", "due_at"
ENDED_BY = "ended_by"
_INDEXED = (SHARD, DUE)
_SECONDS_A_DAY = 86_400

type Update = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Calls:
    """The table `calls` at one moment: its name, Unix seconds, and how long a record is kept.

    `writer` names who writes: whoever ends a hop finds out by it, when the answer of DynamoDB was
    lost and botocore has asked again, that it was its own write which is there already.
    """

    table: str
    record_days: int
    now: int
    writer: str


def opening(hop: HopRecord, calls: Calls) -> Update:
    """Record a hop that is not recorded yet; one that is not finished is watched."""
    values = to_item(hop) | {"opened_at": calls.now}
    conclusion = hop.conclusion()
    if conclusion.finished:
        values |= conclusion_to_item(conclusion) | {"facts": hop.facts}
    else:
        values |= _awaited(hop, calls)
    return _update(hop.key, values, calls, condition="attribute_not_exists(opened_at)")


def adding(hop: HopRecord, calls: Calls) -> Update:
    """Add what was told; what is there already stays."""
    return _update(hop.key, to_item(hop), calls, keep=True)


def awaiting(hop: HopRecord, calls: Calls) -> Update:
    """Watch a hop that could not be recorded when it began."""
    unfinished = "attribute_not_exists(finished)"
    return _update(hop.key, _awaited(hop, calls), calls, condition=unfinished, keep=True)


def concluding(hop: HopRecord, calls: Calls) -> Update:
    """Write how a hop ended, unless a later snapshot has said so; it is watched no more."""
    values = conclusion_to_item(hop.conclusion()) | {"facts": hop.facts}
    # What an earlier conclusion said and this one does not.
    gone = {one.name for one in fields(Conclusion)} - values.keys()
    return _update(
        hop.key,
        values,
        calls,
        condition="attribute_not_exists(finished) OR facts < :facts",
        compared={":facts": hop.facts},
        remove=(*_INDEXED, *sorted(gone)),
    )


def closing(hop: HopRecord, said: Closing, due_at: int, calls: Calls) -> Update:
    """Close a hop as it was read: not if it has ended since, or its next attempt has begun."""
    last = last_attempt(hop)
    return _update(
        hop.key,
        {"closed": asdict(said)},
        calls,
        condition=f"{DUE} = :due AND attribute_not_exists(#result) AND attribute_not_exists(#next)",
        compared={":due": due_at},
        named={"#result": f"result#{last}", "#next": f"attempt#{last + 1}"},
        keep=True,
    )


def postponing(key: Key, due_at: int, until: int, calls: Calls) -> Update:
    """Look at a hop again at another time."""
    condition = f"{DUE} = :due"
    return _update(key, {DUE: until}, calls, condition=condition, compared={":due": due_at})


def forgetting(key: Key, due_at: int, calls: Calls) -> Update:
    """Watch a hop no more that has ended before it was recorded."""
    condition = f"{DUE} = :due"
    return _update(key, {}, calls, condition=condition, compared={":due": due_at}, remove=_INDEXED)


def counting(counter: Counter, *, table: str, expires_at: int) -> Update:
    """Add one to a counter, unless it has come to its limit."""
    return {
        "TableName": table,
        "Key": hop_key(counter.key),
        "UpdateExpression": "SET expires_at = :expires ADD hits :one",
        "ConditionExpression": "attribute_not_exists(hits) OR hits < :limit",
        "ExpressionAttributeValues": {
            ":one": write(1),
            ":limit": write(counter.limit),
            ":expires": write(expires_at),
        },
    }


def _awaited(hop: HopRecord, calls: Calls) -> dict[str, Any]:
    return {SHARD: shard_of(hop.session), DUE: calls.now + FIRST_LOOK}


def _update(
    key: Key,
    values: Mapping[str, Any],
    calls: Calls,
    *,
    condition: str = "",
    compared: Mapping[str, int] | None = None,
    named: Mapping[str, str] | None = None,
    keep: bool = False,
    remove: Iterable[str] = (),
) -> Update:
    """Return an update of a record: its attributes, and the dates that nothing overwrites.

    `keep` keeps whatever is there already; `compared` and `named` are for the condition.
    """
    lasting: dict[str, Any] = {"expires_at": calls.now + calls.record_days * _SECONDS_A_DAY}
    if "finished" in values:
        lasting |= {"finished_at": calls.now, ENDED_BY: calls.writer}
    written = dict(values) | lasting
    names = {f"#n{number}": name for number, name in enumerate(written)}
    bound = {f":v{number}": write(value) for number, value in enumerate(written.values())}
    assignments = [
        f"{n} = if_not_exists({n}, {v})" if keep or name in lasting else f"{n} = {v}"
        for (n, name), v in zip(names.items(), bound, strict=True)
    ]
    gone = {f"#r{number}": name for number, name in enumerate(remove)}
    update: Update = {
        "TableName": calls.table,
        "Key": hop_key(key),
        "UpdateExpression": "SET " + ", ".join(assignments),
        "ExpressionAttributeNames": names | gone | dict(named or {}),
        "ExpressionAttributeValues": bound
        | {name: write(value) for name, value in (compared or {}).items()},
    }
    if gone:
        update["UpdateExpression"] += " REMOVE " + ", ".join(gone)
    if condition:
        update["ConditionExpression"] = condition
        update["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return update

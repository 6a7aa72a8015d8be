"""Entries as DynamoDB writes them: what is compared, and the conditions under which it is written.

Two entries are equal when DynamoDB writes them alike; so 1 is not true, and a set is no list.
"""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from call_transfer.directory import Key
from call_transfer.dynamodb import text
from call_transfer.entry import FIELDS

type Wire = Mapping[str, Any]

_write = TypeSerializer().serialize


def wire(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry as DynamoDB writes it."""
    return {name: _write(value) for name, value in item.items()}


def key_of(item: Wire) -> Key:
    """Return the key of an entry."""
    return item["tenant"]["S"], item["address"]["S"]


def wire_key(key: Key) -> dict[str, Any]:
    """Return a key as DynamoDB writes it."""
    return {"tenant": text(key[0]), "address": text(key[1])}


def still(seen: Wire | None, wanted: Wire) -> dict[str, Any]:
    """Return the condition that an entry is still what was seen; None is that it is not there.

    Every field that was seen is compared, and every other one is not there.
    """
    if seen is None:
        return {"ConditionExpression": "attribute_not_exists(address)"}
    fields = [name for name in seen if name not in ("tenant", "address")]
    added = [name for name in dict.fromkeys([*FIELDS, *wanted]) if name not in seen]
    names = {f"#f{index}": name for index, name in enumerate([*fields, *added])}
    values = {f":f{index}": seen[name] for index, name in enumerate(fields)}
    tests = ["attribute_exists(address)"]
    tests += [f"#f{index} = :f{index}" for index in range(len(fields))]
    tests += [f"attribute_not_exists({name})" for name in list(names)[len(fields) :]]
    condition: dict[str, Any] = {"ConditionExpression": " AND ".join(tests)}
    if names:
        condition["ExpressionAttributeNames"] = names
    if values:
        condition["ExpressionAttributeValues"] = values
    return condition

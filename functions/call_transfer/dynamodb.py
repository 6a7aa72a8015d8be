"""DynamoDB's types and errors in plain Python; no call is made here.

boto3 has the types, too, for whatever anybody stores: it tries each in turn, through Decimal and
twenty lines of checks for every value.  Here are those that a record or an entry can have.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from call_transfer.record import Key

# Reasons for which a transaction is canceled, one for each of its items.
FAILED = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"

_SETS = frozenset({"SS", "NS", "BS"})


def refused_with(error: ClientError | BotoCoreError) -> dict[str, Any] | None:
    """Return the item that failed a condition; None when it was another error."""
    if not isinstance(error, ClientError):
        return None
    held: Any = error.response
    if code(error) == "ConditionalCheckFailedException":
        return plain(held.get("Item", {}))
    # Of a transaction the first item is the record.
    if canceled_by(error)[:1] == [FAILED]:
        return plain(held["CancellationReasons"][0].get("Item", {}))
    return None


def canceled_by(error: ClientError) -> list[str]:
    """Return the reason of each item of a transaction that was not done, "None" for a good one."""
    held: Any = error.response
    return [one.get("Code", "None") for one in held.get("CancellationReasons", ())]


def hop_key(key: Key) -> dict[str, Any]:
    """Return the key of a hop as DynamoDB writes it."""
    return {"session": text(key[0]), "hop": text(key[1])}


def text(value: str) -> dict[str, str]:
    """Return a text as DynamoDB writes it."""
    return {"S": value}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item in plain Python: whole numbers as int, others as Decimal, sets as sets."""
    return {name: _read(value) for name, value in item.items()}


def write(value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever an attribute can hold
    """Return a value as DynamoDB writes it. TypeError for what no record holds."""
    if isinstance(value, str):
        # A member of an enumeration is written as the text that it is.
        return {"S": str(value)}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, Mapping):
        return {"M": {name: write(one) for name, one in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"L": [write(one) for one in value]}
    if value is None:
        return {"NULL": True}
    raise TypeError(f"{type(value).__name__} is not written to DynamoDB")


def _read(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever an attribute can hold
    [(kind, held)] = value.items()
    if kind == "N":
        return _number(held)
    if kind == "M":
        return plain(held)
    if kind == "L":
        return [_read(one) for one in held]
    if kind == "NULL":
        return None
    # No entry and no record of ours has sets: whoever reads one refuses it, as it is no list.
    return set(held) if kind in _SETS else held


def _number(text: str) -> int | Decimal:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number


def code(error: Exception) -> str:
    """Name an error without its message, which may quote what was written."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "ClientError")
    return type(error).__name__

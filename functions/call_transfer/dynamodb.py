"""DynamoDB's types and errors in plain Python; no call is made here."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from call_transfer.record import Key

# Reasons for which a transaction is canceled, one for each of its items.
FAILED = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"

_read = TypeDeserializer().deserialize
write = TypeSerializer().serialize


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
    """Return an item in plain Python."""
    return {name: _whole(_read(value)) for name, value in item.items()}


def _whole(value: Any) -> Any:  # noqa: ANN401 - whatever an attribute holds
    """Turn DynamoDB's decimals into whole numbers; other decimals stay and are refused later."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {name: _whole(one) for name, one in value.items()}
    return value


def code(error: ClientError | BotoCoreError) -> str:
    """Name an error without its message, which may quote what was written."""
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code", "ClientError")
    return type(error).__name__

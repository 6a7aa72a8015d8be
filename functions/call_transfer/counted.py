"""A hop and its counters in one transaction: recorded and counted, or neither.

Two transfers that count under one counter at the same moment hinder each other.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from call_transfer.dynamodb import CONFLICT, FAILED, canceled_by
from call_transfer.errors import RateLimited
from call_transfer.rates import Counter
from call_transfer.updates import Calls, Update, counting

if TYPE_CHECKING:
    from typing import Any

    from mypy_boto3_dynamodb import DynamoDBClient

_COUNTER_SECONDS = 3600
_CONFLICTS = 3


def write(
    client: "DynamoDBClient",
    record: Update,
    counters: Sequence[Counter],
    *,
    in_time: Callable[[], Calls],
) -> None:
    """Write a record and add to its counters. Raises RateLimited.

    After a conflict it is tried again, and in the end recorded without being counted: each conflict
    means that another transfer was counted. `in_time` raises when no time is left.
    """
    expires_at = in_time().now + _COUNTER_SECONDS
    items = [{"Update": record}] + [
        {"Update": counting(one, table=record["TableName"], expires_at=expires_at)}
        for one in counters
    ]
    for _ in range(_CONFLICTS):
        in_time()
        try:
            client.transact_write_items(TransactItems=cast("Any", items))
        except ClientError as error:
            reasons = canceled_by(error)
            for counter, reason in zip(counters, reasons[1:], strict=False):
                if reason == FAILED and reasons[0] != FAILED:
                    raise RateLimited(counter.limit, counter.rule) from error
            if reasons[:1] == [FAILED] or CONFLICT not in reasons:
                raise
        else:
            return
    client.update_item(**record)

"""The targets table: read by batches, written only where it still is what was read.

Errors of AWS pass through here; `connection` says them in words.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from call_transfer.directory import Key
from call_transfer.dynamodb import refused_with, text
from refer_cli.targets.wire import Wire, key_of, still, wire_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH = (
    100  # "A single operation can retrieve up to 16 MB of data, which can contain up to 100 items"
)
_TRIES = 12
_LONGEST_WAIT = 5.0


class Throttled(Exception):
    """DynamoDB held keys back, again and again."""


class Table:
    """Its methods may be called by several threads at once."""

    def __init__(
        self, client: "DynamoDBClient", name: str, wait: Callable[[float], object] = time.sleep
    ) -> None:
        self._client = client
        self._wait = wait
        self.name = name

    def get(self, keys: Sequence[Key]) -> dict[Key, Wire]:
        """Return the entries that are there, of 100 keys at most. Raises Throttled."""
        found: dict[Key, Wire] = {}
        wanted: Any = {
            self.name: {
                "Keys": [wire_key(key) for key in dict.fromkeys(keys)],
                "ConsistentRead": True,
            }
        }
        for tried in range(_TRIES):
            answer: Any = self._client.batch_get_item(RequestItems=wanted)
            found |= {key_of(item): item for item in answer["Responses"].get(self.name, [])}
            wanted = answer["UnprocessedKeys"]
            if not wanted:
                return found
            # Half of it by chance, so that the threads do not come back all at once.
            longest = min(_LONGEST_WAIT, 0.05 * 2**tried)
            self._wait(longest * (0.5 + random.random() / 2))  # noqa: S311 - no secret
        raise Throttled(f"the table {self.name} holds reads back: its capacity is used up")

    def put(self, item: Wire, seen: Wire | None) -> bool:
        """Write an entry; False when meanwhile it is no longer what was seen."""
        return self._unless_changed(
            lambda: self._client.put_item(
                TableName=self.name,
                Item=item,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **still(seen, item),
            ),
            item,
        )

    def delete(self, seen: Wire) -> bool:
        """Delete an entry; False when meanwhile it is no longer what was seen."""
        return self._unless_changed(
            lambda: self._client.delete_item(
                TableName=self.name,
                Key=wire_key(key_of(seen)),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **still(seen, {}),
            ),
            {},
        )

    def items(self, tenant: str | None = None) -> Iterator[Wire]:
        """Yield the entries of a tenant by address, or all of them in no order that means much."""
        if tenant is None:
            pages: Any = self._client.get_paginator("scan").paginate(
                TableName=self.name, ConsistentRead=True
            )
        else:
            pages = self._client.get_paginator("query").paginate(
                TableName=self.name,
                ConsistentRead=True,
                KeyConditionExpression="tenant = :tenant",
                ExpressionAttributeValues={":tenant": text(tenant)},
            )
        for page in pages:
            yield from page["Items"]

    @staticmethod
    def _unless_changed(write: Callable[[], object], wanted: Wire) -> bool:
        try:
            write()
        except ClientError as error:
            if refused_with(error) is None:
                raise
            # A write whose answer was lost is sent again, and finds what it has written itself.
            response = cast("dict[str, Any]", error.response)
            return bool(response.get("Item", {}) == wanted)
        return True

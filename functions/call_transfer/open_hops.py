"""The hops of the table `calls` that have not ended, as the index `open_hops` lists them.

For the watchdog alone: no webhook comes here.  Every write says of what it was decided, so that a
callback which comes at the same moment wins.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from call_transfer.dynamodb import code, hop_key, plain, refused_with, text, write
from call_transfer.errors import RecordNotWritten, TableUnreadable
from call_transfer.facts import Closing
from call_transfer.overdue import SHARDS
from call_transfer.record import HopRecord, Key
from call_transfer.record_item import from_item
from call_transfer.store import finish
from call_transfer.updates import (
    DUE,
    INDEX,
    SHARD,
    Calls,
    Update,
    closing,
    concluding,
    forgetting,
    postponing,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


# Seconds between two runs of the watchdog: infra/outcomes.yaml.
TURN = 300


@dataclass(frozen=True, slots=True)
class OpenHop:
    """A hop as it was read. `finished` when its end was written before it was recorded."""

    record: HopRecord
    due_at: int
    finished: bool


class OpenHops:
    """What is watched in the table `calls`; `now` is Unix seconds."""

    def __init__(
        self,
        *,
        client: "DynamoDBClient",
        calls_table: str,
        record_days: int,
        now: Callable[[], float],
    ) -> None:
        self._client = client
        self._table = calls_table
        self._record_days = record_days
        self._now = now

    def due(self, most: int) -> Iterator[tuple[Key, int]]:
        """Return what is to be looked at now and since when, `most` of a shard, the oldest first.

        It begins at another shard each time, so that a run which has no time for all leaves
        others. Raises TableUnreadable.
        """
        first = int(self._now()) // TURN
        for shard in ((first + step) % SHARDS for step in range(SHARDS)):
            try:
                answer = self._client.query(
                    TableName=self._table,
                    IndexName=INDEX,
                    KeyConditionExpression=f"{SHARD} = :shard AND {DUE} < :now",
                    ExpressionAttributeValues={
                        ":shard": text(str(shard)),
                        ":now": write(int(self._now())),
                    },
                    Limit=most,
                )
            except (ClientError, BotoCoreError) as error:
                raise TableUnreadable(code(error)) from error
            for item in map(plain, answer["Items"]):
                yield (item["session"], item["hop"]), item[DUE]

    def read(self, key: Key) -> OpenHop | None:
        """Read a hop; None when it is watched no more. Raises TableUnreadable."""
        try:
            answer = self._client.get_item(
                TableName=self._table, Key=hop_key(key), ConsistentRead=True
            )
        except (ClientError, BotoCoreError) as error:
            raise TableUnreadable(code(error)) from error
        item = plain(answer.get("Item", {}))
        if DUE not in item:
            return None
        return OpenHop(from_item(key, item), item[DUE], finished="finished" in item)

    def close(self, hop: OpenHop, said: Closing) -> HopRecord | None:
        """Add to a hop that nothing more came; None when something has come. RecordNotWritten."""
        answer = self._write(closing(hop.record, said, hop.due_at, self._calls()))
        return from_item(hop.record.key, answer) if answer else None

    def conclude(self, record: HopRecord) -> bool:
        """Write how a hop ended; True when it was this call that finished it. RecordNotWritten."""
        calls = self._calls()
        return finish(self._client, concluding(record, calls), calls.writer)

    def postpone(self, key: Key, due_at: int, until: int) -> None:
        """Look at a hop again at `until`, unless it has ended. Raises RecordNotWritten."""
        self._write(postponing(key, due_at, until, self._calls()))

    def forget(self, hop: OpenHop) -> None:
        """Watch a finished hop no more. Raises RecordNotWritten."""
        self._write(forgetting(hop.record.key, hop.due_at, self._calls()))

    def _write(self, update: Update) -> dict[str, object] | None:
        """Write and return all that is there; None when it is not as it was read."""
        try:
            answer = self._client.update_item(**update, ReturnValues="ALL_NEW")
        except (ClientError, BotoCoreError) as error:
            if refused_with(error) is not None:
                return None
            raise RecordNotWritten(code(error)) from error
        return plain(answer["Attributes"])

    def _calls(self) -> Calls:
        return Calls(self._table, self._record_days, int(self._now()), token_hex(4))

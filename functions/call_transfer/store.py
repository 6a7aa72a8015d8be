"""DynamoDB: one BatchGetItem to know, one conditional UpdateItem to record.

A read that fails raises TableUnreadable, which is a refusal; a write that fails raises
RecordNotWritten, which no caller notices.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from call_transfer import counted
from call_transfer.directory import Item, Key
from call_transfer.dynamodb import code, hop_key, plain, refused_with, text
from call_transfer.errors import RecordNotWritten, TableUnreadable
from call_transfer.rates import Counter
from call_transfer.record import HopRecord
from call_transfer.record_item import from_item
from call_transfer.updates import ENDED_BY, Calls, adding, awaiting, concluding, opening

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# With one retry a call takes about 5 s at worst, and Twilio gives the whole webhook 15. These many
# seconds into a request nothing more is read, or written, so that the caller is answered in time.
READ_UNTIL = 5.0
WRITE_UNTIL = 7.0


@dataclass(frozen=True, slots=True)
class Found:
    """What one read gave: directory entries by key, and the hop's record when it is there."""

    items: Mapping[Key, Item]
    record: HopRecord | None


class Store:
    """The tables `targets` and `calls`; `now` is Unix seconds."""

    def __init__(
        self,
        *,
        client: "DynamoDBClient",
        targets_table: str,
        calls_table: str,
        record_days: int,
        now: Callable[[], float],
    ) -> None:
        self._client = client
        self._targets = targets_table
        self._calls = calls_table
        self._record_days = record_days
        self._now = now
        self._began = now()

    def begin(self) -> None:
        """Start the time of one request: after it no call is begun that could outlast Twilio."""
        self._began = self._now()

    def _late(self, seconds: float) -> bool:
        return self._now() - self._began > seconds

    def read(self, keys: Iterable[Key], hop: Key | None = None) -> Found:
        """Read directory entries and the record of a hop at once. Raises TableUnreadable."""
        wanted: dict[str, Any] = {}
        targets = [{"tenant": text(t), "address": text(a)} for t, a in dict.fromkeys(keys)]
        if targets:
            wanted[self._targets] = {"Keys": targets}
        if hop:
            # Twilio's next webhook can be faster than the copies of what the last one wrote.
            wanted[self._calls] = {"Keys": [hop_key(hop)], "ConsistentRead": True}
        answer = self._batch_get(wanted) if wanted else {}
        items = [plain(item) for item in answer.get(self._targets, [])]
        records = [plain(item) for item in answer.get(self._calls, [])]
        return Found(
            items={(item["tenant"], item["address"]): item for item in items},
            record=from_item(hop, records[0]) if hop and records else None,
        )

    def open(self, hop: HopRecord, counters: Sequence[Counter] = ()) -> HopRecord | None:
        """Record a hop once, and count it; return the earlier record when it was there already.

        Counting and recording are one transaction: no round trip more, and a repeated webhook does
        not count twice. Raises RateLimited, RecordNotWritten.
        """
        calls = self._in_time()
        update = opening(hop, calls)
        try:
            if counters:
                counted.write(self._client, update, counters, in_time=self._in_time)
            else:
                self._client.update_item(**update)
        except (ClientError, BotoCoreError) as error:
            earlier = refused_with(error)
            if earlier is None:
                raise RecordNotWritten(code(error)) from error
            # Asked twice, since the first answer was lost: a hop that ended as it began is ours.
            ours = earlier.get(ENDED_BY) == calls.writer
            return None if ours else from_item(hop.key, earlier)
        return None

    def add(self, hop: HopRecord) -> HopRecord:
        """Add what a webhook told to the record of its hop, and return all that is known.

        What is there already stays. Raises RecordNotWritten.
        """
        update = adding(hop, self._in_time())
        try:
            answer = self._client.update_item(**update, ReturnValues="ALL_NEW")
        except (ClientError, BotoCoreError) as error:
            raise RecordNotWritten(code(error)) from error
        return from_item(hop.key, plain(answer["Attributes"]))

    def conclude(self, hop: HopRecord) -> bool:
        """Write how a hop ended; True when it was this call that finished it.

        An older snapshot never overwrites a later one. Raises RecordNotWritten.
        """
        finished = hop.conclusion().finished
        if not finished and hop.opened_at:
            return False
        # A hop that could not be recorded when it began is watched from what is told of it on.
        step, calls = concluding if finished else awaiting, self._in_time()
        ended_now = finish(self._client, step(hop, calls), calls.writer)
        return finished and ended_now

    def _in_time(self) -> Calls:
        """Return the table as it is written now. Raises RecordNotWritten when it is too late."""
        if self._late(WRITE_UNTIL):
            raise RecordNotWritten("no time is left to write")
        return Calls(self._calls, self._record_days, int(self._now()), token_hex(4))

    def _batch_get(self, wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Read all keys, asking once more for those that were held back by throttling."""
        answers: dict[str, list[Any]] = {}
        for _ in range(2):
            if self._late(READ_UNTIL):
                raise TableUnreadable("no time is left to ask")
            try:
                answer = self._client.batch_get_item(RequestItems=dict(wanted))
            except (ClientError, BotoCoreError) as error:
                raise TableUnreadable(code(error)) from error
            for table, items in answer["Responses"].items():
                answers.setdefault(table, []).extend(items)
            wanted = answer["UnprocessedKeys"]
            if not wanted:
                return answers
        raise TableUnreadable("keys are left unprocessed: throttled")


def reach(client: "DynamoDBClient", table: str) -> None:
    """Make a write whose condition no item fulfils: all is ready, and nothing is written.

    Every function of a webhook may do this, and not every one may read. Raises ClientError.
    """
    client.update_item(
        TableName=table,
        Key=hop_key(("priming", "0")),
        ConditionExpression="attribute_exists(hop) AND attribute_not_exists(hop)",
    )


def finish(client: "DynamoDBClient", update: Mapping[str, Any], writer: str) -> bool:
    """Make an update that ends a hop; True when nobody had ended it. Raises RecordNotWritten."""
    try:
        # Not the whole record: a hop of a hundred legs has 68 kB of them.
        answer = client.update_item(**update, ReturnValues="UPDATED_OLD")
    except (ClientError, BotoCoreError) as error:
        there = refused_with(error)
        if there is None:
            raise RecordNotWritten(code(error)) from error
        # Asked twice, since the first answer was lost: what is there is what we wrote.
        return there.get(ENDED_BY) == writer
    # Each conclusion has more facts than the one before: of what is updated, this always changes.
    return "facts" not in answer.get("Attributes", {})

"""What one call of the demonstration uses: requests, calls of AWS, bytes; counted, not estimated.

The calls are those of `make demo`: a model of Twilio plays them against the deployed handlers, with
the limits of the template's defaults.  What follows a call, events of the table's stream, is made
from the changes of the table by the deployed code.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from bench.capacity import index_units, read_units, size_of, write_units
from call_transfer.dynamodb import plain
from call_transfer.event import event_of
from gateway import entries
from gateway.deployment import Exchange, deployed
from gateway.performance import Performance
from gateway.scenes import SCENES
from gateway.stack import Stack
from pivot.client import Client
from pivot.sign import LOCAL

INDEX_KEYS = ("open_shard", "due_at")
# A clock that stands still: the size of a number depends on its digits.
MOMENT = 1_795_874_321.0
# What Lambda itself writes about a request, in its format as text; the values have these lengths.
_ID, _TRACE = "0" * 36, f"1-{'0' * 8}-{'0' * 24}"
PLATFORM_LINES = (
    f"START RequestId: {_ID} Version: 42",
    f"END RequestId: {_ID}",
    (
        f"REPORT RequestId: {_ID}\tDuration: 31.42 ms\tBilled Duration: 32 ms\tMemory Size: 1024 MB"
        "\tMax Memory Used: 118 MB\t\n"
        f"XRAY TraceId: {_TRACE}\tSegmentId: {'0' * 16}\tSampled: true\t"
    ),
)
# CloudWatch counts so many bytes for each event beside its text.
EVENT_OVERHEAD = 26
_VARIABLE = re.compile(r'("milliseconds":|"Duration":\[|"timestamp":"|"Timestamp":)[^,"\]]*')


@dataclass
class Used:
    """What one call used, by name; `stored` is what stays in the table, by key."""

    counts: Counter[str] = field(default_factory=Counter)
    series: set[str] = field(default_factory=set)
    stored: dict[str, int] = field(default_factory=dict)


def measured() -> dict[str, Used]:
    """Play the calls of the demonstration, and return what each of them used."""
    stack = Stack()
    limits = {name: stack.environment[name] for name in stack.environment if "PER_MINUTE" in name}
    found: dict[str, Used] = {}
    heard: list[Exchange] = []
    with (
        patch("call_transfer.application.time", SimpleNamespace(time=lambda: MOMENT)),
        deployed(
            tokens={LOCAL.sid: LOCAL.token},
            entries=entries.load(entries.DEMO),
            settings=limits,
            on_exchange=heard.append,
        ) as deployment,
        Client() as client,
    ):
        for scene in SCENES:
            if scene.forged:
                continue
            used = found[scene.name] = Used()
            heard.clear()
            with _metered(used):
                Performance(scene, deployment, client.send, heard).play()
            _count_exchanges(used, heard, stack)
            used.counts["bytes stored"] = sum(used.stored.values())
    return found


@contextmanager
def _metered(used: Used) -> Iterator[None]:
    """Count the calls of boto3 while the block runs."""
    untouched = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - all calls

    def call(self: Any, operation: str, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - botocore's
        if self.meta.service_model.service_name != "dynamodb":
            used.counts[f"{operation} calls"] += 1
            return untouched(self, operation, given)

        def item(update: Mapping[str, Any]) -> dict[str, Any]:
            key = {name: update[name] for name in ("TableName", "Key")}
            answer = untouched(self, "GetItem", {**key, "ConsistentRead": True})
            return dict(answer.get("Item", {}))

        used.counts["calls of DynamoDB"] += 1
        if operation == "BatchGetItem":
            answer = untouched(self, operation, given)
            _count_reads(used, given["RequestItems"], answer["Responses"])
            return answer
        updates = [one["Update"] for one in given.get("TransactItems", [{"Update": given}])]
        before = [item(one) for one in updates]
        try:
            return untouched(self, operation, given)
        except ClientError:
            used.counts["writes refused"] += 1
            raise
        finally:
            for one, was in zip(updates, before, strict=True):
                _count_write(used, was, item(one), transactional=len(updates) > 1)

    BaseClient._make_api_call = call  # type: ignore[attr-defined] # noqa: SLF001 - as above
    try:
        yield
    finally:
        BaseClient._make_api_call = untouched  # type: ignore[attr-defined] # noqa: SLF001 - as above


def _count_reads(used: Used, asked: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    for table, wanted in asked.items():
        names = tuple(wanted["Keys"][0])
        items = {tuple(str(one[name]) for name in names): one for one in found.get(table, ())}
        for key in wanted["Keys"]:
            there = items.get(tuple(str(key[name]) for name in names), {})
            consistent = wanted.get("ConsistentRead", False)
            used.counts["keys read"] += 1
            halves = int(2 * read_units(there, consistent=consistent))
            used.counts["half read units"] += halves
            used.counts[f"half read units of {table}"] += halves


def _count_write(
    used: Used, before: dict[str, Any], after: dict[str, Any], *, transactional: bool
) -> None:
    used.counts["items written"] += 1
    used.counts["write units"] += write_units(before, after, transactional=transactional)
    used.counts["index write units"] += index_units(before, after, INDEX_KEYS)
    used.stored["/".join((after["session"]["S"], after["hop"]["S"]))] = size_of(after)
    if after != before and after.get("finished", {}).get("BOOL"):
        used.counts["stream invocations"] += 1
        told = event_of(plain(before), plain(after), shown=lambda text: text)
        used.counts["events"] += told is not None


def _count_exchanges(used: Used, heard: list[Exchange], stack: Stack) -> None:
    access = re.sub(
        r"\$context\.[\w.]+",
        "0" * 16,
        stack.template["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"],
    )
    for exchange in heard:
        used.counts["webhooks"] += 1
        used.counts[f"webhooks of {exchange.request.target.split('/')[1]}"] += 1
        used.counts["bytes answered"] += len(exchange.response.body)
        lines = [_VARIABLE.sub(r"\g<1>0000000000000", line) for line in exchange.lines]
        for line in (*lines, *PLATFORM_LINES, access):
            used.counts["log bytes"] += len(line.encode()) + EVENT_OVERHEAD
        for line in exchange.lines:
            used.series |= set(_series(line))
    for _ in range(used.counts["stream invocations"]):
        used.counts["log bytes"] += sum(len(line) + EVENT_OVERHEAD for line in PLATFORM_LINES)


def _series(line: str) -> Iterator[str]:
    """Yield the metrics that a line of EMF makes: one for each name and set of dimensions."""
    if not line.startswith('{"_aws"'):
        return
    told = json.loads(line)
    for directive in told["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            where = ",".join(f"{name}={told[name]}" for name in sorted(names))
            for metric in directive["Metrics"]:
                yield f"{metric['Name']}{{{where}}}"

"""What a load run goes against: the deployed handlers in processes, over tables of an emulator.

DynamoDB and Secrets Manager are ministack, which `make rehearse` deploys to.  It takes one request
after the other, so it never has two transactions in conflict, as DynamoDB has.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3

from bench.load_worker import READY
from call_transfer.dynamodb import plain
from gateway import aws, entries
from gateway.server import HOST
from gateway.stack import ROOT, Stack
from pivot.sign import LOCAL
from rehearsal import emulator
from rehearsal.workplace import TOOLS, Workplace, workplace

WORKERS = 16
_BACKLOG = 1024
_START_SECONDS, _STOP_SECONDS = 120.0, 10
_LOGS = ROOT / ".tools" / "load-logs"
# On, so that each transfer is a transaction as it is deployed; so far off that none is refused.
_LIMITS = {"TRANSFEROR_PER_MINUTE": "10000", "TARGET_PER_MINUTE": "10000"}

type Line = Mapping[str, Any]


class NotRunning(Exception):
    """The local stack cannot be started; the message says what to do."""


@dataclass
class Local:
    """The local stack: where it answers, and what it has left behind."""

    url: str
    table: str
    logs: tuple[Path, ...]
    _read: dict[Path, int] = field(default_factory=dict)

    def lines(self) -> list[Line]:
        """Return what the handlers have logged since this was asked last, metrics included."""
        told: list[Line] = []
        for log in self.logs:
            with log.open() as opened:
                opened.seek(self._read.get(log, 0))
                text = opened.read()
                self._read[log] = opened.tell()
            told += (
                json.loads(line) if line.startswith("{") else {"bug": line}
                for line in text.splitlines()
            )
        return told

    def records(self) -> list[dict[str, Any]]:
        """Return every record of a hop."""
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=self.table)
        items = [plain(item) for page in pages for item in page["Items"]]
        return [item for item in items if "mode" in item]

    def changes(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield each change of the table as its stream tells it: the item before and after."""
        table = boto3.client("dynamodb").describe_table(TableName=self.table)["Table"]
        streams: Any = boto3.client("dynamodbstreams")
        arn = table["LatestStreamArn"]
        for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
            iterator = streams.get_shard_iterator(
                StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while (answer := streams.get_records(ShardIterator=iterator))["Records"]:
                for one in answer["Records"]:
                    images = one["dynamodb"]
                    yield plain(images.get("OldImage", {})), plain(images.get("NewImage", {}))
                iterator = answer["NextShardIterator"]


@contextmanager
def running() -> Iterator[Local]:
    """Run the stack until the block ends. Raises NotRunning."""
    if not (TOOLS / "ministack" / "bin" / "python").exists():
        raise NotRunning("the load run needs the emulator: `make rehearse` installs it")
    with ExitStack() as closing:
        place = closing.enter_context(workplace(keep_logs_in=_LOGS))
        aws_url = closing.enter_context(emulator.running(place)).url
        closing.enter_context(patch.dict(os.environ, aws.environment(aws_url)))
        stack = Stack()
        aws.create(stack, {LOCAL.sid: LOCAL.token}, entries.load(entries.DEMO))
        listening = closing.enter_context(socket.create_server((HOST, 0), backlog=_BACKLOG))
        url = f"http://{HOST}:{listening.getsockname()[1]}"
        own = stack.environment | _LIMITS | {"PUBLIC_BASE_URL": url, "PYTHONUNBUFFERED": "1"}
        logs = tuple(place.logs / f"worker-{number}.log" for number in range(WORKERS))
        for log in logs:
            worker = closing.enter_context(_worker(listening, log, own, place, aws_url))
            closing.callback(_stop, worker)
        _wait_for(logs)
        yield Local(url, stack.environment["CALLS_TABLE"], logs)


def _worker(
    listening: socket.socket, log: Path, own: Mapping[str, str], place: Workplace, aws_url: str
) -> subprocess.Popen[bytes]:
    descriptor = listening.fileno()
    with log.open("w") as opened:
        return subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "bench.load_worker", str(descriptor)],
            stdin=subprocess.PIPE,
            stdout=opened,
            stderr=subprocess.STDOUT,
            pass_fds=[descriptor],
            cwd=ROOT,
            env=place.environment(aws_url) | dict(own),
        )


def _wait_for(logs: tuple[Path, ...]) -> None:
    """Wait until every worker says that it is ready. Raises NotRunning."""
    deadline = time.monotonic() + _START_SECONDS
    while not all(READY in log.read_text() for log in logs):
        if time.monotonic() > deadline:
            raise NotRunning(f"workers are not ready after {_START_SECONDS:.0f} s: see {_LOGS}")
        time.sleep(0.1)


def _stop(worker: subprocess.Popen[bytes]) -> None:
    if worker.stdin:
        worker.stdin.close()
    try:
        worker.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        worker.kill()

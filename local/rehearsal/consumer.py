"""A consumer of the events that the stack puts on its bus: a rule to a queue, read to the end."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3

_NAME = "rehearsal-consumer"
# The emulator looks at the table's stream about once a second.
_QUIET_SECONDS = 4.0
_LIMIT_SECONDS = 60.0

type Event = dict[str, Any]


@contextlib.contextmanager
def consuming(bus: str) -> Iterator[Callable[[int], list[Event]]]:
    """Take the events of a bus until the block ends.

    Yields what returns all events so far, as soon as there are as many as it is asked for and no
    more come, or after a while.
    """
    sqs: Any = boto3.client("sqs")
    events: Any = boto3.client("events")
    queue = sqs.create_queue(QueueName=_NAME)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    # Whatever is on the bus: an event that nobody promised has to be seen, too.
    pattern = json.dumps({"account": [arn.split(":")[4]]})
    rule = events.put_rule(Name=_NAME, EventBusName=bus, EventPattern=pattern)["RuleArn"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": _policy(arn, rule)})
    events.put_targets(Rule=_NAME, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    taken: list[Event] = []

    def all_so_far(expected: int) -> list[Event]:
        deadline = time.monotonic() + _LIMIT_SECONDS
        quiet_since = time.monotonic()
        while time.monotonic() < deadline:
            new = list(_received(sqs, queue))
            taken.extend(new)
            if new:
                quiet_since = time.monotonic()
            elif len(taken) >= expected and time.monotonic() - quiet_since > _QUIET_SECONDS:
                break
        return list(taken)

    try:
        yield all_so_far
    finally:
        events.remove_targets(Rule=_NAME, EventBusName=bus, Ids=["queue"])
        events.delete_rule(Name=_NAME, EventBusName=bus)
        sqs.delete_queue(QueueUrl=queue)


def waiting(queue: str) -> int:
    """Return how many messages are in a queue of this name."""
    sqs: Any = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    name = "ApproximateNumberOfMessages"
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(told["Attributes"][name])


def _received(sqs: Any, queue: str) -> Iterator[Event]:  # noqa: ANN401 - a boto3 client
    answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    for message in answer.get("Messages", []):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        yield json.loads(message["Body"])


def _policy(queue: str, rule: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

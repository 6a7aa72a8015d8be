"""The stream of the table `calls` as Lambda reads it: all changes, and what the filter lets pass.

No event source mapping is simulated: its filter is evaluated here, over what moto's stream says.
"""

import json
from collections.abc import Mapping
from typing import Any

import boto3

from gateway.stack import ROOT, Stack, load

OUTCOMES = load(ROOT / "infra" / "outcomes.yaml")
MAPPING = OUTCOMES["Resources"]["CallsStream"]["Properties"]
[_FILTER] = MAPPING["FilterCriteria"]["Filters"]
PATTERN = json.loads(_FILTER["Pattern"])


def changes(stack: Stack) -> list[dict[str, Any]]:
    """Return all changes of the table of calls since it was made."""
    table = stack.environment["CALLS_TABLE"]
    arn = boto3.client("dynamodb").describe_table(TableName=table)["Table"]["LatestStreamArn"]
    # The endpoint that boto3 makes of the account is not one that moto answers at.
    streams = boto3.client(
        "dynamodbstreams", endpoint_url="https://streams.dynamodb.us-east-1.amazonaws.com"
    )
    [shard] = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return [dict(one) for one in streams.get_records(ShardIterator=iterator)["Records"]]


def passes(change: Mapping[str, Any], pattern: Mapping[str, Any] = PATTERN) -> bool:
    """Whether a filter of an event source mapping lets a change through; values are exact ones.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html: what the pattern
    names must be there, and a list holds the values that it may have.
    """
    return all(
        name in change
        and (passes(change[name], wanted) if isinstance(wanted, dict) else change[name] in wanted)
        for name, wanted in pattern.items()
    )

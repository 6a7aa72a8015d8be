"""What is there of a stack, before it is deployed and when it is deleted."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import boto3

from rehearsal.deployed import Deployed

type Listing = Callable[[], Iterable[str]]


def _listed(service: str, operation: str, of: str, name: str = "") -> Listing:
    """Return what lists a kind of resource; `name` is the field with its name, if it has fields."""

    def names() -> Iterable[str]:
        client: Any = boto3.client(service)
        if client.can_paginate(operation):
            pages = client.get_paginator(operation).paginate()
            found = [one for page in pages for one in page.get(of, [])]
        else:
            found = getattr(client, operation)().get(of, [])
        return [one[name] if name else one for one in found]

    return names


KINDS: Mapping[str, Listing] = {
    "AWS::ApiGatewayV2::Api": _listed("apigatewayv2", "get_apis", "Items", "ApiId"),
    "AWS::CloudWatch::Alarm": _listed("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    "AWS::CloudWatch::Dashboard": _listed(
        "cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"
    ),
    "AWS::DynamoDB::Table": _listed("dynamodb", "list_tables", "TableNames"),
    "AWS::Events::EventBus": _listed("events", "list_event_buses", "EventBuses", "Name"),
    "AWS::Events::Rule": _listed("events", "list_rules", "Rules", "Name"),
    "AWS::IAM::Role": _listed("iam", "list_roles", "Roles", "RoleName"),
    "AWS::Lambda::Function": _listed("lambda", "list_functions", "Functions", "FunctionName"),
    "AWS::Lambda::EventSourceMapping": _listed(
        "lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"
    ),
    "AWS::Logs::LogGroup": _listed("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "AWS::SNS::Topic": _listed("sns", "list_topics", "Topics", "TopicArn"),
    "AWS::SQS::Queue": _listed("sqs", "list_queues", "QueueUrls"),
    "AWS::SecretsManager::Secret": _listed("secretsmanager", "list_secrets", "SecretList", "Name"),
}


def there_now() -> dict[str, set[str]]:
    """Return the names of everything that is there, by type."""
    return {kind: set(names()) for kind, names in KINDS.items()}


def retained(deployed: Deployed) -> dict[str, set[str]]:
    """Return the names of what the templates keep, by type."""
    return {
        kind: {one.physical for one in deployed.of(kind).values() if one.retained} for kind in KINDS
    }


def surprises(
    before: Mapping[str, set[str]], after: Mapping[str, set[str]], kept: Mapping[str, set[str]]
) -> list[str]:
    """Say what has gone that should be kept, and what stayed that should have gone: pure.

    `before` is what was there before the stack was; it is nobody's business.
    """
    return [
        f"{kind} {name} {verdict}"
        for kind in KINDS
        for names, verdict in (
            (kept[kind] - after[kind], "is gone, and was to be kept"),
            (after[kind] - before[kind] - kept[kind], "is still there"),
        )
        for name in sorted(names)
    ]

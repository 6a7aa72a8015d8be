"""One harmless request for each action and kind of resource, to see whether IAM lets it pass.

Nothing is changed.  Where a service would carry a request out, it is one that no service carries
out: a condition that no item meets, an event without a source, a message whose delay is too long.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

# PutEvents denies entry by entry when a bus has a policy of its own.
_DENIED = {"AccessDenied", "AccessDeniedException"}
_KEY = {"nothing": {"S": "rehearsal"}}
_NEVER = {"ConditionExpression": "attribute_exists(nothing)"}
_TOO_LATE = 100_000

type Probe = Callable[[Any, str], object]
"""Called with a boto3 session and the ARN of a resource."""


def is_denied(session: Any, action: str, kind: str, arn: str) -> bool:  # noqa: ANN401 - boto3's
    """Say whether IAM denies it; what else a service has against a request, IAM has let pass."""
    try:
        PROBES[action, kind](session, arn)
    except ClientError as error:
        return error.response["Error"]["Code"] in _DENIED
    return False


def _table(method: str, **request: object) -> Probe:
    def probe(session: Any, arn: str) -> object:  # noqa: ANN401 - boto3's
        name = arn.split("/")[1]
        return getattr(session.client("dynamodb"), method)(TableName=name, **request)

    return probe


def _batch_get(session: Any, arn: str) -> object:  # noqa: ANN401 - boto3's
    items = {arn.split("/")[1]: {"Keys": [_KEY]}}
    return session.client("dynamodb").batch_get_item(RequestItems=items)


def _index(method: str, **request: object) -> Probe:
    def probe(session: Any, arn: str) -> object:  # noqa: ANN401 - boto3's
        _, table, _, index = arn.split("/")
        asked = {"TableName": table, "IndexName": index, **request}
        return getattr(session.client("dynamodb"), method)(**asked)

    return probe


def _secret(method: str, **request: object) -> Probe:
    def probe(session: Any, arn: str) -> object:  # noqa: ANN401 - boto3's
        return getattr(session.client("secretsmanager"), method)(SecretId=arn, **request)

    return probe


def _put_events(session: Any, arn: str) -> object:  # noqa: ANN401 - boto3's
    entry = {"EventBusName": arn, "DetailType": "rehearsal", "Detail": "{}"}
    return session.client("events").put_events(Entries=[entry])


def _send_message(session: Any, arn: str) -> object:  # noqa: ANN401 - boto3's
    sqs = session.client("sqs")
    _region, account, name = arn.split(":")[3:]
    url = f"{sqs.meta.endpoint_url}/{account}/{name}"
    return sqs.send_message(QueueUrl=url, MessageBody="rehearsal", DelaySeconds=_TOO_LATE)


_QUERY = {
    "KeyConditionExpression": "nothing = :v",
    "ExpressionAttributeValues": {":v": {"S": "rehearsal"}},
}

PROBES: Mapping[tuple[str, str], Probe] = {
    ("dynamodb:GetItem", "table"): _table("get_item", Key=_KEY),
    ("dynamodb:BatchGetItem", "table"): _batch_get,
    ("dynamodb:Query", "table"): _table("query", **_QUERY),
    ("dynamodb:Scan", "table"): _table("scan", Limit=1),
    ("dynamodb:PutItem", "table"): _table("put_item", Item=_KEY, **_NEVER),
    ("dynamodb:UpdateItem", "table"): _table("update_item", Key=_KEY, **_NEVER),
    ("dynamodb:DeleteItem", "table"): _table("delete_item", Key=_KEY, **_NEVER),
    ("dynamodb:Query", "index"): _index("query", **_QUERY),
    ("dynamodb:Scan", "index"): _index("scan", Limit=1),
    ("secretsmanager:GetSecretValue", "secret"): _secret("get_secret_value"),
    ("secretsmanager:DescribeSecret", "secret"): _secret("describe_secret"),
    ("secretsmanager:PutSecretValue", "secret"): _secret(
        "put_secret_value", SecretString="{}", ClientRequestToken="0" * 32
    ),
    ("secretsmanager:DeleteSecret", "secret"): _secret("delete_secret", RecoveryWindowInDays=1),
    ("events:PutEvents", "event-bus"): _put_events,
    ("sqs:SendMessage", "queue"): _send_message,
}

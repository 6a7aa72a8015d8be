"""Which failure is tried again, and when: the standard mode of botocore, without its quota."""

from collections.abc import Callable

from .exceptions import BotoCoreError, ClientError, HTTPClientError

_STATUSES = frozenset({500, 502, 503, 504})
_TRANSIENT = frozenset(
    {
        "RequestTimeout",
        "RequestTimeoutException",
        "PriorRequestNotComplete",
        # The one error of DynamoDB that its model calls retryable.
        "ReplicatedWriteConflictException",
    }
)
_THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "TransactionInProgressException",
        "RequestLimitExceeded",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "SlowDown",
        "PriorRequestNotComplete",
        "EC2ThrottledException",
    }
)
_TOO_MANY = 429
_THROTTLED_SECONDS = 1.0


def pause(
    error: BotoCoreError | ClientError, *, seconds: float, random: Callable[[], float]
) -> float | None:
    """Return how long to wait before another attempt; None when it would fail as well.

    `seconds` is the most for what is not throttled; `random` gives a part of it.
    """
    if isinstance(error, BotoCoreError):
        return random() * seconds if isinstance(error, HTTPClientError) else None
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    if code in _THROTTLED or status == _TOO_MANY:
        return random() * _THROTTLED_SECONDS
    return random() * seconds if code in _TRANSIENT or status in _STATUSES else None

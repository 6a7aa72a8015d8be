"""The errors of botocore that the functions tell apart, and those whose names they log.

BotoCoreError                nothing that AWS has said
    NoCredentialsError       no keys in the environment, and no URL to get them from
    CredentialRetrievalError the container endpoint gave none
    NoRegionError            neither AWS_REGION nor AWS_DEFAULT_REGION
    ResponseParserError      an answer that is no JSON
    HTTPClientError          the network: it is tried again
        ConnectTimeoutError, EndpointConnectionError, SSLError
        ReadTimeoutError, ConnectionClosedError
        ChecksumError        an answer that is not what DynamoDB has sent
ClientError                  AWS refused: `response` is its answer
"""

from collections.abc import Mapping
from typing import Any


class BotoCoreError(Exception):
    """No answer, or none that can be read."""


class NoCredentialsError(BotoCoreError):
    """No credentials are to be had."""


class CredentialRetrievalError(BotoCoreError):
    """The endpoint for credentials did not give any."""


class NoRegionError(BotoCoreError):
    """Nobody says in which region to ask."""


class ResponseParserError(BotoCoreError):
    """The answer has a good status, and is no JSON."""


class HTTPClientError(BotoCoreError):
    """The request may not have arrived, or its answer did not."""


class ConnectTimeoutError(HTTPClientError):
    """No connection in time."""


class EndpointConnectionError(HTTPClientError):
    """No connection at all."""


class SSLError(HTTPClientError):
    """No trust in who answered, or no common language."""


class ReadTimeoutError(HTTPClientError):
    """No answer in time."""


class ConnectionClosedError(HTTPClientError):
    """The connection ended before the answer did."""


class ChecksumError(HTTPClientError):
    """The answer does not have the CRC-32 that its header names."""


class ClientError(Exception):
    """AWS said no. The message is AWS's, and may quote what was written."""

    def __init__(self, error_response: Mapping[str, Any], operation_name: str) -> None:
        self.response = error_response
        self.operation_name = operation_name
        error = error_response["Error"]
        super().__init__(f"{operation_name}: {error['Code']}: {error['Message']}")

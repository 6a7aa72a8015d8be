"""Answers of the AWS JSON protocols, in the form that botocore gives them."""

import json
from http import HTTPStatus
from http.client import responses
from typing import Any
from zlib import crc32

from .awsrequest import AWSResponse
from .exceptions import ChecksumError, ClientError, ResponseParserError


def parsed(operation: str, answer: AWSResponse) -> dict[str, Any]:
    """Return what AWS answered. Raises ClientError, ChecksumError, ResponseParserError."""
    checksum = answer.headers.get("x-amz-crc32")
    if checksum and int(checksum) != crc32(answer.content):
        raise ChecksumError(f"{operation}: the answer is not the one that was sent")
    if answer.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        raise ClientError(_error(answer), operation)
    try:
        told: dict[str, Any] = json.loads(answer.content)
    except ValueError:
        told = {}
        unreadable = True
    else:
        unreadable = False
    if unreadable:
        # Outside the handler: JSON's error carries the document, which can be the secret.
        raise ResponseParserError(f"{operation}: the answer is no JSON")
    return told


def _error(answer: AWSResponse) -> dict[str, Any]:
    """Return an error: its code and message, and whatever else the service says of it."""
    code, told = str(answer.status_code), _document(answer)
    kind = told.pop("__type", code)
    error = {
        # DynamoDB puts a namespace before it: "com.amazonaws.dynamodb.v20120810#…Exception".
        "Code": kind.partition(":")[0].rpartition("#")[2],
        "Message": told.get("message", told.get("Message", "")),
    }
    metadata: dict[str, Any] = {"HTTPStatusCode": answer.status_code}
    request_id = answer.headers.get("x-amzn-requestid")
    if request_id:
        metadata["RequestId"] = request_id
    return {**told, "Error": error, "ResponseMetadata": metadata}


def _document(answer: AWSResponse) -> dict[str, Any]:
    try:
        told = json.loads(answer.content)
    except ValueError:
        # A page of a load balancer, or nothing at all.
        return {"message": responses.get(answer.status_code, "")}
    return told if isinstance(told, dict) else {}

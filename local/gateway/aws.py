"""DynamoDB and Secrets Manager on this machine: moto's API over HTTP, filled from the templates.

What is deployed reaches it as it reaches AWS, through boto3 and a socket; nothing is patched.
"""

import contextlib
import http.client
import json
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from threading import Thread
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from gateway.stack import Stack

# Whatever the machine is set to, no request leaves it: no profile, no proxy, no other endpoint.
SHADOWED = ("AWS_", "POWERTOOLS_", "LOG_LEVEL")


@contextlib.contextmanager
def serving(host: str, port: int = 0) -> Iterator[str]:
    """Serve an empty AWS at the URL that this yields."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # What moto.server.ThreadedMotoServer does, and its socket is closed at the end.
    server = make_server(
        host,
        port,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=MotoRequestHandler,
    )
    thread = Thread(target=server.serve_forever, args=(0.05,), name="aws", daemon=True)
    thread.start()
    try:
        _reset(host, server.port)
        yield f"http://{host}:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def environment(url: str) -> dict[str, str]:
    """Return the variables that send boto3 to this URL and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def create(stack: Stack, tokens: Mapping[str, str], entries: Iterable[Mapping[str, Any]]) -> None:
    """Make what infra/storage.yaml describes; fill the secret and the directory."""
    dynamodb = boto3.client("dynamodb")
    for table in stack.tables:
        dynamodb.create_table(**table)
    boto3.client("secretsmanager").create_secret(
        Name=stack.environment["TOKENS_SECRET"],
        SecretString=json.dumps({account: [token] for account, token in tokens.items()}),
    )
    write = TypeSerializer().serialize
    for entry in entries:
        dynamodb.put_item(
            TableName=stack.environment["TARGETS_TABLE"],
            Item={name: write(value) for name, value in entry.items()},
        )


def records(stack: Stack, tenant: str, session: str) -> list[dict[str, Any]]:
    """Return the records of a session, in the order of their hops."""
    answer = boto3.client("dynamodb").query(
        TableName=stack.environment["CALLS_TABLE"],
        KeyConditionExpression="#s = :s",
        ExpressionAttributeNames={"#s": "session"},
        ExpressionAttributeValues={":s": {"S": f"{tenant}/{session}"}},
    )
    read = TypeDeserializer().deserialize
    return [{name: read(value) for name, value in item.items()} for item in answer["Items"]]


def _reset(host: str, port: int) -> None:
    """Forget what an earlier server of this process was told: moto keeps it in the process."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("POST", "/moto-api/reset")
        connection.getresponse().read()
    finally:
        connection.close()

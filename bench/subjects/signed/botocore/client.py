"""A client of one service: a method for each operation that the functions call.

Parameters go out as they are given, and nothing checks them before AWS does.
"""

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from secrets import SystemRandom, token_hex
from typing import Any

from .auth import signed
from .config import Config
from .credentials import Provider, of_this_process
from .exceptions import BotoCoreError, ClientError, NoRegionError
from .hooks import BEFORE_SEND, Meta, Request
from .httpsession import Connection
from .parsers import parsed
from .retries import pause

_encode = json.JSONEncoder(separators=(",", ":")).encode
# Not the module's own generator: every copy of a snapshot would wait equally long.
_random = SystemRandom().random

type Method = Callable[..., dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Service:
    """What the model of a service says of its protocol, and how long a retry waits at most."""

    target: str
    version: str
    operations: tuple[str, ...]
    backoff: float = 0.05


SERVICES: Mapping[str, Service] = {
    "dynamodb": Service(
        "DynamoDB_20120810",
        "1.0",
        ("BatchGetItem", "GetItem", "Query", "TransactWriteItems", "UpdateItem"),
        backoff=0.025,
    ),
    "events": Service("AWSEvents", "1.1", ("PutEvents",)),
    "secretsmanager": Service("secretsmanager", "1.1", ("GetSecretValue",)),
}
# A retry of a transaction that was done already is answered as the first attempt was.
_TOKENS = {"TransactWriteItems": "ClientRequestToken"}


class BaseClient:
    """A client of `service_name`; region and endpoint come from the environment.

    It has the methods of its own service only.  `verify` is a file of the certificates that are
    enough as a rule; who sets AWS_CA_BUNDLE has others.
    """

    batch_get_item: Method
    get_item: Method
    get_secret_value: Method
    put_events: Method
    query: Method
    transact_write_items: Method
    update_item: Method

    def __init__(
        self,
        service_name: str,
        config: Config,
        *,
        verify: str | None = None,
        credentials: Provider | None = None,
        environment: Mapping[str, str] = os.environ,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
        if not region:
            raise NoRegionError("neither AWS_REGION nor AWS_DEFAULT_REGION is set")
        self._name, self._region, self._config = service_name, region, config
        self._now, self._sleep = now, sleep
        self.meta = Meta()
        self._service = SERVICES[service_name]
        self._credentials = credentials or of_this_process()
        self._connection = Connection(
            environment.get("AWS_ENDPOINT_URL") or f"https://{service_name}.{region}.amazonaws.com",
            connect_timeout=config.connect_timeout,
            read_timeout=config.read_timeout,
            roots=environment.get("AWS_CA_BUNDLE") or verify,
            widens=verify is not None and not environment.get("AWS_CA_BUNDLE"),
        )
        for operation in self._service.operations:
            setattr(self, _method(operation), partial(self._call, operation))

    def close(self) -> None:
        """Close the connection; a later call opens a new one."""
        self._connection.close()

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Ask, and ask again as configured. Raises ClientError, BotoCoreError."""
        token = _TOKENS.get(operation)
        given = {token: token_hex(16), **parameters} if token else parameters
        body = _encode(given).encode()
        for _ in range(self._config.attempts - 1):
            try:
                return self._once(operation, body)
            except (BotoCoreError, ClientError) as error:
                wait = pause(error, seconds=self._service.backoff, random=_random)
                if wait is None:
                    raise
            self._sleep(wait)
        return self._once(operation, body)

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        headers = {
            "content-type": f"application/x-amz-json-{self._service.version}",
            "host": self._connection.host,
            "x-amz-target": f"{self._service.target}.{operation}",
        }
        whole = signed(
            headers,
            body,
            credentials=self._credentials.current(),
            region=self._region,
            service=self._name,
            now=self._now(),
        )
        # Not signed, as it is not by botocore: a proxy may change it.
        whole["user-agent"] = self._config.user_agent
        request = Request(self._connection.url, whole, body)
        answered = self.meta.events.answer(request, f"{BEFORE_SEND}.{self._name}.{operation}")
        return parsed(operation, answered or self._connection.post(whole, body))


def _method(operation: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()

"""Keys to sign with: those of the environment, or of the endpoint that it names.

A function that is restored from a snapshot is given the endpoint, since the keys of the moment of
the snapshot would have expired: "Security considerations for Lambda SnapStart", AWS Lambda
Developer Guide.  No message here quotes a key.
"""

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from .exceptions import CredentialRetrievalError, NoCredentialsError

# botocore's: from then on new keys are asked for, and the old ones serve until there are some.
RENEW_SECONDS = 15 * 60
RETRY_SECONDS = 30
_TIMEOUT = 1
_OK = 200
# Lambda's is on the loopback; these are of containers.
_HOSTS = ("localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23")


@dataclass(frozen=True, slots=True)
class Credentials:
    """One set of keys; `expires_at` is Unix seconds."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str = field(repr=False, default="")
    expires_at: float = math.inf


class Provider:
    """The keys of this process; `now` is Unix seconds."""

    def __init__(
        self, environment: Mapping[str, str], now: Callable[[], float] = time.time
    ) -> None:
        self._environment = environment
        self._now = now
        self._held: Credentials | None = None
        self._retry_at = 0.0

    def current(self) -> Credentials:
        """Return keys that are valid now. Raises NoCredentialsError, CredentialRetrievalError."""
        now = self._now()
        held = self._held
        if held is None or (now > held.expires_at - RENEW_SECONDS and now >= self._retry_at):
            held = self._renewed(now)
        return held

    def _renewed(self, now: float) -> Credentials:
        try:
            self._held = _from_environment(self._environment)
        except (OSError, HTTPException, ValueError, KeyError) as error:
            # Not the error itself: that of an unreadable document carries the document.
            problem = type(error).__name__
        else:
            return self._held
        if self._held is None or self._held.expires_at <= now:
            raise CredentialRetrievalError(f"the container endpoint gave no keys: {problem}")
        self._retry_at = now + RETRY_SECONDS
        return self._held


@cache
def of_this_process() -> Provider:
    """Return the keys that all clients of this process share."""
    return Provider(os.environ)


def _from_environment(environment: Mapping[str, str]) -> Credentials:
    if "AWS_ACCESS_KEY_ID" in environment:
        return Credentials(
            environment["AWS_ACCESS_KEY_ID"],
            environment["AWS_SECRET_ACCESS_KEY"],
            environment.get("AWS_SESSION_TOKEN", ""),
        )
    if "AWS_CONTAINER_CREDENTIALS_FULL_URI" not in environment:
        raise NoCredentialsError(
            "no credentials: neither AWS_ACCESS_KEY_ID nor AWS_CONTAINER_CREDENTIALS_FULL_URI"
        )
    url = urlsplit(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    told = _asked(url, environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", ""))
    return Credentials(
        told["AccessKeyId"],
        told["SecretAccessKey"],
        told["Token"],
        datetime.fromisoformat(told["Expiration"]).timestamp(),
    )


def _asked(url: SplitResult, authorization: str) -> dict[str, str]:
    host = url.hostname or ""
    if url.scheme != "https" and not _is_near(host):
        raise ValueError(f"{host} is not asked for keys without TLS")
    connect = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = connect(host, url.port, timeout=_TIMEOUT)
    try:
        headers = {"Accept": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        connection.request("GET", f"{url.path}?{url.query}".rstrip("?"), headers=headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if answer.status != _OK:
        raise ValueError(f"status {answer.status}")
    told: dict[str, str] = json.loads(text)
    return told


def _is_near(host: str) -> bool:
    try:
        return host in _HOSTS or ip_address(host).is_loopback
    except ValueError:
        return False

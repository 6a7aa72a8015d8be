"""Clients of AWS: they connect quickly, and give up in time for the caller on the line.

botocore reads 126 root certificates for each new connection, which takes longer than all else that
a warm webhook does.  AWS's own endpoints are vouched for by five of them, which are beside this
module.  An endpoint that is not is asked again within the same call, with all of botocore's roots:
docs/decisions/2026-11-28-roots-of-amazon.md.
"""

import os
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import SSLError
from botocore.httpsession import URLLib3Session

# Amazon Trust Services, https://www.amazontrust.com/repository/
AMAZON_ROOTS = Path(__file__).with_name("amazon_roots.pem")
_TIMEOUT = (1, 1.5)  # seconds to connect, and to wait for an answer
CONFIG = Config(
    connect_timeout=_TIMEOUT[0],
    read_timeout=_TIMEOUT[1],
    retries={"mode": "standard", "total_max_attempts": 2},
    # What is sent is built by `updates` and `store`; what is wrong with it, DynamoDB refuses.
    parameter_validation=False,
    # Else botocore composes it anew for each call.
    user_agent=f"Boto3/{boto3.__version__} sip-refer-transfer",
)
# Who sets one of these has certificates, or somebody in between, of their own.
_OWN_ROOTS = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy")
# What OpenSSL says when it knows no root of a certificate; other things break connections, too.
_UNKNOWN = "CERTIFICATE_VERIFY_FAILED"


def client(service: str) -> Any:  # noqa: ANN401 - a boto3 client of the named service
    """Make a client that gives up in time for the caller on the line."""
    if any(map(os.environ.get, _OWN_ROOTS)):
        return boto3.client(service, config=CONFIG)
    made = boto3.client(service, config=CONFIG, verify=str(AMAZON_ROOTS))
    _Widening().listen_to(made)
    return made


class _Widening:
    """Gives a client all roots, from the first certificate on that the few do not vouch for."""

    def __init__(self) -> None:
        self._widened = False

    def listen_to(self, client: Any) -> None:  # noqa: ANN401 - a boto3 client
        client.meta.events.register_first("needs-retry", self._needs_retry)

    def _needs_retry(
        self,
        endpoint: Any,  # noqa: ANN401 - botocore's
        caught_exception: Exception | None = None,
        **_: object,
    ) -> int | None:
        """Return the seconds to wait before the call is tried again; None leaves it to botocore."""
        unknown = isinstance(caught_exception, SSLError) and _UNKNOWN in str(caught_exception)
        if self._widened or not unknown:
            return None
        print(  # noqa: T201 - the log of a Lambda
            f"{caught_exception}: the certificate is of none of the roots in {AMAZON_ROOTS.name}."
            " From here on all roots of botocore are trusted; new connections take longer."
        )
        self._widened = True
        # In place of the first one, so that closing the client closes it. botocore-stubs know one
        # number only; botocore takes both, and makes it so.
        endpoint.http_session = URLLib3Session(timeout=_TIMEOUT)  # type: ignore[arg-type]
        return 0

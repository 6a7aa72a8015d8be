"""Signature Version 4 of a POST to `/` without a query: all that a JSON protocol needs of it.

"Create a signed AWS API request", AWS Identity and Access Management User Guide.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping

from .credentials import Credentials

_ALGORITHM = "AWS4-HMAC-SHA256"


def signed(
    headers: Mapping[str, str],
    body: bytes,
    *,
    credentials: Credentials,
    region: str,
    service: str,
    now: float,
) -> dict[str, str]:
    """Return all these headers, which include `host`, with those that prove who asks.

    The names are in small letters; `now` is Unix seconds.
    """
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    whole = {**headers, "x-amz-date": moment}
    if credentials.token:
        whole["x-amz-security-token"] = credentials.token
    names = sorted(whole)
    listed = ";".join(names)
    lines = "".join(f"{name}:{' '.join(whole[name].split())}\n" for name in names)
    canonical = f"POST\n/\n\n{lines}\n{listed}\n{hashlib.sha256(body).hexdigest()}"
    day = moment[:8]
    scope = f"{day}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{credentials.secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = _mac(key, part)
    signature = _mac(key, f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}").hex()
    whole["authorization"] = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={listed}, Signature={signature}"
    )
    return whole


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")

"""The webhooks that Twilio posts about a call, with their parameters and their signature.

Sources: Twilio "TwiML Voice" (request parameters), "Webhooks security".
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from gateway.http_api import Request

FORM = "application/x-www-form-urlencoded; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Account:
    """Who signs: the account of the call and its primary auth token."""

    sid: str
    token: str = field(repr=False)

    def request(
        self,
        url: str,
        parameters: Mapping[str, str],
        *,
        method: str = "POST",
        idempotency_token: str = "",
    ) -> Request:
        """Return the signed request; a fragment is for Twilio itself and is not sent."""
        address = urldefrag(url).url
        whole = {"AccountSid": self.sid, "ApiVersion": "2010-04-01", **parameters}
        if method == "GET":
            address += ("&" if "?" in address else "?") + urlencode(whole)
        signed = {} if method == "GET" else whole
        parts = urlsplit(address)
        return Request(
            method=method,
            target=parts.path + (f"?{parts.query}" if parts.query else ""),
            headers={
                "Host": parts.netloc,
                "User-Agent": "TwilioProxy/1.1",
                "Accept": "*/*",
                "X-Twilio-Signature": RequestValidator(self.token).compute_signature(
                    address, signed
                ),
                "I-Twilio-Idempotency-Token": idempotency_token or str(uuid.uuid4()),
            }
            | ({} if method == "GET" else {"Content-Type": FORM}),
            body=b"" if method == "GET" else urlencode(whole).encode(),
        )

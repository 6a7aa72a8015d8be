"""What is likely when no difference explains a signature: read off the request itself."""

import base64
from collections.abc import Iterator, Sequence
from urllib.parse import unquote_to_bytes

from refer_cli.signed.captured import FORM
from refer_cli.signed.reading import Key, Reading, Surroundings

_OTHER_URL = (
    "Twilio knows another URL than those tried: give it with --url, as it stands in the console, in"
    " the TwiML or in the Request Inspector."
)
_OTHER_PARAMETER = (
    "A parameter was changed, dropped or masked on the way here, or in a log: capture the request"
    " where it arrives."
)
_UNSIGNED = (
    "The request carries no X-Twilio-Signature: it is not Twilio's, or a proxy drops the header."
)
_DIGESTS = {20, 32}  # bytes of SHA-1 and SHA-256


def causes(
    reading: Reading,
    around: Surroundings,
    *,
    body: bytes,
    keys: Sequence[Key],
    account_sid: str,
) -> tuple[str, ...]:
    """Return sentences, the likeliest cause first."""
    headers = around.headers
    if not reading.signature:
        return (_UNSIGNED,)
    own = [key for key in keys if key.account_sid == account_sid]
    return (
        *_of_signature(reading),
        *_of_body(body, headers.get("content-length", ""), headers.get("content-type", "")),
        *_of_sender(headers.get("user-agent", "")),
        *_of_tokens(own, account_sid, headers.get("x-twilio-webhooks-signature-settings", "")),
        _OTHER_URL,
        _OTHER_PARAMETER,
    )


def _of_signature(reading: Reading) -> Iterator[str]:
    try:
        size = len(base64.b64decode(reading.signature, validate=True))
    except ValueError:
        size = 0
    if size not in _DIGESTS:
        yield "X-Twilio-Signature is no HMAC in base64: it was cut, changed or made up."


def _of_body(body: bytes, length: str, content_type: str) -> Iterator[str]:
    if length.isascii() and length.isdigit() and length != str(len(body)):
        yield (
            f"Content-Length says {length}, and the body has {len(body)} bytes: it was cut or"
            " changed."
        )
    plain = unquote_to_bytes(body)
    if b"***" in plain or b"REDACTED" in plain.upper():
        yield "The body holds stars or the word redacted: values were masked in this copy."
    if body and not content_type.startswith(FORM):
        yield "The body is no form by its content-type; Twilio posts voice webhooks as forms."


def _of_sender(agent: str) -> Iterator[str]:
    if not agent.startswith("TwilioProxy/"):
        yield "User-Agent is not TwilioProxy: the request may not be Twilio's."


def _of_tokens(own: Sequence[Key], account_sid: str, settings: str) -> Iterator[str]:
    if "key=" in settings:
        yield (
            "A shared key signed it (X-Twilio-Webhooks-Signature-Settings), no auth token: give"
            " the secret of that key as a token of the account."
        )
    if account_sid and not own:
        yield f"There is no token of {account_sid} among those given: it may be a sub-account."
    else:
        yield (
            "The token was rotated, or is not the primary one of the account in AccountSid:"
            " compare it with the console. API keys never sign webhooks."
        )

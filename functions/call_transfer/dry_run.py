"""One webhook that reaches nobody: its common way has run before a caller waits for it.

Python then loads nothing more, and has specialised the code that it has seen.  The application is a
second one, whose clients answer themselves before anything is sent: no record is touched, no log
line written, no metric counted.  Its auth token is made here, and nobody knows it.
"""

import io
import json
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.logging import Logger
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from twilio.request_validator import RequestValidator

from call_transfer.application import assemble
from call_transfer.settings import Settings
from call_transfer.webhook import Answer, Response, respond

_ACCOUNT, _CALL = "AC" + "0" * 32, "CA" + "0" * 32
_TARGET = "sip:priming@priming.invalid"
_HOST, _PATH = "priming.invalid", "/priming"
# What the routes have in their paths, and the webhooks in their forms; each reads what it knows.
_SEGMENTS = {
    "mode": "hold",
    "session": _CALL,
    # So that the webhook of a REFER is the first hop, which every HopLimit allows but 0.
    "hop": "0",
    "refer_id": "0" * 12,
    "attempt": "0",
    "stage": "transfer",
    "noun": "0",
    "nouns": "1",
    "key": "1",
    "verb": "gather",
}
_FORM = {
    "AccountSid": _ACCOUNT,
    "CallSid": _CALL,
    "From": "sip:caller@priming.invalid",
    "To": _TARGET,
    "ReferTransferTarget": f"<{_TARGET}>",
    "CallStatus": "in-progress",
    "DialCallStatus": "busy",
    "Digits": "1",
    "SequenceNumber": "0",
    "Timestamp": "Thu, 01 Jan 1970 00:00:00 +0000",
    "RecordingSid": "RE" + "0" * 32,
    "RecordingStatus": "completed",
}


class _Body(io.BytesIO):
    """The body of an answer, as botocore reads it from a connection."""

    def stream(self, *_: object, **__: object) -> Any:  # noqa: ANN401 - chunks of bytes
        yield self.read()


def walk(environment: Mapping[str, str], *, name: str, answer: Answer, rescue: Answer) -> Response:
    """Serve a webhook, and return its response. Raises SettingsError."""
    token = token_hex()
    settings = Settings.parse(environment)
    unheard = Logger(service="priming", stream=io.StringIO(), location=None)
    app = assemble(settings, logger=unheard, now=time.time)
    for client in app.clients:
        client.meta.events.register_first("before-send", _Answers(settings, token).answer)
    with redirect_stdout(io.StringIO()):
        return respond(
            _event(token, settings.public_base_url),
            None,
            app,
            name=name,
            answer=answer,
            rescue=rescue,
        )


class _Answers:
    """What AWS says to the calls of a webhook that is served with `token`."""

    def __init__(self, settings: Settings, token: str) -> None:
        attribute = {"tenant": _ACCOUNT, "mode": "hold", "session": _CALL, "hop": f"1#{'0' * 12}"}
        record = {key: {"S": value} for key, value in attribute.items()}
        entry = {
            "tenant": {"S": "*"},
            "address": {"S": _TARGET},
            "dial": {"L": [{"M": {"sip": {"S": _TARGET}}}]},
        }
        self._answers: dict[str, Any] = {
            "GetSecretValue": {"SecretString": json.dumps({_ACCOUNT: [token]})},
            "BatchGetItem": {
                "Responses": {settings.targets_table: [entry]},
                "UnprocessedKeys": {},
            },
            "UpdateItem": {"Attributes": record},
            "TransactWriteItems": {},
        }

    def answer(self, request: Any, event_name: str, **_: object) -> AWSResponse:  # noqa: ANN401 - botocore's
        """Answer in place of AWS: botocore sends nothing when a listener has an answer."""
        body = json.dumps(self._answers[event_name.rpartition(".")[2]]).encode()
        return AWSResponse(request.url, 200, HTTPHeaders(), _Body(body))


def _event(token: str, public_base_url: str) -> dict[str, Any]:
    url = f"{public_base_url or f'https://{_HOST}'}{_PATH}"
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": RequestValidator(token).compute_signature(url, _FORM),
    }
    return {
        "rawPath": _PATH,
        "rawQueryString": "",
        "headers": headers,
        "pathParameters": _SEGMENTS,
        "requestContext": {"domainName": _HOST, "http": {"method": "POST"}},
        "body": urlencode(_FORM),
        "isBase64Encoded": False,
    }

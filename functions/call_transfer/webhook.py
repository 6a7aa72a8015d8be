"""One request of Twilio's: verified before anything is read from it, answered whatever happens.

HTTP API payload format 2.0 in and out:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from call_transfer.application import Application, application
from call_transfer.bugs import place
from call_transfer.errors import MalformedRequest, PayloadTooLarge, RequestRejected
from call_transfer.links import CALL_SID, Urls
from call_transfer.tokens import authenticate

# A voice webhook has some 40 parameters of a few hundred characters at most.
MAX_BODY = 64 * 1024
_MAX_PARAMETERS = 500
_DIGITS = 10
_XML = '<?xml version="1.0" encoding="UTF-8"?>'

type Event = Mapping[str, Any]
type Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; a body of TwiML unless `content_type` says otherwise."""

    body: str = ""
    status: int = 200
    content_type: str = "text/xml; charset=utf-8"

    def to_event(self) -> dict[str, Any]:
        """Return it as API Gateway wants it."""
        return {
            "statusCode": self.status,
            "headers": {"content-type": self.content_type, "cache-control": "no-store"},
            "body": self.body,
            "isBase64Encoded": False,
        }


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request: first as it came, and after `verify` known to be Twilio's."""

    url: str
    urls: Urls
    form: Mapping[str, list[str]]
    raw: str | None
    is_get: bool
    segments: Mapping[str, str]
    headers: Mapping[str, str]

    @classmethod
    def read(cls, event: Event, *, public_base_url: str, overrides: str) -> Self:
        """Take a request apart, byte for byte. Raises PayloadTooLarge, MalformedRequest."""
        context = event["requestContext"]
        # Set by API Gateway; Host and X-Forwarded-Host are set by whoever sends the request.
        base = public_base_url or f"https://{context['domainName']}"
        query = event.get("rawQueryString", "")
        body = _body(event)
        headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
        is_get = context["http"]["method"] == "GET"
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        return cls(
            url=f"{base}{event['rawPath']}{f'?{query}' if query else ''}",
            urls=Urls(base, overrides),
            form=_parsed(query if is_get else body if is_form else ""),
            is_get=is_get,
            raw=body if body and (is_get or not is_form) else None,
            segments=event.get("pathParameters") or {},
            headers=headers,
        )

    def verify(self, app: Application) -> None:
        """Return if Twilio signed this request. Raises NotSigned, TokensUnavailable."""
        accounts = self.form.get("AccountSid", [])
        authenticate(
            url=self.url,
            params=self.raw if self.raw is not None else None if self.is_get else self.form,
            signature=self.headers.get("x-twilio-signature"),
            settings=self.headers.get("x-twilio-webhooks-signature-settings"),
            account_sid=accounts[0] if len(accounts) == 1 else None,
            tokens=app.tokens,
        )

    def one(self, name: str) -> str:
        """Return the value of a parameter, "" when absent. Raises MalformedRequest when repeated.

        A signature joins names and values without separators: of a repeated name, nobody can tell
        which value was signed as such.
        """
        values = self.form.get(name, [""])
        if len(values) != 1:
            raise MalformedRequest(f"the parameter {name} is there {len(values)} times")
        return values[0]

    def number(self, name: str) -> int:
        """Return a parameter as a whole number, 0 when it is absent or none."""
        text = self.one(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < _DIGITS else 0

    @property
    def account_sid(self) -> str:
        """The tenant: the account whose token signed this request."""
        return self.one("AccountSid")

    @property
    def call_sid(self) -> str:
        """The call that this request is about. Raises MalformedRequest."""
        sid = self.one("CallSid")
        if not CALL_SID.fullmatch(sid):
            raise MalformedRequest("CallSid is missing or no call SID")
        return sid


type Answer = Callable[[Webhook, Application, Line], Response]
"""A webhook: what it is asked, the world, and the line of the log that it adds to."""


def serve(event: Event, context: object, *, name: str, answer: Answer, rescue: Answer) -> Any:  # noqa: ANN401 - Lambda's
    """Verify, answer, and tell of it; `rescue` answers when our own code has failed.

    A bug must not hang up on somebody: it is logged, and the caller gets what can still be done.
    """
    return respond(
        event, context, application(), name=name, answer=answer, rescue=rescue
    ).to_event()


def respond(
    event: Event, context: object, app: Application, *, name: str, answer: Answer, rescue: Answer
) -> Response:
    """Do so for an application."""
    began = time.perf_counter()
    line: Line = {"webhook": name, "request_id": getattr(context, "aws_request_id", "")}
    app.store.begin()
    response = _answer(event, app, line, answer, rescue)
    line["status"] = response.status
    line["tokens_problem"] = app.tokens.problem
    try:
        app.telemetry.webhook(line, milliseconds=(time.perf_counter() - began) * 1000)
    except Exception as bug:  # noqa: BLE001 - the answer is there, and somebody waits for it
        print(f"telemetry failed: {place(bug)}")  # noqa: T201 - the log of a Lambda
    return response


def _answer(event: Event, app: Application, line: Line, answer: Answer, rescue: Answer) -> Response:
    settings, name = app.settings, line["webhook"]
    try:
        webhook = Webhook.read(
            event,
            public_base_url=settings.public_base_url,
            overrides=settings.connection_overrides,
        )
        webhook.verify(app)
        line |= {"tenant": webhook.account_sid, "call_sid": webhook.call_sid}
        try:
            return answer(webhook, app, line)
        except RequestRejected:
            raise
        except Exception as bug:  # noqa: BLE001 - a caller is on the line, whatever went wrong
            line["bug"] = place(bug)
        try:
            return rescue(webhook, app, line)
        except Exception as bug:  # noqa: BLE001 - what rescues can share the bug
            line["bug"] += f", then {place(bug)}"
            if name in ("whisper", "accept"):
                # The leg of a target: what a caller is told is not for it.
                return Response(f"{_XML}<Response><Hangup/></Response>")
            if name in ("dial_result", "verb_result") or webhook.segments.get("mode") == "release":
                return _last_words(app)
            return Response("unavailable", 503, "text/plain")
    except RequestRejected as rejected:
        line |= {"rejected": rejected.reason, "rejected_as": type(rejected).__name__}
        return Response(_REJECTED[rejected.status], rejected.status, "text/plain")


def _last_words(app: Application) -> Response:
    """Say goodbye with nothing of ours in between, where nobody else can take the caller back."""
    text = escape(app.settings.unanswered_text)
    return Response(f"{_XML}<Response><Say>{text}</Say><Hangup/></Response>")


# One answer per status: who is refused does not learn which check refused it.
_REJECTED = {
    400: "This is not a request that this URL serves.",
    403: "This request is not signed by Twilio.",
    413: "This request is too large.",
    503: "Requests cannot be verified at the moment.",
}


def _body(event: Event) -> str:
    body = event.get("body") or ""
    encoded = event.get("isBase64Encoded")
    if len(body) > (MAX_BODY * 4 // 3 + 4 if encoded else MAX_BODY):
        raise PayloadTooLarge(f"a body of {len(body)} characters")
    if not encoded:
        return str(body)
    try:
        return base64.b64decode(body, validate=True).decode("utf-8", "surrogateescape")
    except ValueError:
        raise MalformedRequest("the body is not base64") from None


def _parsed(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        raise MalformedRequest(f"more than {_MAX_PARAMETERS} parameters") from None

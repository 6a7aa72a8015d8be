"""A captured request, as the event that the deployed code would have got.

Three shapes are read: an event of an HTTP API (payload 2.0, also inside a line of a log), the text
of an HTTP request, and JSON that names `url`, `headers` and `body` or `form`.  Nothing is verified
here, nothing is decoded that a signature covers, and no message quotes what was captured.

Payload 2.0: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from refer_cli.signed.http_text import HttpText, NoHttpText

FORM = "application/x-www-form-urlencoded"
_URL = re.compile(r"(?P<base>https?://[^/?#\s]+)(?P<path>[^?#\s]*)(\?(?P<query>[^#\s]*))?(#\S*)?")
# Where loggers put an event: Powertools, `aws logs filter-log-events`, CloudWatch Insights.
_WRAPPERS = ("message", "@message", "event", "events")
_DEPTH = 4
_OF_VERSION_1 = (
    "this is an event of payload 1.0 (a REST API): its path and query arrive decoded and without"
    " their order, and Twilio signs them as they were on the wire, so the signed URL cannot be"
    " rebuilt. Put the webhook behind an HTTP API with payload 2.0, as template.yaml does, or give"
    ' the URL as it stands at Twilio: {"url": …, "headers": …, "body": …}'
)
_OF_LOAD_BALANCER = (
    "this is an event of a load balancer: it does not say which scheme and host were asked for, and"
    ' this application does not run behind one. Write {"url": …, "headers": …, "body": …} instead'
)
_SHAPES = (
    "it is neither an event of an HTTP API (payload 2.0), nor an HTTP request with its request line"
    ' and headers, nor JSON like {"url": …, "headers": …, "body": …}'
)


class Unreadable(Exception):
    """What was captured is no request that can be rebuilt; the message says why."""


@dataclass(frozen=True, slots=True)
class Captured:
    """A request. `base` is the scheme and host that it was sent to, "" when the event has them."""

    event: Mapping[str, Any] = field(repr=False)
    base: str = ""

    @classmethod
    def parse(cls, data: bytes, *, scheme: str = "https") -> Self:
        """Read a capture; `scheme` is that of a request line without one. Raises Unreadable."""
        if not data.lstrip().startswith((b"{", b"\xef\xbb\xbf{", b"[")):
            try:
                return cls._of_text(HttpText.parse(data, scheme=scheme))
            except NoHttpText as problem:
                if str(problem) or b"{" not in data:
                    raise Unreadable(str(problem) or _SHAPES) from None
        document = _unwrapped(_json(data))
        if "requestContext" in document or "httpMethod" in document:
            return cls(_checked(document))
        if "url" in document:
            return cls._of_json(document)
        raise Unreadable(_SHAPES)

    @property
    def body(self) -> bytes:
        """The body as it came; nothing where it cannot be decoded."""
        text = str(self.event.get("body") or "")
        if not self.event.get("isBase64Encoded"):
            return text.encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            return b""

    @classmethod
    def _of_text(cls, text: HttpText) -> Self:
        return cls._of_url(text.url, text.method, text.headers, text.body)

    @classmethod
    def _of_json(cls, document: Mapping[str, Any]) -> Self:
        headers = _headers(document)
        body = document.get("body") or ""
        form = document.get("form")
        if not isinstance(body, str) or (body and form is not None):
            raise Unreadable("body is text, and not together with form; write one of the two")
        if form is not None:
            body = urlencode(_fields(form), doseq=True, errors="surrogatepass")
            headers = {"content-type": FORM} | headers
        method = document.get("method") or ("POST" if body else "GET")
        if not isinstance(document["url"], str) or not isinstance(method, str):
            raise Unreadable("url and method are text")
        return cls._of_url(
            document["url"], method.upper(), headers, body.encode("utf-8", "surrogatepass")
        )

    @classmethod
    def _of_url(cls, url: str, method: str, headers: Mapping[str, str], body: bytes) -> Self:
        # The fragment is Twilio's own (connection overrides): neither sent nor signed.
        parts = _URL.fullmatch(url)
        if parts is None:
            raise Unreadable("the URL is none: it has to be like https://host/path, without spaces")
        event = {
            "version": "2.0",
            "rawPath": parts["path"],
            "rawQueryString": parts["query"] or "",
            "headers": headers,
            "requestContext": {
                "domainName": parts["base"].partition("//")[2],
                "stage": "$default",
                "http": {"method": method, "path": parts["path"]},
            },
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        return cls(event, parts["base"])


def _json(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text[re.search(r"[{\[]|$", text).start() :])  # type: ignore[union-attr] # `$` always matches
    except UnicodeDecodeError:
        raise Unreadable("it is no text in UTF-8") from None
    except json.JSONDecodeError as error:
        where = f"{error.msg}, line {error.lineno}, column {error.colno}"
        raise Unreadable(f"it is not JSON ({where}); copy the whole event") from None
    except (ValueError, RecursionError):
        raise Unreadable("it is JSON with a number or a nesting that cannot be read") from None


def _unwrapped(document: Any) -> Mapping[str, Any]:  # noqa: ANN401 - whatever JSON holds
    """Return the event in what a logger has put around it. Raises Unreadable."""
    for _ in range(_DEPTH):
        if isinstance(document, list):
            if len(document) != 1:
                raise Unreadable(f"it holds {len(document)} requests: give one")
            document = document[0]
        elif isinstance(document, str) and "{" in document:
            document = _json(document.encode("utf-8", "surrogatepass"))
        elif isinstance(document, dict) and not {"requestContext", "httpMethod", "url"} & set(
            document
        ):
            document = next((document[name] for name in _WRAPPERS if name in document), None)
    if not isinstance(document, dict):
        raise Unreadable(_SHAPES)
    return document


def _checked(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event of payload 2.0 with what the deployed code reads. Raises Unreadable."""
    context = event.get("requestContext")
    if isinstance(context, dict) and "elb" in context:
        raise Unreadable(_OF_LOAD_BALANCER)
    if event.get("version") == "1.0" or "httpMethod" in event:
        raise Unreadable(_OF_VERSION_1)
    http = context.get("http") if isinstance(context, dict) else None
    if not isinstance(context, dict) or not isinstance(http, dict):
        raise Unreadable("the event has no requestContext.http: copy the whole event")
    needed = {
        "rawPath": event.get("rawPath"),
        "requestContext.domainName": context.get("domainName"),
        "requestContext.http.method": http.get("method"),
        "rawQueryString": event.get("rawQueryString") or "",
        "body": event.get("body") or "",
    }
    wrong = [name for name, value in needed.items() if not isinstance(value, str)]
    if wrong:
        raise Unreadable(f"{wrong[0]} is missing in the event, or no text: copy the whole event")
    return {
        **event,
        "headers": _headers(event),
        "rawQueryString": needed["rawQueryString"],
        "pathParameters": None,
    }


def _headers(document: Mapping[str, Any]) -> dict[str, str]:
    headers = document.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(one, str) for one in headers.values()):
        raise Unreadable("headers is no object of names and texts")
    return {name.lower(): value for name, value in headers.items()}


def _fields(form: object) -> Mapping[str, str | Sequence[str]]:
    """Return the form of JSON: a text, or a list of texts, for each name. Raises Unreadable."""
    if isinstance(form, dict):
        values = [one for value in form.values() for one in _listed(value)]
        if all(isinstance(one, str) for one in values):
            return form
    raise Unreadable("form is no object of names and texts (or lists of texts)")


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]

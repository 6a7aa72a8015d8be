"""API Gateway's HTTP API, in process: from an HTTP request to payload 2.0, and back.

Source: "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway", payload format 2.0.
"""

import base64
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.stack import Route


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request; `target` is path and query, byte for byte as on the request line."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Context:
    """The part of Lambda's context object that handlers read."""

    aws_request_id: str


def event(request: Request, route: Route, domain: str) -> dict[str, Any]:
    """Return the event that a handler gets: header names in lower case, form bodies in base64."""
    path, _, query = request.target.partition("?")
    segments = route.match(request.method, path) or {}
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{route.method} {route.path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "local",
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {
                "method": request.method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": request.headers.get("User-Agent", ""),
            },
            "requestId": uuid.uuid4().hex,
            "routeKey": f"{route.method} {route.path}",
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
            "timeEpoch": int(time.time() * 1000),
        },
        "isBase64Encoded": bool(request.body),
    }
    if segments:
        made["pathParameters"] = segments
    if request.body:
        made["body"] = base64.b64encode(request.body).decode()
    return made


def serve(request: Request, routes: tuple[Route, ...], domain: str) -> Response:
    """Answer a request as the deployed API would: by its route's handler, or 404."""
    path = request.target.partition("?")[0]
    route = next((one for one in routes if one.match(request.method, path) is not None), None)
    if route is None:
        return Response(404, {"content-type": "application/json"}, b'{"message":"Not Found"}')
    answer = route.load_handler()(event(request, route, domain), Context(uuid.uuid4().hex))
    body = answer.get("body", "")
    return Response(
        answer["statusCode"],
        answer.get("headers", {}),
        base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode(),
    )

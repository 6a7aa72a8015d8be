"""Send a request over a socket as it stands: nothing is followed, retried or rewritten."""

import http.client
from urllib.parse import urlsplit

from gateway.http_api import Request, Response

# Twilio waits 15 s for the whole webhook.
TIMEOUT = 15.0


def send(request: Request, base_url: str) -> Response:
    """Return the answer of the server at this URL. Raises OSError, HTTPException."""
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=TIMEOUT)
    try:
        connection.request(
            request.method, request.target, body=request.body or None, headers=dict(request.headers)
        )
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Response(answer.status, headers, answer.read())
    finally:
        connection.close()

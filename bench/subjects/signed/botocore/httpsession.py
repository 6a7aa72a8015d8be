"""One connection to an endpoint, kept open between the webhooks of a process.

A server closes what was idle for a while, and Lambda freezes a process for minutes: what is closed
is opened anew before anything is sent on it.  What closes in that very moment is an error, and
tried again as any other.
"""

import select
import ssl
from collections.abc import Mapping
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from .awsrequest import AWSResponse
from .exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)


class Connection:
    """A connection to `url`, of which only scheme, host and port count; time-outs in seconds.

    `roots` is a file of certificates.  Who is not vouched for by them is asked once more with all
    of this machine when `widens`.
    """

    def __init__(
        self,
        url: str,
        *,
        connect_timeout: float,
        read_timeout: float,
        roots: str | None = None,
        widens: bool = False,
    ) -> None:
        parts = urlsplit(url)
        self.url, self.host = url, parts.netloc
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._widens = widens
        # Both set TCP_NODELAY.
        self._http: HTTPConnection
        if parts.scheme == "https":
            self._http = self._over_tls(roots)
        else:
            self._http = HTTPConnection(self.host, timeout=connect_timeout)

    def post(self, headers: Mapping[str, str], body: bytes) -> AWSResponse:
        """Send a request to `/` and return the answer. Raises HTTPClientError."""
        if not self._is_open():
            self._open()
        try:
            self._http.request("POST", "/", body, headers)
            response = self._http.getresponse()
            return AWSResponse(self.url, response.status, response.headers, response)
        except TimeoutError as error:
            self.close()
            raise ReadTimeoutError(f"no answer from {self.url} in time") from error
        except (OSError, HTTPException) as error:
            self.close()
            raise ConnectionClosedError(f"the connection to {self.url} ended: {error}") from error

    def close(self) -> None:
        """Close the connection; the next request opens one."""
        self._http.close()

    def _is_open(self) -> bool:
        """Whether the server is still there: nothing is to be read between two requests."""
        if self._http.sock is None:
            return False
        poll = select.poll()
        poll.register(self._http.sock, select.POLLIN)
        return not poll.poll(0)

    def _open(self) -> None:
        self.close()
        try:
            self._http.connect()
        except TimeoutError as error:
            self.close()
            raise ConnectTimeoutError(f"no connection to {self.url} in time") from error
        except ssl.SSLError as error:
            self.close()
            if self._widens:
                self._widen(error)
                return
            raise SSLError(f"no TLS with {self.url}: {error}") from error
        except OSError as error:
            self.close()
            raise EndpointConnectionError(f"no connection to {self.url}: {error}") from error
        self._http.sock.settimeout(self._read_timeout)

    def _widen(self, error: ssl.SSLError) -> None:
        print(f"{self.url}: {error}. From here on all certificates of this machine are trusted.")
        self._widens, self._http = False, self._over_tls(None)
        self._open()

    def _over_tls(self, roots: str | None) -> HTTPSConnection:
        return HTTPSConnection(self.host, timeout=self._connect_timeout, context=_trust(roots))


@cache
def _trust(roots: str | None) -> ssl.SSLContext:
    # Once per process: reading the public's certificates takes milliseconds.
    return ssl.create_default_context(cafile=roots)

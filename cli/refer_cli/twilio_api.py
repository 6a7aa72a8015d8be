"""Twilio's REST API, as the commands here call it: a time-out, few retries, answers in words.

No webhook calls this API, and nothing of this ships.  Which resource is asked for what is up to the
command.  No message here quotes a token: Twilio's own words are searched for one first.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import click
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from refer_cli.targets.located import printable

BASE_URL = "REFER_TWILIO_API"
"""The environment variable that sends all requests to a server on this machine, for tests."""

SECONDS = 10.0
WAITS = (1.0, 2.0)
"""Seconds before the second and the third attempt, unless Retry-After asks for other ones."""
_LONGEST_WAIT = 10.0

# Nothing but this machine: whoever can set a variable would be sent the auth token otherwise.
_LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d{1,5})?")
# Not preceded by letters, as the digits of a SID are.
_TOKEN = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{32}(?![0-9A-Za-z])")
_ERRORS = "https://www.twilio.com/docs/errors"

# The first that fits: requests' own time-outs and proxy errors are connection errors too.
_NO_ANSWER: tuple[tuple[type[Exception], str], ...] = (
    (
        requests.exceptions.SSLError,
        "the certificate is not Twilio's, or not trusted here; is there a proxy in between?",
    ),
    (
        requests.exceptions.ProxyError,
        "the proxy of this machine (HTTPS_PROXY) does not let the request through.",
    ),
    (
        requests.Timeout,
        f"Twilio has not answered within {SECONDS:.0f} seconds; try again in a while.",
    ),
    (
        requests.RequestException,
        "Twilio cannot be reached; is this machine connected, and is there a proxy?",
    ),
    (
        ValueError,
        "what answers is not Twilio's API: its answer is no JSON. Is there a proxy?",
    ),
)


class TwilioProblem(click.ClickException):
    """Twilio did not do it."""

    exit_code = 2


def client(
    account_sid: str,
    secret: str,
    *,
    api_key: str = "",
    base_url: str | None = None,
    sleep: Callable[[float], object] = time.sleep,
) -> Client:
    """Return a client of one account; `secret` is its auth token, or that of `api_key` (SK…).

    `base_url` sends every request to http://127.0.0.1:PORT/HOST/PATH instead of https://HOST/PATH;
    without it the environment variable REFER_TWILIO_API is asked.  Raises TwilioProblem if it is
    not of this machine.
    """
    # twilio-python takes what is empty from the environment, of whatever account that is.
    if not account_sid or not secret:
        raise TwilioProblem("an account SID and its auth token, or an API key, are needed.")
    base = os.environ.get(BASE_URL, "") if base_url is None else base_url
    if base and not _LOCAL.fullmatch(base.rstrip("/")):
        raise TwilioProblem(
            f"{BASE_URL} may only name http://127.0.0.1 or http://localhost: the auth token is sent"
            " there. It is for tests; unset it."
        )
    return Client(
        api_key or account_sid,
        secret,
        account_sid=account_sid,
        http_client=_Http(base.rstrip("/"), sleep),
    )


class _Http(TwilioHttpClient):  # type: ignore[misc] # twilio ships no annotations
    """Tries again what Twilio did not begin; what it may have done already is not repeated."""

    def __init__(self, base_url: str, sleep: Callable[[float], object]) -> None:
        super().__init__(timeout=SECONDS)
        self._base_url = base_url
        self._sleep = sleep
        if base_url:
            # No proxy of the environment gets to see what is sent to this machine in the clear.
            self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - twilio's
        """Send a request. Raises what requests raises when there is no answer."""
        if self._base_url:
            there = urlsplit(url)
            query = f"?{there.query}" if there.query else ""
            url = f"{self._base_url}/{there.netloc}{there.path}{query}"
        for wait in WAITS:
            response = super().request(method, url, *args, **kwargs)
            if not _worth_another(method, response.status_code):
                return response
            self._sleep(_seconds(response.headers.get("Retry-After", ""), wait))
        return super().request(method, url, *args, **kwargs)


def _worth_another(method: str, status: int) -> bool:
    # 429: refused before anything was done.  5xx: a POST may have created what it was to create.
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    return method.upper() == "GET" and status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _seconds(asked: str, usual: float) -> float:
    return min(float(asked), _LONGEST_WAIT) if asked.isdecimal() else usual


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """Turn what Twilio or the network raises into a sentence about `what`."""
    try:
        yield
    except (TwilioException, requests.RequestException, ValueError) as error:
        raise TwilioProblem(f"{what}: {explained(error)}") from None


def explained(error: Exception) -> str:
    """Return what went wrong with a request, and what to do, in words."""
    if isinstance(error, TwilioServiceException):
        return _status(error.status, error.code, error.detail or error.title)
    if isinstance(error, TwilioRestException):
        return _status(error.status, error.code, error.msg)
    for kind, words in _NO_ANSWER:
        if isinstance(error, kind):
            return words
    return without_tokens(str(error))


def _status(status: int, code: int | None, said: str) -> str:
    number = code or status
    if status == HTTPStatus.UNAUTHORIZED:
        return (
            f"Twilio does not take these credentials ({number}). The account SID and the token do"
            " not belong together, the token was replaced, or the account is suspended or closed."
        )
    if status == HTTPStatus.FORBIDDEN:
        return (
            f"Twilio does not permit this ({number}). The account is suspended or closed, or an API"
            " key is too narrow: accounts and auth tokens need a Main key or the auth token."
        )
    if status == HTTPStatus.NOT_FOUND:
        return f"Twilio knows nothing of that name in this account ({number})."
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return f"too many requests of this account ({number}), tried three times; wait a minute."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"Twilio failed ({number}); try again in a while, and see https://status.twilio.com"
    more = f", {_ERRORS}/{code}" if code and code != status else ""
    return f"Twilio refuses it: {without_tokens(said)} ({number}{more})"


def without_tokens(text: str) -> str:
    """Return a foreign text as a terminal may show it, with what may be a token left out."""
    return printable(_TOKEN.sub("(32 digits left out)", text))

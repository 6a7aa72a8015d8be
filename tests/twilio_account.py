"""An account of Twilio's REST API that a test made up: its tokens, and how they change.

The server around it is twilio_api.  The shapes are those of Twilio's reference: "REST API:
Accounts", "Secondary Auth Token", "Auth Token", "Twilio's response".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """What came in, path and host as Twilio would have got them."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    user: str
    password: str = field(repr=False)
    groups: Mapping[str, str] = field(default_factory=dict)
    """What the named groups of the route's pattern matched."""


type Body = Mapping[str, Any] | str | None
"""A document, a text that is no JSON, or nothing."""
type Answer = tuple[int, Body] | tuple[int, Body, Mapping[str, str]]
type Handler = Callable[[Request], Answer]

SILENCE: Answer = (0, None)
"""No answer, until the client gives up."""

_MESSAGES = {
    400: (20001, "Bad request"),
    401: (20003, "Authentication Error - invalid username"),
    403: (20403, "Forbidden"),
    404: (20404, "The requested resource was not found"),
    429: (20429, "Too Many Requests"),
    500: (20500, "An internal server error has occurred"),
    503: (20503, "Service is unavailable. Please try again"),
}


def error(status: int, message: str = "", code: int = 0, **headers: str) -> Answer:
    """What Twilio answers when it does not do something; Retry_After="1" makes a header."""
    usual = _MESSAGES.get(status, (status, "Error"))
    document = {
        "code": code or usual[0],
        "message": message or usual[1],
        "more_info": f"https://www.twilio.com/docs/errors/{code or usual[0]}",
        "status": status,
    }
    return status, document, {name.replace("_", "-"): value for name, value in headers.items()}


def not_found(path: str) -> Answer:
    return error(404, f"The requested resource {path} was not found")


@dataclass
class Account:
    """An account, which changes as its tokens do."""

    sid: str
    token: str = field(repr=False)
    secondary: str = field(default="", repr=False)
    status: str = "active"
    kind: str = "Full"
    owner: str = ""
    shows_token: bool = True
    """Whether the account resource has its auth_token."""
    created: int = 0

    def accepts(self, password: str) -> bool:
        return self.status == "active" and password in {self.token, self.secondary} - {""}

    def document(self) -> dict[str, Any]:
        return {
            "auth_token": self.token if self.shows_token else None,
            "date_created": "Thu, 30 Jul 2015 20:00:00 +0000",
            "date_updated": "Thu, 30 Jul 2015 20:00:00 +0000",
            "friendly_name": "friendly_name",
            "owner_account_sid": self.owner or self.sid,
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {},
            "type": self.kind,
            "uri": f"/2010-04-01/Accounts/{self.sid}.json",
        }

    def create_secondary(self) -> Answer:
        # What Twilio answers to a second one is not documented; this is a guess.
        if self.secondary:
            return error(400, "A secondary auth token exists already")
        self.created += 1
        self.secondary = f"5ec{self.created:029x}"
        return 201, self._token("secondary_auth_token", self.secondary, "Secondary")

    def delete_secondary(self) -> Answer:
        if not self.secondary:
            return not_found("/AuthTokens/Secondary")
        self.secondary = ""
        return 204, None

    def promote(self) -> Answer:
        if not self.secondary:
            return not_found("/AuthTokens/Promote")
        self.token, self.secondary = self.secondary, ""
        return 200, self._token("auth_token", self.token, "Promote")

    def _token(self, name: str, value: str, resource: str) -> dict[str, str]:
        return {
            "account_sid": self.sid,
            "date_created": "2015-07-31T04:00:00Z",
            "date_updated": "2015-07-31T04:00:00Z",
            name: value,
            "url": f"https://accounts.twilio.com/v1/AuthTokens/{resource}",
        }

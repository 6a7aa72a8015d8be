"""Where calls come in: a telephone number or a SIP domain, and the URLs that Twilio requests there.

Values only; `twilio_entrances` reads and writes them.

Sources: Twilio "IncomingPhoneNumber resource", "SIP Domain resource".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Self

POST = "POST"
_NOTHING = "none"
_USER_AND_PASSWORD = re.compile(r"(?<=://)[^/?#]*@")


def shown(url: str) -> str:
    """Return a URL as it may be printed: Twilio logs in with the password that stands in it."""
    return _USER_AND_PASSWORD.sub("…@", url)


class Kind(StrEnum):
    """What it is, as a person calls it."""

    NUMBER = "number"
    DOMAIN = "SIP domain"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A URL and how it is requested; an empty one is not requested at all."""

    url: str = ""
    method: str = POST

    def __str__(self) -> str:
        return f"{shown(self.url)} ({self.method})" if self.url else _NOTHING

    def same_as(self, other: Self) -> bool:
        """Whether Twilio does the same with both: without a URL, the method does not matter."""
        return self == other or not (self.url or other.url)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The three that belong to an entrance."""

    voice: Webhook = Webhook()
    fallback: Webhook = Webhook()
    status: Webhook = Webhook()

    def changes(self, wanted: Self) -> Iterator[tuple[str, Webhook, Webhook]]:
        """Yield the name of what differs, with what it is and what it is to be."""
        for one in fields(self):
            before, after = getattr(self, one.name), getattr(wanted, one.name)
            if not before.same_as(after):
                yield one.name, before, after

    def as_json(self) -> dict[str, dict[str, str]]:
        """Return them for a program."""
        pairs = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: {"url": webhook.url, "method": webhook.method} for name, webhook in pairs}

    @classmethod
    def of_json(cls, document: Mapping[str, Mapping[str, str]]) -> Self:
        """Read what `as_json` wrote. Raises KeyError, TypeError, AttributeError otherwise."""
        found = {}
        for one in fields(cls):
            url, method = document[one.name]["url"], document[one.name]["method"]
            found[one.name] = Webhook(url.strip(), method.upper())
        return cls(**found)


LABELS: Mapping[str, str] = {
    "voice": "voice URL",
    "fallback": "fallback URL",
    "status": "status callback",
}


@dataclass(frozen=True, slots=True)
class Entrance:
    """One of them; `name` is the number in E.164 or the domain name.

    `application` and `trunk` are SIDs: where one is set, Twilio ignores the webhooks. `receives` is
    what Twilio takes calls for: voice, fax, or "" where the number has no voice at all.
    `authentication` and `registration` are a domain's.
    """

    sid: str
    name: str
    kind: Kind
    webhooks: Webhooks
    application: str = ""
    trunk: str = ""
    receives: str = "voice"
    authentication: str = ""
    registration: bool = False

    def wanted(self, voice: str, fallback: str, status: str) -> Webhooks:
        """Return the webhooks with these URLs, requested by POST; an empty one is left alone."""
        given = {"voice": voice, "fallback": fallback, "status": status}
        return replace(self.webhooks, **{name: Webhook(url) for name, url in given.items() if url})

    def __str__(self) -> str:
        return f"{self.name} ({self.sid})"

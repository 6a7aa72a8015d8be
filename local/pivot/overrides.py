"""How Twilio delivers one webhook: connection overrides, time budget, retries, redirects, errors.

Pure: from what came of the last request it says what is done next, at once, by whatever clock.
Sources, below https://www.twilio.com/docs: /usage/webhooks/webhooks-connection-overrides for names,
limits and defaults, /api/errors for the numbers.  What they leave open is marked as ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Self
from urllib.parse import urldefrag, urljoin, urlsplit

# "Limit your TwiML response to 64 kB or less" (11750), read as 65,536 bytes.
MAX_BODY = 64 * 1024
# "Redirected too many times" (11215) comes without a number: ours.
MAX_REDIRECTS = 10
# "Twilio will only follow redirects for status codes 301, 302, 303, and 307" (11216).
_REDIRECTS = frozenset({301, 302, 303, 307})
_KEEPS_METHOD = 307
_ALL = frozenset({"ct", "rt", "4xx", "5xx"})
# Name: least, most, default. Times are milliseconds.
_NUMBERS = {
    "ct": (100, 10_000, 5_000),
    "rt": (100, 15_000, 15_000),
    "tt": (100, 15_000, 15_000),
    "rc": (0, 5, 1),
}
_PUBLIC = frozenset(
    ("ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla")
)
_EDGES = _PUBLIC | {"ashburn-ix", "frankfurt-ix", "london-ix", "san-jose-ix", "singapore-ix"}


class BadOverride(ValueError):
    """A fragment that Twilio's page does not allow; `error` is Twilio's number where it has one."""

    def __init__(self, reason: str, error: int | None = None) -> None:
        super().__init__(f"connection override {reason}")
        self.error = error


@dataclass(frozen=True, slots=True)
class Overrides:
    """The fragment of a URL: seconds, retries and what they are for, where attempts come from."""

    connect_timeout: float
    read_timeout: float
    total_timeout: float
    retries: int
    retry_on: frozenset[str]
    sni: bool
    edges: tuple[str, ...]

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read the fragment of a URL; Twilio's defaults where it is silent. Raises BadOverride."""
        fragment = urldefrag(url).fragment
        pairs = [pair.partition("=") for pair in fragment.split("&")] if fragment else []
        given = {name: value for name, _, value in pairs}
        if len(given) < len(pairs):
            raise BadOverride(f"#{fragment} repeats a name")
        unknown = given.keys() - _NUMBERS - {"rp", "sni", "e"}
        if unknown:
            raise BadOverride(f"{min(unknown)!r} is none of Twilio's")
        policies = _chosen(given.get("rp", "ct"), _ALL | {"all"}, "rp", error=11243)
        return cls(
            connect_timeout=_number(given, "ct") / 1000,
            read_timeout=_number(given, "rt") / 1000,
            total_timeout=_number(given, "tt") / 1000,
            retries=_number(given, "rc"),
            retry_on=_ALL if "all" in policies else frozenset(policies),
            sni=_chosen(given.get("sni", "y"), frozenset("yn"), "sni")[-1] == "y",
            edges=_chosen(given.get("e", "ashburn"), _EDGES, "e", error=11240),
        )


class What(Enum):
    """What came of one request: words, Twilio's error number, the retry policy that covers it.

    "`ct` retries on TCP connect or TLS handshake failure", "`rt` retries on no response received
    within read timeout", "Twilio doesn't retry on partial response".  DNS is not named: ours.
    """

    ANSWERED = ("answered", None, "")
    CONNECT_TIMEOUT = ("connect timed out", 11201, "ct")
    REFUSED = ("connection refused", 11202, "ct")
    UNREACHABLE = ("no connection", 11205, "ct")
    UNKNOWN_HOST = ("unknown host name", 11210, "")
    TLS_FAILED = ("TLS handshake failed", 11220, "ct")
    CERTIFICATE_MISMATCH = ("certificate of another domain", 11235, "ct")
    CERTIFICATE_EXPIRED = ("certificate expired", 11236, "ct")
    CERTIFICATE_UNTRUSTED = ("certificate not trusted", 11237, "ct")
    READ_TIMEOUT = ("read timed out", 11205, "rt")
    TOTAL_TIMEOUT = ("total time is up", 11203, "")
    BROKEN = ("connection broken", 11206, "")

    def __init__(self, words: str, error: int | None, policy: str) -> None:
        self.words = words
        self.error = error
        self.policy = policy


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sender reports of one request, with the seconds it took; MAX_BODY + 1 bytes do."""

    what: What
    elapsed: float
    status: int = 0
    location: str = ""
    content_type: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of a delivery: None when Twilio takes the answer, else its error number."""

    error: int | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook under way: what is asked next, and the seconds that are left for all of it."""

    url: str
    method: str
    overrides: Overrides
    left: float
    retries: int = 0
    redirects: int = 0

    @classmethod
    def of(cls, url: str, method: str) -> Self:
        """Start a delivery. Raises BadOverride."""
        overrides = Overrides.parse(url)
        return cls(urldefrag(url).url, method, overrides, overrides.total_timeout)

    @property
    def edge(self) -> str:
        """Where this attempt leaves Twilio's network."""
        return self.overrides.edges[self.retries % len(self.overrides.edges)]

    def after(self, outcome: Outcome) -> "Delivery | Verdict":
        """Decide what follows: the next request, or the end."""
        left = self.left - outcome.elapsed
        answered = outcome.what is What.ANSWERED
        kind = f"{outcome.status // 100}xx" if answered else outcome.what.policy
        if left < 0 or (left == 0 and (not answered or kind == "3xx")):
            return Verdict(What.TOTAL_TIMEOUT.error)
        # ours: no pause before a retry, since none is documented
        if left and self.retries < self.overrides.retries and kind in self.overrides.retry_on:
            return replace(self, left=left, retries=self.retries + 1)
        if not answered:
            return Verdict(outcome.what.error)
        if kind == "3xx":
            return self._redirected(outcome, left)
        too_large = len(outcome.body) > MAX_BODY
        return Verdict(11217 if kind != "2xx" else 11750 if too_large else None)

    def _redirected(self, outcome: Outcome, left: float) -> "Delivery | Verdict":
        """Follow "just like a normal web browser": only a 307 repeats a POST."""
        target = _followed(self.url, outcome.location)
        if outcome.status not in _REDIRECTS or not target:
            return Verdict(11216)
        if self.redirects == MAX_REDIRECTS:
            return Verdict(11215)
        method = self.method if outcome.status == _KEEPS_METHOD else "GET"
        more = self.redirects + 1
        return replace(self, url=target, method=method, left=left, redirects=more)


def _followed(url: str, location: str) -> str:
    """Return where a Location leads, without its fragment; nothing when it is no HTTP URL."""
    try:
        target = urldefrag(urljoin(url, location)).url
        parts = urlsplit(target)
    except ValueError:
        return ""
    return target if location and parts.scheme in {"http", "https"} and parts.hostname else ""


def _number(given: Mapping[str, str], name: str) -> int:
    """Return a number of the fragment, or its default."""
    least, most, default = _NUMBERS[name]
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise BadOverride(f"{name}={text} is not within {least} and {most}")
    return int(text)


def _chosen(
    text: str, allowed: frozenset[str], name: str, error: int | None = None
) -> tuple[str, ...]:
    """Return a list of the fragment, each item one of those allowed."""
    items = tuple(text.split(","))
    if not allowed.issuperset(items):
        raise BadOverride(f"{name}={text} is not among {', '.join(sorted(allowed))}", error)
    return items

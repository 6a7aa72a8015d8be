"""How the URL that was signed may differ from the one that was reconstructed.

A URL is cut into parts by hand and put together again byte for byte: parsing and serialising it
would be one of the differences that are looked for.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Self
from urllib.parse import parse_qsl, quote, unquote, urlencode

from refer_cli.signed.reading import Change, Reading, Surroundings

_URL = re.compile(
    r"(https?)://([^/?#@]*@)?(\[[^\]]*\]|[^/?#:@]*)(:[0-9]*)?([^?#]*)(\?[^#]*)?(#.*)?"
)
_PREFIXES = ("prod", "Prod", "production", "dev", "Dev", "stage", "Stage", "staging", "test")
_ALSO_PREFIXES = ("v1", "v2", "api", "twilio", "voice", "default", "$default")
_PORTS = ("8443", "8080", "443", "80", "3000", "5000")
_HOSTS = ("host", "x-forwarded-host", "x-original-host")
_ORDERED = 4  # 24 orders


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in parts that keep their punctuation."""

    scheme: str
    credentials: str
    host: str
    port: str
    path: str
    query: str
    fragment: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Take a URL apart; None where it is none."""
        parts = _URL.fullmatch(text)
        return parts and cls(*(part or "" for part in parts.groups()))

    def __str__(self) -> str:
        rest = f"{self.credentials}{self.host}{self.port}{self.path}{self.query}{self.fragment}"
        return f"{self.scheme}://{rest}"


def given(reading: Reading, around: Surroundings) -> Iterator[Change]:
    """Try the URL that the person at the terminal knows of."""
    if not around.given_url:
        return
    yield Change("the URL given with --url", replace(reading, url=around.given_url))
    url, seen = Url.parse(around.given_url), Url.parse(reading.url)
    if url and url.fragment:
        bare = replace(reading, url=str(replace(url, fragment="")))
        yield Change("the URL given with --url, without its fragment", bare)
    if url and seen and not url.query and seen.query:
        whole = replace(reading, url=str(replace(url, query=seen.query, fragment="")))
        yield Change("the URL given with --url, with the query that was captured", whole)


def scheme(url: Url, _: Surroundings) -> Iterator[tuple[str, Url]]:
    """Try http for https, and the other way round."""
    other = "http" if url.scheme == "https" else "https"
    yield f"{other}:// instead of {url.scheme}://", replace(url, scheme=other)


def path(url: Url, around: Surroundings) -> Iterator[tuple[str, Url]]:
    """Try a stage or base path more, or less, and other spellings of the path."""
    told = (around.headers.get("x-forwarded-prefix", ""), around.stage)
    for name in dict.fromkeys(one.strip("/") for one in (*told, *_PREFIXES, *_ALSO_PREFIXES)):
        if name:
            yield f"/{name} in front of the path", replace(url, path=f"/{name}{url.path}")
    first, rest = _first_segment(url.path)
    if rest:
        yield f"the path without its first segment /{first}", replace(url, path=rest)
        second, after = _first_segment(rest)
        if after:
            yield f"the path without /{first}/{second}", replace(url, path=after)
    yield "two slashes in front of the path", replace(url, path=f"/{url.path}")
    yield "one slash where there are two", replace(url, path=re.sub("//+", "/", url.path))
    yield "the path with its percent signs decoded", replace(url, path=unquote(url.path))
    yield "the path percent-encoded", replace(url, path=quote(url.path, safe="/%"))


def _first_segment(path: str) -> tuple[str, str]:
    first, slash, rest = path.removeprefix("/").partition("/")
    return first, slash + rest


def host(url: Url, around: Surroundings) -> Iterator[tuple[str, Url]]:
    """Try the hosts that the request itself names."""
    named = [(f"the header {name}", around.headers.get(name, "")) for name in _HOSTS]
    for source, value in (*named, ("requestContext.domainName", around.domain)):
        host = re.sub(r":[0-9]*\Z", "", value.rpartition("@")[2].strip())
        if host:
            yield f"the host {host}, as in {source}", replace(url, host=host)


def port(url: Url, around: Surroundings) -> Iterator[tuple[str, Url]]:
    """Try other ports; the deployed code itself tries the URL without one."""
    told = [around.headers.get(name, "").rpartition(":")[2] for name in _HOSTS]
    for port in (around.headers.get("x-forwarded-port", ""), *told, *_PORTS):
        if port.isascii() and port.isdigit():
            yield f"port {port} in the URL", replace(url, port=f":{port}")


def credentials(url: Url, _: Surroundings) -> Iterator[tuple[str, Url]]:
    """Try it without user and password."""
    if url.credentials:
        yield "the URL without its user and password", replace(url, credentials="")


def slash(url: Url, _: Surroundings) -> Iterator[tuple[str, Url]]:
    """Try a slash at the end, or none."""
    if url.path.endswith("/"):
        yield "the path without its last slash", replace(url, path=url.path.rstrip("/"))
    else:
        yield "a slash at the end of the path", replace(url, path=f"{url.path}/")


def query(url: Url, around: Surroundings) -> Iterator[tuple[str, Url]]:
    """Try other queries: none, in other encodings, in other orders."""
    if not url.query:
        if around.query:
            yield "with the query that the event has apart", replace(url, query=f"?{around.query}")
        return
    text = url.query[1:]
    parts = text.split("&")
    yield "the URL without its query", replace(url, query="")
    decoded = parse_qsl(text, keep_blank_values=True, separator="&")
    for what, other in (
        ("percent-encoded anew, spaces as +", urlencode(decoded)),
        ("percent-encoded anew, spaces as %20", urlencode(decoded, quote_via=quote)),
        ("with its percent signs decoded", unquote(text)),
        ("with %20 instead of +", text.replace("+", "%20")),
        ("with + instead of %20", text.replace("%20", "+")),
        ("with each %2B as +", text.replace("%2B", "+").replace("%2b", "+")),
        ("sorted", "&".join(sorted(parts))),
        ("without its blank parameters", "&".join(part for part in parts if part[-1:] != "=")),
        ("without the = of blank parameters", "&".join(part.removesuffix("=") for part in parts)),
    ):
        yield f"the query {what}", replace(url, query=f"?{other}")
    orders = permutations(parts) if len(parts) <= _ORDERED else [tuple(reversed(parts))]
    for order in orders:
        yield "the query in another order", replace(url, query=f"?{'&'.join(order)}")
    for part in parts if len(parts) > 1 else ():
        name = part.partition("=")[0]
        kept = "&".join(one for one in parts if one != part)
        yield f"the query without {name}", replace(url, query=f"?{kept}")

"""The text of an HTTP/1 request, taken apart: request line, headers, blank line, body.

As a proxy, tcpdump or a browser's "copy as text" gives it; lines may end in LF alone.  The target
and the body stay as they are, byte for byte.

Source: RFC 9112, section 2 (message format) and 3.2 (request target).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

# RFC 9112, 3: "request-line = method SP request-target SP HTTP-version"
_REQUEST_LINE = re.compile(r"([A-Z]{3,10}) (\S+)(?: HTTP/\d(?:\.\d)?)?")
# RFC 9112, 5: "field-line = field-name ":" OWS field-value OWS"
_FIELD_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")


class NoHttpText(Exception):
    """This is no HTTP request; the message says why, and is empty where nothing looks like one."""


@dataclass(frozen=True, slots=True)
class HttpText:
    """A request; header names are in lower case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @classmethod
    def parse(cls, data: bytes, *, scheme: str) -> Self:
        """Read it; `scheme` is for a target that names none. Raises NoHttpText."""
        head, body = _parted(data.lstrip(b"\r\n"))
        first, *lines = re.split(r"\r?\n", head.decode("latin-1"))
        line = _REQUEST_LINE.fullmatch(first.strip())
        if line is None:
            raise NoHttpText
        headers = _fields(lines)
        if "chunked" in headers.get("transfer-encoding", "").lower():
            raise NoHttpText(
                "the body is in chunks: capture it decoded, without the transfer-encoding header"
            )
        method, target = line.groups()
        if target.startswith("/"):
            if not headers.get("host"):
                raise NoHttpText("the request has no Host header, and its first line no host")
            target = f"{scheme}://{headers['host']}{target}"
        return cls(method, target, headers, _body(body, headers.get("content-length", "")))


def _parted(data: bytes) -> tuple[bytes, bytes]:
    end = re.search(rb"\r?\n\r?\n", data)
    return (data, b"") if end is None else (data[: end.start()], data[end.end() :])


def _fields(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for number, text in enumerate(lines, start=2):
        line = _FIELD_LINE.fullmatch(text)
        if line is None:
            raise NoHttpText(f"line {number} is no header: write Name: value, then a blank line")
        name, value = line[1].lower(), line[2]
        # As API Gateway does with a header that is repeated.
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def _body(body: bytes, length: str) -> bytes:
    """Return the body without the line break that an editor puts at the end of a file."""
    if length.isascii() and length.isdigit() and len(length) < len(str(2**32)):
        extra = body[int(length) :]
        return body[: int(length)] if not extra.strip(b"\r\n") else body
    return re.sub(rb"\r?\n\Z", b"", body)

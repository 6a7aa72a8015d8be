"""An answer of AWS, as it comes from a connection or from a listener in its place."""

from email.message import Message
from typing import Protocol


class _Readable(Protocol):
    def read(self) -> bytes: ...


class AWSResponse:
    """An HTTP response, read to its end. The names of its headers are in any letters."""

    def __init__(self, url: str, status_code: int, headers: Message, raw: _Readable) -> None:
        self.url = url
        self.status_code = status_code
        self.headers = headers
        self.content = raw.read()

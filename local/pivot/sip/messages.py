"""sipp's own record of the messages of a process (`-trace_msg`), read while it is written."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiosipua import SipMessage, SipRequest, SipResponse

_HEAD = re.compile(
    rb"-{40,} (\d{4}-\d\d-\d\d)[ \t](\d\d:\d\d:\d\d\.\d+)\n"
    rb"\w+ message (sent|received) [\[(](\d+)[\])]? bytes\)? ?:\n\n"
)


@dataclass(frozen=True, slots=True)
class Logged:
    """A message that a party sent or received, with the time by the machine's clock."""

    at: datetime
    sent: bool
    message: SipRequest | SipResponse

    @property
    def call_id(self) -> str:
        """The Call-ID."""
        return self.message.call_id or ""

    @property
    def method(self) -> str:
        """The method of a request, or of that which a response answers."""
        return str(self.message.cseq.method) if self.message.cseq else ""

    @property
    def begins(self) -> bool:
        """Whether it is an INVITE that begins a dialog: To has no tag yet."""
        to = self.message.to_addr
        return self.text == "INVITE" and not (to and to.tag)

    @property
    def text(self) -> str:
        """A request's method, or a response's status and reason."""
        if isinstance(self.message, SipRequest):
            return self.message.method
        return f"{self.message.status_code} {self.message.reason_phrase}".strip()


def read(record: Path) -> list[Logged]:
    """Return the messages of a record, each once however often it was sent."""
    written = record.read_bytes() if record.exists() else b""
    found: dict[tuple[bytes, bytes], Logged] = {}
    for head in _HEAD.finditer(written):
        date, time, direction, length = head.groups()
        raw = written[head.end() : head.end() + int(length)]
        if len(raw) == int(length) and (direction, raw) not in found:
            # Local time without a zone; all that is compared is from one machine.
            at = datetime.fromisoformat(f"{date.decode()} {time.decode()}").replace(tzinfo=UTC)
            found[direction, raw] = Logged(at, direction == b"sent", SipMessage.parse(raw))
    return list(found.values())

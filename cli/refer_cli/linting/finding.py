"""A rule, and what it has found at one field of an entry or at one parameter.

Where that is written, and how it is told, is known to `places` and `showing`.
"""

from dataclasses import dataclass
from enum import StrEnum

from call_transfer.directory import Key
from call_transfer.entry import Entry


class Severity(StrEnum):
    """How bad it is; the exit status counts all but notes."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` is what happens, `advice` what to do; `code` is Twilio's, 0 where there is none.

    `key` is the entry, None for a parameter of the stack; `field` is a dotted path, or its name.
    """

    rule: str
    severity: Severity
    key: Key | None
    field: str
    text: str
    advice: str
    code: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked for. The first of the severities holds where a finding names none."""

    name: str
    sentence: str
    severities: tuple[Severity, ...]

    def on(
        self,
        entry: Entry,
        field: str,
        text: str,
        advice: str,
        *,
        code: int = 0,
        severity: Severity | None = None,
    ) -> Finding:
        """Return what was found at a field of an entry."""
        key = (entry.tenant, entry.address)
        weight = severity or self.severities[0]
        return Finding(self.name, weight, key, field, text, advice, code)

    def of(
        self,
        parameter: str,
        text: str,
        advice: str,
        *,
        code: int = 0,
        severity: Severity | None = None,
    ) -> Finding:
        """Return what was found at a parameter of the stack."""
        weight = severity or self.severities[0]
        return Finding(self.name, weight, None, parameter, text, advice, code)

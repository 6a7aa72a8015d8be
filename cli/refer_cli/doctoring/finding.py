"""A check of a live set-up, and what it has found. How it is told is known to `showing`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from refer_cli.doctoring.setup import Setup


class Status(StrEnum):
    """What a finding says, the worst first; `unknown` is a check that could not be made."""

    FAIL = "fail"
    WARN = "warn"
    UNKNOWN = "unknown"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` is what is so and what it means, `advice` what to do; "" where nothing is to do."""

    status: Status
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One of them; `sentence` says what is looked at."""

    name: str
    sentence: str
    look: Callable[["Setup"], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Examined:
    """A check that was made, with one finding at least."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def status(self) -> Status:
        """The worst of its findings."""
        return min((one.status for one in self.findings), key=list(Status).index)


def ok(text: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(Status.OK, text)


def warn(text: str, advice: str) -> Finding:
    """Return what works, but not as well or as safely as it could."""
    return Finding(Status.WARN, text, advice)


def fail(text: str, advice: str) -> Finding:
    """Return what keeps calls or transfers from being served."""
    return Finding(Status.FAIL, text, advice)


def unknown(text: str, advice: str = "") -> Finding:
    """Return why a check could not be made."""
    return Finding(Status.UNKNOWN, text, advice)

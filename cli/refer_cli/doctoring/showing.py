"""The findings as lines for a person, or as one document for a program."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from refer_cli.doctoring.checks import CHECKS
from refer_cli.doctoring.finding import Examined, Finding, Status
from refer_cli.targets.located import printable
from refer_cli.targets.reporting import counted

_STATUS = max(len(status) for status in Status)
_NAME = max(len(check.name) for check in CHECKS)
_WIDTH = 98 - _STATUS - _NAME
_HINT = (
    "No webhook and no alert 13802 when a phone transfers? Older accounts need Enhanced"
    " Programmable SIP Features, which no API tells: Voice > Settings in the console."
)


def lines(one: Examined) -> Iterator[tuple[Status, str]]:
    """Yield the lines of a check, each with the status that colours it."""
    for finding in one.findings:
        first = f"{finding.status:<{_STATUS}}  {one.check.name:<{_NAME}}  "
        for number, line in enumerate(_wrapped(finding)):
            yield finding.status, f"{' ' * len(first) if number else first}{line}"


def summary(made: Sequence[Examined]) -> str:
    """Return how many checks ended how."""
    found = Counter(one.status for one in made)
    ends = ", ".join(f"{found[status]} {status}" for status in Status if found[status])
    return f"{counted(len(made), 'check')}: {ends}"


def hint(made: Sequence[Examined]) -> str:
    """Return what no check can see, "" while there is something to do about what they can."""
    first = (Status.FAIL, Status.UNKNOWN)
    return "" if any(one.status in first for one in made) else _HINT


def exit_status(made: Sequence[Examined]) -> int:
    """Return 1 when a check failed, 2 when none could be made, else 0."""
    found = {finding.status for one in made for finding in one.findings}
    return 1 if Status.FAIL in found else 2 if found == {Status.UNKNOWN} else 0


def as_json(stack: str, made: Sequence[Examined]) -> dict[str, Any]:
    """Return everything that was found."""
    found = Counter(one.status for one in made)
    return {
        "config_env": stack,
        "counts": {status: found[status] for status in Status},
        "checks": [
            {
                "check": one.check.name,
                "sentence": one.check.sentence,
                "status": one.status,
                "findings": [
                    {"status": it.status, "text": it.text, "advice": it.advice or None}
                    for it in one.findings
                ],
            }
            for one in made
        ],
    }


def _wrapped(finding: Finding) -> Iterator[str]:
    """Yield the lines of what is so, and below them those of what to do."""
    advice = f"{finding.advice[:1].upper()}{finding.advice[1:]}"
    for text in (finding.text, advice) if advice else (finding.text,):
        # A URL or a command that was broken cannot be copied: a line may be longer than the rest.
        yield from textwrap.wrap(
            printable(f"{text}."), _WIDTH, break_long_words=False, break_on_hyphens=False
        )

"""Findings as lines for a person, or as one document for a program."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from call_transfer.directory import SHARED
from refer_cli.linting.finding import Rule, Severity
from refer_cli.linting.reading import Told
from refer_cli.targets.located import printable
from refer_cli.targets.reporting import counted

_ORDER = {severity: place for place, severity in enumerate(Severity)}


def sorted_by_weight(told: Iterable[Told]) -> list[Told]:
    """Return what is worst first, and what is as bad in the order of the files."""
    return sorted(told, key=_weight)


def line(told: Told) -> str:
    """Return the line that editors and terminals turn into a link."""
    found = told.finding
    place = f"{told.file}:{told.line}:{told.column}" if told.line else told.file or "settings"
    code = f" (Twilio {found.code})" if found.code else ""
    advice = f"{found.advice[0].upper()}{found.advice[1:]}"
    said = f"{found.severity}: {_whose(told)}: {found.text}{code}. {advice}. [{found.rule}]"
    return printable(f"{place}: {said}")


def summary(told: Sequence[Told], entries: int) -> str:
    """Return how many findings there are of each severity."""
    found = Counter(one.finding.severity for one in told)
    said = [counted(found[severity], severity) for severity in Severity if found[severity]]
    return ", ".join([counted(entries, "sound entry"), *(said or ["nothing found"])])


def as_json(told: Sequence[Told], entries: int) -> dict[str, Any]:
    """Return all findings and their numbers."""
    found = Counter(one.finding.severity for one in told)
    return {
        "entries": entries,
        "counts": {f"{severity}s": found[severity] for severity in Severity},
        "findings": [_as_json(one) for one in told],
    }


def rules_as_json(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return what is looked for."""
    return [
        {"rule": rule.name, "severities": list(rule.severities), "sentence": rule.sentence}
        for rule in rules
    ]


def _whose(told: Told) -> str:
    if not told.file:
        return told.finding.field
    address = told.address or "entry"
    return address if told.tenant in ("", SHARED) else f"{told.tenant}/{address}"


def _as_json(told: Told) -> dict[str, Any]:
    found = told.finding
    return {
        "rule": found.rule,
        "severity": found.severity,
        "file": told.file or None,
        "line": told.line or None,
        "column": told.column or None,
        "tenant": told.tenant or None,
        "address": told.address or None,
        "parameter": None if told.file else found.field,
        "field": found.field if told.file and found.field else None,
        "message": found.text,
        "advice": found.advice,
        "twilio": found.code or None,
    }


def _weight(told: Told) -> tuple[int, str, int, int, str]:
    column = told.column if isinstance(told.column, int) else 0
    return _ORDER[told.finding.severity], told.file, told.line, column, told.finding.rule

"""The plan, and what became of it: as lines for a person, or as one document for a program."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from refer_cli.connecting.entrance import LABELS, Kind, Webhooks, shown
from refer_cli.connecting.planning import Step
from refer_cli.targets.located import printable
from refer_cli.targets.reporting import counted

_WIDTH = max(len(label) for label in LABELS.values())
_ARROW = "->"


def plan(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the lines that show each entrance, before and after."""
    for step in steps:
        yield from (printable(line) for line in _step(step))


def counted_changes(steps: Sequence[Step]) -> str:
    """Return `1 number and 1 SIP domain` of those that change."""
    kinds = [step.entrance.kind for step in steps if step.changes]
    return " and ".join(counted(kinds.count(kind), kind) for kind in Kind if kind in kinds)


def outcome(step: Step, problem: str) -> str:
    """Return the line that says whether a change was made."""
    said = f"not changed: {problem}" if problem else "changed, and read back"
    return printable(f"{step.entrance}: {said}")


def as_json(steps: Sequence[Step], problems: Mapping[str, str] | None) -> dict[str, Any]:
    """Return plan and outcome; `problems` is None when nothing was to be done yet."""
    return {"entrances": [_as_json(step, problems) for step in steps]}


def _step(step: Step) -> Iterator[str]:
    yield str(step.entrance)
    if step.refused:
        yield f"  {'refused' if step.named else 'left out'}: {step.refused}"
        return
    changed = {name: (before, after) for name, before, after in step.changes}
    for name, label in LABELS.items():
        if name in changed:
            before, after = changed[name]
            yield f"  {label:<{_WIDTH}}  {before}"
            yield f"  {_ARROW:>{_WIDTH}}  {after}"
        else:
            yield f"  {label:<{_WIDTH}}  {getattr(step.wanted, name)}, stays"
    for warning in step.warnings:
        yield f"  note: {warning}"


def _urls(webhooks: Webhooks) -> dict[str, dict[str, str]]:
    return {
        name: {**webhook, "url": shown(webhook["url"])}
        for name, webhook in webhooks.as_json().items()
    }


def _as_json(step: Step, problems: Mapping[str, str] | None) -> dict[str, Any]:
    problem = (problems or {}).get(step.entrance.sid, "")
    done = bool(step.changes) and problems is not None and not problem
    return {
        "sid": step.entrance.sid,
        "name": step.entrance.name,
        "kind": step.entrance.kind,
        "before": _urls(step.entrance.webhooks),
        "after": _urls(step.entrance.webhooks if step.refused else step.wanted),
        "to_change": [name for name, _, _ in step.changes],
        "refused": step.refused or None,
        "warnings": list(step.warnings),
        "changed": done,
        "problem": problem or None,
    }

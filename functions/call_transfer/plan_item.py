"""A plan as it stands in the record of its hop, and back.

The verb is stored under its kind; every value is one that `asdict` made of it.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan
from call_transfer.ringing import Ringing
from call_transfer.verb import Announcement, Enqueue, Menu, Prompt, Redirect, Verb, Voicemail
from call_transfer.whisper import Whisper

type Stored = Mapping[str, Any]

_KINDS: Mapping[str, type[Ringing | Verb]] = {
    "dial": Ringing,
    "enqueue": Enqueue,
    "menu": Menu,
    "voicemail": Voicemail,
    "announcement": Announcement,
    "redirect": Redirect,
}


def plan_to_item(plan: Plan) -> dict[str, Any]:
    """Return the attributes of a plan."""
    item = asdict(plan)
    return item | {"verb": {"kind": kind_of(plan.verb), **item["verb"]}}


def plan_from_item(value: Stored) -> Plan:
    """Read back what `plan_to_item` has made."""
    return Plan(
        **{
            **value,
            "verb": _verb(value["verb"]),
            "stage": Stage(value["stage"]),
            "fallback": tuple(value["fallback"]),
            "context": _pairs(value["context"]),
            "dropped": tuple(value["dropped"]),
            "via": tuple(value["via"]),
            "passed_over": _pairs(value["passed_over"]),
            "mode": Mode(value["mode"]) if value["mode"] else None,
        }
    )


def nouns_from_item(values: Any) -> tuple[Noun, ...]:  # noqa: ANN401 - a list of the table
    """Read back parties."""
    return tuple(
        Noun(
            **{
                **value,
                "kind": NounKind(value["kind"]),
                "parameters": _pairs(value["parameters"]),
            }
        )
        for value in values
    )


def kind_of(verb: Ringing | Verb) -> str:
    """Name a verb as it is stored and logged."""
    return next(name for name, kind in _KINDS.items() if isinstance(verb, kind))


def _verb(value: Stored) -> Ringing | Verb:
    fields = {name: one for name, one in value.items() if name != "kind"}
    if "prompt" in fields:
        fields["prompt"] = Prompt(**fields["prompt"])
    for name in ("nouns", "rest"):
        if name in fields:
            fields[name] = nouns_from_item(fields[name])
    for name in ("keys", "task"):
        if name in fields:
            fields[name] = _pairs(fields[name])
    if fields.get("whisper"):
        fields["whisper"] = Whisper(**fields["whisper"])
    return _KINDS[value["kind"]](**fields)


def _pairs(values: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401 - a list of the table
    return tuple((name, text) for name, text in values)

"""A hop as it stands in the table `calls`, and back.

One item per hop, under (session, hop).  Everything that Twilio tells us gets an attribute of its
own, named after what it tells about, so that writing it twice, late or before the hop itself
changes nothing; the outcome is a fold over these attributes.

    leg#<attempt>#<CallSid>#<SequenceNumber>   one statusCallback
    result#<attempt>                           one Dial action
    attempt#<attempt>                          one Dial that we answered with
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from call_transfer.attempt import DialResult, LegEvent, Outcome
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.outcome import Conclusion
from call_transfer.plan import DialPlan
from call_transfer.record import HopRecord, Key, Refused, Tried


def leg_name(event: LegEvent) -> str:
    """Name the attribute that holds this event."""
    return f"leg#{event.attempt}#{event.call_sid}#{event.sequence}"


def to_item(record: HopRecord) -> dict[str, Any]:
    """Return the attributes of a record, without its key and without what is not known."""
    known: dict[str, Any] = {
        "tenant": record.tenant,
        "mode": record.mode,
        "caller": record.caller,
        "call_sid": record.call_sid,
        "asked": record.asked,
        "unreadable": record.unreadable,
        "attended": record.attended,
        "transferor": [asdict(noun) for noun in record.transferor],
    }
    item = {name: value for name, value in known.items() if value}
    if record.refused:
        item["refused"] = asdict(record.refused)
    for number, one in record.tried.items():
        item[f"attempt#{number}"] = asdict(one)
    for leg in record.legs:
        item[leg_name(leg)] = asdict(leg)
    for result in record.results:
        item[f"result#{result.attempt}"] = asdict(result)
    return item


def conclusion_to_item(conclusion: Conclusion) -> dict[str, Any]:
    """Return the attributes of what is known of the end; nothing for what is not known."""
    known = {one.name: getattr(conclusion, one.name) for one in fields(conclusion)}
    return {
        one.name: known[one.name] for one in fields(conclusion) if known[one.name] != one.default
    }


def from_item(key: Key, item: Mapping[str, Any]) -> HopRecord:
    """Read back what `to_item` and the webhooks have written."""
    session = key[0].partition("/")[2]
    number, _, refer_id = key[1].partition("#")
    named = [(name.split("#"), value) for name, value in item.items() if "#" in name]
    return HopRecord(
        tenant=item["tenant"],
        session=session,
        hop=int(number),
        refer_id=refer_id,
        mode=Mode(item["mode"]),
        caller=item.get("caller", ""),
        call_sid=item.get("call_sid", ""),
        asked=item.get("asked", ""),
        unreadable=item.get("unreadable", ""),
        attended=item.get("attended", False),
        transferor=_nouns(item.get("transferor", ())),
        refused=_refused(item["refused"]) if "refused" in item else None,
        tried={
            int(name[1]): Tried(_plan(value["plan"]), value["has_action"])
            for name, value in named
            if name[0] == "attempt"
        },
        legs=tuple(_leg(value) for name, value in named if name[0] == "leg"),
        results=tuple(_result(value) for name, value in named if name[0] == "result"),
    )


def _refused(value: Mapping[str, Any]) -> Refused:
    return Refused(**{**value, "outcome": Outcome(value["outcome"])})


def _leg(value: Mapping[str, Any]) -> LegEvent:
    return LegEvent(**{**value, "stage": Stage(value["stage"])})


def _result(value: Mapping[str, Any]) -> DialResult:
    return DialResult(**{**value, "stage": Stage(value["stage"])})


def _plan(value: Mapping[str, Any]) -> DialPlan:
    return DialPlan(
        **{
            **value,
            "nouns": _nouns(value["nouns"]),
            "stage": Stage(value["stage"]),
            "fallback": tuple(value["fallback"]),
            "context": tuple((name, text) for name, text in value["context"]),
            "dropped": tuple(value["dropped"]),
            "mode": Mode(value["mode"]) if value["mode"] else None,
        }
    )


def _nouns(values: Any) -> tuple[Noun, ...]:  # noqa: ANN401 - a list of the table
    return tuple(
        Noun(
            NounKind(value["kind"]),
            value["address"],
            tuple((name, text) for name, text in value["parameters"]),
        )
        for value in values
    )

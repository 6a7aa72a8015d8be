"""A hop as it stands in the table `calls`, and back.

One item per hop, under (session, hop).  Everything that Twilio tells us gets an attribute of its
own, named after what it tells about, so that writing it twice, late or before the hop itself
changes nothing; the outcome is a fold over these attributes.

    attempt#<attempt>                          one Dial or other verb that we answered with
    result#<attempt>                           its action
    leg#<attempt>#<CallSid>#<SequenceNumber>   one statusCallback of a party
    accept#<attempt>#<noun>                    the key that a party has pressed to take the call
    recording#<RecordingSid>                   one recordingStatusCallback
    closed                                     the watchdog, when nothing more came
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from call_transfer.facts import Acceptance, Closing, LegEvent, Outcome, Recording, Result
from call_transfer.links import Mode, Stage
from call_transfer.outcome import Conclusion
from call_transfer.plan_item import nouns_from_item, plan_from_item, plan_to_item
from call_transfer.record import HopRecord, Key, Refused


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
        "by_caller": record.by_caller,
        "called": record.called,
        "transferor": [asdict(noun) for noun in record.transferor],
        "path": list(record.path),
    }
    item = {name: value for name, value in known.items() if value}
    if record.refused:
        item["refused"] = asdict(record.refused)
    for number, one in record.tried.items():
        item[f"attempt#{number}"] = plan_to_item(one)
    for leg in record.legs:
        item[leg_name(leg)] = asdict(leg)
    for result in record.results:
        item[f"result#{result.attempt}"] = asdict(result)
    for accepted in record.accepted:
        item[f"accept#{accepted.attempt}#{accepted.noun}"] = asdict(accepted)
    for recording in record.recordings:
        item[f"recording#{recording.sid}"] = asdict(recording)
    if record.closed:
        item["closed"] = asdict(record.closed)
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
        by_caller=item.get("by_caller", False),
        opened_at=item.get("opened_at", 0),
        called=item.get("called", ""),
        transferor=nouns_from_item(item.get("transferor", ())),
        path=tuple(item.get("path", ())),
        refused=_refused(item["refused"]) if "refused" in item else None,
        tried={
            int(name[1]): plan_from_item(value) for name, value in named if name[0] == "attempt"
        },
        legs=tuple(_leg(value) for name, value in named if name[0] == "leg"),
        results=tuple(_result(value) for name, value in named if name[0] == "result"),
        accepted=tuple(Acceptance(**value) for name, value in named if name[0] == "accept"),
        recordings=tuple(Recording(**value) for name, value in named if name[0] == "recording"),
        closed=_closing(item["closed"]) if "closed" in item else None,
    )


def _refused(value: Mapping[str, Any]) -> Refused:
    return Refused(**{**value, "outcome": Outcome(value["outcome"])})


def _closing(value: Mapping[str, Any]) -> Closing:
    return Closing(**{**value, "outcome": Outcome(value["outcome"])})


def _leg(value: Mapping[str, Any]) -> LegEvent:
    return LegEvent(**{**value, "stage": Stage(value["stage"])})


def _result(value: Mapping[str, Any]) -> Result:
    return Result(**{**value, "stage": Stage(value["stage"])})

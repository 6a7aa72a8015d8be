"""One event per webhook, as API Gateway hands it to Lambda, for `sam local invoke`.

    python -m gateway.sample_events     writes tests/events anew

Two calls: one in hold mode, and one in release mode whose target is busy.  The signatures are those
of the local account and hold for DOMAIN; ids and times are fixed, so that the files do not change.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from call_transfer.links import INITIAL_CALL, Link, Mode, Stage, Urls, refer_id
from gateway import http_api
from gateway.serve import AWS_PORT
from gateway.stack import ROOT, Stack
from pivot.sign import INITIAL, LOCAL

FOLDER = ROOT / "tests" / "events"
ENVIRONMENT = "env.json"
DOMAIN = "abc123.execute-api.us-east-1.amazonaws.com"
_URLS = Urls(f"https://{DOMAIN}")
_SESSION = {Mode.HOLD: "CA" + "1" * 32, Mode.RELEASE: "CA" + "2" * 32}
_LEG = "CA" + "3" * 32
_RECORDING = "RE" + "5" * 32
_SIP_DOMAIN = {
    "From": "sip:usera@198.51.100.7",
    "To": "sip:bank@example.sip.twilio.com",
    "SipDomain": "example.sip.twilio.com",
    "SipCallId": "4711@198.51.100.7",
    "SipSourceIp": "198.51.100.7",
}
_SIGNATURE = "X-Twilio-Signature"
_AGENT_B = "sip:agentb@pbx.example.com"


@dataclass(frozen=True, slots=True)
class Sample:
    """A webhook: its URL, and what its form says beside the standard parameters."""

    url: str
    form: dict[str, str] = field(default_factory=dict)
    signed: bool = True


def _initial(mode: Mode) -> Link:
    return Link(mode, _SESSION[mode], 0, INITIAL_CALL, 0, Stage.INITIAL)


def _transfer(mode: Mode) -> Link:
    refer = "refer_sip" if mode is Mode.HOLD else "refer_release"
    return _initial(mode).next_hop(refer_id(idempotency_token=_token(refer), signature=""))


def _token(name: str) -> str:
    """Return the idempotency token of a sample: one for each, or they would count as retries."""
    return str(uuid5(NAMESPACE_URL, name))


def _refer(target: str, mode: Mode = Mode.HOLD, *, signed: bool = True) -> Sample:
    form = {"CallSid": _SESSION[mode], "CallStatus": "in-progress", "ReferTransferTarget": target}
    return Sample(_URLS.refer(_initial(mode)), form, signed)


def _dial_result(status: str, **more: str) -> Sample:
    mode = Mode.RELEASE
    form = {"CallSid": _SESSION[mode], "CallStatus": "in-progress", "DialCallStatus": status}
    return Sample(_URLS.dial_result(_transfer(mode)), form | more)


def _leg_status(status: str, sequence: int, **more: str) -> Sample:
    form = {
        "CallSid": _LEG,
        "ParentCallSid": _SESSION[Mode.HOLD],
        "CallStatus": status,
        "Direction": "outbound-dial",
        "SequenceNumber": str(sequence),
        "Timestamp": f"Mon, 23 Nov 2026 10:00:{sequence * 5:02d} +0000",
    }
    return Sample(_URLS.leg_status(_transfer(Mode.HOLD), 0, 1), form | more)


def _verb_result(verb: str, **result: str) -> Sample:
    mode = Mode.RELEASE
    form = {"CallSid": _SESSION[mode], "CallStatus": "in-progress", **result}
    return Sample(_URLS.verb_result(verb, _transfer(mode)), form)


def _on_the_leg(url: str, **more: str) -> Sample:
    form = {
        "CallSid": _LEG,
        "ParentCallSid": _SESSION[Mode.HOLD],
        "CallStatus": "in-progress",
        "Direction": "outbound-dial",
        "To": _AGENT_B,
    }
    return Sample(url, form | more)


def _recording_status(status: str, **more: str) -> Sample:
    mode = Mode.HOLD
    form = {
        "CallSid": _SESSION[mode],
        "RecordingSid": _RECORDING,
        "RecordingStatus": status,
        "RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/{LOCAL.sid}/Recordings/{_RECORDING}",
    }
    return Sample(_URLS.recording_status(_transfer(mode)), form | more)


SAMPLES = {
    "inbound_call_number": Sample(f"{_URLS.base}/inbound-call"),
    "inbound_call_sip_domain": Sample(f"{_URLS.base}/inbound-call", _SIP_DOMAIN),
    "refer_sip": _refer(f"<{_AGENT_B}>"),
    "refer_tel": _refer("tel:+14155550123"),
    "refer_uui": _refer(
        f"<{_AGENT_B}?User-to-User=48656c6c6f%3Bencoding%3Dhex&X-Ticket=caller%20is%20verified>"
    ),
    "refer_attended": _refer(f"<{_AGENT_B}?Replaces=12345%40pbx%3Bto-tag%3Da%3Bfrom-tag%3Db>"),
    "refer_denied": _refer("<tel:+19005550123>"),
    "refer_unsigned": _refer(f"<{_AGENT_B}>", signed=False),
    "refer_release": _refer(f"<{_AGENT_B}>", Mode.RELEASE),
    "dial_result_busy": _dial_result("busy", DialSipResponseCode="486"),
    "dial_result_completed": _dial_result("completed", DialCallSid=_LEG, DialCallDuration="42"),
    "leg_status_ringing": _leg_status("ringing", 1),
    "leg_status_completed": _leg_status("completed", 3, CallDuration="42"),
    "verb_result_queue_full": _verb_result("enqueue", QueueResult="queue-full", QueueTime="0"),
    "whisper": _on_the_leg(_URLS.whisper(_transfer(Mode.HOLD), 0, 1)),
    "accept": _on_the_leg(_URLS.accept(_transfer(Mode.HOLD), 0, 1, "1"), Digits="1"),
    "recording_status": _recording_status("completed", RecordingDuration="42"),
}


def event(name: str) -> dict[str, Any]:
    """Return the event of a sample."""
    stack, sample = Stack(), SAMPLES[name]
    request = LOCAL.request(sample.url, INITIAL | sample.form, idempotency_token=_token(name))
    if not sample.signed:
        headers = {key: text for key, text in request.headers.items() if key != _SIGNATURE}
        request = replace(request, headers=headers)
    [route] = [one for one in stack.routes if one.match(request.method, request.target) is not None]
    made = http_api.event(request, route, DOMAIN)
    made["requestContext"] |= {
        "requestId": "sample",
        "time": "23/Nov/2026:10:00:00 +0000",
        "timeEpoch": 1795428000000,
    }
    return made


def environment() -> dict[str, dict[str, str]]:
    """Return the variables of each function for --env-vars; AWS is that of `make serve`."""
    stack = Stack()
    endpoint = {"AWS_ENDPOINT_URL": f"http://host.docker.internal:{AWS_PORT}"}
    return dict.fromkeys(stack.functions, stack.environment | endpoint)


def files() -> Iterator[tuple[str, str]]:
    """Return the name and the content of every file of tests/events."""
    for name in SAMPLES:
        yield f"{name}.json", _json(event(name))
    yield ENVIRONMENT, _json(environment())


def write(folder: Path = FOLDER) -> None:
    """Write the files, and remove those that are no sample any more."""
    folder.mkdir(exist_ok=True)
    content = dict(files())
    for path in folder.glob("*.json"):
        if path.name not in content:
            path.unlink()
    for name, text in content.items():
        (folder / name).write_text(text, encoding="utf-8")


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"


if __name__ == "__main__":
    write()
    sys.exit(0)

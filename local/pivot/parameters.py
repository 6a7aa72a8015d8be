"""What each voice webhook says: its parameters, from facts that a model of the call keeps.

A function per webhook; `Account.request` signs what they return.  Geographic parameters are there
and blank, as when a lookup finds nothing; the legs of SIP and client calls have none.

Sources, below https://www.twilio.com/docs/voice: /twiml (standard parameters), /api/sip-twiml (SIP
domains), /twiml/dial (action, referUrl), /twiml/sip (url, statusCallback), /api/refer-to-twilio.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum

API_VERSION = "2010-04-01"
_PLACES = ("City", "State", "Zip", "Country")
# The statuses after which a call does not change any more.
_FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


class Direction(StrEnum):
    """Who began a leg: somebody outside, a <Dial>, or a request to the REST API."""

    INBOUND = "inbound"
    OUTBOUND_DIAL = "outbound-dial"
    OUTBOUND_API = "outbound-api"


@dataclass(frozen=True, slots=True)
class SipFacts:
    """What Twilio passes on of the INVITE to a SIP domain; `headers` are its X- headers."""

    domain: str
    domain_sid: str
    call_id: str
    source_ip: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One leg of a call, as it is when the webhook is sent.

    `parent` is the CallSid of the leg whose TwiML dialled this one; a first leg has none.
    """

    account: str
    sid: str
    from_address: str
    to_address: str
    status: str
    direction: Direction = Direction.INBOUND
    parent: str = ""
    forwarded_from: str = ""
    caller_name: str = ""
    sip: SipFacts | None = None


@dataclass(frozen=True, slots=True)
class DialFacts:
    """How a <Dial> ended. Seconds are of the leg that answered, SIP facts of a <Sip> noun."""

    status: str
    sid: str = ""
    seconds: int | None = None
    bridged: bool = False
    sip_call_id: str = ""
    sip_response_code: str = ""
    sip_headers: Mapping[str, str] = field(default_factory=dict)


def voice(call: CallFacts) -> dict[str, str]:
    """Return the standard parameters: the initial webhook has them, and all others add to them."""
    form = {
        "CallSid": call.sid,
        "AccountSid": call.account,
        "ApiVersion": API_VERSION,
        "CallStatus": call.status,
        "Direction": call.direction.value,
        "ParentCallSid": call.parent,
        "ForwardedFrom": call.forwarded_from,
        "CallerName": call.caller_name,
    }
    parties = {"From": call.from_address, "Caller": call.from_address}
    parties |= {"To": call.to_address, "Called": call.to_address}
    places = {
        f"{party}{place}": ""
        for party, address in parties.items()
        for place in _PLACES
        if address.startswith("+")
    }
    return _present(form) | parties | places | _sip(call.sip)


def refer(call: CallFacts, target: str) -> dict[str, str]:
    """Return what the referUrl gets; `target` is the Refer-To header as it stands.

    Which leg the CallSid names is not documented: `call` is whoever the model takes it to be.  In a
    call from an agent to a customer that leg was dialled, and ParentCallSid names the agent's.
    """
    return voice(call) | {"ReferTransferTarget": target}


def dial_action(call: CallFacts, dial: DialFacts) -> dict[str, str]:
    """Return what the action of a <Dial> gets; `call` is the leg that the <Dial> ran on."""
    form = {
        "DialCallStatus": dial.status,
        "DialCallSid": dial.sid,
        "DialCallDuration": "" if dial.seconds is None else str(dial.seconds),
        "DialBridged": str(dial.bridged).lower(),
        "DialSipCallId": dial.sip_call_id,
        "DialSipResponseCode": dial.sip_response_code,
    }
    return voice(call) | _present(form) | _headers("DialSipHeader", dial.sip_headers)


def leg_status(
    leg: CallFacts,
    *,
    sequence: int,
    at: datetime,
    seconds: int | None = None,
    sip_response_code: str = "",
) -> dict[str, str]:
    """Return what the statusCallback of a noun gets: `leg` is the one that the noun dialled.

    `at` is an aware time; `seconds` are of the finished leg, 0 when nobody answered.
    """
    duration = str(seconds or 0) if leg.status in _FINAL else ""
    form = {
        "Timestamp": format_datetime(at.astimezone(UTC)),
        "SequenceNumber": str(sequence),
        "CallbackSource": "call-progress-events",
        "CallDuration": duration,
        "SipResponseCode": sip_response_code,
    }
    return voice(leg) | _present(form)


def whisper(leg: CallFacts, sip_headers: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the url of a noun gets, once the leg that it dialled has answered.

    `sip_headers` are the X- headers of the phone's 200 OK.
    """
    return voice(leg) | _headers("SipHeader", sip_headers or {})


def _sip(sip: SipFacts | None) -> dict[str, str]:
    if sip is None:
        return {}
    form = {"SipDomain": sip.domain, "SipDomainSid": sip.domain_sid}
    form |= {"SipCallId": sip.call_id, "SipSourceIp": sip.source_ip}
    return form | _headers("SipHeader", sip.headers)


def _headers(prefix: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return X- headers as parameters; Twilio passes on no others."""
    return {
        f"{prefix}_{name}": value
        for name, value in headers.items()
        if name.upper().startswith("X-")
    }


def _present(form: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in form.items() if value}

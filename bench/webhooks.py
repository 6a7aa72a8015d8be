"""The webhooks that every subject is asked: refers of one transferor, signed as Twilio signs them.

Each is of another call with another token and signature, so that none repeats an earlier one.  The
same bytes go to every subject, in every round.
"""

import json
from collections.abc import Mapping
from typing import Any

from call_transfer.dynamodb import write
from call_transfer.links import INITIAL_CALL, Link, Mode, Stage, Urls
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan
from call_transfer.record import HopRecord
from call_transfer.record_item import to_item
from call_transfer.ringing import Ringing
from gateway import http_api
from gateway.stack import Route, Stack
from pivot import parameters
from pivot.sign import LOCAL

DOMAIN = "abc123.execute-api.us-east-1.amazonaws.com"
TARGET = "agentb"
_ASKED = f"<sip:{TARGET}@pbx.example.com>"
_AGENT_A = "sip:agenta@pbx.example.com"
_ENTRY = {
    "tenant": LOCAL.sid,
    "address": TARGET,
    "description": "Agent B",
    "dial": [{"sip": f"sip:{TARGET}@pbx.example.com"}],
    "ring_timeout": 20,
    "fallback": ["transferor"],
}


def entry() -> Mapping[str, Mapping[str, Any]]:
    """Return the entry of the transfer target as DynamoDB has it."""
    return {name: write(value) for name, value in _ENTRY.items()}


def record(session: str = "") -> dict[str, Any]:
    """Return the record of an initial call that was answered, as DynamoDB has it, but no key."""
    ringing = Ringing((Noun(NounKind.SIP, _AGENT_A),), ring_timeout=20, time_limit=14_400)
    hop = HopRecord(
        tenant=LOCAL.sid,
        session=session,
        hop=0,
        refer_id=INITIAL_CALL,
        mode=Mode.HOLD,
        caller="+14155550199",
        called="+18005550100",
        call_sid=session,
        tried={0: Plan(ringing, Stage.INITIAL, f"{LOCAL.sid}/+18005550100")},
    )
    return {name: write(value) for name, value in to_item(hop).items()}


def secret() -> str:
    """Return the text of the secret: the token of the account that signs."""
    return json.dumps({LOCAL.sid: [LOCAL.token]})


def events(count: int) -> list[bytes]:
    """Return so many events as Lambda hands them to a runtime client."""
    routes = Stack().routes
    return [json.dumps(_event(number, routes)).encode() for number in range(count)]


def _event(number: int, routes: tuple[Route, ...]) -> dict[str, Any]:
    call = parameters.CallFacts(
        account=LOCAL.sid,
        sid=f"CA{number:032x}",
        from_address="+14155550199",
        to_address="+18005550100",
        status="in-progress",
    )
    link = Link(Mode.HOLD, call.sid, 0, INITIAL_CALL, 0, Stage.INITIAL)
    url = Urls(f"https://{DOMAIN}").refer(link)
    token = f"00000000-0000-4000-9000-{number:012d}"
    request = LOCAL.request(url, parameters.refer(call, _ASKED), idempotency_token=token)
    [route] = [one for one in routes if one.match(request.method, request.target) is not None]
    return http_api.event(request, route, DOMAIN)

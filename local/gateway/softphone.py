"""SIP for `make serve`: call the application with a softphone, with Twilio's part played here.

Parties that nobody has a phone for are played too: AgentA refers everybody to AgentB after a while.
Signalling only: media goes directly between softphones.
"""

import argparse
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from pivot.client import Client
from pivot.matrix.cell import NUMBER, USER
from pivot.matrix.confined import confined
from pivot.matrix.seed import AGENT_B, HOLD_NUMBER, RELEASE_NUMBER, agents
from pivot.model.call import Call
from pivot.model.parties import Party, Refers
from pivot.model.seen import Arrow, Seen, dialled
from pivot.model.session import Setup
from pivot.model.trace import Trace
from pivot.nouns import Noun
from pivot.parameters import SipFacts
from pivot.sign import LOCAL
from pivot.sip.headers import address_in, uri_of
from pivot.sip.surroundings import Phone
from pivot.sip.switch import Switch
from pivot.sip.wire import HOST, Peer
from pivot.values import E164

PORT = 5080
DOMAIN = "example.sip.twilio.com"
_DOMAIN_SID = "SD" + "d0" * 16
_REFERS_AFTER = 15.0
# The switch has a socket on this machine only.
_PHONE = re.compile(r"(?:sip:)?([^=\s]+)=(127(?:\.[0-9]{1,3}){3}|localhost):([0-9]{1,5})")
_MOST = 65535


@dataclass(frozen=True, slots=True)
class Extension:
    """A softphone of somebody's: the address that it stands for, and where it listens."""

    address: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Extension":
        """Read `agenta@pbx.example.com=127.0.0.1:5070`. Raises ArgumentTypeError."""
        found = _PHONE.fullmatch(text)
        if not found:
            raise argparse.ArgumentTypeError(f"{text!r} is not ADDRESS=127.0.0.1:PORT")
        address = found[1] if E164.fullmatch(found[1]) else f"sip:{found[1]}"
        return cls(address, HOST if found[2] == "localhost" else found[2], port(found[3]))


@dataclass(frozen=True, slots=True)
class Exchange:
    """Whom the switch knows, and where what it sees is told."""

    base: str
    extensions: tuple[Extension, ...]
    tell: Callable[[str], object]

    def new_call(
        self,
        called: str,
        caller: str,
        sip_call_id: str,
        x_headers: Mapping[str, str],
        source_ip: str,
    ) -> tuple[Call, Trace]:
        """Return the call of an INVITE: to a number, or to a user of the SIP domain."""
        address = address_in(called)
        trace = Trace(tell=lambda one: self.tell(line(one)))
        url = f"{self.base}/inbound-call"
        own = Setup(LOCAL.sid, url, lambda: f"CA{uuid.uuid4().hex}")
        if E164.fullmatch(address):
            call = Call(own, caller=NUMBER, called=address)
        else:
            user = address.removeprefix("sip:").partition("@")[0]
            facts = SipFacts(DOMAIN, _DOMAIN_SID, sip_call_id, source_ip, x_headers)
            call = Call(own, caller=caller, called=f"sip:{user}@{DOMAIN}", sip=facts)
        trace.names[call.sid] = USER
        return call, trace

    def route(self, noun: Noun) -> Phone | Party | None:
        """Return the softphone that a noun stands for, a played agent, or nobody."""
        address = dialled(noun).partition(";")[0]
        played = next((one for one in _played() if one.address == address), None)
        own = next((one for one in self.extensions if one.address == address), None)
        if own is None:
            return played
        name = played.name if played else address
        return Phone(name, Peer("udp", own.host, own.port), uri_of(dialled(noun)))


def port(text: str) -> int:
    """Read the number of a port, 0 for any. Raises ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and int(text) <= _MOST):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, 0 to {_MOST}")
    return int(text)


def switch(exchange: Exchange, client: Client, number: int) -> Switch:
    """Return the switch on a port of this machine, to be entered."""
    send = confined(client.send, exchange.base)

    def report(error: Exception) -> None:
        exchange.tell(f"    this call cannot go on: {error}")

    return Switch(exchange.new_call, exchange.route, send, LOCAL, port=number, report=report)


def opening(number: int, extensions: tuple[Extension, ...]) -> Iterator[str]:
    """Say how it is called, and who is there."""
    yield f"SIP            {HOST}:{number}, UDP and TCP; no registration, no password"
    yield f"               sip:{HOLD_NUMBER}@{HOST}:{number}  transfers in hold mode"
    yield f"               sip:{RELEASE_NUMBER}@{HOST}:{number}  in release mode"
    yield f"               sip:bank@{HOST}:{number}  as a user of the SIP domain {DOMAIN}"
    for one in extensions:
        yield f"               {one.address} is the phone (UDP) at {one.host}:{one.port}"
    known = {one.address for one in extensions}
    for party in _played():
        if party.address not in known:
            does = f", refers to AgentB after {_REFERS_AFTER:.0f} s" if party.deeds else ""
            yield f"               {party.address} is played: answers{does}"
    yield "               --phone agenta@pbx.example.com=127.0.0.1:5070 puts a softphone there"


def line(one: Seen) -> str:
    """Return what was seen in a line; webhooks have lines of their own."""
    if not isinstance(one, Arrow):
        return f"    {one.at:6.1f}  {one.text}"
    if one.kind == "http":
        return ""
    comment = f"  {one.comment}" if one.comment else ""
    return f"    {one.at:6.1f}  {one.source} -> {one.target}: {one.text}{comment}"


def _played() -> tuple[Party, ...]:
    first, *others = agents(Refers(_REFERS_AFTER, AGENT_B))
    return (replace(first, every_time=True), *others)

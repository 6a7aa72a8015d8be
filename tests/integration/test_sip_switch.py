"""The model of a call behind real SIP: what is on the wire, over UDP and over TCP.

Where the wire is what matters a script stands in for the model, and handsets are played by hand;
whole transfers are between the model and sipp.
"""

import itertools
import shutil
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import pytest
from aiosipua import SipMessage, SipRequest, SipResponse

from pivot.delivery import Asked
from pivot.model.call import Call
from pivot.model.parties import (
    Answers,
    Declines,
    Deed,
    HangsUp,
    Party,
    Presses,
    Reaction,
    Refers,
    Rings,
)
from pivot.model.session import Setup
from pivot.model.signals import (
    AnswerRefer,
    Bye,
    Cancel,
    Connect,
    Decline,
    Declined,
    DropConsultation,
    Due,
    Fetch,
    Fetched,
    HungUp,
    Input,
    Invite,
    Notify,
    Output,
    PickedUp,
    PickUp,
    Pressed,
    Purpose,
    Rang,
    Referred,
    Ring,
    SetTimer,
)
from pivot.model.trace import Trace
from pivot.nouns import Noun, Sip
from pivot.overrides import Outcome, What
from pivot.sip.process import SippFailed, SippMissing
from pivot.sip.sdp import TWILIO, session_name
from pivot.sip.sipp import Play, playing
from pivot.sip.surroundings import Phone
from pivot.sip.switch import Switch
from pivot.sip.wire import Peer, free_port
from pivot.webhooks import Account

HOST = "127.0.0.1"
ACCOUNT = Account("AC" + "a" * 32, "token")
FIRST, SECOND, THIRD = "CA1", "CA2", "CA3"
TARGET = "sip:agentb@pbx.example.com"
UUI = f"<{TARGET}?User-to-User=123456789%3Bencoding%3Dhex&X-Ticket=42>"
SPEED = 10.0
TAKEN = ("202 Accepted", "NOTIFY 100 Trying")
DONE = (*TAKEN, "NOTIFY 200 OK", "BYE")
TRANSPORTS = pytest.mark.parametrize("transport", ["udp", "tcp"])
needs_sipp = pytest.mark.skipif(not shutil.which("sipp"), reason="sipp is not on the path")

type Heard = SipRequest | SipResponse
type Then = tuple[Input, tuple[Output, ...]]


@dataclass
class Script:
    """A call that says what it is told to, and keeps what it was given."""

    begins: tuple[Output, ...]
    then: tuple[Then, ...] = ()
    sid: str = FIRST
    over: bool = False
    given: list[Input] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    facts: tuple[object, ...] = ()

    def start(self, at: float) -> tuple[Output, ...]:  # noqa: ARG002 - a Call
        return self.begins

    def take(self, given: Input, at: float) -> tuple[Output, ...]:
        self.given.append(given)
        self.at.append(at)
        return next((said for one, said in self.then if one == given), ())

    def drop(self, at: float) -> tuple[Output, ...]:  # noqa: ARG002 - a Call
        return (Bye(self.sid),)

    def new(
        self,
        called: str,
        caller: str,
        sip_call_id: str,
        x_headers: Mapping[str, str],
        source_ip: str,
    ) -> tuple[Self, Trace]:
        self.facts = called, caller, sip_call_id, dict(x_headers), source_ip
        return self, Trace({self.sid: "UserA"})

    def hears_of(self, given: Input) -> int:
        """Wait for an input, and return how many came before it."""
        limit = time.monotonic() + 5
        while given not in self.given:
            assert time.monotonic() < limit, f"{given} is not among {self.given}"
            time.sleep(0.005)
        return self.given.index(given)


class Handset:
    """A phone that is played by hand and hears what comes from the switch."""

    def __init__(self, transport: str = "udp", name: str = "UserA") -> None:
        self.transport, self.sdp = transport, TWILIO.replace("Twilio", name)
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind((HOST, 0))
        self.socket.settimeout(5)
        self.port = self.socket.getsockname()[1]
        self.sender, self.other = f"<tel:+14155550199>;tag={self.port}", f"<sip:switch@{HOST}>"
        self.call_id, self.number, self.read = f"{self.port}@handset", 0, b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def asks(self, method: str, *headers: str, body: str = "", number: int = 0) -> bytes:
        self.number += not number
        cseq = number or self.number
        branch = f"z9hG4bK{self.port}-{cseq}{'-ack' if method == 'ACK' else ''}"
        lines = (
            f"{method} sip:+18005550100@{HOST} SIP/2.0",
            f"Via: SIP/2.0/{self.transport.upper()} {HOST}:{self.port};branch={branch}",
            f"From: {self.sender}",
            f"To: {self.other}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:{HOST}:{self.port}>",
            *headers,
            f"Content-Length: {len(body)}",
        )
        raw = "\r\n".join((*lines, "", body)).encode()
        self.socket.sendall(raw)
        return raw

    def calls(self, port: int, *headers: str) -> None:
        self.socket.connect((HOST, port))
        self.asks("INVITE", *headers, body=self.sdp)

    def is_answered(self) -> Heard:
        """Wait for the 200 and acknowledge it."""
        response = self.hears("200")
        self.other = str(response.get_header("to"))
        self.asks("ACK", number=self.number)
        return response

    def rings(self, port: int) -> Heard:
        """Wait for an INVITE, and know its dialog."""
        self.socket.connect((HOST, port))
        invite = self.hears("INVITE")
        self.call_id = str(invite.call_id)
        self.sender, self.other = f"{invite.get_header('to')};tag=b", str(invite.get_header("from"))
        return invite

    def answers(self, request: Heard, status: str, body: str = "") -> None:
        names = ("Via", "From", "Call-ID", "CSeq")
        kept = (f"{name}: {request.get_header(name)}" for name in names)
        more = (f"To: {self.sender}", f"Contact: <sip:{HOST}:{self.port}>")
        head = (f"SIP/2.0 {status}", *kept, *more, f"Content-Length: {len(body)}")
        self.socket.sendall("\r\n".join((*head, "", body)).encode())

    def hears(self, what: str) -> Heard:
        """Return the next message that begins like this; others are passed over."""
        while not (raw := self._next()).removeprefix(b"SIP/2.0 ").startswith(what.encode()):
            pass
        return SipMessage.parse(raw)

    def hears_nothing(self, seconds: float) -> bool:
        self.socket.settimeout(seconds)
        try:
            return not self._next()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(5)

    def _next(self) -> bytes:
        if self.transport == "udp":
            return self.socket.recv(65_536)
        while not (whole := _whole(self.read)):
            self.read += self.socket.recv(65_536)
        self.read = self.read[len(whole) :]
        return whole


def _whole(read: bytes) -> bytes:
    """Return the first message of a stream when it is there to its end."""
    head, end, body = read.partition(b"\r\n\r\n")
    length = int(head.rpartition(b"Content-Length:")[2].split()[0]) if end else 1
    return head + end + body[:length] if len(body) >= length else b""


def echo(asked: Asked, connect: float, read: float) -> Outcome:
    time.sleep(0.2 if "slow" in asked.url else 0.0)
    return Outcome(What.ANSWERED, 0.0, 200, "", "text/xml", asked.url.encode())


@contextmanager
def switch(script: Script, *phones: Handset, speed: float = 1.0) -> Iterator[int]:
    """Return the port of a switch that dials handsets in this order, and nobody after that."""
    rest = deque(phones)

    def route(noun: Noun) -> Phone | None:
        return Phone("AgentB", Peer("udp", HOST, rest.popleft().port), TARGET) if rest else None

    with Switch(script.new, route, echo, ACCOUNT, speed=speed) as running:
        yield running.port


def invite(leg: str = SECOND, headers: tuple[tuple[str, str], ...] = ()) -> Invite:
    return Invite(leg, Sip(TARGET, headers), "+18005550100")


@contextmanager
def bridged() -> Iterator[tuple[Script, Handset, Handset]]:
    """Let UserA be connected to AgentB, both with their last SDP still to be heard."""
    bridges = (PickUp(FIRST), Connect(FIRST, SECOND))
    script = Script((invite(),), ((PickedUp(SECOND), bridges),))
    with Handset() as user, Handset(name="AgentB") as agent, switch(script, agent) as port:
        user.calls(port)
        agent.answers(agent.rings(port), "200 OK", agent.sdp)
        yield script, user, agent


@TRANSPORTS
def test_a_caller_hears_it_ring_and_is_answered_with_twilios_own_sdp(transport: str) -> None:
    script = Script((Ring(FIRST), PickUp(FIRST)))
    with Handset(transport) as user, switch(script) as port:
        user.calls(port, "X-Ticket: 42")
        user.hears("180")
        assert session_name(user.is_answered().text) == "Twilio"
    called = f"sip:+18005550100@{HOST}"
    assert script.facts == (called, "tel:+14155550199", user.call_id, {"X-Ticket": "42"}, HOST)


@TRANSPORTS
def test_a_caller_who_cancels_has_hung_up(transport: str) -> None:
    script = Script((Ring(FIRST),))
    with Handset(transport) as user, switch(script) as port:
        user.calls(port)
        user.hears("180")
        user.asks("CANCEL", number=1)
        assert user.hears("200").get_header("cseq") == "1 CANCEL"
        assert user.hears("487").get_header("cseq") == "1 INVITE"
        script.hears_of(HungUp(FIRST))


def test_a_caller_is_declined_with_the_status_that_the_model_gives() -> None:
    with Handset() as user, switch(Script((Decline(FIRST, 480),))) as port:
        user.calls(port)
        user.hears("480 Temporarily Unavailable")


def test_parties_that_are_connected_have_each_others_sdp_unchanged() -> None:
    with bridged() as (_, user, agent):
        assert user.is_answered().text == agent.sdp
        assert agent.hears("INVITE").text == user.sdp


def test_who_stays_behind_is_shown_twilios_sdp() -> None:
    with bridged() as (script, user, agent):
        user.is_answered()
        agent.answers(agent.hears("INVITE"), "200 OK", agent.sdp)
        agent.asks("BYE", number=7)
        agent.hears("200")
        script.hears_of(HungUp(SECOND))
        assert user.hears("INVITE").text == TWILIO


def test_a_party_whose_dialog_is_lost_has_hung_up() -> None:
    with bridged() as (script, _, agent):
        agent.answers(agent.hears("INVITE"), "481 Call/Transaction Does Not Exist")
        script.hears_of(HungUp(SECOND))


def test_the_headers_of_a_noun_are_those_of_the_invite() -> None:
    headers = (("X-Ticket", "42"), ("User-to-User", "ab;encoding=hex"))
    script = Script((invite(headers=headers),))
    with Handset() as user, Handset() as agent, switch(script, agent) as port:
        user.calls(port)
        heard = agent.rings(port)
    assert [(name, heard.get_header(name)) for name, _ in headers] == list(headers)
    assert isinstance(heard, SipRequest)
    assert heard.uri == TARGET


def test_ringing_and_refusals_of_a_target_are_told_as_they_are() -> None:
    script = Script((invite(),))
    with Handset() as user, Handset() as agent, switch(script, agent) as port:
        user.calls(port)
        heard = agent.rings(port)
        agent.answers(heard, "180 Ringing")
        agent.answers(heard, "486 Busy Here")
        agent.hears("ACK")
        script.hears_of(Declined(SECOND, 486))
    assert script.given == [Rang(SECOND), Declined(SECOND, 486)]


def test_over_udp_an_invite_is_sent_again_until_there_is_a_response() -> None:
    with Handset() as user, Handset() as agent, switch(Script((invite(),)), agent) as port:
        user.calls(port)
        first, again = agent.rings(port), agent.hears("INVITE")
        agent.answers(again, "180 Ringing")
        assert agent.hears_nothing(1.2)
    assert bytes(first) == bytes(again)


def test_a_noun_without_a_phone_is_declined_with_404() -> None:
    script = Script((invite(),))
    with Handset() as user, switch(script) as port:
        user.calls(port)
        script.hears_of(Declined(SECOND, 404))


def test_a_phone_that_cannot_be_connected_to_is_declined_with_503() -> None:
    script, gone = Script((invite(),)), Peer("tcp", HOST, free_port())
    phone = Phone("AgentB", gone, TARGET)
    with Handset() as user, Switch(script.new, lambda _: phone, echo, ACCOUNT) as running:
        user.calls(running.port)
        script.hears_of(Declined(SECOND, 503))


def test_cancel_waits_for_a_provisional_response() -> None:
    script = Script((invite(), SetTimer(1, 0.0)), ((Due(1), (Cancel(SECOND),)),))
    with Handset() as user, Handset() as agent, switch(script, agent) as port:
        user.calls(port)
        heard = agent.rings(port)
        script.hears_of(Due(1))
        assert agent.hears_nothing(0.2)
        agent.answers(heard, "180 Ringing")
        agent.answers(agent.hears("CANCEL"), "200 OK")
        agent.answers(heard, "487 Request Terminated")
        script.hears_of(Declined(SECOND, 487))


def test_bye_waits_for_the_ack() -> None:
    with Handset() as user, switch(Script((PickUp(FIRST), Bye(FIRST)))) as port:
        user.calls(port)
        response = user.hears("200")
        assert user.hears_nothing(0.2)
        user.other = str(response.get_header("to"))
        user.asks("ACK", number=1)
        user.hears("BYE")


@pytest.mark.parametrize("refer_to", ["<tel:+14155550100;ext=1>", f"Refer-To: {UUI}", None])
@TRANSPORTS
def test_a_refer_is_told_with_its_header_as_it_stands(transport: str, refer_to: str | None) -> None:
    target = refer_to and refer_to.removeprefix("Refer-To: ")
    said = (
        AnswerRefer(FIRST, 202),
        Notify(FIRST, 100, final=False),
        Notify(FIRST, 486, final=True),
    )
    script = Script((PickUp(FIRST),), ((Referred(FIRST, target), said),))
    with Handset(transport) as user, switch(script) as port:
        user.calls(port)
        user.is_answered()
        user.asks("REFER", *(() if target is None else (f"Refer-To: {target}",)))
        user.hears("202 Accepted")
        first = user.hears("NOTIFY")
        assert user.hears_nothing(0.2)  # one request at a time
        user.answers(first, "200 OK")
        last = user.hears("NOTIFY")
    assert (first.text, first.get_header("subscription-state")) == (
        "SIP/2.0 100 Trying\r\n",
        "active;expires=60",
    )
    assert (last.text, last.get_header("subscription-state")) == (
        "SIP/2.0 486 Busy Here\r\n",
        "terminated;reason=noresource",
    )
    assert {last.get_header("event"), first.get_header("event")} == {"refer"}


def test_a_request_that_is_sent_again_is_told_once_and_answered_again() -> None:
    script = Script((PickUp(FIRST),), ((Referred(FIRST, UUI), (AnswerRefer(FIRST, 202),)),))
    with Handset() as user, switch(script) as port:
        user.calls(port)
        user.is_answered()
        raw = user.asks("REFER", f"Refer-To: {UUI}")
        user.hears("202")
        user.socket.sendall(raw)
        user.hears("202")
        assert user.hears_nothing(0.2)
    assert script.given == [Referred(FIRST, UUI)]


@TRANSPORTS
def test_a_refer_in_a_dialog_that_is_gone_gets_481(transport: str) -> None:
    script = Script((PickUp(FIRST),))
    with Handset(transport) as user, switch(script) as port:
        user.calls(port)
        user.is_answered()
        user.asks("BYE")
        user.hears("200")
        user.asks("REFER", f"Refer-To: {UUI}")
        user.hears("481")
    assert script.given == [HungUp(FIRST)]


def test_keys_come_in_info() -> None:
    script = Script((PickUp(FIRST),))
    with Handset() as user, switch(script) as port:
        user.calls(port)
        user.is_answered()
        kind = "Content-Type: application/dtmf-relay"
        user.asks("INFO", kind, body="Signal=#\r\nDuration=160\r\n")
        user.hears("200")
        user.asks("INFO", "Content-Type: text/plain", body="Signal=5\r\n")
        user.hears("415")
    assert script.given == [Pressed(FIRST, "#")]


def test_timers_run_by_the_clock_of_the_model() -> None:
    script, began = Script((SetTimer(7, 4.0),)), time.monotonic()
    with Handset() as user, switch(script, speed=20.0) as port:
        user.calls(port)
        script.hears_of(Due(7))
    assert script.at[0] == pytest.approx(4.0, abs=1.0)
    assert time.monotonic() - began < 2.0


def test_webhooks_are_fetched_and_callbacks_about_a_leg_stay_in_order() -> None:
    def asked(number: int, purpose: Purpose, path: str) -> Fetch:
        return Fetch(number, purpose, FIRST, f"https://api.example.com/{path}", "POST", {})

    script = Script(
        (
            asked(1, Purpose.STATUS, "slow"),
            asked(2, Purpose.STATUS, "fast"),
            asked(3, Purpose.VOICE, "voice"),
        )
    )
    with Handset() as user, switch(script) as port:
        user.calls(port)
        limit = time.monotonic() + 5
        while len(script.given) < 3:
            assert time.monotonic() < limit, script.given
            time.sleep(0.01)
    fetched = [one for one in script.given if isinstance(one, Fetched)]
    assert [one.webhook for one in fetched] == [3, 1, 2]
    assert fetched[0].result.body == b"https://api.example.com/voice"


def test_a_consultation_is_dropped_by_its_call_id() -> None:
    with Handset() as consultant, Handset() as user:
        scripts = iter(
            (
                Script((PickUp(FIRST),)),
                Script((PickUp(THIRD), DropConsultation(consultant.call_id)), sid=THIRD),
            )
        )

        def new_call(
            called: str, caller: str, sip_call_id: str, x_headers: Mapping[str, str], source_ip: str
        ) -> tuple[Script, Trace]:
            script = next(scripts)
            return script, Trace({script.sid: "UserA"})

        with Switch(new_call, lambda _: None, echo, ACCOUNT) as running:
            consultant.calls(running.port)
            consultant.is_answered()
            user.calls(running.port)
            consultant.hears("BYE")


def test_what_goes_wrong_in_the_model_is_raised_when_the_switch_is_left() -> None:
    script = Script((AnswerRefer(FIRST, 202),))  # nobody has referred
    with (
        pytest.RaisesGroup(IndexError),
        Handset() as user,
        Switch(script.new, lambda _: None, echo, ACCOUNT) as running,
    ):
        user.calls(running.port)
        user.hears("100")


def test_everybody_can_be_made_to_hang_up_and_what_follows_is_waited_for() -> None:
    callback = Fetch(1, Purpose.STATUS, FIRST, "https://api.example.com/slow", "POST", {})
    script = Script((PickUp(FIRST),), ((HungUp(FIRST), (callback,)),))
    with Handset() as user, Switch(script.new, lambda _: None, echo, ACCOUNT) as running:
        user.calls(running.port)
        user.is_answered()
        running.hang_up()
        assert [type(one) for one in script.given] == [HungUp, Fetched]
        user.hears("BYE")


@TRANSPORTS
def test_a_switch_that_is_left_hangs_up_and_leaves_no_thread(transport: str) -> None:
    before = threading.active_count()
    with Handset(transport) as user:
        with switch(Script((PickUp(FIRST),))) as port:
            user.calls(port)
            user.is_answered()
        user.hears("BYE")
    assert threading.active_count() == before


# With sipp.

USER = Party("UserA", "+14155550199")
AGENT = "sip:agenta@pbx.example.com"
REFERS = Refers(3.0, UUI)
TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response>{}</Response>'
DOCUMENTS = {
    "/hold": f'<Dial answerOnBridge="true" referUrl="/refer"><Sip>{AGENT}</Sip></Dial>',
    "/release": f'<Dial referUrl="/refer"><Sip>{AGENT}</Sip></Dial>',
    "/refer": f'<Dial answerOnBridge="true" timeout="5"><Sip>{TARGET}?X-Ticket=42</Sip></Dial>',
}


def documents(asked: Asked, connect: float, read: float) -> Outcome:
    body = TWIML.format(DOCUMENTS[urlsplit(asked.url).path]).encode()
    return Outcome(What.ANSWERED, 0.1, 200, "", "text/xml", body)


def people(*deeds: Deed, reaction: Reaction = Answers(2.0)) -> tuple[Party, ...]:  # noqa: B008 - a value
    return (
        Party("AgentA", AGENT, Answers(2.0), deeds),
        Party("AgentB", TARGET, reaction),
    )


@contextmanager
def transfer(mode: str, reaction: Reaction, transport: str) -> Iterator[tuple[Play, Trace]]:
    """Let AgentA refer UserA to AgentB, and wait until nothing happens any more."""
    parties = people(REFERS, reaction=reaction)
    trace, numbers = Trace(), itertools.count()
    setup = Setup(ACCOUNT.sid, f"https://api.example.com/{mode}", lambda: f"CA{next(numbers)}")

    def new_call(
        called: str, caller: str, sip_call_id: str, x_headers: Mapping[str, str], source_ip: str
    ) -> tuple[Call, Trace]:
        call = Call(setup, caller="+14155550199", called="+18005550100")
        trace.names[call.sid] = "UserA"
        return call, trace

    with (
        playing(parties, speed=SPEED, transport=transport) as play,
        Switch(new_call, play.route, documents, ACCOUNT, speed=SPEED) as running,
    ):
        play.call(USER, "+18005550100", running.port)
        time.sleep(20.0 / SPEED)
        yield play, trace


@needs_sipp
@pytest.mark.parametrize(
    ("mode", "reaction", "transport", "other", "told"),
    [
        ("hold", Answers(2.0), "udp", "AgentB", DONE),
        ("hold", Answers(2.0), "tcp", "AgentB", DONE),
        ("hold", Declines(486), "udp", "AgentA", (*TAKEN, "NOTIFY 486 Busy Here")),
        ("hold", Declines(503), "tcp", "AgentA", (*TAKEN, "NOTIFY 503 Service Unavailable")),
        ("hold", Rings(), "udp", "AgentA", (*TAKEN, "NOTIFY 480 Temporarily Unavailable")),
        ("release", Answers(2.0), "tcp", "AgentB", DONE),
    ],
    ids=str,
)
def test_phones_know_the_same_of_a_transfer_as_the_model(
    mode: str, reaction: Reaction, transport: str, other: str, told: tuple[str, ...]
) -> None:
    with transfer(mode, reaction, transport) as (play, trace):
        seen = play.snapshot()
    assert (seen.pairs, seen.one_sided) == (((other, "UserA"),), ())
    assert seen.up == {other, "UserA"}
    assert seen.told["AgentA"] == trace.told("AgentA") == told
    assert seen.headers == trace.headers == (("X-Ticket", "42"),)
    assert seen.pairs == trace.pairs


@needs_sipp
def test_a_snapshot_after_a_caller_was_left_alone_has_nobody_connected() -> None:
    with transfer("release", Declines(486), "udp") as (play, _):
        seen = play.snapshot()
    assert seen.gone == {"AgentA", "UserA"}
    assert not seen.up
    assert not seen.hears
    assert seen.told["AgentA"] == DONE


@needs_sipp
def test_parties_press_keys_refer_hang_up_and_refer_after_that() -> None:
    deeds = (
        Presses(1.0, "1#"),
        Refers(2.0, UUI),
        Refers(2.5, None),
        HangsUp(3.0),
        Refers(4.0, UUI),
    )
    answered = (
        (Referred(SECOND, UUI), (AnswerRefer(SECOND, 491),)),
        (Referred(SECOND, None), (AnswerRefer(SECOND, 400),)),
    )
    script = Script((PickUp(FIRST), invite()), answered)
    parties = (Party("AgentB", TARGET, Answers(1.0), deeds),)
    with (
        playing(parties, speed=SPEED) as play,
        Switch(script.new, play.route, echo, ACCOUNT, speed=SPEED) as running,
    ):
        play.call(USER, "+18005550100", running.port)
        script.hears_of(HungUp(SECOND))
        told = play.snapshot().told["AgentB"]
        time.sleep(2.0 / SPEED)
        afterwards = play.snapshot().told["AgentB"]
    pressed = (Pressed(SECOND, "1"), Pressed(SECOND, "#"))
    referred = (Referred(SECOND, UUI), Referred(SECOND, None))
    assert script.given[2:] == [*pressed, *referred, HungUp(SECOND)]
    # From the last REFER on.
    assert told == ("400 Bad Request",)
    assert afterwards == ("481 Call/Transaction Does Not Exist",)


@needs_sipp
@pytest.mark.parametrize("every_time", [False, True])
def test_a_party_that_is_called_again_does_its_deeds_again_if_it_does_so_every_time(
    every_time: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    script = Script((PickUp(FIRST), invite()), ((HungUp(SECOND), (invite(THIRD),)),))
    agent = Party("AgentB", TARGET, Answers(1.0), (HangsUp(1.0),), every_time)
    with (
        playing((agent,), speed=SPEED) as play,
        Switch(script.new, play.route, echo, ACCOUNT, speed=SPEED) as running,
    ):
        play.call(USER, "+18005550100", running.port)
        script.hears_of(PickedUp(THIRD))
        time.sleep(3.0 / SPEED)
        up = play.snapshot().up
    assert (HungUp(THIRD) in script.given) is every_time
    assert ("AgentB" in up) is not every_time


@needs_sipp
def test_what_sipp_says_of_itself_is_in_the_exception() -> None:
    with playing(people()) as play, switch(Script((PickUp(FIRST),))) as port:
        play.call(USER, "+18005550100", port, headers={"X-A": "[no_such_keyword]"})
        with pytest.raises(SippFailed, match="no_such_keyword"):
            deque((play.snapshot() for _ in range(1000)), maxlen=0)


def test_without_sipp_the_exception_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SippMissing, match="sip-tester"), playing(people()):
        pass

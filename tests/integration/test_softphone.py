"""`make serve` over SIP: a softphone calls in, and agents without a phone are played."""

import argparse
import os
import shutil
import time
from collections.abc import Iterator

import pytest

from gateway import softphone
from gateway.softphone import Exchange, Extension
from pivot.client import Client
from pivot.matrix.confined import Elsewhere
from pivot.matrix.local import application
from pivot.matrix.play import Application
from pivot.model.parties import Party
from pivot.model.seen import Arrow, Fact
from pivot.nouns import Number, Sip
from pivot.overrides import Outcome
from pivot.sign import LOCAL
from pivot.sip.sipp import playing
from pivot.sip.surroundings import Phone
from pivot.sip.switch import Switch
from pivot.sip.wire import HOST, Peer, free_port

AGENT_A = "sip:agenta@pbx.example.com"
SPEED = 10.0
USER = Party("UserA", "+14155550199")
# CI installs it, and skips nothing.
needs_sipp = pytest.mark.skipif(
    not shutil.which("sipp") and "CI" not in os.environ, reason="sipp is not on the path"
)


@pytest.fixture(scope="module")
def app() -> Iterator[Application]:
    with application({}) as running:
        yield running


def exchange(*extensions: Extension, base: str = "http://127.0.0.1:1") -> Exchange:
    return Exchange(base, extensions, lambda _: None)


def test_a_softphone_takes_the_place_of_a_played_agent() -> None:
    noun = Sip(f"{AGENT_A};transport=udp")
    played = exchange().route(noun)
    assert isinstance(played, Party)
    assert played.name == "AgentA"
    own = Extension.parse("agenta@pbx.example.com=127.0.0.1:5070")
    assert exchange(own).route(noun) == Phone(
        "AgentA", Peer("udp", HOST, 5070), f"{AGENT_A};transport=udp"
    )
    assert exchange(own).route(Sip("sip:nobody@pbx.example.com")) is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sip:x@pbx.example.com=localhost:5070", "sip:x@pbx.example.com"),
        ("+14155550123=127.0.0.1:5070", "+14155550123"),
    ],
)
def test_a_phone_is_named_by_uri_or_number(text: str, address: str) -> None:
    assert Extension.parse(text) == Extension(address, HOST, 5070)
    found = exchange(Extension.parse(text)).route(
        Number(address) if address[0] == "+" else Sip(address)
    )
    assert isinstance(found, Phone)
    assert found.name == address


@pytest.mark.parametrize(
    "text",
    [
        "agenta",
        "agenta@x=5070",
        "a@b=127.0.0.1",
        "=127.0.0.1:5070",
        "a@b=192.0.2.1:5070",
        "a@b=127.0.0.1:70000",
    ],
)
def test_what_is_no_phone_is_refused_in_words(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"is not ADDRESS=127|is not a port"):
        Extension.parse(text)


def test_a_user_of_the_sip_domain_calls_as_twilio_would_tell_it() -> None:
    call, trace = exchange().new_call(
        f"sip:bank@{HOST}:5080", "sip:me@198.51.100.7", "4711", {"X-A": "1"}, HOST
    )
    facts = call.first.facts(LOCAL.sid)
    assert (facts.to_address, facts.from_address) == (
        "sip:bank@example.sip.twilio.com",
        "sip:me@198.51.100.7",
    )
    assert facts.sip
    assert (facts.sip.call_id, facts.sip.headers) == ("4711", {"X-A": "1"})
    assert trace.names == {call.sid: "UserA"}


def test_what_is_printed_names_every_address_and_how_to_change_it() -> None:
    own = Extension.parse("agentb@pbx.example.com=127.0.0.1:5070")
    text = "\n".join(softphone.opening(5080, (own,)))
    for needed in (
        "sip:+18005550100@127.0.0.1:5080",
        "agenta@pbx.example.com is played",
        "--phone",
    ):
        assert needed in text
    assert "sip:agentb@pbx.example.com is the phone (UDP) at 127.0.0.1:5070" in text
    assert "agentb@pbx.example.com is played" not in text


def test_messages_and_facts_are_lines_and_webhooks_are_not() -> None:
    refer = Arrow(20.0, "AgentA", "Twilio", "sip", "REFER", "Refer-To: x")
    assert softphone.line(refer) == "      20.0  AgentA -> Twilio: REFER  Refer-To: x"
    assert softphone.line(Fact(1.0, "AgentA answers", "answered")) == "       1.0  AgentA answers"
    assert not softphone.line(Arrow(1.0, "Twilio", "API", "http", "POST /refer"))


@needs_sipp
def test_one_softphone_sees_a_whole_transfer_between_played_agents(app: Application) -> None:
    told: list[str] = []
    here = Exchange(app.base, (), told.append)
    with (
        Client() as client,
        playing([USER], speed=SPEED) as play,
        Switch(here.new_call, here.route, client.send, LOCAL, speed=SPEED) as switch,
    ):
        play.call(USER, "+18005550100", switch.port)
        until = time.monotonic() + 20
        while not any("connected to AgentB" in line for line in told):
            assert time.monotonic() < until, told
            time.sleep(0.05)
        assert "UserA" in play.snapshot().up
    text = "\n".join(told)
    assert "AgentA -> Twilio: REFER  Refer-To: <sip:agentb@pbx.example.com>" in text
    assert "Twilio -> AgentA: NOTIFY 200 OK" in text


@needs_sipp
def test_a_played_agent_that_nobody_reaches_any_more_stops_ringing(app: Application) -> None:
    """UserA hangs up while AgentA rings: the leg is cancelled, and nothing rings on."""
    told: list[str] = []
    here = Exchange(app.base, (), told.append)
    with (
        Client() as client,
        playing([USER], speed=SPEED) as play,
        Switch(here.new_call, here.route, client.send, LOCAL, speed=SPEED) as switch,
    ):
        play.call(USER, "+18005550100", switch.port)
        until = time.monotonic() + 20
        while not any("AgentA -> Twilio: 180" in line for line in told):
            assert time.monotonic() < until, told
            time.sleep(0.01)
        switch.hang_up()
        time.sleep(6 / SPEED)
    text = "\n".join(told)
    assert "Twilio -> AgentA: CANCEL" in text
    assert "AgentA -> Twilio: 487 Request Terminated" in text
    assert "AgentA answers" not in text


@needs_sipp
def test_a_port_that_is_taken_is_an_error() -> None:
    port = free_port()
    here = exchange()
    with (
        Client() as client,
        softphone.switch(here, client, port),
        pytest.raises(OSError, match="in use"),
        softphone.switch(here, client, port),
    ):
        pass


@needs_sipp
def test_what_goes_wrong_inside_is_reported_at_once_and_raised_at_the_end() -> None:
    told: list[str] = []

    def broken(*_: object) -> Outcome:
        raise Elsewhere("https://evil.example/x", "http://127.0.0.1:1")

    def called_in() -> None:
        here = exchange()
        with (
            playing([USER]) as play,
            Switch(
                here.new_call, here.route, broken, LOCAL, report=lambda one: told.append(str(one))
            ) as switch,
        ):
            play.call(USER, "+18005550100", switch.port)
            until = time.monotonic() + 20
            while not told:
                assert time.monotonic() < until
                time.sleep(0.05)

    with pytest.raises(ExceptionGroup, match="inside the switch"):
        called_in()
    assert told == [str(Elsewhere("https://evil.example/x", "http://127.0.0.1:1"))]

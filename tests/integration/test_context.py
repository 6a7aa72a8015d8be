"""What a Refer-To says to the transfer target reaches it, and nothing else that it says does."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from laptop import Laptop, dial, twiml

SIP = {"sip": "sip:agentb@pbx.example.com"}
CLIENT = {"client": "agent.b"}
NUMBER = {"number": "+14155550177"}


def noun(laptop: Laptop, headers: str, party: dict[str, str], /, **fields: Any) -> ET.Element:  # noqa: ANN401 - of an entry
    """Return the noun that answers a REFER to agent B with these headers."""
    laptop.entry("agentb", dial=[party], **fields)
    return dial(laptop.refer(f"<sip:agentb@pbx.example.com?{headers}>"))[0]


def parameters(client: ET.Element) -> list[tuple[str, str]]:
    return [(one.attrib["name"], one.attrib["value"]) for one in client.findall("Parameter")]


@pytest.mark.parametrize(
    ("headers", "dialled"),
    [
        # Twilio's own sample, whose hex has an odd number of digits: opaque, as RFC 7433 wants it.
        ("User-to-User=123456789%3Bencoding%3Dhex", "User-to-User=123456789%3Bencoding%3Dhex"),
        # Senders leave these two unescaped.
        ("User-to-User=1234;encoding=hex", "User-to-User=1234%3Bencoding%3Dhex"),
        # RFC 3261: a plus is a plus.
        ("X-Name=Agent%2C+A", "X-Name=Agent%2C%2BA"),
        ("X-Name=Agent%2C%20A", "X-Name=Agent%2C%20A"),
        # Decoded once: the target gets what the transferor escaped.
        ("X-Name=100%2525", "X-Name=100%2525"),
        # No value becomes a header of its own, or ends the URI.
        ("X-Note=a%26X-Admin%3D1", "X-Note=a%26X-Admin%3D1"),
        ("X-Note=a%3Bmaddr%3D192.0.2.1%3E", "X-Note=a%3Bmaddr%3D192.0.2.1%3E"),
        ("X-Note=caf%C3%A9", "X-Note=caf%C3%A9"),
        ("X-Note=%E9", "X-Note=%E9"),
        ("X-A=1&X-B=2&User-to-User=3", "X-A=1&X-B=2&User-to-User=3"),
        ("x-lower=1&user-to-user=2", "x-lower=1&user-to-user=2"),
        ("X-Empty=", "X-Empty="),
    ],
)
def test_user_to_user_and_x_headers_reach_a_sip_noun_percent_escaped(
    laptop: Laptop, headers: str, dialled: str
) -> None:
    assert noun(laptop, headers, SIP).text == f"sip:agentb@pbx.example.com?{dialled}"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (
            "User-to-User=123456789%3Bencoding%3Dhex",
            [("User-to-User", "123456789;encoding=hex")],
        ),
        ("X-Name=Agent%2C+A", [("X-Name", "Agent,+A")]),
        ("X-Name=Agent%2C%20A&X-Ticket=7", [("X-Name", "Agent, A"), ("X-Ticket", "7")]),
        ("X-Xml=%3CHangup/%3E%22%26", [("X-Xml", '<Hangup/>"&')]),
        ("X-Note=caf%C3%A9", [("X-Note", "café")]),
        # Neither UTF-8 nor a reason to lose the call.
        ("X-Note=%E9", [("X-Note", "\ufffd")]),
        ("X-Name=100%2525", [("X-Name", "100%25")]),
    ],
)
def test_user_to_user_and_x_headers_reach_a_client_noun_as_parameters(
    laptop: Laptop, headers: str, told: list[tuple[str, str]]
) -> None:
    client = noun(laptop, headers, CLIENT)
    assert client.findtext("Identity") == "agent.b"
    assert parameters(client) == told


@pytest.mark.parametrize(
    "header",
    [
        "Replaces=1%40pbx%3Bto-tag%3D2%3Bfrom-tag%3D3",
        "Route=%3Csip:192.0.2.1%3Blr%3E",
        "Require=replaces",
        "Referred-By=%3Csip:evil%40pbx.example.com%3E",
        "Remote-Party-ID=%3Csip:boss%40pbx.example.com%3E",
        "P-Preferred-Identity=%3Csip:boss%40pbx.example.com%3E",
        "P-Asserted-Identity=%3Csip:boss%40pbx.example.com%3E",
        "X-Twilio-Token=1",
        "x-twilio-token=1",
        "X-=1",
        "Subject=hello",
        "body=hello",
    ],
)
@pytest.mark.parametrize("party", [SIP, CLIENT], ids=["sip", "client"])
def test_no_other_header_reaches_a_noun(laptop: Laptop, header: str, party: dict[str, str]) -> None:
    dialled = noun(laptop, f"X-Ticket=7&{header}", party)
    if party is SIP:
        assert dialled.text == "sip:agentb@pbx.example.com?X-Ticket=7"
    else:
        assert parameters(dialled) == [("X-Ticket", "7")]


@pytest.mark.parametrize("mode", ["hold", "release"])
def test_nothing_of_the_uri_but_user_host_port_and_transport_is_dialled(
    laptop: Laptop, mode: str
) -> None:
    laptop.entry("*@pbx.example.com:5070", dial="as_asked")
    asked = (
        '"Agent B" <sip:agentb:secret@pbx.example.com:5070;transport=TLS;maddr=192.0.2.1;user=phone'
        ";ttl=9;lr;method=INVITE;x-own=1?X-Ticket=7&Replaces=1>;tag=9"
    )
    [dialled] = dial(laptop.refer(asked, f"/refer/{mode}"))
    assert dialled.text == "sip:agentb@pbx.example.com:5070;transport=tls?X-Ticket=7"


def test_a_number_has_no_place_for_context_and_the_log_line_names_what_was_dropped(
    laptop: Laptop,
) -> None:
    number = noun(laptop, "X-Ticket=7&User-to-User=1234", NUMBER)
    assert (number.tag, number.text, len(number)) == ("Number", "+14155550177", 0)
    [line] = laptop.lines("webhook")
    assert line["dropped_headers"] == ["User-to-User", "X-Ticket"]


def test_an_entry_lets_through_what_it_names_and_no_more(laptop: Laptop) -> None:
    headers = "User-to-User=1&X-Ticket=7&X-Other=8"
    dialled = noun(laptop, headers, SIP, pass_headers=["x-ticket"])
    assert dialled.text == "sip:agentb@pbx.example.com?X-Ticket=7"


def test_an_entry_that_lets_nothing_through_gets_the_bare_address(laptop: Laptop) -> None:
    dialled = noun(laptop, "User-to-User=1&X-Ticket=7", SIP, pass_headers=[])
    assert dialled.text == "sip:agentb@pbx.example.com"


def test_the_header_of_an_entry_wins_over_that_of_the_refer_to(laptop: Laptop) -> None:
    own = {"sip": "sip:agentb@pbx.example.com?X-Queue=sales"}
    dialled = noun(laptop, "X-Queue=evil&x-queue=evil&X-Ticket=7", own)
    assert dialled.text == "sip:agentb@pbx.example.com?X-Queue=sales&X-Ticket=7"


def test_an_entry_adds_headers_of_its_own_and_of_one_name_its_own_stays(laptop: Laptop) -> None:
    headers = {"X-Queue": "sales & more", "Remote-Party-ID": "<sip:desk@pbx.example.com>"}
    dialled = noun(laptop, "X-Ticket=7&x-queue=evil", SIP, headers=headers)
    assert dialled.text == (
        "sip:agentb@pbx.example.com?X-Queue=sales%20%26%20more"
        "&Remote-Party-ID=%3Csip%3Adesk%40pbx.example.com%3E&X-Ticket=7"
    )


def test_a_client_gets_the_headers_of_its_entry_as_parameters(laptop: Laptop) -> None:
    client = noun(laptop, "X-Ticket=7", CLIENT, headers={"X-Queue": "sales & more"})
    assert parameters(client) == [("X-Queue", "sales & more"), ("X-Ticket", "7")]


def test_the_parameters_of_a_client_win_over_headers_of_the_refer_to(laptop: Laptop) -> None:
    own: Any = CLIENT | {"parameters": {"X-Ticket": "none"}}
    client = noun(laptop, "x-ticket=evil&X-Other=8", own)
    assert parameters(client) == [("X-Ticket", "none"), ("X-Other", "8")]


def test_headers_of_an_entry_reach_its_own_parties_and_not_those_of_its_fallback(
    laptop: Laptop,
) -> None:
    laptop.entry("agentb", dial=[SIP], headers={"X-Queue": "sales"}, fallback=["agentc"])
    laptop.entry("agentc", dial=[{"sip": "sip:agentc@pbx.example.com"}])
    first = laptop.refer("<sip:agentb@pbx.example.com?X-Ticket=7>", "/refer/release")
    assert dial(first)[0].text == "sip:agentb@pbx.example.com?X-Queue=sales&X-Ticket=7"
    [fallback] = dial(laptop.action(first, "busy"))
    assert fallback.text == "sip:agentc@pbx.example.com?X-Ticket=7"


def whispered(laptop: Laptop, headers: str, say: str, /, **fields: Any) -> str | None:  # noqa: ANN401 - of an entry
    """Return what agent B hears before the call is connected."""
    party = noun(laptop, headers, SIP, whisper={"say": say}, **fields)
    return twiml(laptop.post(party.attrib["url"])).findtext("Gather/Say")


def test_a_whisper_quotes_the_headers_that_pass_and_the_caller(laptop: Laptop) -> None:
    said = whispered(laptop, "X-Ticket=claim%207&X-Name=Ann", "{caller}: {x-ticket}, {X-Name}")
    assert said == "+14155550199: claim 7, Ann"


def test_a_whisper_quotes_no_header_that_the_entry_keeps_back_or_adds(laptop: Laptop) -> None:
    said = whispered(
        laptop,
        "X-Ticket=7&X-Secret=8",
        "{X-Ticket}{X-Secret}{X-Queue}{X-Nothing}.",
        pass_headers=["X-Ticket"],
        headers={"X-Queue": "sales"},
    )
    assert said == "7."


def test_a_whisper_quotes_no_more_of_a_header_than_somebody_listens_to(laptop: Laptop) -> None:
    assert whispered(laptop, f"X-Note={'n' * 210}", "{X-Note}") == "n" * 200


def test_each_party_of_a_dial_gets_the_context(laptop: Laptop) -> None:
    laptop.entry("agentb", dial=[SIP, CLIENT, NUMBER])
    sip, client, number = dial(laptop.refer("<sip:agentb@pbx.example.com?X-Ticket=7>"))
    assert sip.text == "sip:agentb@pbx.example.com?X-Ticket=7"
    assert parameters(client) == [("X-Ticket", "7")]
    assert number.text == "+14155550177"


def test_the_parties_of_a_fallback_get_the_context_too(laptop: Laptop) -> None:
    laptop.entry("agentb", dial=[SIP], fallback=["agentc"])
    laptop.entry("agentc", dial=[{"sip": "sip:agentc@pbx.example.com"}])
    first = laptop.refer("<sip:agentb@pbx.example.com?X-Ticket=7>", "/refer/release")
    [fallback] = dial(laptop.action(first, "busy"))
    assert fallback.text == "sip:agentc@pbx.example.com?X-Ticket=7"


def test_a_refused_transfer_gives_its_context_to_the_fallback(laptop: Laptop) -> None:
    laptop.entry("agentb", deny="closed", fallback=["agentc"])
    laptop.entry("agentc", dial=[{"sip": "sip:agentc@pbx.example.com"}])
    [fallback] = dial(laptop.refer("<sip:agentb@pbx.example.com?X-Ticket=7>", "/refer/release"))
    assert fallback.text == "sip:agentc@pbx.example.com?X-Ticket=7"


def test_context_is_neither_in_the_record_of_who_was_asked_for_nor_in_the_log(
    laptop: Laptop,
) -> None:
    laptop.entry("agentb", dial=[SIP])
    laptop.refer("<sip:agentb:password@pbx.example.com?X-Ticket=confidential>")
    assert laptop.record(1)["asked"] == "sip:agentb@pbx.example.com"
    told = str(laptop.lines())
    assert "sip:agentb@pbx.example.com" in told
    assert "confidential" not in told
    assert "password" not in told

"""`refer lint`: URIs, headers and parties, each rule by what has the finding and what has not."""

import io
from datetime import date
from functools import cache

import pytest

from refer_cli.explaining.facts import settings_of
from refer_cli.linting.finding import Severity
from refer_cli.linting.reading import gather
from refer_cli.linting.rules import findings
from refer_cli.targets import yaml_file

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
TENANT = f"AC{'5' * 32}"
settings = cache(settings_of)


def of(rule: str, text: str, *given: str) -> list[tuple[str, Severity]]:
    """Return what a rule finds in entries, one a line without brackets, with these parameters."""
    file = "\n".join(f"- {{{line}}}" for line in text.splitlines())
    gathered = gather([("targets.yaml", yaml_file.read(io.BytesIO(file.encode())))], "*")
    assert [told.finding.text for told in gathered.malformed] == []
    found = findings(gathered.subject(settings(given), date(2026, 12, 1)))
    return [(one.field, one.severity) for one in found if one.rule == rule]


def sip(uri: str, more: str = "") -> str:
    return f'address: x, dial: [{{sip: "{uri}"}}]{more}'


@pytest.mark.parametrize(
    ("text", "field", "severity"),
    [
        (sip("sip:example.sip.twilio.com"), "dial.0.sip", ERROR),
        (sip("sip:a@example.sip.ashburn.twilio.com"), "dial.0.sip", ERROR),
        (sip("sip:a@example.sip.us1.twilio.com"), "dial.0.sip", WARNING),
        ('address: "sip:example.sip.twilio.com", dial: as_asked', "address", ERROR),
        ('address: "*@example.sip.dublin.twilio.com", dial: as_asked', "address", ERROR),
    ],
)
def test_a_sip_domain_is_dialled_with_a_user_and_without_an_edge(
    text: str, field: str, severity: Severity
) -> None:
    assert of("sip-registered", text) == [(field, severity)]
    assert of("sip-registered", sip("sip:a@example.sip.twilio.com")) == []


def test_a_trunk_is_opened_to_nobody_and_a_sip_domain_to_its_tenant() -> None:
    trunk = 'address: "*@example.pstn.twilio.com", dial: as_asked'
    assert of("sip-shared-host", trunk) == [("address", ERROR)]
    domain = 'address: "*@example.sip.twilio.com", dial: as_asked'
    assert of("sip-shared-host", domain) == [("address", WARNING)]
    assert of("sip-shared-host", f"tenant: {TENANT}, {domain}") == []
    assert of("sip-shared-host", 'address: "*@pbx.example.com", dial: as_asked') == []


def test_an_address_can_be_longer_than_a_uri_that_is_dialled() -> None:
    def text(length: int) -> str:
        host = ".".join(["a" * 60] * 3)
        user = "u" * (length - len(f"sip:@{host}.example.com"))
        return f'address: "sip:{user}@{host}.example.com", dial: as_asked'

    assert of("sip-uri-long", text(255)) == [("address", ERROR)]
    assert of("sip-uri-long", text(254)) == []


@pytest.mark.parametrize(
    ("parameters", "severity"),
    [
        (";transport=ws", WARNING),
        (";secure=yes", WARNING),
        (";maddr=192.0.2.1", NOTE),
        (";transport=TLS", None),
        (";transport=tcp;secure=true;region=ie1;user=phone", None),
        (";secure=false", None),
    ],
)
def test_parameters_of_a_uri_are_those_of_twilio(
    parameters: str, severity: Severity | None
) -> None:
    expected = [("dial.0.sip", severity)] if severity else []
    assert of("sip-parameter", sip(f"sip:a@b.example.com{parameters}")) == expected


@pytest.mark.parametrize(("name", "sent"), [("Foo", False), ("X-Twilio-A", False), ("X-A", True)])
def test_a_header_that_is_not_sent_on_is_a_warning(name: str, sent: bool) -> None:  # noqa: FBT001 - a parameter of a test
    expected = [] if sent else [("dial.0.sip", WARNING)]
    assert of("sip-header-name", sip(f"sip:a@b.example.com?{name}=1")) == expected


@pytest.mark.parametrize(
    ("host", "private"),
    [
        *(
            (host, True)
            for host in ("10.1.2.3", "192.168.0.1:5070", "[fe80::1]", "pbx", "pbx.local")
        ),
        *((host, False) for host in ("192.0.2.1", "[2001:db8::1]:5070", "pbx.example.com:5070")),
    ],
)
def test_a_host_that_the_internet_does_not_know_is_an_error(host: str, private: bool) -> None:  # noqa: FBT001 - as above
    expected = [("dial.0.sip", ERROR)] if private else []
    assert of("sip-host-private", sip(f"sip:a@{host}")) == expected


def test_headers_that_do_not_fit_are_left_out() -> None:
    def headers(size: int) -> str:
        return f", headers: {{X-A: {'a' * size}}}"

    own = f"sip:a@b.example.com?X-B={'b' * 400}"
    assert of("sip-headers-long", sip(own, headers(700))) == [("headers", WARNING)]
    assert of("sip-headers-long", sip(own, headers(600))) == [("headers", NOTE)]
    assert of("sip-headers-long", sip(own, f"{headers(600)}, pass_headers: []")) == []
    assert of("sip-headers-long", sip(own, headers(40))) == []
    assert of("sip-headers-long", sip(own, f", headers: {{X-B: {'a' * 900}}}")) == []
    asked = 'address: "*@b.example.com", dial: as_asked'
    assert of("sip-headers-long", asked + headers(1024)) == [("headers", WARNING)]


def test_headers_do_not_reach_numbers() -> None:
    added = ", headers: {X-A: b}"
    number = f'address: x, dial: [{{number: "+14155550123"}}]{added}'
    assert of("headers-nobody", number) == [("headers", WARNING)]
    assert of("headers-nobody", f'address: "+1415*", dial: as_asked{added}') == [
        ("headers", WARNING)
    ]
    assert of("headers-nobody", sip("sip:a@b.example.com", added)) == []
    assert of("headers-nobody", f'address: "*@b.example.com", dial: as_asked{added}') == []


def test_a_sim_tells_no_outcome_in_hold_mode() -> None:
    sim = f"dial: [{{sim: DE{'0' * 32}}}]"
    assert of("sim-hold", f"address: x, {sim}") == [("dial", WARNING)]
    assert of("sim-hold", f"address: x, {sim}", "HoldAction=on") == []
    assert of("sim-hold", f"address: default, {sim}") == []


def test_a_ring_tone_is_one_of_twilio() -> None:
    tone = sip("sip:a@b.example.com", ", ring_tone: xx")
    assert of("ring-tone", tone) == [("ring_tone", WARNING)]
    assert of("ring-tone", tone.replace("xx", "us-old")) == []


def test_credentials_that_were_not_looked_for_are_a_note() -> None:
    text = 'address: x, dial: [{sip: "sip:a@b.example.com", credentials: trunk}]'
    assert of("credentials-unseen", text) == [("dial.0.credentials", NOTE)]
    assert of("credentials-unseen", f"{text}\n{text.replace('x', 'y', 1)}")[1:] == []
    assert of("credentials-unseen", sip("sip:a@b.example.com")) == []


@pytest.mark.parametrize(("more", "field"), [(", ring_timeout: 30", "ring_timeout"), ("", "")])
def test_a_number_that_rings_for_long_reaches_a_mailbox(more: str, field: str) -> None:
    number = f'address: x, dial: [{{number: "+14155550123"}}]{more}'
    expected = [(field, NOTE)] if field else []
    assert of("ring-voicemail", number) == expected
    assert of("ring-voicemail", f"{number}, whisper: {{}}") == []
    assert of("ring-voicemail", sip("sip:a@b.example.com", more)) == []


def test_ring_timeout_counts_for_the_numbers_that_have_none() -> None:
    number = 'address: x, dial: [{number: "+14155550123"}]'
    assert of("ring-voicemail", number, "RingTimeout=40") == [("RingTimeout", NOTE)]
    assert of("ring-voicemail", f"{number}, ring_timeout: 20", "RingTimeout=40") == []

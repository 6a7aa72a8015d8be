"""Webhooks of a call that fail, TwiML that is refused, and callers who hang up meanwhile.

What becomes of the call follows Twilio's pages "Availability and reliability" and of each error.
"""

import pytest

from model_calls import (
    BASE,
    CALLED,
    DOMAIN,
    NUMBER,
    UNREACHABLE,
    Answer,
    failed,
    leg,
    outcome,
    party,
    play,
    sip,
    twiml,
)
from pivot.model.parties import Declines, Party, Rings
from pivot.model.signals import (
    Bye,
    Cancel,
    Decline,
    Fetch,
    HungUp,
    Input,
    Invite,
    Output,
    PickUp,
    Purpose,
    Ring,
)
from pivot.overrides import MAX_BODY, Outcome, What

SAY = "<Say>fallback</Say>"
FAILURES: dict[str, tuple[Answer, int]] = {
    "500": (failed(500), 11217),
    "404": (failed(404), 11217),
    "429": (failed(429), 11217),
    "refused": (UNREACHABLE, 11202),
    "slow": (twiml(SAY, 15.1), 11203),
    "over 64 kB": (outcome(b"<Response>" + b" " * MAX_BODY + b"</Response>"), 11750),
    "not found": (Outcome(What.UNKNOWN_HOST, 0.5), 11210),
}
REFUSED: dict[str, tuple[Answer, int]] = {
    "not XML": (outcome(b"<Response>"), 12100),
    "text before the declaration": (outcome(b' <?xml version="1.0"?><Response/>'), 12100),
    "another root": (outcome(b"<Answer/>"), 12102),
    "JSON": (outcome(b"{}", "application/json"), 12300),
    "no content type": (outcome(b"<Response/>", ""), 12300),
    "bad queue": (twiml("<Enqueue/>"), 14204),
}
WARNED = {
    "unknown verb": ("<Sing/>", 12200),
    "unknown attribute": ('<Say tone="2">a</Say>', 12200),
    "bad timeout": (f'<Dial timeout="4">{sip("B")}</Dial>', 13212),
    "header": ("<Dial><Sip>sip:b@pbx.example.com?Route=x</Sip></Dial>", 13252),
    "header value": ("<Dial><Sip>sip:b@pbx.example.com?X-A=a%20b%zz</Sip></Dial>", 32110),
    "SipHeader": (
        '<Dial><Sip><SipHeader name="X-A" value="b"/>sip:b@x.example</Sip></Dial>',
        13243,
    ),
}
LONG = {
    "headers": (f"<Dial><Sip>sip:b@pbx.example.com?X-A={'a' * 1100}</Sip></Dial>", 21227),
    "URI": (f"<Dial><Sip>sip:{'b' * 260}@pbx.example.com</Sip></Dial>", 13243),
    "caller ID": (f'<Dial callerId="a b">{sip("B")}</Dial>', 13214),
}


# --- the first webhook


def test_the_voice_webhook_describes_the_call_from_a_number() -> None:
    form = play({"/voice": SAY}).form("/voice")
    assert (form["From"], form["To"]) == (NUMBER, CALLED)
    assert (form["CallSid"], form["CallStatus"], form["Direction"]) == (
        leg(0),
        "ringing",
        "inbound",
    )
    assert "ParentCallSid" not in form


def test_the_voice_webhook_describes_the_call_from_a_sip_domain() -> None:
    form = play({"/voice": SAY}, caller="sip:alice@pbx.example.com").form("/voice")
    assert form["From"] == "sip:alice@pbx.example.com"
    assert (form["SipDomain"], form["SipCallId"]) == (DOMAIN.domain, DOMAIN.call_id)


def test_a_call_to_a_sip_domain_rings_before_the_voice_webhook_is_answered() -> None:
    # Page /docs/voice/api/sip-twiml: "it passes a 180 Ringing" and then asks the VoiceUrl.
    answers = {"/voice": f'<Dial answerOnBridge="true">{sip("B")}</Dial>'}
    played = play(answers, RINGING, caller="sip:alice@pbx.example.com")
    assert played.told(0) == [Ring(leg(0)), Decline(leg(0), 480)]
    assert played.at(Ring(leg(0))) == 0.0


def test_the_voice_webhook_is_sent_by_its_method() -> None:
    [request] = [each.request for each in play({"/voice": SAY}, method="GET").asked]
    assert request.method == "GET"


@pytest.mark.parametrize("name", FAILURES | REFUSED)
def test_without_a_fallback_url_a_failing_voice_webhook_ends_the_call(name: str) -> None:
    answer, error = (FAILURES | REFUSED)[name]
    played = play({"/voice": answer})
    assert played.alerts[0] == error
    # Twilio's own words to the caller, and the status to a phone, are not documented [I].
    assert played.told(0) == [Decline(leg(0), 480)]


@pytest.mark.parametrize("name", FAILURES | REFUSED)
def test_the_fallback_url_serves_and_is_told_why(name: str) -> None:
    answer, error = (FAILURES | REFUSED)[name]
    played = play({"/voice": answer, "/fallback": SAY}, fallback="/fallback")
    [arrived] = played.sent_to("/fallback")
    assert (arrived["ErrorCode"], arrived["ErrorUrl"]) == (str(error), f"{BASE}/voice")
    assert (arrived["CallSid"], arrived["From"]) == (leg(0), NUMBER)
    assert played.heard == ['"fallback"']
    assert played.alerts == [error]


@pytest.mark.parametrize("first", ["500", "not XML"])
@pytest.mark.parametrize("second", ["500", "not XML"])
def test_a_fallback_url_that_fails_too_is_asked_once_and_ends_the_call(
    first: str, second: str
) -> None:
    answers = (FAILURES | REFUSED)[first][0], (FAILURES | REFUSED)[second][0]
    played = play({"/voice": answers[0], "/fallback": answers[1]}, fallback="/fallback")
    assert len(played.sent_to("/fallback")) == 1
    assert played.told(0) == [Decline(leg(0), 480)]


def test_connection_overrides_are_no_part_of_the_error_url() -> None:
    answers: dict[str, Answer] = {
        "/voice": "<Redirect>/more#rc=2</Redirect>",
        "/more": outcome(b"<"),
        "/fallback": SAY,
    }
    [arrived] = play(answers, fallback="/fallback").sent_to("/fallback")
    assert arrived["ErrorUrl"] == f"{BASE}/more"


@pytest.mark.parametrize("why", [failed(500), outcome(b"<")], ids=["500", "not XML"])
def test_relative_urls_in_a_fallback_document_are_relative_to_the_fallback_url(
    why: Outcome,
) -> None:
    answers: dict[str, Answer] = {
        "/voice": why,
        "/standby/voice": "<Redirect>more</Redirect>",
        "/standby/more": SAY,
    }
    played = play(answers, fallback="/standby/voice")
    assert [each.url.removeprefix(BASE) for each in played.asked] == list(answers)
    assert played.heard == ['"fallback"']


def test_a_refused_body_of_64_kilobytes_and_not_one_byte_more_is_read() -> None:
    body = b"<Response><Say>a</Say></Response>".ljust(MAX_BODY)
    assert play({"/voice": outcome(body)}).heard == ['"a"']
    assert play({"/voice": outcome(body + b" ")}).alerts == [11750]


def test_plain_text_is_read_aloud_and_audio_is_played() -> None:
    assert play({"/voice": outcome(b"hello", "text/plain")}).heard == ['"hello"']
    assert play({"/voice": outcome(b"RIFF", "audio/wav")}).heard == [f"{BASE}/voice"]


@pytest.mark.parametrize("name", WARNED)
def test_a_warning_is_an_alert_and_the_call_goes_on(name: str) -> None:
    inner, error = WARNED[name]
    played = play({"/voice": f"{inner}<Say>next</Say>"}, party("B", Declines(486)))
    assert played.alerts == [error]
    assert played.heard[-1] == '"next"'


@pytest.mark.parametrize("name", LONG)
def test_what_cannot_be_dialled_is_an_alert_and_nobody_rings(name: str) -> None:
    inner, error = LONG[name]
    played = play({"/voice": f"{inner}<Say>next</Say>"}, party("B"))
    assert error in played.alerts
    assert not played.all(Invite)
    assert played.heard == ['"next"']


def test_a_caller_id_that_is_neither_owned_nor_verified_is_13214() -> None:
    answers: dict[str, Answer] = {
        "/voice": '<Dial callerId="+15005550006"><Number>+14155550123</Number></Dial>'
    }
    owned = frozenset({"+15005550006"})
    assert play(answers, caller_ids=frozenset({"+18005550100"})).alerts == [13214]
    assert play(answers, caller_ids=owned).alerts == []


# --- later webhooks


LATER = {
    "redirect": "<Redirect>/broken</Redirect>",
    "gather": '<Gather action="/broken" actionOnEmptyResult="true"/>',
    "record": '<Record action="/broken"/>',
    "action": f'<Dial action="/broken">{sip("B")}</Dial>',
    "queue": '<Enqueue action="/broken" waitUrl="/leave">q</Enqueue>',
}


@pytest.mark.parametrize("name", LATER)
@pytest.mark.parametrize("why", [failed(500), outcome(b"<")], ids=["500", "not XML"])
def test_a_later_webhook_that_fails_ends_the_call(name: str, why: Outcome) -> None:
    answers: dict[str, Answer] = {
        "/voice": f"{LATER[name]}<Say>no</Say>",
        "/broken": why,
        "/leave": "<Leave/>",
    }
    played = play(answers, party("B", Declines(486)))
    assert played.told(0) in ([PickUp(leg(0)), Bye(leg(0))], [Decline(leg(0), 480)])
    assert '"no"' not in played.heard
    assert played.alerts[-1] in {11217, 12100}


@pytest.mark.parametrize("name", LATER)
@pytest.mark.parametrize("why", [failed(500), outcome(b"<")], ids=["500", "not XML"])
def test_the_fallback_url_serves_for_a_later_webhook_too(name: str, why: Outcome) -> None:
    answers: dict[str, Answer] = {
        "/voice": LATER[name],
        "/broken": why,
        "/leave": "<Leave/>",
        "/fallback": SAY,
    }
    played = play(answers, party("B", Declines(486)), fallback="/fallback")
    [arrived] = played.sent_to("/fallback")
    assert arrived["ErrorUrl"] == f"{BASE}/broken"
    assert played.heard[-1] == '"fallback"'


def test_a_wait_url_that_fails_leaves_the_caller_in_the_queue() -> None:
    # Inferred [I]: the page does not say what a caller hears then.
    answers: dict[str, Answer] = {
        "/voice": '<Enqueue waitUrl="/wait">q</Enqueue>',
        "/wait": failed(500),
    }
    played = play(answers)
    assert leg(0) in played.left


# --- the caller hangs up


def is_fetch(signal: Input | Output) -> bool:
    return isinstance(signal, Fetch)


RINGING = party("B", Rings())
WHISPER = sip("B", 'url="/whisper"')
PHASES: dict[str, tuple[dict[str, Answer], Party, float]] = {
    "fetching": ({"/voice": twiml(SAY, 3.0)}, RINGING, 2.0),
    "fetching more": (
        {"/voice": "<Redirect>/more</Redirect>", "/more": twiml(SAY, 3.0)},
        RINGING,
        2.0,
    ),
    "pausing": ({"/voice": '<Pause length="9"/><Say>no</Say>'}, RINGING, 2.0),
    "spoken to": ({"/voice": '<Say loop="9">a</Say><Say>no</Say>'}, RINGING, 2.0),
    "ringing": ({"/voice": f'<Dial answerOnBridge="true">{sip("B")}</Dial>'}, RINGING, 9.0),
    "answered, ringing": ({"/voice": f"<Dial>{sip('B')}</Dial>"}, RINGING, 9.0),
    "ringing two": ({"/voice": f"<Dial>{sip('B')}{sip('B')}</Dial>"}, RINGING, 9.0),
    "ringing the next": (
        {"/voice": f'<Dial sequential="true" timeout="5">{sip("B")}{sip("B")}</Dial>'},
        RINGING,
        12.0,
    ),
    "whisper fetched": (
        {"/voice": f"<Dial>{WHISPER}</Dial>", "/whisper": twiml(SAY, 5.0)},
        party("B"),
        6.0,
    ),
    "whisper": (
        {"/voice": f"<Dial>{WHISPER}</Dial>", "/whisper": '<Pause length="9"/>'},
        party("B"),
        9.0,
    ),
    "talking": ({"/voice": f"<Dial>{sip('B')}</Dial>"}, party("B"), 9.0),
    "after the talk": (
        {"/voice": f'<Dial action="/slow">{sip("B")}</Dial>', "/slow": twiml(SAY, 9.0)},
        party("B", Declines(486)),
        4.0,
    ),
    "gathering": ({"/voice": '<Gather timeout="30"/>'}, RINGING, 9.0),
    "recording": ({"/voice": "<Record/>"}, RINGING, 9.0),
    "queued": ({"/voice": "<Enqueue>q</Enqueue>"}, RINGING, 9.0),
    "waiting": (
        {"/voice": '<Enqueue waitUrl="/wait">q</Enqueue>', "/wait": twiml(SAY, 5.0)},
        RINGING,
        4.0,
    ),
    "conference": ({"/voice": "<Dial><Conference>r</Conference></Dial>"}, RINGING, 9.0),
}


@pytest.mark.parametrize("name", PHASES)
@pytest.mark.parametrize("later", [0.0, 0.7, 1.4])
def test_a_caller_who_hangs_up_in_any_phase_leaves_nobody_and_nothing_behind(
    name: str, later: float
) -> None:
    answers, called, moment = PHASES[name]
    played = play(answers, called, then={moment + later: HungUp(leg(0))})
    assert not played.left
    assert not played.all(Decline)
    assert not [at for at, each in played.signals if at > moment + later and is_fetch(each)]


@pytest.mark.parametrize(
    ("name", "ended"),
    [("ringing", Cancel(leg(1))), ("whisper", Bye(leg(1))), ("talking", Bye(leg(1)))],
)
def test_the_leg_that_was_called_is_hung_up_at_that_moment(name: str, ended: Output) -> None:
    answers, called, moment = PHASES[name]
    played = play(answers, called, then={moment: HungUp(leg(0))})
    assert played.at(ended) == moment


def test_nothing_is_asked_for_a_caller_who_is_gone_but_what_tells_of_it() -> None:
    noun = sip("B", 'statusCallback="/leg"')
    answers: dict[str, Answer] = {"/voice": f'<Dial action="/done">{noun}</Dial>'}
    played = play(answers, RINGING, then={9.0: HungUp(leg(0))})
    later = [each for at, each in played.signals if at >= 9.0 and isinstance(each, Fetch)]
    assert [each.purpose for each in later] == [Purpose.STATUS, Purpose.ACTION]

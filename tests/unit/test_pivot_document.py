"""What Twilio makes of an answer: verbs, and its error numbers for what is wrong with it."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml import lower_camel
from twilio.twiml.voice_response import Dial as LibraryDial
from twilio.twiml.voice_response import VoiceResponse

from gateway.stack import ROOT
from pivot import limits, nouns, verbs
from pivot.document import Document, Place, Where, read
from pivot.elements import known
from pivot.nouns import Client, Conference, Number, Queue, Sim, Sip
from pivot.values import Body, rules
from pivot.verbs import (
    Dial,
    Enqueue,
    Gather,
    Other,
    Pause,
    Play,
    Record,
    Redirect,
    Refer,
    Reject,
    Say,
)

DATA = ROOT / "tests" / "data"
URL = "https://calls.example.com/voice/inbound"
CALL = Where(Place.CALL, URL, from_address="+14155550199", to_address="+18005550100")
NUMBER = "+14155550123"
SIP = "sip:a@b.example"
OURS = sorted(path for folder in ("twiml", "twiml_unit") for path in (DATA / folder).glob("*.xml"))


def where(**changed: Any) -> Where:  # noqa: ANN401 - fields of Where
    known_of_call = {"from_address": CALL.from_address, "to_address": CALL.to_address}
    return Where(**{"place": Place.CALL, "url": URL, **known_of_call, **changed})


def response(inner: str, place: Where = CALL) -> Document:
    return read(f"<Response>{inner}</Response>".encode(), "text/xml", where=place)


def errors(document: Document) -> list[int | None]:
    return [problem.error for problem in document.problems]


def dial(inner: str, place: Where = CALL) -> Dial:
    [verb] = response(inner, place).verbs
    assert isinstance(verb, Dial)
    return verb


# --- documents without a fault


def test_there_are_documents_of_our_own_to_read() -> None:
    assert len([path for path in OURS if path.parent.name == "twiml"]) > 100
    assert len([path for path in OURS if path.parent.name == "twiml_unit"]) > 3


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_nothing_is_wrong_with_what_our_handlers_answer(path: Path) -> None:
    place = Place.REFER if path.stem.startswith("refer") else Place.CALL
    document = read(path.read_bytes(), "text/xml; charset=utf-8", where=where(place=place))
    assert (document.problems, document.error) == ((), None)
    # Who has accepted a call is connected: nothing is to be done on that leg any more.
    assert document.verbs or path.stem.startswith("accept")


def test_every_verb_and_noun_is_read_without_a_problem() -> None:
    document = read((DATA / "pivot_twiml/everything.xml").read_bytes(), "text/xml", where=CALL)
    assert document.problems == ()
    say, play, tones, pause, gather, record, enqueue, parties, room, line, bare, last = (
        document.verbs
    )
    assert say == Say("One moment, please.", language="en-GB", voice="Polly.Amy", loop=2)
    assert play == Play("https://calls.example.com/voice/music/hold.mp3", loop=0)
    assert tones == Play("", digits="1w2#")
    assert pause == Pause(3)
    assert gather == Gather(
        URL,
        nested=(Say("Press one."), Pause(), Play("https://cdn.example.com/press.wav")),
        input="dtmf speech",
        timeout=4,
        speech_timeout="auto",
        finish_on_key="",
        num_digits=1,
        action_on_empty_result=True,
    )
    assert record == Record(
        URL,
        max_length=60,
        play_beep=False,
        transcribe=True,
        transcribe_callback="https://calls.example.com/transcript",
    )
    assert enqueue == Enqueue("support", wait_url="https://calls.example.com/voice/wait")
    assert isinstance(parties, Dial)
    assert room == Dial(
        (Conference("room", beep="onEnter", wait_url="", status_callback_event=("start", "join")),)
    )
    assert line == Dial((Queue("support", url="https://calls.example.com/about-to-connect"),))
    assert bare == Dial((Number("+14155550123"),))
    assert last == Redirect("https://calls.example.com/next?a=1", method="GET")


def test_the_attributes_of_a_dial_and_its_nouns_are_typed() -> None:
    document = read((DATA / "pivot_twiml/everything.xml").read_bytes(), "text/xml", where=CALL)
    assert document.verbs[7] == Dial(
        nouns=(
            Sip(
                "sip:2001@pbx.example.com:5061;transport=TLS;region=ie1",
                headers=(("X-Ticket", "42 a"), ("User-to-User", "00;encoding=hex")),
                username="u",
                password="p",  # noqa: S106 - of nobody
                url="https://calls.example.com/whisper",
                method="GET",
                status_callback="https://calls.example.com/leg",
                status_callback_event=("ringing", "answered"),
                status_callback_method="GET",
            ),
            Sip("sip:[2001:db8::1]", headers=(("x-one", "1"),)),
            Number("+14155550123", send_digits="ww12#"),
            Client("alice", parameters=(("ticket", "42"),)),
            Client("bob"),
            Sim("DE00000000000000000000000000000000"),
        ),
        method="GET",
        timeout=5,
        time_limit=60,
        answer_on_bridge=True,
        call_reason="A transfer",
        refer_url="https://calls.example.com/refer",
        refer_method="GET",
        sequential=True,
        hangup_on_star=True,
        ring_tone="de",
        record="record-from-answer-dual",
        recording_status_callback="https://calls.example.com/recorded",
    )


def test_twilios_own_sample_of_a_refer_url_is_read() -> None:
    path = DATA / "pivot_twiml/twilio-refer-page-release.xml"
    document = read(path.read_bytes(), "application/xml", where=CALL)
    headers = (("User-to-User", "123456789;encoding=hex"), ("X-Name", "Agent,+A"))
    agent = Sip("sip:AgentA@xyz.sip.us1.twilio.com", headers=headers)
    assert document == Document((Dial((agent,), refer_url="https://example.com/handler"),))


def test_a_silent_dial_has_twilios_defaults() -> None:
    verb = dial(f"<Dial><Sip>{SIP}</Sip></Dial>")
    assert (verb.timeout, verb.time_limit, verb.method) == (30, 14400, "POST")
    assert (verb.answer_on_bridge, verb.action, verb.refer_method) == (False, None, "POST")
    [noun] = verb.nouns
    assert isinstance(noun, Sip)
    assert noun.status_callback_event == ("completed",)


def test_an_empty_response_is_nothing_to_do() -> None:
    assert response("") == Document(())


# --- what the body is


@pytest.mark.parametrize(
    "content_type", ["text/xml", "application/xml", "TEXT/XML;charset=x", "text/html"]
)
def test_these_types_are_twiml(content_type: str) -> None:
    assert read(b"<Response/>", content_type, where=CALL) == Document(())


@pytest.mark.parametrize("content_type", ["", "application/json", "image/png", "xml"])
def test_any_other_type_is_refused(content_type: str) -> None:
    document = read(b"<Response><Hangup/></Response>", content_type, where=CALL)
    assert (document.error, document.verbs) == (12300, ())


def test_plain_text_is_read_aloud() -> None:
    document = read(b"Internal error\n", "text/plain; charset=utf-8", where=CALL)
    assert document.verbs == (Say("Internal error"),)
    assert (document.error, errors(document)) == (None, [None])
    assert read(b" ", "text/plain", where=CALL).verbs == ()


def test_audio_is_played() -> None:
    assert read(b"RIFF", "audio/wav", where=CALL) == Document((Play(URL),))


def test_64_kb_are_read_and_a_byte_more_is_not() -> None:
    frame = b"<Response><!--" + b"-->" + b"</Response>"
    body = frame.replace(b"<!--", b"<!--" + b"a" * (64 * 1024 - len(frame)))
    assert read(body, "text/xml", where=CALL) == Document(())
    assert read(body + b"\n", "text/xml", where=CALL).error == 11750


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"Internal Server Error",
        b' <?xml version="1.0"?><Response/>',
        b'\n<?xml version="1.0" encoding="UTF-8"?><Response/>',
        b"<Response>",
        b"<Response/><Response/>",
        b"<Response/>bye",
        b"<Response><Say>R&D</Say></Response>",
        b"<Response><Say>\x08</Say></Response>",
        b"<Response><Say>\xff</Say></Response>",
        b"<Response><Dial timeout=5/></Response>",
        b'<Response><Dial timeout="5" timeout="6"/></Response>',
        b"<Response><Say>&nbsp;</Say></Response>",
        b'<?xml version="1.0" encoding="rot13"?><Response/>',
        b'<?xml version="1.0" encoding="unicode_escape"?><Response/>',
        b"<!DOCTYPE Response><Response/>",
        b'<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>',
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><Response/>',
        '<!DOCTYPE r [<!ENTITY a "b">]><Response/>'.encode("utf-16"),
    ],
)
def test_what_is_not_well_formed_is_refused(body: bytes) -> None:
    document = read(body, "text/xml", where=CALL)
    assert (document.verbs, errors(document), document.error) == ((), [12100], 12100)


@pytest.mark.parametrize(
    "body",
    [
        b"<Response/>",
        b" <Response/> ",
        b"\xef\xbb\xbf<Response/>",
        b"<!-- a --><?php?><Response/>",
        '<?xml version="1.0" encoding="UTF-16"?><Response/>'.encode("utf-16"),
        '<?xml version="1.0" encoding="ISO-8859-1"?><Response/>'.encode("latin-1"),
    ],
)
def test_what_is_well_formed_is_read(body: bytes) -> None:
    assert read(body, "text/xml", where=CALL) == Document(())


def test_the_root_is_response() -> None:
    assert read(b"<response/>", "text/xml", where=CALL).error == 12102


# --- what Twilio's schema does not know


@pytest.mark.parametrize(
    ("inner", "error", "element"),
    [
        ("<say>hello</say>", 12200, "Response"),
        ("<Transfer/>", 12200, "Response"),
        ("hello", 12200, "Response"),
        ('<Hangup now="true"/>', 12200, "Hangup"),
        ("<Hangup>bye</Hangup>", 12200, "Hangup"),
        ("<Pause><Say>a</Say></Pause>", 12200, "Pause"),
        ("<Say>a<Play>b</Play></Say>", 12200, "Say"),
        ('<Say statusCallback="/a">a</Say>', 12200, "Say"),
        (f"<Dial><Phone>1</Phone><Sip>{SIP}</Sip></Dial>", 13215, "Dial"),
        (f"<Dial><Say>a</Say><Sip>{SIP}</Sip></Dial>", 13215, "Dial"),
        (f'<Dial statusCallback="/a"><Sip>{SIP}</Sip></Dial>', 12200, "Dial"),
        (f"<Dial>{NUMBER}<Sip>{SIP}</Sip></Dial>", 12200, "Dial"),
        ("<Gather><Dial>1</Dial></Gather>", 13320, "Gather"),
    ],
)
def test_what_the_schema_does_not_know_is_left_out(inner: str, error: int, element: str) -> None:
    document = response(inner)
    [problem] = document.problems
    assert (problem.error, problem.fatal, problem.element) == (error, False, element)
    assert problem.sentence


def test_an_unknown_verb_is_left_out_and_the_others_are_carried_out() -> None:
    assert response("<Foo><Say>a</Say></Foo><Say>b</Say>").verbs == (Say("b"),)


def test_a_problem_has_its_line() -> None:
    document = read(b"<Response>\n<Say>a</Say>\n<Foo/>\n</Response>", "text/xml", where=CALL)
    assert [problem.line for problem in document.problems] == [3]


def test_verbs_that_the_model_does_not_carry_out_are_said_to_be_so() -> None:
    stream = '<Start><Stream url="wss://a.example" track="both_tracks"/></Start>'
    document = response(stream + '<Connect action="/a"/>')
    assert document.verbs == (Other("Start"), Other("Connect", (("action", "/a"),)))
    assert errors(document) == [None, None]


def test_what_may_stand_where_follows_twilios_library() -> None:
    in_response = known(VoiceResponse)
    assert {"Dial", "Say", "Refer", "Connect"} <= in_response.keys()
    assert {"referUrl", "referMethod", "callReason"} <= in_response["Dial"].attributes
    assert {"Sip", "Number", "Client", "Sim", "Conference", "Queue"} <= known(LibraryDial).keys()


@pytest.mark.parametrize("module", [verbs, nouns])
def test_every_field_is_an_attribute_that_twilio_knows(module: Any) -> None:  # noqa: ANN401 - a module
    of_library = {**known(VoiceResponse), **known(LibraryDial)}
    checked = 0
    for kind in vars(module).values():
        if not isinstance(kind, type) or kind.__module__ != module.__name__ or kind is Other:
            continue
        mapped = {"nouns", "nested", "headers", "parameters", "sip"}
        for field in fields(kind):
            if field.name not in mapped and not isinstance(rules(kind)[field.name], Body):
                assert lower_camel(field.name) in of_library[kind.__name__].attributes, kind
                checked += 1
    assert checked > 15


# --- values


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ('method="PUT"', 13210),
        ('method="post"', 13210),
        ('timeout="4"', 13212),
        ('timeout="601"', 13212),
        ('timeout="-5"', 13212),
        ('timeout="\u0665\u0665"', 13212),
        ('timeout="1e2"', 13212),
        ('hangupOnStar="yes"', 13213),
        ('timeLimit="0"', 13216),
        ('timeLimit="14401"', 13216),
        (f'timeLimit="{"9" * 5000}"', 13216),
        ('record="always"', 13217),
        ('sequential="1"', 13218),
        ('answerOnBridge="True"', 13219),
        ('ringTone="Germany"', 13220),
        ('referMethod="PATCH"', 12200),
        (f'callReason="{"a" * 51}"', None),
    ],
)
def test_a_wrong_attribute_of_a_dial_has_its_number_and_its_default(
    attributes: str, error: int | None
) -> None:
    inner = f"<Dial {attributes}><Sip>{SIP}</Sip></Dial>"
    assert errors(response(inner)) == [error]
    assert dial(inner) == Dial((Sip(SIP),))


@pytest.mark.parametrize(
    ("noun", "error"),
    [
        (f'<Sip method="PUT">{SIP}</Sip>', 13241),
        (f'<Sip username="{"a" * 256}">{SIP}</Sip>', 13249),
        (f'<Sip password="">{SIP}</Sip>', 13249),
        (f'<Sip statusCallbackEvent="started">{SIP}</Sip>', 12200),
        (f'<Sip statusCallbackEvent="ringing,answered">{SIP}</Sip>', 12200),
        (f'<Sip statusCallbackEvent="">{SIP}</Sip>', 12200),
        (f'<Sip statusCallbackMethod="PUT">{SIP}</Sip>', 12200),
        (f"<Sip>{SIP};transport=ws</Sip>", 32110),
        (f"<Sip><Uri>{SIP}</Uri><Uri>{SIP}</Uri></Sip>", None),
        (f'<Number method="PUT">{NUMBER}</Number>', 13221),
        (f'<Number sendDigits="1,2">{NUMBER}</Number>', 13222),
        (f'<Number sendDigits="1W2">{NUMBER}</Number>', 13222),
        ('<Client method="PUT">a</Client>', 12200),
        ('<Conference muted="1">a</Conference>', 13230),
        ('<Conference startConferenceOnEnter="1">a</Conference>', 13232),
        ('<Conference waitUrl="ftp://a">a</Conference>', 13233),
        ('<Conference waitMethod="PUT">a</Conference>', 13234),
        ('<Conference beep="loud">a</Conference>', 13235),
    ],
)
def test_a_wrong_attribute_of_a_noun_leaves_the_noun(noun: str, error: int | None) -> None:
    document = response(f"<Dial>{noun}</Dial>")
    assert errors(document) == [error]
    assert len(dial(f"<Dial>{noun}</Dial>").nouns) == 1


@pytest.mark.parametrize(
    ("noun", "error"),
    [
        ("<Number>0301234567</Number>", 13223),
        ("<Number>+44 20 7946 0000</Number>", 13223),
        ("<Number>+1234567890123456</Number>", 13223),
        ("<Number>+٤١٤٥٥٥٠١٢٣</Number>", 13223),
        ("<Number>sip:a@b.example</Number>", 13223),
        ("<Number/>", 13223),
        ("tel:+14155550123", 13223),
        ("", 13223),
        ("<Sip/>", 13243),
        ("<Sip>a@b.example</Sip>", 13243),
        ("<Sip>sips:a@b.example</Sip>", 13243),
        ("<Sip>tel:+14155550123</Sip>", 13243),
        ("<Sip>sip:a b@c.example</Sip>", 13243),
        ("<Sip>sip:a@under_score.example</Sip>", 13243),
        ("<Sip>&lt;sip:a@b.example&gt;</Sip>", 13243),
        ("<Sip>sip:a@b@c.example</Sip>", 13243),
        (f"<Sip>sip:a@{'b' * 249}</Sip>", 13243),
        (f"<Sip>{SIP}<SipHeader name='X-A'>1</SipHeader></Sip>", 13243),
        (f"<Sip>{SIP}?X-A={'b' * 1020}</Sip>", 21227),
        ("<Client/>", None),
        (f"<Client>{'a' * 257}</Client>", None),
        ("<Sim/>", None),
        ("<Conference/>", 13237),
        (f"<Conference>{'a' * 129}</Conference>", 13237),
        ("<WhatsApp>+14155550123</WhatsApp>", None),
    ],
)
def test_a_party_that_cannot_be_dialled_is_left_out(noun: str, error: int | None) -> None:
    inner = f"<Dial>{noun}</Dial>"
    assert errors(response(inner)) == [error]
    assert dial(inner).nouns == ()


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (NUMBER, NUMBER),
        ("4155550123", NUMBER),
        ("14155550123", NUMBER),
        ("1-415-555-0123", NUMBER),
        ("(415) 555-0123", NUMBER),
        ("+442079460000", "+442079460000"),
        ("911", "911"),
    ],
)
def test_numbers_are_e164_us_or_emergency(written: str, number: str) -> None:
    assert dial(f"<Dial> {written} </Dial>").nouns == (Number(number),)


@pytest.mark.parametrize(
    "uri",
    [
        f"sip:a@{'b' * 248}",
        "sip:b.example",
        "SIP:+1415;ext=2@b.example:5060;secure=true;region=ie1",
        "sip:a%20b:secret@10.0.0.1",
        "sip:*704@b.example",
        "sip:a?b@c.example",
    ],
)
def test_these_sip_uris_are_dialled(uri: str) -> None:
    document = response(f"<Dial><Sip>{uri}</Sip></Dial>")
    assert document == Document((Dial((Sip(uri),)),))


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ("Route=sip:evil.example", 13252),
        ("Replaces=a", 13252),
        ("X-Twilio-CallSid=CA1", 13252),
        ("x-twilio=1", 13252),
        ("X-%20A=1", 13252),
        ("=1", 13252),
        ("X-A=a b", 32110),
        ("X-A=a;b", 32110),
        ("X-A=%0D%0AVia:%20x", 32112),
        ("X-A=%zz", 32110),
    ],
)
def test_a_header_that_is_not_sent_on_is_left_out_alone(header: str, error: int) -> None:
    inner = f"<Dial><Sip>{SIP}?X-First=1&amp;{header}</Sip></Dial>"
    assert errors(response(inner)) == [error]
    assert dial(inner).nouns == (Sip(SIP, headers=(("X-First", "1"),)),)


def test_these_headers_are_sent_on() -> None:
    names = ["X-A", "x-b", "User-to-User", "Remote-Party-ID", "P-Preferred-Identity"]
    names.append("P-Called-Party-ID")
    query = "&amp;".join(f"{name}=1" for name in names)
    [noun] = dial(f"<Dial><Sip>{SIP}?{query}</Sip></Dial>").nouns
    assert isinstance(noun, Sip)
    assert [name for name, _ in noun.headers] == names


def test_1023_characters_of_headers_are_sent_on() -> None:
    [noun] = dial(f"<Dial><Sip>{SIP}?X-A={'b' * 1019}</Sip></Dial>").nouns
    assert isinstance(noun, Sip)
    assert noun.headers == (("X-A", "b" * 1019),)


@pytest.mark.parametrize(
    ("inner", "error"),
    [
        ("<Say/>", 13520),
        ('<Say loop="-1">a</Say>', 13510),
        ("<Play/>", None),
        ('<Play loop="x">/a.mp3</Play>', 13410),
        ('<Play digits="a">/a.mp3</Play>', 13430),
        ('<Pause length="0"/>', 13910),
        ('<Gather finishOnKey="##"/>', 13310),
        ('<Gather method="PUT"/>', 13312),
        ('<Gather timeout="0"/>', 13313),
        ('<Gather numDigits="0"/>', 13314),
        ('<Gather input="voice"/>', 13326),
        ('<Gather speechTimeout="0"/>', 13327),
        ('<Record method="PUT"/>', 13610),
        ('<Record timeout="0"/>', 13611),
        ('<Record maxLength="1"/>', 13612),
        ('<Record finishOnKey="a"/>', 13613),
        ('<Record transcribe="1"/>', 13614),
        ('<Record playBeep="1"/>', 13616),
        ('<Record trim="yes"/>', 13699),
        ('<Redirect method="PUT">/a</Redirect>', 13710),
        ('<Reject reason="spam"/>', 12200),
    ],
)
def test_a_wrong_value_of_another_verb_has_its_number(inner: str, error: int | None) -> None:
    document = response(inner)
    assert (errors(document), document.error) == ([error], None)


@pytest.mark.parametrize(
    ("inner", "error"),
    [
        ('<Dial><Conference endConferenceOnExit="1">a</Conference></Dial>', 13231),
        ('<Gather actionOnEmptyResult="1"/>', 13338),
        ('<Enqueue method="PUT">a</Enqueue>', 14201),
        ('<Enqueue waitUrl="ftp://a">a</Enqueue>', 14202),
        ('<Enqueue action="ftp://a">a</Enqueue>', 14203),
        ("<Enqueue/>", 14204),
        (f"<Enqueue>{'a' * 64}</Enqueue>", 14205),
        ('<Enqueue waitUrlMethod="PUT">a</Enqueue>', 14206),
        ('<Dial><Queue method="PUT">a</Queue></Dial>', 14210),
        ('<Dial><Queue url="ftp://a">a</Queue></Dial>', 14211),
        ("<Dial><Queue/></Dial>", 14212),
        (f"<Dial><Queue>{'a' * 64}</Queue></Dial>", 14213),
    ],
)
def test_what_twilio_logs_as_an_error_refuses_the_document(inner: str, error: int) -> None:
    document = response(f"<Say>a</Say>{inner}")
    assert (document.verbs, document.error, document.problems[0].fatal) == ((), error, True)


def test_a_task_for_a_workflow_needs_no_queue() -> None:
    document = response('<Enqueue workflowSid="WW1"><Task>{"a": 1}</Task></Enqueue>')
    assert document == Document((Enqueue("", workflow_sid="WW1"),))


# --- URLs


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://a.example/b?c=d#rc=2", "https://a.example/b?c=d#rc=2"),
        ("/b", "https://calls.example.com/b"),
        ("b", "https://calls.example.com/voice/b"),
        ("?b=c", "https://calls.example.com/voice/inbound?b=c"),
        ("//a.example/b", "https://a.example/b"),
        ("", URL),
    ],
)
def test_a_url_is_resolved_against_the_documents(written: str, meant: str) -> None:
    verb = dial(f'<Dial action="{written}"><Sip>{SIP}</Sip></Dial>')
    assert verb.action == meant


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example",
        "javascript:alert(1)",
        "https://",
        "https://under_score.example/a",
        "https://a.example:99999/",
        "https://[::1/",
        "https://a.example/a b",
        "https:\\\\a.example",
    ],
)
@pytest.mark.parametrize(
    "inner",
    [
        '<Dial action="{}">4155550123</Dial>',
        '<Dial referUrl="{}">4155550123</Dial>',
        '<Dial><Sip statusCallback="{}">sip:a@b.example</Sip></Dial>',
        '<Gather action="{}"/>',
        "<Redirect>{}</Redirect>",
        "<Play>{}</Play>",
    ],
)
def test_a_url_that_cannot_be_asked_refuses_the_document(inner: str, url: str) -> None:
    assert response(inner.format(url)).error == 11100


# --- the call


@pytest.mark.parametrize(
    ("caller_id", "place", "taken"),
    [
        # "callerId must be the calling number, called number, or a validated outgoing number."
        (CALL.from_address, where(caller_ids=frozenset()), True),
        (CALL.to_address, where(caller_ids=frozenset()), True),
        (NUMBER, where(caller_ids=frozenset({NUMBER})), True),
        (NUMBER, where(caller_ids=frozenset()), False),
        (NUMBER, where(), True),
        ("reception", where(), False),
        (None, where(), True),
        (None, where(from_address="anonymous"), True),
        # "If the calling leg is a client leg, the caller ID is required"
        (None, where(from_address="client:alice"), False),
        (NUMBER, where(from_address="client:alice"), True),
        (NUMBER, where(over_sip=True, from_address=f"sip:{NUMBER}@a.example"), False),
        (NUMBER, where(over_sip=True, to_address=f"sip:{NUMBER};a=b@a.example"), False),
        (NUMBER, where(over_sip=True, from_address=NUMBER), False),
        (NUMBER, where(over_sip=True, caller_ids=frozenset({NUMBER})), True),
        (NUMBER, where(over_sip=True), True),
        (None, where(over_sip=True, from_address="sip:2001@a.example"), False),
        (None, where(over_sip=True, from_address=f"sip:{NUMBER}@a.example"), False),
        (
            None,
            where(
                over_sip=True,
                from_address=f"sip:{NUMBER}@a.example",
                caller_ids=frozenset({NUMBER}),
            ),
            True,
        ),
    ],
)
def test_the_caller_id_of_a_call_to_a_number(
    caller_id: str | None, place: Where, *, taken: bool
) -> None:
    attribute = "" if caller_id is None else f' callerId="{caller_id}"'
    inner = f"<Dial{attribute}><Number>+442079460000</Number><Client>a</Client></Dial>"
    assert errors(response(inner, place)) == ([] if taken else [13214])
    kinds = [type(noun) for noun in dial(inner, place).nouns]
    assert kinds == ([Number, Client] if taken else [Client])


@pytest.mark.parametrize(
    ("caller_id", "problems"), [("Front-Desk_1.a+b", []), ("front desk", [13214]), ("", [13214])]
)
def test_the_caller_id_of_a_call_to_sip(caller_id: str, problems: list[int]) -> None:
    inner = f'<Dial callerId="{caller_id}"><Sip>{SIP}</Sip><Sip>{SIP}</Sip></Dial>'
    assert errors(response(inner)) == problems
    assert len(dial(inner).nouns) == (0 if problems else 2)


def test_ten_nouns_are_dialled() -> None:
    inner = f"<Dial>{f'<Sip>{SIP}</Sip>' * 10}</Dial>"
    assert errors(response(inner)) == []
    more = inner.replace("</Dial>", "<Client>a</Client></Dial>")
    assert errors(response(more)) == [None]
    assert dial(more) == dial(inner)


@pytest.mark.parametrize(("shared", "error"), [("Conference", 13000), ("Queue", None)])
def test_a_conference_or_queue_stands_alone(shared: str, error: int | None) -> None:
    inner = f"<Dial><Sip>{SIP}</Sip><{shared}>a</{shared}></Dial>"
    assert errors(response(inner)) == [error]
    assert [type(noun).__name__ for noun in dial(inner).nouns] == [shared]


@pytest.mark.parametrize("shared", ["Conference", "Queue"])
def test_a_conference_or_queue_cannot_be_referred(shared: str) -> None:
    inner = f'<Dial referUrl="/refer"><{shared}>a</{shared}></Dial>'
    assert errors(response(inner)) == [None]
    assert dial(inner).refer_url is None


def test_a_whisper_cannot_dial() -> None:
    whisper = where(place=Place.WHISPER)
    assert response("<Say>a</Say><Dial>4155550123</Dial>", whisper).error == 13201
    press = "<Gather><Say>Press one.</Say></Gather><Hangup/>"
    assert response(press, whisper).problems == ()


@pytest.mark.parametrize(
    ("inner", "place", "problems"),
    [
        ("<Reject/>", CALL, []),
        ("<Say>a</Say><Reject/>", CALL, [None]),
        ("<Reject/>", where(answered=True), [None]),
        ("<Reject/>", where(place=Place.REFER), [None]),
        ("<Reject/>", where(place=Place.WHISPER), [None]),
    ],
)
def test_a_call_is_rejected_before_it_is_answered(
    inner: str, place: Where, problems: list[None]
) -> None:
    document = response(inner, place)
    assert errors(document) == problems
    assert document.verbs[-1] == Reject()


def test_only_a_sip_leg_is_referred() -> None:
    inner = '<Refer action="/a"><Sip>sip:b@c.example?X-A=1</Sip></Refer>'
    assert response(inner).error == 13801
    sent = Refer("sip:b@c.example", (("X-A", "1"),), action="https://calls.example.com/a")
    assert response(inner, where(over_sip=True)) == Document((sent,))
    assert response(inner, where(place=Place.WHISPER)) == Document((sent,))
    assert errors(response("<Refer/>", where(over_sip=True))) == [13243]


@pytest.mark.parametrize(
    "first",
    [
        f'<Dial action="/a"><Sip>{SIP}</Sip></Dial>',
        '<Enqueue action="/a">b</Enqueue>',
        "<Redirect>/a</Redirect>",
        "<Hangup/>",
        "<Reject/>",
        "<Leave/>",
    ],
)
def test_verbs_that_are_not_reached_are_told_of_and_kept(first: str) -> None:
    document = response(f"{first}<Say>a</Say><Pause/>")
    assert errors(document) == [None, None]
    assert len(document.verbs) == 3


@pytest.mark.parametrize(
    "first", [f"<Dial><Sip>{SIP}</Sip></Dial>", "<Enqueue>b</Enqueue>", "<Record/>", "<Gather/>"]
)
def test_verbs_after_these_may_be_reached(first: str) -> None:
    assert response(f"{first}<Say>a</Say>").problems == ()


# --- anything at all

TAGS = st.sampled_from(
    [*known(VoiceResponse), *known(LibraryDial), "Uri", "Headers", "Header", "SipHeader", "Foo"]
)
NAMES = st.sampled_from(
    sorted(set().union(*(each.attributes for each in known(VoiceResponse).values())) | {"a"})
)
TEXTS = st.text(st.characters(min_codepoint=32, exclude_characters='<>&"', codec="utf-8")) | (
    st.sampled_from(["", "0", "true", "GET", URL, SIP, f"{SIP}?X-A=%00", NUMBER, "//[", "é_"])
)
ELEMENTS = st.recursive(
    TEXTS,
    lambda inner: st.builds(
        lambda tag, given, parts: "<{0}{1}>{2}</{0}>".format(
            tag, "".join(f' {name}="{value}"' for name, value in given.items()), "".join(parts)
        ),
        TAGS,
        st.dictionaries(NAMES, TEXTS, max_size=3),
        st.lists(inner, max_size=3),
    ),
)
PLACES = st.builds(
    Where,
    st.sampled_from(Place),
    st.sampled_from([URL, "", "http://[", "/"]),
    st.sampled_from(["", NUMBER, "client:a", SIP, "anonymous"]),
    st.sampled_from(["", NUMBER, SIP]),
    st.booleans(),
    st.booleans(),
    st.none() | st.just(frozenset({NUMBER})),
)


@given(st.binary() | TEXTS.map(str.encode), st.sampled_from(["text/xml", "text/plain"]) | TEXTS)
def test_any_bytes_are_read(body: bytes, content_type: str) -> None:
    document = read(body, content_type, where=CALL)
    assert document.verbs or document.problems or b"<Response" in body


@given(st.lists(ELEMENTS, max_size=4), PLACES)
def test_any_elements_are_read(inner: list[str], place: Where) -> None:
    document = response("".join(inner), place)
    assert errors(document) != [12100]
    assert not (document.verbs and document.error)
    hash(document)


def test_depth_is_no_danger() -> None:
    tags = ["<prosody>" * 3000, "</prosody>" * 3000]
    assert response(f"<Say>{tags[0]}a{tags[1]}</Say>").verbs == (Say("a"),)
    assert errors(response("<a>" * 9000 + "</a>" * 9000)) == [12200]


# --- the table of rules


def listed() -> set[int]:
    """Return the numbers in the table of limits.py, ranges spelled out."""
    found: set[int] = set()
    for first, last in re.findall(r"\b([123]\d{4})(?:-([123]\d{4}))?\b", limits.__doc__ or ""):
        found |= set(range(int(first), int(last or first) + 1))
    return found


def test_every_number_is_in_the_table_of_rules_with_its_source() -> None:
    modules = ["dial", "document", "elements", "nouns", "reader", "sip_uri", "values", "verbs"]
    texts = [(ROOT / "local/pivot" / f"{name}.py").read_text() for name in modules]
    used = {int(number) for text in texts for number in re.findall(r"\b[123]\d{4}\b", text)}
    seconds = {14400}
    not_looked_at = {13224, 13225, 13226, 13227, 13802}
    assert used - seconds == listed() - seconds - not_looked_at

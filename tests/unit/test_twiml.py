"""The TwiML that goes out, as canonical XML against golden files; hostile text stays text."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from call_transfer import twiml
from call_transfer.links import INITIAL_CALL, Link, Mode, Stage, Urls
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan
from call_transfer.refer_to import ReferTo
from call_transfer.twiml import Wiring
from call_transfer.verb import (
    Announcement,
    Enqueue,
    Menu,
    Prompt,
    Redirect,
    Verb,
    Voicemail,
)
from call_transfer.whisper import Whisper
from plans import dial_plan

GOLDEN = Path(__file__).parents[1] / "data" / "twiml_unit"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
SESSION = f"CA{'0f' * 16}"
BASE = "https://calls.example.com"
DESK = Noun(NounKind.SIP, "sip:2001@pbx.example.com")
NUMBER = Noun(NounKind.NUMBER, "+14155550123")
LISTENED = "initiated ringing answered completed"


def link(mode: Mode, stage: Stage, *, hop: int = 1, attempt: int = 0) -> Link:
    refer_id = "0123456789ab" if hop else INITIAL_CALL
    return Link(mode, SESSION, hop, refer_id, attempt, stage)


def plan(*nouns: Noun, **fields: Any) -> Plan:  # noqa: ANN401 - fields of Plan
    given_: dict[str, Any] = {
        "stage": Stage.TRANSFER,
        "rule": "",
        "ring_timeout": 25,
        "time_limit": 3600,
        "has_action": True,
    }
    return dial_plan(nouns=nouns or (DESK,), **(given_ | fields))


def doing(verb: Verb, *, language: str = "", stage: Stage = Stage.TRANSFER) -> Plan:
    return Plan(verb=verb, stage=stage, rule="", language=language)


def wiring(*, referable: bool = True, overrides: str = "") -> Wiring:
    return Wiring(Urls(BASE, overrides), referable=referable)


HOLD = link(Mode.HOLD, Stage.TRANSFER)
RELEASE = link(Mode.RELEASE, Stage.TRANSFER)
AUDIO = "https://media.example/hello.mp3?a=1&b=2"
MENU = Menu(
    Prompt(say="Press 1 for sales."),
    keys=(("1", "sales"), ("*", "transferor")),
    timeout=7,
    repeat=2,
    invalid="No such key.",
)
VOICEMAIL = Voicemail(
    Prompt(say="Leave a message."), max_length=90, timeout=4, finish_on_key="*#", play_beep=False
)
ANSWERS = {
    "initial_hold": twiml.answer(
        plan(stage=Stage.INITIAL), link(Mode.HOLD, Stage.INITIAL, hop=0), wiring()
    ),
    "transfer_hold": twiml.answer(
        plan(
            Noun(
                NounKind.SIP,
                "sip:2001@pbx.example.com;transport=tls;secure=true"
                "?X-Ticket=42&User-to-User=00%3Bencoding%3Dhex",
            ),
            has_action=False,
        ),
        HOLD,
        wiring(),
    ),
    "transfer_release": twiml.answer(
        plan(
            NUMBER,
            Noun(
                NounKind.CLIENT,
                "alice",
                (("X-Ticket", "42"), ("User-to-User", "00;encoding=hex")),
            ),
            DESK,
            ring_timeout=5,
            time_limit=60,
            sequential=True,
            caller_id="+14155550100",
        ),
        link(Mode.RELEASE, Stage.TRANSFER),
        wiring(overrides="rc=1&rp=ct,rt"),
    ),
    "last_resort_at_the_hop_limit": twiml.answer(
        plan(NUMBER, stage=Stage.LAST_RESORT),
        link(Mode.RELEASE, Stage.LAST_RESORT, hop=3, attempt=1),
        wiring(referable=False),
        first="This transfer is not possible.",
        language="en-US",
    ),
    "dial_with_whisper_record_and_credentials": twiml.answer(
        plan(
            Noun(NounKind.SIP, "sip:2001@trunk.example", credentials="trunk-a"),
            Noun(NounKind.SIP, "sip:2002@trunk.example", credentials="trunk-b"),
            Noun(NounKind.NUMBER, "+14155550123", send_digits="ww12#"),
            Noun(NounKind.CLIENT, "alice"),
            record="record-from-answer-dual",
            ring_tone="de",
            whisper=Whisper("A call.", key="1", timeout=10),
        ),
        RELEASE,
        Wiring(Urls(BASE), referable=True, credentials={"trunk-a": ("user & co", "pass<word>")}),
    ),
    "sim": twiml.answer(plan(Noun(NounKind.SIM, f"DE{'0a' * 16}")), RELEASE, wiring()),
    "queue": twiml.answer(
        doing(Enqueue(queue="sales & support", wait_url=AUDIO)),
        RELEASE,
        wiring(overrides="rc=1&rp=ct,5xx"),
        first="This transfer is not possible.",
        language="en-US",
    ),
    "workflow": twiml.answer(
        doing(Enqueue(workflow=f"WW{'0a' * 16}", task=(("name", '\u00dc "x" <b>'), ("at", "7")))),
        RELEASE,
        wiring(),
    ),
    "menu": twiml.answer(doing(MENU), HOLD, wiring(), language="en-US"),
    "menu_again_after_a_wrong_key": twiml.answer(
        doing(replace(MENU, prompt=Prompt(play=AUDIO), round=2, wrong=True), language="de-DE"),
        HOLD,
        wiring(),
        language="en-US",
    ),
    "voicemail": twiml.answer(
        doing(VOICEMAIL, stage=Stage.FALLBACK),
        link(Mode.RELEASE, Stage.FALLBACK, attempt=1),
        wiring(overrides="rc=1&rp=ct,5xx"),
        language="en-US",
    ),
    "text_of_an_entry_in_its_language_after_a_sentence_in_another": twiml.answer(
        doing(Announcement(Prompt(say="Wir haben geschlossen.")), language="de-DE"),
        RELEASE,
        wiring(),
        first="Impossible.",
        first_language="fr-FR",
        language="en-US",
    ),
    "audio": twiml.answer(doing(Announcement(Prompt(play=AUDIO))), RELEASE, wiring()),
    "redirect": twiml.answer(doing(Redirect(AUDIO)), RELEASE, wiring()),
    "whisper": twiml.ask_to_accept(
        "A call from +14155550177. Press 1.",
        Urls(BASE).accept(HOLD, 0, 2, "1"),
        timeout=10,
        language="en-US",
    ),
    "accepted": twiml.connect(),
    "goodbye": twiml.hang_up("Niemand hat abgenommen. Tschüss & bis bald.", language="de-DE"),
    "goodbye_without_language": twiml.hang_up("Nobody could take your call."),
    "silent_goodbye": twiml.hang_up(language="en-US"),
}


def read(answer: str) -> ET.Element:
    return ET.fromstring(answer)  # noqa: S314 - our own answer


def tags(answer: str) -> list[str]:
    return [element.tag for element in read(answer).iter()]


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_its_golden_file(name: str) -> None:
    golden = (GOLDEN / f"{name}.xml").read_text(encoding="utf-8")
    assert ET.canonicalize(ANSWERS[name], strip_text=True) == ET.canonicalize(
        golden, strip_text=True
    )


def test_every_golden_file_is_an_answer() -> None:
    assert {path.stem for path in GOLDEN.glob("*.xml")} == set(ANSWERS)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_starts_with_its_declaration(answer: str) -> None:
    # Twilio 12100: nothing may stand before it.
    assert re.match(rf"{re.escape(DECLARATION)}<Response( /)?>", answer)
    assert answer.count(DECLARATION) == 1


@pytest.mark.parametrize(("mode", "value"), [(Mode.HOLD, "true"), (Mode.RELEASE, None)])
def test_a_transferor_is_kept_in_hold_mode_only(mode: Mode, value: str | None) -> None:
    [verb] = read(twiml.answer(plan(), link(mode, Stage.TRANSFER), wiring()))
    assert verb.get("answerOnBridge") == value


@pytest.mark.parametrize("has_action", [True, False])
@pytest.mark.parametrize("referable", [True, False])
def test_a_dial_has_the_urls_of_its_wiring(*, referable: bool, has_action: bool) -> None:
    [verb] = read(twiml.answer(plan(has_action=has_action), HOLD, wiring(referable=referable)))
    assert verb.get("referUrl") == (f"{BASE}/refer/{HOLD}" if referable else None)
    assert verb.get("action") == (f"{BASE}/dial-result/{HOLD}" if has_action else None)


def test_each_noun_reports_to_a_url_of_its_own() -> None:
    [verb] = read(twiml.answer(plan(NUMBER, DESK, Noun(NounKind.CLIENT, "a")), HOLD, wiring()))
    assert [(noun.tag, noun.get("statusCallback")) for noun in verb] == [
        ("Number", f"{BASE}/leg-status/{HOLD}/0/3"),
        ("Sip", f"{BASE}/leg-status/{HOLD}/1/3"),
        ("Client", f"{BASE}/leg-status/{HOLD}/2/3"),
    ]
    assert {noun.get("statusCallbackEvent") for noun in verb} == {LISTENED}


BREAKOUTS = [
    "</Say><Dial>+19005550123</Dial><Say>",
    '" /><Redirect>https://evil.example</Redirect><Parameter name="',
    "]]><Hangup/><![CDATA[",
    "--><Hangup/><!--",
    "&lt;Hangup/&gt;&#60;Hangup/&#62;",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    '<?xml version="1.0"?>',
    "' onload='x",
]


@pytest.mark.parametrize("text", BREAKOUTS)
def test_a_spoken_sentence_stays_a_sentence(text: str) -> None:
    for answer in (twiml.hang_up(text), twiml.answer(plan(), HOLD, wiring(), first=text)):
        assert read(answer)[0].text == text
        assert tags(answer).count("Dial") + tags(answer).count("Hangup") == 1


@pytest.mark.parametrize("text", BREAKOUTS)
@pytest.mark.parametrize(
    "verb",
    [
        lambda text: Announcement(Prompt(say=text)),
        lambda text: replace(MENU, prompt=Prompt(say=text)),
        lambda text: replace(MENU, invalid=text, wrong=True),
        lambda text: replace(VOICEMAIL, prompt=Prompt(say=text)),
    ],
    ids=["text", "menu", "invalid", "voicemail"],
)
def test_the_text_of_an_entry_stays_a_sentence(verb: Callable[[str], Verb], text: str) -> None:
    answer = twiml.answer(doing(verb(text)), HOLD, wiring())
    plain = twiml.answer(doing(verb("x")), HOLD, wiring())
    assert text in [element.text for element in read(answer).iter("Say")]
    assert tags(answer) == tags(plain)


@pytest.mark.parametrize("text", BREAKOUTS)
def test_what_a_target_hears_stays_a_sentence(text: str) -> None:
    answer = twiml.ask_to_accept(text, f"{BASE}/accept", timeout=10)
    assert read(answer)[0][0].text == text
    assert tags(answer) == ["Response", "Gather", "Say", "Hangup"]


@pytest.mark.parametrize("text", BREAKOUTS)
def test_a_queue_and_its_task_stay_text(text: str) -> None:
    assert read(twiml.answer(doing(Enqueue(queue=text)), HOLD, wiring()))[0].text == text
    task = Enqueue(workflow="WW", task=(("name", text),))
    answer = twiml.answer(doing(task), HOLD, wiring())
    assert tags(answer) == ["Response", "Enqueue", "Task"]
    assert json.loads(str(read(answer)[0][0].text)) == {"name": text}


@pytest.mark.parametrize("text", BREAKOUTS)
def test_a_user_and_a_password_stay_values(text: str) -> None:
    trunk = Noun(NounKind.SIP, "sip:a@h.example", credentials="trunk")
    known = Wiring(Urls(BASE), referable=True, credentials={"trunk": (text, text)})
    answer = twiml.answer(plan(trunk), HOLD, known)
    assert tags(answer) == ["Response", "Dial", "Sip"]
    noun = read(answer)[0][0]
    assert (noun.get("username"), noun.get("password")) == (text, text)


def test_a_wiring_does_not_show_its_credentials() -> None:
    known = Wiring(Urls(BASE), referable=True, credentials={"trunk": ("alice", "hunter2")})
    assert "hunter2" not in repr(known)


def test_a_trunk_that_is_not_known_is_dialled_without_credentials() -> None:
    for name in ("trunk", ""):
        trunk = Noun(NounKind.SIP, "sip:a@h.example", credentials=name)
        noun = read(twiml.answer(plan(trunk), HOLD, wiring()))[0][0]
        assert {"username", "password"}.isdisjoint(noun.keys())


def test_neither_pound_nor_star_ends_the_input_of_a_menu_or_a_whisper() -> None:
    menu = twiml.answer(doing(MENU), HOLD, wiring())
    for answer in (menu, twiml.ask_to_accept("Press.", f"{BASE}/accept", timeout=10)):
        [gather] = read(answer).iter("Gather")
        assert (gather.get("finishOnKey"), gather.get("numDigits")) == ("", "1")


@pytest.mark.parametrize("text", BREAKOUTS)
def test_a_parameter_stays_a_value(text: str) -> None:
    client = Noun(NounKind.CLIENT, "alice", (("X-A", text),))
    answer = twiml.answer(plan(client), HOLD, wiring())
    assert tags(answer) == ["Response", "Dial", "Client", "Identity", "Parameter"]
    parameter = read(answer)[0][0][1]
    assert dict(parameter.attrib) == {"name": "X-A", "value": text}


@pytest.mark.parametrize("text", BREAKOUTS)
@pytest.mark.parametrize("kind", NounKind)
def test_an_address_stays_an_address(kind: NounKind, text: str) -> None:
    answer = twiml.answer(plan(Noun(kind, text)), HOLD, wiring())
    noun = read(answer)[0][0]
    assert (noun[0].text if kind is NounKind.CLIENT else noun.text) == text
    assert "Redirect" not in tags(answer)
    assert tags(answer).count("Dial") == 1


@pytest.mark.parametrize(
    "text",
    [
        "sip:a%3C%2FSip%3E%3CHangup%2F%3E@h.example",
        "sip:a&b='@h.example",
        "sip:a@h.example?X-A=%3C/Sip%3E%22%26&User-to-User=%3CHangup/%3E",
    ],
)
def test_a_refer_to_arrives_as_the_uri_that_was_planned(text: str) -> None:
    noun = Noun.as_asked(ReferTo.parse(text), by_number=False)
    answer = twiml.answer(plan(noun), HOLD, wiring())
    assert tags(answer) == ["Response", "Dial", "Sip"]
    assert read(answer)[0][0].text == noun.address


@pytest.mark.parametrize(
    "character", ["\x00", "\x08", "\x0b", "\x1f", "\ud800", chr(0xDFFF), "\ufffe", "\uffff"]
)
def test_a_character_that_xml_cannot_hold_is_replaced(character: str) -> None:
    said = f"before{character}after"
    client = Noun(NounKind.CLIENT, "alice", (("X-A", said),))
    answer = read(twiml.answer(plan(client), HOLD, wiring(), first=said))
    assert answer[0].text == "before\ufffdafter"
    assert answer[1][0][1].get("value") == "before\ufffdafter"


@pytest.mark.parametrize("character", ["\t", "\n", " ", "\x7f", "\ud7ff", "\ue000", "\U0010ffff"])
def test_a_character_that_xml_can_hold_is_kept(character: str) -> None:
    assert read(twiml.hang_up(f"a{character}b"))[0].text == f"a{character}b"


@given(st.text(min_size=1), st.text())
@example("\r", "\r\n")
def test_any_text_makes_an_answer_that_can_be_read(first: str, value: str) -> None:
    client = Noun(NounKind.CLIENT, "alice", (("X-A", value),))
    answer = twiml.answer(plan(client), HOLD, wiring(), first=first)
    assert answer.encode().startswith(DECLARATION.encode())
    assert tags(answer) == ["Response", "Say", "Dial", "Client", "Identity", "Parameter"]

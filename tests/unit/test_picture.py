"""Ladders of a call: what a row says, where it stands in the terminal, and the SVG.

The golden ladder is written by UPDATE_GOLDEN=1 only, and its test fails then.
"""

import os
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stack import ROOT
from pivot.model.seen import API, TWILIO, Arrow, Fact, Seen
from pivot.model.signals import Purpose
from pivot.model.trace import Trace
from pivot.picture.rows import LOG, REPEATED, Message, Note, Picture, picture
from pivot.picture.svg import svg
from pivot.picture.svg_style import SIZES, measure
from pivot.picture.text import lines

GOLDEN = ROOT / "tests" / "data" / "picture" / "hold-busy-then-answered.txt"
BASE = "https://abc123.execute-api.us-east-1.amazonaws.com"
SID = "CA" + "1" * 32
FIRST = f"hold/{SID}/0/0/0/initial"
SECOND = f"hold/{SID}/1/2d080ba8371a/0/transfer"
AGENT_A, AGENT_B = "sip:agenta@pbx.example.com", "sip:agentb@pbx.example.com"
SVG = "{http://www.w3.org/2000/svg}"


def sip(at: float, source: str, target: str, text: str, comment: str = "") -> Arrow:
    return Arrow(at, source, target, "sip", text, comment)


def asked(at: float, path: str, status: str, purpose: Purpose = Purpose.VOICE) -> Arrow:
    return Arrow(at, TWILIO, API, "http", f"POST {path}", status, "CallSid=CA1", purpose)


def answered(
    at: float, status: str, body: str = "", purpose: Purpose = Purpose.VOICE, asker: str = TWILIO
) -> Arrow:
    return Arrow(at, API, asker, "http", status, "", body, purpose)


def leg(at: float, link: str, status: str) -> list[Seen]:
    path = f"/leg-status/{link}/0/1"
    return [
        asked(at, path, status, Purpose.STATUS),
        answered(at + 0.1, "204", purpose=Purpose.STATUS),
    ]


def dial(address: str, link: str, attributes: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Response><Dial {attributes}answerOnBridge="true"'
        f' referUrl="{BASE}/refer/{link}#rc=1&amp;rp=ct,5xx" timeout="20">'
        f'<Sip statusCallback="{BASE}/leg-status/{link}/0/1#rc=1"'
        f' statusCallbackEvent="initiated ringing answered completed">{address}</Sip>'
        "</Dial></Response>"
    )


def refers(at: float, status: str, answer: str) -> list[Seen]:
    return [
        sip(at, "AgentA", TWILIO, "REFER", f"Refer-To: <{AGENT_B}>"),
        asked(at, f"/refer/{FIRST}", "in-progress", Purpose.REFER),
        sip(at, TWILIO, "AgentA", "202 Accepted", "to the REFER"),
        answered(at + 0.3, status, answer, Purpose.REFER),
    ]


def call() -> Trace:
    """Return a call: AgentB is busy, then AgentA is denied, then AgentB answers."""
    action = f'action="{BASE}/dial-result/{FIRST}#rc=1" '
    seen: list[Seen] = [
        sip(0, "UserA", TWILIO, "INVITE", "+18005550100"),
        asked(0, "/inbound-call", "ringing"),
        answered(0.2, "200", dial(AGENT_A, FIRST, action)),
        sip(0.2, TWILIO, "AgentA", "INVITE", AGENT_A),
        *leg(0.2, FIRST, "initiated"),
        sip(0.7, "AgentA", TWILIO, "180 Ringing"),
        sip(4.2, "AgentA", TWILIO, "200 OK"),
        Fact(4.2, "AgentA answers", "answered"),
        sip(4.2, TWILIO, "UserA", "200 OK"),
        Fact(4.2, "UserA is connected to AgentA", "connected"),
        *leg(4.2, FIRST, "in-progress"),
        *refers(20, "200", dial(AGENT_B, SECOND)),
        Fact(20.3, "UserA hears ringing", "heard"),
        sip(20.3, TWILIO, "AgentB", "INVITE", AGENT_B),
        sip(20.8, "AgentB", TWILIO, "180 Ringing"),
        sip(25, "AgentB", TWILIO, "486 Busy Here"),
        *leg(25, SECOND, "busy"),
        sip(25, TWILIO, "AgentA", "NOTIFY 486 Busy Here"),
        *refers(30, "403", "denied: AgentA may not call AgentB\nby the entry */agentb"),
        Fact(30.3, "alert 11200: the webhook of a REFER failed, and the call goes on", "alert"),
        *refers(40, "200", dial(AGENT_B, SECOND)),
        sip(40.3, TWILIO, "AgentB", "INVITE", AGENT_B),
        sip(45, "AgentB", TWILIO, "200 OK"),
        sip(45, TWILIO, "AgentA", "BYE"),
        Fact(45, "AgentA is disconnected", "ended"),
        Fact(45, "UserA is connected to AgentB", "connected"),
        asked(45, f"/dial-result/{FIRST}", "completed", Purpose.ACTION),
        answered(45.2, "200", "<Response><Hangup/></Response>", Purpose.ACTION),
        sip(60, "UserA", TWILIO, "BYE"),
        sip(60, TWILIO, "AgentB", "BYE"),
        *leg(60, SECOND, "completed"),
    ]
    return Trace({}, seen)


def drawn(*seen: Seen, twiml: bool = False) -> Picture:
    return picture(Trace({}, list(seen)), twiml=twiml)


def texts(*seen: Seen) -> list[str]:
    return [row.text for row in drawn(*seen).rows]


def styles(*seen: Seen) -> list[str]:
    return [row.style for row in drawn(*seen).rows]


def twiml_of(*seen: Seen) -> list[tuple[str, ...]]:
    rows = drawn(*seen, twiml=True).rows
    return [row.below for row in rows if isinstance(row, Message) and row.below]


def ladder(*seen: Seen) -> list[str]:
    return [line for _, line in lines(drawn(*seen))][1:]


def test_lanes_are_who_called_in_then_who_was_called_then_twilio_and_the_api() -> None:
    assert picture(call()).lanes == ("UserA", "AgentA", "AgentB", TWILIO, API)
    called = sip(0, TWILIO, "AgentA", "INVITE")
    seen = (called, sip(1, "AgentA", TWILIO, "INVITE"), sip(2, "UserB", TWILIO, "INVITE"))
    assert drawn(*seen).lanes == ("UserB", "AgentA", TWILIO, API)
    assert drawn().lanes == (TWILIO, API)


def test_paths_are_without_identifiers_and_fragments() -> None:
    assert texts(asked(0, f"/refer/{SECOND}#rc=1", "in-progress", Purpose.REFER)) == [
        "POST /refer/hold/../1/../0/transfer in-progress"
    ]


def test_a_number_of_twelve_digits_is_no_identifier() -> None:
    body = "<Response><Dial><Number>+441632960123</Number></Dial></Response>"
    assert texts(answered(0, "200", body)) == ["200 Dial +441632960123"]
    assert texts(asked(0, "/call/+441632960123", "busy")) == ["POST /call/+441632960123 busy"]
    assert "    <Number>+441632960123</Number>" in twiml_of(answered(0, "200", body))[0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"<Dial><Sip>{AGENT_B}?X-A=1</Sip></Dial><Hangup/>", "Dial AgentB, Hangup"),
        ("<Dial><Sip>sip:c@d.example;transport=tls</Sip></Dial>", "Dial c@d.example"),
        (f"<Dial><Number>+1</Number><Sip>{AGENT_B}</Sip></Dial>", "Dial +1 and AgentB"),
        ("<Dial><Client><Identity>al</Identity></Client></Dial>", "Dial al"),
        ("<Dial><Conference>room</Conference></Dial>", "Dial Conference room"),
        ("<Dial>+1</Dial>", "Dial +1"),
        (
            "<Say>Sorry, nobody is available to take it.</Say>",
            'Say "Sorry, nobody is available to..',
        ),
        (f"<Pause/><Redirect>/refer/{SID}</Redirect>", "Pause, Redirect /refer/.."),
        ("", "empty Response"),
    ],
)
def test_an_answer_says_in_a_few_words_what_its_twiml_does(body: str, words: str) -> None:
    invite = sip(0, TWILIO, "AgentB", "INVITE", AGENT_B)
    [_, text] = texts(invite, answered(0, "200", f"<Response>{body}</Response>"))
    assert text.removesuffix('"') == f"200 {words}"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("not_signed: no signature\nmore", "403 not_signed: no signature"),
        ("<Response><Dial>", "403 <Response><Dial>"),
        ("<html>\n<p>no</p></html>", "403 <html>"),
        ("<!DOCTYPE a><Response/>", "403 <!DOCTYPE a><Response/>"),
        ("  \n", "403"),
    ],
)
def test_what_is_no_twiml_is_its_status_and_its_first_line(body: str, text: str) -> None:
    assert texts(answered(0, "403", body)) == [text]
    assert twiml_of(answered(0, "403", body)) == []


def test_twiml_may_be_as_deep_as_it_likes() -> None:
    body = f"<Response>{'<a>' * 5000}{'</a>' * 5000}</Response>"
    [below] = twiml_of(answered(0, "200", body))
    assert len(below) == 2 + 2 * 5000 - 1
    assert max(map(len, below)) < 40


def test_a_status_webhook_and_its_204_are_one_row() -> None:
    [row] = drawn(*leg(1, FIRST, "ringing")).rows
    assert row.text == "POST /leg-status/hold/../0/0/0/initial/0/1 ringing: 204"
    assert (row.at, row.style) == (1, "callback")


def test_a_204_belongs_to_the_oldest_status_webhook_that_waits() -> None:
    first, answer = leg(1, "a", "ringing")
    second, _ = leg(1, "b", "busy")
    assert texts(first, second, answer) == [
        "POST /leg-status/a/0/1 ringing: 204",
        "POST /leg-status/b/0/1 busy",
    ]


def test_other_webhooks_and_other_answers_have_rows_of_their_own() -> None:
    refused = answered(2, "403", "not_signed: no", Purpose.STATUS)
    request = "POST /leg-status/hold/../0/0/0/initial/0/1 busy"
    assert texts(leg(1, FIRST, "busy")[0], refused) == [request, "403 not_signed: no"]
    action = asked(1, "/x", "busy", Purpose.ACTION), answered(2, "204", "", Purpose.ACTION)
    assert texts(*action) == ["POST /x busy", "204"]


def test_facts_are_notes_unless_the_arrows_say_them() -> None:
    kinds = ("answered", "ended", "connected", "heard", "alert")
    rows = drawn(*(Fact(1, f"{kind} it is", kind) for kind in kinds)).rows
    assert [(row.text, row.style) for row in rows] == [
        ("connected it is", "connected"),
        ("heard it is", "heard"),
        ("alert it is", "alert"),
    ]


def test_a_note_is_over_those_whom_it_names() -> None:
    notes = [row for row in picture(call()).rows if isinstance(row, Note)]
    assert [note.over for note in notes] == [
        ("UserA", "AgentA"),
        ("UserA",),
        (TWILIO,),
        ("UserA", "AgentB"),
    ]


def test_twiml_is_shown_on_request_and_once() -> None:
    first, second = answered(0, "200", dial(AGENT_B, FIRST)), answered(1, "200", "<Response/>")
    shown = twiml_of(first, second, first)
    assert shown[1:] == [("<Response/>",), REPEATED]
    trace = Trace({}, [first, second])
    assert picture(trace).twiml == frozenset()
    again = picture(trace, twiml=True, known=picture(trace, twiml=True).twiml)
    assert [row.below for row in again.rows if isinstance(row, Message)] == [REPEATED, REPEATED]


def test_several_attributes_have_a_line_each_and_our_own_urls_are_paths() -> None:
    body = (
        f'<Response><Dial action="{BASE}/refer/{SECOND}#rc=1" timeout="20"><Sip>a</Sip></Dial>'
        '<Say language="en-US">Press # &amp; 1</Say>'
        "<Redirect>https://elsewhere.example/x#rc=1</Redirect></Response>"
    )
    [below] = twiml_of(asked(0, f"/refer/{SECOND}", "completed"), answered(0, "200", body))
    assert below == (
        "<Response>",
        "  <Dial",
        '      action="/refer/hold/../1/../0/transfer"',
        '      timeout="20">',
        "    <Sip>a</Sip>",
        "  </Dial>",
        '  <Say language="en-US">Press # &amp; 1</Say>',
        "  <Redirect>https://elsewhere.example/x</Redirect>",
        "</Response>",
    )


def test_failures_have_a_style_of_their_own() -> None:
    ends = [f"{text} words" for text in ("399", "400", "603", "NOTIFY 200", "NOTIFY 486", "BYE")]
    assert styles(*(sip(0, "A", TWILIO, text) for text in ends)) == [
        *("sip", "error", "error"),
        *("sip", "error", "sip"),
    ]
    statuses = ("200", "302", "404", "503", "no connection")
    assert styles(*(answered(0, status) for status in statuses)) == [
        *("answer", "answer"),
        *("error", "error", "error"),
    ]


def test_the_ladder_is_the_golden_one() -> None:
    text = "".join(f"{line}\n" for _, line in lines(picture(call(), twiml=True)))
    if os.environ.get("UPDATE_GOLDEN") == "1" and text != (
        GOLDEN.read_text() if GOLDEN.exists() else ""
    ):
        GOLDEN.write_text(text)
        pytest.fail(f"wrote {GOLDEN.name}: read the difference, then run without UPDATE_GOLDEN")
    assert text == GOLDEN.read_text()


def test_rails_stand_in_line_wherever_no_arrow_crosses_them() -> None:
    shown = picture(call())
    heading, *body = lines(shown)
    rails = {lane: heading[1].index(lane) + len(lane) // 2 for lane in shown.lanes[:-1]}
    rails[API] = len(heading[1]) - 1
    rows = [line for _, line in body if line[:6].strip()]
    assert len(rows) == len(shown.rows)
    for row, line in zip(shown.rows, rows, strict=True):
        assert line.startswith(f"{row.at:6.1f}  ")
        ends = [rails[row.source], rails[row.target]] if isinstance(row, Message) else [0, 0]
        crossed = range(min(ends) + 1, max(ends))
        assert {line[rail] for rail in rails.values() if rail not in crossed} == {"|"}
        if isinstance(row, Message):
            tip = line[max(ends) - 1] if ends[1] > ends[0] else line[min(ends) + 1]
            assert tip == (">" if ends[1] > ends[0] else "<")


def test_four_parties_fit_into_a_wide_terminal() -> None:
    assert max(len(line) for _, line in lines(picture(call(), twiml=True))) <= 110
    fallback = sip(26, TWILIO, "AgentC", "INVITE", "sip:agentc@pbx.example.com")
    more = Trace({}, [*call().seen, fallback])
    assert max(len(line) for _, line in lines(picture(more, twiml=True))) == 120


def test_what_a_handler_logs_stands_beside_the_api() -> None:
    text = "webhook: refer mode=hold hop=1 stage=transfer dialled_by=*/agentb asked=AgentA"
    [note] = drawn(sip(0, "AgentA", TWILIO, "INVITE"), Fact(1, text, LOG)).rows[1:]
    assert isinstance(note, Note)
    assert (note.style, note.over) == ("log", (API,))
    _, first, second = ladder(sip(0, "AgentA", TWILIO, "INVITE"), Fact(1, text, LOG))
    assert "|  log webhook: refer mode=hold" in first
    assert "|      dialled_by=*/agentb asked=AgentA" in second
    pill = svg(drawn(Fact(1, text, LOG)))
    assert 'class="ladder-pill ladder-log"' in pill


def test_what_is_too_long_for_a_short_arrow_stands_beside_it() -> None:
    [line] = ladder(sip(20.8, "AgentB", TWILIO, "480 Temporarily Unavailable", "nobody there"))
    assert line.startswith("  20.8    |-480---->|  Temporarily Unavailable  nobody there  ")
    [line] = ladder(sip(20.8, "AgentB", TWILIO, "Unpronounceable"))
    assert line.startswith("  20.8    |-------->|  Unpronounceable  ")


@pytest.mark.parametrize("party", ["UserA", TWILIO, API])
def test_a_message_to_oneself_is_words_without_an_arrow(party: str) -> None:
    seen = sip(1, party, party, "REFER", "to myself")
    [line] = ladder(seen)
    assert line.strip(" 1.0|") == "REFER  to myself"
    shown = [each.text for each in ET.fromstring(svg(drawn(seen))).iter(f"{SVG}text")]  # noqa: S314 - ours
    assert shown[-3:] == ["REFER", "to myself", "1.0 s"]


def test_a_long_path_loses_its_middle_and_keeps_its_status() -> None:
    [line] = ladder(asked(0, "/begin" + "x" * 90 + "/end", "completed"))
    path = line.strip("-|>").rpartition("|-")[2]
    assert path.startswith("POST /beginxxx")
    assert path.endswith("xxx/end completed")
    assert path.count("..") == 1


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)
NAMES = st.sampled_from(("UserA", TWILIO, API)) | ANYTHING
BODIES = ANYTHING | st.builds(
    "<Response><Dial a='1' b='{}'>{}</Dial></Response>".format, ANYTHING, ANYTHING
)
SEEN = st.builds(
    Arrow,
    at=st.floats(0, 20000),
    source=NAMES,
    target=NAMES,
    kind=st.sampled_from(("sip", "http")),
    text=ANYTHING | st.sampled_from(("INVITE", "486 Busy Here", "204")),
    comment=ANYTHING,
    body=BODIES,
    purpose=st.sampled_from(Purpose),
) | st.builds(
    Fact,
    at=st.floats(0, 20000),
    text=ANYTHING,
    kind=st.sampled_from(("connected", "heard", "alert", "ended")),
)


@given(st.lists(SEEN, max_size=6))
def test_whatever_is_seen_the_ladder_is_ascii_and_its_last_rail_straight(seen: list[Seen]) -> None:
    heading, *body = [line for _, line in lines(drawn(*seen, twiml=True))]
    assert all(line.isascii() and line.isprintable() for line in (heading, *body))
    assert {(len(line), line[-1]) for line in body} <= {(len(heading), "|")}


@given(st.lists(SEEN, max_size=6), ANYTHING)
def test_whatever_is_seen_the_svg_is_well_formed(seen: list[Seen], title: str) -> None:
    root = ET.fromstring(svg(drawn(*seen, twiml=True), title=title).encode())  # noqa: S314 - ours
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert tags <= {
        *("svg", "title", "desc", "style", "g"),
        *("rect", "line", "polygon", "text"),
    }
    names = {name for each in root.iter() for name in each.attrib}
    assert names <= {
        *("class", "role", "width", "height", "viewBox", "points", "text-anchor"),
        *("x", "y", "x1", "x2", "y1", "y2", "rx"),
    }


def test_text_from_the_wire_is_escaped_and_visible() -> None:
    text = '</text><script>alert("1")</script>&\x00\ud800\ufffe\u202e'
    made = svg(drawn(sip(0, "A<b>", TWILIO, "REFER", text)), title=text)
    assert "<script" not in made
    root = ET.fromstring(made)  # noqa: S314 - ours
    shown = '</text><script>alert("1")</script>&\\x00\\ud800\\ufffe\\u202e'
    assert root.findtext(f"{SVG}title") == shown
    assert shown in [each.text for each in root.iter(f"{SVG}text")]


def test_the_svg_refers_to_nothing_and_tells_who_cannot_see_it() -> None:
    made = svg(picture(call()), title="busy, then answered")
    assert made == svg(picture(call()), title="busy, then answered")
    assert made.count("http:") == made.count("http://www.w3.org/2000/svg") == 1
    assert "url(" not in made
    assert "@import" not in made
    root = ET.fromstring(made)  # noqa: S314 - ours
    assert root.findtext(f"{SVG}title") == "busy, then answered"
    assert (root.findtext(f"{SVG}desc") or "").startswith(
        "34 messages between UserA, AgentA, AgentB, Twilio and API. UserA is connected to AgentA."
    )


def test_sip_http_and_failures_are_coloured_apart_and_a_reply_is_dashed() -> None:
    seen = (
        sip(0, "A", TWILIO, "INVITE"),
        sip(0, "A", TWILIO, "486 Busy Here"),
        asked(0, "/a", "busy"),
        answered(0, "200", "<Response/>"),
        answered(0, "503", "no"),
    )
    root = ET.fromstring(svg(drawn(*seen)))  # noqa: S314 - ours
    arrows = [each.get("class") for group in groups(root) for each in group.iter(f"{SVG}line")]
    assert arrows == [
        "ladder-line ladder-sip",
        "ladder-line ladder-error ladder-reply",
        "ladder-line ladder-http",
        "ladder-line ladder-http ladder-reply",
        "ladder-line ladder-error ladder-reply",
    ]


def test_the_svg_shows_twiml_in_monospace_when_asked() -> None:
    roots = [ET.fromstring(svg(picture(call(), twiml=twiml))) for twiml in (False, True)]  # noqa: S314 - ours
    code = [
        [each.text for each in root.iter(f"{SVG}text") if each.get("class") == CODE]
        for root in roots
    ]
    assert code[0] == []
    assert code[1][:2] == ["<Response>", "<Dial"]
    assert "</Sip>" in code[1]
    assert code[1].count("(the same TwiML as before)") == 1


CODE = "ladder-code ladder-mono ladder-ink"


def groups(root: ET.Element) -> Iterator[ET.Element]:
    """Return the groups of rows: the first one has the rails."""
    yield from root.findall(f"{SVG}g")[1:]


def boxes(root: ET.Element) -> Iterator[tuple[float, float, float, float]]:
    """Return where each text stands: left, right, top and bottom."""
    for each in root.iter(f"{SVG}text"):
        classes = [name.removeprefix("ladder-") for name in each.attrib["class"].split()]
        size = next(name for name in classes if name in SIZES)
        width = measure(each.text or "", size, mono="mono" in classes)
        x, y = float(each.attrib["x"]), float(each.attrib["y"])
        left = x - width * {"start": 0, "middle": 0.5, "end": 1}[each.attrib["text-anchor"]]
        yield left, left + width, y - 0.75 * SIZES[size], y + 0.2 * SIZES[size]


@pytest.mark.parametrize("parties", [0, 1, 2, 3, 4])
def test_no_text_of_the_svg_meets_another_or_the_border(parties: int) -> None:
    long = [
        seen
        for number in range(parties)
        for seen in (
            sip(0, TWILIO, f"Agent{number}", "INVITE", "sip:" + "x" * 300),
            sip(14399.9, f"Agent{number}", TWILIO, "480 Temporarily Unavailable", "W" * 300),
            sip(14399.9, f"Agent{number}", TWILIO, "W" * 300, "nobody has room for this"),
        )
    ]
    more = (asked(0, "/" + "x" * 300, "busy"), Fact(0, "W" * 300, "alert"))
    body = f"<Response><Say>{'Wörter ' * 60}{'李' * 200}</Say></Response>"
    seen = [*call().seen[: 20 * (parties > 0)], *long, *more, answered(0, "200", body)]
    root = ET.fromstring(svg(drawn(*seen, twiml=True), title="W" * 300))  # noqa: S314 - ours
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    placed = sorted(boxes(root))
    assert all(left > 0 and right < width for left, right, _, _ in placed)
    assert all(top > 0 and bottom < height for _, _, top, bottom in placed)
    for number, (left, right, top, bottom) in enumerate(placed):
        for other_left, _, other_top, other_bottom in placed[number + 1 :]:
            assert right <= other_left or bottom <= other_top or other_bottom <= top, left


def test_six_parties_fit_on_a_page() -> None:
    extra = sip(0, TWILIO, "AgentC", "INVITE")
    shown = drawn(*call().seen, extra)
    assert len(shown.lanes) == 6
    assert float(ET.fromstring(svg(shown)).attrib["width"]) <= 1100  # noqa: S314 - ours

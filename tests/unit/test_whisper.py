"""What a target hears before it takes a call: places that are filled, and the key that accepts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_transfer.context import Context, context_of
from call_transfer.errors import MalformedEntry
from call_transfer.fields import Fields
from call_transfer.refer_to import ReferTo
from call_transfer.whisper import ANY_KEY, FIELDS, Whisper, accepts, filled, places, told

CALLER = "+14155550177"


def whisper(**fields: object) -> Whisper:
    return Whisper.parse(Fields({"whisper": fields}, "2001").inner("whisper", FIELDS))


def malformed(**fields: object) -> tuple[str, str]:
    with pytest.raises(MalformedEntry) as caught:
        whisper(**fields)
    return caught.value.field, caught.value.problem


def heard(text: str, headers: str = "", caller: str = CALLER) -> str:
    """Return what a text becomes when a REFER carries these headers."""
    asked = ReferTo.parse(f"<sip:a@h.example{'?' if headers else ''}{headers}>")
    return filled(text, told(context_of(asked), caller))


# --- the grammar


def test_a_whisper_that_says_nothing_asks_for_the_1_within_ten_seconds() -> None:
    assert whisper() == Whisper(say="", key="1", timeout=10)
    assert whisper(say=None, key="", timeout=None) == whisper()


def test_a_whisper_can_say_everything() -> None:
    assert whisper(say="A call from {caller}.", key="#", timeout=60) == Whisper(
        say="A call from {caller}.", key="#", timeout=60
    )


@pytest.mark.parametrize("key", [*"0123456789*#", ANY_KEY])
def test_each_key_of_a_telephone_and_any_of_them_can_accept(key: str) -> None:
    assert whisper(key=key).key == key


@pytest.mark.parametrize(
    ("field", "value", "todo"),
    [
        ("key", "12", "must be one of 0 to 9, * and #, or any"),
        ("key", "A", "must be one of 0 to 9"),
        ("key", "Any", "must be one of 0 to 9"),
        ("key", 1, "must be one of 0 to 9"),
        ("timeout", 0, "must be a whole number of seconds, 1 to 60"),
        ("timeout", 61, "1 to 60"),
        ("timeout", "10", "1 to 60"),
        ("say", "", "must be a text of 1 to 4096 characters"),
        ("say", "\x00", "12100"),
        ("play", "https://h.example/a.mp3", "is not a field; the fields are say, key, timeout"),
    ],
)
def test_a_broken_whisper_says_where_and_what_to_do(field: str, value: object, todo: str) -> None:
    where, problem = malformed(**{field: value})
    assert where == f"whisper.{field}"
    assert todo in problem


# --- templates


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A call.", ()),
        ("{caller}, ticket {X-Ticket}, again {caller}", ("caller", "X-Ticket", "caller")),
        ("{User-to-User}{x_1.2}", ("User-to-User", "x_1.2")),
        ("{} { caller } {a b} {\u00e9} {{caller}", ("caller",)),
    ],
)
def test_the_places_of_a_text_are_names_in_braces(text: str, names: tuple[str, ...]) -> None:
    assert places(text) == names


@pytest.mark.parametrize(
    ("text", "headers", "said"),
    [
        ("A call for you.", "X-Customer=Ann", "A call for you."),
        ("For {X-Customer} from {caller}.", "X-Customer=Ann", f"For Ann from {CALLER}."),
        ("{x-customer}/{CALLER}", "X-Customer=Ann", f"Ann/{CALLER}"),
        ("{X-Customer}", "x-CUSTOMER=Ann", "Ann"),
        ("{X-A}{X-A}", "X-A=1", "11"),
        ("{User-to-User}", "User-to-User=00%3Bencoding%3Dhex", "00;encoding=hex"),
        ("[{X-Other}]", "X-Customer=Ann", "[]"),
        ("[{X-Empty}]", "X-Empty=", "[]"),
        ("{ X-A }{}", "X-A=1", "{ X-A }{}"),
        pytest.param(
            "{X-A}", "X-A=J%C3%BCrg+%26%20Co", "J\u00fcrg+& Co", id="UTF-8, a plus is one"
        ),
        pytest.param("{X-A}", "X-A=%E9%41", "\ufffdA", id="bytes that are not UTF-8"),
        pytest.param("{X-A}", "X-A=100%2525", "100%25", id="decoded once"),
        pytest.param("{X-A}", "X-A=1&X-A=2&x-a=3", "1", id="of several values the first"),
        pytest.param("{X-A}", "X-A=%7Bcaller%7D", "{caller}", id="a value is no template"),
        pytest.param("[{Replaces}{Route}]", "Replaces=1&Route=2", "[]", id="no other header"),
        pytest.param("[{X-Twilio-Token}]", "X-Twilio-Token=1", "[]", id="nor one of Twilio's"),
    ],
)
def test_a_place_is_filled_by_the_header_of_its_name(text: str, headers: str, said: str) -> None:
    assert heard(text, headers) == said


def test_no_header_stands_in_for_the_caller() -> None:
    assert heard("{caller}", "X-caller=evil", "sip:a@h.example") == "sip:a@h.example"
    assert told((("caller", "evil"),), CALLER) == {"caller": CALLER}


def test_a_control_character_is_a_space() -> None:
    context: Context = (("X-A", "a%0D%0Ab%00c%7Fd%C2%85e%EF%BF%BE"),)
    assert filled("{X-A}", told(context, CALLER)) == "a  b c d e "


@pytest.mark.parametrize(("length", "said"), [(199, 199), (200, 200), (201, 200)])
def test_of_a_long_value_two_hundred_characters_are_said(length: int, said: int) -> None:
    value = "%C3%A9" * length
    assert filled("{X-A}", told((("X-A", value),), CALLER)) == "\u00e9" * said


@given(st.text(), st.dictionaries(st.from_regex(r"X-[a-z]{1,3}", fullmatch=True), st.text()))
def test_what_is_said_holds_no_place_that_the_text_had(text: str, values: dict[str, str]) -> None:
    plain = {name: value.replace("{", "") for name, value in values.items()}
    assert places(filled(text, plain)) == ()


# --- the key


@pytest.mark.parametrize(
    ("pressed", "key", "takes"),
    [
        ("1", "1", True),
        ("*", "*", True),
        ("2", "1", False),
        ("11", "1", False),
        ("", "1", False),
        ("7", ANY_KEY, True),
        ("", ANY_KEY, False),
        pytest.param("any", ANY_KEY, True, id="a word that no telephone sends"),
        pytest.param("any", "1", False, id="the word any is no key"),
    ],
)
def test_a_key_takes_the_call_when_it_is_the_one_asked_for(
    pressed: str, key: str, *, takes: bool
) -> None:
    assert accepts(pressed, key) is takes

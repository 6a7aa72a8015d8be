"""The getters of fields: what each lets through, and where a value that it refuses stands."""

import re
from collections.abc import Callable

import pytest

from call_transfer.errors import MalformedEntry
from call_transfer.fields import MAX_TEXT, MAX_URL, Fields


def fields(value: object, inside: str = "") -> Fields:
    return Fields({"a": value}, "2001", inside)


def problem(read: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(MalformedEntry) as caught:
        read()
    assert caught.value.address == "2001"
    return caught.value.field, caught.value.problem


def is_short(text: str) -> bool:
    return len(text) == 1


# --- what is there


def test_a_null_is_as_absent_as_nothing() -> None:
    assert "a" not in fields(None)
    assert "b" not in fields("x")
    assert "a" in fields("")
    assert "a" in fields(0)


def test_a_value_stands_as_it_is() -> None:
    assert (fields([1]).any("a"), fields([1]).any("b")) == ([1], None)


def test_a_field_that_is_missing_is_missing_where_it_was_to_be() -> None:
    assert fields("x").required("a")
    assert problem(lambda: fields(None, "deny.").required("a")) == ("deny.a", "is missing")


def test_a_field_that_nobody_reads_is_refused_with_those_that_are() -> None:
    fields("x").only(("a", "b"))
    assert problem(lambda: fields("x", "menu.").only(("b", "c"))) == (
        "menu.a",
        "is not a field; the fields are b, c",
    )
    assert problem(lambda: fields({7: 1}).inner("a", ("b",)))[0] == "a.7"


# --- texts


@pytest.mark.parametrize(
    "text", ["x", "x" * MAX_TEXT, "\t\n\r \u00e9\ud7ff\ue000\ufffd\U0010ffffx"]
)
def test_a_text_is_what_xml_can_hold(text: str) -> None:
    assert fields(text).text("a") == text


def test_an_absent_text_is_empty() -> None:
    assert fields(None).text("a") == ""


@pytest.mark.parametrize("value", ["", "  ", "\n", "x" * (MAX_TEXT + 1), 7, True, ["x"], b"x"])
def test_a_blank_text_or_none_at_all_is_a_mistake(value: object) -> None:
    assert problem(lambda: fields(value).text("a")) == (
        "a",
        "must be a text of 1 to 4096 characters",
    )


def test_a_text_has_the_limit_of_its_field() -> None:
    assert fields("xx").text("a", most=2) == "xx"
    assert "1 to 2 characters" in problem(lambda: fields("xxx").text("a", most=2))[1]


@pytest.mark.parametrize(
    "character", ["\x00", "\x0b", "\x1f", "\ud800", chr(0xDFFF), "\ufffe", "\uffff"]
)
def test_a_character_that_xml_cannot_hold_is_no_text(character: str) -> None:
    assert "12100" in problem(lambda: fields(f"x{character}").text("a"))[1]


def test_a_text_of_a_form_is_that_whole_and_no_more() -> None:
    form = re.compile("[0-9]+")
    assert fields("12").matching("a", form, "digits") == "12"
    assert fields("").matching("a", form, "digits") == ""
    assert fields(None).matching("a", form, "digits") == ""


@pytest.mark.parametrize("value", ["12\n", "x12", " ", 12, ["1"]])
def test_a_text_of_another_form_is_told_the_form(value: object) -> None:
    form = re.compile("[0-9]+")
    assert problem(lambda: fields(value, "b.").matching("a", form, "digits")) == (
        "b.a",
        "must be digits",
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://h",
        "https://h.example",
        "https://h.example:8443",
        "https://h.example/",
        "https://h.example/a/b.mp3?x=1&y=%20#t",
        "https://192.0.2.1/a",
    ],
)
def test_a_url_is_absolute_and_https(url: str) -> None:
    assert fields(url).url("a") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://h.example/",
        "HTTPS://h.example/",
        "//h.example/",
        "/wait.xml",
        "h.example",
        "https://",
        "https:///a",
        "https://user:pw@h.example/",
        "https://h.example:123456/",
        "https://h.example/a b",
        'https://h.example/"',
        "https://h.example/<a>",
        "https://h.example/\u00e9",
        "https://h.example/\n",
        "https://h.example\\@evil.example/",
        7,
    ],
)
def test_nothing_else_is_a_url(url: object) -> None:
    assert problem(lambda: fields(url).url("a")) == ("a", "must be an absolute https:// URL")


def test_a_url_has_an_end() -> None:
    front = "https://h.example/"
    longest = front + "a" * (MAX_URL - len(front))
    assert fields(longest).url("a") == longest
    assert problem(lambda: fields(f"{longest}a").url("a")) == (
        "a",
        "must have at most 2048 characters",
    )


# --- lists and mappings


def test_a_list_of_texts_keeps_its_order() -> None:
    assert fields(["y", "x"]).texts("a", is_short, 2, "short") == ("y", "x")
    assert fields([]).texts("a", is_short, 2, "short") == ()
    assert fields(None).texts("a", is_short, 2, "short") is None


@pytest.mark.parametrize("value", ["xy", ("x",), {"x": 1}, {"x"}, 7, ["x", "y", "z"]])
def test_a_list_of_texts_is_a_list_and_no_longer_than_its_limit(value: object) -> None:
    assert problem(lambda: fields(value).texts("a", is_short, 2, "short")) == (
        "a",
        "must be a list of at most 2 texts",
    )


@pytest.mark.parametrize("value", ["xy", "", 7, None, ["x"]])
def test_what_a_list_cannot_hold_is_quoted(value: object) -> None:
    assert problem(lambda: fields(["x", value]).texts("a", is_short, 2, "short")) == (
        "a",
        f"cannot hold {value!r}, which is not short",
    )


def test_pairs_keep_their_order() -> None:
    assert fields({"y": "1", "x": "2"}).pairs("a", is_short, 2, "short") == (("y", "1"), ("x", "2"))
    assert fields({}).pairs("a", is_short, 2, "short") == ()
    assert fields(None).pairs("a", is_short, 2, "short") == ()


@pytest.mark.parametrize("value", ["x", ["x"], 7, {"x": "1", "y": "2", "z": "3"}])
def test_pairs_are_a_mapping_and_no_more_than_their_limit(value: object) -> None:
    assert problem(lambda: fields(value).pairs("a", is_short, 2, "short")) == (
        "a",
        "must map at most 2 names to texts",
    )


@pytest.mark.parametrize("name", ["xy", "", 1, None])
def test_a_name_that_a_mapping_cannot_hold_is_quoted(name: object) -> None:
    assert problem(lambda: fields({name: "1"}).pairs("a", is_short, 2, "short")) == (
        "a",
        f"cannot hold {name!r}, which is not short",
    )


@pytest.mark.parametrize(
    ("value", "what"),
    [(None, "is missing"), ("", "must be a text"), (2001, "must be a text"), (["x"], "a text")],
)
def test_a_text_of_a_pair_that_is_none_is_found_by_its_name(value: object, what: str) -> None:
    field, told = problem(lambda: fields({"x": value}, "menu.").pairs("a", is_short, 2, "short"))
    assert field == "menu.a.x"
    assert what in told


def test_the_fields_inside_stand_behind_a_dot() -> None:
    inner = fields({"b": {"c": "1"}}).inner("a", ("b",)).inner("b", ("c",))
    assert inner.text("c") == "1"
    assert inner.address == "2001"
    assert inner.wrong("c", "x").field == "a.b.c"


@pytest.mark.parametrize("value", [None, "b", ["b"], 7])
def test_what_is_inside_is_a_mapping(value: object) -> None:
    assert problem(lambda: fields(value).inner("a", ("b", "c"))) == (
        "a",
        "must be a mapping with b, c",
    )


def test_what_is_inside_has_the_fields_that_are_read() -> None:
    assert problem(lambda: fields({"d": 1}).inner("a", ("b", "c"))) == (
        "a.d",
        "is not a field; the fields are b, c",
    )


# --- numbers, flags, words


def test_a_whole_number_reaches_to_its_limits() -> None:
    assert [fields(value).whole("a", 2, 4) for value in (2, 4, None)] == [2, 4, None]


@pytest.mark.parametrize("value", [1, 5, 2.0, "3", True, [3]])
def test_anything_else_is_no_whole_number_and_the_limits_are_told(value: object) -> None:
    assert problem(lambda: fields(value).whole("a", 2, 4)) == (
        "a",
        "must be a whole number of seconds, 2 to 4",
    )
    assert problem(lambda: fields(value).whole("a", 2, 4, unit="")) == (
        "a",
        "must be a whole number, 2 to 4",
    )


def test_a_flag_is_true_or_false_or_its_default() -> None:
    assert fields(False).flag("a", default=True) is False  # noqa: FBT003 - the value of a field
    assert fields(True).flag("a", default=False) is True  # noqa: FBT003 - the value of a field
    assert Fields({}, "2001").flag("a", default=True) is True


@pytest.mark.parametrize("value", [None, "true", 1, 0, []])
def test_nothing_else_is_a_flag(value: object) -> None:
    assert problem(lambda: fields(value).flag("a", default=True)) == ("a", "must be true or false")


def test_a_choice_is_one_of_its_words() -> None:
    words = ("on", "off", "later")
    assert (fields("on").choice("a", words), fields(None).choice("a", words)) == ("on", None)


@pytest.mark.parametrize("value", ["On", "", "on ", 1, ["on"], {"on": 1}])
def test_nothing_else_is_a_choice_and_the_words_are_told(value: object) -> None:
    assert problem(lambda: fields(value).choice("a", ("on", "off", "later"))) == (
        "a",
        "must be on, off or later",
    )
    assert problem(lambda: fields("x").choice("a", ("on",)))[1] == "must be on"

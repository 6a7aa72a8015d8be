"""Directory files in YAML: what is read, where each field stands, and what YAML must not guess."""

import io
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from refer_cli.targets import yaml_file, yaml_scalars
from refer_cli.targets.located import Located, UnreadableFile
from refer_cli.targets.output import yaml_of

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(10**17), 10**17),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def read(text: str | bytes) -> list[Located]:
    return list(yaml_file.read(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


def items(text: str) -> list[dict[str, Any]]:
    found = read(text)
    assert [one.problems for one in found] == [()] * len(found)
    return [one.item for one in found]


def problems(text: str) -> list[tuple[int, int | str, str]]:
    return [(p.line, p.column, p.text) for one in read(text) for p in one.problems]


def broken(text: str | bytes) -> tuple[int, int | str, str]:
    with pytest.raises(UnreadableFile) as caught:
        read(text)
    problem = caught.value.problem
    return problem.line, problem.column, problem.text


def test_every_field_has_the_line_and_column_of_its_name() -> None:
    [_, second] = read(
        '- address: a\n\n- address: b\n  hours:\n    weekly: {mon: ["09:00-17:00"]}\n'
    )
    assert (second.mark.line, second.mark.column) == (3, 3)
    places = {
        path: (second.at(path).line, second.at(path).column)
        for path in (
            "address",
            "hours",
            "hours.weekly.mon",
            "hours.weekly.mon.0",
            "hours.weekly[x]",
        )
    }
    assert places == {
        "address": (3, 3),
        "hours": (4, 3),
        "hours.weekly.mon": (5, 14),
        "hours.weekly.mon.0": (5, 20),
        "hours.weekly[x]": (5, 5),
    }


def test_a_field_that_is_absent_is_wrong_with_the_entry() -> None:
    [one] = read("- address: a\n")
    assert one.at("dial") == one.mark


def test_an_anchor_of_one_entry_is_known_to_the_next() -> None:
    found = items("- {address: a, hours: &office {zone: UTC}}\n- {address: b, hours: *office}\n")
    assert found[1] == {"address": "b", "hours": {"zone": "UTC"}}


def test_the_place_in_what_an_alias_stands_for_is_where_it_is_written() -> None:
    [_, two] = read("- {address: a, hours: &office {zone: UTC}}\n- {address: b, hours: *office}\n")
    assert (two.at("hours").line, two.at("hours").column) == (2, 16)
    assert (two.at("hours.zone").line, two.at("hours.zone").column) == (1, 32)


def test_a_merge_key_gives_what_the_entry_lacks() -> None:
    text = """
- &base {address: a, dial: x, mode: hold}
- &more {address: m, mode: release, language: en-US}
- <<: [*base, *more]
  address: b
- address: c
  <<: *more
"""
    assert items(text)[2:] == [
        {"address": "b", "dial": "x", "mode": "hold", "language": "en-US"},
        {"address": "c", "mode": "release", "language": "en-US"},
    ]


def test_a_merge_key_with_something_else_than_a_mapping_is_a_problem() -> None:
    assert problems("- <<: text\n") == [
        (1, 3, "<< must have an alias of a mapping, or a list of them")
    ]


def test_a_key_that_is_there_twice_is_a_problem_that_names_the_first_line() -> None:
    assert problems("- address: a\n  deny: x\n  address: b\n") == [
        (3, 3, "address is there twice, first in line 1")
    ]
    assert problems("- a: {x: '1', x: '2'}\n")[0][:2] == (1, 15)


def test_keys_are_texts_as_they_are_written() -> None:
    text = "- {keys: {1: a, 0: b, no: c, 2026-12-25: d, 1.5: e}}\n"
    assert items(text) == [{"keys": {"1": "a", "0": "b", "no": "c", "2026-12-25": "d", "1.5": "e"}}]


def test_a_key_that_is_a_list_ends_the_reading() -> None:
    assert broken("- ? [a]\n  : b\n") == (1, 5, "a key must be a text")


@pytest.mark.parametrize(
    "text", ["2026-12-25", "9:30", "09:00", "9:00-17:00", "+1415*", "1.2.3.4", "sip:a@b", "=", "_"]
)
def test_dates_times_and_what_merely_begins_like_a_number_are_texts(text: str) -> None:
    assert items(f"- a: {text}\n") == [{"a": text}]


@pytest.mark.parametrize(
    ("text", "value"),
    [("20", 20), ("-1", -1), ("0", 0), ("true", True), ("No", False), ("on", True), ("2001", 2001)],
)
def test_whole_numbers_true_and_false_are_what_yaml_says(text: str, value: object) -> None:
    [item] = items(f"- a: {text}\n")
    assert (item["a"], type(item["a"])) == (value, type(value))


def test_a_telephone_number_without_quotes_is_a_problem_that_says_so() -> None:
    assert problems("- address: +14155550123\n") == [
        (
            1,
            12,
            '+14155550123 is a number to YAML and loses its +; put it in quotes: "+14155550123"',
        )
    ]


@pytest.mark.parametrize(
    "text", ["0123", "0x1F", "0b1", "1_000", "1.5", "1e5", ".inf", "+1", "0o7"]
)
def test_a_number_that_would_lose_what_was_written_is_to_be_quoted(text: str) -> None:
    [(line, column, said)] = problems(f"- a: {text}\n")
    assert (line, column) == (1, 6)
    assert "put it in quotes" in said
    assert text.startswith("+") or text not in said
    assert read(f"- a: {text}\n")[0].item == {"a": text}


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_a_field_without_a_value_is_a_problem(text: str) -> None:
    [(line, _, said)] = problems(f"- a: {text}\n")
    assert line == 1
    assert said.endswith("has no value; write one, or leave the field out")


def test_quotes_and_the_tag_str_make_a_text_of_anything() -> None:
    assert items("- {a: '+14155550123', b: \"no\", c: !!str 5, d: ! 6, e: ''}\n") == [
        {"a": "+14155550123", "b": "no", "c": "5", "d": "6", "e": ""}
    ]


@pytest.mark.parametrize("text", ["!!int 5", "!Ref x", "!!set {a: b}", "!x [a]", "!!binary eA=="])
def test_other_tags_are_not_read(text: str) -> None:
    [(_, column, said)] = problems(f"- a: {text}\n")
    assert column == 6
    assert "has the tag" in said


def test_an_item_that_is_no_mapping_is_a_problem_and_the_next_one_is_read() -> None:
    found = read("- text\n- [a]\n- address: b\n")
    assert [one.item for one in found] == [{}, {}, {"address": "b"}]
    assert [len(one.problems) for one in found] == [1, 1, 0]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("address: a\n", (1, 1), "must be a list of entries"),
        ("- a: b\n---\n- a: b\n", (2, 1), "a second document"),
        ("- a: b: c\n", (1, 7), "mapping values are not allowed"),
        ("- a: [b\n", (2, 1), "cannot be read as YAML"),
        ("- address: *@pbx.example.com\n", (1, 13), "begins with * stands in quotes"),
        ("- address: *70\n", (1, 12), "*70 names no anchor (&70) that ends before it"),
        ("- &a [*a]\n", (1, 7), "*a names no anchor (&a) that ends before it"),
        ("- a: " + "[" * 60 + "]" * 60 + "\n", (1, 46), "nested deeper than 40"),
    ],
)
def test_what_is_no_list_in_yaml_ends_the_reading_at_its_place(
    text: str, place: tuple[int, int], said: str
) -> None:
    line, column, problem = broken(text)
    assert (line, column) == place
    assert said in problem


def test_what_is_not_utf_8_is_said_to_be() -> None:
    assert "write the file in UTF-8" in broken(b"- address: \xff\n")[2]


def test_aliases_of_aliases_have_a_limit() -> None:
    lines = ["- a0: &a0 [x, x, x, x, x, x, x, x]\n"]
    lines += [f"- a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]\n" for n in range(1, 9)]
    assert "holds more than 20000 values" in broken("".join(lines))[2]


def test_the_entries_before_the_place_where_it_breaks_off_are_read() -> None:
    reading = yaml_file.read(io.BytesIO(b"- address: a\n- address: b\n- ]\n"))
    assert [next(reading).item, next(reading).item] == [{"address": "a"}, {"address": "b"}]
    with pytest.raises(UnreadableFile):
        next(reading)


@pytest.mark.parametrize("text", ["", "# nothing\n", "[]\n", "---\n[]\n...\n", "\ufeff[]\n"])
def test_a_file_without_entries_has_none(text: str) -> None:
    assert items(text) == []


@settings(deadline=None)  # other programs may be busy
@given(
    st.lists(st.dictionaries(TEXTS.filter(lambda key: key != "<<"), VALUES, max_size=4), max_size=3)
)
def test_what_is_written_is_read_again(written: list[dict[str, Any]]) -> None:
    assert items(yaml_of(written)) == written


@settings(deadline=None)  # other programs may be busy
@given(st.text("+-.:_0123456789abefnotxyEINO~*", min_size=1, max_size=8))
def test_what_yaml_takes_for_a_text_is_that_text(text: str) -> None:
    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return
    value, _ = yaml_scalars.read(text)
    if isinstance(loaded, str):
        assert value == loaded
    else:
        assert value == loaded or isinstance(value, str)


def test_one_value_is_read_as_a_file_would() -> None:
    assert yaml_file.read_value('[{number: "+14155550123"}]') == [{"number": "+14155550123"}]
    assert yaml_file.read_value("20") == 20


@pytest.mark.parametrize(
    "text", ["[a", "a\n  b: c", "a\n- value: b", "+14155550123", "", "a\n  x: y"]
)
def test_a_value_that_is_none_says_why(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        yaml_file.read_value(text)

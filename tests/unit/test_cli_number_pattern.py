"""Patterns of the metadata are walked as the regular expressions that they are."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refer_cli.number_pattern import Cover, Numbers, cover

NONE = Numbers()
parts = st.recursive(
    st.sampled_from(["0", "1", "9", r"\d", "[13]", "[0-27-9]"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda options: f"(?:{'|'.join(options)})"),
        st.builds("(?:{}){}".format, inner, st.sampled_from(["?", "{2}", "{0,1}", "{1,3}"])),
    ),
    max_leaves=5,
)
patterns = st.lists(parts, min_size=1, max_size=3).map("|".join)
EVERY = [f"{n:0{digits}}" for digits in (1, 2, 3) for n in range(10**digits)]


@settings(deadline=None)  # the machine may be busy
@given(patterns, st.text("01239", max_size=4), st.text("01239", max_size=2))
def test_what_may_follow_is_what_the_regular_expression_matches(
    pattern: str, digits: str, more: str
) -> None:
    begun = Numbers.parse(pattern).after(digits)
    if re.fullmatch(pattern, digits + more):
        assert begun
        assert begun.after(more)


@settings(deadline=None)  # the machine may be busy
@given(patterns.filter(lambda pattern: len(pattern) < 12 and r"\d" not in pattern))
def test_every_number_of_a_pattern_matches_it_and_no_other_one_does(pattern: str) -> None:
    numbers = [number for number in Numbers.parse(pattern).all() if 0 < len(number) <= 3]
    assert numbers == sorted(number for number in EVERY if re.fullmatch(pattern, number))


def test_nothing_follows_digits_that_no_number_begins_with() -> None:
    assert not Numbers.parse("112|9(?:11|9[79])").after("98")


@pytest.mark.parametrize("pattern", ["9a", "(?:9", "9)", "?9", "9*", "(9)"])
def test_a_pattern_unlike_those_of_the_metadata_is_an_error_that_quotes_it(pattern: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(pattern))):
        Numbers.parse(pattern)


def test_ten_prefixes_become_one() -> None:
    wanted = Numbers.parse(r"90[0-5]\d{6}", r"906\d{6}|90[7-9]\d{6}")
    assert cover(wanted, NONE, NONE) == Cover(prefixes=("90",))


def test_eight_prefixes_become_one_when_the_other_two_have_no_number() -> None:
    wanted, ninth = Numbers.parse(r"900[2-9]\d{6}"), Numbers.parse(r"9001\d{6}")
    eight = Cover(prefixes=tuple(f"900{digit}" for digit in range(2, 10)))
    assert cover(wanted, NONE, NONE) == Cover(prefixes=("900",))
    assert cover(wanted, ninth, NONE) == eight
    assert cover(wanted, NONE, ninth) == eight


def test_seven_prefixes_stay_seven() -> None:
    wanted = Numbers.parse(r"900[3-9]\d{6}")
    seven = tuple(f"900{digit}" for digit in range(3, 10))
    assert cover(wanted, NONE, NONE) == Cover(prefixes=seven)


def test_a_range_finer_than_seven_digits_is_taken_unless_an_ordinary_number_begins_like_it() -> (
    None
):
    wanted, sibling = Numbers.parse(r"90012345\d\d"), Numbers.parse(r"90012349\d\d")
    assert cover(wanted, NONE, NONE) == Cover(prefixes=("9001234",))
    assert cover(wanted, NONE, sibling) == Cover(prefixes=("9001234",))
    assert cover(wanted, sibling, NONE) == Cover(left_out=("9001234",))


def test_ten_ranges_that_are_left_out_become_one() -> None:
    wanted, shorter = Numbers.parse(r"900123\d{4}"), Numbers.parse(r"900123\d")
    assert cover(wanted, shorter, NONE) == Cover(left_out=("900123",))


def test_a_number_of_fewer_than_seven_digits_has_no_prefix() -> None:
    assert cover(Numbers.parse(r"9\d{5}"), NONE, NONE) == Cover()
    assert cover(Numbers.parse(r"9\d{6}"), NONE, NONE) == Cover(prefixes=("9",))

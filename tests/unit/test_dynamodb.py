"""DynamoDB's types in plain Python, held against boto3's."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from call_transfer.dynamodb import plain, write

# 38 digits are what DynamoDB keeps of a number.
WHOLE = st.integers(-(10**38) + 1, 10**38 - 1)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | WHOLE | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


class Colour(StrEnum):
    RED = "red"


@given(VALUES)
def test_a_value_is_written_as_boto3_writes_it(value: Any) -> None:  # noqa: ANN401 - any value
    assert write(value) == TypeSerializer().serialize(value)


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:  # noqa: ANN401 - any value
    assert plain({"a": write(value)}) == {"a": value}


@pytest.mark.parametrize("text", ["0.5", "-12.25", "1E-7", "123456789012345678901234567890.5"])
def test_a_number_that_is_not_whole_is_read_as_boto3_reads_it(text: str) -> None:
    read = plain({"a": {"N": text}})["a"]
    assert read == TypeDeserializer().deserialize({"N": text}) == Decimal(text)
    assert isinstance(read, Decimal)


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("-3", -3), ("1E3", 1000), ("4.00", 4)])
def test_a_whole_number_is_an_int_however_it_is_spelled(text: str, number: int) -> None:
    read = plain({"a": {"N": text}})["a"]
    assert (read, type(read)) == (number, int)


def test_tuples_are_lists_and_members_of_enumerations_are_texts() -> None:
    assert write((Colour.RED, ())) == {"L": [{"S": "red"}, {"L": []}]}
    assert type(write(Colour.RED)["S"]) is str


@pytest.mark.parametrize("value", [1.5, {1}, b"bytes", object(), Decimal(1)])
def test_what_no_record_holds_is_not_written(value: object) -> None:
    with pytest.raises(TypeError, match=r"^\w+ is not written to DynamoDB$"):
        write(value)


@pytest.mark.parametrize("kind", ["SS", "NS", "BS"])
def test_a_set_is_no_list_that_an_entry_could_have_meant(kind: str) -> None:
    assert plain({"a": {kind: ["1", "2"]}}) == {"a": {"1", "2"}}

"""Directory files in CSV: the simple forms, JSON in cells, and spreadsheets."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_transfer.entry import FIELDS
from refer_cli.targets import csv_cells, csv_file
from refer_cli.targets.located import Located, UnreadableFile
from refer_cli.targets.output import as_csv
from refer_cli.targets.vocabulary import kind

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(
    lambda text: text.split() == [text]
)
INNER = st.recursive(
    TEXTS | st.booleans() | st.integers(-(10**17), 10**17),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
NOUNS = st.lists(
    st.fixed_dictionaries({"sip": WORDS.map(lambda word: f"sip:{word}")})
    | st.fixed_dictionaries({"number": WORDS.map(lambda word: f"+{word}")})
    | st.fixed_dictionaries({"client": WORDS})
    | st.fixed_dictionaries({"number": WORDS, "send_digits": TEXTS}),
    max_size=3,
)
BY_KIND: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "integer": st.integers(-(10**17), 10**17),
    "boolean": st.booleans(),
    "array": st.lists(TEXTS, max_size=3),
    "object": st.dictionaries(TEXTS, INNER, max_size=3),
    "nested": st.lists(INNER, max_size=3) | st.dictionaries(TEXTS, INNER, max_size=3) | TEXTS,
}


def read(text: str | bytes) -> list[Located]:
    return list(csv_file.read(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


def items(text: str | bytes) -> list[dict[str, Any]]:
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


def test_an_empty_cell_is_an_absent_field_and_an_empty_row_is_no_entry() -> None:
    text = "address,dial,ring_timeout\n2001,as_asked,\n,,\n2002,as_asked,20\n"
    assert items(text) == [
        {"address": "2001", "dial": "as_asked"},
        {"address": "2002", "dial": "as_asked", "ring_timeout": 20},
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("as_asked", "as_asked"),
        ("sip:a@b +14155550123", [{"sip": "sip:a@b"}, {"number": "+14155550123"}]),
        ("sips:a@b", [{"sip": "sips:a@b"}]),
        ("client:alice  sim:DE1", [{"client": "alice"}, {"sim": "DE1"}]),
        ('[{"number": "+1415", "send_digits": "1"}]', [{"number": "+1415", "send_digits": "1"}]),
    ],
)
def test_nouns_stand_in_a_cell_with_spaces_between_or_as_json(cell: str, value: object) -> None:
    assert csv_cells.read("dial", cell) == value


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("fallback", "2002 +14155550123 transferor", ["2002", "+14155550123", "transferor"]),
        ("fallback", '["2002"]', ["2002"]),
        ("pass_headers", "X-A  X-B", ["X-A", "X-B"]),
        ("ring_timeout", "20", 20),
        ("ring_timeout", "soon", "soon"),
        ("ring_timeout", "1.5", "1.5"),
        ("enabled", "FALSE", False),
        ("sequential", "true", True),
        ("enabled", "no", "no"),
        ("address", "2001", "2001"),
        ("description", "{not json", "{not json"),
        ("deny", "closed", "closed"),
        ("deny", '{"reason": "closed"}', {"reason": "closed"}),
        ("deny", "2001", "2001"),
    ],
)
def test_a_cell_is_read_by_its_field(field: str, cell: str, value: object) -> None:
    found = csv_cells.read(field, cell)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("alice:secret@pbx.example.com", "must be as_asked, or sip:user@host"),
        ('[{"sip": ', "is no JSON"),
        ('[{"sip": "a", "sip": "b"}]', "has sip twice"),
        ("[1.5]", "cannot hold 1.5"),
        ("[NaN]", "cannot hold NaN"),
        ("[" * 100_000, "nested too deep"),
        (r'["\ud800"]', "half a character"),
    ],
)
def test_a_cell_that_cannot_be_read_names_row_column_and_reason(cell: str, said: str) -> None:
    row = io.StringIO()
    csv.writer(row).writerows([["address", "dial"], ["2001", cell]])
    [(number, column, problem)] = problems(row.getvalue())
    assert (number, column) == (2, "dial")
    assert said in problem
    assert "secret" not in problem


def test_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    text = 'address,description,dial\n2001,"two\nlines",as_asked\n2002,,x\n'
    assert [(row, column) for row, column, _ in problems(text)] == [(3, "dial")]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert items(b"\xef\xbb\xbfaddress,deny\r\n2001,no\r\n") == [{"address": "2001", "deny": "no"}]


def test_a_text_with_a_line_separator_is_one_cell() -> None:
    assert items("address,deny\n2001,a\u2028b\x0bc\n") == [
        {"address": "2001", "deny": "a\u2028b\x0bc"}
    ]


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("address,dail\n", (1, "dail"), "the column 'dail' is no field"),
        ("address;dial\n", (1, "address;dial"), "Separate the columns by commas"),
        ("address,dial,address\n", (1, "address"), "is there twice"),
        ('address,deny\n2001,"x\n', (2, ""), "cannot be read as CSV"),
        (b"address,deny\n2001,\xfc\n", (1, ""), "save the file as CSV UTF-8"),
    ],
)
def test_what_is_no_csv_of_fields_ends_the_reading(
    text: str | bytes, place: tuple[int, str], said: str
) -> None:
    row, column, problem = broken(text)
    assert (row, column) == place
    assert said in problem


def test_a_row_with_more_cells_than_the_header_is_a_problem() -> None:
    assert problems("address,deny\n2001,a,b\n") == [(2, "", "has 3 cells for 2 fields")]


def test_a_number_that_a_spreadsheet_may_have_taken_the_plus_from_is_warned_of() -> None:
    [one] = read("address,deny\n14155550123,x\n")
    [problem] = one.problems
    assert problem.warning
    assert "was it the number +14155550123?" in problem.text


def test_a_number_that_a_spreadsheet_has_rounded_is_a_problem() -> None:
    [(row, column, said)] = problems("address,deny\n1.41556E+10,x\n")
    assert (row, column, said) == (2, "address", "address was rounded by a spreadsheet")


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-1", "+cmd", "\t=1", "\r=1", "'=1", "''@a"])
@pytest.mark.parametrize("field", ["description", "address", "deny"])
def test_what_a_spreadsheet_takes_for_a_formula_is_written_with_an_apostrophe(
    field: str, text: str
) -> None:
    cell = csv_cells.write(field, text)
    assert cell == f"'{text}"
    assert csv_cells.read(field, cell) == text


@pytest.mark.parametrize(
    ("field", "value", "cell"),
    [
        ("address", "+14155550123", "+14155550123"),
        ("address", "+1415*", "+1415*"),
        ("dial", [{"number": "+14155550123"}], "+14155550123"),
        ("fallback", ["+14155550123", "+14155550124"], "+14155550123 +14155550124"),
        ("description", "it's", "it's"),
    ],
)
def test_numbers_and_other_texts_are_written_as_they_are(
    field: str, value: object, cell: str
) -> None:
    assert csv_cells.write(field, value) == cell


@settings(deadline=None)  # other programs may be busy
@given(st.data())
def test_what_is_written_is_read_again(data: st.DataObject) -> None:
    item = {
        name: value
        for name in FIELDS
        if (
            value := data.draw(
                st.none() | (NOUNS if name == "dial" else st.nothing()) | BY_KIND[kind(name)]
            )
        )
        is not None
    }
    item["address"] = "a"
    text = "".join(as_csv([item]))
    [one] = read(text)
    assert one.item == item


@settings(deadline=None)  # other programs may be busy
@given(st.lists(TEXTS, min_size=1))
def test_no_cell_begins_a_formula(texts: list[str]) -> None:
    for text in texts:
        for field in ("address", "description", "deny"):
            cell = csv_cells.write(field, text)
            assert cell[:1] not in set("=-@\t\r")
            assert not cell.startswith("+") or set(cell) <= set("+0123456789* ")

"""What each webhook answers in each situation: one test for each row of docs/call-flow.md.

The id of a cell names the webhook, the mode and the situation; its TwiML is the golden file
tests/data/twiml/<id>.xml.  A golden file is an expectation: it is written by UPDATE_GOLDEN=1 only,
and its test fails then, so that somebody reads the difference before it counts.  What is decided
there, `refer explain` is asked too, and has to give the same answer.
"""

import os
from xml.etree import ElementTree as ET

import pytest

from cells import CELLS, GOLDEN, NO_RECORD, OPEN, Cell, Phone
from cells.explained import compare, is_explained, listen
from cells.table import NOTES
from laptop import Laptop


def canonical(xml: str) -> str:
    """Return XML in which only what Twilio reads makes a difference."""
    return ET.canonicalize(xml, strip_text=True)


def expected(name: str, answer: str) -> str:
    """Return the golden file of a cell, writing it first if that is asked for."""
    path = GOLDEN / f"{name}.xml"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        root = ET.fromstring(answer)  # noqa: S314 - our own answer
        ET.indent(root)
        text = '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"
        if not path.exists() or canonical(path.read_text()) != canonical(text):
            path.write_text(text)
            pytest.fail(f"wrote {path.name}: read the difference, then run without UPDATE_GOLDEN")
    return canonical(path.read_text())


@pytest.mark.parametrize("cell", CELLS.values(), ids=list(CELLS))
def test_cell(cell: Cell, laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = Phone(laptop, cell.mode)
    phone.setting(**cell.settings)
    phone.prepare()
    heard = listen(monkeypatch) if is_explained(cell) else None
    response = cell.situation(phone)
    line = laptop.lines("webhook")[-1]
    if heard:
        compare(heard)
    body = response.body.decode()
    assert (response.status, line.get("code", "")) == (cell.status, cell.code)
    assert " ".join(sorted(NOTES & line.keys())) == cell.told
    if cell.has_twiml:
        assert response.headers["content-type"] == "text/xml; charset=utf-8"
        assert body.startswith('<?xml version="1.0" encoding="UTF-8"?>')
        assert canonical(body) == expected(cell.id, body)
    else:
        assert not body.startswith("<")
        assert body.startswith(f"{cell.code}: " if cell.code else "")
    said = cell.outcome.removesuffix(", not recorded")
    recorded = {cell.outcome} if said == cell.outcome else {OPEN, NO_RECORD}
    assert phone.outcome() in recorded
    # Whatever is repeated, late or out of order, the end of a hop is told once.
    ends = [*laptop.lines("transfer"), *laptop.lines("initial_call")]
    told = [end for end in ends if (end["hop"], end["refer_id"]) == phone.about]
    finished = set() if cell.outcome in {OPEN, NO_RECORD} else {said}
    assert [end["outcome"] for end in told] == list(finished)


def test_most_cells_are_explained() -> None:
    assert len([cell for cell in CELLS.values() if is_explained(cell)]) == 474

"""Records against events, and what a cell leaves open against what the matrix says."""

from typing import Any

import pytest

from rehearsal.outcomes import identity, is_hop, tally, unlike

RECORD = {
    "session": "AC1/CA1",
    "hop": "1#abc",
    "mode": "hold",
    "finished": True,
    "outcome": "answered",
}
OPEN = {"session": "AC1/CA2", "hop": "0#0", "mode": "hold"}


def event(kind: str, outcome: str = "answered", revision: int = 3) -> dict[str, Any]:
    detail = {"id": "CA1/1/abc", "revision": revision, "outcome": outcome}
    return {"detail-type": f"Transfer {kind}", "detail": detail}


def test_an_event_names_a_record_by_session_hop_and_refer() -> None:
    assert identity(RECORD) == "CA1/1/abc"


@pytest.mark.parametrize(
    "events",
    [
        [event("Finished")],
        [event("Finished", "busy", 2), event("Corrected")],
        [event("Corrected"), event("Finished", "busy", 2)],
    ],
)
def test_one_finished_event_and_any_corrections_tell_of_a_record(
    events: list[dict[str, Any]],
) -> None:
    assert list(unlike([RECORD, OPEN], events)) == []


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([], ["CA1/1/abc: told 0 times as finished"]),
        ([event("Finished")] * 2, ["CA1/1/abc: told 2 times as finished"]),
        ([event("Finished", "busy")], ["CA1/1/abc: recorded answered, told busy"]),
        ([event("Finished"), event("Lost")], ["CA1/1/abc: told as Transfer Lost"]),
        (
            [event("Finished"), event("Corrected", "busy", 4)],
            ["CA1/1/abc: recorded answered, told busy"],
        ),
    ],
)
def test_what_is_told_otherwise_is_named(events: list[dict[str, Any]], said: list[str]) -> None:
    assert list(unlike([RECORD], events)) == said


def test_an_event_of_an_open_record_or_of_none_is_named() -> None:
    assert list(
        unlike([RECORD], [event("Finished"), {"detail-type": "Strange", "detail": {}}])
    ) == ["Strange: told, and no such record is finished"]
    assert list(unlike([{**RECORD, "finished": False}], [event("Finished")])) == [
        "CA1/1/abc: told, and no such record is finished"
    ]


def test_outcomes_are_counted_the_most_frequent_first() -> None:
    assert tally([OPEN, RECORD, RECORD]) == "2 answered, 1 open"


def test_a_counter_of_the_rate_limits_is_no_hop() -> None:
    assert [is_hop(RECORD), is_hop({"session": "rate", "hop": "x", "hits": 3})] == [True, False]

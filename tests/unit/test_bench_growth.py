"""The records that growth is measured on hold what they are said to hold."""

import pytest
from bench import growth_legs

from call_transfer.action import MAX_NOUNS
from call_transfer.outcome import Conclusion


@pytest.mark.parametrize(("legs", "dials"), [(1, 1), (10, 1), (11, 2), (100, 10)])
def test_a_record_has_so_many_legs_in_dials_of_ten_at_most(legs: int, dials: int) -> None:
    record = growth_legs.record(legs)
    assert len({leg.call_sid for leg in record.legs}) == legs
    assert len(record.tried) == dials
    assert all(len(plan.nouns) <= MAX_NOUNS for plan in record.tried.values())


@pytest.mark.parametrize("legs", [1, 10, 100])
def test_the_record_is_open_until_the_action_of_its_last_dial(legs: int) -> None:
    record = growth_legs.record(legs)
    attempt = growth_legs.link(legs).attempt
    assert len(record.results) == attempt
    concluded = record.conclusion()
    assert concluded == Conclusion(attempt=attempt)


def test_the_webhooks_are_those_of_the_last_leg_and_of_the_last_dial() -> None:
    assert growth_legs.leg_status(100)["pathParameters"] == {
        "mode": "release",
        "session": growth_legs.link(100).session,
        "hop": "1",
        "refer_id": "0123456789ab",
        "attempt": "9",
        "stage": "fallback",
        "noun": "9",
        "nouns": "10",
    }
    assert growth_legs.dial_result(1)["rawPath"].endswith("/0/transfer")

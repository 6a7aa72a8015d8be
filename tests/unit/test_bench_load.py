"""The accounting of a load run: what is lost, doubled or wrong is found, and the call is named."""

from dataclasses import replace
from typing import Any

import pytest
from bench import load, load_account, load_calls
from bench.load_calls import Expected

TENANT = "AC" + "a" * 32
ANSWERED = Expected("answers-true", "CA" + "1" * 32, ("answered", "answered"))
RECALLED = Expected("busy-true", "CA" + "2" * 32, ("answered", "recalled"))
CALLS = [ANSWERED, RECALLED]


def item(call: Expected, hop: int, **fields: object) -> dict[str, Any]:
    name = f"{hop}#{'0123456789ab' if hop else '0'}"
    outcome = call.outcomes[hop]
    known = {"session": f"{TENANT}/{call.session}", "hop": name, "outcome": outcome}
    return known | {"finished": True} | fields


def told(call: Expected, hop: int) -> dict[str, Any]:
    kind = "transfer" if hop else "initial_call"
    return {"message": kind, "session": call.session, "hop": hop, "outcome": call.outcomes[hop]}


def counted(call: Expected, hop: int) -> dict[str, Any]:
    return {("Transfers" if hop else "InitialCalls"): [1.0], "outcome": call.outcomes[hop]}


HOPS = [(call, hop) for call in CALLS for hop in (0, 1)]
RECORDS = [item(*one) for one in HOPS]
CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    *(({}, item(*one, finished=False)) for one in HOPS),
    *((item(*one, finished=False), item(*one)) for one in HOPS),
    # What is told after the end is no second end.
    *((item(*one), item(*one)) for one in HOPS),
]
LINES = [line for one in HOPS for line in (told(*one), counted(*one))]


def problems(**changed: Any) -> list[str]:  # noqa: ANN401 - any of the four ways
    seen: dict[str, Any] = {"records": RECORDS, "changes": CHANGES, "lines": LINES}
    return load_account.problems(CALLS, **(seen | changed))


def test_what_is_told_once_and_rightly_is_no_problem() -> None:
    assert problems() == []


def test_a_lost_record_is_found() -> None:
    assert problems(records=RECORDS[:-1]) == [f"{RECALLED}: lost: hop 1 has no record"]


def test_a_second_record_of_a_hop_is_found() -> None:
    twice = item(ANSWERED, 1) | {"hop": "1#ba9876543210"}
    assert problems(records=[*RECORDS, twice]) == [
        f"{ANSWERED}: doubled: hop 1 has 2 times a record: answered, answered"
    ]


def test_a_hop_that_was_never_asked_for_is_found() -> None:
    third = item(ANSWERED, 1) | {"hop": "2#ba9876543210"}
    assert problems(records=[*RECORDS, third]) == [
        f"{ANSWERED}: doubled: a record of hop 2, which the call does not have"
    ]


def test_a_wrong_outcome_is_found() -> None:
    assert problems(records=[*RECORDS[:-1], item(RECALLED, 1, outcome="answered")]) == [
        f"{RECALLED}: wrong: hop 1 is recalled, and its record says answered"
    ]


def test_a_hop_that_never_finished_is_found() -> None:
    open_still = {**item(RECALLED, 1), "outcome": None}
    assert problems(records=[*RECORDS[:-1], open_still]) == [
        f"{RECALLED}: wrong: hop 1 is recalled, and its record says None"
    ]


def test_a_hop_that_is_finished_twice_is_found() -> None:
    again = (item(RECALLED, 1, finished=False), item(RECALLED, 1))
    assert problems(changes=[*CHANGES, again]) == [
        f"{RECALLED}: doubled: hop 1 has 2 times a change: recalled, recalled"
    ]


def test_a_line_that_is_missing_and_one_that_is_written_twice_are_found() -> None:
    lines = [one for one in LINES if one != told(RECALLED, 1)]
    assert problems(lines=lines) == [f"{RECALLED}: lost: hop 1 has no line"]
    assert problems(lines=[*LINES, told(ANSWERED, 0)]) == [
        f"{ANSWERED}: doubled: hop 0 has 2 times a line: answered, answered"
    ]


def test_metrics_that_count_too_few_and_too_many_are_found() -> None:
    lines = [one for one in LINES if one != counted(RECALLED, 1)]
    assert problems(lines=lines) == [
        "lost: the metric Transfers counts 0 recalled, and there were 1"
    ]
    assert problems(lines=[*LINES, counted(ANSWERED, 0)]) == [
        "doubled: the metric InitialCalls counts 3 answered, and there were 2"
    ]


def test_a_call_that_nobody_made_is_found() -> None:
    strange = replace(ANSWERED, session="CA" + "3" * 32)
    assert problems(records=[*RECORDS, item(strange, 0)]) == [
        f"{strange.session}: a record of a call that nobody made"
    ]


def test_a_webhook_with_a_bug_of_ours_is_found() -> None:
    line = {"message": "webhook", "session": ANSWERED.session, "bug": "KeyError in hop.take:12"}
    assert problems(lines=[*LINES, line]) == [f"{ANSWERED.session}: bug: KeyError in hop.take:12"]


def test_webhooks_that_waited_for_a_table_are_counted_and_are_no_problem() -> None:
    late = {"message": "webhook", "record_problem": "ReadTimeoutError", "milliseconds": 3100.5}
    retried = {"message": "webhook", "milliseconds": 1620.0}
    lines = [*LINES, late, retried, {"message": "webhook", "milliseconds": 12.0}]
    assert load_account.late(lines) == 2
    assert problems(lines=lines) == []


@pytest.mark.parametrize("transfers", [1, 7, 100, 2000])
def test_the_levels_share_all_transfers(transfers: int) -> None:
    assert sum(load.shares(transfers).values()) == transfers


def test_every_call_of_the_mix_is_one_transfer_of_a_session_of_its_own() -> None:
    calls = list(load_calls.expected(load_calls.mixed(2 * len(load_calls.MIX))))
    assert {call.transfers for call in calls} == {1}
    assert len({call.session for call in calls}) == len(calls)

"""One family: it is drawn on top of `errors` as it is, and each member carries its evidence."""

import re

import pytest

from call_transfer import errors
from call_transfer.errors import (
    CallTransferError,
    Closed,
    Denied,
    InvalidTarget,
    MalformedEntry,
    MalformedRequest,
    NotSigned,
    PayloadTooLarge,
    RateLimited,
    RecordNotWritten,
    RecordsUnreadable,
    Refusal,
    RequestRejected,
    SettingsError,
    TableUnreadable,
    TokensUnavailable,
    Unavailable,
    UnknownTarget,
    WrongSignature,
)
from call_transfer.facts import Outcome


def family(root: type[CallTransferError]) -> dict[str, str]:
    """Return each class of the family with the name of its parent."""
    found: dict[str, str] = {}
    for child in root.__subclasses__():
        found |= {child.__name__: root.__name__} | family(child)
    return found


def drawn(tree: str) -> dict[str, str]:
    """Read the same from the drawing: three columns are one generation."""
    parents: list[str] = ["CallTransferError"]
    found = {}
    for line in re.finditer(r"^([│ ]*)[├└]── (\w+)", tree, re.MULTILINE):
        depth = len(line[1]) // 4 + 1
        found[line[2]] = parents[depth - 1]
        parents[depth:] = [line[2]]
    return found


def test_the_tree_that_is_drawn_is_the_family() -> None:
    assert drawn(str(errors.__doc__)) == family(CallTransferError)


@pytest.mark.parametrize(
    ("kind", "outcome", "status"),
    [
        (InvalidTarget, Outcome.INVALID_TARGET, 400),
        (UnknownTarget, Outcome.UNKNOWN_TARGET, 404),
        (Denied, Outcome.DENIED, 403),
        (Unavailable, Outcome.UNAVAILABLE, 503),
    ],
)
def test_a_refusal_has_an_outcome_and_a_status_of_its_own(
    kind: type[Refusal], outcome: Outcome, status: int
) -> None:
    assert (kind.outcome, kind.status) == (outcome, status)


def test_a_refusal_carries_its_code_its_sentence_and_its_rule() -> None:
    refusal = Denied("deny_entry", "closed on Sundays", rule="AC1/agentb")
    assert (refusal.code, refusal.message, refusal.rule) == (
        "deny_entry",
        "closed on Sundays",
        "AC1/agentb",
    )
    assert str(refusal) == "deny_entry: closed on Sundays"


def test_a_refusal_can_say_something_of_its_own_to_the_party() -> None:
    refusal = Denied("deny_entry", "no", say="Nicht diese Nummer.", language="de-DE")
    assert (refusal.say, refusal.language) == ("Nicht diese Nummer.", "de-DE")
    assert (UnknownTarget("no_entry", "no").say, UnknownTarget("no_entry", "no").language) == (
        "",
        "",
    )


def test_a_closed_entry_is_denied_and_says_who_takes_its_calls() -> None:
    refusal = Closed("*/2001", "2002")
    assert (refusal.code, refusal.rule, refusal.instead) == ("closed", "*/2001", "2002")
    assert (refusal.outcome, refusal.status) == (Outcome.DENIED, 403)


def test_a_limit_is_denied_and_says_which() -> None:
    refusal = RateLimited(10, "rate/transferor")
    assert (refusal.code, refusal.rule) == ("rate_limit", "rate/transferor")
    assert refusal.message == "more than 10 transfers in this minute"
    assert (refusal.outcome, refusal.status) == (Outcome.DENIED, 403)


def test_the_reader_refuses_without_a_rule() -> None:
    assert InvalidTarget("empty", "no transfer target is there").rule == ""


def test_an_unreadable_table_is_our_fault_and_says_whose_else() -> None:
    refusal = TableUnreadable("ConnectTimeoutError")
    assert (refusal.outcome, refusal.status) == (Outcome.UNAVAILABLE, 503)
    assert str(refusal) == "table_unreadable: DynamoDB cannot be read: ConnectTimeoutError"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (MalformedRequest, 400),
        (NotSigned, 403),
        (WrongSignature, 403),
        (PayloadTooLarge, 413),
        (TokensUnavailable, 503),
    ],
)
def test_a_rejected_request_has_a_status_and_keeps_its_reason(
    kind: type[RequestRejected], status: int
) -> None:
    rejected = kind("because")
    assert (rejected.status, rejected.reason, str(rejected)) == (status, "because", "because")


def test_a_malformed_entry_says_where_and_what() -> None:
    error = MalformedEntry("+1415*", "dial", "or deny must be there, and not both")
    assert (error.address, error.field) == ("+1415*", "dial")
    assert error.problem == "or deny must be there, and not both"
    assert str(error) == "directory entry '+1415*': dial or deny must be there, and not both"


def test_a_record_that_is_not_written_names_the_cause() -> None:
    error = RecordNotWritten("ThrottlingException")
    assert error.cause == "ThrottlingException"
    assert str(error) == "DynamoDB cannot be written: ThrottlingException"


def test_records_that_make_no_sense_are_numbered_and_the_log_has_the_rest() -> None:
    assert str(RecordsUnreadable(2)) == (
        "2 records make no sense: see `bug` in the lines `watchdog` of this run"
    )


def test_all_problems_of_the_settings_are_one_sentence() -> None:
    error = SettingsError(problem for problem in ["A is not set", "B is empty"])
    assert error.problems == ("A is not set", "B is empty")
    assert str(error) == "A is not set; B is empty"

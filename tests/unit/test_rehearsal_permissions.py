"""What a function may do, judged from its policy; what it asks for is found, not listed."""

import re

import pytest

from rehearsal.denials import Answer, named, questions, unasked
from rehearsal.leaving import KINDS, surprises
from rehearsal.permissions import UnreadablePolicy, allowed, kind_of, statements
from rehearsal.probes import PROBES
from transformed import TEMPLATES, listed, resources, transformed

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/calls"
BUS = "arn:aws:events:us-east-1:000000000000:event-bus/outcomes"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:letters"
SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:tokens-x1"  # noqa: S105 - a name


def policy(*given: tuple[str, object, object]) -> list:  # type: ignore[type-arg] # of statements
    document = {"Statement": [{"Effect": e, "Action": a, "Resource": r} for e, a, r in given]}
    return list(statements(document))


def test_only_what_is_named_is_allowed() -> None:
    own = policy(("Allow", ["dynamodb:UpdateItem", "dynamodb:Get*"], TABLE))
    assert allowed(own, "dynamodb:UpdateItem", TABLE)
    assert allowed(own, "dynamodb:getitem", TABLE)
    assert not allowed(own, "dynamodb:Scan", TABLE)
    assert not allowed(own, "dynamodb:UpdateItem", f"{TABLE}2")
    assert not allowed([], "dynamodb:UpdateItem", TABLE)


def test_a_deny_overrides_whatever_allows() -> None:
    own = policy(("Allow", "events:*", "*"), ("Deny", "events:PutEvents", BUS))
    assert not allowed(own, "events:PutEvents", BUS)
    assert allowed(own, "events:PutRule", BUS)


def test_a_policy_that_cannot_be_judged_is_an_error() -> None:
    statement = {"Effect": "Allow", "Action": "x:Y", "Resource": "*", "Condition": {}}
    with pytest.raises(UnreadablePolicy, match="Condition in"):
        list(statements({"Statement": statement}))


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (TABLE, "table"),
        (f"{TABLE}/index/open_hops", "index"),
        (f"{TABLE}/stream/2026-11-28T00:00:00.000", "stream"),
        (BUS, "event-bus"),
        (QUEUE, "queue"),
        (SECRET, "secret"),
    ],
)
def test_an_arn_tells_what_kind_of_resource_it_names(arn: str, kind: str) -> None:
    assert kind_of(arn) == kind


def test_an_arn_of_a_service_that_nobody_was_given_is_an_error() -> None:
    with pytest.raises(UnreadablePolicy, match="no kind is known"):
        kind_of("arn:aws:s3:::bucket")


def test_every_resource_is_asked_for_by_every_probe_of_its_kind() -> None:
    asked = questions([QUEUE, TABLE])
    of_tables = {action for action, kind in PROBES if kind == "table"}
    assert {action for action, arn in asked if arn == TABLE} == of_tables
    assert {action for action, arn in asked if arn == QUEUE} == {"sqs:SendMessage"}


def test_an_action_of_a_policy_that_no_probe_asks_for_is_named() -> None:
    own = policy(("Allow", ["dynamodb:UpdateItem", "dynamodb:ExportTable"], TABLE))
    assert unasked([own]) == {"dynamodb:ExportTable of a table"}


def test_a_probe_asks_for_every_action_that_a_function_of_the_templates_has() -> None:
    stream = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
    named_there = {
        action
        for path in TEMPLATES
        for role in resources(transformed(path), "AWS::IAM::Role").values()
        for own in role.get("Policies", [])
        for statement in own["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
        if _is_of_a_function(role)
    }
    probed = {action for action, _ in PROBES}
    assert named_there - probed <= {f"dynamodb:{one}" for one in stream}


def _is_of_a_function(role: dict) -> bool:  # type: ignore[type-arg] # a node of a template
    return "lambda.amazonaws.com" in str(role["AssumeRolePolicyDocument"])


def test_an_answer_contradicts_its_policy_when_it_is_denied_and_allowed_or_neither() -> None:
    cases = [(True, True), (True, False), (False, True), (False, False)]
    found = [Answer("F", "x:Y", TABLE, allowed, denied).contradicts for allowed, denied in cases]
    assert found == [True, False, False, True]


def test_a_resource_is_printed_by_the_longest_name_that_it_has() -> None:
    names = {"stack": "EventBus", "stack-Letters": "DeadLetters", "calls": "CallsTable"}
    queue = "arn:aws:sqs:us-east-1:000000000000:stack-Letters-1"
    assert named(queue, names) == "DeadLetters"
    assert named(f"{TABLE}/index/open_hops", names) == "CallsTable index open_hops"
    assert named("arn:aws:dynamodb:us-east-1:000000000000:table/another", {}) == "another"


def test_what_goes_and_what_stays_against_the_templates_is_named() -> None:
    nothing: dict[str, set[str]] = {kind: set() for kind in KINDS}
    table, function = "AWS::DynamoDB::Table", "AWS::Lambda::Function"
    before = nothing | {table: {"somebody's"}}
    kept = nothing | {table: {"calls"}}
    assert surprises(before, before | {table: {"somebody's", "calls"}}, kept) == []
    found = surprises(before, nothing | {function: {"refer"}}, kept)
    assert found == [
        f"{table} calls is gone, and was to be kept",
        f"{function} refer is still there",
    ]
    assert all(re.fullmatch(r"AWS::\w+::\w+", kind) for kind in KINDS)

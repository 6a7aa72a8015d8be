"""A function may do what its code does, and nothing else.

What the code does is found by running it (tests/aws_calls.py), what the function may do by reading
the roles that SAM makes of the templates.
"""

import json
import re
from typing import Any

import pytest

from aws_calls import Recorder, record
from gateway.stack import ROOT
from laptop import held
from transformed import TEMPLATES, granted, listed, resources, transformed

DEPLOYED = [transformed(path) for path in TEMPLATES]


def of_all(kind: str) -> dict[str, dict[str, Any]]:
    return {name: one for each in DEPLOYED for name, one in resources(each, kind).items()}


FUNCTIONS = of_all("AWS::Lambda::Function")
# It has a test of its own, tests/contract/test_fallback.py: it calls nothing.
WORKING = sorted(set(FUNCTIONS) - {"FallbackFunction"})
# SAM adds them to the roles that it makes; a role of our own for each function would be a page of
# YAML. They read nothing: one writes logs, in any group, the other traces, which have no resource.
MANAGED = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}
# What Lambda does as the function when a mapping reads a stream for it: "Using AWS Lambda with
# Amazon DynamoDB", AWS Lambda Developer Guide.
STREAM = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    return record()


def role_of(function: str) -> dict[str, Any]:
    [name, attribute] = FUNCTIONS[function]["Role"]["Fn::GetAtt"]
    assert attribute == "Arn"
    return of_all("AWS::IAM::Role")[name]


def logical(arn: str) -> str:
    """Name a resource of a policy as it is named on a laptop."""
    names = "TargetsTable|CallsTable|CallsStream|TokensSecret|EventBus|DeadLetters"
    found = re.search(names, arn)
    assert found, f"{arn} is no resource of ours"
    index = re.search(r"/index/\w+", arn)
    return found[0] + (index[0] if index else "")


def done_by_lambda(function: str) -> set[tuple[str, str]]:
    """Return what Lambda does as this function, by the mappings of the templates."""
    done = set()
    for mapping in of_all("AWS::Lambda::EventSourceMapping").values():
        if mapping["FunctionName"] == {"Ref": function}:
            failed = json.dumps(mapping["DestinationConfig"]["OnFailure"]["Destination"])
            done |= {(f"dynamodb:{action}", "CallsStream") for action in STREAM}
            done |= {("sqs:SendMessage", logical(failed))}
    return done


@pytest.mark.parametrize("function", WORKING)
def test_a_function_may_do_what_it_does_and_nothing_else(function: str, recorder: Recorder) -> None:
    allowed = {(action, logical(arn)) for action, arn in granted(role_of(function))}
    assert allowed == recorder.calls[function] | done_by_lambda(function)


def test_no_call_that_the_code_can_make_was_missed(recorder: Recorder) -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "functions").rglob("*.py"))
    services = set(re.findall(r'\bclient\("(\w+)"\)', code))
    known = {name for one in services for name in held(one).meta.method_to_api_mapping}
    written = known & set(re.findall(r"client\.(\w+)", code))
    # Powertools makes the call of call_transfer/tokens.py.
    assert recorder.methods == written | {"get_secret_value"}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_no_policy_has_a_wildcard(function: str) -> None:
    assert [one for one in granted(role_of(function)) if "*" in "".join(one)] == []


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_no_role_has_a_managed_policy_but_those_that_sam_adds(function: str) -> None:
    arns = listed(role_of(function)["ManagedPolicyArns"])
    assert {arn.rpartition("/")[2] for arn in arns} <= MANAGED


def test_a_role_is_of_one_function_or_of_codedeploy() -> None:
    roles = set(of_all("AWS::IAM::Role")) - {"CodeDeployServiceRole", "WorkflowRole", "ServiceRole"}
    assert sorted(roles) == sorted(one["Role"]["Fn::GetAtt"][0] for one in FUNCTIONS.values())

"""infra/deploy_role.yaml: who may deploy; it may do what our resources need, and no more."""

import json
import re
from typing import Any

import pytest

from gateway.stack import ROOT, load
from registry import DEPLOYED, EXTRA, UNUSED, asked, left_out, needed
from transformed import granted, listed, resources

PATH = ROOT / "infra" / "deploy_role.yaml"
RESOURCES = load(PATH)["Resources"]
PARAMETERS = load(PATH)["Parameters"]
# Statements on "*", and why there is no resource to name.
NO_RESOURCE = {
    ("Boundary", "NoResourceLevel"): "X-Ray, and ListStreams",
    ("ServiceRole", "NoResourceLevel"): "saved queries and log deliveries",
    ("ServiceRole", "Mappings"): "CreateEventSourceMapping; a condition names the function",
}


def policy_statements(name: str) -> list[dict[str, Any]]:
    properties = RESOURCES[name]["Properties"]
    if "PolicyDocument" in properties:
        return list(properties["PolicyDocument"]["Statement"])
    return [
        one for policy in properties["Policies"] for one in policy["PolicyDocument"]["Statement"]
    ]


def actions(name: str) -> set[str]:
    return {action for one in policy_statements(name) for action in listed(one["Action"])}


def test_cloudformation_may_do_all_that_our_resources_need() -> None:
    assert needed() - actions("ServiceRole") == set()


def test_cloudformation_may_do_nothing_that_no_resource_of_ours_needs() -> None:
    assert actions("ServiceRole") - needed() == set(EXTRA)


@pytest.mark.parametrize("reason", UNUSED)
def test_what_is_left_out_is_named_by_a_schema(reason: str) -> None:
    assert any(left_out(reason, action) for action in asked())


def test_a_workflow_may_ask_cloudformation_and_nobody_else() -> None:
    assert {action.partition(":")[0] for action in actions("WorkflowRole")} == {
        "cloudformation",
        "s3",
        "iam",
    }
    [passed] = [one for one in policy_statements("WorkflowRole") if one["Action"] == "iam:PassRole"]
    assert passed["Resource"] == {"Fn::GetAtt": "ServiceRole.Arn"}
    assert passed["Condition"] == {
        "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}
    }
    assert "cloudformation:DeleteStack" not in actions("WorkflowRole")


def test_one_environment_of_one_repository_may_assume_the_role() -> None:
    [statement] = RESOURCES["WorkflowRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    issuer = "token.actions.githubusercontent.com"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{issuer}:aud": "sts.amazonaws.com",
            f"{issuer}:sub": {"Fn::Sub": "repo:${Repository}:environment:${Environment}"},
        }
    }
    for parameter, bad in {
        "Repository": ["owner/*", "*", "a/b:ref"],
        "Environment": ["*", ""],
    }.items():
        pattern = PARAMETERS[parameter]["AllowedPattern"]
        assert [value for value in bad if re.fullmatch(pattern, value)] == []


@pytest.mark.parametrize("name", ["WorkflowRole", "Boundary", "ServiceRole"])
def test_every_resource_is_named_or_has_a_reason(name: str) -> None:
    for statement in policy_statements(name):
        arns = [
            one if isinstance(one, str) else json.dumps(one)
            for one in listed(statement["Resource"])
        ]
        if (name, statement["Sid"]) in NO_RESOURCE:
            assert arns == ["*"]
        elif statement["Sid"] == "Apis":
            assert all(re.search(r"::/(apis|domainnames|tags)", arn) for arn in arns)
        else:
            own = "NamePrefix|TokensSecret|aws-sam-cli-managed-default|transform/|ServiceRole"
            own += "|CodeDeployDefault|event-source-mapping"
            assert [arn for arn in arns if not re.search(own, arn)] == []
        assert not any("*" in action for action in listed(statement["Action"]))


def test_the_roles_of_deploying_are_out_of_reach_of_what_is_deployed() -> None:
    for name in ("WorkflowRole", "Boundary", "ServiceRole"):
        assert RESOURCES[name]["Properties"]["Path"] == "/deploy/"
    reached = [
        one["Resource"]["Fn::Sub"]
        for one in policy_statements("ServiceRole")
        if str(listed(one["Action"])[0]).startswith("iam:") and one["Sid"] != "PassRoles"
    ]
    assert all("::${AWS::AccountId}:role/${NamePrefix}*" in arn for arn in reached)


def test_a_role_gets_permissions_only_below_the_boundary() -> None:
    writes = {"iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"}
    for statement in policy_statements("ServiceRole"):
        if not writes & set(listed(statement["Action"])):
            continue
        bounded = {"StringEquals": {"iam:PermissionsBoundary": {"Ref": "Boundary"}}}
        codedeploy = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"
        only = {"ArnEquals": {"iam:PolicyARN": {"Fn::Sub": codedeploy}}}
        assert statement["Condition"] in (bounded, only)


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda path: path.name)
def test_every_role_of_ours_can_be_bounded(path: Any) -> None:  # noqa: ANN401 - pytest's
    for name, role in resources(DEPLOYED[path], "AWS::IAM::Role").items():
        if name != "CodeDeployServiceRole":
            assert role.get("PermissionsBoundary") == {
                "Fn::If": [
                    "HasPermissionsBoundary",
                    {"Ref": "PermissionsBoundary"},
                    {"Ref": "AWS::NoValue"},
                ]
            }, name


def test_the_boundary_holds_what_the_functions_use_and_nothing_else() -> None:
    used = {
        action
        for template in DEPLOYED.values()
        for role in resources(template, "AWS::IAM::Role").values()
        for action, _ in granted(role)
    }
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    tracing = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    assert actions("Boundary") == used | logs | tracing


def test_the_prefix_is_shorter_than_what_cloudformation_leaves_of_a_name() -> None:
    # <stack>-<logical id>-<12 or 13 characters>, where the stack is cut until there are 64.
    names = [
        name
        for template in DEPLOYED.values()
        for kind in ("AWS::IAM::Role", "AWS::Lambda::Function")
        for name in resources(template, kind)
    ]
    left = 64 - max(map(len, names)) - len("--") - 13
    assert PARAMETERS["NamePrefix"]["MaxLength"] <= left


@pytest.mark.parametrize(
    ("name", "limit"), [("WorkflowRole", 10_240), ("ServiceRole", 10_240), ("Boundary", 6_144)]
)
def test_a_policy_is_within_the_limits_of_iam(name: str, limit: int) -> None:
    text = json.dumps(policy_statements(name), separators=(",", ":"))
    for variable, value in {
        "Partition": "aws-us-gov",
        "Region": "ap-southeast-7",
        "AccountId": "1" * 12,
    }.items():
        text = text.replace(f"${{AWS::{variable}}}", value)
    assert len(text.replace("${NamePrefix}", "p" * 22)) < limit

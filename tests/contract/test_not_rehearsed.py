"""What the emulator of `make rehearse` cannot show, read from the templates as SAM transforms them.

docs/rehearsal.md lists each with its reason, and names the fact here that holds it.
"""

import inspect
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.stack import ROOT
from rehearsal.run import LACKING
from transformed import ROOT_TEMPLATE, resources, transformed

DOCUMENT = (ROOT / "docs" / "rehearsal.md").read_text(encoding="utf-8")
TEMPLATE = transformed(ROOT_TEMPLATE)
FUNCTION, ALIAS = "AWS::Lambda::Function", "AWS::Lambda::Alias"
FUNCTIONS = sorted(resources(TEMPLATE, FUNCTION))


def infra(name: str) -> dict[str, Any]:
    return transformed(Path(ROOT / "infra" / f"{name}.yaml"))


def test_the_page_lists_these_facts_and_no_others() -> None:
    own = {
        name
        for name, _ in inspect.getmembers(sys.modules[__name__], inspect.isfunction)
        if name.startswith("test_")
    }
    own.discard("test_the_page_lists_these_facts_and_no_others")
    assert set(re.findall(r"`(test_\w+)`", DOCUMENT)) == own


def test_the_page_names_what_is_switched_off_for_the_emulator() -> None:
    assert {name for name in LACKING if f"`{name}={LACKING[name]}`" in DOCUMENT} == set(LACKING)


def test_records_and_nothing_else_expire() -> None:
    tables = resources(infra("storage"), "AWS::DynamoDB::Table")
    found = {name: table.get("TimeToLiveSpecification") for name, table in tables.items()}
    expires = {"AttributeName": "expires_at", "Enabled": True}
    assert found == {"CallsTable": expires, "TargetsTable": None}


def test_tables_are_encrypted_and_can_be_restored() -> None:
    for table in resources(infra("storage"), "AWS::DynamoDB::Table").values():
        assert table["SSESpecification"] == {"SSEEnabled": True}
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_every_log_group_masks_personal_data() -> None:
    for group in resources(infra("logs"), "AWS::Logs::LogGroup").values():
        operations = [one["Operation"] for one in group["DataProtectionPolicy"]["Statement"]]
        assert [list(one) for one in operations] == [["Audit"], ["Deidentify"]]


def test_the_api_logs_its_requests_and_throttles_far_above_what_calls_need() -> None:
    [stage] = resources(TEMPLATE, "AWS::ApiGatewayV2::Stage").values()
    assert stage["AccessLogSettings"]["DestinationArn"] == {
        "Fn::GetAtt": "Logs.Outputs.AccessLogsArn"
    }
    rate = {"Ref": "ThrottleRate"}
    assert stage["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": rate,
        "ThrottlingBurstLimit": rate,
    }
    assert TEMPLATE["Parameters"]["ThrottleRate"]["Default"] == 1000


def test_the_api_may_call_the_live_version_of_each_function_and_no_other() -> None:
    permissions = resources(TEMPLATE, "AWS::Lambda::Permission").values()
    assert {one["FunctionName"]["Ref"] for one in permissions} == set(resources(TEMPLATE, ALIAS))
    assert {one["Principal"] for one in permissions} == {"apigateway.amazonaws.com"}
    assert all("${__ApiId__}" in one["SourceArn"]["Fn::Sub"][0] for one in permissions)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_calls_move_to_a_new_version_step_by_step_and_back_on_an_alarm(function: str) -> None:
    update = TEMPLATE["Resources"][f"{function}Aliaslive"]["UpdatePolicy"]
    group = update["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"]["Ref"]
    properties = resources(TEMPLATE, "AWS::CodeDeploy::DeploymentGroup")[group]
    assert properties["AutoRollbackConfiguration"]["Enabled"] is True
    assert properties["AlarmConfiguration"]["Enabled"] is True
    named = {one["Name"]["Fn::GetAtt"] for one in properties["AlarmConfiguration"]["Alarms"]}
    outputs = infra("observability")["Outputs"]
    rollback = {f"Observability.Outputs.{one}" for one in outputs if one.startswith("Rollback")}
    assert named == rollback != set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_is_traced_and_starts_from_a_snapshot_when_asked_to(function: str) -> None:
    properties = TEMPLATE["Resources"][function]["Properties"]
    assert properties["TracingConfig"] == {"Mode": "Active"}
    assert properties["SnapStart"] == {"ApplyOn": {"Ref": "SnapStart"}}
    assert TEMPLATE["Parameters"]["SnapStart"]["Default"] == "None"


def test_alarms_on_several_metrics_are_made_unless_they_are_switched_off() -> None:
    alarms = {
        name: one
        for template in ("observability", "alarms")
        for name, one in infra(template)["Resources"].items()
        if one["Type"] == "AWS::CloudWatch::Alarm"
    }
    computed = {name for name, one in alarms.items() if "Metrics" in one["Properties"]}
    assert computed == {name for name, one in alarms.items() if one.get("Condition") == "WithMath"}
    assert computed != set()
    assert TEMPLATE["Parameters"]["MathAlarms"]["Default"] == "on"


def test_every_alarm_tells_the_topic() -> None:
    for template in ("observability", "alarms"):
        for alarm in resources(infra(template), "AWS::CloudWatch::Alarm").values():
            assert alarm["AlarmActions"] == [{"Ref": "Topic"}]


def test_saved_queries_are_made_unless_they_are_switched_off() -> None:
    assert infra("monitoring")["Resources"]["Queries"]["Condition"] == "HasQueries"
    assert TEMPLATE["Parameters"]["SavedQueries"]["Default"] == "on"
    assert resources(infra("queries"), "AWS::Logs::QueryDefinition") != {}


def test_what_the_events_function_could_not_tell_is_tried_again_and_then_kept() -> None:
    [stream] = resources(infra("outcomes"), "AWS::Lambda::EventSourceMapping").values()
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["MaximumRetryAttempts"] > 0
    destination = stream["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination == {"Fn::GetAtt": "DeadLetters.Arn"}


def test_the_stream_is_read_by_the_events_function_alone() -> None:
    readers = {
        (name, str(statement["Resource"]))
        for template in (TEMPLATE, infra("outcomes"), infra("fallback"))
        for name, role in resources(template, "AWS::IAM::Role").items()
        for policy in role.get("Policies", [])
        for statement in policy["PolicyDocument"]["Statement"]
        if "dynamodb:GetRecords" in statement["Action"]
    }
    assert readers == {("OutcomeEventFunctionRole", str({"Ref": "CallsStreamArn"}))}


def test_the_watchdog_runs_every_five_minutes() -> None:
    [rule] = resources(infra("outcomes"), "AWS::Events::Rule").values()
    assert rule["ScheduleExpression"] == "rate(5 minutes)"
    assert [one["Arn"] for one in rule["Targets"]] == [{"Fn::GetAtt": ["WatchdogFunction", "Arn"]}]


def test_the_logs_of_the_fallback_outlive_its_stack() -> None:
    resources_ = infra("fallback")["Resources"].values()
    kept = {one["DeletionPolicy"] for one in resources_ if one["Type"] == "AWS::Logs::LogGroup"}
    assert kept == {"Retain"}


def test_a_domain_is_made_only_for_a_certificate() -> None:
    assert TEMPLATE["Resources"]["Domain"]["Condition"] == "MakesDomain"
    kinds = {one["Type"] for one in infra("domain")["Resources"].values()}
    assert kinds >= {"AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping"}

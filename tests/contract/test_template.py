"""What template.yaml and infra/storage.yaml promise, read from them."""

import dataclasses
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cfnlint.api
import pytest
from cfnlint.config import ManualArgs

from call_transfer.links import Link
from call_transfer.settings import Settings
from gateway.stack import ROOT, Stack
from transformed import TEMPLATES, transformed

STACK = Stack()
RESOURCES = STACK.template["Resources"]
STORAGE = STACK.storage["Resources"]
LOGS = STACK.nested("Logs")["Resources"]
FUNCTIONS = sorted(STACK.functions)
NESTED = sorted(
    name for name, one in RESOURCES.items() if one["Type"] == "AWS::CloudFormation::Stack"
)


def statements(function: str) -> Iterable[dict[str, Any]]:
    for policy in STACK.functions[function]["Policies"]:
        yield from policy["Statement"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_is_clean_after_the_transform_too(path: Path) -> None:
    # The transform takes up parameters and mappings; `make template` lints what is written.
    config = ManualArgs(regions=["us-east-1", "eu-central-1"], ignore_checks=["W2001", "W7001"])
    matches = cfnlint.api.lint(json.dumps(transformed(path)), config=config)
    assert [str(match) for match in matches] == []


@pytest.mark.parametrize("nested", NESTED)
def test_a_nested_stack_is_given_what_it_asks_for_and_says_what_it_is_asked(nested: str) -> None:
    template = STACK.nested(nested)
    given = set(RESOURCES[nested]["Properties"].get("Parameters", {}))
    asked = set(template.get("Parameters", {}))
    needed = {name for name in asked if "Default" not in template["Parameters"][name]}
    assert needed <= given <= asked
    read = re.findall(rf"{nested}\.Outputs\.(\w+)", json.dumps(STACK.template))
    assert set(read) <= set(template.get("Outputs", {}))


def test_every_handler_of_the_template_can_be_imported() -> None:
    for route in STACK.routes:
        assert callable(route.load_handler()), route


def test_every_module_beside_the_package_is_a_handler_of_the_template() -> None:
    modules = {path.stem for path in (ROOT / "functions").glob("*.py")}
    handlers = [
        one["Properties"]["Handler"]
        for template in (STACK.template, STACK.nested("Outcomes"))
        for one in template["Resources"].values()
        if one["Type"] == "AWS::Serverless::Function"
    ]
    assert sorted(modules) == sorted(handler.partition(".")[0] for handler in handlers)


def test_the_environment_is_exactly_the_fields_of_settings() -> None:
    names = [field.name.upper() for field in dataclasses.fields(Settings)]
    assert sorted(STACK.environment) == sorted(names)


def test_the_defaults_of_the_template_are_valid_settings() -> None:
    settings = Settings.parse(STACK.environment)
    assert (settings.default_mode, settings.hold_refusal) == ("hold", "error")
    assert settings.hold_action is False


def test_every_parameter_has_a_default_and_a_description() -> None:
    for name, parameter in STACK.template["Parameters"].items():
        assert "Default" in parameter, name
        assert parameter["Description"], name


def test_the_paths_carry_exactly_the_fields_of_a_link() -> None:
    fields = [field.name for field in dataclasses.fields(Link)]
    expected = {
        "/inbound-call": [],
        "/refer/": ["mode"],
        "/refer//": fields,
        "/dial-result/": fields,
        "/verb-result/": ["verb", *fields],
        "/whisper/": [*fields, "noun", "nouns"],
        "/accept/": [*fields, "noun", "nouns", "key"],
        "/leg-status/": [*fields, "noun", "nouns"],
        "/recording-status/": fields,
    }
    found = {route.path: re.findall(r"{(\w+)}", route.path) for route in STACK.routes}
    assert sorted(found.values()) == sorted(expected.values())


def test_first_dial_and_referral_can_be_fetched_with_get_and_post() -> None:
    methods: dict[tuple[str, str], set[str]] = {
        (route.function, route.path): set() for route in STACK.routes
    }
    for route in STACK.routes:
        methods[route.function, route.path].add(route.method)
    for (function, _), allowed in methods.items():
        both = function in {"InboundCallFunction", "ReferFunction"}
        assert allowed == ({"GET", "POST"} if both else {"POST"})


def test_the_api_has_the_default_stage_so_that_no_stage_is_in_the_path() -> None:
    assert RESOURCES["Api"]["Properties"]["StageName"] == "$default"


def test_functions_run_python_3_13_on_arm64_unless_asked_otherwise() -> None:
    assert STACK.template["Globals"]["Function"]["Runtime"] == "python3.13"
    assert STACK.template["Parameters"]["Architecture"]["Default"] == "arm64"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_policy_names_each_action_and_one_resource(function: str) -> None:
    for statement in statements(function):
        actions = statement["Action"]
        named = [actions] if isinstance(actions, str) else actions
        assert not any("*" in action for action in named)
        assert statement["Resource"] == {
            "Fn::GetAtt": f"Storage.Outputs.{statement['Resource']['Fn::GetAtt'].split('.')[-1]}"
        }


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_to_a_group_of_its_own_that_forgets(function: str) -> None:
    logs = function.replace("Function", "Logs")
    group = STACK.functions[function]["LoggingConfig"]["LogGroup"]
    assert group == {"Fn::GetAtt": f"Logs.Outputs.{logs}"}
    assert LOGS[logs]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert LOGS[logs]["DeletionPolicy"] == "Retain"
    handed = RESOURCES["Logs"]["Properties"]["Parameters"]
    assert handed == {"LogRetentionDays": {"Ref": "LogRetentionDays"}}


@pytest.mark.parametrize("table", ["TargetsTable", "CallsTable"])
def test_a_table_is_encrypted_restorable_and_outlives_the_stack(table: str) -> None:
    properties = STORAGE[table]["Properties"]
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert STORAGE[table]["DeletionPolicy"] == STORAGE[table]["UpdateReplacePolicy"] == "Retain"
    assert RESOURCES["Storage"]["DeletionPolicy"] == "Retain"


def test_records_of_calls_expire() -> None:
    ttl = STORAGE["CallsTable"]["Properties"]["TimeToLiveSpecification"]
    assert ttl == {"AttributeName": "expires_at", "Enabled": True}


def test_the_secret_is_created_empty_and_the_stack_says_how_to_fill_it() -> None:
    assert STORAGE["TokensSecret"]["Properties"]["SecretString"] == "{}"
    assert STORAGE["TokensSecret"]["DeletionPolicy"] == "Retain"
    assert "refer secret set" in STACK.template["Outputs"]["TokensSecret"]["Description"]


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("LastResort", ["", "+14155550123", "sip:desk@pbx.example.com"], ["4155550123", "desk"]),
        ("Fallback", ["", "transferor", "2001, transferor"], ["a b", ","]),
        ("ConnectionOverrides", ["", "rc=1&rp=ct,5xx"], ["#rc=1", "rc"]),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_by_the_deployment(
    parameter: str, good: list[str], bad: list[str]
) -> None:
    pattern = STACK.template["Parameters"][parameter]["AllowedPattern"]
    assert [value for value in good if not re.search(pattern, value)] == []
    assert [value for value in bad if re.search(pattern, value)] == []


@pytest.mark.parametrize("parameter", ["FallbackText", "FallbackDial"])
def test_the_stack_and_the_fallback_deployed_alone_take_the_same(parameter: str) -> None:
    root = STACK.template["Parameters"][parameter]
    alone = STACK.nested("StaticFallback")["Parameters"][parameter]
    assert root["Default"] == alone["Default"]
    assert root.get("AllowedPattern", alone["AllowedPattern"]) == alone["AllowedPattern"]


def test_no_token_is_a_parameter_or_a_variable() -> None:
    names = [*STACK.template["Parameters"], *STACK.environment]
    assert [name for name in names if re.search("token|password|secret", name, re.IGNORECASE)] == [
        "TOKENS_SECRET"
    ]


@pytest.mark.parametrize("output", ["VoiceUrl", "ReferUrlHold", "ReferUrlRelease"])
def test_the_urls_to_paste_into_twilio_are_routes(output: str) -> None:
    condition, custom, own = STACK.template["Outputs"][output]["Value"]["Fn::If"]
    assert condition == "HasPublicBaseUrl"
    path = custom["Fn::Sub"].removeprefix("${PublicBaseUrl}")
    assert own["Fn::Sub"].endswith(f".execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}{path}")
    for method in ("GET", "POST"):
        assert any(route.match(method, path) is not None for route in STACK.routes)


def test_the_templates_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "template.yaml").read_text().splitlines()) < 340
    for path in (ROOT / "infra").glob("*.yaml"):
        assert len(path.read_text().splitlines()) < 150, path

"""What a deployed stack is changed by: a template that fails half-way, aliases that go back."""

import json
from collections.abc import Mapping
from typing import Any

import boto3

from rehearsal.deployed import FUNCTION, Deployed
from rehearsal.workplace import RehearsalFailed

_ALIAS = "live"


def failing_after(template: str, functions: list[str]) -> str:
    """Return a template with a resource more: it cannot be made, and is tried when all calls are.

    "EventBus already exists" is what AWS says, too, of a second one of the same name.
    """
    resource = {
        "Type": "AWS::Events::EventBus",
        "DependsOn": [f"{function}Alias{_ALIAS}" for function in functions],
        "Properties": {"Name": {"Fn::GetAtt": ["Outcomes", "Outputs.EventBus"]}},
    }
    # YAML is a superset of JSON: a line of it is enough.
    added = f"Resources:\n  RehearsalFails: {json.dumps(resource)}\n"
    return template.replace("Resources:\n", added, 1)


def live_versions(deployed: Deployed) -> dict[str, str]:
    """Return the version that each function's alias points to, by the name of the function."""
    client: Any = boto3.client("lambda")
    found: dict[str, str] = {}
    for function in deployed.of(FUNCTION).values():
        aliases = client.list_aliases(FunctionName=function.physical)["Aliases"]
        for one in aliases:
            if one["Name"] == _ALIAS:
                found[function.physical] = one["FunctionVersion"]
    if not found:
        raise RehearsalFailed(f"no function has an alias {_ALIAS}")
    return found


def point_back(versions: Mapping[str, str]) -> None:
    """Let each alias point to the version that it pointed to: what CodeDeploy's rollback does."""
    for function, version in versions.items():
        boto3.client("lambda").update_alias(
            FunctionName=function, Name=_ALIAS, FunctionVersion=version
        )

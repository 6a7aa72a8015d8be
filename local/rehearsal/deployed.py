"""A stack as CloudFormation describes it: outputs, resources of the nested stacks too, templates.

Read only. Templates are those of the `Processed` stage: SAM's transform has been applied.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import yaml

FUNCTION = "AWS::Lambda::Function"
ROLE = "AWS::IAM::Role"
_NESTED = "AWS::CloudFormation::Stack"


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. `stack` is the one that has it: the root, or one nested in it.

    `retained` when the root keeps it, or the nested stack that it is in. What a nested stack keeps
    when it is deleted is not among them: ministack deletes it.
    """

    stack: str
    logical: str
    kind: str
    physical: str
    retained: bool
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Deployed:
    """The stack after a deployment."""

    name: str
    status: str
    outputs: Mapping[str, str]
    resources: tuple[Resource, ...]

    @classmethod
    def read(cls, name: str) -> "Deployed":
        """Ask CloudFormation."""
        described: Any = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        return cls(
            name=name,
            status=described["StackStatus"],
            outputs={one["OutputKey"]: one["OutputValue"] for one in described["Outputs"]},
            resources=tuple(_resources(name, retained=False, is_root=True)),
        )

    def of(self, kind: str) -> dict[str, Resource]:
        """Return the resources of a type by logical ID; no two of our stacks share one."""
        return {one.logical: one for one in self.resources if one.kind == kind}

    def physical(self, logical: str) -> str:
        """Return the name or ID of a resource."""
        return next(one.physical for one in self.resources if one.logical == logical)

    @property
    def base(self) -> str:
        """The URL below which Twilio's webhooks go, from the output that a person pastes."""
        return self.outputs["VoiceUrl"].removesuffix("/inbound-call")


def _resources(stack: str, *, retained: bool, is_root: bool) -> Iterator[Resource]:
    client: Any = boto3.client("cloudformation")
    body = client.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    # boto3 reads JSON, and leaves a template that sam wrote as YAML to us.
    template = yaml.safe_load(body) if isinstance(body, str) else body
    for one in client.describe_stack_resources(StackName=stack)["StackResources"]:
        described = template["Resources"][one["LogicalResourceId"]]
        keeps = retained or (is_root and described.get("DeletionPolicy") == "Retain")
        physical = one["PhysicalResourceId"]
        if one["ResourceType"] == _NESTED:
            yield from _resources(physical, retained=keeps, is_root=False)
        else:
            yield Resource(
                stack,
                one["LogicalResourceId"],
                one["ResourceType"],
                physical,
                keeps,
                described.get("Properties", {}),
            )

"""A deployed stack as CloudFormation tells of it: its state, its outputs, its parameters.

What the outputs lead to, tables and the secret, is read elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import boto3
import click
from botocore.exceptions import ClientError

from refer_cli.outputs import stack_name
from refer_cli.targets.connection import AwsProblem, in_words


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """Names to values; a parameter is there whether it was given or left at its default."""

    name: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]

    @classmethod
    def read(cls, samconfig: Path, config_env: str) -> Self:
        """Return the stack of a section of samconfig.toml. Raises ClickException."""
        if not samconfig.exists():
            raise click.UsageError(
                f"{samconfig} names the stack, and is not here: run this where it is, or give"
                " --samconfig."
            )
        name = stack_name(samconfig, config_env)
        with in_words(f"the stack {name}"):
            return cls._described(name)

    @classmethod
    def _described(cls, name: str) -> Self:
        try:
            answer: Any = boto3.client("cloudformation").describe_stacks(StackName=name)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in {"AccessDenied", "AccessDeniedException"}:
                raise AwsProblem(
                    f"these credentials may not describe the stack {name}: they need"
                    " cloudformation:DescribeStacks."
                ) from None
            if code != "ValidationError":
                raise
            raise AwsProblem(
                f"there is no stack {name} in this account and region: deploy it (make deploy), or"
                " set AWS_PROFILE and AWS_REGION to those of its account."
            ) from None
        stack = answer["Stacks"][0]
        return cls(
            name,
            stack["StackStatus"],
            {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])},
            {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])},
        )

"""What template.yaml and infra/storage.yaml say: routes, handlers, environment, tables.

Nothing here is listed by hand, so what runs on a laptop and in the tests is what is deployed.
"""

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref X` reads as `{"Ref": "X"}`."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}  # type: ignore[arg-type] # the third kind


_Loader.add_multi_constructor("!", _intrinsic)


def load(path: Path) -> dict[str, Any]:
    """Read one template."""
    return dict(yaml.load(path.read_text(), Loader=_Loader))  # noqa: S506 - derives from SafeLoader


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the HTTP API; `{name}` segments of the path become path parameters."""

    method: str
    path: str
    function: str
    handler: str

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the path parameters when this route serves the request."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found and method == self.method else None

    def load_handler(self) -> Callable[[Mapping[str, Any], object], dict[str, Any]]:
        """Import the handler that Lambda would import."""
        module, _, name = self.handler.rpartition(".")
        handler: Callable[[Mapping[str, Any], object], dict[str, Any]]
        handler = getattr(importlib.import_module(module), name)
        return handler


def _create_table(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of CreateTable: CloudFormation turns a stream on without saying so."""
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    table = {"TableName": name} | {key: properties[key] for key in wanted if key in properties}
    if "StreamSpecification" in properties:
        table["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
    return table


class Stack:
    """The stack as its templates describe it, with the names that storage gets on a laptop."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root

    @cached_property
    def template(self) -> dict[str, Any]:
        """The root template."""
        return load(self._root / "template.yaml")

    @cached_property
    def storage(self) -> dict[str, Any]:
        """The nested template with the tables and the secret."""
        return self.nested("Storage")

    def nested(self, name: str) -> dict[str, Any]:
        """Return the template that a nested stack of the root points to."""
        url = self.template["Resources"][name]["Properties"]["TemplateURL"]
        return load(self._root / url)

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Properties of each function by logical ID."""
        return {
            name: resource["Properties"]
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == "AWS::Serverless::Function"
        }

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes, in the order of the template."""
        return tuple(
            Route(event["Properties"]["Method"], event["Properties"]["Path"], name, one["Handler"])
            for name, one in self.functions.items()
            for event in one["Events"].values()
        )

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables of every function, parameters at their defaults."""
        variables = self.template["Globals"]["Function"]["Environment"]["Variables"]
        return {name: self._resolved(value) for name, value in variables.items()}

    @cached_property
    def tables(self) -> tuple[dict[str, Any], ...]:
        """The arguments of CreateTable for each table; a table is named as its logical ID."""
        return tuple(
            _create_table(name, resource["Properties"])
            for name, resource in self.storage["Resources"].items()
            if resource["Type"] == "AWS::DynamoDB::Table"
        )

    def _resolved(self, value: Any) -> str:  # noqa: ANN401 - a node of a template
        if isinstance(value, dict) and "Ref" in value:
            return self._parameter(value["Ref"])
        if isinstance(value, dict) and "Fn::Sub" in value:
            return re.sub(r"\$\{([\w:]+)\}", lambda one: self._parameter(one[1]), value["Fn::Sub"])
        if isinstance(value, dict):
            output = value["Fn::GetAtt"].removeprefix("Storage.Outputs.")
            told = self.storage["Outputs"][output]["Value"]
            return str(told.get("Ref") or told["Fn::GetAtt"].partition(".")[0])
        return str(value)

    def _parameter(self, name: str) -> str:
        return (
            "local"
            if name == "AWS::StackName"
            else str(self.template["Parameters"][name]["Default"])
        )

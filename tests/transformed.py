"""Templates as CloudFormation gets them: transformed by SAM, with parameters at their defaults.

A parameter without a default stands for itself, and packaged code for the folders.  As a program it
writes them into a folder, for linters that do not know SAM.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from samtranslator.public.translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from gateway.stack import ROOT, load

ROOT_TEMPLATE = ROOT / "template.yaml"
NESTED = sorted((ROOT / "infra").glob("*.yaml"))
TEMPLATES = [ROOT_TEMPLATE, *NESTED]


class NoManagedPolicies(ManagedPolicyLoader):  # type: ignore[misc] # samtranslator is untyped
    """Knows no policy by its short name: our functions name statements."""

    def __init__(self) -> None:
        """Make no IAM client."""

    def load(self) -> dict[str, str]:
        return {}


def transformed(path: Path) -> dict[str, Any]:
    """Return a template after the transform; one without SAM is returned as it is."""
    source = json.loads(json.dumps(load(path)))
    for properties in (source.get("Globals", {}).get("Function", {}), *_properties(source)):
        if "CodeUri" in properties:
            properties["CodeUri"] = {"Bucket": "bucket", "Key": "package.zip"}
        if "TemplateURL" in properties:
            properties["TemplateURL"] = "https://s3.amazonaws.com/bucket/key"
    if "Transform" not in source:
        return dict(source)
    parameters = source.get("Parameters", {})
    values = {name: one.get("Default", name) for name, one in parameters.items()}
    # The transform asks boto3 for the region, to know the partition of ARNs.
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": "us-east-1"}):
        return dict(transform(source, values, NoManagedPolicies()))


def resources(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the properties of all resources of a type, by logical ID."""
    return {
        name: one.get("Properties", {})
        for name, one in template["Resources"].items()
        if one["Type"] == kind
    }


def listed(value: object) -> list[Any]:
    """Return what IAM lets stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]


def _properties(source: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in source["Resources"].values():
        yield resource.get("Properties", {})


def granted(role: dict[str, Any]) -> set[tuple[str, str]]:
    """Return what a role may do: actions, each with one resource as JSON."""
    return {
        (action, json.dumps(resource, sort_keys=True))
        for policy in role.get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for each in TEMPLATES:
        (folder / f"{each.stem}.json").write_text(json.dumps(transformed(each), indent=1))

"""The templates of nested stacks, transformed before they are deployed.

CloudFormation applies SAM's transform to them when the parent is deployed; ministack applies it to
the root alone.  It is the same translator, with parameters at their defaults: no nested template of
ours decides by a parameter what the transform makes of it.
"""

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from samtranslator.translator.transform import transform

from gateway.stack import load
from rehearsal.deployed import FUNCTION

# The translator takes code by its place in S3, which is not known before sam deploys.
_BUCKET = "rehearsal"


def transformed(template: Path) -> dict[str, Any]:
    """Return a template as its nested stack is made of; local code is named as it was."""
    # JSON leaves no two nodes that are the same object, as anchors of YAML are.
    source = json.loads(json.dumps(load(template)))
    if "Transform" not in source:
        return dict(source)
    shared = source.get("Globals", {}).get("Function", {})
    for properties in [
        shared,
        *(one.get("Properties", {}) for one in source["Resources"].values()),
    ]:
        if isinstance(properties.get("CodeUri"), str):
            properties["CodeUri"] = {"Bucket": _BUCKET, "Key": properties["CodeUri"]}
    # It counts its own calls, and warns that nobody collects the numbers.
    logging.getLogger("samtranslator.metrics.metrics").setLevel(logging.ERROR)
    made: dict[str, Any] = transform(source, {}, SimpleNamespace(load=dict))
    for resource in made["Resources"].values():
        code = resource.get("Properties", {}).get("Code", {})
        if resource["Type"] == FUNCTION and code.get("S3Bucket") == _BUCKET:
            resource["Properties"]["Code"] = code["S3Key"]
    made.pop("Transform", None)
    return made


def transform_all(built: Path) -> int:
    """Transform the nested templates of a build where they lie; return how many had to be."""
    number = 0
    for pattern in ("*/template.yaml", "*/*/template.yaml"):
        for template in sorted(built.glob(pattern)):
            if "Transform:" in template.read_text():
                number += 1
                # YAML is a superset of JSON.
                template.write_text(json.dumps(transformed(template)))
    return number

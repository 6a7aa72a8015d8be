"""Whatever a linter of templates is told not to see has its reason beside it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.stack import ROOT, load
from transformed import TEMPLATES, resources

CONFIG = (ROOT / ".checkov.yaml").read_text()
# What AWS calls asynchronously; API Gateway waits, and so does a mapping.
ASYNCHRONOUS = {"Schedule", "ScheduleV2", "EventBridgeRule", "CloudWatchEvent", "S3", "SNS"}
COMMENT = re.compile(r"# .{15,}")


def test_checkov_is_offline_and_fails_on_what_it_finds() -> None:
    config = yaml.safe_load(CONFIG)
    assert config.pop("skip-check")
    assert config == {
        "framework": ["cloudformation"],
        "skip-download": True,
        "quiet": True,
        "compact": True,
    }


def test_a_check_that_is_skipped_everywhere_has_a_reason() -> None:
    skipped = [line for line in CONFIG.splitlines() if "- CKV" in line]
    assert skipped
    assert [line for line in skipped if not COMMENT.search(line)] == []


def exemptions(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines of a template that tell a linter what not to see."""
    for number, line in enumerate(path.read_text().splitlines()):
        if re.search(r"ignore_checks|id: CKV", line):
            yield number, line


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_an_exemption_of_one_resource_has_a_reason(path: Path) -> None:
    lines = path.read_text().splitlines()
    for number, line in exemptions(path):
        near = [line, *lines[max(0, number - 3) : number], *lines[number + 1 : number + 2]]
        assert any(COMMENT.search(one) or "comment:" in one for one in near), line


def test_what_is_called_asynchronously_is_not_repeated_and_needs_no_queue() -> None:
    functions: dict[str, dict[str, Any]] = {}
    for path in TEMPLATES:
        functions |= resources(load(path), "AWS::Serverless::Function")
    called = {
        name: one
        for name, one in functions.items()
        if ASYNCHRONOUS & {event["Type"] for event in one.get("Events", {}).values()}
    }
    assert list(called) == ["WatchdogFunction"]
    assert called["WatchdogFunction"]["EventInvokeConfig"] == {"MaximumRetryAttempts": 0}

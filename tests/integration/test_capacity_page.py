"""docs/capacity.md: its tables are what `bench.peak` computes; UPDATE_GOLDEN=1 writes them."""

import os
import re
import subprocess
import sys

import pytest
from bench import peak, quotas

from gateway.stack import ROOT, Stack

PATH = ROOT / "docs" / "capacity.md"
PAGE = PATH.read_text(encoding="utf-8")
BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->"


@pytest.fixture(scope="module")
def tables() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench.peak"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_tables_are_what_is_computed(tables: str) -> None:
    shown = PAGE.partition(BEGIN)[2].partition(END)[0]
    wanted = f"\n{tables}\n\n"
    if os.environ.get("UPDATE_GOLDEN") == "1" and shown != wanted:
        PATH.write_text(PAGE.replace(BEGIN + shown + END, BEGIN + wanted + END), encoding="utf-8")
        pytest.fail("wrote docs/capacity.md: read the difference")
    assert shown == wanted


def test_the_first_limits_of_the_text_are_those_of_the_table(tables: str) -> None:
    rows = tables.partition("### Against the quotas")[2].splitlines()[4:6]
    assert [row.split(",")[0] for row in rows] == ["| `ThrottleRate`", "| DynamoDB"]
    # "The last is 668 here", and "at 150 ms it is 2,000".
    [executions] = re.findall(r"executions at a time[^|]*\| ([\d,]+) ", tables)
    assert f"The last is {executions} here" in " ".join(PAGE.split())


def test_the_assumed_calls_are_a_hundred_as_the_page_says() -> None:
    assert sum(peak.MIX.values()) == 100
    assert re.findall(r"\b(70|10|15|5)\b(?= )", PAGE.partition("**Assumed:**")[2])[:4] == [
        str(share) for share in peak.MIX.values()
    ]


def test_every_quota_is_a_setting_or_names_its_page_and_its_lever() -> None:
    default = Stack().template["Parameters"]["ThrottleRate"]["Default"]
    assert peak.limits()["stage"] == default
    for quota in quotas.QUOTAS.values():
        assert quota.lever
        assert bool(quota.page) == bool(quota.limit)


def test_a_setting_that_the_page_names_is_a_parameter() -> None:
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?:=\w+)?`", PAGE))
    alarms = {"OutcomesMissing", "RecordsNotWritten"}
    resources = {"CallsTable", "TargetsTable", "WarmThroughput", "ParallelizationFactor"}
    assert named - alarms - resources <= set(Stack().template["Parameters"])
    assert {"ThrottleRate", "TargetPerMinute", "ReservedConcurrency"} <= named


def test_the_constants_that_the_page_names_are_in_the_files_that_it_names() -> None:
    for name, path in re.findall(
        r"`([A-Z]+)` in `(functions/[a-z_/]+\.py)`", " ".join(PAGE.split())
    ):
        assert re.search(rf"^{name} = \d+", (ROOT / path).read_text(), re.MULTILINE)

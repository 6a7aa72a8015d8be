"""docs/cost.md: its tables are what `python -m bench.cost` counts; UPDATE_GOLDEN=1 writes them."""

import os
import re
import subprocess
import sys

import pytest

from gateway.stack import ROOT, Stack

PATH = ROOT / "docs" / "cost.md"
PAGE = PATH.read_text(encoding="utf-8")
BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->"


@pytest.fixture(scope="module")
def tables() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench.cost"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_tables_are_what_is_counted(tables: str) -> None:
    shown = PAGE.partition(BEGIN)[2].partition(END)[0]
    wanted = f"\n{tables}\n\n"
    if os.environ.get("UPDATE_GOLDEN") == "1" and shown != wanted:
        PATH.write_text(PAGE.replace(BEGIN + shown + END, BEGIN + wanted + END), encoding="utf-8")
        pytest.fail("wrote docs/cost.md: read the difference")
    assert shown == wanted


def test_every_price_names_a_page_and_how_sure_it_is(tables: str) -> None:
    rows = tables.partition("### Prices")[2].splitlines()[4:]
    assert len(rows) >= 20
    for row in rows:
        assert re.search(r"\(https://aws\.amazon\.com/[a-z0-9/-]+/\)", row)
        assert row.endswith(("| price list, September 2026 |", "| as we know it, verify |"))


def test_a_setting_that_the_page_names_is_a_parameter() -> None:
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?:=\w+)?`", PAGE))
    assert named <= set(Stack().template["Parameters"])
    assert "RecordDays" in named

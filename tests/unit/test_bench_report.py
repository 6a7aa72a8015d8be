"""The page that `make bench` writes, and the command line that decides whether it is written."""

import pytest
from bench import report
from bench.goals import GOALS, verdicts
from bench.main import options
from bench.part import Part
from bench.report import Made
from bench.subject import Skipped

from measured_rows import measured


def test_the_page_says_what_was_measured_where_and_when() -> None:
    made = Made("2026-11-28", 15, "A processor, 2 cores", "Python 3.13.0", "Load average: 0.1.")
    figures = report.figures(
        [
            measured("ours", [100, 200]),
            Skipped("node-usual", "node", "no node on PATH"),
        ]
    )
    body = (figures, report.goals(verdicts({}), {}))
    page = report.page(made, body, [Part("Growth", "text of growth\n"), Part("Load", "of load")])
    headings = [line for line in page.splitlines() if line.startswith("## ")]
    assert headings == [
        "## How it was measured",
        "## Machine and versions",
        "## Figures",
        "## Goals",
        "## Growth",
        "## Load",
    ]
    assert "2026-11-28, 15 rounds. A processor, 2 cores. Load average: 0.1." in page
    assert "| ours | 140<br>115 to 165 | 10<br>10 to 10 | 150<br>125 to 175 |" in page
    assert "| node | skipped: no node on PATH |" in page
    assert page.endswith("## Growth\n\ntext of growth\n\n## Load\n\nof load\n")


def test_the_page_of_the_repository_has_a_line_for_every_goal() -> None:
    lines = report.PAGE.read_text(encoding="utf-8").splitlines()
    for goal in GOALS:
        [line] = [one for one in lines if one.startswith(f"| {goal.figure} | ≤ {goal.goal:g} |")]
        assert "not measured |" not in line


@pytest.mark.parametrize(
    ("arguments", "rounds", "writes"),
    [
        ([], 15, True),
        (["--rounds", "2"], 2, True),
        (["--quick"], 3, False),
        (["--quick", "--rounds", "5"], 5, False),
        (["--only", "ours", "naive"], 15, False),
    ],
)
def test_the_page_is_written_by_a_run_of_everything_alone(
    arguments: list[str], rounds: int, *, writes: bool
) -> None:
    given = options(arguments)
    assert (given.rounds, given.writes) == (rounds, writes)

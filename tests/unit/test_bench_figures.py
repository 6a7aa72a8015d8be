"""Medians, quartiles, percentiles, packages, ratios and verdicts: by hand."""

from pathlib import Path

import pytest
from bench import goals, tables
from bench.figures import Measured, Spread, package, percentile, spread
from bench.goals import Goal, Verdict, ratios, verdicts
from bench.part import LOOKUP_CPU
from bench.subject import Skipped

from measured_rows import measured


def test_a_spread_is_the_median_between_its_quartiles() -> None:
    assert spread([5, 1, 4, 2, 3]) == Spread(3, 2, 4)
    assert spread([1, 2, 3, 4]) == Spread(2.5, 1.75, 3.25)
    assert spread([7]) == Spread(7, 7, 7)


def test_there_is_no_spread_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        spread([])


def test_a_percentile_is_a_value_that_was_measured() -> None:
    hundred = list(range(1, 101))
    assert [percentile(hundred, one) for one in (50, 99, 100)] == [50, 99, 100]
    assert percentile([3, 1, 2], 99) == 3
    assert percentile([3, 1, 2], 0) == 1


def test_figures_are_medians_over_rounds() -> None:
    times = measured("ours", [300, 100, 200]).times()
    assert times["cold"] == Spread(200, 150, 250)
    assert times["init"] == Spread(190, 140, 240)
    assert times["warm"].median == 2.5
    assert times["p99"].median == 4
    assert "restore" not in times


def test_calls_are_those_of_one_webhook_without_connections() -> None:
    assert measured("ours", [1, 2]).calls() == (2.0, 3, 2)


def test_rounds_with_other_calls_are_not_added_up() -> None:
    row = measured("ours", [1, 2])
    row.samples[1].warm_calls["UpdateItem"] += 1
    with pytest.raises(ValueError, match="calls differ between rounds"):
        row.calls()


def test_a_package_is_weighed_with_and_without_boto3(tmp_path: Path) -> None:
    for name in ("boto3/a.py", "botocore-1.2.dist-info/METADATA", "six.py", "mine/boto3.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 500)
    whole = package(tmp_path)
    assert whole.unzipped == 2000
    alone = tmp_path / "alone"
    alone.mkdir()
    (tmp_path / "mine").rename(alone / "mine")
    assert whole.zipped_without_boto3 == package(alone).zipped < whole.zipped


def test_ratios_are_ours_divided_by_theirs() -> None:
    ours = measured("ours", [90, 100, 110], zipped=100, cpu=3.0)
    ours.restores, ours.instructions = [20, 30, 40], [600, 601]
    compiled = measured("naive-byte-code", [400], zipped=1010)
    compiled.instructions = [1202, 1203]
    rows = {
        "ours": ours,
        "naive": measured("naive", [1000], zipped=1000),
        "naive-byte-code": compiled,
        "floor": measured("floor", [50], cpu=1.5),
        "node-usual": measured("node-usual", [200]),
        "node-lean": measured("node-lean", [80]),
    }
    assert ratios(rows) == {
        goals.COLD_NAIVE: 0.1,
        goals.COLD_COMPILED: 0.25,
        goals.COLD_NODE: 0.5,
        goals.COLD_NODE_LEAN: 1.25,
        goals.RESTORE: 0.03,
        goals.WARM_CPU: 2.0,
        goals.INSTRUCTIONS: 0.5,
        goals.PACKAGE: 0.1,
        goals.PACKAGE_ALONE: 0.00005,
    }


def test_without_ours_there_is_no_ratio() -> None:
    assert ratios({"naive": measured("naive", [1])}) == {}


@pytest.mark.parametrize(
    ("value", "stretch", "words", "missed"),
    [
        (0.5, 0.5, "met", False),
        (0.51, 0.51, "**missed**", True),
        (0.1, 0.1, "met, and the stretch", False),
        (0.1, 0.4, "met", False),
        (None, None, "not measured", False),
    ],
)
def test_a_verdict_is_met_at_the_goal_itself(
    value: float | None, stretch: float | None, words: str, *, missed: bool
) -> None:
    verdict = Verdict(Goal("a", 0.5, 0.1), value, stretch)
    assert (verdict.words, verdict.is_missed) == (words, missed)


def test_a_goal_can_have_its_stretch_in_another_figure() -> None:
    [node] = [
        one
        for one in verdicts({goals.COLD_NODE: 0.9, goals.COLD_NODE_LEAN: 0.6})
        if one.goal.figure == goals.COLD_NODE
    ]
    assert (node.measured, node.stretch, node.words) == (0.9, 0.6, "met, and the stretch")


def test_every_goal_has_a_line_that_says_why_it_is_empty() -> None:
    table = tables.goals(verdicts({LOOKUP_CPU: 1.2}), {goals.COLD_NODE: "no node"})
    assert "| cold ÷ node as usually written | ≤ 0.95 |  | not measured: no node |" in table
    assert f"| {LOOKUP_CPU} | ≤ 1.1 | 1.200 | **missed** |  |  |" in table
    assert len(table.splitlines()) == 2 + len(goals.GOALS)


def test_a_skipped_subject_has_a_row_in_each_table() -> None:
    rows: list[Measured | Skipped] = [Skipped("node", "node", "no node on PATH")]
    for table in (tables.times(rows), tables.sizes(rows)):
        assert table.splitlines()[2].startswith("| node | skipped: no node on PATH |")

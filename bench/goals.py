"""The goals: ratios of medians of one interleaved run, what was wanted, and whether it is met."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.figures import Measured
from bench.part import LOOKUP_CPU

OURS, NAIVE, COMPILED, FLOOR = "ours", "naive", "naive-byte-code", "floor"
NODE, NODE_LEAN = "node-usual", "node-lean"
_MEGABYTE = 1_000_000

COLD_NAIVE = "cold ÷ naive as `sam build` leaves it"
COLD_COMPILED = "cold ÷ naive with byte code"
COLD_NODE = "cold ÷ node as usually written"
COLD_NODE_LEAN = "cold ÷ node, lean"
RESTORE = "first response after a restore ÷ cold of naive as `sam build` leaves it"
WARM_CPU = "warm CPU ÷ floor"
INSTRUCTIONS = "instructions of the cold path ÷ naive with byte code"
PACKAGE = "package, zipped ÷ naive's"
PACKAGE_ALONE = "package, zipped, without boto3, MB"


@dataclass(frozen=True, slots=True)
class Goal:
    """At most `goal`; at most `stretch` would be better still, where there is such a figure.

    `stretch_of` is the figure that the stretch is about when it is another one.
    """

    figure: str
    goal: float
    stretch: float | None = None
    stretch_of: str = ""


GOALS = (
    Goal(COLD_NAIVE, 0.27, 0.13),
    Goal(COLD_COMPILED, 0.65, 0.30),
    Goal(COLD_NODE, 0.95, 0.65, COLD_NODE_LEAN),
    Goal(RESTORE, 0.05, 0.02),
    Goal(WARM_CPU, 3.2, 1.5),
    Goal(INSTRUCTIONS, 0.68, 0.30),
    Goal(LOOKUP_CPU, 1.1),
    Goal(PACKAGE, 0.19, 0.03),
    Goal(PACKAGE_ALONE, 1.5),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal, and what was measured; None is what this run did not measure."""

    goal: Goal
    measured: float | None
    stretch: float | None

    @property
    def is_missed(self) -> bool:
        """Whether it was measured, and is not met."""
        return self.measured is not None and self.measured > self.goal.goal

    @property
    def words(self) -> str:
        """Met, missed, or not measured; with the stretch when that is met too."""
        if self.measured is None:
            return "not measured"
        if self.is_missed:
            return "**missed**"
        wanted = self.goal.stretch
        if wanted is not None and self.stretch is not None and self.stretch <= wanted:
            return "met, and the stretch"
        return "met"


def verdicts(measured: Mapping[str, float]) -> list[Verdict]:
    """Return every goal with what was measured."""
    return [
        Verdict(one, measured.get(one.figure), measured.get(one.stretch_of or one.figure))
        for one in GOALS
    ]


def ratios(rows: Mapping[str, Measured]) -> dict[str, float]:
    """Return the figures of the goals that these rows give, subjects by name."""
    found: dict[str, float] = {}
    if OURS not in rows:
        return found
    ours = rows[OURS]
    times = {name: row.times() for name, row in rows.items()}
    cold = {name: one["cold"].median for name, one in times.items()}
    for name, figure in (
        (NAIVE, COLD_NAIVE),
        (COMPILED, COLD_COMPILED),
        (NODE, COLD_NODE),
        (NODE_LEAN, COLD_NODE_LEAN),
    ):
        if name in rows:
            found[figure] = cold[OURS] / cold[name]
    if NAIVE in rows:
        found[PACKAGE] = ours.package.zipped / rows[NAIVE].package.zipped
        if "restore" in times[OURS]:
            found[RESTORE] = times[OURS]["restore"].median / cold[NAIVE]
    if FLOOR in rows:
        found[WARM_CPU] = times[OURS]["warm CPU"].median / times[FLOOR]["warm CPU"].median
    if ours.instructions and COMPILED in rows and rows[COMPILED].instructions:
        found[INSTRUCTIONS] = max(ours.instructions) / min(rows[COMPILED].instructions)
    found[PACKAGE_ALONE] = ours.package.zipped_without_boto3 / _MEGABYTE
    return found

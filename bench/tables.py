"""The tables of docs/performance.md, as Markdown: figures, memory and packages, goals."""

from collections.abc import Iterable, Mapping, Sequence

from bench.figures import Measured, Spread
from bench.goals import Verdict
from bench.subject import Skipped

_MEGABYTE = 1_000_000
_MILLION = 1_000_000

type Row = Measured | Skipped


def times(rows: Sequence[Row]) -> str:
    """Return what is measured in milliseconds: medians, and quartiles below them."""
    columns = {
        "init": "init",
        "first": "first response",
        "cold": "**cold path**",
        "cold CPU": "CPU of it",
        "restore": "after a restore",
        "warm": "warm",
        "p99": "warm, p99",
        "warm CPU": "CPU of a warm one",
    }
    lines = [_head("subject", columns.values())]
    for row in rows:
        if isinstance(row, Skipped):
            lines.append(_skipped(row, len(columns)))
            continue
        spreads = row.times()
        cells = [_spread(spreads[name]) if name in spreads else "" for name in columns]
        lines.append(_line(row.subject.title, cells))
    return "\n".join(lines)


def sizes(rows: Sequence[Row]) -> str:
    """Return what is no time: memory, package, calls of AWS, instructions."""
    columns = (
        *("peak memory, MB", "package zipped, MB", "unzipped, MB", "without boto3, zipped, MB"),
        *("AWS calls of a webhook", "until the first response", "connections"),
        "instructions of the cold path, millions",
    )
    lines = [_head("subject", columns)]
    for row in rows:
        if isinstance(row, Skipped):
            lines.append(_skipped(row, len(columns)))
            continue
        package, (calls, cold_calls, connections) = row.package, row.calls()
        weights = (package.zipped, package.unzipped, package.zipped_without_boto3)
        cells = [
            f"{row.times()['memory'].median:.0f}",
            *(f"{weight / _MEGABYTE:.2f}" for weight in weights),
            *(f"{calls:g}", f"{cold_calls}", f"{connections}"),
            " and ".join(f"{count / _MILLION:,.1f}" for count in row.instructions),
        ]
        lines.append(_line(row.subject.title, cells))
    return "\n".join(lines)


def goals(verdicts: Iterable[Verdict], missing: Mapping[str, str]) -> str:
    """Return every goal with its figure; `missing` says why a figure was not measured."""
    lines = [_head("figure", ("goal", "measured", "", "stretch", "measured for it"))]
    for one in verdicts:
        wanted, stretch = one.goal, one.goal.stretch
        why = missing.get(wanted.figure, "")
        verdict = f"{one.words}: {why}" if one.measured is None and why else one.words
        name = f"≤ {stretch:g}" if stretch is not None else ""
        other = f" ({wanted.stretch_of})" if wanted.stretch_of else ""
        cells = (
            *(f"≤ {wanted.goal:g}", _ratio(one.measured), verdict),
            *(f"{name}{other}", _ratio(one.stretch) if stretch is not None else ""),
        )
        lines.append(_line(wanted.figure, cells))
    return "\n".join(lines)


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _spread(value: Spread) -> str:
    return f"{_short(value.median)}<br>{_short(value.lower)} to {_short(value.upper)}"


def _short(milliseconds: float) -> str:
    """Write three digits that say something."""
    return f"{milliseconds:.0f}" if milliseconds >= 100 else f"{milliseconds:.3g}"  # noqa: PLR2004 - three digits


def _head(first: str, columns: Iterable[str]) -> str:
    names = list(columns)
    return f"| {first} | {' | '.join(names)} |\n|---|{'---:|' * len(names)}"


def _line(title: str, cells: Iterable[str]) -> str:
    return f"| {title} | {' | '.join(cells)} |"


def _skipped(row: Skipped, columns: int) -> str:
    return _line(row.title, [f"skipped: {row.why}", *[""] * (columns - 1)])

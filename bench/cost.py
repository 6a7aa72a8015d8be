"""What a million transfers cost on AWS, by item; docs/cost.md quotes it.

    .venv/bin/python -m bench.cost

Quantities are counted by bench.metering. The one quantity that a laptop cannot measure is how long
Lambda takes: it is an assumption with a name, ASSUMED_MILLISECONDS.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.capacity import STORED_OVERHEAD
from bench.metering import Used, measured
from gateway.stack import ROOT, Stack, load

REGION, LOOKED_UP = "us-east-1", "2026-11-28"
LISTED, KNOWN = "price list, September 2026", "as we know it, verify"
ASSUMED_MILLISECONDS = 50
MILLION, GIGABYTE = 1_000_000, 1024**3
# What CloudWatch's pricing page assumes of compressed logs in its examples.
COMPRESSED = 0.15
WATCHDOG_RUNS, SHARDS = 12 * 24 * 30, 8


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for so many units; `source` says how sure the number is."""

    dollars: float
    per: float
    unit: str
    source: str
    page: str

    def of(self, quantity: float) -> float:
        """Return what a quantity costs."""
        return self.dollars * quantity / self.per


_LAMBDA, _API = "lambda/pricing", "api-gateway/pricing"
_DYNAMODB, _CLOUDWATCH = "dynamodb/pricing/on-demand", "cloudwatch/pricing"
PRICES = {
    "API requests": Price(1.00, MILLION, "requests of 512 kB", LISTED, _API),
    "Lambda requests": Price(0.20, MILLION, "requests", LISTED, _LAMBDA),
    "Lambda time": Price(0.0000133334, 1, "GB-s, arm64", LISTED, _LAMBDA),
    "DynamoDB reads": Price(0.125, MILLION, "read request units", LISTED, _DYNAMODB),
    "DynamoDB writes": Price(0.625, MILLION, "write request units", LISTED, _DYNAMODB),
    "Table kept": Price(0.25, 1, "GB-month", LISTED, _DYNAMODB),
    "Table backup": Price(0.20, 1, "GB-month, point in time", KNOWN, _DYNAMODB),
    "Logs taken in": Price(0.50, 1, "GB", LISTED, _CLOUDWATCH),
    "Logs masked": Price(0.12, 1, "GB, data protection", KNOWN, _CLOUDWATCH),
    "Logs kept": Price(0.03, 1, "GB-month, compressed", LISTED, _CLOUDWATCH),
    "Events": Price(1.00, MILLION, "custom events", KNOWN, "eventbridge/pricing"),
    "Traces": Price(5.00, MILLION, "traces recorded", KNOWN, "xray/pricing"),
    "Data out": Price(0.09, 1, "GB", LISTED, "ec2/pricing/on-demand"),
    "Custom metrics": Price(0.30, 1, "metric and month", KNOWN, _CLOUDWATCH),
    "Alarms": Price(0.10, 1, "metric of an alarm and month", LISTED, _CLOUDWATCH),
    "Dashboard": Price(3.00, 1, "dashboard and month", KNOWN, _CLOUDWATCH),
    "Secret": Price(0.40, 1, "secret and month", LISTED, "secrets-manager/pricing"),
    "Secret read": Price(0.05, 10_000, "calls", LISTED, "secrets-manager/pricing"),
    "SnapStart cache": Price(0.0000015046, 1, "GB-s", LISTED, _LAMBDA),
    "SnapStart restore": Price(0.0001397998, 1, "GB restored", LISTED, _LAMBDA),
}
# The sampling of Lambda, which cannot be set: one a second, and of the others one in twenty.
RESERVOIR, SAMPLED = 30 * 24 * 3600, 0.05


def _gigabytes(path: str) -> float:
    """Return the memory of the functions of a template."""
    return float(load(ROOT / path)["Globals"]["Function"]["MemorySize"]) / 1024


def _gigabyte_seconds(used: Used) -> float:
    webhooks = used.counts["webhooks"] * _gigabytes("template.yaml")
    events = used.counts["stream invocations"] * _gigabytes("infra/outcomes.yaml")
    return (webhooks + events) * ASSUMED_MILLISECONDS / 1000


def _days(parameter: str) -> float:
    return float(Stack().template["Parameters"][parameter]["Default"]) / 30


def _traces(used: Used) -> float:
    requests = _invocations(used) * MILLION
    sampled = min(requests, RESERVOIR) + SAMPLED * max(0, requests - RESERVOIR)
    return sampled / MILLION


def _invocations(used: Used) -> int:
    return used.counts["webhooks"] + used.counts["stream invocations"]


def _kept(used: Used) -> float:
    whole = used.counts["bytes stored"] + STORED_OVERHEAD * len(used.stored)
    return whole / GIGABYTE * _days("RecordDays")


def _logs(used: Used) -> float:
    return used.counts["log bytes"] / GIGABYTE


# What one call uses of each item, in the units of its price.
QUANTITIES: dict[str, Callable[[Used], float]] = {
    "API requests": lambda used: used.counts["webhooks"],
    "Lambda requests": _invocations,
    "Lambda time": _gigabyte_seconds,
    "DynamoDB reads": lambda used: used.counts["half read units"] / 2,
    "DynamoDB writes": lambda used: used.counts["write units"] + used.counts["index write units"],
    "Table kept": _kept,
    "Table backup": _kept,
    "Logs taken in": _logs,
    "Logs masked": _logs,
    "Logs kept": lambda used: _logs(used) * COMPRESSED * _days("LogRetentionDays"),
    "Events": lambda used: used.counts["events"],
    "Traces": _traces,
    "Data out": lambda used: used.counts["bytes answered"] / GIGABYTE,
}
COUNTED = (
    *("webhooks", "stream invocations", "calls of DynamoDB", "keys read", "items written"),
    *("write units", "index write units", "events", "bytes stored", "log bytes", "bytes answered"),
)


def fixed() -> dict[str, tuple[float, str]]:
    """Return what a month costs without a call: the quantity of each item, and what it is."""
    alarms = sum(_metrics_of_alarms())
    watched = WATCHDOG_RUNS * SHARDS * 0.5
    return {
        "Alarms": (alarms, f"{alarms} metrics that alarms watch"),
        "Dashboard": (1, "1 dashboard; the first three of an account are free"),
        "Secret": (1, "1 secret"),
        "DynamoDB reads": (watched, f"the watchdog: {WATCHDOG_RUNS} runs with {SHARDS} queries"),
        "Lambda requests": (WATCHDOG_RUNS, f"the watchdog: {WATCHDOG_RUNS} runs"),
    }


def _metrics_of_alarms() -> Iterator[int]:
    """Yield how many metrics each alarm watches: each of them is charged."""
    for path in sorted((ROOT / "infra").glob("*.yaml")):
        for one in load(path).get("Resources", {}).values():
            if one["Type"] == "AWS::CloudWatch::Alarm":
                metrics = one["Properties"].get("Metrics", [{"MetricStat": {}}])
                yield sum("MetricStat" in metric for metric in metrics)


def tables() -> str:
    """Return the tables of the page, as Markdown."""
    calls = measured()
    names = list(calls)
    head = f"| | {' | '.join(names)} |\n|---|{'---:|' * len(names)}"
    rows = [
        f"| {name} | {' | '.join(f'{calls[one].counts[name]:,}' for one in names)} |"
        for name in COUNTED
    ]
    reads = " | ".join(f"{calls[one].counts['half read units'] / 2:g}" for one in names)
    rows.insert(COUNTED.index("items written"), f"| read units | {reads} |")
    costs: list[str] = []
    totals = dict.fromkeys(names, 0.0)
    for item, quantity in QUANTITIES.items():
        dollars = {one: PRICES[item].of(quantity(calls[one]) * MILLION) for one in names}
        totals = {one: totals[one] + dollars[one] for one in names}
        costs.append(f"| {item} | {' | '.join(f'{dollars[one]:.2f}' for one in names)} |")
    costs.append(f"| **all of it** | {' | '.join(f'**{totals[one]:.2f}**' for one in names)} |")
    series = set[str]().union(*(used.series for used in calls.values()))
    months = [
        f"| {item} | {what} | {PRICES[item].of(quantity):.2f} |"
        for item, (quantity, what) in fixed().items()
    ]
    months.append(
        f"| Custom metrics | {len(series)} that these calls make; each outcome, code and webhook"
        f" that happens adds its own | {PRICES['Custom metrics'].of(len(series)):.2f} |"
    )
    prices = [
        f"| {name} | {price.dollars:.10f}".rstrip("0").rstrip(".")
        + f" | {price.per:,.0f} {price.unit}"
        f" | [{price.page}](https://aws.amazon.com/{price.page}/) | {price.source} |"
        for name, price in PRICES.items()
    ]
    return "\n".join(
        [
            *("### Counted, for one call", "", head, *rows, ""),
            *("### US dollars for a million such calls in a month", "", head, *costs, ""),
            *("### US dollars a month, without a call", "", "| item | what | $ |\n|---|---|---:|"),
            *(*months, ""),
            *(f"### Prices, {REGION}, looked up on {LOOKED_UP}", ""),
            *("| item | $ | for | page | source |\n|---|---:|---|---|---|", *prices, ""),
        ]
    )


if __name__ == "__main__":
    print(tables())

"""What 1,000 transfers a second ask of AWS, on paper; docs/capacity.md quotes it.

    .venv/bin/python -m bench.peak

Everything follows from what bench.metering counts of one call, from constants of the deployed code,
and from quotas as AWS documents them.  Nothing was deployed, and no load was put on AWS.
"""

from collections.abc import Iterator, Mapping
from math import ceil, inf

from bench.cost import ASSUMED_MILLISECONDS, PRICES, QUANTITIES, SAMPLED
from bench.metering import Used, measured
from bench.quotas import PARTITION_READS, PARTITION_WRITES, QUOTAS
from call_transfer import overdue, rates, watching
from gateway.stack import ROOT, Stack, load

PER_SECOND = 1000
# Of a hundred calls: an assumption, made to be replaced.
MIX = {"hold-answers": 70, "hold-busy": 10, "release-fallback": 15, "hold-denied": 5}
# Of all hops, those that last longer than the watchdog waits: an assumption, too.
_LONG = 0.05
HOUR, WATCH_SECONDS = 3600, 300
# Of call_transfer.tokens: how long what was read of the secret is good.
SECRET_SECONDS = 300
_LOG_MEGABYTE, _TERABYTE = 1024**2, 1024**4


def mixed(calls: Mapping[str, Used], count: str) -> float:
    """Return how much of something a call of the mix uses."""
    return sum(share * calls[name].counts[count] for name, share in MIX.items()) / 100


def asked(calls: Mapping[str, Used]) -> dict[str, float]:
    """Return what the mix asks of each quota in a second."""
    webhooks = PER_SECOND * mixed(calls, "webhooks")
    events = PER_SECOND * mixed(calls, "stream invocations")
    environments = (webhooks + events) * ASSUMED_MILLISECONDS / 1000
    return {
        "stage": webhooks,
        "api": webhooks,
        "concurrency": environments,
        "requests": webhooks + events,
        "scaling": PER_SECOND * mixed(calls, "webhooks of leg-status"),
        "writes": PER_SECOND * mixed(calls, "write units"),
        "reads": PER_SECOND * mixed(calls, "half read units of TargetsTable") / 2,
        "table": PER_SECOND * mixed(calls, "write units"),
        "events": PER_SECOND * mixed(calls, "events"),
        "secret": environments / SECRET_SECONDS,
        "logs": webhooks + events,
    }


def limits() -> dict[str, float]:
    """Return every limit, that of the template's default among them."""
    default = float(Stack().template["Parameters"]["ThrottleRate"]["Default"])
    return {name: quota.limit or default for name, quota in QUOTAS.items()}


def breaking(calls: Mapping[str, Used]) -> list[tuple[float, str]]:
    """Return at how many transfers a second each quota is used up, the first one first."""
    limit = limits()
    return sorted(
        (PER_SECOND * limit[name] / rate, name) for name, rate in asked(calls).items() if rate
    )


def keys(calls: Mapping[str, Used]) -> Iterator[tuple[str, str, float]]:
    """Yield what is written or read most of one key: what it is, units/s, and when it is full."""
    index = PER_SECOND * mixed(calls, "index write units") / overdue.SHARDS
    yield (
        f"one of {overdue.SHARDS} shards of the index `open_hops`, writes",
        f"{index:,.0f}",
        PER_SECOND * PARTITION_WRITES / index,
    )
    counter = "the counter of a target to which all transfers go, writes (a transaction: 2 each)"
    yield counter, f"{2 * PER_SECOND:,}", PARTITION_WRITES / 2
    entry = "an entry, or a key without one, that every transfer of a tenant asks for, reads"
    yield entry, f"{0.5 * PER_SECOND:,.0f}", PARTITION_READS / 0.5
    most = max(used.counts["items written"] for used in calls.values())
    yield f"the records of one call, writes in the whole of it: {most}", "under 5", inf


def watched() -> float:
    """Return how many open hops a second the watchdog can look at."""
    return watching.MOST * overdue.SHARDS / WATCH_SECONDS


def dollars(calls: Mapping[str, Used]) -> dict[str, float]:
    """Return what an hour of it costs; what is kept is charged for all its days at once."""
    in_an_hour = PER_SECOND * HOUR
    invocations = mixed(calls, "webhooks") + mixed(calls, "stream invocations")
    # The first of each second is one of thousands here, and not one of few as in bench.cost.
    traces = PRICES["Traces"].of(in_an_hour * invocations * SAMPLED)
    costs = {
        item: sum(
            share / 100 * PRICES[item].of(quantity(calls[name]) * in_an_hour)
            for name, share in MIX.items()
        )
        for item, quantity in QUANTITIES.items()
    }
    return costs | {"Traces": traces}


def tables() -> str:
    """Return the tables of the page, as Markdown."""
    calls = measured()
    return "\n".join(
        [
            *("### What it asks for", "", *_volume(calls), ""),
            *("### Against the quotas", "", *_quotas(calls), ""),
            *("### The busiest keys", "", *_keys(calls), ""),
            *("### US dollars an hour", "", *_money(calls), ""),
        ]
    )


def _volume(calls: Mapping[str, Used]) -> Iterator[str]:
    logs = PER_SECOND * mixed(calls, "log bytes")
    days = Stack().template["Parameters"]
    stored = PER_SECOND * mixed(calls, "bytes stored") * 86_400
    mapping = load(ROOT / "infra" / "outcomes.yaml")["Resources"]["CallsStream"]["Properties"]
    yield "| | in a second |\n|---|---:|"
    for route in ("inbound-call", "refer", "leg-status", "dial-result"):
        yield f"| webhooks, `{route}` | {PER_SECOND * mixed(calls, f'webhooks of {route}'):,.0f} |"
    yield f"| webhooks, all | {PER_SECOND * mixed(calls, 'webhooks'):,.0f} |"
    yield (
        f"| changes for `outcome_event`, at most {mapping['BatchSize']} an invocation"
        f" | {PER_SECOND * mixed(calls, 'stream invocations'):,.0f} |"
    )
    yield f"| calls of DynamoDB | {PER_SECOND * mixed(calls, 'calls of DynamoDB'):,.0f} |"
    yield f"| read units | {PER_SECOND * mixed(calls, 'half read units') / 2:,.0f} |"
    yield f"| write units | {PER_SECOND * mixed(calls, 'write units'):,.0f} |"
    yield f"| write units of the index | {PER_SECOND * mixed(calls, 'index write units'):,.0f} |"
    yield f"| events | {PER_SECOND * mixed(calls, 'events'):,.0f} |"
    yield f"| log | {logs / _LOG_MEGABYTE:,.1f} MB |"
    yield ""
    shards = ceil(PER_SECOND * mixed(calls, "write units") / PARTITION_WRITES)
    one_shard = mapping["BatchSize"] * 1000 / ASSUMED_MILLISECONDS
    yield (
        f"The stream has a shard for each partition of the table, which takes {PARTITION_WRITES:,}"
        f" write units a second: {shards} at least. One invocation at a time serves a shard,"
        f" {one_shard:,.0f} changes a second, and {one_shard * shards:,.0f} in all of them."
    )
    yield ""
    yield (
        f"A day of it is {logs * 86_400 / _TERABYTE:.1f} TB of log, and"
        f" {stored / _TERABYTE:.2f} TB of records, each kept for its"
        f" {days['LogRetentionDays']['Default']} and {days['RecordDays']['Default']} days."
    )


def _quotas(calls: Mapping[str, Used]) -> Iterator[str]:
    limit, rates_of = limits(), asked(calls)
    yield "| | asked for | granted at first | enough for transfers/s | lever | source |"
    yield "|---|---:|---:|---:|---|---|"
    for enough, name in breaking(calls):
        quota = QUOTAS[name]
        yield (
            f"| {quota.name} | {rates_of[name]:,.0f} | {limit[name]:,.0f} | {enough:,.0f}"
            f" | {quota.lever} | {quota.source} |"
        )


def _keys(calls: Mapping[str, Used]) -> Iterator[str]:
    yield "| key | units/s | enough for transfers/s |\n|---|---:|---:|"
    for what, units, enough in keys(calls):
        yield f"| {what} | {units} | {'any' if enough == float('inf') else f'{enough:,.0f}'} |"
    default = Stack().template["Parameters"]
    yield ""
    yield (
        f"A target is refused after `TargetPerMinute`, {default['TargetPerMinute']['Default']} in"
        f" {rates.SECONDS} seconds; `TenantPerMinute` cannot be more than"
        f" {default['TenantPerMinute']['MaxValue']:,},"
        f" {default['TenantPerMinute']['MaxValue'] / rates.SECONDS:,.0f} transfers/s, and is off."
    )
    yield ""
    yield (
        f"The watchdog looks at {watching.MOST} hops of each shard every {WATCH_SECONDS // 60}"
        f" minutes, {watched():.2f} a second, and at a hop for the first time after"
        f" {overdue.FIRST_LOOK // 60} minutes. It keeps pace with"
        f" {watched() / 2 / _LONG:,.0f} transfers a second if {_LONG:.0%} of all hops last longer"
        f" than that, and with {PER_SECOND:,} if {watched() / 2 / PER_SECOND:.3%} do."
    )


def _money(calls: Mapping[str, Used]) -> Iterator[str]:
    costs = dollars(calls)
    yield "| item | $ |\n|---|---:|"
    for item, cost in sorted(costs.items(), key=lambda one: -one[1]):
        yield f"| {item} | {cost:,.2f} |"
    yield f"| **all of it** | **{sum(costs.values()):,.2f}** |"


if __name__ == "__main__":
    print(tables())

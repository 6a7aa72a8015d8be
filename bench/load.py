"""Two thousand transfers at rising concurrency through the local stack, and none lost or doubled.

    .venv/bin/python -m bench.load [TRANSFERS]

Exits with 1 and names the call when an outcome is lost, told twice, or wrong.  Times are those of
the local stack: this machine, an emulator, and the model of Twilio share its processors.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import quantiles

from bench import load_account, load_calls, load_stack
from bench.load_calls import MIX, Expected, Run
from bench.part import Part

TRANSFERS = 2000
# How many calls at a time, and which share of the transfers.
LEVELS = {1: 0.05, 4: 0.15, 16: 0.3, 64: 0.5}
_SHOWN = 20


class Miscounted(Exception):
    """An outcome was lost, doubled or wrong; the message names the calls."""


def run(transfers: int = TRANSFERS) -> Part:
    """Play the transfers and account for each of them. Raises Miscounted, NotRunning."""
    runs: dict[int, Run] = {}
    made: list[Expected] = []
    lines: list[load_stack.Line] = []
    with load_stack.running() as local:
        # Every worker has had its first webhook, and each kind of call was made, before it counts.
        warm = load_calls.mixed(2 * load_stack.WORKERS, begin=transfers)
        made += load_calls.expected(warm)
        problems = load_calls.play_all(warm, local.url, load_stack.WORKERS).problems
        begin = 0
        for level, count in shares(transfers).items():
            calls = load_calls.mixed(count, begin)
            begin += count
            made += load_calls.expected(calls)
            runs[level] = load_calls.play_all(calls, local.url, level)
            problems += runs[level].problems
        lines += local.lines()
        problems += load_account.problems(
            made, records=local.records(), changes=local.changes(), lines=lines
        )
        if problems:
            more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
            late = load_account.late(lines)
            alone = [f"{late} webhooks waited in vain for the emulator: run it alone"]
            raise Miscounted("\n".join([*problems[:_SHOWN], *more, *(alone if late else ())]))
    return Part(heading="Load", markdown="\n".join(_page(runs, made, lines)))


def shares(transfers: int) -> dict[int, int]:
    """Return how many transfers are made at each level: all of them together, none left out."""
    counts = {level: int(transfers * share) for level, share in LEVELS.items()}
    counts[max(counts)] += transfers - sum(counts.values())
    return counts


def _page(
    runs: dict[int, Run], made: Sequence[Expected], lines: Sequence[load_stack.Line]
) -> Iterable[str]:
    transfers = sum(one.calls for one in runs.values())
    repeated = sum("repeated" in line for line in lines)
    outcomes = Counter(call.outcomes[1] for call in made)
    yield (
        f"{transfers:,} calls, each with one REFER, after {len(made) - transfers} that warm up."
        f" They are {len(set(MIX))} cells of [the matrix](conformance.md), played by the model of"
        f" Twilio against {load_stack.WORKERS} processes with the deployed handlers, each of which"
        " serves one request at a time, over an emulator of DynamoDB (ministack). Events of legs"
        " race with each other and with the action of their dial, one in ten is sent twice within"
        " 30 ms, and some webhooks are repeated as Twilio repeats them"
        f" ({repeated} were answered from the record). Limits per minute are on, at 10,000. The"
        " emulator takes one request after the other: transactions never conflict there, as they"
        " can in DynamoDB."
    )
    yield ""
    yield "| at a time | transfers | webhooks | transfers/s | webhooks/s | median | p95 | p99 |"
    yield "|---:|---:|---:|---:|---:|---:|---:|---:|"
    for level, one in runs.items():
        cuts = quantiles(one.latencies, n=100)
        times = " | ".join(f"{cuts[cut - 1] * 1000:.0f} ms" for cut in (50, 95, 99))
        webhooks = len(one.latencies)
        yield (
            f"| {level} | {one.calls:,} | {webhooks:,} | {one.calls / one.seconds:.1f}"
            f" | {webhooks / one.seconds:.0f} | {times} |"
        )
    yield ""
    told = ", ".join(f"{count:,} {name}" for name, count in outcomes.most_common())
    yield (
        f"Each outcome was there once, and as expected, in the record, in the change that finished"
        f" it, in the log and in the metric: {told}; none lost, none doubled. The times are from"
        f" connect to the end of the answer, on {os.cpu_count()} cores that handlers, emulator and"
        " model share: beyond some calls at a time they are times of waiting for a processor, which"
        " on Lambda each environment has for itself."
    )


def main() -> int:
    """Run it alone; return the exit status."""
    try:
        part = run(int(sys.argv[1]) if len(sys.argv) > 1 else TRANSFERS)
    except (Miscounted, load_stack.NotRunning) as problem:
        print(problem, file=sys.stderr)
        return 1
    print(f"## {part.heading}\n\n{part.markdown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How long a directory of 100,000 entries takes to check and to import, and what a lookup costs.

    .venv/bin/python -m bench.directory [ENTRIES]

DynamoDB is a stand-in in memory, so the times are those of the `refer` command; with a table in
the same region an import waits some milliseconds more for each entry, 16 at a time.  Lookups are
those of the deployed Store, in a table of ten entries and in one of all, interleaved.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import boto3

from bench import stand_in
from call_transfer import directory
from call_transfer.aws_client import CONFIG
from call_transfer.refer_to import ReferTo
from call_transfer.store import Store

REFER = Path(sys.executable).with_name("refer")
_ROUNDS, _LOOKUPS = 7, 100
_MEGABYTE = 1024
_TENANTS = 20


def entries(count: int) -> Iterator[str]:
    """Yield entries as a large contact centre has them: extensions, numbers, a few queues."""
    for number in range(count):
        tenant = f"AC{number % _TENANTS:032x}"
        yield (
            f'- tenant: {tenant}\n  address: "{10000 + number}"\n'
            f"  description: Extension {number} of a large company\n"
            f'  dial: [{{ sip: "sip:{10000 + number}@pbx.example.com" }}]\n'
            f"  ring_timeout: 20\n  fallback: [transferor]\n"
        )


def run(*words: str) -> tuple[float, float, float]:
    """Run `refer`; return wall and CPU seconds, and megabytes at most."""
    began = time.perf_counter()
    with subprocess.Popen([REFER, *words], stdout=subprocess.DEVNULL) as process:  # noqa: S603 - ours
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"refer {' '.join(words)}: exit status {process.returncode}")
    wall = time.perf_counter() - began
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / _MEGABYTE


def lookups(client: object, table: str) -> Iterator[float]:
    """Yield the CPU milliseconds of a lookup, the median of a hundred at a time."""
    store = Store(
        client=client,  # type: ignore[arg-type] # boto3 names it at run time
        targets_table=table,
        calls_table="calls",
        record_days=1,
        now=lambda: 0.0,
    )
    asked = ReferTo.parse("<sip:10007@pbx.example.com>")
    keys = directory.keys(f"AC{7:032x}", directory.candidates(asked))
    while True:
        times = []
        for _ in range(_LOOKUPS):
            began = time.process_time()
            found = store.read(keys).items
            times.append((time.process_time() - began) * 1000)
            if len(found) != 1:
                raise SystemExit(f"{table} has {len(found)} entries for 10007")
        yield statistics.median(times)


def main() -> None:
    """Measure, and print what docs/directory.md quotes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    process, url = stand_in.start()
    os.environ |= {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    print(f"{platform.python_version()}, {os.cpu_count()} cores, {time.strftime('%Y-%m-%d')}")
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "ten.yaml"), Path(folder, "all.yaml")
        small.write_text("".join(entries(10)))
        large.write_text("".join(entries(count)))
        run("targets", "import", str(small), "--table", "ten")
        print(f"{count:,} entries, {large.stat().st_size / 1e6:.0f} MB | wall | CPU | memory")
        for title, words in (
            ("refer targets validate", ("targets", "validate", str(large))),
            ("refer targets import", ("targets", "import", str(large), "--table", "all")),
            ("the same once more", ("targets", "import", str(large), "--table", "all")),
        ):
            wall, cpu, memory = run(*words)
            print(f"{title} | {wall:.0f} s | {cpu:.0f} s | {memory:.0f} MB")
    client = boto3.client("dynamodb", config=CONFIG)
    few, many = lookups(client, "ten"), lookups(client, "all")
    next(few), next(many)
    pairs = [(next(few), next(many)) for _ in range(_ROUNDS)]
    ten, all_ = (statistics.median(one) for one in zip(*pairs, strict=True))
    print(f"lookup: {ten:.2f} ms CPU in 10 entries, {all_:.2f} in {count:,}: x{all_ / ten:.2f}")
    process.terminate()
    process.join()


if __name__ == "__main__":
    main()

"""`make rehearse`: the real template on an emulated AWS, from `sam build` to `sam delete`.

    python -m rehearsal.main                          everything
    python -m rehearsal.main --part calls --cell busy-true
    python -m rehearsal.main --keep                   and leave it running, until Ctrl-C

Exits with 1 when something went otherwise than it must; what the programs printed is then in
.rehearsal/.
"""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence

from gateway import aws
from gateway.stack import ROOT
from rehearsal import emulator, leaving
from rehearsal.changing import change
from rehearsal.denying import deny
from rehearsal.filling import fill_secret, import_directory
from rehearsal.run import Run, parameters
from rehearsal.telling import say, step
from rehearsal.transferring import transfer
from rehearsal.workplace import RehearsalFailed, workplace

_LOGS = ROOT / ".rehearsal"
_TERMINATED = 128 + signal.SIGTERM
PARTS = ("calls", "denials", "changes")


def main(arguments: Sequence[str] | None = None) -> int:
    """Rehearse; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.main", description=__doc__)
    parser.add_argument(
        "--part", action="append", choices=PARTS, help="only these, after the deploy"
    )
    parser.add_argument("--cell", action="append", default=[], metavar="NAME", help="only these")
    parser.add_argument("--keep", action="store_true", help="leave it running until Ctrl-C")
    given = parser.parse_args(arguments)
    # Whoever stops us lets us clean up: the emulator is in a session of its own.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    began = time.monotonic()
    try:
        _rehearse(given.part or PARTS, given.cell, keep=given.keep)
    except RehearsalFailed as problem:
        print(f"\nFAILED: {problem}\nWhat was printed on the way is in {_LOGS}.", file=sys.stderr)
        return 1
    print(f"\nRehearsed in {time.monotonic() - began:.0f} s: all as it must be.")
    return 0


def _rehearse(parts: Sequence[str], names: Sequence[str], *, keep: bool) -> None:
    with workplace(keep_logs_in=_LOGS) as place:
        with emulator.running(place) as running, _isolated(place.environment(running.url)):
            _play(Run(place, running), parts, names, keep=keep)
        _nothing_runs(running)


def _play(run: Run, parts: Sequence[str], names: Sequence[str], *, keep: bool) -> None:
    print(f"ministack at {run.emulator.url} (process {run.emulator.pid}), IAM enforced, empty")
    with step("sam build"):
        transformed = run.build()
        for package in run.packages:
            where = "of nested stacks" if package.is_nested else "of the root"
            say(f"one package for {package.functions} functions {where}")
        say(f"{transformed} nested templates transformed as CloudFormation does")
    before = leaving.there_now()
    with step("sam deploy"):
        say(", ".join(f"{name}={value}" for name, value in parameters().items()))
        made = run.deploy({})
        say(f"{run.stack.status}: {len(run.stack.resources)} resources, {made} routes")
    with step("refer secret set, refer targets import"):
        for said in (fill_secret, import_directory):
            say(said(run.account, run.environment).strip())
    if "calls" in parts:
        transfer(run, names)
    if "denials" in parts:
        deny(run)
    if "changes" in parts:
        change(run)
    if keep:
        _wait(run)
    with step("sam delete: what is kept"):
        _delete(run, before)


def _delete(run: Run, before: Mapping[str, set[str]]) -> None:
    kept = leaving.retained(run.stack)
    run.sam.delete(run.name)
    for kind, names in kept.items():
        if names:
            say(f"{len(names)} {kind}")
    wrong = leaving.surprises(before, leaving.there_now(), kept)
    if wrong:
        raise RehearsalFailed("; ".join(wrong))
    say("and nothing else")


def _wait(run: Run) -> None:
    print("\nIt runs until Ctrl-C. For another terminal:")
    for name, value in aws.environment(run.emulator.url).items():
        print(f"export {name}={value}")
    print(f"# {run.stack.base} answers at {run.emulator.url}, by the header Host")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(1)


def _nothing_runs(stopped: emulator.Emulator) -> None:
    with step("nothing is left running"):
        left = emulator.group_members(stopped.pid)
        if left:
            raise RehearsalFailed(f"processes of the emulator run still: {left}")
        if emulator.is_listening(stopped.port):
            raise RehearsalFailed(f"something listens at port {stopped.port} still")
        say(f"no process of group {stopped.pid}, nobody at port {stopped.port}")


@contextlib.contextmanager
def _isolated(variables: Mapping[str, str]) -> Iterator[None]:
    """Let boto3 in this process know these variables, and none of the machine's."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    sys.exit(main())

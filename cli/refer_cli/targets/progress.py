"""What an import does: a bar on a terminal, lines for what is refused, a sum at the end."""

import json
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from refer_cli.targets.located import printable
from refer_cli.targets.reporting import counted
from refer_cli.targets.writing import Did, Step

_REFUSED = (Did.CONFLICT, Did.FAILED)
_ORDER = (Did.ADDED, Did.CHANGED, Did.DELETED, Did.LEFT, Did.CONFLICT, Did.FAILED)


class Progress:
    """Tells steps and counts them. Nothing is drawn unless stderr is a terminal."""

    def __init__(self, total: int, *, dry_run: bool, as_json: bool) -> None:
        self._dry_run = dry_run
        self._as_json = as_json
        self._counts: Counter[Did] = Counter()
        console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("checking what would be done" if dry_run else "writing"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away; what is printed afterwards stays."""
        self._bar.stop()

    @property
    def refused(self) -> bool:
        """Whether an entry was not written that should have been."""
        return any(self._counts[did] for did in _REFUSED)

    def tell(self, step: Step) -> None:
        """Count a step, and print it unless nothing was done."""
        self._counts[step.did] += 1
        self._bar.advance(self._task)
        tenant, address = step.key
        if self._as_json:
            if step.did is not Did.LEFT:
                line = {"tenant": tenant, "address": address, "did": step.did}
                click.echo(json.dumps(line | ({"why": step.why} if step.why else {})))
        elif step.did in _REFUSED:
            why = step.why or "it is not what was read a moment ago; run this again to see it"
            name = printable(f"{tenant}/{address}")
            self._bar.console.print(
                f"{name}: {step.did}: {why}", markup=False, highlight=False, soft_wrap=True
            )

    def sum_up(self, *, complete: bool) -> None:
        """Print how many entries each thing was done with."""
        counts = {str(did): self._counts[did] for did in _ORDER}
        if self._as_json:
            end = {"dry_run": self._dry_run, "complete": complete, "counts": counts}
            click.echo(json.dumps(end))
            return
        done = ", ".join(f"{number:,} {did}" for did, number in counts.items() if number)
        would = "It would be: " if self._dry_run else ""
        click.echo(f"{would}{done or 'no entries'}.")
        if not complete:
            written = sum(self._counts[did] for did in (Did.ADDED, Did.CHANGED, Did.DELETED))
            click.echo(
                f"Not finished: {counted(written, 'entry')} written. Run the same command again: it"
                " continues, and leaves alone what is there.",
                err=True,
            )


@contextmanager
def interruptible(stopping: threading.Event) -> Iterator[threading.Event]:
    """Let Ctrl-C stop at the next entry; a second one ends the program as usual.

    Yields an event that is set when that happened.
    """
    interrupted = threading.Event()
    before = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: FrameType | None) -> None:
        interrupted.set()
        stopping.set()
        signal.signal(signal.SIGINT, before)
        print("\nFinishing the writes that are under way.", file=sys.stderr)

    signal.signal(signal.SIGINT, stop)
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)

"""Put the entries of a ledger into the table: by batches, in several threads, as few as needed.

What is there already stays; so an import that broke off is continued by running it again.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import batched
from typing import Any

from botocore.exceptions import ClientError

from call_transfer.directory import Key
from refer_cli.targets.table import BATCH, Table
from refer_cli.targets.wire import Wire, key_of, wire

# Said of one entry and not of the table: others can still be written.
_OF_THE_ENTRY = frozenset({"ValidationException", "ItemCollectionSizeLimitExceededException"})


class Did(StrEnum):
    """What became of one entry; in a dry run, what would."""

    ADDED = "added"
    CHANGED = "changed"
    LEFT = "left"
    DELETED = "deleted"
    CONFLICT = "changed meanwhile"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One entry, what became of it, and why it failed."""

    key: Key
    did: Did
    why: str = ""


@dataclass(slots=True)
class Writer:
    """Writes while nobody says stop. A dry run writes nothing."""

    table: Table
    concurrency: int
    dry_run: bool
    stopping: threading.Event

    def put(self, items: Iterable[dict[str, Any]]) -> Generator[Step]:
        """Write the entries that the table lacks or has otherwise; yield what became of each."""
        return self._in_threads(self._put, batched(items, BATCH, strict=False))

    def delete(self, items: Iterable[Wire]) -> Generator[Step]:
        """Delete entries that still are what was read."""
        return self._in_threads(self._delete, batched(items, BATCH, strict=False))

    def _put(self, items: tuple[dict[str, Any], ...]) -> list[Step]:
        wanted = {key_of(item): item for item in map(wire, items)}
        seen = {} if self.stopping.is_set() else self.table.get(list(wanted))
        steps = []
        for key, item in wanted.items():
            if self.stopping.is_set():
                break
            before = seen.get(key)
            if before == item:
                steps.append(Step(key, Did.LEFT))
                continue
            did = Did.ADDED if before is None else Did.CHANGED
            steps.append(self._step(key, did, partial(self.table.put, item, before)))
        return steps

    def _delete(self, items: tuple[Wire, ...]) -> list[Step]:
        steps = []
        for item in items:
            if self.stopping.is_set():
                break
            steps.append(self._step(key_of(item), Did.DELETED, partial(self.table.delete, item)))
        return steps

    def _step(self, key: Key, did: Did, write: Callable[[], bool]) -> Step:
        if self.dry_run:
            return Step(key, did)
        try:
            return Step(key, did if write() else Did.CONFLICT)
        except ClientError as error:
            said = error.response.get("Error", {})
            if said.get("Code") not in _OF_THE_ENTRY:
                raise
            return Step(key, Did.FAILED, str(said.get("Message", said["Code"])))

    def _told(self, steps: list[Step]) -> Generator[Step]:
        """Yield steps; when nobody listens any more, stop."""
        try:
            yield from steps
        except GeneratorExit:
            self.stopping.set()
            raise

    def _in_threads[T](
        self, work: Callable[[T], list[Step]], batches: Iterator[T]
    ) -> Generator[Step]:
        """Have some batches in work, never more than twice as many as there are threads.

        After a stop, or an error, running writes end and no new one begins; all are told.
        """
        running: set[Future[list[Step]]] = set()
        errors: list[BaseException] = []
        with ThreadPoolExecutor(self.concurrency, "write") as pool:
            while True:
                while len(running) < 2 * self.concurrency and not self.stopping.is_set():
                    batch = next(batches, None)
                    if batch is None:
                        break
                    running.add(pool.submit(work, batch))
                if not running:
                    break
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    if error := future.exception():
                        errors.append(error)
                        self.stopping.set()
                    else:
                        yield from self._told(future.result())
        if errors:
            raise errors[0]

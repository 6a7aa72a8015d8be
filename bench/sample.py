"""One start of one subject: from the spawn to the first response, and 200 webhooks after it.

The subject runs on one core, whoever serves it on the others; with a single core they share it.
CPU is that of the whole process, from the scheduler's clock.
"""

import contextlib
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.aws import StandIn
from bench.certificate import Certificate
from bench.lambda_environment import environment
from bench.runtime_api import (
    NEXT,
    RESTORE_NEXT,
    Request,
    RuntimeApi,
    SubjectFailed,
    response_path,
)
from bench.subject import Subject

_SECOND = 1000.0
_OK = 200
# botocore renews credentials that have less than ten minutes left: those of a snapshot always have.
_SNAPSHOT_CREDENTIALS_SECONDS = 120
_CPUCLOCK_SCHED = 2


@dataclass(frozen=True, slots=True)
class World:
    """Where a subject finds AWS, the folder that its log goes to, and the core that it runs on."""

    aws: StandIn
    certificate: Certificate
    folder: Path
    core: int

    @property
    def log(self) -> Path:
        """What the subject of the last sample has written."""
        return self.folder / "subject.log"


@dataclass(frozen=True, slots=True)
class Sample:
    """Milliseconds, megabytes, calls of AWS by operation; `cpu` is of one warm webhook."""

    init: float
    first: float
    warm: tuple[float, ...]
    cpu: float
    cold_cpu: float
    memory: float
    cold_calls: Counter[str]
    warm_calls: Counter[str]

    @property
    def cold(self) -> float:
        """From the spawn to the first response."""
        return self.init + self.first


def measure(subject: Subject, events: Sequence[bytes], world: World) -> Sample:
    """Start a subject and let it answer all events, one after the other. Raises SubjectFailed."""
    with _started(subject, world) as (api, process, began):
        ready = api.take(NEXT)
        init = (ready.at - began) * _SECOND
        first, ready = _invoke(subject, api, ready, events[0], 0)
        cold_calls = world.aws.counted()
        before = _cpu(process.pid)
        warm = []
        for number, event in enumerate(events[1:], start=1):
            took, ready = _invoke(subject, api, ready, event, number)
            warm.append(took)
        spent = _cpu(process.pid) - before
        return Sample(
            init=init,
            first=first,
            warm=tuple(warm),
            cpu=spent / len(warm),
            cold_cpu=before,
            memory=_peak_memory(process.pid),
            cold_calls=cold_calls,
            warm_calls=world.aws.counted(),
        )


def restore(subject: Subject, event: bytes, world: World) -> float:
    """Return the milliseconds from a restore to the first response. Raises SubjectFailed.

    Connections of before the snapshot are gone, and its credentials have to be renewed.
    """
    with _started(subject, world, snapstart=True) as (api, _, _):
        api.credentials_seconds = _SNAPSHOT_CREDENTIALS_SECONDS
        asleep = api.take(RESTORE_NEXT)
        api.credentials_seconds = 6 * 3600
        world.aws.drop()
        restored = api.answer(asleep, "200 OK")
        ready = api.take(NEXT)
        _, done = _invoke(subject, api, ready, event, 0, then_next=False)
        return (done.at - restored) * _SECOND


def first_response(subject: Subject, event: bytes, world: World, *, patience: float) -> None:
    """Start a subject, and ask it to end when it has answered once. Raises SubjectFailed."""
    with _started(subject, world, patience=patience) as (api, process, _):
        _invoke(subject, api, api.take(NEXT), event, 0)
        process.terminate()
        process.wait(patience)


def _invoke(
    subject: Subject,
    api: RuntimeApi,
    ready: Request,
    event: bytes,
    number: int,
    *,
    then_next: bool = True,
) -> tuple[float, Request]:
    """Hand out one event; return how long its answer took, and the last request that came."""
    began = api.hand_out(ready, event, number)
    done = api.take(response_path(number))
    answer = json.loads(done.body)
    if answer.get("statusCode") != _OK or subject.answers not in answer.get("body", ""):
        raise SubjectFailed(f"answered {done.body.decode()[:2000]}")
    api.answer(done, "202 Accepted", b'{"status":"OK"}')
    return (done.at - began) * _SECOND, api.take(NEXT) if then_next else done


@contextlib.contextmanager
def _started(
    subject: Subject, world: World, *, snapstart: bool = False, patience: float = 30.0
) -> Iterator[tuple[RuntimeApi, "subprocess.Popen[bytes]", float]]:
    """Start a subject; end it with the block. Raises SubjectFailed with the end of its log."""
    world.aws.counted()
    with contextlib.closing(RuntimeApi(patience=patience)) as api, world.log.open("wb") as log:
        whole = environment(
            subject, world.aws.url, world.certificate, api.address, snapstart=snapstart
        )
        with _on(world.core):
            began = time.perf_counter()
            process = subprocess.Popen(  # noqa: S603 - a subject of ours
                subject.command, cwd=subject.folder, env=whole, stdout=log, stderr=log
            )
        try:
            api.watch(process.pid)
            yield api, process, began
        except SubjectFailed as failed:
            said = world.log.read_text(errors="replace")[-2000:]
            raise SubjectFailed(f"{subject.name}: {failed}\n{said}") from None
        finally:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _on(core: int) -> Iterator[None]:
    """Let what is started in this block run on this core alone."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def _cpu(pid: int) -> float:
    """Return the milliseconds of CPU that a process has used, all its threads together."""
    # What clock_getcpuclockid(3) returns: the C library makes it of the pid, and Python lacks it.
    return time.clock_gettime_ns((~pid << 3) | _CPUCLOCK_SCHED) / 1e6


def _peak_memory(pid: int) -> float:
    """Return the megabytes that a process has held at most."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024

"""ministack on a port of loopback, with IAM enforced: started, waited for, and stopped by its id.

Its children, the processes of functions, are in its process group: none outlives it.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway import aws
from gateway.server import HOST
from rehearsal.workplace import REGION, TOOLS, RehearsalFailed, Workplace

_PYTHON = TOOLS / "ministack" / "bin" / "python"
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
# The endpoint of an API is then named as in AWS, and so is what Twilio signs.
_DOMAIN = f"{REGION}.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """The endpoint of every service."""
        return f"http://{HOST}:{self.port}"


@contextlib.contextmanager
def running(place: Workplace) -> Iterator[Emulator]:
    """Run an empty AWS until the block ends. Raises RehearsalFailed when it does not start."""
    port = _free_port()
    with (place.logs / "ministack.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [_PYTHON, "-m", "ministack"],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=place.temporary,
            env=_environment(place, port),
            start_new_session=True,
        )
    try:
        emulator = Emulator(port, process.pid)
        _wait_for(emulator, process)
        yield emulator
    finally:
        _stop(process)


def group_members(group: int) -> list[int]:
    """Return the processes of a process group that run; one that waits to be reaped does not."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # proc_pid_stat(5): "pid (comm) state ppid pgrp"; comm may hold spaces and brackets.
            state, _, pgrp = stat.read_text().rpartition(")")[2].split()[:3]
            if int(pgrp) == group and state not in "ZX":
                members.append(int(stat.parent.name))
    return members


def is_listening(port: int) -> bool:
    """Say whether anybody takes connections at a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def _environment(place: Workplace, port: int) -> dict[str, str]:
    own = {
        "AUTH": "true",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": _DOMAIN,
        # Its MQTT broker would listen on every interface, at ports of its own.
        "IOT_MTLS_ENABLED": "0",
        "S3_DATA_DIR": str(place.temporary / "s3"),
        "STATE_DIR": str(place.temporary / "state"),
        "HOME": str(place.temporary),
        "TMPDIR": str(place.temporary),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return kept | aws.environment(f"http://{HOST}:{port}") | own


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(emulator: Emulator, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RehearsalFailed(f"ministack ended with {process.returncode}: see ministack.log")
        if is_listening(emulator.port) and _is_enforcing(emulator):
            return
        time.sleep(0.1)
    raise RehearsalFailed(f"ministack did not answer in {_START_SECONDS:.0f} s: see ministack.log")


def _is_enforcing(emulator: Emulator) -> bool:
    """Say whether it is ready. Raises RehearsalFailed when it would allow everything."""
    connection = http.client.HTTPConnection(HOST, emulator.port, timeout=5)
    try:
        connection.request("GET", "/_ministack/health")
        answer = connection.getresponse()
        told = answer.read().decode()
    except OSError:
        return False
    finally:
        connection.close()
    if '"auth": "enabled"' not in told:
        raise RehearsalFailed(f"ministack does not enforce IAM: {told[:200]}")
    return True


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_SECONDS)
    deadline = time.monotonic() + _STOP_SECONDS
    while group_members(process.pid) and time.monotonic() < deadline:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        time.sleep(0.1)
    process.wait(_STOP_SECONDS)

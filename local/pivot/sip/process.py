"""One process of sipp: started with a scenario, watched, and ended by its own id.

SippError
├── SippMissing   sipp is not installed
└── SippFailed    a process ended, or did not begin; carries what it said
"""

import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pivot.sip.messages import Logged, read
from pivot.sip.talking import BOUND
from pivot.sip.wire import HOST, free_media_port, free_port

_READY_IN = 5.0
_ENDS_IN = 5.0
_MODES = {"udp": "u1", "tcp": "t1"}


class SippError(Exception):
    """A party cannot be played."""


class SippMissing(SippError):
    """There is no sipp on the path."""

    def __init__(self) -> None:
        super().__init__("sipp is not on the path: apt-get install sip-tester")


class SippFailed(SippError):
    """A process of sipp's has failed."""

    def __init__(self, name: str, status: int | None, said: str) -> None:
        super().__init__(name, status, said)
        self.name, self.status, self.said = name, status, said

    def __str__(self) -> str:
        return f"sipp of {self.name} has failed with {self.status}:\n{self.said}"


@dataclass(frozen=True, slots=True)
class Sipp:
    """A process. `files` is the path of its files, but for their suffix."""

    name: str
    transport: str
    port: int
    files: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, folder: Path, name: str, scenario: str, transport: str, *more: str) -> Self:
        """Start a process with a scenario and further arguments."""
        port = free_port()
        files = folder / str(port)
        files.with_suffix(".xml").write_text(scenario)
        with files.with_suffix(".out").open("wb") as out:
            process = subprocess.Popen(  # noqa: S603 - sipp, with files of our own
                (*_command(files, transport, port), *more),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=out,
            )
        return cls(name, transport, port, files, process)

    def await_ready(self) -> None:
        """Wait until the phone can ring. Raises SippFailed."""
        until = time.monotonic() + _READY_IN
        while not self._listens():
            if self.process.poll() is not None or time.monotonic() > until:
                raise self.failure()
            time.sleep(0.005)

    def messages(self) -> list[Logged]:
        """Return what was sent and received so far. Raises SippFailed."""
        if self.process.poll():
            raise self.failure()
        return read(self.files.with_suffix(".msg"))

    def failure(self) -> SippFailed:
        """Return what sipp has said about itself."""
        said = (self.files.with_suffix(suffix) for suffix in (".err", ".out"))
        texts = (path.read_text(errors="replace") for path in said if path.exists())
        return SippFailed(self.name, self.process.poll(), "\n".join(texts))

    def kill(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait(_ENDS_IN)

    def _listens(self) -> bool:
        """Whether somebody listens at the port: an empty line is what keeps connections alive."""
        kind = socket.SOCK_STREAM if self.transport == "tcp" else socket.SOCK_DGRAM
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.settimeout(0.02)
            try:
                probe.connect((HOST, self.port))
                if kind == socket.SOCK_DGRAM:
                    probe.send(b"\r\n\r\n")
                    probe.recv(1)
            except TimeoutError:
                return True
            except OSError:
                return False
        return True


def _command(files: Path, transport: str, port: int) -> tuple[str, ...]:
    """Return the command line; nothing unexpected ends a call, and nothing lasts for ever."""
    bound = str(BOUND)
    return (
        "sipp",
        *("-sf", str(files.with_suffix(".xml")), "-t", _MODES[transport], "-nostdin"),
        *("-i", HOST, "-p", str(port), "-ci", HOST, "-mi", HOST, "-mp", str(free_media_port())),
        *("-default_behaviors", "all,-abortunexp,-bye", "-deadcall_wait", "0"),
        *("-timeout", f"{BOUND // 1000}s", "-recv_timeout", bound),
        *("-trace_msg", "-message_file", str(files.with_suffix(".msg"))),
        *("-trace_err", "-error_file", str(files.with_suffix(".err"))),
    )

"""Where a rehearsal works: a folder that goes when it ends, an environment without a real AWS.

Whatever the machine is set to, no request of ours reaches an account of somebody's: credentials,
profiles and regions of the caller are taken out, and what is put in opens the emulator alone.
"""

import contextlib
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway import aws
from gateway.stack import ROOT

TOOLS = ROOT / ".tools"
REGION = "us-east-1"
# Three times what a rehearsal needs.
_ROOM = 1024**3
_ARCHITECTURES = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class RehearsalFailed(Exception):
    """A rehearsal went otherwise than it must; the message says in what."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """A folder of one rehearsal. Outside of it, `sam build` keeps the libraries in .aws-sam."""

    folder: Path

    @property
    def temporary(self) -> Path:
        """What the emulator and sam take for /tmp."""
        return self.folder / "tmp"

    @property
    def logs(self) -> Path:
        """What the programs printed that a rehearsal runs."""
        return self.folder / "logs"

    def environment(self, endpoint: str) -> dict[str, str]:
        """Return the variables for a program that talks to the emulator at this URL."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(aws.SHADOWED)
        }
        return kept | aws.environment(endpoint) | {"TMPDIR": str(self.temporary)}


@contextlib.contextmanager
def workplace(*, keep_logs_in: Path) -> Iterator[Workplace]:
    """Make a place to work in, and remove it; the logs of a rehearsal that fails are kept."""
    place = Workplace(Path(tempfile.mkdtemp(prefix="rehearsal-", dir=_parent())))
    try:
        for folder in (place.temporary, place.logs):
            folder.mkdir()
        yield place
    except BaseException:
        shutil.rmtree(keep_logs_in, ignore_errors=True)
        shutil.copytree(place.logs, keep_logs_in)
        raise
    finally:
        shutil.rmtree(place.folder)


def _parent() -> Path | None:
    """Return where there is room in memory: every process of a function unpacks 1 300 files."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is made by mkdtemp
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM
    return memory if has_room else None


def architecture() -> str:
    """Return the processor of this machine as Lambda calls it. Raises RehearsalFailed."""
    if platform.system() != "Linux":
        raise RehearsalFailed(
            f"the functions are built for Linux, and this is {platform.system()}: rehearse in CI,"
            " or in a Linux container"
        )
    machine = platform.machine().lower()
    if machine not in _ARCHITECTURES:
        raise RehearsalFailed(f"Lambda has no {machine}; it has {set(_ARCHITECTURES.values())}")
    return _ARCHITECTURES[machine]

"""The files of a package: how they are written, and what makes two packages the same.

Names, bytes, modes and dates depend on nothing but the sources: not on the folder, the day, the
umask of whoever builds.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import cache_from_source
from pathlib import Path

# A zip has no date before 1980, and on this day none of the world's zones is there yet.
_DATE = 315_619_200  # 1980-01-02, UTC
_MODE = 0o644
_COMPILING = Path(__file__).with_name("compiling.py")


class NotPackaged(Exception):
    """No package could be made; the message says why, and what to do."""


def write(path: Path, data: bytes) -> None:
    """Write a file of a package."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    _even(path)


def add_byte_code(package: Path, sources: Sequence[Path]) -> None:
    """Put byte code beside sources in a package. Raises NotPackaged."""
    compiled = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", "-S", _COMPILING, package],
        input="\n".join(str(source.relative_to(package)) for source in sources),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if compiled.returncode:
        raise NotPackaged(f"a source is no Python of this version: {compiled.stderr}")
    for source in sources:
        _even(Path(cache_from_source(str(source))))


def _even(path: Path) -> None:
    path.chmod(_MODE)
    os.utime(path, (_DATE, _DATE))

"""The libraries in the package: what ships of the distributions in functions/requirements.txt.

pip fetches their wheels and checks the hashes.  It is asked for wheels without compiled code alone,
so what is made here is the same for every processor.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from infra.package.contents import KEPT, LEFT_OUT, ships
from infra.package.files import NotPackaged, write
from infra.package.models import models

# Of a lock: a pin with its hashes, on as many lines as they take.
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==.*(?:\n[ \t].*)*", re.MULTILINE)
_PIP = (
    *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
    *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
    *("--implementation", "py", "--abi", "none", "--platform", "any"),
)


def add_libraries(locked: str, package: Path) -> None:
    """Put the libraries of a lock into a package. Raises NotPackaged."""
    with tempfile.TemporaryDirectory() as place:
        for wheel in _wheels(pins(locked), Path(place)):
            _unpack(wheel, package)


def pins(locked: str) -> str:
    """Return what a lock has of the distributions that ship. Raises NotPackaged."""
    found = {match[1].lower(): match[0] for match in _PINNED.finditer(locked)}
    unknown = sorted(found.keys() ^ (KEPT.keys() | LEFT_OUT.keys()))
    if unknown:
        raise NotPackaged(
            f"functions/requirements.txt and infra/package/contents.py differ in"
            f" {', '.join(unknown)}: each distribution of the lock has to be in KEPT, with what"
            " ships of it, or in LEFT_OUT, and no other"
        )
    return "\n".join(pin for name, pin in found.items() if name in KEPT)


def _wheels(pinned: str, place: Path) -> list[Path]:
    """Fetch the wheels of some pins. Raises NotPackaged."""
    requirements = place / "requirements.txt"
    requirements.write_text(pinned)
    fetched = subprocess.run(  # noqa: S603 - pip of the interpreter that runs this
        [*_PIP, "--dest", str(place), "--requirement", str(requirements)],
        cwd=place,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if fetched.returncode:
        raise NotPackaged(f"pip of {sys.executable} could not fetch wheels: {fetched.stderr}")
    return sorted(place.glob("*.whl"))


def _unpack(wheel: Path, package: Path) -> None:
    distribution = wheel.name.split("-")[0].replace("_", "-").lower()
    with zipfile.ZipFile(wheel) as files:
        for name in files.namelist():
            if ships(distribution, name):
                write(package / name, files.read(name))
        if distribution == "botocore":
            for name, data in models(files):
                write(package / name, data)

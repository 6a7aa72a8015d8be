"""How many instructions a cold path takes until the first response, counted by valgrind.

Wall clocks differ from machine to machine and from minute to minute; this hardly does, so that it
can gate CI.  What the kernel does is not in it, nor what waiting costs.
"""

import importlib.util
import py_compile
import re
import shutil
from dataclasses import replace
from pathlib import Path

from bench.runtime_api import SubjectFailed
from bench.sample import World, first_response
from bench.subject import Subject

MISSING = (
    "valgrind is not here: `apt-get install valgrind` (Debian, Ubuntu), `dnf install valgrind`"
    " (Amazon Linux, Fedora)."
)
# Hashes of texts are random otherwise, and with them the order of work.
_STEADY = {"PYTHONHASHSEED": "0"}
_PATIENCE = 180.0
_LIMITS = (("priming.py", "SECONDS"), ("store.py", "READ_UNTIL"), ("store.py", "WRITE_UNTIL"))
_TOTAL = re.compile(r"^summary:\s*(\d+)", re.MULTILINE)


def make_patient(subject: Subject) -> None:
    """Let a package of ours wait for AWS as long as it takes: valgrind is some fifty times slower.

    Else INIT goes on without an answer, and what is counted is another path than the measured one.
    """
    for name, limit in _LIMITS:
        module = subject.folder / "call_transfer" / name
        if module.exists():
            line = re.compile(rf"^({limit} =) .*$", re.MULTILINE)
            text, found = line.subn(r"\1 600.0", module.read_text())
            if not found:
                raise SubjectFailed(f"{name} has no {limit}")
            module.write_text(text)
            # In the place of the byte code that is in the package, which is not checked.
            written = importlib.util.cache_from_source(str(module))
            unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
            py_compile.compile(str(module), written, invalidation_mode=unchecked)


def is_possible() -> bool:
    """Tell whether valgrind is on PATH."""
    return shutil.which("valgrind") is not None


def count(subject: Subject, event: bytes, world: World) -> int:
    """Return the instructions from the start to the first response. Raises SubjectFailed."""
    written = world.folder / "cachegrind.out"
    written.unlink(missing_ok=True)
    first_response(_under_valgrind(subject, written), event, world, patience=_PATIENCE)
    return total(written)


def total(written: Path) -> int:
    """Return the sum of a file of cachegrind. Raises SubjectFailed when it has none."""
    found = _TOTAL.search(written.read_text(errors="replace")) if written.exists() else None
    if found is None:
        raise SubjectFailed(f"cachegrind has written no summary to {written.name}")
    return int(found[1])


def _under_valgrind(subject: Subject, written: Path) -> Subject:
    words = (
        *(str(shutil.which("valgrind")), "--quiet", "--tool=cachegrind", "--cache-sim=no"),
        f"--cachegrind-out-file={written}",
    )
    command = (*words, *subject.command)
    return replace(subject, command=command, environment={**subject.environment, **_STEADY})

"""What a measurement was made on: processor, system, versions. No name of a machine, no path."""

import importlib.metadata
import os
import platform
import re
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.python_subjects import PYTHON, RUNTIME

_LIBRARIES = ("boto3", "botocore", "twilio", "aws-lambda-powertools", "aws-xray-sdk")
_BUSY = 0.5


def described() -> str:
    """Return the machine, in one line."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB of memory; {system},"
        f" {platform.system()} {platform.release().partition('-')[0]}, {platform.machine()}"
    )


def versions(more: Mapping[str, str]) -> str:
    """Return the versions of what was measured, in one line; `more` are those of subjects."""
    python = subprocess.run(  # noqa: S603 - ours
        [PYTHON, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    found = importlib.metadata.distributions(name="awslambdaric", path=[str(RUNTIME)])
    client = next(iter(found)).version
    libraries = {name: importlib.metadata.version(name) for name in _LIBRARIES}
    named = {"awslambdaric": client} | libraries | dict(more)
    openssl = " ".join(ssl.OPENSSL_VERSION.split()[:2])
    return ", ".join([python, openssl, *(f"{name} {one}" for name, one in named.items())])


def load() -> str:
    """Return the load of the last minute, and a warning when the machine was busy with other work.

    Ask before the measurement begins.
    """
    average, cores = os.getloadavg()[0], os.cpu_count() or 1
    busy = average > _BUSY * cores
    warning = " **The machine was busy with other work: measure again.**" if busy else ""
    return f"Load average when it began: {average:.1f}.{warning}"


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()

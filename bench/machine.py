"""What a measurement was made on: processor, system, versions. No name of a machine, no path."""

import importlib.metadata
import os
import platform
import re
import ssl
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from bench.python_subjects import PYTHON, RUNTIME

_LIBRARIES = ("boto3", "botocore", "twilio", "aws-lambda-powertools", "aws-xray-sdk")
_BUSY, _SECONDS = 0.1, 3


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
    """Return how busy the machine is for some seconds, and a warning when it has other work.

    Ask when all is built, and nothing of this run is at work.
    """
    busy, total = _jiffies()
    time.sleep(_SECONDS)
    busy_then, total_then = _jiffies()
    share = (busy_then - busy) / max(total_then - total, 1)
    warning = " **The machine was busy with other work: measure again.**" if share > _BUSY else ""
    return f"Before it began, other work took {share:.0%} of the machine.{warning}"


def _jiffies() -> tuple[int, int]:
    """Return the time that all cores have worked since the machine began, and all of their time."""
    spent = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    # The fourth and the fifth are idle, and idle while something is read.
    return sum(spent) - spent[3] - spent[4], sum(spent)


def _processor() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()

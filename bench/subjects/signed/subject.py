"""The package of the subject: ours, with `boto3` and `botocore` of this folder in their place."""

import shutil
from compileall import compile_dir, compile_file
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from bench.python_subjects import environment, started_with
from bench.subject import Skipped, Subject
from gateway.stack import Stack

_SOURCES = Path(__file__).parent
_CLIENT = Path("call_transfer", "aws_client.py")
_REPLACED = ("boto3", "botocore")
# What boto3 alone needs. Not jmespath, which Powertools' logger imports.
_GONE = (*_REPLACED, "s3transfer", "dateutil", "python_dateutil", "six", "six.py", "urllib3")


def prepare(work: Path) -> list[Subject | Skipped]:
    """Return the one row, made of the package of `ours` in this run, and so with its authority."""
    name, title = "signed", "ours on a thin client, without boto3"
    ours, folder = work / "ours", work / name
    if not ours.is_dir():
        return [Skipped(name, title, "it is made of `ours`: measure both, `--only ours signed`")]
    package(ours, folder)
    handler = Stack().functions["ReferFunction"]["Handler"]
    return [
        Subject(
            name=name,
            title=title,
            folder=folder,
            command=started_with(handler),
            handler=handler,
            environment=environment(),
            restores=True,
            counted=True,
            # As ours: it trusts the authorities in its package.
            without=("AWS_CA_BUNDLE",),
        )
    ]


def package(ours: Path, folder: Path) -> None:
    """Make the package in a new folder, from ours as it is built."""
    gone = {name for path in ours.iterdir() if _is_gone(name := path.name)}
    missing = {*_REPLACED, "urllib3"} - gone
    if missing:
        raise SystemExit(
            f"{ours} has no {', '.join(sorted(missing))}: it is not the package that is deployed,"
            " and what is made of it says nothing. Build it first."
        )
    shutil.copytree(ours, folder, ignore=lambda path, _: gone if Path(path) == ours else ())
    for name in _REPLACED:
        no_byte_code = shutil.ignore_patterns("__pycache__")
        shutil.copytree(_SOURCES / name, folder / name, ignore=no_byte_code)
    shutil.copy(_SOURCES / _CLIENT.name, folder / _CLIENT)
    _compile(folder)


def _compile(folder: Path) -> None:
    """Write byte code as our build does: not checked against sources, with Lambda's paths."""
    options: dict[str, Any] = {
        "quiet": 1,
        "force": True,
        "stripdir": folder,
        "prependdir": "/var/task",
        "invalidation_mode": PycInvalidationMode.UNCHECKED_HASH,
    }
    done = [compile_dir(folder / name, **options) for name in _REPLACED]
    if not all((*done, compile_file(folder / _CLIENT, **options))):
        raise SystemExit(f"{_SOURCES} does not compile: see above")


def _is_gone(name: str) -> bool:
    return name in _GONE or (name.endswith(".dist-info") and name.partition("-")[0] in _GONE)

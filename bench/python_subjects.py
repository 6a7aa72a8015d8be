"""The subjects in Python: their packages, and the command that starts Lambda's runtime client.

The interpreter is the one that the environments of this project were made from, without their
packages; the runtime client is on its path as /var/runtime is in Lambda.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from sysconfig import get_path

from bench.certificate import Certificate
from bench.subject import Subject
from gateway.stack import ROOT, Stack

PYTHON = Path(sys.base_prefix, "bin", "python3.13")
RUNTIME = ROOT / ".tools" / "bench" / "lib" / "python3.13" / "site-packages"
_SAM = ROOT / ".tools" / "sam" / "bin"
_UV = ROOT / ".tools" / "uv" / "bin" / "uv"
_SOURCES = Path(__file__).with_name("subjects")
_BUILT = ROOT / ".aws-sam" / "build"
_FUNCTION = "ReferFunction"
_ROOTS = Path("call_transfer", "amazon_roots.pem")


def started_with(handler: str) -> tuple[str, ...]:
    """Return the command that starts the runtime client on a handler."""
    return str(PYTHON), "-m", "awslambdaric", handler


def environment() -> dict[str, str]:
    """Return what a subject in Python finds: the variables of the template, and its runtime."""
    return Stack().environment | {
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "PYTHONPATH": str(RUNTIME),
        # Lambda's /var/task cannot be written.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONNOUSERSITE": "1",
    }


def ours(work: Path, certificate: Certificate, package: Path | None) -> Subject:
    """Return this project, as `sam build` leaves it, or as it is in a folder.

    It trusts the few authorities that are in its package, unless AWS_CA_BUNDLE names others.  So it
    is not given that; in a copy of the package, the authority of this run is added to its own.
    """
    folder = work / "ours"
    shutil.copytree(package or _built(), folder)
    handler = Stack().functions[_FUNCTION]["Handler"]
    subject = _subject("ours", "**ours**, as `sam build` leaves it", folder, handler, restores=True)
    roots = folder / _ROOTS
    if not roots.exists():
        return subject
    with roots.open("ab") as file:
        file.write(certificate.authority.read_bytes())
    return replace(subject, without=("AWS_CA_BUNDLE",))


def others(work: Path) -> list[Subject]:
    """Return the subjects to compare with, their packages made anew below `work`."""
    naive, compiled = _naive(work / "naive"), work / "naive-byte-code"
    shutil.copytree(naive, compiled, dirs_exist_ok=False)
    _compile(compiled)
    handler = "app.lambda_handler"
    powertools = {"POWERTOOLS_SERVICE_NAME": "refer", "POWERTOOLS_METRICS_NAMESPACE": "Refer"}
    return [
        _subject("hello", "hello, an empty handler", _plain("hello", work), handler, answers=""),
        _subject("floor", "floor, standard library only", _plain("floor", work), handler),
        _subject(
            "naive-byte-code",
            "naive, with byte code",
            compiled,
            handler,
            restores=True,
            more=powertools,
        ),
        _subject("naive", "naive, as `sam build` leaves it", naive, handler, more=powertools),
    ]


def compile_runtime() -> None:
    """Give the runtime client the byte code that it has in Lambda."""
    if not RUNTIME.is_dir():
        raise SystemExit(f"{RUNTIME} is missing: `make bench` makes it.")
    _run(str(PYTHON), "-m", "compileall", "-q", str(RUNTIME))
    # The standard library has byte code in Lambda, and not in every Python that is fetched.
    library = get_path("stdlib")
    words = (str(PYTHON), "-m", "compileall", "-q", "-x", "/(test|idlelib|site-packages)/", library)
    subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - it may be read-only


def _subject(
    name: str,
    title: str,
    folder: Path,
    handler: str,
    *,
    restores: bool = False,
    answers: str = ">sip:agentb@",
    more: Mapping[str, str] | None = None,
) -> Subject:
    return Subject(
        name=name,
        title=title,
        folder=folder,
        command=started_with(handler),
        handler=handler,
        environment=environment() | dict(more or {}),
        restores=restores,
        counted=name in {"ours", "floor", "naive-byte-code"},
        answers=answers,
    )


def _built() -> Path:
    """Run `sam build`, and return the package of the function that answers a REFER."""
    path = f"{_SAM}{os.pathsep}{os.environ['PATH']}"
    _run(str(_SAM / "sam"), "build", env={"PATH": path, "SAM_CLI_TELEMETRY": "0"})
    return _BUILT / _FUNCTION


def _plain(name: str, work: Path) -> Path:
    folder = work / name
    folder.mkdir()
    shutil.copy(_SOURCES / name / "app.py", folder)
    _compile(folder)
    return folder


def _naive(folder: Path) -> Path:
    """Install what the post asks for, without byte code, as `sam build` does."""
    source = _SOURCES / "naive"
    _run(
        *(str(_UV), "pip", "install", "--quiet", "--python", str(PYTHON), "--target", str(folder)),
        *("--constraint", str(ROOT / "requirements" / "dev.txt")),
        *("--requirement", str(source / "requirements.txt")),
    )
    shutil.copy(source / "app.py", folder)
    return folder


def _compile(folder: Path) -> None:
    """Write byte code that is not checked against the sources, as our build does."""
    _run(
        *(str(PYTHON), "-m", "compileall", "-q", "-j", "0"),
        *("--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/var/task"),
        str(folder),
    )


def _run(*words: str, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 - ours
        words,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")

"""The subjects in Node: twilio's helper and the AWS SDK v3 in one file, made by esbuild.

Everything is installed from the two lock files beside this: into `.tools`, where it stays until one
of the files here changes, since the runtime client takes minutes to compile.  It is Lambda's own,
and in no package.  NODE_EXTRA_CA_CERTS is set by whoever starts the subjects.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.subject import Skipped, Subject
from bench.webhooks import TARGET
from gateway.stack import ROOT, Stack

_SOURCE = Path(__file__).parent
_RUNTIME = _SOURCE / "runtime"
_INSTALLED = ROOT / ".tools" / "bench-node"
_TITLES = {
    "node-usual": "node, as usually written",
    "node-lean": "node, lean and bundled",
}
_STAMP = "installed-from"
_HANDLER = "index.handler"
_OLDEST = 20
# What the runtime client is compiled with.
_COMPILED_WITH = ("cmake", "make", "g++", "autoreconf", "libtoolize", "python3")
_DEBIAN = "apt-get install cmake make g++ autoconf automake libtool python3"


class NotInstalled(Exception):
    """npm, or a compiler that it has called, has failed; what it said is on the terminal."""


def prepare(work: Path) -> list[Subject | Skipped]:
    """Return both subjects, their packages made below `work`; without Node they are skipped."""
    why = why_not()
    if not why:
        try:
            install(_INSTALLED)
        except NotInstalled as error:
            why = str(error)
    if why:
        return [Skipped(name, title, why) for name, title in _TITLES.items()]
    return [_subject(name, work) for name in _TITLES]


def why_not() -> str:
    """Return a sentence on what this machine lacks; empty when nothing is missing."""
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        return f"node and npm are not on PATH: install Node {_OLDEST} or later."
    if _major(node) < _OLDEST:
        return f"twilio's helper needs Node {_OLDEST} or later, and this is {_version(node)}."
    missing = [tool for tool in _COMPILED_WITH if not shutil.which(tool)]
    if missing and not _is_current(_RUNTIME, _INSTALLED / "runtime"):
        return (
            f"Lambda's runtime client for Node is compiled with {', '.join(missing)}, which this"
            f" machine lacks: `{_DEBIAN}` on Debian."
        )
    return ""


def install(folder: Path) -> None:
    """Install and bundle what has changed since the last time. Raises NotInstalled."""
    # No script of a dependency is run for these: esbuild's own only makes its start faster.
    _install(_SOURCE, folder / "handlers", ("ci", "--ignore-scripts"), ("run", "build"))
    _install(_RUNTIME, folder / "runtime", ("ci",))


def _install(source: Path, folder: Path, *steps: Sequence[str]) -> None:
    if _is_current(source, folder):
        return
    shutil.rmtree(folder, ignore_errors=True)
    for path in _files(source):
        copy = folder / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    for step in steps:
        _run("npm", *step, "--no-audit", "--no-fund", "--no-update-notifier", folder=folder)
    (folder / _STAMP).write_text(_fingerprint(source))


def _subject(name: str, work: Path) -> Subject:
    folder = work / name
    shutil.copytree(_INSTALLED / "handlers" / "packages" / name.removeprefix("node-"), folder)
    node = str(Path(shutil.which("node") or "").resolve())
    client = _INSTALLED / "runtime/node_modules/aws-lambda-ric/bin/index.mjs"
    return Subject(
        name=name,
        title=_TITLES[name],
        folder=folder,
        command=(node, str(client), _HANDLER),
        handler=_HANDLER,
        environment=Stack().environment
        | {"AWS_EXECUTION_ENV": f"AWS_Lambda_nodejs{_major(node)}.x"},
        answers=f">sip:{TARGET}@",
        versions={"Node": _version(node).removeprefix("v"), **_asked_for()},
    )


def _asked_for() -> dict[str, str]:
    """Return what the two projects name, with its version: a lock file has the rest."""
    asked = [json.loads((one / "package.json").read_text()) for one in (_SOURCE, _RUNTIME)]
    kinds = ("dependencies", "devDependencies")
    found = {name: at for one in asked for kind in kinds for name, at in one.get(kind, {}).items()}
    # twilio has the same name in Python.
    return {f"{name} (npm)": at for name, at in sorted(found.items())}


def _version(node: str) -> str:
    return _run(node, "--version", folder=ROOT).strip()


def _major(node: str) -> int:
    found = re.match(r"v(\d+)\.", _version(node))
    return int(found[1]) if found else 0


def _is_current(source: Path, folder: Path) -> bool:
    stamp = folder / _STAMP
    return stamp.is_file() and stamp.read_text() == _fingerprint(source)


def _fingerprint(source: Path) -> str:
    """Return one line for the files of a project, and for the Node that compiles for itself."""
    digest = hashlib.sha256(_version(shutil.which("node") or "node").encode())
    for path in _files(source):
        digest.update(f"{path.relative_to(source)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _files(source: Path) -> list[Path]:
    return sorted([*source.glob("package*.json"), *source.glob("src/**/*.mjs")])


def _run(*words: str, folder: Path) -> str:
    done = subprocess.run(  # noqa: S603 - ours
        words,
        cwd=folder,
        env={**os.environ, **_headers()},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise NotInstalled(f"`{' '.join(words)}` has failed, and the terminal has what it said.")
    return done.stdout


def _headers() -> dict[str, str]:
    """Return where the headers of this Node are, when they came with it: they are not fetched."""
    node = shutil.which("node")
    prefix = Path(node).resolve().parent.parent if node else ROOT
    return {"npm_config_nodedir": str(prefix)} if (prefix / "include/node/node.h").is_file() else {}

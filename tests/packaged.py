"""The deployment package, made as `sam build` makes it, and its handlers with nothing but it.

A handler runs in a Python of its own whose path has the standard library and the package.
"""

import http.server
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from gateway.stack import ROOT

SAM = ROOT / ".tools" / "sam" / "bin"
_SECONDS = 60
_PROGRAM = """
import json, sys
package, program, given = json.load(sys.stdin)
assert not any("site-packages" in folder for folder in sys.path)
sys.path.insert(0, package)
namespace = {"given": given}
exec(program, namespace)
print()
print(json.dumps(namespace["answer"]))
"""
_INVOKE = """
import importlib
handler = importlib.import_module(given["module"]).lambda_handler
answer = [handler(event, None) for event in given["events"]]
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a process answered, and the lines of its log."""

    answer: Any
    lines: Sequence[Mapping[str, Any]]


def made_by_sam(folder: Path) -> None:
    """Make a package as SAM CLI does: make, with the path of the Makefile, in another folder."""
    if not SAM.is_dir():
        raise RuntimeError("the package is made with pip of .tools/sam: run `make test` once")
    run = subprocess.run(  # noqa: S603 - our own Makefile
        ["make", "--makefile", str(ROOT / "functions/Makefile"), "build-ReferFunction"],  # noqa: S607 - the make that people have
        cwd=folder.parent,
        env=_plain(
            {"PATH": f"{SAM}{os.pathsep}{os.environ['PATH']}", "ARTIFACTS_DIR": str(folder)}
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def made_anew(folder: Path) -> None:
    """Make a package of nothing that is kept, with another umask and other modules in memory."""
    program = (
        "import asyncio, os, pathlib, sys, typing, unittest.mock;"
        "from infra.package.__main__ import add_functions, make_libraries;"
        "os.umask(0o077); folder = pathlib.Path(sys.argv[1]);"
        "make_libraries(folder); add_functions(folder)"
    )
    subprocess.run(  # noqa: S603 - our own package
        [SAM / "python", "-B", "-c", program, str(folder)],
        cwd=ROOT,
        env=_plain({"PYTHONHASHSEED": "6"}),
        check=True,
    )


def run(package: Path, program: str, given: object, environment: Mapping[str, str]) -> Ran:
    """Run a program that leaves its result in `answer`, with the package alone."""
    ran = subprocess.run(  # noqa: S603 - the Python of the tests
        [sys.executable, "-I", "-S", "-B", "-c", _PROGRAM],
        input=json.dumps([str(package), program, given]),
        env={"PYTHONTZPATH": "", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert ran.returncode == 0, ran.stderr
    *lines, answer = ran.stdout.splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    return Ran(json.loads(answer), [line for line in told if "message" in line])


def invoke(
    package: Path, module: str, events: Sequence[object], environment: Mapping[str, str]
) -> Ran:
    """Hand events to a handler in a fresh process, one after the other."""
    return run(package, _INVOKE, {"module": module, "events": list(events)}, environment)


@contextmanager
def answering(status: int, body: object) -> Iterator[str]:
    """Serve one answer to every request, at the URL that this yields."""
    text = json.dumps(body).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.do_GET()

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _plain(variables: Mapping[str, str]) -> dict[str, str]:
    """Return our environment without what a make above or the linters of Python have set."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTHON"))
    } | dict(variables)

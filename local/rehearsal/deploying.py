"""`sam build`, `sam deploy` and `sam delete`, as `make deploy` calls them.

The stack is the section `default` of samconfig.toml; parameters come from a rehearsal.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.stack import ROOT
from rehearsal.workplace import REGION, TOOLS, RehearsalFailed, Workplace

_SAM = TOOLS / "sam" / "bin"
_S3 = f"https://s3.{REGION}.amazonaws.com/"
_LIMIT_SECONDS = 300.0
_TAIL = 40


@dataclass(frozen=True, slots=True)
class Sam:
    """SAM CLI in a place, against an endpoint."""

    place: Workplace
    endpoint: str

    def build(self, template: Path, into: Path, parameters: Mapping[str, str]) -> float:
        """Build a template into a folder; return the seconds it took."""
        options = ["--template-file", str(template), "--build-dir", str(into)]
        return self._run("build", *options, *_overrides(parameters))

    def deploy(self, built: Path, parameters: Mapping[str, str]) -> float:
        """Create the stack or update it. Raises SamFailed."""
        packaged = built / "packaged.yaml"
        seconds = self._run(
            *("package", "--resolve-s3", "--template-file", str(built / "template.yaml")),
            *("--output-template-file", str(packaged)),
        )
        # sam names nested templates by its endpoint, and takes back only URLs of S3 itself.
        text = packaged.read_text()
        packaged.write_text(text.replace(f"{self.endpoint}/", _S3))
        overrides = _overrides(parameters)
        return seconds + self._run("deploy", "--template-file", str(packaged), *overrides)

    def delete(self, stack: str) -> float:
        """Delete the stack."""
        return self._run("delete", "--no-prompts", "--stack-name", stack)

    def _run(self, command: str, *arguments: str) -> float:
        began = time.monotonic()
        config = ("--config-file", str(ROOT / "samconfig.toml"), "--config-env", "default")
        number = len(list(self.place.logs.glob("sam-*.log"))) + 1
        log = self.place.logs / f"sam-{number}-{command}.log"
        with log.open("w") as output:
            status = _finished(
                subprocess.Popen(  # noqa: S603 - our own SAM CLI
                    [_SAM / "sam", command, *arguments, *config],
                    cwd=ROOT,
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
        if status:
            tail = "\n".join(log.read_text().splitlines()[-_TAIL:])
            raise SamFailed(f"sam {command} ended with {status}:\n{tail}")
        return time.monotonic() - began

    def _environment(self) -> dict[str, str]:
        variables = self.place.environment(self.endpoint)
        return variables | {
            "PATH": f"{_SAM}{os.pathsep}{variables.get('PATH', '')}",
            "SAM_CLI_TELEMETRY": "0",
            # It asks CloudFormation how far it is every five seconds otherwise.
            "SAM_CLI_POLL_DELAY": "1",
            # Where it keeps what it remembers of its user.
            "__SAM_CLI_APP_DIR": str(self.place.temporary),
        }


class SamFailed(RehearsalFailed):
    """SAM CLI did not do it; the message has the end of what it printed."""


def _finished(process: subprocess.Popen[bytes]) -> int:
    """Wait for a program; when nobody waits any more, what it has started is ended with it."""
    try:
        return process.wait(_LIMIT_SECONDS)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def _overrides(parameters: Mapping[str, str]) -> list[str]:
    pairs = [f'{name}="{value}"' for name, value in parameters.items()]
    return ["--parameter-overrides", *pairs] if pairs else []

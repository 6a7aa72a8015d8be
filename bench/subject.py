"""What is measured: a deployment package, and the command that starts a runtime client on it.

A subject is a function `prepare()` that builds what it needs below `work` and returns its rows.
There are those of bench/python_subjects.py (ours, naive, floor, hello), of
bench/subjects/signed/subject.py and of bench/subjects/node/subject.py.

    from bench.subject import Skipped, Subject

    def prepare(work: Path) -> list[Subject | Skipped]: ...

The command is started in `folder` with the environment of Lambda (bench/sample.py), to which
`environment` is added; it must replace itself by the measured process (no shell, no npx), since CPU
and memory are read from the process that was started.  Its runtime client gets the address of the
Runtime API from AWS_LAMBDA_RUNTIME_API, the handler from its last word or from _HANDLER, and what
it calls on AWS is found by AWS_ENDPOINT_URL, behind the certificate of the bundle AWS_CA_BUNDLE
(NODE_EXTRA_CA_CERTS holds the one certificate that is not the public's).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Subject:
    """One row of the table.

    `name` is for the command line and for ratios, `title` for the page.  `folder` is the deployment
    package, whose size is a figure, and the working directory.  With `restores` it is measured once
    more as SnapStart runs it; with `counted` its instructions are counted by cachegrind.  `answers`
    is in the body of every answer, or the subject has not done the job.  `without` are variables of
    sample.environment that it does not get.  `versions` are those of what it runs on, for the page.
    """

    name: str
    title: str
    folder: Path
    command: tuple[str, ...]
    handler: str
    environment: Mapping[str, str] = field(default_factory=dict)
    restores: bool = False
    counted: bool = False
    answers: str = ">sip:agentb@"
    without: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row without figures: `why` names what is missing and how to get it."""

    name: str
    title: str
    why: str

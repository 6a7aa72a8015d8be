"""docs/performance.md: how it was measured and on what, figures, goals, and the other parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench import tables
from bench.goals import Verdict
from bench.part import Part
from bench.rounds import WARM
from gateway.stack import ROOT

PAGE = ROOT / "docs" / "performance.md"

_INTRO = f"""# Performance

Written by `make bench`, which measures all of it again; nothing here is written by hand. A run
wants a Linux machine with nothing else to do.

A caller hears silence while a webhook is answered. So the question is how long a REFER takes, from
a process that does not exist yet (*cold*), in one that is there (*warm*), and in one that SnapStart
restores, beside what one would run instead.

## How it was measured

Each subject is a deployment package under the runtime client of Lambda itself (`awslambdaric`,
`aws-lambda-ric`), behind a Runtime API server on this machine (`bench/runtime_api.py`), with the
environment that Lambda gives it. DynamoDB and Secrets Manager are one stand-in with fixed answers
over TLS (`bench/aws.py`), in a process of its own; a subject has a core for itself, unless the
machine has one only. Every subject gets the same
{WARM + 1} webhooks, byte for byte: refers as Twilio sends them, with its signature, each of another
call. An answer without the Dial of the target ends the run.

- *init* is from the start of the process to its first request for an event, *first response* from
  handing out that event to its answer, *cold path* both. Files are in the page cache.
- *warm* are {WARM} webhooks after it, one after the other: the median and the 99th percentile of
  each start. *CPU* is that of the whole process, from the scheduler's clock.
- *after a restore* is from the answer to `/restore/next` to the first response. Before it, what is
  connected to AWS is cut off, and the credentials have less than ten minutes left, so that
  connections have to be made, and credentials renewed, as in a snapshot that is a day old.
- Rounds are interleaved: each starts every subject once, in an order that moves on by one. Figures
  are medians over the rounds; the quartiles stand below them. Milliseconds, unless it says else.
- *instructions* are counted by `valgrind --tool=cachegrind`, twice, from the start to the first
  response. They hardly depend on the machine, or on what else it does: threads that wait for each
  other make the difference. The goal is for the larger count of ours, and the smaller one of naive.
- *zipped* is what a package weighs as the archive that is uploaded.

What this is not: Lambda. There is no download of a package, no start of a virtual machine, and a
restore brings no page in from a snapshot: `after a restore` is the work that is left to the code,
and Lambda's own time comes on top. AWS answers here at once, there in some milliseconds, for
everybody alike. Lambda gives INIT a whole core, and a function of 1024 MB about 0.58 of one after
it: what is CPU in *first response* and *warm* takes there up to 1.7 times as long. So work is
better done in INIT than in the first webhook.

### The subjects

- *ours* is what `sam build` leaves in `.aws-sam/build`. *ours* and *signed* read the few roots that
  ours ships, *naive* and *floor* the bundle of botocore, *node* those that are built into Node; the
  authority of the stand-in is added to each.
- *naive* is the handler of a post on a blog (`bench/subjects/naive`) with the same libraries:
  boto3's resource, twilio's REST client, Powertools' Logger, Metrics, Tracer, Parameters and event
  handler. It is measured as `sam build` leaves it, without byte code, and with byte code.
- *node* is the same job with twilio's helper for Node and the AWS SDK v3, bundled by esbuild
  (`bench/subjects/node`): as it is usually written (the document client, Powertools' Logger and
  Metrics, no Tracer), and lean (two modules of twilio, three commands of the SDK, no Powertools).
  It is measured under the Node of this machine, which may be older than those that Lambda takes.
- *signed* is our own code on a thin client that signs requests itself instead of boto3
  (`bench/subjects/signed`). It is not what is shipped: it shows what boto3 costs.
- *floor* does the job with the standard library alone (`bench/subjects/floor`), and nothing that
  makes it fit for use: what this runtime can do, but for the many roots that it reads.
- *hello* is an empty handler.
"""
_OURS_AND_OTHERS = """## Goals

Ratios of the medians above, ours first; a goal is met by at most that. *Stretch* is what was seen
in prototypes without boto3.
"""


@dataclass(frozen=True, slots=True)
class Made:
    """Where and when it was measured: lines for the page."""

    date: str
    rounds: int
    machine: str
    versions: str
    load: str


def figures(rows: Sequence[tables.Row]) -> str:
    """Return the part of the page with what was measured of each subject."""
    return f"## Figures\n\n{tables.times(rows)}\n\n{tables.sizes(rows)}\n"


def goals(verdicts: Sequence[Verdict], missing: Mapping[str, str]) -> str:
    """Return the part of the page with the goals."""
    return f"{_OURS_AND_OTHERS}\n{tables.goals(verdicts, missing)}\n"


def page(made: Made, body: Sequence[str], parts: Sequence[Part]) -> str:
    """Return the page: `body` are its own parts, `parts` those of the other measurements."""
    on = (
        f"## Machine and versions\n\n{made.date}, {made.rounds} rounds. {made.machine}."
        f" {made.load}\n\n{made.versions}.\n"
    )
    others = [f"## {part.heading}\n\n{part.markdown.strip()}\n" for part in parts]
    return "\n".join([_INTRO, on, *body, *others])

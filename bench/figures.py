"""From samples to figures: medians and quartiles over the rounds, sizes of packages, ratios."""

import io
import math
import statistics
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.sample import Sample
from bench.subject import Subject
from bench.tls_server import CONNECTIONS

# What Lambda's own boto3 brings along: a package without boto3 has none of it.
_BOTO3 = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "python_dateutil", "six")
_BOTO3_TOO = (*_BOTO3, "urllib3")


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some values and their quartiles."""

    median: float
    lower: float
    upper: float


def spread(values: Iterable[float]) -> Spread:
    """Return median and quartiles; of a single value it is three times that."""
    held = sorted(values)
    if not held:
        raise ValueError("nothing was measured")
    if len(held) == 1:
        return Spread(held[0], held[0], held[0])
    lower, median, upper = statistics.quantiles(held, n=4, method="inclusive")
    return Spread(median, lower, upper)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that so many percent do not exceed (nearest rank)."""
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]


@dataclass(frozen=True, slots=True)
class Package:
    """Bytes of a deployment package: as files, as the zip that is uploaded, and without boto3."""

    unzipped: int
    zipped: int
    zipped_without_boto3: int


def package(folder: Path) -> Package:
    """Weigh a folder. The zip is as `sam package` makes it, and as anybody would."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    rest = [path for path in files if not _is_boto3(path.relative_to(folder).parts[0])]
    return Package(
        unzipped=sum(path.stat().st_size for path in files),
        zipped=_zipped(folder, files),
        zipped_without_boto3=_zipped(folder, rest),
    )


def _is_boto3(top: str) -> bool:
    name, _, ending = top.partition("-")
    is_module = top.removesuffix(".py") in _BOTO3_TOO
    return is_module or (ending.endswith(".dist-info") and name in _BOTO3_TOO)


def _zipped(folder: Path, files: Iterable[Path]) -> int:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, path.relative_to(folder))
    return len(target.getvalue())


@dataclass
class Measured:
    """All that was measured of one subject."""

    subject: Subject
    package: Package
    samples: list[Sample] = field(default_factory=list)
    restores: list[float] = field(default_factory=list)
    instructions: list[int] = field(default_factory=list)

    def times(self) -> dict[str, Spread]:
        """Return the spread of each figure that is measured in every round."""
        held = self.samples
        return {
            "init": spread(one.init for one in held),
            "first": spread(one.first for one in held),
            "cold": spread(one.cold for one in held),
            "cold CPU": spread(one.cold_cpu for one in held),
            "warm": spread(statistics.median(one.warm) for one in held),
            "p99": spread(percentile(one.warm, 99) for one in held),
            "warm CPU": spread(one.cpu for one in held),
            "memory": spread(one.memory for one in held),
            **({"restore": spread(self.restores)} if self.restores else {}),
        }

    def calls(self) -> tuple[float, int, int]:
        """Return the calls of AWS of a warm webhook, those until the first response, connections.

        Raises ValueError when rounds differ: then it is not always the same job that is measured.
        """
        cold = {tuple(sorted(one.cold_calls.items())) for one in self.samples}
        warm = {tuple(sorted(one.warm_calls.items())) for one in self.samples}
        if len(cold) != 1 or len(warm) != 1:
            raise ValueError(f"{self.subject.name}: calls differ between rounds: {cold}, {warm}")
        first, later = self.samples[0].cold_calls, self.samples[0].warm_calls
        webhooks = len(self.samples[0].warm)
        per_webhook = (later.total() - later[CONNECTIONS]) / webhooks
        return per_webhook, first.total() - first[CONNECTIONS], first[CONNECTIONS]

"""Rows of the bench with samples that nobody measured: round numbers, to be checked by hand."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Measured, Package
from bench.sample import Sample
from bench.subject import Subject

CALLS = Counter({"connections": 2, "GetSecretValue": 1, "BatchGetItem": 1, "UpdateItem": 1})
LATER = Counter({"BatchGetItem": 4, "UpdateItem": 4})


def sample(cold: float, cpu: float = 1.0, warm: Sequence[float] = (1, 2, 3, 4)) -> Sample:
    return Sample(
        init=cold - 10,
        first=10,
        warm=tuple(warm),
        cpu=cpu,
        cold_cpu=cold,
        memory=50,
        cold_calls=Counter(CALLS),
        warm_calls=Counter(LATER),
    )


def measured(name: str, cold: Sequence[float], zipped: int = 100, cpu: float = 1.0) -> Measured:
    subject = Subject(name, name, Path(), (), "app.handler")
    samples = [sample(one, cpu) for one in cold]
    return Measured(subject, Package(1000, zipped, zipped // 2), samples)

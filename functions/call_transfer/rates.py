"""How many transfers a minute: who is counted, and under which key.

A minute is one of the clock's, so a burst across its border can be twice the limit.  Nothing is
counted here; the store does it in the same write that records the hop.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SECONDS = 60
TRANSFEROR, TARGET, TENANT = "transferor", "target", "tenant"


@dataclass(frozen=True, slots=True)
class Limits:
    """Transfers a minute at most, for one of each kind; 0 is no limit."""

    transferor: int = 0
    target: int = 0
    tenant: int = 0


@dataclass(frozen=True, slots=True)
class Counter:
    """One counter: the key of its item in the table `calls`, and how far it may count."""

    key: tuple[str, str]
    limit: int
    rule: str


def counters(
    limits: Limits, *, tenant: str, transferor: str, targets: Iterable[str], now: float
) -> tuple[Counter, ...]:
    """Return what a transfer is counted under; a transferor that is not known counts for nobody."""
    counted = [(TRANSFEROR, transferor, limits.transferor), (TENANT, "", limits.tenant)]
    counted += [(TARGET, target, limits.target) for target in sorted(set(targets))]
    minute = str(int(now) // SECONDS)
    return tuple(
        Counter((f"{tenant}/rate/{kind}/{who}", minute), limit, f"rate/{kind}")
        for kind, who, limit in counted
        if limit and (who or kind == TENANT)
    )

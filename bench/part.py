"""One part of docs/performance.md, as a measurement hands it to the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# The figure that bench.growth gives the table of goals.
LOOKUP_CPU = "CPU of a lookup, 100,000 entries ÷ 10"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of docs/performance.md: `markdown` stands below `heading`.

    `figures` are for the table of goals, by the names that bench.goals knows.
    """

    heading: str
    markdown: str
    figures: Mapping[str, float] = field(default_factory=dict)

"""What is kept of one hop: what was asked and refused, what was dialled, what Twilio told.

Nothing here is computed but the conclusion, which is a fold over the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from call_transfer.attempt import Attempt, DialResult, LegEvent, Outcome
from call_transfer.errors import Refusal
from call_transfer.links import Link, Mode
from call_transfer.noun import Noun
from call_transfer.outcome import Conclusion, conclude
from call_transfer.plan import DialPlan

type Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, as it is kept."""

    code: str
    message: str
    rule: str
    outcome: Outcome
    status: int

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Keep what a repeated webhook has to be answered with."""
        return cls(
            code=refusal.code,
            message=refusal.message,
            rule=refusal.rule,
            outcome=Outcome(refusal.outcome),
            status=refusal.status,
        )


@dataclass(frozen=True, slots=True)
class Tried:
    """One Dial that we answered with; `has_action` when its end is reported to dial_result."""

    plan: DialPlan
    has_action: bool


@dataclass(frozen=True, slots=True)
class HopRecord:
    """One hop. `transferor` is who may be recalled, `caller` the From of the session.

    `asked` is the target without its headers; `unreadable` is the text of one that cannot be read,
    which is for the table only: nobody knows what it holds.
    """

    tenant: str
    session: str
    hop: int
    refer_id: str
    mode: Mode
    caller: str = ""
    call_sid: str = ""
    asked: str = ""
    unreadable: str = ""
    attended: bool = False
    transferor: tuple[Noun, ...] = ()
    refused: Refused | None = None
    tried: Mapping[int, Tried] = field(default_factory=dict)
    legs: tuple[LegEvent, ...] = ()
    results: tuple[DialResult, ...] = ()

    @property
    def key(self) -> Key:
        """The table key."""
        return (f"{self.tenant}/{self.session}", f"{self.hop}#{self.refer_id}")

    @property
    def facts(self) -> int:
        """How much is known; it only grows, so it tells the later of two snapshots."""
        return len(self.tried) + len(self.legs) + len(self.results) + (self.refused is not None)

    def conclusion(self) -> Conclusion:
        """Return how this hop ended, as far as it is known."""
        return conclude(
            mode=self.mode,
            refused=self.refused.outcome if self.refused else None,
            attempts={
                number: Attempt(one.plan.stage, len(one.plan.nouns), one.has_action)
                for number, one in self.tried.items()
            },
            legs=self.legs,
            results=self.results,
        )

    def answering(self, attempt: int) -> tuple[Noun, ...]:
        """Return who took the call in an attempt; all its parties when nobody said who."""
        if attempt not in self.tried:
            return ()
        nouns = self.tried[attempt].plan.nouns
        taken = {
            leg.noun
            for leg in self.legs
            if leg.attempt == attempt and leg.status in {"in-progress", "answered", "completed"}
        }
        return tuple(nouns[noun] for noun in sorted(taken) if noun < len(nouns)) or nouns


def key_of(tenant: str, link: Link) -> Key:
    """Return the table key of the hop that a link belongs to."""
    return (f"{tenant}/{link.session}", f"{link.hop}#{link.refer_id}")

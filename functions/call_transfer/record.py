"""What is kept of one hop: what was asked and refused, what was dialled, what Twilio told.

Nothing here is computed but the conclusion, which is a fold over the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from call_transfer.errors import Refusal
from call_transfer.facts import (
    Acceptance,
    Attempt,
    Closing,
    LegEvent,
    Outcome,
    Recording,
    Result,
)
from call_transfer.links import Link, Mode
from call_transfer.noun import Noun
from call_transfer.outcome import Conclusion, conclude
from call_transfer.plan import Plan
from call_transfer.policy import Call
from call_transfer.rates import Counter, Limits, counters
from call_transfer.ringing import Ringing
from call_transfer.verb import Announcement, Redirect, Voicemail

type Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal, as it is kept."""

    code: str
    message: str
    rule: str
    outcome: Outcome
    status: int
    say: str = ""
    language: str = ""

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Keep what a repeated webhook has to be answered with."""
        return cls(
            code=refusal.code,
            message=refusal.message,
            rule=refusal.rule,
            outcome=Outcome(refusal.outcome),
            status=refusal.status,
            say=refusal.say,
            language=refusal.language,
        )


@dataclass(frozen=True, slots=True)
class HopRecord:
    """One hop. `transferor` is who may be recalled; `caller` and `called` are those of the session.

    `by_caller` when the party that called in has referred, so that no entry has dialled it.

    `opened_at` is Unix seconds, told by the table alone. `path` holds the party that answered in
    each hop before, the latest last.

    `asked` is the target without its headers; `unreadable` is the text of one that cannot be read,
    which is for the table only: nobody knows what it holds.
    """

    tenant: str
    session: str
    hop: int
    refer_id: str
    mode: Mode
    caller: str = ""
    called: str = ""
    call_sid: str = ""
    asked: str = ""
    unreadable: str = ""
    attended: bool = False
    opened_at: int = 0
    transferor: tuple[Noun, ...] = ()
    path: tuple[str, ...] = ()
    by_caller: bool = False
    refused: Refused | None = None
    tried: Mapping[int, Plan] = field(default_factory=dict)
    legs: tuple[LegEvent, ...] = ()
    results: tuple[Result, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    recordings: tuple[Recording, ...] = ()
    closed: Closing | None = None

    @property
    def key(self) -> Key:
        """The table key."""
        return (f"{self.tenant}/{self.session}", f"{self.hop}#{self.refer_id}")

    @property
    def facts(self) -> int:
        """How much is known; it only grows, so it tells the later of two snapshots."""
        told = (self.tried, self.legs, self.results, self.accepted, self.recordings)
        return sum(map(len, told)) + (self.refused is not None) + (self.closed is not None)

    def conclusion(self) -> Conclusion:
        """Return how this hop ended, as far as it is known."""
        return conclude(
            mode=self.mode,
            refused=self.refused.outcome if self.refused else None,
            attempts={
                number: Attempt(
                    stage=plan.stage,
                    nouns=len(plan.nouns),
                    has_action=plan.has_action,
                    ends=_ends(plan),
                    is_accepted=isinstance(plan.verb, Ringing) and plan.verb.whisper is not None,
                    takes_message=isinstance(plan.verb, Voicemail),
                )
                for number, plan in self.tried.items()
            },
            legs=self.legs,
            results=self.results,
            accepted=self.accepted,
            recordings=self.recordings,
            closed=self.closed,
        )

    def answering(self, attempt: int) -> tuple[Noun, ...]:
        """Return who took the call in an attempt; all its parties when nobody said who."""
        if attempt not in self.tried:
            return ()
        nouns = self.tried[attempt].nouns
        taken = {
            leg.noun
            for leg in self.legs
            if leg.attempt == attempt and leg.status in {"in-progress", "answered", "completed"}
        }
        # Of a sequential Dial the first can have answered and not accepted, and the next one did.
        accepted = {one.noun for one in self.accepted if one.attempt == attempt and one.accepted}
        taken = accepted or taken
        return tuple(nouns[noun] for noun in sorted(taken) if noun < len(nouns)) or nouns


def _ends(plan: Plan) -> Outcome | None:
    """Return the outcome of a verb that is the end of it: nobody tells us more."""
    match plan.verb:
        case Announcement():
            return Outcome.ANNOUNCED
        case Redirect():
            return Outcome.REDIRECTED
        case _:
            return None


def call_of(record: HopRecord) -> Call:
    """Return what a decision is told of the call."""
    return Call(
        tenant=record.tenant,
        caller=record.caller,
        called=record.called,
        mode=record.mode,
        hop=record.hop,
        path=record.path,
        waiting=all(isinstance(plan.verb, Ringing) for plan in record.tried.values()),
    )


def counters_of(record: HopRecord, limits: Limits, now: float) -> tuple[Counter, ...]:
    """Return what this hop is counted under: transfers are, and those only that dial the target."""
    plan = record.tried.get(0)
    if record.hop == 0 or record.refused or plan is None:
        return ()
    return counters(
        limits,
        tenant=record.tenant,
        transferor=record.transferor[0].party if record.transferor else "",
        targets=[noun.party for noun in plan.parties] or [plan.rule],
        now=now,
    )


def key_of(tenant: str, link: Link) -> Key:
    """Return the table key of the hop that a link belongs to."""
    return (f"{tenant}/{link.session}", f"{link.hop}#{link.refer_id}")

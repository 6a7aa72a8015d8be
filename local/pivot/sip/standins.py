"""Parties that are played in this process: a call has them, the wire has nothing of them.

They do what `parties` says, by the same clock as the others.  Whoever is connected to one hears
nothing: there is no media.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from pivot.model.parties import Answers, Declines, HangsUp, Party, Presses, Refers
from pivot.model.signals import (
    AnswerRefer,
    Bye,
    Cancel,
    Declined,
    HungUp,
    Input,
    Notify,
    Output,
    PickedUp,
    Pressed,
    Rang,
    Referred,
)

_RINGS_AFTER = 0.5
_TERMINATED = 487

type Later = Callable[[float, Callable[[], None]], None]


@dataclass
class StandIns:
    """The played parties of one call. `tell` takes what they do, `later` waits for it."""

    tell: Callable[[Input], None]
    later: Later
    _parties: dict[str, Party] = field(default_factory=dict)
    _here: set[str] = field(default_factory=set)
    _busy: list[Party] = field(default_factory=list)

    def ring(self, leg: str, party: Party) -> None:
        """Let a phone ring."""
        self._parties[leg] = party
        self._here.add(leg)
        reaction = party.reaction
        if not isinstance(reaction, Declines):
            self._after(_RINGS_AFTER, Rang(leg))
        if isinstance(reaction, Answers):
            self._after(reaction.after, PickedUp(leg))
        elif isinstance(reaction, Declines):
            self._after(reaction.after, Declined(leg, reaction.status))

    def takes(self, output: Output) -> bool:
        """Take what is meant for a played party; False when it is for somebody on the wire."""
        match output:
            case Cancel(leg) if leg in self._parties:
                self._here.discard(leg)
                self.later(0.0, partial(self.tell, Declined(leg, _TERMINATED)))
            case Bye(leg) if leg in self._parties:
                self._here.discard(leg)
            case AnswerRefer(leg) | Notify(leg) if leg in self._parties:
                pass
            case _:
                return False
        return True

    def _after(self, seconds: float, given: Input) -> None:
        self.later(seconds, partial(self._happens, given))

    def _happens(self, given: Input) -> None:
        leg = getattr(given, "leg", "")
        if leg not in self._here:
            return
        if isinstance(given, Declined | HungUp):
            self._here.discard(leg)
        if isinstance(given, PickedUp):
            self._begin(leg, self._parties[leg])
        self.tell(given)

    def _begin(self, leg: str, party: Party) -> None:
        """Start the deeds of a party, in its first call or every time."""
        if party in self._busy and not party.every_time:
            return
        self._busy.append(party)
        for deed in party.deeds:
            match deed:
                case Refers(after, target):
                    self._after(after, Referred(leg, target))
                case HangsUp(after):
                    self._after(after, HungUp(leg))
                case Presses(after, keys):
                    self._after(after, Pressed(leg, keys))

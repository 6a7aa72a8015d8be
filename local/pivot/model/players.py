"""Parties that are played: they ring, answer and do their deeds by whatever clock they are given.

In `world` everybody is; over real SIP those for whom nobody has a phone.  Nothing of them is on any
wire, and whoever is connected to one hears nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from pivot.model.parties import Answers, Declines, HangsUp, Party, Presses, Refers
from pivot.model.signals import (
    AnswerRefer,
    Bye,
    Cancel,
    Decline,
    Declined,
    HungUp,
    Input,
    Notify,
    Output,
    PickedUp,
    PickUp,
    Pressed,
    Rang,
    Referred,
)

_RINGS_AFTER = 0.5
_TERMINATES_AFTER = 0.05
_TERMINATED = 487

type Later = Callable[[float, Callable[[], None]], None]


@dataclass
class Players:
    """The played parties. `tell` takes what they do, `later` waits seconds for it."""

    tell: Callable[[Input], None]
    later: Later
    _parties: dict[str, Party] = field(default_factory=dict)
    _here: set[str] = field(default_factory=set)
    _busy: list[Party] = field(default_factory=list)

    def calls(self, leg: str, party: Party) -> None:
        """Let a party call in; its deeds begin when it is answered."""
        self._parties[leg] = party
        self._here.add(leg)

    def ring(self, leg: str, party: Party) -> None:
        """Let the phone of a party ring."""
        self.calls(leg, party)
        reaction = party.reaction
        if not isinstance(reaction, Declines):
            self._after(_RINGS_AFTER, Rang(leg))
        if isinstance(reaction, Answers):
            self._after(reaction.after, PickedUp(leg))
        elif isinstance(reaction, Declines):
            self._after(reaction.after, Declined(leg, reaction.status))

    def hang_up(self, leg: str) -> None:
        """Let a party hang up, if it is on the phone."""
        self._happens(HungUp(leg))

    def takes(self, output: Output) -> bool:
        """Take what is meant for a played party; False when it is for somebody else."""
        leg = getattr(output, "leg", "")
        if leg not in self._parties:
            return False
        match output:
            case PickUp():
                self._begin(leg)
            case Cancel():
                self._here.discard(leg)
                self.later(_TERMINATES_AFTER, partial(self.tell, Declined(leg, _TERMINATED)))
            case Bye() | Decline():
                self._here.discard(leg)
            case AnswerRefer() | Notify():
                pass
            case _:
                return False
        return True

    def _after(self, seconds: float, given: Input) -> None:
        self.later(seconds, partial(self._happens, given))

    def _happens(self, given: Input) -> None:
        leg = getattr(given, "leg", "")
        # A phone that has hung up can still send REFER: it gets 481.
        if leg not in self._here and not isinstance(given, Referred):
            return
        if isinstance(given, Declined | HungUp):
            self._here.discard(leg)
        if isinstance(given, PickedUp):
            self._begin(leg)
        self.tell(given)

    def _begin(self, leg: str) -> None:
        """Start the deeds of a party, in its first call or every time."""
        party = self._parties[leg]
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

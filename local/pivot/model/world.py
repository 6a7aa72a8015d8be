"""A clock of its own, phones that do what they are said to do, and the calls between them.

Nothing here waits: a webhook is fetched at once, and its answer counts as there after the seconds
that its sender reports.  What happens at the same moment happens in the order of its cause.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from pivot.delivery import Result, Send, fetch
from pivot.model.call import Call
from pivot.model.parties import Answers, Declines, HangsUp, Party, Presses, Refers
from pivot.model.seen import dialled
from pivot.model.signals import (
    Bye,
    Cancel,
    Decline,
    Declined,
    DropConsultation,
    Due,
    Fetch,
    Fetched,
    HungUp,
    Input,
    Invite,
    Output,
    PickedUp,
    PickUp,
    Pressed,
    Purpose,
    Rang,
    Referred,
    SetTimer,
)
from pivot.model.trace import Trace
from pivot.nouns import Noun
from pivot.webhooks import Account

_RING_AFTER = 0.5
_NOBODY = Party("nobody", "", Declines(404, 0.2))

type Delay = Callable[[Fetch], float]


@dataclass
class World:
    """Everybody who has a phone. `delay` holds statusCallbacks back, in seconds."""

    parties: Sequence[Party]
    send: Send
    account: Account
    delay: Delay = lambda _: 0.0
    trace: Trace = field(default_factory=Trace)
    now: float = 0.0
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)
    _calls: list[Call] = field(default_factory=list)
    _alive: dict[str, bool] = field(default_factory=dict)
    _roles: dict[str, Party] = field(default_factory=dict)
    _played: list[Party] = field(default_factory=list)

    def dials(self, caller: Party, call: Call, *, at: float = 0.0) -> None:
        """Let a party call in at a moment."""

        def begin() -> None:
            self._calls.append(call)
            self._roles[call.sid], self._alive[call.sid] = caller, True
            self.trace.names[call.sid] = caller.name
            self.trace.arrived(call.sid, call.first.to_address, self.now)
            self._perform(call, call.start(self.now))

        self._at(at, begin)

    def play(self, until: float) -> None:
        """Let everything happen up to a moment."""
        while self._queue and self._queue[0][0] <= until:
            self.now, _, happen = heappop(self._queue)
            happen()
        self.now = max(self.now, until)

    def hang_up(self) -> None:
        """Let everybody hang up, those who called in first, and play what follows from it."""
        for call in self._calls:
            for leg in list(call.legs):
                self._happen(call, HungUp(leg))
        self.play(self.now + 60.0)

    def happen(self, given: Input) -> None:
        """Let something happen that no deed stands for."""
        leg = getattr(given, "leg", "")
        self._happen(next(call for call in self._calls if leg in call.legs), given)

    def _at(self, when: float, happen: Callable[[], None]) -> None:
        heappush(self._queue, (when, next(self._order), happen))

    def _later(self, seconds: float, call: Call, given: Input) -> None:
        self._at(self.now + seconds, lambda: self._happen(call, given))

    def _happen(self, call: Call, given: Input) -> None:
        """Tell the call of it, unless the party is not there any more."""
        match given:
            case Rang(leg) | PickedUp(leg) | HungUp(leg) | Pressed(leg) if not self._alive[leg]:
                return
            case Declined(leg) | HungUp(leg):
                self._alive[leg] = False
            case _:
                pass
        if not isinstance(given, Due):
            self.trace.took(given, self.now)
        outputs = call.take(given, self.now)
        if isinstance(given, PickedUp):
            self._do(call, given.leg)
        self._perform(call, outputs)

    def _perform(self, call: Call, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Invite):
                party = self._find(output.noun)
                self.trace.names[output.leg] = party.name
            self.trace.gave((output,), self.now)
            self._carry(call, output)

    def _carry(self, call: Call, output: Output) -> None:
        match output:
            case Invite(leg, noun):
                self._ring(call, leg, self._find(noun))
            case PickUp(leg):
                self._do(call, leg)
            case Bye(leg) | Decline(leg):
                self._alive[leg] = False
            case Cancel(leg):
                self._alive[leg] = False
                self._later(0.05, call, Declined(leg, 487))
            case SetTimer(timer, seconds):
                self._later(seconds, call, Due(timer))
            case Fetch():
                self._fetch(call, output)
            case DropConsultation(call_id):
                self._drop(call_id)
            case _:
                pass

    def _ring(self, call: Call, leg: str, party: Party) -> None:
        self._roles[leg], self._alive[leg] = party, True
        reaction = party.reaction
        if not isinstance(reaction, Declines):
            self._later(_RING_AFTER, call, Rang(leg))
        if isinstance(reaction, Answers):
            self._later(reaction.after, call, PickedUp(leg))
        elif isinstance(reaction, Declines):
            self._later(reaction.after, call, Declined(leg, reaction.status))

    def _do(self, call: Call, leg: str) -> None:
        """Start the deeds of a party whose leg has been answered."""
        party = self._roles[leg]
        if party in self._played and not party.every_time:
            return
        self._played.append(party)
        for deed in party.deeds:
            match deed:
                case Refers(after, target):
                    self._later(after, call, Referred(leg, target))
                case HangsUp(after):
                    self._later(after, call, HungUp(leg))
                case Presses(after, keys):
                    self._later(after, call, Pressed(leg, keys))

    def _fetch(self, call: Call, asked: Fetch) -> None:
        if asked.purpose is Purpose.STATUS and (wait := self.delay(asked)):
            self._at(self.now + wait, lambda: self._fetched(call, asked))
        else:
            self._fetched(call, asked)

    def _fetched(self, call: Call, asked: Fetch) -> None:
        result = deliver(self.send, self.account, asked)
        self._later(result.elapsed, call, Fetched(asked.webhook, result))

    def _find(self, noun: Noun) -> Party:
        address = dialled(noun).partition(";")[0]
        return next((one for one in self.parties if one.address == address), _NOBODY)

    def _drop(self, call_id: str) -> None:
        for call in self._calls:
            if call.first.sip and call.first.sip.call_id == call_id:
                self._perform(call, call.drop(self.now))


def deliver(send: Send, account: Account, asked: Fetch) -> Result:
    """Send a webhook that the model asks for. Raises BadOverride."""
    return fetch(
        send,
        account,
        asked.url,
        asked.form,
        method=asked.method,
        fallback=asked.fallback,
    )

"""A clock of its own, parties that are played, and the calls between them.

Nothing here waits: a webhook is fetched at once, and its answer counts as there after the seconds
that its sender reports.  What happens at the same moment happens in the order of its cause.
"""

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from heapq import heappop, heappush

from pivot.delivery import Result, Send, fetch
from pivot.model.call import Call
from pivot.model.parties import Declines, Party
from pivot.model.players import Players
from pivot.model.seen import dialled
from pivot.model.signals import (
    DropConsultation,
    Due,
    Fetch,
    Fetched,
    Input,
    Invite,
    Output,
    Purpose,
    SetTimer,
)
from pivot.model.trace import Trace
from pivot.nouns import Noun
from pivot.webhooks import Account

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
    _players: Players = field(init=False)

    def __post_init__(self) -> None:
        self._players = Players(self.happen, self._later)

    def dials(self, caller: Party, call: Call, *, at: float = 0.0) -> None:
        """Let a party call in at a moment."""

        def begin() -> None:
            self._calls.append(call)
            self._players.calls(call.sid, caller)
            self.trace.names[call.sid] = caller.name
            self.trace.arrived(call.sid, call.first.to_address, self.now)
            self._perform(call, call.start(self.now))

        self._later(at - self.now, begin)

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
                self._players.hang_up(leg)
        self.play(self.now + 60.0)

    def happen(self, given: Input) -> None:
        """Let something happen to a leg."""
        leg = getattr(given, "leg", "")
        self._happen(next(call for call in self._calls if leg in call.legs), given)

    def _later(self, seconds: float, happen: Callable[[], None]) -> None:
        heappush(self._queue, (self.now + seconds, next(self._order), happen))

    def _happen(self, call: Call, given: Input) -> None:
        if not isinstance(given, Due):
            self.trace.took(given, self.now)
        self._perform(call, call.take(given, self.now))

    def _perform(self, call: Call, outputs: Iterable[Output]) -> None:
        for output in outputs:
            if isinstance(output, Invite):
                self.trace.names[output.leg] = self._find(output.noun).name
            self.trace.gave((output,), self.now)
            if not self._players.takes(output):
                self._carry(call, output)

    def _carry(self, call: Call, output: Output) -> None:
        match output:
            case Invite(leg, noun):
                self._players.ring(leg, self._find(noun))
            case SetTimer(timer, seconds):
                self._later(seconds, partial(self._happen, call, Due(timer)))
            case Fetch() if output.purpose is Purpose.STATUS and (wait := self.delay(output)):
                self._later(wait, partial(self._fetched, call, output))
            case Fetch():
                self._fetched(call, output)
            case DropConsultation(call_id):
                self._drop(call_id)
            case _:
                pass

    def _fetched(self, call: Call, asked: Fetch) -> None:
        result = deliver(self.send, self.account, asked)
        given = Fetched(asked.webhook, result)
        self._later(result.elapsed, partial(self._happen, call, given))

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

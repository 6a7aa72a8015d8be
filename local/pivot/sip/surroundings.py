"""What a call on the wire is given: the model, where phones are, the network.

The interfaces only, so that a script can stand in for each.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pivot.model.parties import Party
from pivot.model.signals import Fetch, Input, Output
from pivot.model.trace import Trace
from pivot.nouns import Noun
from pivot.sip.wire import Peer

if TYPE_CHECKING:
    from pivot.sip.outgoing import Outgoing
    from pivot.sip.session import Session


class Call(Protocol):
    """The model of a call: `pivot.model.call`, or a script."""

    @property
    def sid(self) -> str:
        """The CallSid of the party that called in."""

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""

    def start(self, at: float) -> tuple[Output, ...]:
        """Begin."""

    def take(self, given: Input, at: float) -> tuple[Output, ...]:
        """Take what happens."""

    def drop(self, at: float) -> tuple[Output, ...]:
        """End from Twilio's side."""


@dataclass(frozen=True, slots=True)
class Phone:
    """Where a noun's party is: its name in the trace, its socket, and the Request-URI."""

    name: str
    peer: Peer
    uri: str


type Route = Callable[[Noun], Phone | Party | None]
"""Where a noun leads: to a phone, to a party that is played here, or nowhere."""


class Outside(Protocol):
    """What a call needs of its surroundings: the clock, the network, other calls."""

    def now(self) -> float:
        """Return the time by the model's clock."""

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        """Let something happen after seconds of the model's clock."""

    def fetch(self, asked: Fetch, tell: Callable[[Input], None]) -> None:
        """Fetch a webhook."""

    def dial(
        self, session: "Session", outgoing: "Outgoing", headers: Iterable[tuple[str, str]]
    ) -> None:
        """Send the INVITE of a leg as soon as there is a connection."""

    def drop(self, call_id: str) -> None:
        """End the call that a Call-ID belongs to."""


class NewCall(Protocol):
    """Makes a call of the model for an INVITE."""

    def __call__(
        self,
        called: str,
        caller: str,
        sip_call_id: str,
        x_headers: Mapping[str, str],
        source_ip: str,
    ) -> tuple[Call, Trace]:
        """Return a call, and a trace that has the name of its first leg.

        `called` is the Request-URI and `caller` the URI of From, as they stand.
        """

"""How a piece of TwiML ends, and who waits for that end."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from pivot.model.leg import Leg
from pivot.model.signals import Input, Purpose
from pivot.verbs import Dial

type Waiting[T] = Generator[None, Input, T]
"""Work that waits for the next Input with a bare `yield`."""


class End(Enum):
    """How TwiML on a leg ended. NEXT: not at all, the next verb goes on."""

    NEXT = auto()
    RAN_OUT = auto()
    OVER = auto()
    GONE = auto()
    LEFT = auto()


@dataclass(frozen=True, slots=True)
class Onward:
    """TwiML that is to be fetched, and goes on in place of the verbs that are left."""

    purpose: Purpose
    url: str
    method: str
    form: Mapping[str, str]


class Gone(Exception):
    """The party whose TwiML was running has hung up."""

    def __init__(self, leg: str) -> None:
        super().__init__(leg)
        self.leg = leg


class Replaced(Exception):
    """The transferor has sent another REFER, which takes the place of the pending one."""

    def __init__(self, refer_to: str) -> None:
        super().__init__(refer_to)
        self.refer_to = refer_to


@dataclass
class Talk:
    """Two parties that a Dial has connected: the leg it ran on, and the one that it dialled."""

    verb: Dial
    leg: Leg
    child: Leg

    def other(self, leg: Leg) -> Leg:
        """Return the party that this one talks to."""
        return self.child if leg is self.leg else self.leg


@dataclass
class Held:
    """A transferor who waits, in hold mode, for the target to answer.

    `sip_code` is the last that a target was not reached with.
    """

    transferor: Leg
    talk: Talk
    refer_to: str
    let_go: bool = False
    sip_code: int = 0

    @property
    def transferee(self) -> Leg:
        """The party that is transferred."""
        return self.talk.other(self.transferor)

"""Who is on the phone and what they do: the same description for the model and for real SIP.

Times are seconds by the clock of the call.  Those of deeds count from the moment at which the leg
of the party was answered, whoever called whom.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answers:
    """Picks up after some seconds of ringing."""

    after: float = 4.0

    def __str__(self) -> str:
        return "answers"


@dataclass(frozen=True, slots=True)
class Declines:
    """Refuses with a SIP status: 486 is busy, 503 and 404 are failures."""

    status: int = 486
    after: float = 1.0

    def __str__(self) -> str:
        return "is busy" if self.status == 486 else f"fails with {self.status}"  # noqa: PLR2004 - Busy Here


@dataclass(frozen=True, slots=True)
class Rings:
    """Rings, and nobody comes."""

    def __str__(self) -> str:
        return "does not answer"


type Reaction = Answers | Declines | Rings


@dataclass(frozen=True, slots=True)
class Refers:
    """Sends REFER; without a `target` the header Refer-To is left out."""

    after: float
    target: str | None


@dataclass(frozen=True, slots=True)
class HangsUp:
    """Sends BYE."""

    after: float


@dataclass(frozen=True, slots=True)
class Presses:
    """Presses keys."""

    after: float
    keys: str


type Deed = Refers | HangsUp | Presses


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a phone. `address` is a SIP URI, an E.164 number or a client identity.

    `deeds` are in the order of their times; a party that is called again does nothing, unless
    `every_time`.
    """

    name: str
    address: str
    reaction: Reaction = field(default_factory=Answers)
    deeds: tuple[Deed, ...] = ()
    every_time: bool = False

"""One situation: who calls whom, what goes wrong, and what has to come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pivot.matrix.faults import NONE, Fault
from pivot.model.knobs import Knobs
from pivot.model.parties import Party
from pivot.parameters import SipFacts

USER = "UserA"
TRANSFEROR = "AgentA"
NUMBER = "+14155550199"
# Values of answerOnBridge on a Dial of this application.
HOLD, RELEASE = "true", "unset"
# Where neither Twilio nor an RFC says what has to come of it.
OURS = "design: a refused target costs nobody the call"


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to be seen.

    `connected` is whom UserA hears at the end ("" is nobody), `alive` whether UserA is on the line;
    `told` is what the transferor gets after its last REFER; `alerts` are Twilio's numbers;
    `outcomes` are those of the records, hop by hop; `headers` are those of the last INVITE.
    `heard` is what UserA hears from Twilio, `order` facts of the trace that have to come one after
    the other.  None is not looked at.
    """

    connected: str
    told: tuple[str, ...] | None = None
    alive: bool = True
    alerts: tuple[int, ...] = ()
    heard: tuple[str, ...] | None = None
    outcomes: tuple[str, ...] | None = None
    headers: tuple[tuple[str, str], ...] | None = None
    order: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls in, to which address, at which second."""

    party: Party
    called: str
    sip: SipFacts | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Cell:
    """A situation by its name. `mode` is what answerOnBridge says: `true`, `false` or `unset`.

    `voice` is TwiML of somebody else's that the number answers with, where `{base}` is the URL of
    the application; without it the application answers.  `settings` are variables of the functions
    that the cell needs.  `source` is the sentence that the expectation is from.  `under` is what is
    expected instead where a knob has another value, by `name=value`.  `transferor` is who refers.
    """

    name: str
    mode: str
    title: str
    source: str
    callers: tuple[Caller, ...]
    parties: tuple[Party, ...]
    expected: Expected
    fault: Fault = NONE
    voice: str = ""
    fallback: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    under: Mapping[str, Expected] = field(default_factory=dict)
    transferor: str = TRANSFEROR

    @property
    def id(self) -> str:
        """Name and mode, as in reports."""
        return f"{self.name}-{self.mode}"

    @property
    def holds(self) -> bool:
        """Whether the transferor waits for the target."""
        return self.mode == HOLD

    def expects(self, knobs: Knobs) -> Expected:
        """Return what has to be seen under these knobs."""
        special = [self.under[changed] for changed in knobs.changed() if changed in self.under]
        expected = special[0] if special else self.expected
        if knobs.stray_action == "left out":
            # The record of a Dial whose action never comes stays open: nothing that a caller hears.
            expected = replace(expected, outcomes=None)
        if knobs.notify_failure == "unavailable" and expected.told is not None:
            told = tuple(_unavailable(line) for line in expected.told)
            return replace(expected, told=told)
        return expected


type Make = Callable[[str], Cell]
"""Makes a cell for a mode."""


def _unavailable(line: str) -> str:
    failed = line.startswith("NOTIFY ") and line[7] in "456"
    return "NOTIFY 503 Service Unavailable" if failed else line

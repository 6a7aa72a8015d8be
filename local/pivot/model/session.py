"""What the parts of the model share while a call lasts: its legs, its timers, what it says.

A Session does what it is asked to and decides nothing: `running`, `dialling` and `transfer` do.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pivot import parameters
from pivot.model.flow import End, Held, Talk, Waiting
from pivot.model.knobs import Knobs
from pivot.model.leg import Leg, called
from pivot.model.signals import (
    Alert,
    Bye,
    Cancel,
    Connect,
    Decline,
    Fetch,
    Fetched,
    Invite,
    Output,
    PickUp,
    Purpose,
    SetTimer,
)
from pivot.nouns import Noun
from pivot.verbs import Verb

BEGAN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
# What a party that called in gets when nobody ever answered it [G].
_UNAVAILABLE = 480
_CALLBACK_FAILED = 15003

type Run = Callable[["Session", Leg, Iterable[Verb], Held | None], Waiting[End]]


@dataclass(frozen=True, slots=True)
class Setup:
    """What Twilio knows of a call before it begins.

    `sids` makes CallSids, `caller_ids` are owned or verified numbers (None: any), `fallback` is the
    fallback URL of the number or SIP domain.
    """

    account: str
    voice_url: str
    sids: Callable[[], str]
    voice_method: str = "POST"
    fallback: str = ""
    caller_ids: frozenset[str] | None = None
    knobs: Knobs = field(default_factory=Knobs)


@dataclass
class Session:
    """One call of Twilio's while it lasts. `run` carries out TwiML: see `running`.

    `executing` are the legs whose TwiML runs, the innermost last; `talk` is the pair that is
    connected and may refer; `pending` is the transfer that is under way.
    """

    setup: Setup
    run: Run
    now: float = 0.0
    executing: list[str] = field(default_factory=list)
    talk: Talk | None = None
    pending: Held | None = None
    transfers: int = 0
    consulted: set[str] = field(default_factory=set)
    legs: dict[str, Leg] = field(default_factory=dict)
    out: list[Output] = field(default_factory=list)
    _count: int = 0
    _callbacks: set[int] = field(default_factory=set)

    def knob(self, name: str) -> str:
        """Return how this Twilio behaves where nobody knows, and note that it mattered."""
        self.consulted.add(name)
        return str(getattr(self.setup.knobs, name))

    def emit(self, output: Output) -> None:
        """Say what Twilio does next."""
        self.out.append(output)

    def timer(self, seconds: float) -> int:
        """Start a timer and return its number."""
        self._count += 1
        self.emit(SetTimer(self._count, seconds))
        return self._count

    def pause(self, seconds: float) -> Waiting[None]:
        """Let time pass."""
        until = self.timer(seconds)
        while getattr((yield), "timer", None) != until:
            pass

    def invite(self, parent: Leg, noun: Noun, caller_id: str) -> Leg:
        """Dial what a noun names."""
        leg = Leg(
            sid=self.setup.sids(),
            from_address=caller_id,
            to_address=called(noun),
            status="initiated",
            noun=noun,
            parent=parent.sid,
        )
        self.legs[leg.sid] = leg
        self.emit(Invite(leg.sid, noun, caller_id))
        self.tell(leg, "initiated")
        return leg

    def pick_up(self, leg: Leg) -> None:
        """Answer the party that called in, once."""
        if not leg.answered and not leg.ended:
            leg.status, leg.answered_at = "in-progress", self.now
            self.emit(PickUp(leg.sid))

    def hang_up(self, leg: Leg, status: str = "canceled") -> None:
        """End a leg from Twilio's side; `status` is that of a phone that has not answered."""
        if leg.ended:
            return
        if leg.answered:
            self.emit(Bye(leg.sid))
        elif leg.noun is None:
            self.emit(Decline(leg.sid, _UNAVAILABLE))
        else:
            self.emit(Cancel(leg.sid))
        self.finish(leg, "completed" if leg.answered else status)

    def finish(self, leg: Leg, status: str, sip_code: int = 0) -> None:
        """Note that a leg has ended."""
        leg.status, leg.sip_code, leg.ended_at = status, sip_code or leg.sip_code, self.now
        self.tell(leg, "completed")

    def connect(self, talk: Talk) -> None:
        """Let two parties hear each other."""
        self.talk = talk
        self.emit(Connect(talk.leg.sid, talk.child.sid))

    def tell(self, leg: Leg, event: str) -> None:
        """Post an event of a leg if its noun asks for it; those it does not ask for do not count.

        Callbacks of `completed` alone were seen to have the SequenceNumber 0 [R].
        """
        url = leg.wants(event)
        if not url:
            return
        sequence, leg.sequence = leg.sequence, leg.sequence + 1
        form = parameters.leg_status(
            leg.facts(self.setup.account),
            sequence=sequence,
            at=BEGAN + timedelta(seconds=self.now),
            seconds=leg.seconds,
            sip_response_code=str(leg.sip_code or "") if leg.ended else "",
        )
        method = getattr(leg.noun, "status_callback_method", "POST")
        self._callbacks.add(self.send(Purpose.STATUS, leg, url, method, form))

    def send(
        self, purpose: Purpose, leg: Leg, url: str, method: str, form: Mapping[str, str]
    ) -> int:
        """Send a webhook and return its number."""
        self._count += 1
        own = purpose in {Purpose.VOICE, Purpose.ACTION, Purpose.TWIML}
        fallback = self.setup.fallback if own and url != self.setup.fallback else ""
        self.emit(Fetch(self._count, purpose, leg.sid, url, method, form, fallback))
        return self._count

    def called_back(self, given: Fetched) -> None:
        """Note what came of a statusCallback: nobody waits for it."""
        if given.webhook in self._callbacks and not given.result.ok:
            self.emit(Alert(_CALLBACK_FAILED, "a statusCallback was not taken"))

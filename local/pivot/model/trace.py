"""What was seen of a call, whoever carried it: arrows between parties, and what came of them.

A Trace is told every input and output of the model, and knows the parties by their legs.  It keeps
no more than was said; pictures and expectations are made from it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlsplit

from pivot.model.seen import ANSWERS_REFER, API, TWILIO, Arrow, Fact, Seen, dialled, status_line
from pivot.model.signals import (
    Alert,
    AnswerRefer,
    Bye,
    Cancel,
    Connect,
    Decline,
    Declined,
    Fetch,
    Fetched,
    Hear,
    HungUp,
    Input,
    Invite,
    Notify,
    Output,
    PickedUp,
    PickUp,
    Pressed,
    Rang,
    Referred,
    Ring,
)


def _unseen(_: Seen) -> None:
    """Tell nobody."""


@dataclass
class Trace:
    """What was seen so far. `names` are the parties by leg, told before the leg is.

    `headers` are those that the last party which was called has got.  `tell` hears of everything at
    once.
    """

    names: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    connected: dict[str, str] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    tell: Callable[[Seen], object] = _unseen
    _asked: dict[int, Fetch] = field(default_factory=dict)

    def arrived(self, leg: str, called: str, at: float) -> None:
        """Note the INVITE that began the call."""
        self._note((Arrow(at, self.names[leg], TWILIO, "sip", "INVITE", called),))

    def took(self, given: Input, at: float) -> None:
        """Note what happened to Twilio."""
        self._note(self._of_input(given, at))

    def gave(self, outputs: Iterable[Output], at: float) -> None:
        """Note what Twilio did."""
        for output in outputs:
            self._note(self._of_output(output, at))

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts, in order."""
        return tuple(one.text for one in self.seen if isinstance(one, Fact))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Who is connected to whom, by name and in the order of names."""
        named = {tuple(sorted((self.names[a], self.names[b]))) for a, b in self.connected.items()}
        return tuple(sorted((first, second) for first, second in named))

    def told(self, party: str) -> tuple[str, ...]:
        """Return what a party was told from its last REFER on, to the BYE that ends its leg."""
        referred = False
        heard: list[str] = []
        for one in self.seen:
            if isinstance(one, Arrow) and one.kind == "sip":
                if one.source == party and one.text == "REFER":
                    referred, heard = True, []
                elif referred and one.target == party and one.text not in {"INVITE", "CANCEL"}:
                    heard.append(one.text)
                    referred = one.text != "BYE"
        return tuple(heard)

    def _note(self, seen: Iterable[Seen]) -> None:
        for one in seen:
            self.seen.append(one)
            self.tell(one)

    def _of_input(self, given: Input, at: float) -> Iterator[Seen]:
        match given:
            case Rang(leg):
                yield self._from(leg, status_line(180), at)
            case PickedUp(leg):
                yield self._from(leg, status_line(200), at)
                yield Fact(at, f"{self.names[leg]} answers", "answered")
            case Declined(leg, status):
                yield self._from(leg, status_line(status), at)
            case HungUp(leg):
                yield self._from(leg, "BYE", at)
                yield Fact(at, f"{self.names[leg]} hangs up", "ended")
                self._part(leg)
            case Referred(leg, refer_to):
                yield self._from(leg, "REFER", at, f"Refer-To: {refer_to}")
            case Pressed(leg, keys):
                yield self._from(leg, f"DTMF {keys}", at)
            case Fetched(webhook, result):
                asked = self._asked[webhook]
                for attempt in result.attempts:
                    outcome = attempt.outcome
                    text = str(outcome.status) if outcome.status else outcome.what.words
                    body = outcome.body.decode(errors="replace")
                    yield Arrow(at, API, TWILIO, "http", text, "", body, asked.purpose)
            case _:
                pass

    def _of_output(self, given: Output, at: float) -> Iterator[Seen]:  # noqa: C901, PLR0912 - one case per signal
        match given:
            case Invite(leg, noun):
                self.headers = tuple(getattr(noun, "headers", ()))
                yield self._to(leg, "INVITE", at, dialled(noun))
            case Ring(leg):
                yield self._to(leg, status_line(180), at)
            case PickUp(leg):
                yield self._to(leg, status_line(200), at)
            case Decline(leg, status):
                yield self._to(leg, status_line(status), at)
            case Cancel(leg):
                yield self._to(leg, "CANCEL", at)
            case Bye(leg):
                yield self._to(leg, "BYE", at)
                yield Fact(at, f"{self.names[leg]} is disconnected", "ended")
                self._part(leg)
            case AnswerRefer(leg, status):
                yield self._to(leg, status_line(status), at, ANSWERS_REFER)
            case Notify(leg, status):
                yield self._to(leg, f"NOTIFY {status_line(status)}", at)
            case Connect(first, second):
                self._join(first, second)
                pair = f"{self.names[first]} is connected to {self.names[second]}"
                yield Fact(at, pair, "connected")
            case Hear(leg, what):
                yield Fact(at, f"{self.names[leg]} hears {what}", "heard")
            case Alert(error, sentence):
                yield Fact(at, f"alert {error}: {sentence}" if error else sentence, "alert")
            case Fetch() as fetch:
                self._asked[fetch.webhook] = fetch
                about = fetch.form.get("DialCallStatus") or fetch.form.get("CallStatus", "")
                body = "\n".join(f"{name}={value}" for name, value in sorted(fetch.form.items()))
                text = f"{fetch.method} {urlsplit(urldefrag(fetch.url).url).path}"
                yield Arrow(at, TWILIO, API, "http", text, about, body, fetch.purpose)
            case _:
                pass

    def _from(self, leg: str, text: str, at: float, comment: str = "") -> Arrow:
        return Arrow(at, self.names[leg], TWILIO, "sip", text, comment)

    def _to(self, leg: str, text: str, at: float, comment: str = "") -> Arrow:
        return Arrow(at, TWILIO, self.names[leg], "sip", text, comment)

    def _join(self, first: str, second: str) -> None:
        self._part(first)
        self._part(second)
        self.connected |= {first: second, second: first}

    def _part(self, leg: str) -> None:
        other = self.connected.pop(leg, None)
        if other:
            self.connected.pop(other, None)

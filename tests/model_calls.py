"""Calls of the model with TwiML by path, and what has to hold of every one of them.

`play` lets a call go as it is told to, looks at it, lets everybody hang up and looks again.  Legs
are numbered in the order in which they came to be: `leg(0)` called in.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from model_watch import Watched
from pivot.delivery import Asked
from pivot.model.knobs import Knobs
from pivot.model.parties import Answers, Deed, Party, Reaction
from pivot.model.session import Setup
from pivot.model.signals import (
    Alert,
    AnswerRefer,
    Bye,
    Cancel,
    Decline,
    Fetch,
    Hear,
    Input,
    Invite,
    Notify,
    Output,
    PickUp,
    Ring,
)
from pivot.model.world import Delay, World
from pivot.overrides import Outcome, What
from pivot.parameters import SipFacts
from pivot.webhooks import Account

BASE = "https://app.example.com"
ACCOUNT = Account("AC" + "0" * 32, "token")
NUMBER, CALLED = "+14155550199", "+18005550100"
DOMAIN = SipFacts("example.sip.twilio.com", "SD" + "0" * 32, "4711@198.51.100.7", "198.51.100.7")

type Told = Ring | PickUp | Decline | Invite | Cancel | Bye | AnswerRefer | Notify
type Answer = str | Outcome | Sequence[str | Outcome]


def leg(number: int) -> str:
    """Return the CallSid of a leg by its order."""
    return f"CA{number:032x}"


def party(name: str, reaction: Reaction | None = None, *deeds: Deed) -> Party:
    """Return a party with a SIP phone, who answers after four seconds."""
    return Party(name, f"sip:{name.lower()}@pbx.example.com", reaction or Answers(), deeds)


def sip(name: str, attributes: str = "") -> str:
    """Return the noun that dials a party."""
    return f"<Sip {attributes}>sip:{name.lower()}@pbx.example.com</Sip>"


def twiml(inner: str, elapsed: float = 0.25) -> Outcome:
    """Return an answer with TwiML."""
    return outcome(f"<Response>{inner}</Response>".encode(), elapsed=elapsed)


def outcome(body: bytes, kind: str = "text/xml", *, elapsed: float = 0.25) -> Outcome:
    """Return an answer with status 200."""
    return Outcome(What.ANSWERED, elapsed, 200, content_type=kind, body=body)


def failed(status: int) -> Outcome:
    """Return an answer with another status."""
    return Outcome(What.ANSWERED, 0.25, status)


UNREACHABLE = Outcome(What.REFUSED, 0.25)


@dataclass(frozen=True, slots=True)
class Played:
    """What was seen of a call before everybody hung up; `after` is what that led to."""

    call: Watched
    signals: tuple[tuple[float, Input | Output], ...]
    after: tuple[Input | Output, ...]
    facts: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    left: tuple[str, ...]
    asked: tuple[Asked, ...]

    def all[T](self, kind: type[T]) -> list[T]:
        """Return the signals of a kind, in order."""
        return [each for _, each in self.signals if isinstance(each, kind)]

    def at(self, signal: Input | Output) -> float:
        """Return when something happened for the first time."""
        return next(at for at, each in self.signals if each == signal)

    def forms(self, path: str) -> list[dict[str, str]]:
        """Return what was posted to a path, in order."""
        return [dict(each.form) for each in self.all(Fetch) if urlsplit(each.url).path == path]

    def form(self, path: str) -> dict[str, str]:
        """Return the only form that was posted to a path."""
        [only] = self.forms(path)
        return only

    def sent_to(self, path: str) -> list[dict[str, str]]:
        """Return what arrived at a path, by whatever method, a fallback URL included."""
        found = [each for each in self.asked if urlsplit(each.url).path == path]
        return [_fields(each) for each in found]

    @property
    def alerts(self) -> list[int | None]:
        """Twilio's error numbers, in order."""
        return [each.error for each in self.all(Alert)]

    @property
    def heard(self) -> list[str]:
        """What the party that called in has heard from Twilio."""
        return [each.what for each in self.all(Hear) if each.leg == leg(0)]

    def told(self, number: int) -> list[Told]:
        """Return what a leg was told over SIP, in order."""
        said = [each for _, each in self.signals if isinstance(each, Told.__value__)]
        return [each for each in said if each.leg == leg(number)]


def play(
    answers: Mapping[str, Answer],
    *parties: Party,
    caller: str = NUMBER,
    deeds: Sequence[Deed] = (),
    then: Mapping[float, Input] | None = None,
    until: float = 120.0,
    knobs: Knobs | None = None,
    fallback: str = "",
    caller_ids: frozenset[str] | None = None,
    method: str = "POST",
    delay: Delay = lambda _: 0.0,
) -> Played:
    """Play a call whose webhooks are answered by path; `/voice` is where it begins.

    `deeds` are those of the party that calls in, `then` what happens at a moment besides.
    """
    numbers = itertools.count()
    setup = Setup(
        account=ACCOUNT.sid,
        voice_url=f"{BASE}/voice",
        voice_method=method,
        sids=lambda: leg(next(numbers)),
        fallback=f"{BASE}{fallback}" if fallback else "",
        caller_ids=caller_ids,
        knobs=knobs or Knobs(),
    )
    over_sip = caller.startswith("sip:")
    called = f"sip:{CALLED}@{DOMAIN.domain}" if over_sip else CALLED
    call = Watched(setup, caller=caller, called=called, sip=DOMAIN if over_sip else None)
    call.watch()
    asked: list[Asked] = []
    script = {path: _script(answer) for path, answer in answers.items()}

    def send(one: Asked, _connect: float, _read: float) -> Outcome:
        asked.append(one)
        path = urlsplit(one.url).path
        return next(script[path]) if path in script else Outcome(What.ANSWERED, 0.25, 204)

    world = World(parties, send, ACCOUNT, delay)
    world.dials(Party("Caller", caller, deeds=tuple(deeds)), call)
    for at, given in sorted((then or {}).items()):
        world.play(at)
        world.happen(given)
    world.play(until)
    seen = tuple(call.signals)
    left = tuple(sid for sid, one in call.legs.items() if not one.ended)
    facts, pairs, so_far = world.trace.facts, world.trace.pairs, tuple(asked)
    world.hang_up()
    call.has_ended_well()
    after = tuple(each for _, each in call.signals[len(seen) :])
    return Played(call, seen, after, facts, pairs, left, so_far)


def _script(answer: Answer) -> Iterator[Outcome]:
    """Return what is answered, one after the other; the last answer stays."""
    each = [answer] if isinstance(answer, str | Outcome) else list(answer)
    made = [twiml(one) if isinstance(one, str) else one for one in each]
    return itertools.chain(made, itertools.repeat(made[-1]))


def _fields(asked: Asked) -> dict[str, str]:
    query = urlsplit(asked.request.target).query
    text = query if asked.request.method == "GET" else asked.request.body.decode()
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}

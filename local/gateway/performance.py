"""One call of the demonstration while it is played: webhooks go out signed, over a socket.

The model of Twilio leads the call by a clock of its own; what the handlers log stands in its trace.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urldefrag, urlsplit

from gateway import aws
from gateway.deployment import Deployment, Exchange
from gateway.http_api import Request
from gateway.log_facts import facts
from gateway.scenes import Scene
from pivot import parameters
from pivot.delivery import Asked, Send
from pivot.elements import parse
from pivot.matrix.faults import steady
from pivot.matrix.play import SNAPSHOT, serial
from pivot.matrix.seed import AGENT_B
from pivot.model.call import Call
from pivot.model.seen import API, Arrow, Fact
from pivot.model.session import Setup
from pivot.model.signals import Purpose
from pivot.model.trace import Trace
from pivot.model.world import World
from pivot.overrides import Outcome
from pivot.picture.rows import LOG
from pivot.sign import LOCAL
from pivot.webhooks import Account

STRANGER = "Stranger"
_FORGED_AT = 30.0
_TIMEOUT = 15.0


class OffTheScript(Exception):
    """The call cannot go on; the message says why."""


@dataclass
class Performance:
    """A scene in a world of its own. `heard` is where the deployment leaves its exchanges."""

    scene: Scene
    deployment: Deployment
    send: Send
    heard: Sequence[Exchange]
    logs: list[str] = field(default_factory=list)
    call: Call = field(init=False)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        caller = self.scene.caller
        setup = Setup(
            account=LOCAL.sid,
            voice_url=f"{self.deployment.url}/inbound-call",
            sids=serial("demo", self.scene.name),
        )
        self.call = Call(setup, caller=caller.party.address, called=caller.called)
        self.world = World(self.scene.parties, steady(self._send), LOCAL)
        self.world.dials(caller.party, self.call)

    @property
    def trace(self) -> Trace:
        """What has been seen so far."""
        return self.world.trace

    def play(self) -> None:
        """Let everything happen. Raises OffTheScript, BadOverride."""
        if self.scene.forged:
            self.world.play(_FORGED_AT)
            for url in self._refer_urls():
                self._forge(url)
        self.world.play(SNAPSHOT)

    def records(self) -> list[dict[str, Any]]:
        """Return what is recorded of the call, in the order of its hops."""
        return aws.records(self.deployment.stack, LOCAL.sid, self.call.sid)

    def _refer_urls(self) -> Iterator[str]:
        """Return where the transfers of the parties go that talk to each other."""
        answers = [one for one in self.trace.seen if isinstance(one, Arrow) and one.source == API]
        for answer in answers if self.trace.pairs else ():
            if answer.purpose is Purpose.VOICE:
                for verb in parse(answer.body.encode()).children:
                    yield from filter(None, (verb.attributes.get("referUrl"),))

    def _forge(self, url: str) -> None:
        """Send a webhook as somebody would who knows the URL and not the token."""
        form = parameters.refer(self.call.first.facts(LOCAL.sid), AGENT_B)
        signed = Account(LOCAL.sid, "guessed").request(url, form)
        kept = {name: value for name, value in signed.headers.items() if "Signature" not in name}
        self._intrude(url, replace(signed, headers=kept), "without a signature")
        self._intrude(url, signed, "signed with another token")

    def _intrude(self, url: str, request: Request, how: str) -> None:
        text = f"{request.method} {urlsplit(url).path}"
        self._see(STRANGER, API, text, how)
        asked = Asked(urldefrag(url).url, "", request, _TIMEOUT)
        outcome = self._send(asked, _TIMEOUT, _TIMEOUT)
        said = str(outcome.status) if outcome.status else outcome.what.words
        self._see(API, STRANGER, said, body=outcome.body.decode(errors="replace"))

    def _see(self, source: str, target: str, text: str, comment: str = "", body: str = "") -> None:
        at = self.world.now
        arrow = Arrow(at, source, target, "http", text, comment, body, Purpose.REFER)
        self.trace.seen.append(arrow)

    def _send(self, asked: Asked, connect_timeout: float, read_timeout: float) -> Outcome:
        """Send one request to this machine, and note what its handler logs; a `Send`."""
        if not asked.url.startswith(f"{self.deployment.url}/"):
            raise OffTheScript(f"the TwiML points to {asked.url}, not to this machine")
        before = len(self.heard)
        outcome = self.send(asked, connect_timeout, read_timeout)
        for exchange in self.heard[before:]:
            self.logs += exchange.lines
            told = [facts(line) for line in exchange.told() if _is_news(line)]
            self.trace.seen += [Fact(self.world.now, text, LOG) for text in told]
        return outcome


def _is_news(line: Mapping[str, Any]) -> bool:
    """Tell whether a log line says more than that a leg has got on as usual."""
    return line.get("webhook") != "leg_status" or bool({"rejected", "record_problem"} & line.keys())

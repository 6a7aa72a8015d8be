"""What goes wrong between Twilio and the application: a Send that stands in front of another.

unreachable   no connection, however often it is tried
slow          the application answers, and after Twilio has stopped waiting
5xx, 4xx      somebody in between answers with an error, a gateway for example
once          the first request is answered with 503, its retry reaches the application
lost          every request reaches the application twice: the first answer is lost on the way
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from urllib.parse import urldefrag, urlsplit

from pivot.delivery import Asked, Send
from pivot.model.signals import Fetch
from pivot.overrides import Outcome, What

_ELAPSED = 0.1


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault, and the first segment of the paths that it is met on."""

    kind: str = ""
    route: str = "refer"
    reorders: bool = False

    def delay(self, asked: Fetch) -> float:
        """Return for how long a statusCallback is under way, in seconds: always the same."""
        if not self.reorders:
            return 0.0
        # The sequence numbers of a leg and its URL make it another one for each callback.
        about = asked.form["CallSid"][-8:] + asked.form["SequenceNumber"] + asked.form["CallStatus"]
        return Random(about).uniform(0.0, 12.0)  # noqa: S311 - reproducible on purpose

    def around(self, send: Send) -> Send:
        """Return a sender that has this fault."""
        seen: set[str] = set()

        def faulty(asked: Asked, connect: float, read: float) -> Outcome:
            path = urlsplit(asked.url).path
            if not self.kind or f"/{self.route}" not in path:
                return send(asked, connect, read)
            if self.kind == "lost":
                send(asked, connect, read)
                return send(asked, connect, read)
            if self.kind == "once":
                token = asked.request.headers["I-Twilio-Idempotency-Token"]
                if token in seen:
                    return send(asked, connect, read)
                seen.add(token)
            if self.kind == "slow":
                send(asked, connect, read)
            return _failing(self.kind, read)

        return faulty


def _failing(kind: str, read: float) -> Outcome:
    match kind:
        case "unreachable":
            return Outcome(What.UNREACHABLE, _ELAPSED)
        case "slow":
            return Outcome(What.READ_TIMEOUT, read)
        case _:
            status = 404 if kind == "4xx" else 503
            return Outcome(What.ANSWERED, _ELAPSED, status, "", "text/plain", b"from in between")


NONE = Fault()


def steady(send: Send) -> Send:
    """Let each answer take the same time on the clock of the model, whatever it took."""

    def timed(asked: Asked, connect: float, read: float) -> Outcome:
        outcome = send(asked, connect, read)
        return Outcome(
            outcome.what,
            _ELAPSED if outcome.what is What.ANSWERED else outcome.elapsed,
            outcome.status,
            outcome.location,
            outcome.content_type,
            outcome.body,
        )

    return timed


def scripted(send: Send, documents: Mapping[str, str]) -> Send:
    """Answer some URLs with TwiML that somebody else has written."""

    def answer(asked: Asked, connect: float, read: float) -> Outcome:
        document = documents.get(urldefrag(asked.url).url)
        if document is None:
            return send(asked, connect, read)
        return Outcome(What.ANSWERED, _ELAPSED, 200, "", "text/xml", document.encode())

    return answer

"""Listeners that answer in place of AWS: call_transfer/dry_run.py walks through a webhook so."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .awsrequest import AWSResponse

BEFORE_SEND = "before-send"

type Listener = Callable[..., AWSResponse | None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is about to be sent."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Events:
    """The one event that there is, `before-send`."""

    _listeners: list[Listener] = field(default_factory=list)

    def register_first(self, event_name: str, handler: Listener) -> None:
        """Let a listener answer before those that are there. Raises ValueError."""
        if event_name != BEFORE_SEND:
            raise ValueError(f"there is no event {event_name}, only {BEFORE_SEND}")
        self._listeners.insert(0, handler)

    def answer(self, request: Request, event_name: str) -> AWSResponse | None:
        """Return the first answer that a listener has; None when it is AWS's turn."""
        answers = (one(request=request, event_name=event_name) for one in self._listeners)
        return next((one for one in answers if one is not None), None)


@dataclass(frozen=True, slots=True)
class Meta:
    """What a client tells of itself."""

    events: Events = field(default_factory=Events)

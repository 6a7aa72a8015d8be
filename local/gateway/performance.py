"""One call of the demonstration while it is played: webhooks go out signed, over a socket.

Keeps the ladder, the story in sentences and the handlers' log, from what happened and nothing else.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any
from xml.etree import ElementTree as ET

from gateway import aws
from gateway.deployment import Deployment, Exchange
from gateway.http_api import Request, Response
from gateway.log_facts import facts
from pivot.ladder import API, TWILIO, Item, Message, Note, pretty, told
from pivot.phones import Phone, find
from pivot.sign import LOCAL
from pivot.socket_client import send
from pivot.story import Call
from pivot.webhooks import Account

STRANGER = "Stranger"
_NO_CONTENT = 204
_FIRST_ERROR = 300
_IDS = re.compile(r"CA[0-9a-f]{32}|\b[0-9a-f]{12}\b")


class OffTheScript(Exception):
    """The call cannot go on; the message says why."""


@dataclass
class Performance:
    """A Network for one Call. `heard` is where the deployment leaves its exchanges."""

    deployment: Deployment
    heard: Sequence[Exchange]
    phones: tuple[Phone, ...]
    number: str
    serial: int
    items: list[Item] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    call: Call = field(init=False)

    def __post_init__(self) -> None:
        self.call = Call(self, self.phones, self.number, self.serial)

    @property
    def voice_url(self) -> str:
        """The URL that is set at the number, "A call comes in"."""
        return f"{self.deployment.url}/inbound-call"

    @property
    def parties(self) -> tuple[str, ...]:
        """Everybody in the ladder, Twilio and the API last."""
        arrows = [item for item in self.items if isinstance(item, Message)]
        seen = dict.fromkeys(party for arrow in arrows for party in (arrow.source, arrow.target))
        return (*(party for party in seen if party not in {TWILIO, API}), TWILIO, API)

    def fetch(
        self, url: str, parameters: Mapping[str, str], *, method: str, ignored: bool
    ) -> Response:
        """Send a signed webhook and return its answer, which is `ignored` when it is too late."""
        token = f"call-{self.serial}-webhook-{len(self.logs)}"
        request = LOCAL.request(url, parameters, method=method, idempotency_token=token)
        response = self._send(url, request)
        text, route = _request_text(request), _route(request)
        status = parameters.get("DialCallStatus") or parameters["CallStatus"]
        if route in {"leg-status", "dial-result"}:
            text += f" {status}"
        if response.status == _NO_CONTENT:
            self.items.append(Message(TWILIO, API, f"{text}: {_NO_CONTENT}", style="callback"))
        else:
            self.items.append(Message(TWILIO, API, text, style="request"))
            self._answered(TWILIO, response, f"{route} ", ", too late to be played" * ignored)
        self._log()
        return response

    def happens(self, message: Message, step: str = "") -> None:
        """Tell of a SIP message; `step` is the sentence of the story that it stands for."""
        self.items.append(message)
        if step:
            self.steps.append(step)

    def forge(self, url: str, parameters: Mapping[str, str]) -> None:
        """Send a webhook as somebody would who knows the URL and not the token."""
        signed = Account(LOCAL.sid, "guessed").request(url, parameters)
        unsigned = replace(signed, headers=dict(signed.headers))
        del unsigned.headers["X-Twilio-Signature"]  # type: ignore[attr-defined] # a dict, just made
        forgeries = {"without a signature": unsigned, "signed with another token": signed}
        for how, request in forgeries.items():
            response = self._send(url, request)
            text = _request_text(request)
            self.items.append(Message(STRANGER, API, f"{text} {how}", style="request"))
            self._answered(STRANGER, response, f"{how}: {_route(request)} ")
            self._log()

    def recorded(self) -> list[dict[str, Any]]:
        """Add to the story what is recorded of the call, and return it."""
        records = aws.records(self.deployment.stack, LOCAL.sid, self.call.sid)
        self.steps += [_record_text(record) for record in records]
        return records

    def _send(self, url: str, request: Request) -> Response:
        if not url.startswith(f"{self.deployment.url}/"):
            raise OffTheScript(f"the TwiML points to {url or 'nowhere'}, not to this machine")
        try:
            return send(request, self.deployment.url)
        except (OSError, HTTPException) as error:
            raise OffTheScript(f"{request.target} was not answered: {error!r}") from error

    def _answered(self, asker: str, response: Response, begin: str, end: str = "") -> None:
        what = self._said(response) + end
        style = "error" if response.status >= _FIRST_ERROR else "answer"
        self.items.append(Message(API, asker, f"{response.status} {what}", style=style))
        self.steps.append(f"{begin}{response.status}: {what}")
        if response.status < _FIRST_ERROR and not end:
            twiml = _shortened(response.body.decode(), self.deployment.url)
            self.items.append(Note(tuple(pretty(ET.fromstring(twiml))), "twiml"))  # noqa: S314 - ours

    def _said(self, response: Response) -> str:
        """Return what an answer has Twilio do."""
        if response.status >= _FIRST_ERROR:
            return response.body.decode(errors="replace")
        verbs = []
        for verb in ET.fromstring(response.body):  # noqa: S314 - our own API's answer
            dialled = [find(noun, self.phones).name for noun in verb]
            words = {"Dial": f"dial {', '.join(dialled)}", "Say": "say", "Hangup": "hang up"}
            verbs.append(words.get(verb.tag, verb.tag))
        return ", ".join(verbs)

    def _log(self) -> None:
        """Keep what the handler wrote about the last webhook; progress as usual is no news."""
        self.logs += self.heard[-1].lines
        for line in self.heard[-1].told():
            if line.get("webhook") != "leg_status" or {"rejected", "record_problem"} & line.keys():
                self.items.append(told(f"log  {facts(line)}", "log"))


def _route(request: Request) -> str:
    return request.target.split("/")[1]


def _request_text(request: Request) -> str:
    return f"{request.method} {_IDS.sub('..', request.target)}"


def _shortened(twiml: str, base: str) -> str:
    """Leave out of TwiML what is the same in every URL of it."""
    return re.sub(r"#[^\"<]+", "", _IDS.sub("..", twiml.replace(base, "")))


def _record_text(record: Mapping[str, Any]) -> str:
    told_of = [f"recorded hop {record['hop'].partition('#')[0]}: {record.get('outcome', 'open')}"]
    if "refused" in record:
        told_of.append(f"by the entry {record['refused']['rule']}")
    for name, words in (
        ("cause", "because {}"),
        ("ring_seconds", "rang {} s"),
        ("talk_seconds", "talked {} s"),
    ):
        if name in record and not (name == "cause" and "refused" in record):
            told_of.append(words.format(record[name]))
    return ", ".join(told_of)

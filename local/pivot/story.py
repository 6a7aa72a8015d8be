"""One call as Twilio would lead it: it fetches webhooks and does what the TwiML in them says.

A small model for a demonstration, of Say, Dial and Hangup.  It dials the nouns that it finds, one
after the other, and posts to the URLs that it finds; the one URL that it is given is the voice
webhook of the number.  What it takes for granted, from Twilio's page "Inbound SIP REFER":

    answerOnBridge on the Dial   the transferor stays until the target answers, and gets the
                                 transferee back when nobody does or the webhook fails
    without it                   the transferor is gone as soon as the webhook was fetched

The `action` of a Dial that ends by a transfer is posted too, and its TwiML is thrown away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Protocol
from xml.etree import ElementTree as ET

from gateway.http_api import Response
from pivot.ladder import TWILIO, Message
from pivot.phones import Phone, address_of, find

CALLER = "UserA"
_BEGAN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
_FIRST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Bridge:
    """The Dial that the caller talks through: its TwiML, who answered, on which leg, since when."""

    verb: ET.Element
    noun: ET.Element
    phone: Phone
    leg: str
    since: datetime


class Network(Protocol):
    """How a webhook reaches the API, and where what happens is told."""

    def fetch(
        self, url: str, parameters: Mapping[str, str], *, method: str, ignored: bool
    ) -> Response:
        """Send a signed webhook and return its answer, which is `ignored` when it is too late."""

    def happens(self, message: Message, step: str = "") -> None:
        """Tell of a SIP message; `step` is the sentence of the story that it stands for."""


@dataclass
class Call:
    """One call of UserA to `number`. `serial` tells it from the other calls of a demonstration."""

    network: Network
    phones: tuple[Phone, ...]
    number: str
    serial: int
    caller: str = "+14155550199"
    bridge: Bridge | None = None
    now: datetime = _BEGAN
    _legs: int = field(default=0)

    @property
    def sid(self) -> str:
        """The CallSid of UserA's leg."""
        return f"CA{self.serial:016x}{0:016x}"

    def start(self, voice_url: str) -> None:
        """UserA calls the number."""
        self._sip(CALLER, TWILIO, "INVITE", self.number)
        self._run(self._fetch(voice_url, {"CallStatus": "ringing"}))

    def refer(self, target: str) -> None:
        """Whoever UserA talks to sends a REFER; nothing happens when there is nobody."""
        here = self.bridge
        if here is None:
            return
        name = here.phone.name
        self.now += timedelta(seconds=20)
        self._sip(name, TWILIO, "REFER", f"Refer-To: {target}", f"{name} refers to {target}")
        url = here.verb.get("referUrl")
        if url is None:
            self._sip(TWILIO, name, "NOTIFY", "13802: no referUrl", "REFER without a referUrl")
            return
        method = here.verb.get("referMethod", "POST")
        form = {"CallStatus": "in-progress", "ReferTransferTarget": target}
        answer = self._fetch(url, form, method)
        held = here.verb.get("answerOnBridge") == "true"
        if not held:
            self._release(here)
        self._run(answer, transferor=here if held else None)

    def hang_up(self) -> None:
        """UserA hangs up after a minute; the last callbacks follow."""
        if self.bridge is None:
            return
        self.now += timedelta(seconds=60)
        self._sip(CALLER, TWILIO, "BYE", step=f"{CALLER} hangs up")
        self._end(self.bridge, call_status="completed")
        self.bridge = None

    def _run(self, answer: Response, transferor: Bridge | None = None) -> None:
        """Do what an answer says, verb by verb; a verb after a Dial with an action is not reached.

        `transferor` still waits on the line in hold mode.
        """
        failed = answer.status >= _FIRST_ERROR
        for verb in () if failed else ET.fromstring(answer.body):  # noqa: S314 - our own API's
            if verb.tag == "Say":
                said = f'"{verb.text}"'
                self._sip(TWILIO, CALLER, "(says)", said, f"{CALLER} hears {said}")
            elif verb.tag == "Dial":
                unanswered = self._dial(verb, transferor)
                if unanswered is None:
                    return
                if "action" in verb.attrib:
                    status, sip_code = unanswered
                    form = {"DialCallStatus": status, "DialSipResponseCode": sip_code}
                    form["CallStatus"] = "in-progress"
                    self._run(self._fetch(verb.attrib["action"], form), transferor)
                    return
            else:
                break
        if transferor:
            step = f"{CALLER} stays with {transferor.phone.name}"
            self._sip(TWILIO, transferor.phone.name, "NOTIFY", f"not transferred: {step}", step)
        else:
            self._sip(TWILIO, CALLER, "BYE", step=f"{CALLER} is disconnected")
            self.bridge = None

    def _dial(self, verb: ET.Element, transferor: Bridge | None) -> tuple[str, str] | None:
        """Ring the nouns of a Dial; return its status and SIP code when nobody answered."""
        status, code = "failed", ""
        for noun in verb:
            phone = find(noun, self.phones)
            self._legs += 1
            leg = f"CA{self.serial:016x}{self._legs:016x}"
            self._sip(TWILIO, phone.name, "INVITE", address_of(noun))
            self._tell(noun, leg, 0, "initiated")
            self._tell(noun, leg, 1, "ringing")
            self.now += timedelta(seconds=phone.rings.seconds)
            self._sip(phone.name, TWILIO, phone.rings.response, step=f"{phone.name} {phone.rings}")
            if phone.rings.answered:
                self._tell(noun, leg, 2, "answered", CallStatus="in-progress")
                if transferor:
                    self._release(transferor)
                self.bridge = Bridge(verb, noun, phone, leg, self.now)
                return None
            status, code = phone.rings.status, phone.rings.response[:3]
            self._tell(noun, leg, 2, "completed", CallStatus=status, SipResponseCode=code)
        return status, code

    def _release(self, transferor: Bridge) -> None:
        """Let the transferor go; the answer to the action of its Dial is thrown away."""
        name = transferor.phone.name
        self._sip(TWILIO, name, "NOTIFY", "transferred")
        self._sip(TWILIO, name, "BYE", step=f"{name} is released")
        self.bridge = None
        self._end(transferor, call_status="in-progress")

    def _end(self, bridge: Bridge, *, call_status: str) -> None:
        """Tell of the end of a leg, and of its Dial when it has an action."""
        seconds = str(int((self.now - bridge.since).total_seconds()))
        self._tell(bridge.noun, bridge.leg, 3, "completed", CallDuration=seconds)
        action = bridge.verb.get("action")
        if action:
            told = {"DialCallStatus": "completed", "DialCallDuration": seconds}
            form = {"CallStatus": call_status, "DialCallSid": bridge.leg, **told}
            self._fetch(action, form, ignored=True)

    def _tell(self, noun: ET.Element, leg: str, sequence: int, event: str, **more: str) -> None:
        """Post a statusCallback if the noun asks for this event."""
        url = noun.get("statusCallback")
        if url is None or event not in noun.get("statusCallbackEvent", "completed").split():
            return
        form = {"CallStatus": event, **more, "CallSid": leg, "ParentCallSid": self.sid}
        order = {"SequenceNumber": str(sequence), "Timestamp": format_datetime(self.now)}
        self._fetch(url, form | order)

    def _fetch(
        self, url: str, form: Mapping[str, str], method: str = "POST", *, ignored: bool = False
    ) -> Response:
        """Send a webhook with the standard parameters of this call."""
        standard = {"CallSid": self.sid, "From": self.caller, "To": self.number}
        whole = {**standard, "Direction": "inbound", **form}
        return self.network.fetch(url, whole, method=method, ignored=ignored)

    def _sip(self, source: str, target: str, text: str, comment: str = "", step: str = "") -> None:
        self.network.happens(Message(source, target, text, comment), step)

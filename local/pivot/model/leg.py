"""One leg of a call: who, since when, how it ended, and what its noun wants to be told.

It keeps what it is told and sends nothing itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pivot.model.seen import dialled
from pivot.nouns import Client, Noun, Number, Sip
from pivot.parameters import CallFacts, Direction, SipFacts

# Twilio has no page for this; the words are those of CallStatus, the mapping is inferred [I].
_STATUSES: Mapping[int, str] = {
    408: "no-answer",
    480: "no-answer",
    486: "busy",
    487: "no-answer",
    600: "busy",
}


@dataclass
class Leg:
    """`noun` is None for the party that called in; `status` is Twilio's CallStatus.

    `sequence` counts the callbacks of the leg; `answered_at` is by the clock of the model.
    `sip_code` is the final response to the INVITE, `sip_headers` are the X- headers of that;
    `whispered` says that TwiML runs on it before it is connected.
    """

    sid: str
    from_address: str
    to_address: str
    status: str
    noun: Noun | None = None
    parent: str = ""
    sip: SipFacts | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    sip_code: int = 0
    sip_headers: Mapping[str, str] = field(default_factory=dict)
    whispered: bool = False
    sequence: int = 0

    @property
    def ended(self) -> bool:
        """Whether nobody is on it any more."""
        return self.ended_at is not None

    @property
    def answered(self) -> bool:
        """Whether it was ever picked up."""
        return self.answered_at is not None

    @property
    def over_sip(self) -> bool:
        """Whether it came in over SIP, where Twilio restricts the callerId (13214)."""
        return self.from_address.startswith(("sip:", "sips:"))

    @property
    def seconds(self) -> int:
        """How long the parties could talk."""
        if self.answered_at is None or self.ended_at is None:
            return 0
        return int(self.ended_at - self.answered_at)

    def wants(self, event: str) -> str:
        """Return the statusCallback when the noun asks for this event."""
        if not isinstance(self.noun, Sip | Number | Client):
            return ""
        url = self.noun.status_callback
        return url if url and event in self.noun.status_callback_event else ""

    def facts(self, account: str) -> CallFacts:
        """Return the leg as webhooks describe it."""
        return CallFacts(
            account=account,
            sid=self.sid,
            from_address=self.from_address,
            to_address=self.to_address,
            status=self.status,
            direction=Direction.INBOUND if self.noun is None else Direction.OUTBOUND_DIAL,
            parent=self.parent,
            sip=self.sip,
        )


def status_of(sip_code: int) -> str:
    """Return the CallStatus of a leg that ended with a SIP response of 300 or more."""
    return _STATUSES.get(sip_code, "failed")


def called(noun: Noun) -> str:
    """Return what a noun dials as the To of a webhook has it."""
    return f"client:{dialled(noun)}" if isinstance(noun, Client) else dialled(noun)

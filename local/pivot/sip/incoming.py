"""A call that a party makes: its INVITE until there is a final response (RFC 3261 section 13.3)."""

from dataclasses import dataclass

from aiosipua import Dialog, SipRequest
from aiosipua.utils import generate_tag

from pivot.sip.headers import uri_in
from pivot.sip.leg import Desk, Leg
from pivot.sip.wire import Peer

_TERMINATED = 487


@dataclass
class Incoming:
    """The INVITE of a party. `answering`: to be answered when it is known with which SDP."""

    leg: Leg
    invite: SipRequest
    answering: bool = False

    @classmethod
    def of(cls, invite: SipRequest, *, sid: str, peer: Peer, desk: Desk) -> "Incoming":
        """Begin the dialog of an INVITE."""
        sender, cseq = invite.from_addr, invite.cseq
        dialog = Dialog(
            call_id=invite.call_id or "",
            local_tag=generate_tag(),
            remote_tag=(sender and sender.tag) or "",
            local_uri=uri_in(invite.get_header("to") or ""),
            remote_uri=uri_in(invite.get_header("from") or ""),
            remote_target=uri_in(invite.get_header("contact") or ""),
            remote_cseq=cseq.seq if cseq else 0,
        )
        return cls(Leg(sid, peer, dialog, desk, sdp=invite.text), invite)

    def ring(self) -> None:
        """Send 180."""
        self.leg.respond(self.invite, 180)

    def pick_up(self, sdp: str) -> None:
        """Send 200, unless the party has hung up."""
        self.answering = False
        if not self.leg.gone:
            self.leg.accept(self.invite, sdp)

    def decline(self, status: int) -> None:
        """Send a final response of 300 or more."""
        if not self.leg.gone and not self.leg.up:
            self.leg.respond(self.invite, status)
            self.leg.end()

    def canceled(self, cancel: SipRequest) -> None:
        """Take a CANCEL; one that comes too late "has no effect" (section 9.2)."""
        self.leg.respond(cancel, 200)
        if not self.leg.up:
            self.gives_up()

    def gives_up(self) -> None:
        """Take it that the party waits no longer."""
        if not self.leg.gone:
            self.leg.respond(self.invite, _TERMINATED)
            self.leg.hung_up()

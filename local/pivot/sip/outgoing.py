"""A call to a party: our INVITE until there is a final response (RFC 3261 sections 9.1, 13.2)."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from aiosipua import Dialog, SipRequest, SipResponse
from aiosipua.utils import generate_call_id, generate_tag

from pivot.model.signals import Declined, PickedUp, Rang
from pivot.sip.headers import uri_in, x_headers
from pivot.sip.leg import Desk, Leg
from pivot.sip.sdp import TWILIO
from pivot.sip.transactions import FINAL, REFUSED
from pivot.sip.wire import HOST, Peer

_RINGING, _TERMINATED, _UNAVAILABLE = 180, 487, 503


@dataclass
class Outgoing:
    """An INVITE of ours. `heard`: a provisional response is there."""

    leg: Leg
    invite: SipRequest | None = None
    heard: bool = False
    rang: bool = False
    canceled: bool = False

    @classmethod
    def to(cls, uri: str, *, caller: str, sid: str, peer: Peer, desk: Desk) -> "Outgoing":
        """Prepare the dialog of an INVITE."""
        dialog = Dialog(
            call_id=generate_call_id(HOST),
            local_tag=generate_tag(),
            local_uri=caller,
            remote_uri=uri,
            remote_target=uri,
            local_cseq=secrets.randbelow(1000),
        )
        return cls(Leg(sid, peer, dialog, desk, shown=TWILIO))

    def dial(self, headers: Iterable[tuple[str, str]]) -> None:
        """Send the INVITE with the headers of a noun."""
        if self.canceled:
            self._fails(_TERMINATED)
            return
        self.invite = self.leg.request("INVITE", TWILIO)
        for name, value in headers:
            self.invite.headers.append(name, value)
        self.leg.desk.transactions.ask(self.invite, self.leg.peer, self._hear)

    def unreachable(self) -> None:
        """Take it that there is no connection to the party, as a 503 (section 8.1.3.1)."""
        self._fails(_UNAVAILABLE)

    def cancel(self) -> None:
        """Send CANCEL, as soon as that is allowed.

        Section 9.1: "If no provisional response has been received, the CANCEL request MUST NOT be
        sent; rather, the client MUST wait for the arrival of a provisional response".
        """
        self.canceled = True
        if self.invite and self.heard and not self.leg.up and not self.leg.gone:
            cancel = SipRequest(method="CANCEL", uri=self.invite.uri)
            for name in ("Via", "From", "To", "Call-ID", "Max-Forwards"):
                cancel.headers.append(name, self.invite.get_header(name) or "")
            number = (self.invite.get_header("cseq") or "").split()[0]
            cancel.headers.set_single("CSeq", f"{number} CANCEL")
            self.leg.desk.transactions.ask(cancel, self.leg.peer, lambda _: None)

    def _hear(self, response: SipResponse) -> None:
        status, leg = response.status_code, self.leg
        if status < FINAL:
            self._rings(status)
        elif status < REFUSED:
            self._answered(response)
            leg.desk.tell(PickedUp(leg.sid, x_headers(response)))
        else:
            self._fails(status)

    def _rings(self, status: int) -> None:
        first, self.heard = not self.heard, True
        if self.canceled and first:
            self.cancel()
        elif status >= _RINGING and not self.rang:
            self.rang = True
            self.leg.desk.tell(Rang(self.leg.sid))

    def _answered(self, response: SipResponse) -> None:
        leg, party = self.leg, response.to_addr
        leg.dialog.remote_tag = (party and party.tag) or ""
        leg.dialog.remote_target = uri_in(response.get_header("contact") or leg.dialog.remote_uri)
        leg.up = True
        if self.invite:
            leg.confirm(self.invite, response)

    def _fails(self, status: int) -> None:
        self.leg.end()
        self.leg.desk.tell(Declined(self.leg.sid, status))

"""One party's dialog with Twilio on the wire (RFC 3261 section 12), whoever called whom.

Requests and responses within it.  How it begins: `incoming`, `outgoing`.  It decides nothing, and
expects no proxy between the two ends.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from aiosipua import Dialog, SipRequest, SipResponse

from pivot.model.seen import REASONS
from pivot.model.signals import HungUp, Input
from pivot.sip.sdp import same_media
from pivot.sip.transactions import FINAL, REFUSED, Hear, Transactions
from pivot.sip.turns import Turns
from pivot.sip.wire import HOST, Peer

_LOST = frozenset({408, 481})
_PENDING = 491


@dataclass(frozen=True, slots=True)
class Desk:
    """What the legs of a call share.

    `tell` takes what happens to a leg, `ended` is told when its dialog is over, `settle` when a
    re-INVITE may be due.
    """

    transactions: Transactions
    port: int
    tell: Callable[[Input], object]
    ended: Callable[["Leg"], object]
    settle: Callable[[], object]


@dataclass(eq=False)
class Leg:
    """A party's leg. `sdp` is what it sent last, `shown` what it was sent last.

    `up`: answered; `gone`: over; `asking`: a re-INVITE of ours is in progress; `unacknowledged`: a
    200 of ours has no ACK yet; `leaving`: to be hung up when it has.
    """

    sid: str
    peer: Peer
    dialog: Dialog
    desk: Desk
    sdp: str = ""
    shown: str = ""
    up: bool = False
    gone: bool = False
    asking: bool = False
    unacknowledged: bool = False
    leaving: bool = False
    refers: deque[SipRequest] = field(default_factory=deque)
    turns: Turns = field(default_factory=Turns)

    @property
    def settled(self) -> bool:
        """Whether a re-INVITE may be sent.

        Section 14.1: "a UAC MUST NOT initiate a new INVITE transaction within a dialog while
        another INVITE transaction is in progress in either direction".
        """
        return self.up and not (self.gone or self.asking or self.unacknowledged or self.leaving)

    def request(self, method: str, body: str = "", kind: str = "application/sdp") -> SipRequest:
        """Return a new request within the dialog."""
        over = self.peer.transport.upper()
        request = self.dialog.create_request(
            method, via_host=HOST, via_port=self.desk.port, via_transport=over
        )
        request.headers.set_single("Contact", self._contact)
        if body:
            request.headers.set_single("Content-Type", kind)
            request.text = body
        return request

    def respond(self, request: SipRequest, status: int) -> None:
        """Answer a request without more."""
        self.desk.transactions.respond(request, self._response(request, status), self.peer)

    def accept(self, invite: SipRequest, sdp: str) -> None:
        """Answer an INVITE of the party with 200."""
        self.up, self.unacknowledged, self.shown = True, True, sdp
        response = self._response(invite, 200)
        response.headers.set_single("Content-Type", "application/sdp")
        response.text = sdp
        # Section 13.3.1.4: without an ACK "the dialog is confirmed, but the session SHOULD be
        # terminated.  This is accomplished with a BYE".
        self.desk.transactions.respond(invite, response, self.peer, self.lost)

    def acknowledged(self, ack: SipRequest) -> None:
        """Take the ACK of a 200."""
        self.learn(ack.text)
        self.unacknowledged = False
        if self.leaving:
            self.bye()
        self.desk.settle()

    def reinvited(self, invite: SipRequest) -> None:
        """Take a re-INVITE of the party."""
        if not self.settled:
            self.respond(invite, _PENDING)
            return
        self.learn(invite.text)
        self.accept(invite, self.shown)

    def show(self, sdp: str) -> None:
        """Send a re-INVITE with the SDP of whom the party is connected to."""
        self.asking, self.shown = True, sdp
        request = self.request("INVITE", sdp)

        def hear(response: SipResponse) -> None:
            if response.status_code >= FINAL:
                self.asking = False
                self._shown(request, response)

        self._ask(request, hear)

    def notify(self, status: int, *, final: bool) -> None:
        """Send a NOTIFY with how far a REFER has got (RFC 3515 section 2.4.5)."""
        if self.gone:
            return
        body = f"SIP/2.0 {status} {REASONS.get(status, '')}".strip()
        request = self.request("NOTIFY", f"{body}\r\n", "message/sipfrag;version=2.0")
        state = "terminated;reason=noresource" if final else "active;expires=60"
        request.headers.set_single("Event", "refer")
        request.headers.set_single("Subscription-State", state)
        self._ask(request)

    def bye(self) -> None:
        """Hang up on an answered party.

        Section 15: "the callee's UA MUST NOT send a BYE on a confirmed dialog until it has received
        an ACK for its 2xx response".
        """
        if self.gone or not self.up:
            return
        if self.unacknowledged:
            self.leaving = True
            return
        self._ask(self.request("BYE"))
        self.end()

    def hung_up(self) -> None:
        """Take a BYE or CANCEL that has been answered."""
        leaving = self.leaving
        self.end()
        if not leaving:
            self.desk.tell(HungUp(self.sid))

    def lost(self) -> None:
        """Hang up on a party that does not respond any more."""
        if not self.gone:
            self.unacknowledged, leaving = False, self.leaving
            self.bye()
            if not leaving:
                self.desk.tell(HungUp(self.sid))

    def end(self) -> None:
        """Let the dialog be over."""
        self.gone = True
        self.desk.ended(self)

    def learn(self, sdp: str) -> None:
        """Keep the SDP of the party, if it says anything new."""
        if sdp and not same_media(sdp, self.sdp):
            self.sdp = sdp

    def confirm(self, invite: SipRequest, response: SipResponse) -> None:
        """Send the ACK of an INVITE of ours that was answered with 2xx."""
        self.learn(response.text)
        number = (invite.get_header("cseq") or "").split()[0]
        ack = self.request("ACK")
        self.dialog.local_cseq -= 1  # an ACK has the number of its INVITE, and no own
        ack.headers.set_single("CSeq", f"{number} ACK")
        self.desk.transactions.acknowledge(invite, ack, self.peer)

    def _ask(self, request: SipRequest, hear: Hear = lambda _: None) -> None:
        self.turns.ask(self.desk.transactions, request, self.peer, hear)

    def _shown(self, invite: SipRequest, response: SipResponse) -> None:
        if response.status_code < REFUSED:
            self.confirm(invite, response)
        elif response.status_code in _LOST:
            # Section 12.2.1.2: after a 481 or 408 "the UAC SHOULD terminate the dialog".
            self.lost()
        self.desk.settle()

    @property
    def _contact(self) -> str:
        return f"<sip:{HOST}:{self.desk.port};transport={self.peer.transport}>"

    def _response(self, request: SipRequest, status: int) -> SipResponse:
        reason = REASONS.get(status, "")
        return self.dialog.create_response(request, status, reason, contact=self._contact)

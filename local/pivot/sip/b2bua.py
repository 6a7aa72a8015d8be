"""A signalling B2BUA on 127.0.0.1, UDP and TCP: each INVITE begins a call of the model.

It sorts what arrives by dialog; what a call does with it: `session`.  A request for a dialog that
is gone gets 481 whatever the model would say.
"""

import asyncio
from collections.abc import Callable, Iterable

from aiosipua import SipRequest, SipResponse
from aiosipua.dialog import dialog_matches, remote_cseq_valid
from aiosipua.message import missing_required_headers

from pivot.model.signals import Fetch, Input, Pressed, Referred
from pivot.sip.headers import address_in, keys_in, refer_to, uri_in, x_headers
from pivot.sip.incoming import Incoming
from pivot.sip.leg import Desk, Leg
from pivot.sip.outgoing import Outgoing
from pivot.sip.responses import outside_dialog
from pivot.sip.session import Session
from pivot.sip.surroundings import NewCall, Route
from pivot.sip.transactions import Transactions
from pivot.sip.webhooks import Webhooks
from pivot.sip.wire import Message, Peer, Wire

_LOST, _NOT_ALLOWED, _NOT_UNDERSTOOD, _OUT_OF_ORDER = 481, 405, 415, 500
_CONNECTS_IN = 2.0
_FOLLOWS_IN = 20.0
_GOODBYE = 0.5


class B2bua:
    """Everything on the wire. The model's clock starts with the first INVITE."""

    def __init__(
        self, new_call: NewCall, route: Route, webhooks: Webhooks, speed: float = 1.0
    ) -> None:
        self._new_call, self._route, self._webhooks, self._speed = new_call, route, webhooks, speed
        self._loop = asyncio.get_running_loop()
        self._wire = Wire(self._take)
        self._transactions = Transactions(self._wire.send)
        self._sessions: list[Session] = []
        self._legs: dict[str, tuple[Session, Leg]] = {}
        self._timers: list[asyncio.TimerHandle] = []
        self._dialling: set[asyncio.Task[None]] = set()
        self._began: float | None = None

    @property
    def port(self) -> int:
        """The port that parties call."""
        return self._wire.port

    async def open(self, port: int = 0) -> None:
        """Listen on a port, or on any. Raises OSError."""
        await self._wire.open(port)

    async def hang_up(self) -> None:
        """Let every party hang up, and wait for the webhooks that follow."""
        for session in self._sessions:
            await session.hang_up()
        await self._webhooks.quiet(_FOLLOWS_IN)

    async def close(self) -> None:
        """End every dialog, wait a moment for the responses, and leave nothing behind."""
        for session in self._sessions:
            session.close()
        for timer in self._timers:
            timer.cancel()
        await self._transactions.quiet(_GOODBYE)
        for task in self._dialling:
            task.cancel()
        await asyncio.gather(*self._dialling, return_exceptions=True)
        self._transactions.stop()
        await self._wire.close()
        await self._webhooks.close()

    def now(self) -> float:
        """Return the seconds since the first INVITE, by the model's clock."""
        now = self._loop.time()
        if self._began is None:
            self._began = now
        return (now - self._began) * self._speed

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        """Let something happen after seconds of the model's clock."""
        self._timers.append(self._loop.call_later(seconds / self._speed, happen))

    def fetch(self, asked: Fetch, tell: Callable[[Input], None]) -> None:
        """Fetch a webhook."""
        self._webhooks.fetch(asked, tell)

    def dial(
        self, session: Session, outgoing: Outgoing, headers: Iterable[tuple[str, str]]
    ) -> None:
        """Send the INVITE of a leg as soon as there is a connection."""
        self._legs[outgoing.leg.dialog.call_id] = session, outgoing.leg
        if outgoing.leg.peer.transport == "udp":
            outgoing.dial(headers)
            return
        task = self._loop.create_task(self._connect(outgoing, tuple(headers)))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    def drop(self, call_id: str) -> None:
        """End the call that a Call-ID belongs to, if there is one."""
        if call_id in self._legs:
            session, leg = self._legs[call_id]
            session.drop(leg)

    async def _connect(self, outgoing: Outgoing, headers: Iterable[tuple[str, str]]) -> None:
        try:
            async with asyncio.timeout(_CONNECTS_IN):
                await self._wire.reach(outgoing.leg.peer)
        except OSError:  # TimeoutError is one
            outgoing.unreachable()
        else:
            outgoing.dial(headers)

    def _take(self, message: Message, peer: Peer) -> None:
        if isinstance(message, SipResponse):
            self._transactions.heard(message)
        elif missing_required_headers(message):
            return
        elif message.method == "ACK":
            self._acknowledged(message)
        elif self._transactions.is_new(message, peer):
            self._asked(message, peer)

    def _acknowledged(self, ack: SipRequest) -> None:
        waited = self._transactions.acknowledged(ack)
        _, leg = self._legs.get(ack.call_id or "", (None, None))
        if waited and leg and leg.unacknowledged:
            leg.acknowledged(ack)

    def _asked(self, request: SipRequest, peer: Peer) -> None:
        session, leg = self._legs.get(request.call_id or "", (None, None))
        to = request.to_addr
        if request.method == "CANCEL" and session and leg is session.first.leg:
            session.first.canceled(request)
        elif request.method == "OPTIONS":
            self._reply(request, peer, 200)
        elif session and leg and dialog_matches(leg.dialog, request):
            self._within(session, leg, request)
        elif request.method == "INVITE" and not (to and to.tag):
            self._begin(request, peer)
        else:
            # A REGISTER for example: a softphone need not, and cannot.
            self._reply(request, peer, _LOST if to and to.tag else _NOT_ALLOWED)

    def _within(self, session: Session, leg: Leg, request: SipRequest) -> None:
        """Take a request within a dialog."""
        if not remote_cseq_valid(leg.dialog, request):
            leg.respond(request, _OUT_OF_ORDER)
            return
        match request.method:
            case "BYE":
                leg.respond(request, 200)
                leg.hung_up()
            case "REFER":
                leg.refers.append(request)
                session.take(Referred(leg.sid, refer_to(request)))
            case "INFO":
                keys = keys_in(request)
                leg.respond(request, 200 if keys else _NOT_UNDERSTOOD)
                if keys:
                    session.take(Pressed(leg.sid, keys))
            case "INVITE":
                leg.reinvited(request)
            case _:
                self._reply(request, leg.peer, _NOT_ALLOWED)

    def _begin(self, invite: SipRequest, peer: Peer) -> None:
        """Begin a call of the model."""
        at = self.now()
        call, trace = self._new_call(
            invite.uri,
            uri_in(invite.get_header("from") or ""),
            invite.call_id or "",
            x_headers(invite),
            peer.host,
        )
        trace.arrived(call.sid, address_in(invite.uri), at)
        desk = Desk(
            self._transactions,
            self.port,
            tell=lambda given: self._loop.call_soon(session.take, given),
            ended=lambda leg: self._legs.pop(leg.dialog.call_id, None),
            settle=lambda: self._loop.call_soon(session.settle),
        )
        first = Incoming.of(invite, sid=call.sid, peer=peer, desk=desk)
        session = Session(call, trace, desk, self._route, self, first)
        self._sessions.append(session)
        self._legs[invite.call_id or ""] = session, first.leg
        first.leg.respond(invite, 100)
        session.begin()

    def _reply(self, request: SipRequest, peer: Peer, status: int) -> None:
        self._transactions.respond(request, outside_dialog(request, status), peer)

"""Requests with their responses and retransmissions: RFC 3261 section 17, and 13.3.1.4 for 2xx.

What they mean is not looked at.  Proxies, forking and provisional reliability are left out: both
ends are on one machine.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from aiosipua import SipRequest, SipResponse

from pivot.sip.wire import Message, Peer

# RFC 3261 section 17.1.1.1, in seconds.
T1 = 0.5
T2 = 4.0
LIMIT = 64 * T1
_TIMEOUT, _UNREACHABLE = 408, 503
# Section 21: from where on a status is final, and from where on it says no.
FINAL, REFUSED = 200, 300

type Key = tuple[str, str]
type Hear = Callable[[SipResponse], None]


class Repeat:
    """Sends at once and again, after T1 and then ever more slowly, until it is stopped.

    "If an unreliable transport is being used": over TCP it sends once.  `gave_up` is called when
    nobody has stopped it for 64 T1.
    """

    def __init__(
        self, send: Callable[[], object], gave_up: Callable[[], object], *, reliable: bool
    ) -> None:
        self._loop, self._send, self._interval = asyncio.get_running_loop(), send, T1
        self._limit = self._loop.call_later(LIMIT, self._over, gave_up)
        self._next = None if reliable else self._loop.call_later(T1, self._again)
        send()

    def stop(self) -> None:
        """Send no more."""
        self._limit.cancel()
        if self._next:
            self._next.cancel()

    def _again(self) -> None:
        self._send()
        self._interval = min(2 * self._interval, T2)
        self._next = self._loop.call_later(self._interval, self._again)

    def _over(self, gave_up: Callable[[], object]) -> None:
        self.stop()
        gave_up()


@dataclass(frozen=True, slots=True)
class _Asked:
    request: SipRequest
    peer: Peer
    hear: Hear
    repeat: Repeat


class Transactions:
    """Those of both sides. `send` says whether a message could be sent."""

    def __init__(self, send: Callable[[Message, Peer], bool]) -> None:
        self._send = send
        self._asked: dict[Key, _Asked] = {}
        self._acks: dict[str, tuple[SipRequest, Peer]] = {}
        self._served: dict[Key, SipResponse | None] = {}
        self._finals: dict[tuple[str, str], Repeat] = {}
        self._moved = asyncio.Event()

    async def quiet(self, seconds: float) -> None:
        """Wait until nobody waits for a response or an ACK, so many seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._asked or self._finals:
                    self._moved.clear()
                    await self._moved.wait()

    def ask(self, request: SipRequest, peer: Peer, hear: Hear) -> None:
        """Send a request; `hear` its responses, or that there are none."""
        key = _key(request)

        def send() -> None:
            if not self._send(request, peer):
                # RFC 3261 section 8.1.3.1: "treated as a 503 (Service Unavailable)"
                asyncio.get_running_loop().call_soon(self._ends, key, _UNREACHABLE)

        gave_up = partial(self._ends, key, _TIMEOUT)
        repeat = Repeat(send, gave_up, reliable=peer.transport == "tcp")
        self._asked[key] = _Asked(request, peer, hear, repeat)

    def heard(self, response: SipResponse) -> None:
        """Take a response that has arrived; one that comes again gets its ACK again."""
        key = _branch(response), _method(response)
        asked = self._asked.get(key)
        if not asked:
            if key[0] in self._acks and response.status_code >= FINAL:
                self._send(*self._acks[key[0]])
            return
        asked.repeat.stop()
        if response.status_code >= FINAL:
            del self._asked[key]
            self._moved.set()
            if asked.request.method == "INVITE" and response.status_code >= REFUSED:
                self.acknowledge(asked.request, _ack(asked.request, response), asked.peer)
        asked.hear(response)

    def acknowledge(self, invite: SipRequest, ack: SipRequest, peer: Peer) -> None:
        """Send an ACK, now and whenever the final response to the INVITE comes again."""
        self._acks[_branch(invite)] = ack, peer
        self._send(ack, peer)

    def is_new(self, request: SipRequest, peer: Peer) -> bool:
        """Whether a request has not been here before; if it has, what was said is said again."""
        key = _key(request)
        if key in self._served:
            if response := self._served[key]:
                self._send(response, peer)
            return False
        self._served[key] = None
        return True

    def respond(
        self,
        request: SipRequest,
        response: SipResponse,
        peer: Peer,
        gave_up: Callable[[], object] = lambda: None,
    ) -> None:
        """Send a response; a final one to an INVITE until its ACK is there."""
        self._served[_key(request)] = response
        if request.method != "INVITE" or response.status_code < FINAL:
            self._send(response, peer)
            return
        key = _dialled(request)

        def never() -> None:
            self._finals.pop(key, None)
            gave_up()

        send = partial(self._send, response, peer)
        self._finals[key] = Repeat(send, never, reliable=peer.transport == "tcp")

    def acknowledged(self, ack: SipRequest) -> bool:
        """Take an ACK; say whether it was waited for."""
        repeat = self._finals.pop(_dialled(ack), None)
        if repeat:
            repeat.stop()
            self._moved.set()
        return repeat is not None

    def stop(self) -> None:
        """Wait for nothing any more."""
        for repeat in (*(asked.repeat for asked in self._asked.values()), *self._finals.values()):
            repeat.stop()

    def _ends(self, key: Key, status: int) -> None:
        if asked := self._asked.pop(key, None):
            asked.repeat.stop()
            self._moved.set()
            asked.hear(SipResponse(headers=asked.request.headers.copy(), status_code=status))


def _ack(invite: SipRequest, response: SipResponse) -> SipRequest:
    """Return the ACK of a refused INVITE, which belongs to its transaction (section 17.1.1.3)."""
    ack = SipRequest(method="ACK", uri=invite.uri)
    ack.headers.append("Via", invite.headers.get("via")[0])
    for name, message in (("From", invite), ("To", response), ("Call-ID", invite)):
        ack.headers.set_single(name, message.get_header(name) or "")
    number = (invite.get_header("cseq") or "").split()[0]
    ack.headers.set_single("CSeq", f"{number} ACK")
    ack.headers.set_single("Max-Forwards", "70")
    return ack


def _key(request: SipRequest) -> Key:
    return _branch(request), request.method


def _branch(message: Message) -> str:
    return message.via[0].branch or ""


def _method(message: Message) -> str:
    cseq = message.cseq
    return cseq.method if cseq else ""


def _dialled(message: Message) -> tuple[str, str]:
    """Return what an INVITE and its ACK have in common."""
    return message.call_id or "", (message.get_header("cseq") or " ").split()[0]

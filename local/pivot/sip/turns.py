"""Requests of Twilio's within one dialog, each when the one before it has been answered.

RFC 3261 section 12.2.2 has a UAS refuse a request that comes out of order, and datagrams may.
"""

from collections import deque
from dataclasses import dataclass, field
from functools import partial

from aiosipua import SipRequest, SipResponse

from pivot.sip.transactions import FINAL, Hear, Transactions
from pivot.sip.wire import Peer


@dataclass
class Turns:
    """Those that wait, the one that is on the wire first."""

    _waiting: deque[tuple[SipRequest, Peer, Hear]] = field(default_factory=deque)

    def ask(self, transactions: Transactions, request: SipRequest, peer: Peer, hear: Hear) -> None:
        """Send a request in its turn, and hear its responses."""
        self._waiting.append((request, peer, hear))
        if len(self._waiting) == 1:
            self._send(transactions)

    def _send(self, transactions: Transactions) -> None:
        request, peer, hear = self._waiting[0]
        transactions.ask(request, peer, partial(self._hear, transactions, hear))

    def _hear(self, transactions: Transactions, hear: Hear, response: SipResponse) -> None:
        if response.status_code >= FINAL:
            self._waiting.popleft()
        hear(response)
        if response.status_code >= FINAL and self._waiting:
            self._send(transactions)

"""SIP on one port of 127.0.0.1, over UDP and TCP; which transport a peer speaks is part of it.

Messages are sent where their dialog lives: a response goes back to where its request came from.
"""

import asyncio
import itertools
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial

from aiosipua import SipRequest, SipResponse
from aiosipua.transport import TcpSipTransport, UdpSipTransport

HOST = "127.0.0.1"
_TRIES = 100
# Processes side by side begin at different places.
_PORTS = itertools.count(os.getpid() * 101)
_MEDIA_PORTS = itertools.count(os.getpid() * 101)

type Message = SipRequest | SipResponse


@dataclass(frozen=True, slots=True)
class Peer:
    """Where messages come from and go to. `transport` is `udp` or `tcp`."""

    transport: str
    host: str
    port: int


class Wire:
    """Both sockets. Each message that arrives is given to `take`, one after the other."""

    def __init__(self, take: Callable[[Message, Peer], None]) -> None:
        self._take = take
        self._udp, self._tcp = UdpSipTransport(), TcpSipTransport()
        self._writers: dict[Peer, asyncio.StreamWriter] = {}
        self._one_by_one = asyncio.Lock()

    @property
    def port(self) -> int:
        """The port, once it is open."""
        return self._udp.local_addr[1]

    async def open(self, port: int = 0) -> None:
        """Listen on a port, or on one that is free for both transports. Raises OSError."""
        for left in reversed(range(1 if port else _TRIES)):
            address = (HOST, port or free_port())
            self._udp = UdpSipTransport(address, partial(self._arrived, "udp"))
            self._tcp = TcpSipTransport(address, partial(self._arrived, "tcp"))
            try:
                await self._udp.start()
                await self._tcp.start()
            except OSError:
                await self._udp.stop()
                if not left:
                    raise
            else:
                return

    async def reach(self, peer: Peer) -> None:
        """Connect to a peer that speaks TCP, once. Raises OSError."""
        async with self._one_by_one:
            if peer.transport == "tcp" and peer not in self._writers:
                _, self._writers[peer] = await self._tcp.connect((peer.host, peer.port))

    def send(self, message: Message, peer: Peer) -> bool:
        """Send a message; say whether there was a way to."""
        transport = self._tcp if peer.transport == "tcp" else self._udp
        try:
            transport.send(message, (peer.host, peer.port))
        except RuntimeError:  # the connection is gone
            if writer := self._writers.pop(peer, None):
                writer.close()
            return False
        return True

    async def close(self) -> None:
        """Close the sockets and every connection."""
        await self._udp.stop()
        await self._tcp.stop()
        for writer in self._writers.values():
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        await asyncio.sleep(0)

    def _arrived(self, transport: str, message: Message, address: tuple[str, int]) -> None:
        # The transport would swallow an exception here; the loop does not.
        loop = asyncio.get_running_loop()
        loop.call_soon(self._take, message, Peer(transport, *address))


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free at this moment, for UDP and TCP. Raises OSError.

    Not one that the machine gives to clients, nor one that this process has been given before:
    somebody else will bind it, a moment later.
    """
    for _ in range(_TRIES):
        port = 10_000 + next(_PORTS) % 20_000
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
            suppress(OSError),
        ):
            tcp.bind((HOST, port))
            udp.bind((HOST, port))
            return port
    raise OSError("no port is free")


def free_media_port() -> int:
    """Return the first of four UDP ports that are free at this moment. Raises OSError.

    sipp binds some for RTP, which nobody here uses, and ends when it cannot.
    """
    for _ in range(_TRIES):
        port = 30_000 + next(_MEDIA_PORTS) * 4 % 2_700
        with ExitStack() as bound, suppress(OSError):
            for number in range(port, port + 4):
                udp = bound.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                udp.bind((HOST, number))
            return port
    raise OSError("no port is free for media")

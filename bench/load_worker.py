"""One environment of Lambda of the load run: the deployed handlers, one request at a time.

    python -m bench.load_worker FILE_DESCRIPTOR

The descriptor is a listening socket that all workers share: who is idle takes the next connection,
as Lambda hands a request to an environment that is free.  It ends when its standard input does.
"""

import os
import socket
import sys
from threading import Thread
from typing import Any

from call_transfer.application import application
from gateway import http_api
from gateway.server import HOST, Server
from gateway.stack import Stack

READY = '{"message": "ready"}'


class OneAtATime(Server):
    """Answers in the thread that accepts."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.socket.close()
        self.socket = socket.socket(fileno=descriptor)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's
        """Serve a connection before the next one is accepted."""
        self._work(request, client_address)


def main() -> None:
    """Serve until nobody holds the other end of standard input any more."""
    Thread(target=_end_with_parent, daemon=True).start()
    server = OneAtATime(int(sys.argv[1]))
    routes = Stack().routes
    for route in routes:
        route.load_handler()
    application()
    print(READY)
    server.answer = lambda request: http_api.serve(request, routes, HOST)
    while True:
        # Not serve_forever, which wakes every idle worker for each connection.
        server.process_request(*server.get_request())


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()

"""As much of DynamoDB as the directory needs, in memory: quick enough not to be what is measured.

It keeps items by key, answers BatchGetItem and PutItem, and takes a condition for fulfilled: who
competes for an entry is for the tests, against moto.  One process, one table a name.
"""

import json
import socket
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from typing import Any

HOST = "127.0.0.1"
_TABLES: dict[str, dict[tuple[str, str], Any]] = defaultdict(dict)
_CALLS: Counter[str] = Counter()


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return item["tenant"]["S"], item["address"]["S"]


def _answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
    _CALLS[operation] += 1
    match operation:
        case "BatchGetItem":
            found = {
                name: [
                    _TABLES[name][_key(key)] for key in wanted["Keys"] if _key(key) in _TABLES[name]
                ]
                for name, wanted in asked["RequestItems"].items()
            }
            return {"Responses": found, "UnprocessedKeys": {}}
        case "PutItem":
            _TABLES[asked["TableName"]][_key(asked["Item"])] = asked["Item"]
            return {}
        case "Calls":
            return dict(_CALLS)
        case _:
            raise NotImplementedError(operation)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one call of the JSON protocol of DynamoDB."""
        body = self.rfile.read(int(self.headers["content-length"]))
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        answer = json.dumps(_answer(operation, json.loads(body))).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def setup(self) -> None:
        """Send small answers at once."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _serve(port: int, ready: Any) -> None:  # noqa: ANN401 - an event of multiprocessing
    server = ThreadingHTTPServer((HOST, port), _Handler)
    ready.set()
    server.serve_forever()


def start() -> tuple[SpawnProcess, str]:
    """Start it in a process of its own; return that, and the URL."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    context = get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_serve, args=(port, ready), daemon=True)
    process.start()
    ready.wait(30)
    return process, f"http://{HOST}:{port}"

"""DynamoDB and Secrets Manager over TLS with fixed answers, in a process of its own.

It knows one entry of the directory and the record of each call's hop 0, takes every condition for
fulfilled, and counts what it is asked.  Signatures are not checked.  The answers are made
beforehand, so that what is measured is the caller.
"""

import contextlib
import json
import multiprocessing
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from bench.certificate import Certificate
from bench.tls_server import HOST, Server

# An item is of the directory when its key has these names.
_TENANT, _ADDRESS = "tenant", "address"
# And of a record with this one.
_SESSION = "session"

type Item = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What is answered: the one entry of the directory, the secret, and a call's first record."""

    entry: Item
    secret: str
    record: Item

    def to(self, operation: str, body: bytes) -> bytes:
        """Return the answer to an operation. Raises LookupError for one that nobody needs."""
        match operation:
            case "UpdateItem" | "PutItem" | "TransactWriteItems":
                return b"{}"
            case "BatchGetItem":
                found = {
                    table: self._found(wanted["Keys"])
                    for table, wanted in json.loads(body)["RequestItems"].items()
                }
                return json.dumps({"Responses": found, "UnprocessedKeys": {}}).encode()
            case "GetItem":
                found_one = self._found([json.loads(body)["Key"]])
                return json.dumps({"Item": found_one[0]} if found_one else {}).encode()
            case "GetSecretValue":
                return json.dumps(
                    {
                        "ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:tokens",
                        "Name": "tokens",
                        "VersionId": "00000000-0000-4000-8000-000000000000",
                        "SecretString": self.secret,
                        "VersionStages": ["AWSCURRENT"],
                        "CreatedDate": 1795428000.0,
                    }
                ).encode()
            case _:
                raise LookupError(f"the stand-in has no answer to {operation}")

    def _found(self, keys: list[Item]) -> list[Item]:
        own = {name: self.entry[name] for name in (_TENANT, _ADDRESS)}
        return [
            self.entry if key == own else {**self.record, **key}
            for key in keys
            if key == own or _SESSION in key
        ]


@dataclass(frozen=True, slots=True)
class StandIn:
    """A running stand-in: where it is, and the pipe by which it is asked what it has counted."""

    url: str
    _pipe: Connection

    def counted(self) -> Counter[str]:
        """Return the calls by operation, and the connections, since this was last asked."""
        return self._ask("counted")

    def drop(self) -> None:
        """Close every connection, as those of a snapshot are closed when it is restored."""
        self._ask("drop")

    def _ask(self, what: str) -> Counter[str]:
        self._pipe.send(what)
        answer: Counter[str] = self._pipe.recv()
        return answer


@contextlib.contextmanager
def serving(answers: Answers, certificate: Certificate) -> Iterator[StandIn]:
    """Serve until the block ends."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_run, args=(there, answers, certificate), daemon=True)
    process.start()
    there.close()
    try:
        yield StandIn(f"https://{HOST}:{here.recv()}", here)
    finally:
        here.close()
        process.join(5)
        if process.is_alive():
            process.terminate()


def _run(pipe: Connection, answers: Answers, certificate: Certificate) -> None:
    server = Server(answers.to, certificate)
    threading.Thread(target=server.accept, daemon=True).start()
    pipe.send(server.port)
    with contextlib.suppress(EOFError):
        while True:
            if pipe.recv() == "drop":
                server.drop()
                pipe.send(Counter())
            else:
                pipe.send(server.counted())

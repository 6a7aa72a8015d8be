"""As much of AWS as the directory and a webhook need, in memory: quick enough not to be measured.

It keeps items by key and answers what the deployed code calls of DynamoDB, with every condition
taken for fulfilled: who competes for an item is for the tests, against moto, and for bench.load.
Counters are not counted.  Secrets Manager has one secret.  One process, one table a name.
"""

import http.client
import json
import re
import socket
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from typing import Any
from urllib.parse import urlsplit

HOST = "127.0.0.1"
# In the item of `Fill`: stands for a number of six digits, another one in each copy.
NUMBER, FIRST_NUMBER = "%number%", 100_000
_TABLES: dict[str, dict[tuple[str, str], Any]] = defaultdict(dict)
_CALLS: Counter[str] = Counter()
_SECRET = {"SecretString": "{}"}
_ASSIGNED = re.compile(r"(#\w+) = (?:if_not_exists\(#\w+, (:\w+)\)|(:\w+))")

type Asked = Mapping[str, Any]


def _key(item: Asked) -> tuple[str, str]:
    names = ("session", "hop") if "session" in item else ("tenant", "address")
    return item[names[0]]["S"], item[names[1]]["S"]


def _batch_get(asked: Asked) -> dict[str, Any]:
    found = {
        name: [_TABLES[name][_key(key)] for key in wanted["Keys"] if _key(key) in _TABLES[name]]
        for name, wanted in asked["RequestItems"].items()
    }
    return {"Responses": found, "UnprocessedKeys": {}}


def _put(asked: Asked) -> dict[str, Any]:
    _TABLES[asked["TableName"]][_key(asked["Item"])] = asked["Item"]
    return {}


def _update(asked: Asked) -> dict[str, Any]:
    """Do what the expressions of call_transfer.updates say of attributes with a placeholder."""
    table, key = _TABLES[asked["TableName"]], _key(asked["Key"])
    before = table.get(key, {})
    item = dict(before) or dict(asked["Key"])
    names, values = asked.get("ExpressionAttributeNames", {}), asked["ExpressionAttributeValues"]
    assigned, _, removed = asked["UpdateExpression"].partition(" REMOVE ")
    for name, kept, value in _ASSIGNED.findall(assigned):
        if value or names[name] not in before:
            item[names[name]] = values[value or kept]
    for name in removed.split(", ") if removed else ():
        item.pop(names[name], None)
    table[key] = item
    written = {names[name] for name, _, _ in _ASSIGNED.findall(assigned)}
    updated = {name: value for name, value in before.items() if name in written}
    images = {"ALL_NEW": item, "ALL_OLD": before, "UPDATED_OLD": updated}
    returned = images.get(asked.get("ReturnValues", ""))
    return {"Attributes": returned} if returned else {}


def _transact(asked: Asked) -> dict[str, Any]:
    for one in asked["TransactItems"]:
        _update(one["Update"])
    return {}


def _get(asked: Asked) -> dict[str, Any]:
    return {"Item": _TABLES[asked["TableName"]].get(_key(asked["Key"]), {})}


def _fill(asked: Asked) -> dict[str, Any]:
    """Put so many copies of an item, each with another number."""
    text = json.dumps(asked["Item"])
    for number in range(FIRST_NUMBER, FIRST_NUMBER + asked["Count"]):
        item = json.loads(text.replace(NUMBER, str(number)))
        _TABLES[asked["TableName"]][_key(item)] = item
    return {}


def _keep_secret(asked: Asked) -> dict[str, Any]:
    _SECRET["SecretString"] = asked["SecretString"]
    return {}


_ANSWERS: Mapping[str, Callable[[Asked], Mapping[str, Any]]] = {
    "BatchGetItem": _batch_get,
    "GetItem": _get,
    "PutItem": _put,
    "UpdateItem": _update,
    "TransactWriteItems": _transact,
    "GetSecretValue": lambda _: _SECRET,
    # Not of AWS: for those who measure.
    "Fill": _fill,
    "KeepSecret": _keep_secret,
    "Calls": lambda _: dict(_CALLS),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer one call of the JSON protocol."""
        body = self.rfile.read(int(self.headers["content-length"]))
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        _CALLS[operation] += 1
        answer = json.dumps(_ANSWERS[operation](json.loads(body))).encode()
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


def ask(url: str, operation: str, **asked: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Ask the stand-in itself, without boto3."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("POST", "/", json.dumps(asked), {"x-amz-target": operation})
        return dict(json.loads(connection.getresponse().read()))
    finally:
        connection.close()


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

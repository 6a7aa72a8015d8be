"""The Runtime API of the bench, gone through by a client as a runtime client goes through it."""

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import pytest
from bench.runtime_api import (
    CREDENTIALS,
    NEXT,
    RESTORE_NEXT,
    RuntimeApi,
    SubjectFailed,
    response_path,
)

type Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with closing(RuntimeApi(patience=5)) as made:
        yield made


class Client:
    """A runtime client in a thread of its own: what it asks waits for an answer."""

    def __init__(self, api: RuntimeApi) -> None:
        self._connection = http.client.HTTPConnection(api.address, timeout=5)
        self._thread = ThreadPoolExecutor(1)

    def asks(self, method: str, path: str, body: str | None = None) -> Future[Answer]:
        return self._thread.submit(self._ask, method, path, body)

    def _ask(self, method: str, path: str, body: str | None) -> Answer:
        self._connection.request(method, path, body)
        answer = self._connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()

    def close(self) -> None:
        self._thread.shutdown()
        self._connection.close()


@pytest.fixture
def client(api: RuntimeApi) -> Iterator[Client]:
    with closing(Client(api)) as made:
        yield made


def test_an_invocation_is_handed_out_and_its_answer_is_taken(
    api: RuntimeApi, client: Client
) -> None:
    waiting = client.asks("GET", NEXT)
    handed_out = api.hand_out(api.take(NEXT), b'{"a": 1}', 7)
    status, headers, body = waiting.result()
    assert (status, body) == (200, b'{"a": 1}')
    assert headers["Lambda-Runtime-Aws-Request-Id"] == "00000000-0000-4000-8000-000000000007"
    assert headers["Lambda-Runtime-Invoked-Function-Arn"].startswith("arn:aws:lambda:")
    assert int(headers["Lambda-Runtime-Deadline-Ms"]) > 0

    told = client.asks("POST", response_path(7), '{"statusCode": 200}')
    done = api.take(response_path(7))
    assert (done.method, done.body) == ("POST", b'{"statusCode": 200}')
    assert done.at > handed_out
    api.answer(done, "202 Accepted")
    assert told.result()[0] == 202


def test_a_body_in_pieces_is_waited_for(api: RuntimeApi) -> None:
    with closing(http.client.HTTPConnection(api.address, timeout=5)) as connection:
        connection.connect()
        path = response_path(1)
        connection.sock.sendall(f"POST {path} HTTP/1.1\r\nContent-Length: 4\r\n\r\nab".encode())
        with ThreadPoolExecutor(1) as thread:
            taken = thread.submit(api.take, path)
            connection.sock.sendall(b"cd")
            assert taken.result().body == b"abcd"


def test_the_answer_to_another_invocation_is_a_failure(api: RuntimeApi, client: Client) -> None:
    client.asks("POST", response_path(1), "late")
    with pytest.raises(SubjectFailed, match="late"):
        api.take(response_path(2))
    api.close()


@pytest.mark.parametrize("where", ["init/error", "restore/error", "invocation/1/error"])
def test_an_error_that_is_reported_is_a_failure_with_its_text(
    api: RuntimeApi, client: Client, where: str
) -> None:
    client.asks("POST", f"/2018-06-01/runtime/{where}", '{"errorType": "ImportError"}')
    with pytest.raises(SubjectFailed, match="ImportError"):
        api.take(NEXT)
    api.close()


def test_a_restore_is_answered_when_it_is_wanted(api: RuntimeApi, client: Client) -> None:
    asleep = client.asks("GET", RESTORE_NEXT)
    request = api.take(RESTORE_NEXT)
    assert not asleep.done()
    api.answer(request, "200 OK")
    assert asleep.result()[0] == 200


def test_credentials_are_served_while_something_else_is_waited_for(
    api: RuntimeApi, client: Client
) -> None:
    asked = client.asks("GET", CREDENTIALS)
    next_one = client.asks("GET", NEXT)
    api.answer(api.take(NEXT), "200 OK", b"{}")
    assert b'"Expiration"' in asked.result()[2]
    assert next_one.result()[2] == b"{}"


def test_a_process_that_ends_is_noticed_at_once(api: RuntimeApi) -> None:
    with subprocess.Popen([sys.executable, "-c", ""], env=dict(os.environ)) as process:
        api.watch(process.pid)
        with pytest.raises(SubjectFailed, match="the process has ended"):
            api.take(NEXT)


def test_a_process_that_asks_for_nothing_is_given_up() -> None:
    with (
        closing(RuntimeApi(patience=0.01)) as silent,
        pytest.raises(SubjectFailed, match="nothing was asked"),
    ):
        silent.take(NEXT)

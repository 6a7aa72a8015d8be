"""The client that stands in for boto3 in one subject of the bench, held against botocore itself."""

import contextlib
import json
import select
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch
from zlib import crc32

import boto3
import botocore.exceptions
import pytest
from bench import certificate
from bench.certificate import Certificate
from bench.subject import Skipped
from bench.subjects.signed import aws_client as thin_client
from bench.subjects.signed import subject
from bench.subjects.signed.boto3.dynamodb import types
from bench.subjects.signed.botocore import auth, credentials, exceptions, httpsession
from bench.subjects.signed.botocore.client import SERVICES, BaseClient
from bench.subjects.signed.botocore.config import Config
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config as BotocoreConfig
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from call_transfer import aws_client
from gateway.stack import ROOT, Stack

HOST = "127.0.0.1"
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret/+key",
    "AWS_SESSION_TOKEN": "a/session+token==",
}
REGION = "eu-central-1"
RETRIES = {"mode": "standard", "total_max_attempts": 2}
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
UPDATE = {
    "TableName": "calls",
    "Key": {"session": {"S": "AC1/CA1"}, "hop": {"S": "1#Zoë"}},
    "UpdateExpression": "SET #n0 = :v0",
    "ExpressionAttributeNames": {"#n0": "leg#0#CA2#1"},
    "ExpressionAttributeValues": {":v0": {"M": {"at": {"N": "17"}, "on": {"BOOL": True}}}},
}
CALLS: Sequence[tuple[str, str, Mapping[str, Any]]] = [
    ("dynamodb", "batch_get_item", {"RequestItems": {"t": {"Keys": [{"a": {"S": "+1"}}]}}}),
    ("dynamodb", "get_item", {"TableName": "calls", "Key": UPDATE["Key"], "ConsistentRead": True}),
    ("dynamodb", "query", {"TableName": "calls", "IndexName": "open_hops", "Limit": 50}),
    ("dynamodb", "transact_write_items", {"TransactItems": [{"Update": UPDATE}]}),
    ("dynamodb", "update_item", UPDATE),
    ("events", "put_events", {"Entries": [{"Source": "s", "DetailType": "t", "Detail": "{}"}]}),
    ("secretsmanager", "get_secret_value", {"SecretId": "tokens"}),
]

type Scripted = tuple[int, Mapping[str, str], bytes]

DROPPED: Scripted = (0, {}, b"")
"""The server hangs up instead of answering."""


def answer(told: Any, status: int = 200, **headers: str) -> Scripted:  # noqa: ANN401 - JSON
    return status, headers, told if isinstance(told, bytes) else json.dumps(told).encode()


class Server(ThreadingHTTPServer):
    """Gives the answers that a test wrote down, in their order, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: list[Scripted] = []
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.connections = 0
        super().__init__((HOST, 0), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - a socket
        """Say nothing of those who hang up."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    @property
    def host(self) -> str:
        return f"{HOST}:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((headers, body))
        status, told, content = self.server.answers.pop(0)
        if not status:
            self.close_connection = True
            return
        self.send_response_only(status)
        for name, value in told.items():
            if name == "then":
                self.close_connection = True
            else:
                self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST  # noqa: N815 - the name that http.server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with served(Server()) as running:
        yield running


@contextlib.contextmanager
def served(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(server: Server, pauses: list[float]) -> Iterator[BaseClient]:
    with made(f"http://{server.host}", pauses) as one:
        yield one


@contextlib.contextmanager
def made(
    url: str,
    pauses: list[float],
    service: str = "dynamodb",
    verify: str | None = None,
    **environment: str,
) -> Iterator[Any]:
    config = Config(connect_timeout=5, read_timeout=5, retries=RETRIES, user_agent="a test")
    one = BaseClient(
        service,
        config,
        verify=verify,
        credentials=credentials.Provider(KEYS),
        environment={"AWS_REGION": REGION, "AWS_ENDPOINT_URL": url, **environment},
        now=lambda: NOW,
        sleep=pauses.append,
    )
    yield one
    one.close()


# Requests


@pytest.mark.parametrize("token", ["", "a/session+token=="])
@pytest.mark.parametrize("service", ["dynamodb", "secretsmanager"])
@pytest.mark.parametrize("body", [b"{}", '{"S":"Zoë"}'.encode(), b"x" * 100_000], ids=len)
@pytest.mark.parametrize("host", ["dynamodb.eu-central-1.amazonaws.com", "127.0.0.1:8443"])
def test_a_request_is_signed_as_botocore_signs_it(
    token: str, service: str, body: bytes, host: str
) -> None:
    headers = {"x-amz-target": "DynamoDB_20120810.BatchGetItem", "x-odd": "  two   spaces "}
    ours = auth.signed(
        {**headers, "host": host},
        body,
        credentials=credentials.Credentials("AKIDEXAMPLE", "secret/+key", token),
        region=REGION,
        service=service,
        now=NOW,
    )
    keys = Credentials("AKIDEXAMPLE", "secret/+key", token or None)
    request = AWSRequest("POST", f"https://{host}/", headers, body)
    with patch("botocore.auth.get_current_datetime", return_value=datetime.fromtimestamp(NOW, UTC)):
        SigV4Auth(keys, service, REGION).add_auth(request)
    theirs = {name.lower(): value for name, value in request.headers.items()}
    assert ours == {**theirs, "host": host}


@contextlib.contextmanager
def real(
    descriptions: boto3.Session, service: str, url: str | None = None, attempts: int = 1
) -> Iterator[Any]:
    """Make the client of boto3 that ours is held against."""
    session: Any = descriptions
    retries = {"mode": "standard", "total_max_attempts": attempts}
    config = BotocoreConfig(retries=cast("Any", retries), user_agent="a test")
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    given = dict(zip(names, KEYS.values(), strict=True))
    client = session.client(service, REGION, endpoint_url=url, config=config, **given)
    with contextlib.closing(client):
        yield client


def test_every_operation_of_ours_is_compared() -> None:
    offered = {
        (service, name)
        for service in SERVICES
        for name in vars(
            BaseClient(
                service,
                Config(connect_timeout=1, read_timeout=1, retries=RETRIES),
                environment={"AWS_REGION": REGION},
            )
        )
        if not name.startswith("_") and name != "meta"
    }
    assert offered == {(service, method) for service, method, _ in CALLS}


@pytest.mark.parametrize(
    ("service", "method", "parameters"), CALLS, ids=[one for _, one, _ in CALLS]
)
def test_a_call_arrives_as_that_of_boto3_does(
    service: str,
    method: str,
    parameters: Mapping[str, Any],
    server: Server,
    descriptions: boto3.Session,
) -> None:
    server.answers += [answer({}), answer({})]
    moment = datetime.fromtimestamp(NOW, UTC)
    with (
        made(f"http://{server.host}", [], service) as client,
        real(descriptions, service, f"http://{server.host}") as theirs,
        patch("botocore.auth.get_current_datetime", return_value=moment),
        patch("bench.subjects.signed.botocore.client.token_hex", return_value="0" * 32),
    ):
        getattr(client, method)(**parameters)
        token = {"ClientRequestToken": "0" * 32} if "transact" in method else {}
        getattr(theirs, method)(**parameters, **token)
    (ours, body), (wanted, wanted_body) = server.seen
    assert json.loads(body) == json.loads(wanted_body)
    told_besides = {"amz-sdk-invocation-id", "amz-sdk-request"}
    assert wanted.keys() - ours.keys() == told_besides
    # The text of the body is not the same: ours has no spaces.
    differing = {name for name in ours if ours[name] != wanted[name]}
    assert differing == {"authorization", "content-length", "user-agent"}
    assert wanted["user-agent"].startswith(ours["user-agent"])


@pytest.mark.parametrize("service", SERVICES)
def test_the_endpoint_is_that_of_boto3(service: str, descriptions: boto3.Session) -> None:
    config = Config(connect_timeout=1, read_timeout=1, retries=RETRIES)
    ours = BaseClient(service, config, environment={"AWS_DEFAULT_REGION": REGION})
    with real(descriptions, service) as theirs:
        url = theirs.meta.endpoint_url
    assert f"https://{ours._connection.host}" == url  # noqa: SLF001 - where it would go


def test_without_a_region_nobody_is_asked() -> None:
    config = Config(connect_timeout=1, read_timeout=1, retries=RETRIES)
    with pytest.raises(exceptions.NoRegionError):
        BaseClient("dynamodb", config, environment=KEYS)


# Answers

AMZ = "com.amazonaws.dynamodb.v20120810#"
HELD = {"session": {"S": "AC1/CA1"}, "hop": {"S": "1#"}, "opened_at": {"N": "17"}}
ERRORS = {
    "a condition that failed": answer(
        {
            "__type": f"{AMZ}ConditionalCheckFailedException",
            "message": "The conditional request failed",
            "Item": HELD,
        },
        400,
    ),
    "a canceled transaction": answer(
        {
            "__type": f"{AMZ}TransactionCanceledException",
            "Message": "Transaction cancelled [ConditionalCheckFailed, None]",
            "CancellationReasons": [
                {"Code": "ConditionalCheckFailed", "Item": HELD, "Message": "it failed"},
                {"Code": "None"},
            ],
        },
        400,
    ),
    "throttling": answer(
        {"__type": f"{AMZ}ProvisionedThroughputExceededException", "message": "slowly"}, 400
    ),
    "throttling that no model knows": answer({"__type": "Odd", "message": "slowly"}, 429),
    "a conflict of replicas": answer(
        {"__type": f"{AMZ}ReplicatedWriteConflictException", "message": "again"}, 400
    ),
    "a server error": answer({"__type": f"{AMZ}InternalServerError", "message": "oh"}, 500),
    "a proxy's page": answer(b"<html><body>503</body></html>", 503),
    "nothing": answer(b"", 502),
    "access denied": answer(
        {"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "not allowed"}, 400
    ),
    "a code with an address": answer({"__type": "OddException:http://internal/"}, 400),
    "a code of no type": answer({"message": "hm"}, 403),
}
RETRIED = {
    *("throttling", "throttling that no model knows", "a conflict of replicas"),
    *("a server error", "a proxy's page", "nothing"),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_an_error_is_read_as_botocore_reads_it(
    error: Scripted, server: Server, client: BaseClient, descriptions: boto3.Session
) -> None:
    status, headers, body = error
    server.answers += [(status, {**headers, "x-amzn-requestid": "AB12"}, body)] * 3
    # Beside its code botocore reads of an error what is modelled for the operation.
    canceled = b"Transaction" in body
    method = "transact_write_items" if canceled else "update_item"
    parameters = {"TransactItems": [{"Update": UPDATE}]} if canceled else UPDATE
    with (
        real(descriptions, "dynamodb", f"http://{server.host}") as theirs,
        pytest.raises(botocore.exceptions.ClientError) as wanted,
    ):
        getattr(theirs, method)(**parameters)
    with pytest.raises(exceptions.ClientError) as found:
        getattr(client, method)(**parameters)
    expected: dict[str, Any] = dict(wanted.value.response)
    for name in ("HTTPHeaders", "RetryAttempts", "MaxAttemptsReached"):
        expected["ResponseMetadata"].pop(name, None)
    # botocore forgets it where the body is none of AWS's.
    expected["ResponseMetadata"].setdefault("RequestId", "AB12")
    response = dict(found.value.response)
    # A message is told in "Error"; whether it is told once more depends on the model.
    for one in (expected, response):
        one.pop("message", None)
        one.pop("Message", None)
    assert response == expected
    assert found.value.operation_name == wanted.value.operation_name


@pytest.mark.parametrize("name", ERRORS)
def test_what_botocore_tries_again_is_tried_again_once(
    name: str, server: Server, client: BaseClient, pauses: list[float]
) -> None:
    server.answers += [ERRORS[name]] * 2
    with pytest.raises(exceptions.ClientError):
        client.update_item(**UPDATE)
    assert len(server.seen) == (2 if name in RETRIED else 1)
    most = 1.0 if "throttling" in name else 0.025
    assert [0 <= one < most for one in pauses] == [True] * (len(server.seen) - 1)


@pytest.mark.parametrize("name", ERRORS)
def test_botocore_tries_the_same_again(
    name: str, server: Server, descriptions: boto3.Session
) -> None:
    server.answers += [ERRORS[name]] * 2
    with (
        real(descriptions, "dynamodb", f"http://{server.host}", attempts=2) as theirs,
        patch("botocore.retries.standard.time.sleep"),
        pytest.raises(botocore.exceptions.ClientError),
    ):
        theirs.update_item(**UPDATE)
    assert len(server.seen) == (2 if name in RETRIED else 1)


def test_a_transaction_that_is_tried_again_has_the_token_of_the_first_attempt(
    server: Server, client: BaseClient
) -> None:
    server.answers += [DROPPED, answer({}), answer({})]
    client.transact_write_items(TransactItems=[{"Update": UPDATE}])
    client.transact_write_items(TransactItems=[{"Update": UPDATE}])
    first, again, other = (json.loads(body)["ClientRequestToken"] for _, body in server.seen)
    assert first == again != other
    # As many characters as TransactWriteItems takes.
    assert 0 < len(first) <= 36


def test_an_answer_that_is_not_what_was_sent_is_asked_for_again(
    server: Server, client: BaseClient
) -> None:
    wrong, right = answer({"Item": {}}, x_amz_crc32="1"), {"Item": {"a": {"S": "b"}}}
    checksum = str(crc32(json.dumps(right).encode()))
    server.answers += [wrong, answer(right, x_amz_crc32=checksum), wrong, wrong]
    assert client.get_item(TableName="calls", Key={}) == right
    with pytest.raises(exceptions.ChecksumError):
        client.get_item(TableName="calls", Key={})


def test_an_answer_that_is_no_json_is_an_error_that_does_not_quote_it(
    server: Server, client: BaseClient
) -> None:
    server.answers += [answer(b"token-of-account-a")]
    with pytest.raises(exceptions.ResponseParserError) as found:
        client.get_item(TableName="calls", Key={})
    assert str(found.value) == "GetItem: the answer is no JSON"
    assert found.value.__context__ is None


# Types


class Mode(StrEnum):
    HOLD = "hold"


WHOLE = st.integers(-(10**30), 10**30)
WRITTEN = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        WHOLE,
        st.text(max_size=10),
        st.sampled_from(Mode),
        st.decimals(-9, 9, places=3),
    ),
    lambda held: st.one_of(
        st.lists(held, max_size=5),
        st.lists(held, max_size=5).map(tuple),
        st.dictionaries(st.text(max_size=10), held, max_size=5),
    ),
)


@settings(max_examples=50)
@given(WRITTEN)
def test_what_is_written_is_written_and_read_as_by_boto3(value: object) -> None:
    written = TypeSerializer().serialize(value)
    assert types.TypeSerializer().serialize(value) == written
    assert types.TypeDeserializer().deserialize(written) == TypeDeserializer().deserialize(written)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"SS": ["a", "b"]}, {"a", "b"}),
        ({"NS": ["1", "2.5"]}, {Decimal(1), Decimal("2.5")}),
        ({"B": "YWI="}, b"ab"),
        ({"BS": ["YWI="]}, {b"ab"}),
        ({"N": "1E+2"}, Decimal(100)),
    ],
)
def test_what_others_wrote_is_read(value: dict[str, Any], read: object) -> None:
    assert types.TypeDeserializer().deserialize(value) == read


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), Decimal("Infinity"), object(), 10**39 + 1])
def test_what_boto3_does_not_write_is_not_written(value: object) -> None:
    with pytest.raises((TypeError, ArithmeticError)):
        TypeSerializer().serialize(value)
    with pytest.raises((TypeError, ArithmeticError)):
        types.TypeSerializer().serialize(value)


@pytest.mark.parametrize("value", [{}, {"X": "1"}])
def test_what_is_no_attribute_value_is_not_read(value: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        TypeDeserializer().deserialize(cast("Any", value))
    with pytest.raises(TypeError):
        types.TypeDeserializer().deserialize(value)


# Connections


def test_calls_go_over_one_connection(server: Server, client: BaseClient) -> None:
    server.answers += [answer({"Item": {}})] * 3
    for _ in range(3):
        client.get_item(TableName="calls", Key={})
    assert server.connections == 1


def test_a_connection_that_the_server_has_closed_is_opened_again_without_a_retry(
    server: Server, client: BaseClient, pauses: list[float]
) -> None:
    server.answers += [answer({"Item": {}}, then="close"), answer({"Item": {}})]
    client.get_item(TableName="calls", Key={})
    select.select([client._connection._http.sock], [], [], 5)  # noqa: SLF001 - its end has come
    assert client.get_item(TableName="calls", Key={}) == {"Item": {}}
    assert (len(server.seen), server.connections, pauses) == (2, 2, [])


def test_a_connection_that_ends_before_the_answer_is_tried_again_once(
    server: Server, client: BaseClient, pauses: list[float]
) -> None:
    server.answers += [DROPPED, answer({"Item": {}}), DROPPED, DROPPED]
    assert client.get_item(TableName="calls", Key={}) == {"Item": {}}
    with pytest.raises(exceptions.ConnectionClosedError):
        client.get_item(TableName="calls", Key={})
    assert (len(server.seen), len(pauses)) == (4, 2)


def test_nobody_there_is_asked_twice(pauses: list[float]) -> None:
    server = Server()
    server.server_close()
    with (
        made(f"http://{server.host}", pauses) as client,
        pytest.raises(exceptions.EndpointConnectionError),
    ):
        client.get_item(TableName="calls", Key={})
    assert len(pauses) == 1


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("connect", exceptions.ConnectTimeoutError),
        ("getresponse", exceptions.ReadTimeoutError),
    ],
)
def test_a_time_out_says_of_what_it_was(
    step: str, error: type[Exception], client: BaseClient, pauses: list[float]
) -> None:
    with (
        patch.object(client._connection._http, step, side_effect=TimeoutError),  # noqa: SLF001 - the wire
        pytest.raises(error),
    ):
        client.get_item(TableName="calls", Key={})
    assert len(pauses) == 1


def test_connecting_and_reading_have_the_time_outs_of_the_configuration(server: Server) -> None:
    server.answers += [answer({})]
    config = Config(connect_timeout=3, read_timeout=4, retries=RETRIES)
    url = {"AWS_ENDPOINT_URL": f"http://{server.host}", "AWS_REGION": REGION}
    client = BaseClient("dynamodb", config, credentials=credentials.Provider(KEYS), environment=url)
    http = client._connection._http  # noqa: SLF001 - the wire
    assert http.timeout == 3
    client.get_item(TableName="calls", Key={})
    assert http.sock.gettimeout() == 4
    client.close()


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[Server, Certificate]]:
    files = certificate.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    server = Server()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.answers += [answer({"Item": {}})]
    with served(server):
        yield server, files


def test_only_who_is_trusted_is_asked(
    secured: tuple[Server, Certificate], pauses: list[float]
) -> None:
    server, files = secured
    url = f"https://{server.host}"
    with (
        made(url, pauses, AWS_CA_BUNDLE=str(files.authority)) as trusting,
        made(url, pauses) as other,
    ):
        assert trusting.get_item(TableName="calls", Key={}) == {"Item": {}}
        with pytest.raises(exceptions.SSLError):
            other.get_item(TableName="calls", Key={})


@pytest.fixture
def machine(secured: tuple[Server, Certificate], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine that trusts the authority of the server."""
    monkeypatch.setenv("SSL_CERT_FILE", str(secured[1].authority))
    httpsession._trust.cache_clear()  # noqa: SLF001 - another machine
    yield
    httpsession._trust.cache_clear()  # noqa: SLF001 - and back


def test_who_is_of_no_root_in_the_package_is_asked_with_those_of_the_machine(
    secured: tuple[Server, Certificate],
    machine: None,
    pauses: list[float],
    capsys: pytest.CaptureFixture[str],
) -> None:
    server, _ = secured
    with made(f"https://{server.host}", pauses, verify=str(aws_client.AMAZON_ROOTS)) as client:
        assert client.get_item(TableName="calls", Key={}) == {"Item": {}}
    assert pauses == []
    told = capsys.readouterr().out
    assert told.startswith(f"https://{server.host}: ")
    assert told.endswith(" From here on all certificates of this machine are trusted.\n")


# Credentials


def keys(name: str, expires: str) -> Scripted:
    told = {"AccessKeyId": name, "SecretAccessKey": "s", "Token": "t", "Expiration": expires}
    return answer(told)


@pytest.fixture
def container(server: Server) -> dict[str, str]:
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{server.host}/2021-04-23/credentials?a=b",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "the token",
    }


def test_keys_of_a_container_are_read_and_renewed_before_they_expire(
    server: Server, container: dict[str, str]
) -> None:
    server.answers += [
        keys("first", "2026-01-02T04:00:00Z"),
        keys("second", "2026-01-02T05:00:00Z"),
    ]
    moment = NOW  # 03:04:05
    provider = credentials.Provider(container, lambda: moment)
    first = provider.current()
    expires = datetime(2026, 1, 2, 4, tzinfo=UTC).timestamp()
    assert first == credentials.Credentials("first", "s", "t", expires)
    moment = expires - credentials.RENEW_SECONDS
    assert provider.current() is first
    moment += 1
    assert provider.current().access_key == "second"
    assert [headers["authorization"] for headers, _ in server.seen] == ["the token"] * 2
    assert "'s'" not in repr(first)


def test_old_keys_serve_while_there_are_no_new_ones(
    server: Server, container: dict[str, str]
) -> None:
    server.answers += [keys("first", "2026-01-02T03:14:00Z"), answer({}, 500), answer(b"no JSON")]
    moment = NOW
    provider = credentials.Provider(container, lambda: moment)
    first = provider.current()
    # A try, and none for the next half minute.
    assert [provider.current() for _ in range(3)] == [first] * 3
    assert len(server.seen) == 2
    moment = first.expires_at
    with pytest.raises(exceptions.CredentialRetrievalError) as found:
        provider.current()
    assert str(found.value) == "the container endpoint gave no keys: JSONDecodeError"
    assert found.value.__context__ is None


def test_a_stranger_is_not_asked_for_keys_without_tls() -> None:
    url = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/credentials"}
    with pytest.raises(exceptions.CredentialRetrievalError, match="gave no keys: ValueError"):
        credentials.Provider(url).current()


def test_without_any_keys_nothing_is_sent(server: Server, pauses: list[float]) -> None:
    config = Config(connect_timeout=1, read_timeout=1, retries=RETRIES)
    url = {"AWS_ENDPOINT_URL": f"http://{server.host}", "AWS_REGION": REGION}
    client = BaseClient(
        "dynamodb",
        config,
        credentials=credentials.Provider({}),
        environment=url,
        sleep=pauses.append,
    )
    with pytest.raises(exceptions.NoCredentialsError):
        client.get_item(TableName="calls", Key={})
    assert (server.seen, pauses) == ([], [])


# The package


def package(folder: Path) -> Path:
    """As much of the package that is deployed as counts here."""
    shutil.copytree(ROOT / "functions", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("boto3", "botocore", "urllib3", "s3transfer", "dateutil"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise ImportError(__name__)")
    for name in ("six.py", "tzdata.py"):
        (folder / name).touch()
    for name in ("urllib3-2.8.0.dist-info", "tzdata-2026.6.dist-info"):
        (folder / name).mkdir()
    return folder


def test_the_package_is_ours_without_what_boto3_needs(tmp_path: Path) -> None:
    ours, made = package(tmp_path / "ours"), tmp_path / "signed"
    subject.package(ours, made)
    gone = {"urllib3", "s3transfer", "dateutil", "six.py", "urllib3-2.8.0.dist-info"}
    assert {path.name for path in ours.iterdir()} - {path.name for path in made.iterdir()} == gone
    assert {path.name for path in made.iterdir()} < {path.name for path in ours.iterdir()}
    assert (made / "boto3" / "dynamodb" / "types.py").is_file()
    compiled = Path(cache_from_source(made / "call_transfer" / "aws_client.py")).read_bytes()
    # PEP 552: by hash, and not checked.
    assert compiled[4:8] == b"\1\0\0\0"
    assert b"/var/task/call_transfer/aws_client.py" in compiled


def test_what_is_not_our_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    with pytest.raises(SystemExit, match=r"has no boto3, botocore, urllib3: .* Build it first\."):
        subject.package(tmp_path / "ours", tmp_path / "signed")


def test_without_ours_there_is_nothing_to_make_it_of(tmp_path: Path) -> None:
    why = "it is made of `ours`: measure both, `--only ours signed`"
    title = "ours on a thin client, without boto3"
    assert subject.prepare(tmp_path) == [Skipped("signed", title, why)]


def test_its_clients_wait_as_long_as_ours() -> None:
    ours, theirs = aws_client.CONFIG, thin_client.CONFIG
    for name in ("connect_timeout", "read_timeout", "retries"):
        assert getattr(theirs, name) == getattr(ours, name)


PROGRAM = """
import os, sys
from call_transfer import unattended
from call_transfer.dry_run import walk
from call_transfer.store import Store
from call_transfer.aws_client import client
import outcome_event, refer, watchdog

store = Store(client=client("dynamodb"), targets_table="targets", calls_table="calls",
              record_days=1, now=lambda: 0.0)
assert store.read([("*", "+14155550199")]).items == {}
response = walk(os.environ, name="refer", answer=refer.answer, rescue=refer.rescue)
assert ">sip:priming@priming.invalid</Sip>" in response.body, response
heavy = {"urllib3", "s3transfer", "dateutil", "six", "botocore.session", "boto3.session"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
assert sys.modules["botocore"].__file__.startswith(sys.argv[1])
"""


def test_the_functions_run_on_it_and_load_nothing_of_boto3(
    tmp_path: Path, server: Server, stack: Stack
) -> None:
    made = tmp_path / "signed"
    subject.package(package(tmp_path / "ours"), made)
    (made / "tzdata.py").unlink()
    server.answers += [answer({"Responses": {"targets": []}, "UnprocessedKeys": {}})]
    environment = {
        **stack.environment,
        **KEYS,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": f"http://{server.host}",
        "PYTHONPATH": str(made),
    }
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, str(made)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    # The webhook of the dry run was answered before anything was sent.
    assert len(server.seen) == 1

"""What docs/security.md says an attacker gets, where no other test shows it.

A captured request, a poisoned directory, another tenant, whatever fails: what is dialled, recorded
and logged then.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError

from call_transfer.application import application
from gateway.http_api import Request, Response, serve
from gateway.stack import ROOT
from laptop import ACCOUNT, BASE, DOMAIN, SESSION, Laptop, dial, held, twiml
from pivot.webhooks import Account

B = "<sip:agentb@pbx.example.com>"
OTHER = Account("AC" + "b" * 32, "token-of-account-b")
PASSWORD = "hunter2-of-the-trunk"  # noqa: S105 - nobody's
TOKENS = (ACCOUNT.token, OTHER.token, PASSWORD)
PREMIUM = "+19005550123"


@pytest.fixture
def directory(laptop: Laptop) -> Laptop:
    laptop.entry("+18005550100", dial=[{"sip": "sip:agenta@pbx.example.com"}])
    laptop.entry("agentb", dial=[{"sip": "sip:agentb@pbx.example.com", "credentials": "trunk"}])
    put_secret(
        laptop,
        {
            ACCOUNT.sid: [ACCOUNT.token],
            OTHER.sid: [OTHER.token],
            "sip:trunk": ["user", PASSWORD],
        },
    )
    return laptop


def put_secret(laptop: Laptop, document: object) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    held("secretsmanager").put_secret_value(
        SecretId=laptop.stack.environment["TOKENS_SECRET"], SecretString=text
    )
    application.cache_clear()


def captured(target: str = B, **parameters: str) -> Request:
    """Return a refer webhook as somebody could have read it off a proxy's log."""
    form = {"CallSid": SESSION, "From": "+14155550199", "To": "+18005550100"}
    return ACCOUNT.request(
        f"{BASE}/refer/hold", form | {"ReferTransferTarget": target} | parameters
    )


def send(request: Request, laptop: Laptop) -> Response:
    return serve(request, laptop.stack.routes, DOMAIN)


def counted(laptop: Laptop) -> list[int]:
    """Return what the counters of the rates stand at."""
    items = held("dynamodb").scan(TableName=laptop.stack.environment["CALLS_TABLE"])["Items"]
    return [int(item["hits"]["N"]) for item in items if "/rate/" in item["session"]["S"]]


# --- replay ----------------------------------------------------------------------------------


def test_a_replayed_request_gets_the_same_answer_and_leaves_one_record(directory: Laptop) -> None:
    request = captured()
    first = send(request, directory)
    assert [send(request, directory).body for _ in range(3)] == [first.body] * 3
    assert len(directory.records(1)) == 1
    assert counted(directory) == [1]


def test_the_answer_to_a_replay_is_twiml_and_nothing_else_that_could_dial(
    directory: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def note(self: Any, operation: str, parameters: object) -> Any:  # noqa: ANN401 - botocore's
        calls.append(f"{self.meta.service_model.service_name}:{operation}")
        return untouched(self, operation, parameters)

    untouched = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - all calls
    monkeypatch.setattr(BaseClient, "_make_api_call", note)
    send(captured(), directory)
    services = {call.partition(":")[0] for call in calls}
    assert services == {"dynamodb", "secretsmanager"}


def test_a_replay_with_another_idempotency_token_is_another_transfer_and_counts_as_one(
    directory: Laptop,
) -> None:
    # The token is a header, and Twilio signs no header: whoever has one request can do this.
    request = captured()
    for number in range(2):
        headers = {**request.headers, "I-Twilio-Idempotency-Token": f"made-up-{number}"}
        assert send(replace(request, headers=headers), directory).status == 200
    assert len(directory.records(1)) == 2
    assert counted(directory) == [2]


def test_replays_with_tokens_made_up_end_at_the_rate_of_the_target(directory: Laptop) -> None:
    directory.setting(TARGET_PER_MINUTE="3")
    request = captured()
    answers = [
        send(
            replace(request, headers={**request.headers, "I-Twilio-Idempotency-Token": f"n{n}"}),
            directory,
        )
        for n in range(4)
    ]
    assert [answer.status for answer in answers] == [200, 200, 200, 403]


@pytest.mark.parametrize(
    "changed",
    [
        {"ReferTransferTarget": f"tel:{PREMIUM}"},
        {"CallSid": f"CA{'2' * 32}"},
        {"AccountSid": OTHER.sid},
    ],
)
def test_a_captured_signature_signs_nothing_else(
    directory: Laptop, changed: dict[str, str]
) -> None:
    genuine = captured()
    forged = captured(**changed)
    headers = {**forged.headers, "X-Twilio-Signature": genuine.headers["X-Twilio-Signature"]}
    assert send(replace(forged, headers=headers), directory).status == 403
    assert directory.records(1) == []


# --- tenants ---------------------------------------------------------------------------------


def test_a_link_of_another_account_neither_reads_nor_changes_its_call(directory: Laptop) -> None:
    first = directory.call()
    before = directory.record(0)
    url = dial(first).attrib["referUrl"].partition("#")[0].replace("/hold/", "/release/")
    stolen = directory.post(
        url, {"ReferTransferTarget": "<sip:nobody@pbx.example.com>"}, account=OTHER
    )
    # In release mode the transferor would be called back, had the record been theirs.
    assert [verb.tag for verb in twiml(stolen)] == ["Say", "Hangup"]
    assert directory.record(0) == before
    assert [record["session"] for record in directory.records(1)] == [f"{OTHER.sid}/{SESSION}"]


# --- a poisoned directory --------------------------------------------------------------------

BREAKS = f"</Say></Response><Dial>{PREMIUM}</Dial><!--\"'&lt;]]><Redirect>"
POISONED: dict[str, dict[str, Any]] = {
    "a reason": {"deny": {"reason": BREAKS, "say": BREAKS}},
    "a text": {"say": BREAKS},
    "a menu": {"menu": {"say": BREAKS, "keys": {"1": "agentb"}, "invalid": BREAKS}},
    "a voicemail": {"voicemail": {"say": BREAKS}},
    "a whisper": {"dial": [{"number": "+14155550123"}], "whisper": {"say": BREAKS}},
    "a parameter": {"dial": [{"client": "ann", "parameters": {"note": BREAKS}}]},
    "a header": {"dial": [{"sip": "sip:b@pbx.example.com"}], "headers": {"X-Note": BREAKS}},
    "an identity": {"dial": [{"client": re.sub(r"\s", "", BREAKS)}]},
    "a queue": {"enqueue": f"</Enqueue><Dial>{PREMIUM}</Dial>"},
    "a task": {"enqueue": {"workflow": f"WW{'0' * 32}", "task": {"note": BREAKS}}},
    "a description": {"description": BREAKS, "dial": [{"number": "+14155550123"}]},
    "an audio file": {"play": f"https://example.com/{BREAKS}"},
    "another page": {"redirect": f"https://example.com/{BREAKS}"},
    "a caller ID": {"dial": [{"sip": "sip:b@pbx.example.com"}], "caller_id": BREAKS},
    "a language": {"say": "Hello.", "language": BREAKS},
}


def whole(response: Response) -> Iterator[ET.Element]:
    """Yield every element of an answer, which has to be one document."""
    yield from ET.fromstring(response.body).iter()  # noqa: S314 - our own answer


@pytest.mark.parametrize("fields", POISONED.values(), ids=list(POISONED))
def test_no_field_of_an_entry_becomes_a_verb(directory: Laptop, fields: dict[str, Any]) -> None:
    directory.setting(HOLD_REFUSAL="message")
    directory.entry("poisoned", **fields)
    answer = send(captured("<sip:poisoned@pbx.example.com>"), directory)
    assert answer.status == 200
    elements = list(whole(answer))
    # What would have been dialled stands in a text or an attribute, or the entry was refused.
    assert [one for one in elements if one.tag in {"Dial", "Number"} and one.text == PREMIUM] == []
    asked_for = {"redirect"} & fields.keys()
    assert {one.tag for one in elements} <= {
        *(
            "Response",
            "Dial",
            "Number",
            "Sip",
            "Client",
            "Identity",
            "Parameter",
            "Enqueue",
            "Task",
        ),
        *("Gather", "Record", "Say", "Play", "Hangup"),
        *(["Redirect"] if asked_for or "voicemail" in fields else []),
    }


def test_an_entry_that_allows_a_number_is_what_a_writer_of_the_table_can_do(
    directory: Laptop,
) -> None:
    # The rest risk, stated as a fact: write access to the table is the right to dial.
    directory.entry(PREMIUM, dial=[{"number": PREMIUM}], caller_id="+18005550100")
    answer = send(captured(f"tel:{PREMIUM}"), directory)
    [number] = dial(answer)
    assert number.text == PREMIUM
    assert dial(answer).attrib["timeLimit"] == "14400"


# --- what a stranger costs, and what fails -----------------------------------------------------


def test_a_request_that_is_not_signed_asks_no_table_anything(
    directory: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("read", "open", "add", "conclude"):
        monkeypatch.setattr(
            f"call_transfer.store.Store.{name}", lambda *_, name=name, **__: asked.append(name)
        )
    request = captured()
    bare = {key: text for key, text in request.headers.items() if "Signature" not in key}
    for headers in (bare, {**request.headers, "X-Twilio-Signature": "guessed"}):
        assert send(replace(request, headers=headers), directory).status == 403
    assert asked == []


def a_bug(*_: object, **__: object) -> Any:  # noqa: ANN401 - it returns nothing
    raise RuntimeError(f"what a bug quotes: {TOKENS}")


def failing(laptop: Laptop, *operations: str) -> None:
    """Let these calls of boto3 reach nobody, with a token in what the error quotes."""
    untouched = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - all calls

    def call(self: Any, operation: str, parameters: object) -> Any:  # noqa: ANN401 - botocore's
        if operation in operations:
            raise EndpointConnectionError(endpoint_url=f"https://{ACCOUNT.token}@example.com")
        return untouched(self, operation, parameters)

    laptop.monkeypatch.setattr(BaseClient, "_make_api_call", call)


def no_table(laptop: Laptop) -> None:
    failing(laptop, "BatchGetItem")


def no_record(laptop: Laptop) -> None:
    failing(laptop, "UpdateItem", "TransactWriteItems")


def broken(laptop: Laptop) -> None:
    laptop.monkeypatch.setattr("call_transfer.decision.decide", a_bug)


def twice_broken(laptop: Laptop) -> None:
    broken(laptop)
    laptop.monkeypatch.setattr("call_transfer.reply.rescue", a_bug)


def deaf(laptop: Laptop) -> None:
    laptop.monkeypatch.setattr("call_transfer.telemetry.Telemetry.webhook", a_bug)


def malformed_secret(laptop: Laptop) -> None:
    put_secret(laptop, "{" + f'"{ACCOUNT.sid}": ["{ACCOUNT.token}", "{PASSWORD}"')


def misplaced_token(laptop: Laptop) -> None:
    put_secret(laptop, {ACCOUNT.token: [OTHER.token], "sip:trunk": [PASSWORD]})


def no_secret(laptop: Laptop) -> None:
    put_secret(laptop, {})


def nothing_wrong(_: Laptop) -> None:
    pass


FAILURES: list[Callable[[Laptop], None]] = [
    *(nothing_wrong, no_table, no_record, broken, twice_broken, deaf),
    *(malformed_secret, misplaced_token, no_secret),
]


@pytest.mark.parametrize("fails", FAILURES, ids=lambda fails: str(fails.__name__))
def test_no_token_and_no_password_is_in_a_log_whatever_fails(
    directory: Laptop, fails: Callable[[Laptop], None]
) -> None:
    fails(directory)
    for mode in ("hold", "release"):
        request = captured(B.replace("agentb@", f"agentb:{PASSWORD}@"))
        form = {"CallSid": SESSION, "ReferTransferTarget": B, "From": PASSWORD}
        answers = [
            send(request, directory),
            send(ACCOUNT.request(f"{BASE}/refer/{mode}", form), directory),
            send(Account(ACCOUNT.sid, "guessed").request(f"{BASE}/refer/{mode}", form), directory),
        ]
        for answer in answers:
            # A trunk that is dialled is told its password: that is TwiML, over TLS, to Twilio.
            shown = answer.body.decode().replace(f'password="{PASSWORD}"', "")
            assert not any(token in shown for token in TOKENS)
    out, err = directory.capsys.readouterr()
    assert out
    assert not any(token in out + err for token in TOKENS)


# --- what ships --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lock", ["functions/requirements.txt", "requirements/dev.txt", "requirements/uv.txt"]
)
def test_everything_that_is_installed_is_pinned_and_has_its_hash(lock: str) -> None:
    text = re.sub(r"\\\n\s*", "", (ROOT / lock).read_text())
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,-]+\])?==\S+.*--hash=sha256:[0-9a-f]{64}", line)

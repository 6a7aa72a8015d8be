"""The tokens against a simulated Secrets Manager: how often it is asked, and what is told."""

import base64
import hmac
import json
import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectTimeoutError
from botocore.parsers import ResponseParserError

from call_transfer.errors import NotSigned, TokensUnavailable
from call_transfer.tokens import FRESH_SECONDS, RETRY_SECONDS, STALE_SECONDS, Tokens, authenticate

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SECRET_ID = "refer/tokens"  # noqa: S105 - the name of a secret, no secret
ACCOUNT = "AC" + "a" * 32
OTHER = "AC" + "b" * 32
OLD, NEW = "0123456789abcdefOLD", "0123456789abcdefNEW"
URL = "https://calls.example.com/refer"
FORM = {"AccountSid": [ACCOUNT], "ReferTransferTarget": ["<sip:2@a.example>"]}


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Vault:
    """One secret, the client that reads it, and the count of its calls that left the client."""

    def __init__(self, client: "SecretsManagerClient") -> None:
        self.client = client
        self.calls = 0
        self.outage: Exception | None = None
        client.meta.events.register("before-send.secretsmanager.GetSecretValue", self._send)

    def _send(self, **_: object) -> None:
        self.calls += 1
        if self.outage is not None:
            raise self.outage

    def write(self, document: Mapping[str, object] | str) -> None:
        text = document if isinstance(document, str) else json.dumps(document)
        self.client.put_secret_value(SecretId=SECRET_ID, SecretString=text)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def vault(aws: None, monkeypatch: pytest.MonkeyPatch) -> Vault:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    once = Config(retries={"total_max_attempts": 1})  # what is counted is ours, not botocore's
    client = boto3.client("secretsmanager", config=once)
    client.create_secret(Name=SECRET_ID)
    return Vault(client)


@pytest.fixture
def tokens(vault: Vault, clock: Clock) -> Tokens:
    vault.write({ACCOUNT: [OLD], OTHER: ["b-token"]})
    return Tokens(secret_id=SECRET_ID, client=vault.client, clock=clock)


def down() -> Exception:
    return ConnectTimeoutError(endpoint_url="https://secretsmanager.example")


def sign(token: str, form: Mapping[str, Sequence[str]] = FORM) -> str:
    text = URL + "".join(name + value for name in sorted(form) for value in form[name])
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def check(tokens: Tokens, signature: str | None, account_sid: str | None = ACCOUNT) -> None:
    authenticate(url=URL, params=FORM, signature=signature, account_sid=account_sid, tokens=tokens)


def reason(tokens: Tokens, signature: str | None, account_sid: str | None = ACCOUNT) -> str:
    with pytest.raises(NotSigned) as caught:
        check(tokens, signature, account_sid)
    return caught.value.reason


def test_tokens_of_an_account_are_read_once_in_five_minutes(
    tokens: Tokens, vault: Vault, clock: Clock
) -> None:
    assert tokens.for_account(ACCOUNT) == (OLD,)
    clock.seconds += FRESH_SECONDS
    assert tokens.for_account(OTHER) == ("b-token",)
    assert vault.calls == 1
    clock.seconds += 1
    assert tokens.for_account(ACCOUNT) == (OLD,)
    assert vault.calls == 2


def test_what_was_forgotten_is_read_again(tokens: Tokens, vault: Vault) -> None:
    check(tokens, sign(OLD))
    vault.write({ACCOUNT: [NEW]})
    tokens.forget()
    assert tokens.for_account(ACCOUNT) == (NEW,)
    assert vault.calls == 2


def test_a_problem_is_forgotten_and_with_it_the_wait(tokens: Tokens, vault: Vault) -> None:
    vault.outage = down()
    with pytest.raises(TokensUnavailable):
        tokens.for_account(ACCOUNT)
    vault.outage = None
    tokens.forget()
    assert tokens.problem == ""
    check(tokens, sign(OLD))


def test_nothing_is_read_when_tokens_are_constructed(tokens: Tokens, vault: Vault) -> None:
    assert (vault.calls, tokens.problem) == (0, "")


def test_request_signed_with_any_held_token_is_authentic(tokens: Tokens, vault: Vault) -> None:
    vault.write({ACCOUNT: [NEW, OLD]})
    check(tokens, sign(OLD))
    check(tokens, sign(NEW))
    assert vault.calls == 1


def test_request_signed_by_another_account_is_refused(tokens: Tokens) -> None:
    assert "matches no token" in reason(tokens, sign("b-token"))


def test_rotated_token_is_accepted_within_the_life_of_the_cache(
    tokens: Tokens, vault: Vault
) -> None:
    check(tokens, sign(OLD))
    vault.write({ACCOUNT: [NEW]})
    check(tokens, sign(NEW))
    assert vault.calls == 2
    assert "matches no token" in reason(tokens, sign(OLD))


@pytest.mark.parametrize(
    ("signature", "account_sid", "words"),
    [
        (None, ACCOUNT, "no X-Twilio-Signature"),
        ("", ACCOUNT, "no X-Twilio-Signature"),
        ("x", None, "no AccountSid"),
        ("x", "", "no AccountSid"),
        ("x", "AC1", "no account SID"),
        ("x", ACCOUNT + "\n", "no account SID"),
        ("x", "AC" + "\u0661" * 32, "no account SID"),
    ],
)
def test_request_without_what_a_check_needs_is_refused_without_a_call(
    tokens: Tokens, vault: Vault, signature: str | None, account_sid: str | None, words: str
) -> None:
    assert words in reason(tokens, signature, account_sid)
    assert vault.calls == 0


@pytest.mark.parametrize("account_sid", ["", "AC1", "x" * 100_000, ACCOUNT + "\n"])
def test_text_that_is_no_account_sid_has_no_tokens_and_costs_no_call(
    tokens: Tokens, vault: Vault, account_sid: str
) -> None:
    assert tokens.for_account(account_sid) == ()
    assert tokens.refetched(account_sid) is None
    assert vault.calls == 0


def test_garbage_for_one_account_causes_one_refetch_in_thirty_seconds(
    tokens: Tokens, vault: Vault, clock: Clock
) -> None:
    for _ in range(100):
        reason(tokens, "garbage")
    assert vault.calls == 2
    clock.seconds += RETRY_SECONDS - 1
    assert tokens.refetched(ACCOUNT) is None
    clock.seconds += 1
    assert tokens.refetched(ACCOUNT) == (OLD,)
    assert vault.calls == 3


def test_garbage_for_one_account_does_not_delay_the_rotation_of_another(
    tokens: Tokens, vault: Vault
) -> None:
    reason(tokens, "garbage", OTHER)
    vault.write({ACCOUNT: [NEW]})
    check(tokens, sign(NEW))
    assert vault.calls == 3


def test_flood_of_unknown_accounts_shares_one_refetch_and_is_not_remembered(
    tokens: Tokens, vault: Vault
) -> None:
    reason(tokens, "garbage")
    for number in range(1000):
        assert "fill it" in reason(tokens, "garbage", f"AC{number:032x}")
    assert vault.calls == 3
    assert set(tokens._next_refetch) == {ACCOUNT, ""}  # noqa: SLF001 - memory has no public face


def test_account_added_to_the_secret_is_found_by_the_refetch(tokens: Tokens, vault: Vault) -> None:
    vault.write({OTHER: ["b-token"]})
    assert tokens.for_account(ACCOUNT) == ()
    vault.write({ACCOUNT: [NEW], OTHER: ["b-token"]})
    check(tokens, sign(NEW))


def test_refetch_asked_for_before_any_read_counts_as_a_stranger(
    tokens: Tokens, vault: Vault
) -> None:
    assert tokens.refetched(ACCOUNT) == (OLD,)
    assert vault.calls == 1


def test_outage_with_nothing_held_is_tokens_unavailable_and_retried_after_a_second(
    tokens: Tokens, vault: Vault, clock: Clock
) -> None:
    vault.outage = down()
    for _ in range(10):
        with pytest.raises(TokensUnavailable, match="Secrets Manager: ConnectTimeoutError"):
            tokens.for_account(ACCOUNT)
    assert vault.calls == 1
    vault.outage = None
    clock.seconds += 1
    assert tokens.for_account(ACCOUNT) == (OLD,)


def test_outage_after_a_good_read_serves_the_last_good_value_for_a_day(
    tokens: Tokens, vault: Vault, clock: Clock
) -> None:
    check(tokens, sign(OLD))
    vault.outage = down()
    clock.seconds += STALE_SECONDS
    check(tokens, sign(OLD))
    assert tokens.problem == "Secrets Manager: ConnectTimeoutError"
    clock.seconds += 1
    with pytest.raises(TokensUnavailable):
        check(tokens, sign(OLD))


def test_outage_on_the_refetch_refuses_the_request_but_serves_the_next(
    tokens: Tokens, vault: Vault
) -> None:
    check(tokens, sign(OLD))
    vault.outage = down()
    assert "matches no token" in reason(tokens, "garbage")
    check(tokens, sign(OLD))


def test_outage_costs_one_attempt_in_thirty_seconds_and_ends_by_itself(
    tokens: Tokens, vault: Vault, clock: Clock
) -> None:
    check(tokens, sign(OLD))
    vault.outage = down()
    clock.seconds += FRESH_SECONDS + 1
    before = vault.calls
    for _ in range(100):
        check(tokens, sign(OLD))
        reason(tokens, "garbage")
    assert vault.calls - before == 1
    vault.outage = None
    vault.write({ACCOUNT: [NEW]})
    clock.seconds += RETRY_SECONDS
    assert tokens.for_account(ACCOUNT) == (NEW,)
    assert tokens.problem == ""


@pytest.mark.parametrize(
    "trouble", [ResponseParserError("x"), RuntimeError("no thread"), KeyError()]
)
def test_whatever_goes_wrong_in_a_read_the_last_good_value_is_served(
    tokens: Tokens, vault: Vault, clock: Clock, trouble: Exception
) -> None:
    check(tokens, sign(OLD))
    vault.outage = trouble
    clock.seconds += FRESH_SECONDS + 1
    check(tokens, sign(OLD))
    assert tokens.problem.startswith("Secrets Manager: ")
    vault.outage = None
    tokens.ask_again()
    check(tokens, sign(OLD))
    assert tokens.problem == ""


def test_denied_access_is_an_outage_with_its_code(
    tokens: Tokens, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = vault.client.exceptions.ClientError(
        {"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetSecretValue"
    )

    def refuse(**_: object) -> None:
        raise error

    monkeypatch.setattr(vault.client, "get_secret_value", refuse)
    with pytest.raises(TokensUnavailable, match="Secrets Manager: AccessDeniedException"):
        tokens.for_account(ACCOUNT)


@pytest.mark.parametrize("document", ["{}", " ", "\n", f'{{"{ACCOUNT}": []}}'])
def test_empty_secret_has_no_token_for_anyone(tokens: Tokens, vault: Vault, document: str) -> None:
    vault.write(document)
    assert "fill it" in reason(tokens, sign(OLD))


def test_secret_that_was_created_and_never_filled_has_no_token_for_anyone(
    vault: Vault, clock: Clock
) -> None:
    vault.client.create_secret(Name="new")
    tokens = Tokens(secret_id="new", client=vault.client, clock=clock)  # noqa: S106 - a name
    for _ in range(100):
        assert "fill it" in reason(tokens, sign(OLD))
    assert vault.calls == 1
    assert tokens.problem == "Secrets Manager: ResourceNotFoundException"
    vault.client.put_secret_value(SecretId="new", SecretString=json.dumps({ACCOUNT: [OLD]}))
    clock.seconds += RETRY_SECONDS
    check(tokens, sign(OLD))


def test_deleted_secret_ends_what_was_held(tokens: Tokens, vault: Vault, clock: Clock) -> None:
    check(tokens, sign(OLD))
    vault.client.delete_secret(SecretId=SECRET_ID, ForceDeleteWithoutRecovery=True)
    clock.seconds += FRESH_SECONDS + 1
    assert "fill it" in reason(tokens, sign(OLD))


LEAK = "s3cr3tT0k3n"
MALFORMED: list[tuple[str, str]] = [
    (f'{{"{ACCOUNT}": ["{LEAK}"', "not JSON"),
    (LEAK, "not JSON"),
    ("[" * 100_000, "not JSON"),
    (f'["{LEAK}"]', "no JSON object"),
    (f'"{LEAK}"', "no JSON object"),
    (f'{{"{LEAK}": ["{LEAK}"]}}', "entry 1 of the secret is no account SID"),
    (f'{{"{ACCOUNT}": "{LEAK}"}}', f'{ACCOUNT} has no list of tokens in the secret: write ["to'),
    (f'{{"{ACCOUNT}": {{"{LEAK}": 1}}}}', "has no list of tokens"),
    (f'{{"{ACCOUNT}": ["ok", " {LEAK}"]}}', f"token 2 of {ACCOUNT}"),
    (f'{{"{ACCOUNT}": ["{LEAK}\\n"]}}', f"token 1 of {ACCOUNT}"),
    (f'{{"{ACCOUNT}": ["{LEAK}", ""]}}', f"token 2 of {ACCOUNT}"),
    (f'{{"{ACCOUNT}": ["{LEAK}", null]}}', f"token 2 of {ACCOUNT}"),
    (f'{{"sip:trunk-a": "{LEAK}"}}', 'sip:trunk-a in the secret must be ["user", "password"]'),
    (f'{{"sip:trunk-a": ["{LEAK}"]}}', 'sip:trunk-a in the secret must be ["user", "password"]'),
    (f'{{"sip:trunk-a": ["a", "{LEAK}", "b"]}}', 'must be ["user", "password"]'),
    (f'{{"sip:trunk-a": ["", "{LEAK}"]}}', 'must be ["user", "password"]'),
    (f'{{"sip:trunk-a": [7, "{LEAK}"]}}', 'must be ["user", "password"]'),
    (f'{{"sip:trunk-a": {{"user": "{LEAK}"}}}}', 'must be ["user", "password"]'),
    (f'{{"sip:alice:{LEAK}@trunk.example": ["a", "b"]}}', "entry 1 of the secret is no account"),
    (f'{{"sip:alice:{LEAK}@trunk.example": "x"}}', "no account SID, nor sip:name"),
    ('{"sip:": ["a", "b"]}', "no account SID, nor sip:name"),
]


@pytest.mark.parametrize(("document", "words"), MALFORMED)
def test_malformed_secret_is_unavailable_at_once_and_never_quoted(
    tokens: Tokens, vault: Vault, document: str, words: str
) -> None:
    vault.write(document)
    with pytest.raises(TokensUnavailable) as caught:
        check(tokens, sign(OLD))
    assert words in caught.value.reason
    assert tokens.problem == caught.value.reason
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert LEAK not in told(caught.value) + repr(tokens)


def test_users_of_trunks_stand_beside_the_tokens(tokens: Tokens, vault: Vault) -> None:
    vault.write({ACCOUNT: [OLD], "sip:trunk-a": ["alice", "p w"], "sip:b.1_2": ["bob", "x"]})
    assert tokens.credentials("trunk-a") == ("alice", "p w")
    assert tokens.credentials("b.1_2") == ("bob", "x")
    check(tokens, sign(OLD))
    assert vault.calls == 1


@pytest.mark.parametrize("name", ["trunk-b", "", "sip:trunk-a", "TRUNK-A"])
def test_a_trunk_that_is_not_in_the_secret_has_no_user(
    tokens: Tokens, vault: Vault, name: str
) -> None:
    vault.write({ACCOUNT: [OLD], "sip:trunk-a": ["alice", "hunter2"]})
    assert tokens.credentials(name) is None


def test_an_account_is_no_trunk_and_a_trunk_no_account(tokens: Tokens, vault: Vault) -> None:
    vault.write({ACCOUNT: ["first", "second"], "sip:trunk-a": ["alice", "hunter2"]})
    assert tokens.credentials(ACCOUNT) is None
    assert tokens.for_account("sip:trunk-a") == ()


def test_the_users_of_trunks_are_served_through_an_outage_as_the_tokens_are(
    tokens: Tokens, vault: Vault, clock: Clock
) -> None:
    vault.write({"sip:trunk-a": ["alice", "hunter2"]})
    assert tokens.credentials("trunk-a") == ("alice", "hunter2")
    vault.outage = down()
    clock.seconds += STALE_SECONDS
    assert tokens.credentials("trunk-a") == ("alice", "hunter2")
    clock.seconds += 1
    with pytest.raises(TokensUnavailable):
        tokens.credentials("trunk-a")


def test_binary_secret_is_unavailable(tokens: Tokens, vault: Vault) -> None:
    vault.client.put_secret_value(SecretId=SECRET_ID, SecretBinary=b"{}")
    with pytest.raises(TokensUnavailable, match="store it as text"):
        tokens.for_account(ACCOUNT)


def test_malformed_secret_is_not_papered_over_by_the_last_good_value(
    tokens: Tokens, vault: Vault, clock: Clock
) -> None:
    check(tokens, sign(OLD))
    vault.write("{")
    clock.seconds += FRESH_SECONDS + 1
    for _ in range(100):
        with pytest.raises(TokensUnavailable):
            check(tokens, sign(OLD))
    assert vault.calls == 2
    vault.write({ACCOUNT: [OLD]})
    clock.seconds += RETRY_SECONDS
    check(tokens, sign(OLD))


def test_refusal_never_tells_the_tokens_not_even_to_a_tracker_that_records_locals(
    tokens: Tokens, vault: Vault
) -> None:
    vault.write({ACCOUNT: [LEAK, LEAK + "2"]})
    check(tokens, sign(LEAK))
    for signature, account_sid in [("x", ACCOUNT), ("x", "AC" + "c" * 32), (None, ACCOUNT)]:
        with pytest.raises(NotSigned) as caught:
            check(tokens, signature, account_sid)
        assert LEAK not in told(caught.value)
    vault.outage = down()
    with pytest.raises(TokensUnavailable) as unavailable:
        Tokens(secret_id=SECRET_ID, client=vault.client).for_account(ACCOUNT)
    assert LEAK not in told(unavailable.value)
    assert repr(tokens) == str(tokens) == f"Tokens(secret_id='{SECRET_ID}')"


def told(error: Exception) -> str:
    """Return all that an error tells of itself and of our frames: text, evidence, locals."""
    record: Any = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in record.stack if "/call_transfer/" in frame.filename]
    assert frames
    return "".join(
        [*traceback.format_exception(error), repr(error), repr(vars(error))]
        + [repr(frame.locals) for frame in frames]
    )

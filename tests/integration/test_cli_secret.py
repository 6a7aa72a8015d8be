"""`refer secret` over moto's Secrets Manager and a Twilio on this machine."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import click
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from gateway.stack import ROOT
from refer_cli import twilio_api
from refer_cli.main import main
from refer_cli.secret.document import KEPT, Document, fingerprint
from refer_cli.secret.store import Secret, Version
from refer_cli.signed.deployed import held
from twilio_api import SILENCE, TwilioApi, error

SID, OTHER = "AC" + "a" * 32, "AC" + "b" * 32
TOKEN, OLD, OLDER, OLDEST = "1" * 32, "2" * 32, "3" * 32, "4" * 32
PASSWORD = "password-of-the-trunk"  # noqa: S105 - it opens nothing
ALL = (TOKEN, OLD, OLDER, OLDEST, PASSWORD)
HELD = {OTHER: [OLD], "sip:trunk-a": ["user", PASSWORD]}
PRINT = {token: fingerprint(token) for token in ALL}


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioApi]:
    monkeypatch.delenv("TWILIO_ACCOUNT_SID", raising=False)
    monkeypatch.delenv("TWILIO_AUTH_TOKEN", raising=False)
    monkeypatch.setattr(twilio_api, "WAITS", (0.0, 0.0))
    monkeypatch.setattr(twilio_api, "SECONDS", 0.3)
    with TwilioApi() as server:
        server.account(SID, TOKEN)
        monkeypatch.setenv("REFER_TWILIO_API", server.url)
        yield server


@pytest.fixture
def secret(aws: None, twilio: TwilioApi, monkeypatch: pytest.MonkeyPatch) -> str:
    arn: str = boto3.client("secretsmanager").create_secret(
        Name="tokens", SecretString=json.dumps(HELD)
    )["ARN"]
    monkeypatch.setenv("TOKENS_SECRET", arn)
    return arn


def run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(main, ["secret", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert not [one for one in ALL if one in result.output]
    return result


def text() -> str:
    # moto's default is the version that was put last, AWS's is this one.
    answer = boto3.client("secretsmanager").get_secret_value(
        SecretId="tokens", VersionStage="AWSCURRENT"
    )
    stored: str = answer["SecretString"]
    return stored


def stored() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(text())
    return found


def put(content: object) -> None:
    said = content if isinstance(content, str) else json.dumps(content)
    boto3.client("secretsmanager").put_secret_value(SecretId="tokens", SecretString=said)


def labels() -> list[list[str]]:
    answer = boto3.client("secretsmanager").describe_secret(SecretId="tokens")
    return sorted(sorted(one) for one in answer["VersionIdsToStages"].values() if one)


def before_write(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    write = Secret.write

    def later(self: Secret, document: Document, seen: Version) -> bool:
        act()
        return write(self, document, seen)

    monkeypatch.setattr(Secret, "write", later)


def test_a_token_is_typed_unseen_and_merged_into_what_is_there(secret: str) -> None:
    put(HELD | {SID: [OLD, OLDER]})
    result = run("set", stdin=f"{SID}\n{TOKEN}\n")
    assert result.exit_code == 0
    assert stored() == HELD | {SID: [TOKEN, OLD, OLDER]}
    assert result.stdout == (
        f"{SID}: the first token is {PRINT[TOKEN]} (new), behind it {PRINT[OLD]}, {PRINT[OLDER]}.\n"
    )
    assert (
        f"{SID} at Twilio: {PRINT[TOKEN]} is the primary token: Twilio signs with it."
        in result.stderr
    )
    assert f"The secret {secret} is changed:" in result.stderr
    assert labels() == [["AWSCURRENT", "REFER_WRITING"], ["AWSPREVIOUS"]]


def test_what_was_written_is_read_by_the_deployed_code(secret: str) -> None:
    run("set", "--account-sid", SID, "--stdin", stdin=TOKEN)
    tokens = held(text())
    assert tokens.for_account(SID) == (TOKEN,)
    assert tokens.for_account(OTHER) == (OLD,)
    assert tokens.credentials("trunk-a") == ("user", PASSWORD)


def test_a_token_comes_from_stdin_or_the_environment(
    secret: str, twilio: TwilioApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("set", "--account-sid", SID, "--stdin", stdin=f"{TOKEN}\r\n").exit_code == 0
    twilio.account(OTHER, OLDER)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", OTHER)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", OLDER)
    result = run("set")
    assert (result.exit_code, stored()) == (0, HELD | {OTHER: [OLDER, OLD], SID: [TOKEN]})
    assert "The token is that of TWILIO_AUTH_TOKEN." in result.stderr


def test_the_variable_of_another_account_is_not_taken_for_this_one(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", OTHER)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", OLDER)
    assert run("set", "--account-sid", SID, stdin=f"{TOKEN}\n").exit_code == 0
    assert stored() == HELD | {SID: [TOKEN]}


def test_an_empty_variable_is_no_token(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "")
    assert run("set", "--account-sid", SID, stdin=f"{TOKEN}\n").exit_code == 0
    assert stored() == HELD | {SID: [TOKEN]}


def test_three_tokens_are_kept_and_only_keeps_one(secret: str) -> None:
    put({SID: [OLD, OLDER, OLDEST]})
    result = run("set", "--account-sid", SID, "--stdin", stdin=TOKEN)
    assert stored() == {SID: [TOKEN, OLD, OLDER]}
    assert f"No longer accepted: {PRINT[OLDEST]}." in result.stdout
    assert run("set", "--account-sid", SID, "--stdin", "--only", stdin=TOKEN).exit_code == 0
    assert stored() == {SID: [TOKEN]}


def test_a_token_that_is_first_already_is_not_written_again(secret: str) -> None:
    put({SID: [TOKEN, OLD]})
    before = labels()
    result = run("set", "--account-sid", SID, "--stdin", stdin=TOKEN)
    assert (result.exit_code, result.stdout) == (
        0,
        "Nothing to change: the secret says so already.\n",
    )
    assert labels() == before


def test_a_secondary_token_becomes_the_second_one(secret: str, twilio: TwilioApi) -> None:
    put({SID: [TOKEN, OLD]})
    twilio.accounts[SID].secondary = OLDER
    result = run("set", "--account-sid", SID, "--stdin", stdin=OLDER)
    assert stored() == {SID: [TOKEN, OLDER, OLD]}
    assert "is a secondary token: Twilio takes it, and does not sign" in result.stderr


def test_a_secondary_token_is_not_made_the_only_one(secret: str, twilio: TwilioApi) -> None:
    put({SID: [TOKEN]})
    twilio.accounts[SID].secondary = OLDER
    result = run("set", "--account-sid", SID, "--stdin", "--only", stdin=OLDER)
    assert (result.exit_code, stored()) == (1, {SID: [TOKEN]})
    assert "--only would drop the token that Twilio signs with" in result.stderr


def test_where_twilio_does_not_tell_the_primary_token_the_new_one_is_first(
    secret: str, twilio: TwilioApi
) -> None:
    twilio.account(SID, TOKEN, shows_token=False)
    result = run("set", "--account-sid", SID, "--stdin", stdin=TOKEN)
    assert stored() == HELD | {SID: [TOKEN]}
    assert "accepted; Twilio does not tell here whether it signs with it" in result.stderr


def test_a_token_that_twilio_does_not_take_is_not_written(secret: str) -> None:
    result = run("set", "--account-sid", SID, "--stdin", stdin=OLDEST)
    assert (result.exit_code, stored()) == (1, HELD)
    assert f"Twilio does not take this token ({PRINT[OLDEST]}) for {SID}." in result.stderr


FAILURES = {
    "403": ([error(403)], "Twilio does not permit this (20403)"),
    "404": ([error(404)], "Twilio knows nothing of that name in this account (20404)."),
    "429": ([error(429)] * 3, "too many requests of this account (20429), tried three times"),
    "500": ([error(500)] * 3, "Twilio failed (20500); try again in a while"),
    "400": ([error(400, f"no {OLDEST} here", 21001)], "no (32 digits left out) here (21001, https"),
    "no JSON": ([(200, "<html>")], "what answers is not Twilio's API"),
    "silence": ([SILENCE], "Twilio has not answered within"),
}


@pytest.mark.parametrize(("answers", "said"), FAILURES.values(), ids=FAILURES)
def test_when_twilio_cannot_be_asked_nothing_is_written(
    secret: str, twilio: TwilioApi, answers: list[Any], said: str
) -> None:
    twilio.fails("GET", "/2010-04-01/Accounts", *answers)
    result = run("set", "--account-sid", SID, "--stdin", stdin=TOKEN)
    assert (result.exit_code, stored()) == (2, HELD)
    assert f"the account {SID}: " in result.stderr
    assert said in result.stderr


def test_a_twilio_that_is_not_there_is_said_to_be(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TwilioApi() as gone:
        monkeypatch.setenv("REFER_TWILIO_API", gone.url)
    result = run("set", "--account-sid", SID, "--stdin", stdin=TOKEN)
    assert (result.exit_code, stored()) == (2, HELD)
    assert "Twilio cannot be reached" in result.stderr


def test_a_few_failures_are_waited_out(secret: str, twilio: TwilioApi) -> None:
    twilio.fails("GET", "/2010-04-01/Accounts", error(429), error(503))
    assert run("set", "--account-sid", SID, "--stdin", stdin=TOKEN).exit_code == 0
    assert len(twilio.requests) == 3


def test_no_check_asks_nobody(secret: str, twilio: TwilioApi) -> None:
    result = run("set", "--account-sid", SID, "--stdin", "--no-check", stdin=OLDEST)
    assert (result.exit_code, stored()) == (0, HELD | {SID: [OLDEST]})
    assert twilio.requests == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "there is no line for the auth token"),
        (SID, "that is an account SID, not a token"),
        ("SK" + "f" * 32, "that is the SID of an API key"),
        (TOKEN[:-1], "this has 31 characters"),
        (f"{TOKEN[:-1]}g", "this has 32 characters"),
    ],
)
def test_what_is_no_token_is_not_sent_anywhere(
    secret: str, twilio: TwilioApi, typed: str, said: str
) -> None:
    result = run("set", "--account-sid", SID, "--stdin", stdin=typed)
    assert (result.exit_code, stored()) == (2, HELD)
    assert said in result.stderr
    assert twilio.requests == []


@pytest.mark.parametrize(
    "arguments",
    [
        (TOKEN,),
        ("set", TOKEN),
        ("set", f"--token={TOKEN}"),
        ("set", "--account-sid", TOKEN),
        ("set", "--sip", TOKEN),
        ("set", "--secret-id", TOKEN),
        ("set", "--config-env", TOKEN),
        ("show", TOKEN),
        ("remove", TOKEN),
    ],
)
def test_a_token_on_the_command_line_is_refused_and_not_repeated(
    secret: str, arguments: tuple[str, ...]
) -> None:
    assert run(*arguments).exit_code == 2
    assert stored() == HELD


@pytest.mark.parametrize(
    "arguments",
    [
        ("set", "--stdin"),
        ("set", "--sip", "trunk-b", "--only"),
        ("set", "--sip", "trunk b", "--stdin"),
        ("set", "--sip", "trunk-b", "--stdin"),
        ("remove", "sip:trunk-a", "--older"),
    ],
)
def test_options_that_do_not_go_together_are_a_usage_error(
    secret: str, arguments: tuple[str, ...]
) -> None:
    assert run(*arguments, stdin="user\n").exit_code == 2
    assert stored() == HELD


def test_an_account_variable_that_holds_no_account_is_said(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", OLDEST)
    result = run("set", stdin=f"{TOKEN}\n")
    assert (result.exit_code, stored()) == (2, HELD)
    assert "TWILIO_ACCOUNT_SID holds no account SID" in result.stderr


def test_a_sip_user_is_added_and_replaced(secret: str, twilio: TwilioApi) -> None:
    added = run("set", "--sip", "trunk-b", stdin=f"bob\n{PASSWORD}\n{PASSWORD}\n")
    assert (added.exit_code, added.stdout) == (0, "sip:trunk-b: added.\n")
    replaced = run("set", "--sip", "sip:trunk-a", "--stdin", stdin=f"alice\n{OLD}\n")
    assert (replaced.exit_code, replaced.stdout) == (
        0,
        "sip:trunk-a: user and password replaced.\n",
    )
    assert stored() == HELD | {"sip:trunk-a": ["alice", OLD], "sip:trunk-b": ["bob", PASSWORD]}
    assert twilio.requests == []


def test_a_password_of_control_characters_is_refused(secret: str) -> None:
    result = run("set", "--sip", "trunk-b", "--stdin", stdin="bob\n\x1b[2J\n")
    assert (result.exit_code, stored()) == (2, HELD)


def test_what_somebody_else_writes_meanwhile_is_not_overwritten(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_write(monkeypatch, lambda: put({OTHER: [OLDEST]}))
    result = run("set", "--account-sid", SID, "--stdin", stdin=TOKEN)
    assert (result.exit_code, stored()) == (1, {OTHER: [OLDEST]})
    assert "somebody else changed the secret at the same moment" in result.stderr
    assert labels() == [["AWSCURRENT"], ["AWSPREVIOUS"]]


class SentTwice:
    """A client of Secrets Manager whose answer to moving a label got lost, and was asked again."""

    def __init__(self) -> None:
        self._client = boto3.client("secretsmanager")

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - boto3's
        return getattr(self._client, name)

    def update_secret_version_stage(self, **asked: str) -> Any:  # noqa: ANN401 - boto3's
        self._client.update_secret_version_stage(**asked)
        return self._client.update_secret_version_stage(**asked)


def test_a_write_that_was_sent_twice_is_no_conflict(secret: str) -> None:
    one = Secret(SentTwice(), secret)  # type: ignore[arg-type] # it is one for these methods
    assert one.write(Document({SID: (TOKEN,)}), one.read()) is True
    assert stored() == {SID: [TOKEN]}


def test_two_who_fill_an_empty_secret_do_not_overwrite_each_other(aws: None) -> None:
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="tokens")["ARN"]
    one = Secret(client, arn)
    seen = one.read()
    assert (seen.id, seen.text) == ("", "")
    assert one.write(Document({SID: (TOKEN,)}), seen) is True
    assert one.write(Document({SID: (OLD,)}), seen) is False
    assert stored() == {SID: [TOKEN]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "the secret is not JSON"),
        ("[]", "the secret is no JSON object"),
        ({SID: TOKEN}, f"{SID} has no list of tokens in the secret"),
        ({TOKEN: [SID]}, "the name of entry 1 of the secret is no account SID, nor sip:name"),
        ({"sip:a": ["user"]}, 'sip:a in the secret must be ["user", "password"]'),
    ],
)
def test_a_secret_that_the_functions_cannot_read_is_left_alone(
    secret: str, content: object, said: str
) -> None:
    put(content)
    before = text()
    for command in (
        ("set", "--account-sid", SID, "--stdin"),
        ("set", "--sip", "a", "--stdin"),
        ("remove", SID, "--yes"),
        ("show",),
    ):
        result = run(*command, stdin=TOKEN)
        assert result.exit_code == 1
        assert said in result.stderr
    assert text() == before


def test_a_binary_secret_is_said_to_be_one(secret: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId="tokens", SecretBinary=b"\xff")
    assert "the secret is binary: store it as text" in run("show").stderr


def test_show_names_tokens_by_fingerprint_and_masks_users(secret: str) -> None:
    put(HELD | {SID: [TOKEN, OLD]})
    result = run("show")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-3:] == [
        f"{OTHER}  1 token: {PRINT[OLD]}",
        f"{SID}  2 tokens: {PRINT[TOKEN]}, {PRINT[OLD]}",
        "sip:trunk-a  user u…",
    ]
    told = json.loads(run("show", "--json").stdout)
    assert told["accounts"] == {OTHER: [PRINT[OLD]], SID: [PRINT[TOKEN], PRINT[OLD]]}
    assert told["trunks"] == {"sip:trunk-a": "u…"}
    assert (told["secret"], told["problem"]) == (secret, "")
    assert told["changed"] == told["written"]


def test_show_says_that_nobody_is_accepted(secret: str) -> None:
    put({})
    result = run("show")
    assert result.exit_code == 1
    assert "It holds no token: every request is refused (403)." in result.stderr
    put({SID: []})
    listed = run("show")
    assert f"{SID}  0 tokens: every request of it is refused (403)" in listed.stdout
    assert "It holds no token: every request is refused (403)." in listed.stderr
    assert listed.exit_code == 1


def test_remove_asks_and_removes(secret: str) -> None:
    assert run("remove", OTHER, stdin="n\n").exit_code == 1
    assert stored() == HELD
    result = run("remove", OTHER, stdin="y\n")
    assert (result.exit_code, stored()) == (0, {"sip:trunk-a": HELD["sip:trunk-a"]})
    assert "All its requests are then refused (403)" in result.stderr
    assert result.stdout == f"{OTHER}: removed. No longer accepted: {PRINT[OLD]}.\n"
    assert run("remove", "sip:trunk-a", "--yes").stdout == "sip:trunk-a: removed.\n"
    assert stored() == {}


def test_remove_of_the_older_tokens_keeps_the_first(secret: str) -> None:
    put(HELD | {SID: [TOKEN, OLD, OLDER]})
    result = run("remove", SID, "--older", stdin="y\n")
    assert (result.exit_code, stored()) == (0, HELD | {SID: [TOKEN]})
    assert f"Remove {PRINT[OLD]}, {PRINT[OLDER]} of {SID}, and keep {PRINT[TOKEN]}?" in (
        result.stderr
    )


def test_the_token_that_twilio_signs_with_is_not_removed_as_an_older_one(
    secret: str, twilio: TwilioApi
) -> None:
    twilio.accounts[SID].secondary = OLDER
    for first in (OLD, OLDER):
        put({SID: [first, TOKEN]})
        result = run("remove", SID, "--older", "--yes")
        assert (result.exit_code, stored()) == (1, {SID: [first, TOKEN]})
        assert f"Twilio does not sign with the first token ({PRINT[first]})" in result.stderr
    assert run("remove", SID, "--older", "--yes", "--no-check").exit_code == 0
    assert stored() == {SID: [OLDER]}


def test_remove_takes_nothing_that_came_after_the_question(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put({SID: [TOKEN, OLD]})

    def answered(*_: object, **__: object) -> None:
        put({SID: [TOKEN, OLDER, OLD]})

    monkeypatch.setattr("refer_cli.secret.removing.click.confirm", answered)
    result = run("remove", SID, "--older")
    assert (result.exit_code, stored()) == (1, {SID: [TOKEN, OLDER, OLD]})
    assert "somebody else changed the secret at the same moment" in result.stderr


def test_remove_of_what_is_not_there_says_so(secret: str) -> None:
    result = run("remove", SID, "--yes")
    assert (result.exit_code, result.stderr) == (1, f"Error: the secret has no entry {SID}.\n")


def test_ctrl_c_ends_with_130(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    before_write(monkeypatch, interrupted)
    assert run("set", "--account-sid", SID, "--stdin", stdin=TOKEN).exit_code == 130
    assert stored() == HELD


def test_the_secret_is_that_of_the_deployed_stack_when_nobody_names_one(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOKENS_SECRET")
    assert "there is no stack sip-refer-transfer" in run("show").stderr
    for stack, outputs in (
        ("sip-refer-transfer-prod", {"TokensSecret": {"Value": secret}}),
        ("sip-refer-transfer-staging", {"Other": {"Value": "x"}}),
    ):
        template = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}
        boto3.client("cloudformation").create_stack(
            StackName=stack, TemplateBody=json.dumps(template)
        )
    assert run("show", "--config-env", "prod").exit_code == 0
    # The stack that is named goes before a variable that a shell was left with.
    monkeypatch.setenv("TOKENS_SECRET", "another")
    assert run("show", "--config-env", "prod").stdout.splitlines()[0] == secret
    assert "the secret another: " in run("show").stderr
    named = run("show", "--config-env", "prod", "--secret-id", "third")
    assert "the secret third: " in named.stderr
    monkeypatch.delenv("TOKENS_SECRET")
    lacking = run("show", "--config-env", "staging")
    assert lacking.exit_code == 2
    assert "has no output TokensSecret: give --secret-id" in lacking.stderr
    elsewhere = run("show", "--samconfig", "nowhere.toml")
    assert elsewhere.exit_code == 2
    assert "--secret-id NAME, or TOKENS_SECRET" in elsewhere.stderr


def test_a_secret_that_is_not_there_or_marked_for_deletion_is_said_to_be(secret: str) -> None:
    result = run("show", "--secret-id", "nowhere")
    assert result.exit_code == 2
    assert "the secret nowhere: there is no such secret." in result.stderr
    boto3.client("secretsmanager").delete_secret(SecretId="tokens")
    assert "it is marked for deletion" in run("show").stderr


def test_that_a_permission_is_missing_is_said(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied() -> None:
        said = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
        raise ClientError(said, "PutSecretValue")  # type: ignore[arg-type] # botocore's own shape

    class Denied(SentTwice):
        def put_secret_value(self, **_: object) -> None:
            denied()

    monkeypatch.setattr(
        "refer_cli.secret.where.Secret",
        lambda _client, name: Secret(Denied(), name),  # type: ignore[arg-type] # it is one for these methods
    )
    result = run("set", "--account-sid", SID, "--stdin", stdin=TOKEN)
    assert (result.exit_code, stored()) == (2, HELD)
    assert "and to change it PutSecretValue and UpdateSecretVersionStage" in result.stderr


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
def test_no_log_has_a_token(
    secret: str, twilio: TwilioApi, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    for name in ("twilio.http_client", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, name)
    if status != 200:
        twilio.fails("GET", "/2010-04-01/Accounts", *[error(status, f"about {TOKEN}")] * 3)
    run("set", "--account-sid", SID, "--stdin", stdin=TOKEN)
    assert twilio.requests
    assert caplog.text
    assert TOKEN not in caplog.text


PAGE = (ROOT / "docs" / "secret.md").read_text(encoding="utf-8")
COMMANDS = [
    line[line.index(".venv/bin/refer") :].split()[1:]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_commands_of_the_page_are_commands(words: list[str]) -> None:
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group):
        name, *words = words
        found = command.get_command(context, name)
        assert found is not None
        command = found
    # All options and arguments are read, and nothing is done.
    assert command.make_context(command.name, words).params


def test_the_secret_of_the_page_is_read_by_the_deployed_code() -> None:
    [shown] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    document = Document.parse(shown)
    assert len(document.accounts) == 2
    assert document.trunks == {"sip:trunk-a": ("user", "password")}


SIDS = st.integers(0, 3).map(lambda number: f"AC{number:032x}")
TOKENS = st.integers(0, 9).map(lambda number: f"{number:032x}")
ACCOUNTS = st.dictionaries(SIDS, st.lists(TOKENS, unique=True, max_size=5))
TRUNKS = st.dictionaries(
    st.from_regex(r"sip:[a-z][a-z0-9.-]{0,9}", fullmatch=True),
    st.tuples(st.text(min_size=1), st.text(min_size=1)).map(list),
)


@given(ACCOUNTS, TRUNKS, SIDS, TOKENS, st.sampled_from(["primary", "secondary"]))
def test_merging_keeps_all_else_and_is_read_by_the_deployed_code(
    accounts: dict[str, list[str]],
    trunks: dict[str, list[str]],
    sid: str,
    token: str,
    standing: str,
) -> None:
    before = Document.parse(json.dumps(accounts | trunks))
    merge = before.with_primary if standing == "primary" else before.with_secondary
    after = merge(sid, token).shortened(sid)
    assert after.without(sid) == before.without(sid)
    former = [one for one in accounts.get(sid, []) if one != token]
    place = 0 if standing == "primary" or not former else 1
    assert list(after.entries[sid]) == [*former[:place], token, *former[place:]][:KEPT]
    assert Document.parse(str(after)) == after
    tokens = held(str(after))
    assert tokens.for_account(sid) == after.entries[sid]
    assert [tokens.credentials(one.removeprefix("sip:")) for one in trunks] == [
        tuple(pair) for pair in trunks.values()
    ]

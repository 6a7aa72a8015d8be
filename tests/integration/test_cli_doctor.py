"""`refer doctor`: the stack, the secret, the account, and how checks are made and told."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import click
import pytest

import doctored
import set_up
from doctored import Deploy, found, run
from gateway.stack import Stack
from refer_cli.connecting.stack import DeployedStack
from refer_cli.doctoring import checks
from refer_cli.doctoring.checks import CHECKS
from refer_cli.doctoring.finding import Check, Finding
from refer_cli.doctoring.setup import Setup
from set_up import SID, TOKEN, VOICE_URL
from twilio_api import SILENCE, Answer, error
from twilio_numbers import TwilioNumbers

OTHER = "AC" + "b" * 32
ACCOUNT = f"/2010-04-01/Accounts/{SID}.json"


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioNumbers]:
    with set_up.twilio_account(monkeypatch) as account:
        yield account


@pytest.fixture
def deploy(aws: None, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deploy:
    monkeypatch.chdir(tmp_path)
    set_up.samconfig(tmp_path)
    return doctored.deploying(stack)


def test_it_lists_what_it_looks_at_without_any_account() -> None:
    lines = run("--checks").output.splitlines()
    assert [line.split()[0] for line in lines] == [check.name for check in CHECKS]


def test_a_stack_that_is_whole(deploy: Deploy) -> None:
    deploy()
    assert found("stack") == [("ok", "sip-refer-transfer is CREATE_COMPLETE", None)]


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        ("UPDATE_COMPLETE", "ok"),
        ("UPDATE_ROLLBACK_COMPLETE", "warn"),
        ("UPDATE_IN_PROGRESS", "warn"),
        ("ROLLBACK_COMPLETE", "fail"),
        ("UPDATE_ROLLBACK_FAILED", "fail"),
    ],
)
def test_the_state_of_the_stack(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, status: str, ends: str
) -> None:
    deploy()
    read = DeployedStack.read

    def as_if(samconfig: Path, config_env: str) -> DeployedStack:
        return replace(read(samconfig, config_env), status=status)

    monkeypatch.setattr(DeployedStack, "read", as_if)
    [(said, text, _)] = found("stack", exit_code=int(ends == "fail"))
    assert (said, text.split(":")[0]) == (ends, f"sip-refer-transfer is {status}")


def test_outputs_that_an_older_template_lacks(deploy: Deploy) -> None:
    deploy(ReferUrlRelease="", CallsTable="")
    assert found("stack", exit_code=1)[1:] == [
        (
            "fail",
            (
                "sip-refer-transfer has no output ReferUrlRelease, CallsTable: its template is an"
                " older one"
            ),
            "deploy this version, or use the command of that one",
        )
    ]


def test_a_voice_url_that_twilio_is_not_to_be_given(deploy: Deploy) -> None:
    deploy(VoiceUrl="http://transfers.example.com/inbound-call")
    assert found("stack", exit_code=1)[1][1] == (
        "VoiceUrl is http://transfers.example.com/inbound-call, and http sends the call and its"
        " signature in the clear: give the https URL"
    )


def test_no_stack_is_said_once(deploy: Deploy, twilio: TwilioNumbers) -> None:
    told = json.loads(run("--json", exit_code=2).output)["checks"]
    texts = [finding["text"] for check in told for finding in check["findings"]]
    assert texts[0].startswith("there is no stack sip-refer-transfer in this account and region")
    assert set(texts[1:]) == {"cannot be looked at, for the same reason as stack"}
    assert {check["status"] for check in told} == {"unknown"}


@pytest.mark.parametrize(
    ("parameters", "finding"),
    [
        (
            {"LastResort": "sip:desk@pbx.example.com"},
            ("ok", "LastResort is sip:desk@pbx.example.com"),
        ),
        (
            {"LastResort": "+14155550123", "DefaultCallerId": "+18005550100"},
            ("ok", "LastResort is +14155550123"),
        ),
        (
            {"LastResort": "+14155550123", "DefaultCallerId": ""},
            (
                "warn",
                (
                    "LastResort is the number +14155550123, and DefaultCallerId is empty: it cannot"
                    " be dialled for a call that came in over SIP (13214)"
                ),
            ),
        ),
    ],
)
def test_the_last_resort(
    deploy: Deploy, parameters: dict[str, str], finding: tuple[str, str]
) -> None:
    deploy(parameters=parameters)
    assert [one[:2] for one in found("last-resort")] == [finding]


def test_no_last_resort_says_what_callers_hear(deploy: Deploy) -> None:
    deploy(parameters={"LastResort": ""})
    [(status, text, _)] = found("last-resort")
    assert (status, text.partition(":")[0]) == ("warn", "LastResort is empty")


@pytest.mark.parametrize(
    ("tokens", "status", "text"),
    [
        ({SID: [TOKEN]}, "ok", f"1 token of {SID}"),
        (
            {SID: [TOKEN, "f" * 32]},
            "ok",
            f"2 tokens of {SID}, the first one signs; the others are those of a rotation",
        ),
        (
            {},
            "fail",
            'every request is refused: the secret holds no token: write {"AC…": ["token"]}',
        ),
        (
            {SID: TOKEN},
            "fail",
            (
                f"every request is refused: {SID} has no list of tokens in the secret: write"
                ' ["token"], even for one'
            ),
        ),
    ],
    ids=["one", "rotation", "empty", "no-list"],
)
def test_the_secret(deploy: Deploy, tokens: Any, status: str, text: str) -> None:  # noqa: ANN401 - what somebody wrote
    deploy(tokens=tokens)
    assert [one[:2] for one in found("secret", exit_code=int(status == "fail"))] == [(status, text)]


def test_a_secret_that_was_never_filled(deploy: Deploy) -> None:
    deploy()
    client = boto3.client("secretsmanager")
    client.delete_secret(SecretId="TokensSecret", ForceDeleteWithoutRecovery=True)
    client.create_secret(Name="TokensSecret")
    [(status, text, _)] = found("secret", exit_code=1)
    assert (status, "the secret holds no token" in text) == ("fail", True)


def test_an_account_that_is_active(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    assert found("account") == [("ok", f"{SID} is active, and Twilio takes its token", None)]


def test_each_account_of_the_secret_is_looked_at(deploy: Deploy, twilio: TwilioNumbers) -> None:
    twilio.api.account(OTHER, "c" * 32, kind="Trial")
    deploy(tokens={SID: [TOKEN], OTHER: ["c" * 32]})
    first, second = found("account")
    assert (first[0], second[0]) == ("ok", "warn")
    assert second[1].startswith(
        f"{OTHER} is a trial account: it calls verified numbers only (32100)"
    )


def test_a_token_that_is_none(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy(tokens={SID: ["f" * 32]})
    [(status, text, advice)] = found("account", exit_code=1)
    assert (status, advice) == (
        "fail",
        "copy the primary auth token from the console, and fill it with `refer secret set`",
    )
    assert text.startswith(f"{SID}: Twilio takes no token of the secret")


def test_a_first_token_that_is_the_older_one(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy(tokens={SID: ["f" * 32, TOKEN]})
    [(status, text, advice)] = found("account")
    assert (status, advice) == (
        "warn",
        "put token 2 first, and take out the one that is not valid",
    )
    assert "but token 2: webhooks are served" in text


def test_a_token_that_is_not_the_primary_one(deploy: Deploy, twilio: TwilioNumbers) -> None:
    twilio.api.accounts[SID].secondary = "e" * 32
    deploy(tokens={SID: ["e" * 32]})
    [(status, text, _)] = found("account")
    assert (status, "but shows another one for the account" in text) == ("warn", True)


def test_an_account_that_is_suspended(deploy: Deploy, twilio: TwilioNumbers) -> None:
    twilio.api.route(
        "GET", "api.twilio.com", ACCOUNT, lambda _: (200, {"sid": SID, "status": "suspended"})
    )
    deploy()
    assert found("account", exit_code=1)[0][:2] == (
        "fail",
        f"{SID} is suspended: no call comes in, and none goes out",
    )


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((error(403),), "Twilio does not permit this (20403)"),
        ((error(404),), "Twilio knows nothing of that name in this account (20404)"),
        ((error(429),) * 3, "too many requests of this account (20429), tried three times"),
        ((error(500),) * 3, "Twilio failed (20500); try again in a while"),
        ((SILENCE,), "Twilio has not answered within"),
        (((200, "<html>"),), "what answers is not Twilio's API"),
    ],
    ids=["403", "404", "429", "500", "time-out", "no-json"],
)
def test_why_an_account_could_not_be_asked(
    deploy: Deploy, twilio: TwilioNumbers, answers: tuple[Answer, ...], why: str
) -> None:
    deploy()
    twilio.api.fails("GET", ACCOUNT, *answers)
    [(status, text, _)] = found("account", exit_code=2)
    assert (status, text.startswith(f"account {SID}: {why}")) == ("unknown", True), text


def test_without_a_secret_the_environment_has_the_account(
    deploy: Deploy, twilio: TwilioNumbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(tokens={})
    [(status, text, _)] = found("account", exit_code=2)
    assert (status, text) == (
        "unknown",
        'the secret holds no token: write {"AC…": ["token"]}',
    )
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    assert found("account") == [("ok", f"{SID} is active, and Twilio takes its token", None)]


def test_credentials_of_the_environment_that_are_none_are_not_the_secrets(
    deploy: Deploy, twilio: TwilioNumbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(tokens={})
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "f" * 32)
    assert found("account", exit_code=1) == [
        (
            "fail",
            f"{SID}: Twilio does not take the credentials of the environment",
            "compare TWILIO_ACCOUNT_SID and the token or key beside it: they differ",
        )
    ]


def test_a_second_token_that_could_not_be_tried_is_not_said_to_be_refused(
    deploy: Deploy, twilio: TwilioNumbers
) -> None:
    deploy(tokens={SID: ["f" * 32, TOKEN]})
    twilio.api.fails("GET", ACCOUNT, error(401), *[error(500)] * 3)
    [(status, text, _)] = found("account", exit_code=2)
    assert (status, "Twilio failed (20500)" in text) == ("unknown", True)


def test_every_reason_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(number: int, reason: str) -> Check:
        def look(_: Setup) -> Iterator[Finding]:
            raise click.ClickException(f"{reason}.")

        return Check(f"check {number}", "", look)

    reasons = [f"reason {number}" for number in range(20)]
    monkeypatch.setattr(
        checks, "CHECKS", [failing(*one) for one in enumerate([*reasons, reasons[7]])]
    )
    made = [one.findings[0].text for one in checks.examined(Setup(Path(), "default"))]
    assert made == [*reasons, "cannot be looked at, for the same reason as check 7"]


def test_a_check_that_fails_itself_does_not_stop_the_others(
    deploy: Deploy, twilio: TwilioNumbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy()
    monkeypatch.setattr("refer_cli.doctoring.accounts.counted", None)
    told = json.loads(run("--only", "secret", "--only", "stack", "--json").output)
    assert told["counts"] == {"fail": 0, "warn": 0, "unknown": 1, "ok": 1}
    assert told["checks"][1]["findings"] == [
        {
            "status": "unknown",
            "text": "this check failed itself (TypeError): that is a bug of `refer doctor`",
            "advice": "tell its authors, with the version and the line above",
        }
    ]


def test_lines_have_the_status_the_check_and_below_it_what_to_do(deploy: Deploy) -> None:
    deploy(tokens={}, VoiceUrl=VOICE_URL)
    result = run("--only", "stack", "--only", "secret", exit_code=1)
    assert result.output == (
        "ok       stack        sip-refer-transfer is CREATE_COMPLETE.\n"
        "fail     secret       every request is refused: the secret holds no token: write"
        ' {"AC…": ["token"]}.\n'
        "                      Fill it with `refer secret set`.\n"
        "2 checks: 1 fail, 1 ok\n"
    )


def test_the_hint_comes_when_nothing_fails(deploy: Deploy) -> None:
    deploy()
    assert "Enhanced Programmable SIP Features" in run("--only", "stack").output

"""`refer connect` against a simulated Twilio: what it shows, changes, refuses and reads back."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

import set_up
from gateway.stack import Stack
from refer_cli.main import main
from set_up import FALLBACK_URL, SID, TOKEN, VOICE_URL
from twilio_api import SILENCE, Answer, Request, error
from twilio_numbers import DEMO, TwilioNumbers

NUMBER, OTHER, DOMAIN = "+18005550100", "+18005550101", "example.sip.twilio.com"
URLS = ("--voice-url", VOICE_URL, "--fallback-url", FALLBACK_URL)
CONNECTED = {
    "voice_url": VOICE_URL,
    "voice_method": "POST",
    "voice_fallback_url": FALLBACK_URL,
    "voice_fallback_method": "POST",
}


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioNumbers]:
    """An account without numbers, whose credentials are in the environment."""
    with set_up.twilio_account(monkeypatch) as account:
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
        yield account


def run(*words: str, answer: str | None = None, exit_code: int = 0) -> Result:
    """Run the command, and hold its exit status."""
    result = CliRunner().invoke(main, ["connect", *words], input=answer)
    assert result.exit_code == exit_code, result.output
    assert TOKEN not in result.output
    return result


def posted(twilio: TwilioNumbers) -> list[Request]:
    """What was to be changed at Twilio."""
    return [one for one in twilio.api.requests if one.method == "POST"]


def webhooks(document: dict[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in CONNECTED}


def test_it_shows_what_changes_asks_and_changes_it(twilio: TwilioNumbers) -> None:
    number = twilio.number(NUMBER)
    result = run("--number", NUMBER, *URLS, answer="y\n")
    assert result.output == (
        f"{NUMBER} ({number['sid']})\n"
        f"  voice URL        {DEMO} (POST)\n"
        f"               ->  {VOICE_URL} (POST)\n"
        "  fallback URL     none\n"
        f"               ->  {FALLBACK_URL} (POST)\n"
        "  status callback  none, stays\n"
        f"Change 1 number of {SID}? [y/N]: y\n"
        f"{NUMBER} ({number['sid']}): changed, and read back\n"
    )
    assert webhooks(number) == CONNECTED


def test_a_second_run_has_nothing_to_do(twilio: TwilioNumbers) -> None:
    twilio.number(NUMBER)
    run("--number", NUMBER, *URLS, "--yes")
    before = len(posted(twilio))
    assert run("--number", NUMBER, *URLS).output.endswith("Nothing to do.\n")
    assert len(posted(twilio)) == before == 1


@pytest.mark.parametrize(("words", "exit_code"), [(("--plan",), 0), ((), 1)], ids=["plan", "no"])
def test_nothing_is_changed_by_a_plan_or_after_a_no(
    twilio: TwilioNumbers, words: tuple[str, ...], exit_code: int
) -> None:
    number = twilio.number(NUMBER)
    result = run("--number", NUMBER, *URLS, *words, answer="n\n", exit_code=exit_code)
    assert "Nothing was changed." in result.output
    assert (webhooks(number)["voice_url"], posted(twilio)) == (DEMO, [])


def test_a_sip_domain_is_connected_by_the_short_name_too(twilio: TwilioNumbers) -> None:
    domain = twilio.domain(DOMAIN)
    run("--sip-domain", "example", *URLS, "--yes")
    assert webhooks(domain) == CONNECTED


def test_a_status_callback_is_set_only_when_it_is_asked_for(twilio: TwilioNumbers) -> None:
    number = twilio.number(NUMBER, status_callback="https://billing.example.com/ended")
    domain = twilio.domain(DOMAIN)
    run("--number", NUMBER, *URLS, "--yes")
    assert number["status_callback"] == "https://billing.example.com/ended"
    mine = ("--status-url", "https://mine.example.com/ended")
    run("--sid", number["sid"], "--sid", domain["sid"], *URLS, *mine, "--yes")
    assert number["status_callback"] == "https://mine.example.com/ended"
    assert domain["voice_status_callback_url"] == "https://mine.example.com/ended"


def test_all_numbers_leaves_out_those_that_cannot_be_connected(twilio: TwilioNumbers) -> None:
    twilio.page = 2
    good = [twilio.number(f"+1800555010{digit}") for digit in range(5)]
    trunk = twilio.number("+18005550109", trunk_sid="TK" + "1" * 32)
    result = run("--all-numbers", *URLS, "--yes")
    assert [webhooks(one) for one in good] == [CONNECTED] * 5
    assert trunk["voice_url"] == DEMO
    assert (
        f"+18005550109 ({trunk['sid']})\n  left out: its calls go to the Elastic" in result.output
    )


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"trunk_sid": "TK" + "1" * 32}, "no REFER reaches a referUrl"),
        ({"voice_application_sid": "AP" + "1" * 32}, "Twilio ignores the number's own URLs"),
        (
            {"voice_url": f"https://webhooks.twilio.com/v1/Accounts/{SID}/Flows/FW{'1' * 32}"},
            "a Studio flow has its calls",
        ),
        ({"voice_receive_mode": "fax"}, "the number receives fax"),
        ({"capabilities": {"voice": False, "sms": True}}, "the number cannot receive voice calls"),
    ],
    ids=["trunk", "app", "studio", "fax", "no-voice"],
)
def test_what_would_not_work_is_refused_and_nothing_else_is_changed(
    twilio: TwilioNumbers, fields: dict[str, Any], why: str
) -> None:
    twilio.number(NUMBER, **fields)
    twilio.number(OTHER)
    result = run("--number", NUMBER, "--number", OTHER, *URLS, "--yes", exit_code=1)
    assert why in result.output
    assert result.output.endswith(
        "Nothing was changed: leave out what is refused, or put it right first.\n"
    )
    assert posted(twilio) == []


def test_a_domain_that_takes_no_calls_is_connected_with_a_note(twilio: TwilioNumbers) -> None:
    twilio.domain(DOMAIN, auth_type="", sip_registration=False)
    result = run("--sip-domain", DOMAIN, *URLS, "--yes")
    assert "  note: it has neither a credential list nor an IP list" in result.output
    assert "  note: SIP registration is off" in result.output


def test_without_a_fallback_url_it_says_what_callers_hear(twilio: TwilioNumbers) -> None:
    twilio.number(NUMBER)
    result = run("--number", NUMBER, "--voice-url", VOICE_URL, "--yes")
    assert "  note: there is no fallback URL: callers hear an error of Twilio's" in result.output


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://transfers.example.com/inbound-call", "in the clear"),
        ("transfers.example.com/inbound-call", "it is no https URL"),
        ("https://my_host.example.com/inbound-call", "does not request the host my_host"),
        ("https://transfers.example.com:443/inbound-call", "without user and port"),
        ("https://u:p@transfers.example.com/inbound-call", "without user and port"),
        ("https://transfers.example.com/inbound call", "there are spaces in it"),
        ("https://[::1/inbound-call", "it is no URL"),
        (FALLBACK_URL, "it fails together with it"),
    ],
)
def test_a_url_that_twilio_is_not_given(twilio: TwilioNumbers, url: str, why: str) -> None:
    twilio.number(NUMBER)
    words = ("--voice-url", url, "--fallback-url", FALLBACK_URL, "--yes")
    assert why in run("--number", NUMBER, *words, exit_code=1).output
    assert posted(twilio) == []


def test_what_is_not_in_the_account_stops_all_of_it(twilio: TwilioNumbers) -> None:
    # The filter of Twilio finds numbers of which this one is a part.
    twilio.number(f"{NUMBER}9")
    words = ("--number", NUMBER, "--sip-domain", DOMAIN, *URLS, "--yes")
    result = run(*words, exit_code=1)
    assert f"not in this account: {NUMBER}, {DOMAIN}." in result.output
    assert posted(twilio) == []


def test_a_sid_that_is_not_in_the_account_is_named(twilio: TwilioNumbers, tmp_path: Path) -> None:
    kept, sold = twilio.number(NUMBER), twilio.number(OTHER)
    file = str(tmp_path / "before.json")
    run("--all-numbers", *URLS, "--yes", "--save", file)
    twilio.numbers.remove(sold)
    changed = len(posted(twilio))
    for words in (("--sid", sold["sid"], "--sid", kept["sid"], *URLS), ("--restore", file)):
        result = run(*words, "--yes", exit_code=1)
        assert f"not in this account: {sold['sid']}." in result.output
    assert len(posted(twilio)) == changed


def test_partial_failure_says_which_were_changed(twilio: TwilioNumbers) -> None:
    first, second, third = (twilio.number(f"+1800555010{digit}") for digit in range(3))
    path = f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers/{second['sid']}"
    twilio.api.fails("POST", path, error(400, "Voice URL is not valid", 21502))
    result = run("--all-numbers", *URLS, "--yes", exit_code=1)
    assert result.output.endswith(
        f"+18005550100 ({first['sid']}): changed, and read back\n"
        f"+18005550101 ({second['sid']}): not changed: Twilio was asked to change it: Twilio"
        " refuses it: Unable to update record: Voice URL is not valid"
        " (21502, https://www.twilio.com/docs/errors/21502)\n"
        f"+18005550102 ({third['sid']}): changed, and read back\n"
    )


def test_a_change_whose_answer_was_lost_is_read_back(
    twilio: TwilioNumbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = twilio.number(NUMBER)
    path = f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers/{number['sid']}.json"

    def done_and_failed(request: Request) -> Answer:
        number.update(CONNECTED)
        return error(500)

    twilio.api.route("POST", "api.twilio.com", path, done_and_failed)
    assert "changed, and read back" in run("--number", NUMBER, *URLS, "--yes").output


def test_a_change_that_twilio_took_and_does_not_hold_is_said(twilio: TwilioNumbers) -> None:
    number = twilio.number(NUMBER)
    path = f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers/{number['sid']}.json"
    twilio.api.route("POST", "api.twilio.com", path, lambda _: (200, dict(number)))
    result = run("--number", NUMBER, *URLS, "--yes", exit_code=1)
    assert f"not changed: Twilio took it, and holds the voice URL {DEMO} (POST)" in result.output


def test_what_somebody_changed_meanwhile_is_not_overwritten(twilio: TwilioNumbers) -> None:
    number = twilio.number(NUMBER)
    path = f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers/{number['sid']}.json"
    later = dict(number, voice_url="https://other.example.com")
    twilio.api.route("GET", "api.twilio.com", path, lambda _: (200, later))
    result = run("--number", NUMBER, *URLS, "--yes", exit_code=1)
    assert "somebody else has changed it meanwhile" in result.output
    assert posted(twilio) == []


def test_what_was_there_is_saved_and_put_back(twilio: TwilioNumbers, tmp_path: Path) -> None:
    number = twilio.number(NUMBER, voice_fallback_url="http://old.example.com", voice_method="GET")
    file = str(tmp_path / "before.json")
    run("--number", NUMBER, *URLS, "--yes", "--save", file)
    assert webhooks(number) == CONNECTED
    run("--restore", file, "--yes")
    assert webhooks(number) == {
        "voice_url": DEMO,
        "voice_method": "GET",
        "voice_fallback_url": "http://old.example.com",
        "voice_fallback_method": "POST",
    }


def test_a_password_in_a_url_is_put_back_and_not_printed(
    twilio: TwilioNumbers, tmp_path: Path
) -> None:
    old = "https://user:p@ssword@old.example.com/voice"
    number = twilio.number(NUMBER, voice_url=old)
    file = tmp_path / "before.json"
    planned = run("--number", NUMBER, *URLS, "--plan").output
    assert "  voice URL        https://…@old.example.com/voice (POST)\n" in planned
    told = json.loads(run("--number", NUMBER, *URLS, "--plan", "--json").output)
    assert told["entrances"][0]["before"]["voice"]["url"] == "https://…@old.example.com/voice"
    run("--number", NUMBER, *URLS, "--yes", "--save", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "ssword" not in run("--restore", str(file), "--yes").output
    assert number["voice_url"] == old
    refused = run("--number", NUMBER, "--voice-url", old, "--yes", exit_code=1)
    assert "ssword" not in refused.output


def test_a_saved_file_is_never_overwritten(twilio: TwilioNumbers, tmp_path: Path) -> None:
    twilio.number(NUMBER)
    file = tmp_path / "before.json"
    file.write_text("the way back")
    words = ("--number", NUMBER, *URLS, "--yes", "--save", str(file))
    assert "is there already" in run(*words, exit_code=1).output
    assert (file.read_text(), posted(twilio)) == ("the way back", [])
    assert "cannot be written" in run(*words[:-1], f"{file}/x", exit_code=1).output
    assert "is not what --save writes" in run("--restore", str(file), exit_code=2).output


def test_json_has_the_plan_and_what_became_of_it(twilio: TwilioNumbers) -> None:
    number = twilio.number(NUMBER)
    told = json.loads(run("--number", NUMBER, *URLS, "--json", "--yes").output)
    none = {"url": "", "method": "POST"}
    assert told == {
        "entrances": [
            {
                "sid": number["sid"],
                "name": NUMBER,
                "kind": "number",
                "before": {
                    "voice": {"url": DEMO, "method": "POST"},
                    "fallback": none,
                    "status": none,
                },
                "after": {
                    "voice": {"url": VOICE_URL, "method": "POST"},
                    "fallback": {"url": FALLBACK_URL, "method": "POST"},
                    "status": none,
                },
                "to_change": ["voice", "fallback"],
                "refused": None,
                "warnings": [],
                "changed": True,
                "problem": None,
            }
        ]
    }
    again = json.loads(run("--number", NUMBER, *URLS, "--json", "--plan").output)
    assert (again["entrances"][0]["to_change"], again["entrances"][0]["changed"]) == ([], False)


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((error(401),), "Twilio does not take these credentials (20003)"),
        ((error(403),), "Twilio does not permit this (20403)"),
        ((error(429),) * 3, "too many requests of this account (20429), tried three times"),
        ((error(500),) * 3, "Twilio failed (20500); try again in a while"),
        ((SILENCE,), "Twilio has not answered within"),
        (((200, "<html>"),), "its answer is no JSON"),
    ],
    ids=["401", "403", "429", "500", "time-out", "no-json"],
)
def test_why_twilio_could_not_be_asked(
    twilio: TwilioNumbers, answers: tuple[Answer, ...], why: str
) -> None:
    twilio.api.fails("GET", "/", *answers)
    result = run("--number", NUMBER, *URLS, "--yes", exit_code=2)
    assert f"account {SID}: " in result.output
    assert why in result.output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "say what to connect"),
        (("--number", "8005550100"), "is no number in E.164"),
        (("--sid", "AC" + "1" * 32), "is no SID of a number"),
        (("--sip-domain", "pbx.example.com"), "is no name like example.sip.twilio.com"),
        (("--number", NUMBER, "--json"), "--json does not ask"),
        (("--restore", __file__, "--number", NUMBER), "puts back all that is in its file"),
        (("--restore", __file__, "--voice-url", VOICE_URL), "puts back all that is in its file"),
        (("--restore", __file__, "--account-sid", SID), "puts back all that is in its file"),
        (("--number", NUMBER, "--account-sid", TOKEN), "that is no account SID"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_is_asked(
    twilio: TwilioNumbers, words: tuple[str, ...], why: str
) -> None:
    assert why in run(*words, exit_code=2).output
    assert twilio.api.requests == []


@pytest.fixture
def config(
    aws: None, twilio: TwilioNumbers, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """A stack, and nothing in the environment: URLs and account are to be the stack's."""
    monkeypatch.delenv("TWILIO_ACCOUNT_SID")
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    set_up.deploy(set_up.outputs(set_up.storage(stack, [], {SID: [TOKEN, "f" * 32]})))
    return ["--samconfig", set_up.samconfig(tmp_path)]


def test_the_urls_and_the_account_are_those_of_the_stack(
    twilio: TwilioNumbers, config: list[str]
) -> None:
    number = twilio.number(NUMBER)
    run("--number", NUMBER, "--yes", *config)
    assert webhooks(number) == CONNECTED


def test_the_fallback_of_the_stack_replaces_nobodys(
    twilio: TwilioNumbers, config: list[str]
) -> None:
    number = twilio.number(NUMBER, voice_fallback_url="https://mine.example.com")
    result = run("--number", NUMBER, "--yes", *config)
    assert "  fallback URL     https://mine.example.com (POST), stays\n" in result.output
    assert number["voice_fallback_url"] == "https://mine.example.com"


def test_an_api_key_opens_the_account(
    twilio: TwilioNumbers, config: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number = twilio.number(NUMBER)
    twilio.api.keys["SK1"] = ("key-secret", SID)
    for name, value in (("ACCOUNT_SID", SID), ("API_KEY", "SK1"), ("API_SECRET", "key-secret")):
        monkeypatch.setenv(f"TWILIO_{name}", value)
    run("--number", NUMBER, "--yes", *config)
    assert (webhooks(number), {one.user for one in twilio.api.requests}) == (CONNECTED, {"SK1"})


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"TWILIO_AUTH_TOKEN": TOKEN}, "set TWILIO_ACCOUNT_SID to the account"),
        ({"TWILIO_ACCOUNT_SID": SID, "TWILIO_API_KEY": "SK1"}, "needs TWILIO_API_SECRET beside it"),
    ],
)
def test_half_of_the_credentials_is_said(
    twilio: TwilioNumbers,
    config: list[str],
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    why: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert why in run("--number", NUMBER, *config, exit_code=2).output


def test_a_sid_alone_says_which_account_of_the_secret_is_meant(
    twilio: TwilioNumbers, config: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, other = twilio.number(NUMBER), "AC" + "b" * 32
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", other)
    result = run("--number", NUMBER, "--yes", *config, exit_code=2)
    assert f"the secret of the stack has no token of {other}" in result.output
    assert number["voice_url"] == DEMO


def test_a_token_in_the_variable_of_the_sid_is_not_repeated(
    twilio: TwilioNumbers, config: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", TOKEN)
    for name in ("TWILIO_AUTH_TOKEN", "TWILIO_UNSET"):
        monkeypatch.setenv(name, SID)
        result = run("--number", NUMBER, *config, exit_code=2)
        assert "TWILIO_ACCOUNT_SID holds no account SID" in result.output
        monkeypatch.delenv(name)
    assert twilio.api.requests == []


class Denied:
    """A client of AWS that may do nothing."""

    def __init__(self, code: str) -> None:
        self._code = code

    def _refuse(self, **_: object) -> None:
        said = {"Error": {"Code": self._code, "Message": "no"}}
        raise ClientError(said, "Something")  # type: ignore[arg-type] # botocore's own shape

    describe_stacks = get_secret_value = _refuse


@pytest.mark.parametrize(
    "denied",
    [
        ("cloudformation", "AccessDenied", "cloudformation:DescribeStacks"),
        ("secretsmanager", "AccessDeniedException", "secretsmanager:GetSecretValue"),
    ],
)
def test_which_permission_of_aws_is_missing(
    twilio: TwilioNumbers,
    config: list[str],
    monkeypatch: pytest.MonkeyPatch,
    denied: tuple[str, str, str],
) -> None:
    service, code, needed = denied
    client = boto3.client
    monkeypatch.setattr(
        "boto3.client", lambda name: Denied(code) if name == service else client(name)
    )
    result = run("--number", NUMBER, *config, exit_code=2)
    assert needed in result.output
    assert "--table" not in result.output
    assert "dynamodb" not in result.output


@pytest.mark.parametrize(
    ("tokens", "words", "why"),
    [
        ({SID: [TOKEN], "AC" + "b" * 32: ["0" * 32]}, (), "the secret holds several accounts"),
        ({SID: [TOKEN]}, ("--account-sid", "AC" + "b" * 32), "has no token of ACbbbb"),
        ({}, (), "the secret holds no token"),
    ],
    ids=["several", "another", "empty"],
)
def test_an_account_that_the_secret_does_not_tell(
    twilio: TwilioNumbers,
    config: list[str],
    tokens: dict[str, list[str]],
    words: tuple[str, ...],
    why: str,
) -> None:
    boto3.client("secretsmanager").put_secret_value(
        SecretId="TokensSecret", SecretString=json.dumps(tokens)
    )
    assert why in run("--number", NUMBER, *words, *config, exit_code=2).output


def test_a_stack_without_the_outputs(
    aws: None, twilio: TwilioNumbers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up.deploy({"Other": "value"})
    config = ("--samconfig", set_up.samconfig(tmp_path))
    assert "has no output VoiceUrl" in run("--number", NUMBER, *config, exit_code=1).output
    monkeypatch.delenv("TWILIO_ACCOUNT_SID")
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    result = run("--number", NUMBER, *URLS, *config, exit_code=2)
    assert "the stack has no output TokensSecret" in result.output


def test_no_stack_and_no_samconfig(aws: None, twilio: TwilioNumbers, tmp_path: Path) -> None:
    config = ("--samconfig", set_up.samconfig(tmp_path))
    result = run("--number", NUMBER, *config, exit_code=2)
    assert f"there is no stack {set_up.NAME} in this account and region" in result.output
    result = run("--number", NUMBER, "--samconfig", str(tmp_path / "no.toml"), exit_code=2)
    assert "names the stack, and is not here" in result.output
    (tmp_path / "no.toml").write_text("not = ")
    result = run("--number", NUMBER, "--samconfig", str(tmp_path / "no.toml"), exit_code=2)
    assert "no.toml cannot be read: Invalid value" in result.output

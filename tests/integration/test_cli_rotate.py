"""`refer rotate` over moto's Secrets Manager and a Twilio here: no webhook is refused."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import click
import pytest
from click.testing import CliRunner, Result
from twilio.http.http_client import TwilioHttpClient

from gateway.stack import ROOT
from refer_cli import twilio_api
from refer_cli.main import main
from refer_cli.rotating.plan import Facts, Step, Stuck, next_step, steps_from
from refer_cli.rotating.waiting import SEEN_BY_ALL
from refer_cli.secret.document import Document, fingerprint
from refer_cli.secret.store import Secret, Version
from twilio_api import Answer, TwilioApi, error

SID, OTHER = "AC" + "a" * 32, "AC" + "b" * 32
TOKEN, DEAD = "1" * 32, "2" * 32
NEW, NEWER = f"5ec{1:029x}", f"5ec{2:029x}"
"""What this Twilio creates, one after the other."""
TRUNK = {"sip:trunk-a": ["user", "password"]}
WRITE = Secret.write
MINUTES = {"| 0 |", "| 0 t", "| 5½ ", "| 11 "}
WAIT = int(SEEN_BY_ALL.total_seconds())


class World:
    """Twilio, the secret, and every moment at which one of them has changed or time has passed."""

    def __init__(self, twilio: TwilioApi, monkeypatch: pytest.MonkeyPatch) -> None:
        self.twilio = twilio
        self.account = twilio.account(SID, TOKEN)
        self.slept = 0
        self.moments = 0
        self.stop_at = 0
        self.told: list[str] = []
        self.fill({SID: [TOKEN]})
        write, request = Secret.write, TwilioHttpClient.request

        def observed_write(this: Secret, document: Document, seen: Version) -> bool:
            self.moment("before a write")
            done = write(this, document, seen)
            self.moment("after a write")
            return done

        def observed_request(this: TwilioHttpClient, method: str, *args: Any, **kw: Any) -> Any:  # noqa: ANN401 - twilio's
            self.moment(f"before {method}")
            answer = request(this, method, *args, **kw)
            self.moment(f"after {method}")
            return answer

        def observed_sleep(seconds: int) -> None:
            self.slept += seconds
            if self.slept % WAIT == 1:
                self.moment("while waiting")

        monkeypatch.setattr(Secret, "write", observed_write)
        monkeypatch.setattr(TwilioHttpClient, "request", observed_request)
        monkeypatch.setattr("refer_cli.rotating.waiting.sleep", observed_sleep)

    def moment(self, what: str) -> None:
        """Check what has to be so at every moment: what Twilio signs with is accepted."""
        assert self.account.token in self.tokens(), what
        self.told.append(what)
        self.moments += 1
        if self.moments == self.stop_at:
            raise KeyboardInterrupt

    def fill(self, accounts: dict[str, list[str]]) -> None:
        # Not put_secret_value: moto forgets which version is current once the label was moved.
        secret = Secret(boto3.client("secretsmanager"), "tokens")
        document = Document.parse(json.dumps(accounts | TRUNK))
        assert WRITE(secret, document, secret.read())

    def held(self, name: str = "tokens") -> dict[str, list[str]]:
        answer = boto3.client("secretsmanager").get_secret_value(
            SecretId=name, VersionStage="AWSCURRENT"
        )
        found: dict[str, list[str]] = json.loads(answer["SecretString"])
        return found

    def tokens(self, name: str = "tokens") -> list[str]:
        return self.held(name)[SID]


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    boto3.client("secretsmanager").create_secret(Name="tokens", SecretString="{}")
    monkeypatch.setenv("TOKENS_SECRET", "tokens")
    monkeypatch.setattr(twilio_api, "WAITS", (0.0, 0.0))
    with TwilioApi() as twilio:
        monkeypatch.setenv("REFER_TWILIO_API", twilio.url)
        yield World(twilio, monkeypatch)


def run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(main, ["rotate", *arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert not [one for one in (TOKEN, DEAD, NEW, NEWER) if one in result.output]
    return result


def changed(world: World) -> list[str]:
    """What was asked of Twilio that changes something."""
    return [one for one in world.twilio.asked() if not one.startswith("GET")]


CREATE = "POST /v1/AuthTokens/Secondary"
DELETE = "DELETE /v1/AuthTokens/Secondary"
PROMOTE = "POST /v1/AuthTokens/Promote"


def test_a_rotation_ends_with_the_new_token_alone(world: World) -> None:
    result = run("--yes")
    assert result.exit_code == 0
    assert (world.account.token, world.account.secondary) == (NEW, "")
    assert world.held() == {SID: [NEW]} | TRUNK
    assert changed(world) == [CREATE, PROMOTE]
    last = f"The rotation is complete. The secret has of {SID}: {fingerprint(NEW)}."
    assert result.stdout.splitlines()[-1] == last


def test_it_waits_until_all_functions_have_the_token_before_it_is_promoted_and_after(
    world: World,
) -> None:
    asked_at: list[tuple[int, list[str]]] = []

    def promote(_: object) -> Answer:
        asked_at.append((world.slept, world.tokens()))
        return world.account.promote()

    world.twilio.route("POST", "accounts.twilio.com", "/v1/AuthTokens/Promote", promote)
    assert run("--yes").exit_code == 0
    [(waited, accepted)] = asked_at
    assert WAIT - 5 <= waited <= WAIT
    assert accepted == [TOKEN, NEW]
    assert 2 * (WAIT - 5) <= world.slept <= 2 * WAIT


def test_each_step_is_shown_and_asked_for(world: World) -> None:
    for answers, left in (
        ("n\n", [TOKEN]),
        ("y\nn\n", [TOKEN, NEW]),
        ("n\n", [TOKEN, NEW]),
        ("y\nn\n", [NEW, TOKEN]),
        ("y\n", [NEW]),
    ):
        result = run(stdin=answers)
        assert (result.exit_code, world.tokens()) == (0 if left == [NEW] else 1, left)
    assert changed(world) == [CREATE, PROMOTE]


def test_wherever_it_stops_it_is_taken_up_and_no_webhook_is_refused(world: World) -> None:
    run("--yes")
    moments, rehearsed = world.moments, world.told
    assert {"before a write", "after a write", "after POST", "while waiting"} <= set(rehearsed)
    for stop_at in range(1, moments + 1):
        world.fill({SID: [TOKEN]})
        world.account.token, world.account.secondary = TOKEN, ""
        world.account.created = world.moments = world.slept = 0
        world.stop_at = stop_at
        stopped = run("--yes")
        assert stopped.exit_code == 130, rehearsed[stop_at - 1]
        assert "Run `refer rotate` again" in stopped.stderr
        world.stop_at = 0
        assert run("--yes", "--resume").exit_code == 0, rehearsed[stop_at - 1]
        assert world.account.secondary == "", rehearsed[stop_at - 1]
        assert world.account.token != TOKEN, rehearsed[stop_at - 1]
        assert world.held() == {SID: [world.account.token]} | TRUNK, rehearsed[stop_at - 1]


def test_two_stacks_of_one_account_are_rotated_as_the_page_says(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="beside", SecretString=json.dumps({SID: [TOKEN]}))
    moment = World.moment

    def moment_of_both(this: World, what: str) -> None:
        moment(this, what)
        assert this.account.token in this.tokens("beside"), what

    monkeypatch.setattr(World, "moment", moment_of_both)
    world.account.secondary = NEW
    for name in ("tokens", "beside"):
        words = ["secret", "set", "--account-sid", SID, "--stdin", "--secret-id", name]
        assert CliRunner().invoke(main, words, input=NEW).exit_code == 0
        assert world.tokens(name) == [TOKEN, NEW]
    assert run("--yes").exit_code == 0
    assert (world.tokens(), world.tokens("beside"), world.account.token) == (
        [NEW],
        [TOKEN, NEW],
        NEW,
    )
    assert run("--yes", "--resume", "--secret-id", "beside").exit_code == 0
    assert world.tokens("beside") == [NEW]
    assert changed(world) == [PROMOTE]


def test_a_rotation_that_was_promoted_in_the_console_is_taken_up(world: World) -> None:
    world.fill({SID: [TOKEN, NEW]})
    world.account.token = NEW
    refused = run("--yes")
    assert (refused.exit_code, world.tokens()) == (1, [NEW, TOKEN])
    assert "--yes does not drop them: add --resume" in refused.stderr
    result = run("--yes", "--resume")
    assert (result.exit_code, world.tokens()) == (0, [NEW])
    assert "Its token was promoted before; to replace this one as well, run it again." in (
        result.stdout
    )
    assert changed(world) == []


def test_a_secondary_token_that_stands_first_is_put_behind_and_then_promoted(world: World) -> None:
    world.fill({SID: [NEW, TOKEN]})
    world.account.secondary = NEW
    assert run("--yes").exit_code == 0
    assert (world.tokens(), world.account.token) == ([NEW], NEW)
    assert changed(world) == [PROMOTE]


def test_where_twilio_does_not_tell_the_primary_token_the_order_of_the_secret_does(
    world: World,
) -> None:
    world.account.shows_token = False
    assert run("--yes").exit_code == 0
    assert (world.tokens(), world.account.token) == ([NEW], NEW)


def test_a_token_that_was_replaced_in_the_last_moment_is_in_the_secret_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fill({SID: [TOKEN, NEW]})
    world.account.secondary = NEW

    def replaced(_: object) -> Answer:
        world.account.secondary = NEWER
        answer = world.account.promote()
        # What Twilio tells is not in the secret yet: the one moment at which that can be so.
        monkeypatch.setattr(World, "moment", lambda *_: None)
        return answer

    world.twilio.route("POST", "accounts.twilio.com", "/v1/AuthTokens/Promote", replaced)
    result = run("--yes")
    assert (result.exit_code, world.tokens()) == (0, [NEWER])
    assert "It is not the one that the secret had" in result.stderr


def test_a_token_of_another_region_is_left_alone(world: World) -> None:
    world.fill({SID: [TOKEN, DEAD]})
    kept = ("--keep", fingerprint(DEAD))
    assert "1. Create a secondary token" in run("--plan", *kept).stdout
    assert run("--yes", *kept).exit_code == 0
    assert (world.tokens(), world.account.token) == ([NEW, DEAD], NEW)
    assert run("--keep", "x").exit_code == 2


def test_a_token_of_another_region_is_not_dropped_unasked(world: World) -> None:
    world.fill({SID: [TOKEN, NEW, DEAD]})
    world.account.secondary = NEW
    result = run("--yes")
    assert (result.exit_code, world.tokens()) == (1, [NEW, TOKEN, DEAD])
    assert "A token of another Twilio Region is not taken here either" in result.stderr


def test_a_fingerprint_to_keep_that_nothing_has_stops_it(world: World) -> None:
    world.fill({SID: [TOKEN, DEAD]})
    result = run("--yes", "--resume", "--keep", "0" * 8)
    assert (result.exit_code, world.tokens(), changed(world)) == (2, [TOKEN, DEAD], [])
    assert f"--keep: the secret has no token {'0' * 8} of this account" in result.stderr


def test_a_token_that_came_while_it_waited_is_not_dropped_unasked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[int] = []

    def sleep(_: int) -> None:
        if world.account.token == NEW and not added:
            added.append(1)
            world.fill({SID: [NEW, TOKEN, DEAD]})

    monkeypatch.setattr("refer_cli.rotating.waiting.sleep", sleep)
    result = run(stdin="y\ny\ny\nn\n")
    assert (result.exit_code, world.tokens()) == (1, [NEW, TOKEN, DEAD])
    assert f"They are: {fingerprint(TOKEN)}, {fingerprint(DEAD)}." in result.stdout


def test_it_says_whose_token_and_which_secret_before_it_asks(world: World) -> None:
    first = run(stdin="n\n").stderr.splitlines()[0]
    assert first == f"{SID} in the secret tokens"


def test_a_closed_pipe_leaves_no_token_behind_that_nobody_knows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = click.echo

    def closed(message: str = "", **more: Any) -> None:  # noqa: ANN401 - click's
        if "is the secondary token now" in message:
            raise BrokenPipeError
        echo(message, **more)

    monkeypatch.setattr("refer_cli.rotating.run.click.echo", closed)
    result = CliRunner().invoke(main, ["rotate", "--yes"])
    assert isinstance(result.exception, BrokenPipeError)
    assert (world.tokens(), world.account.secondary) == ([TOKEN], "")


def test_a_secondary_token_that_nobody_here_knows_is_deleted_after_a_question(
    world: World,
) -> None:
    world.account.secondary = DEAD
    result = run("--yes")
    assert (result.exit_code, world.account.secondary) == (1, DEAD)
    assert "--yes does not delete a token that somebody may use" in result.stderr
    refused = run(stdin="y\nn\n")
    assert (refused.exit_code, world.account.secondary) == (1, DEAD)
    assert "Perhaps there is a secondary token already, which the secret lacks." in refused.stderr
    assert run(stdin="y\ny\nn\n").exit_code == 1
    assert (world.tokens(), world.account.secondary) == ([TOKEN, NEW], NEW)
    assert changed(world) == [CREATE, CREATE, CREATE, DELETE, CREATE]


def test_a_token_that_cannot_be_put_into_the_secret_is_deleted_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Secret, "write", lambda *_: False)
    result = run("--yes")
    assert (result.exit_code, world.tokens(), world.account.secondary) == (1, [TOKEN], "")
    assert "The secret was not written; the token is deleted at Twilio." in result.stderr
    assert "somebody else keeps changing the secret" in result.stderr
    world.twilio.fails("DELETE", "/v1/AuthTokens", error(500))
    left = run("--yes")
    assert (left.exit_code, world.account.secondary) == (1, NEWER)
    assert "the secondary token is still at Twilio, and its value lost" in left.stderr


def test_a_write_that_met_another_one_is_done_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, others = Secret.write, [{OTHER: [DEAD], SID: [TOKEN]}]

    def second(self: Secret, document: Document, seen: Version) -> bool:
        if others:
            world.fill(others.pop())
        return write(self, document, seen)

    monkeypatch.setattr(Secret, "write", second)
    assert run("--yes", "--account-sid", SID).exit_code == 0
    assert world.held() == {OTHER: [DEAD], SID: [NEW]} | TRUNK


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
@pytest.mark.parametrize(
    ("method", "path", "left"),
    [
        ("GET", "/2010-04-01", [TOKEN]),
        ("POST", "/v1/AuthTokens/Secondary", [TOKEN]),
        ("POST", "/v1/AuthTokens/Promote", [TOKEN, NEW]),
    ],
)
def test_when_twilio_fails_nothing_is_lost_and_it_goes_on_later(
    world: World, method: str, path: str, left: list[str], status: int
) -> None:
    world.twilio.fails(method, path, *[error(status, f"of {TOKEN} and {NEW}")] * 3)
    failed = run("--yes")
    # 401 for the one token that there is says that there is none.
    assert failed.exit_code == (1 if (method, status) == ("GET", 401) else 2)
    assert (world.tokens(), world.account.token) == (left, TOKEN)
    world.twilio.recovers()
    assert run("--yes").exit_code == 0
    assert world.tokens() == [world.account.token]


def test_a_plan_changes_nothing(world: World) -> None:
    def steps(result: Result) -> list[str]:
        assert result.exit_code == 0
        return [line.split(". ")[1] for line in result.stdout.splitlines() if line[1:3] == ". "]

    begin = ["Create a secondary token at Twilio, and put it second into the secret"]
    rest = [
        "Promote the secondary token at Twilio",
        "Put the primary token first in the secret, which changes nothing of what is accepted.",
        "Take the tokens out of the secret that Twilio no longer takes",
    ]
    assert steps(run("--plan")) == [*begin, *rest]
    world.fill({SID: [TOKEN, NEW]})
    world.account.secondary = NEW
    planned = run("--plan")
    assert steps(planned) == rest
    assert planned.stdout.splitlines()[:2] == [
        f"{fingerprint(TOKEN)}  Twilio signs with it",
        f"{fingerprint(NEW)}  a secondary token: Twilio takes it, and does not sign with it",
    ]
    world.fill({SID: [TOKEN, DEAD]})
    world.account.secondary = ""
    ending = run("--plan")
    assert steps(ending) == rest[2:]
    assert f"{fingerprint(DEAD)}  Twilio does not take it: a former token, or one of" in (
        ending.stdout
    )
    assert "A rotation has begun; what is left of it:" in ending.stdout
    assert changed(world) == []
    assert world.tokens() == [TOKEN, DEAD]


def test_a_secret_without_the_primary_token_is_not_rotated(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every webhook is refused from the start.
    monkeypatch.setattr(World, "moment", lambda *_: None)
    world.account.secondary = NEW
    for held, said in (
        ([DEAD], f"Twilio takes no token that the secret has for {SID}."),
        ([NEW], f"the secret lacks the primary token of {SID} ({fingerprint(TOKEN)})"),
        ([], "the secret has no token of this account; put it there first"),
    ):
        world.fill({SID: held})
        for arguments in (("--yes",), ("--plan",)):
            result = run(*arguments)
            assert result.exit_code == 1
            assert said in result.stderr
    assert changed(world) == []


def test_of_several_accounts_one_has_to_be_named(world: World) -> None:
    world.fill({SID: [TOKEN], OTHER: [DEAD]})
    result = run("--yes")
    assert result.exit_code == 2
    assert f"say which with --account-sid: {SID}, {OTHER}." in result.stderr
    assert run("--yes", "--account-sid", SID).exit_code == 0
    assert world.held() == {SID: [NEW], OTHER: [DEAD]} | TRUNK


def test_a_token_is_no_argument(world: World) -> None:
    assert run(TOKEN).exit_code == 2
    assert run("--account-sid", TOKEN).exit_code == 2


def test_the_page_has_the_time_line_of_the_waits() -> None:
    page = (ROOT / "docs" / "secret.md").read_text(encoding="utf-8")
    minutes = [line.split("|")[1].strip() for line in page.splitlines() if line[:5] in MINUTES]
    assert minutes == ["0", "0 to 5½", "5½", "5½", "5½ to 11", "11"]
    assert (timedelta(minutes=5.5), timedelta(minutes=11)) == (SEEN_BY_ALL, 2 * SEEN_BY_ALL)


def facts(tokens: str, accepted: str, primary: str) -> Facts:
    return Facts(SID, tuple(tokens), frozenset(accepted), fingerprint(primary) if primary else "")


@pytest.mark.parametrize(
    ("tokens", "accepted", "primary", "steps"),
    [
        ("a", "a", "a", [Step.CREATE, Step.PROMOTE, Step.ORDER, Step.DROP]),
        ("ab", "ab", "a", [Step.PROMOTE, Step.ORDER, Step.DROP]),
        ("ba", "ab", "a", [Step.ORDER, Step.PROMOTE, Step.ORDER, Step.DROP]),
        ("ab", "b", "b", [Step.ORDER, Step.DROP]),
        ("ba", "b", "b", [Step.DROP]),
        ("ab", "b", "", [Step.ORDER, Step.DROP]),
        ("ab", "ab", "", [Step.PROMOTE, Step.ORDER, Step.DROP]),
        ("abc", "ac", "a", [Step.PROMOTE, Step.ORDER, Step.DROP]),
    ],
)
def test_the_next_step_follows_from_what_is_the_case(
    tokens: str, accepted: str, primary: str, steps: list[Step]
) -> None:
    assert steps_from(facts(tokens, accepted, primary)) == steps
    assert next_step(facts(tokens, accepted, primary)) is steps[0]


@pytest.mark.parametrize(("tokens", "accepted", "primary"), [("a", "", ""), ("a", "a", "b")])
def test_without_the_primary_token_there_is_no_next_step(
    tokens: str, accepted: str, primary: str
) -> None:
    with pytest.raises(Stuck):
        next_step(facts(tokens, accepted, primary))

"""The programs that people run: `make demo`, `make serve`, and what docs/try-it.md says of them."""

import json
import os
import re
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from call_transfer.links import Urls
from call_transfer.noun import _ADDRESS, NounKind
from call_transfer.store import Store
from gateway import demo, entries, serve
from gateway.scenes import SCENES, Scene
from gateway.stack import ROOT
from pivot import sign
from pivot.sign import INITIAL, LOCAL, curl

PAGE = (ROOT / "docs" / "try-it.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
SECONDS = 60.0
ANY_PORTS = ("--port", "0", "--aws-port", "0", "--sip-port", "0")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def played(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """Play the demo in this process; return its status and what it says for machines."""
    status = demo.main(["--json", *arguments])
    return status, json.loads(capsys.readouterr().out)


def differing(result: dict[str, Any]) -> dict[int, str]:
    calls = enumerate(result["calls"], start=1)
    return {number: call["difference"] for number, call in calls if call["difference"]}


@pytest.fixture(scope="module")
def shown() -> str:
    """What `make demo` prints."""
    began = time.monotonic()
    done = run("gateway.demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - began < SECONDS / 2
    return done.stdout


def test_the_demo_plays_every_call_as_expected(shown: str) -> None:
    assert shown.count("as expected, in all") == len(SCENES)
    assert re.search(r"5 calls, \d+ webhooks over HTTP, [\d.]+ s: all as expected\.$", shown)


def test_the_demo_is_plain_text_without_the_handlers_own_lines(shown: str) -> None:
    assert shown.isascii()
    assert "\x1b" not in shown
    assert '{"' not in shown


def test_the_ladder_keeps_its_rails_in_line(shown: str) -> None:
    ladders = [part for part in shown.split("\n\n") if part.lstrip().startswith("UserA ")]
    assert len(ladders) == len(SCENES)
    for part in ladders:
        head, *lines = part.splitlines()
        assert head.endswith("API")
        assert {(len(line), line[-1]) for line in lines} == {(len(head), "|")}


def test_the_demo_fits_into_a_terminal_of_120_columns(shown: str) -> None:
    assert max(len(line) for line in shown.splitlines()) == 120


def test_the_same_twiml_is_shown_once_in_all_calls(shown: str) -> None:
    dials = re.findall(r'answerOnBridge="true" .*\n.* referUrl="([^"]*)"', shown)
    assert dials == ["/refer/hold/../0/0/0/initial", "/refer/hold/../1/../0/transfer"]
    assert "(the same TwiML as before)" in shown


def test_the_ladder_shows_who_is_connected_and_what_the_handlers_log(shown: str) -> None:
    for text in (
        "  24.2   |         |<NOTIFY--|  503 Service Unavailable",
        "! alert 11217: answer to a referUrl: the webhook failed",
        "* UserA is connected to AgentC",
        "log transfer: denied code=deny_entry refused_by=*/+1900* mode=hold",
        "log webhook: refer rejected='the signature matches no token of",
    ):
        assert text in shown


@pytest.mark.parametrize("scene", SCENES, ids=lambda one: one.title)
def test_the_ladder_shows_who_is_dialled_and_what_is_recorded(shown: str, scene: Scene) -> None:
    part = shown.partition(f". {scene.title}\n")[2].partition("as expected, in all")[0]
    for step in scene.expected:
        if step.startswith("recorded"):
            assert step in part
    for party in scene.parties:
        called = any(party.name in step for step in scene.expected)
        assert (party.address in part) is called


def test_the_log_of_the_handlers_is_shown_when_asked_for() -> None:
    done = run("gateway.demo", "--logs")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert {"refer", "dial_result"} <= {line.get("webhook") for line in lines}
    assert any("_aws" in line for line in lines)


def test_every_call_is_drawn_into_a_file_that_stands_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "pictures"
    assert demo.main(["--no-twiml", "--svg", str(folder)]) == 0
    assert "<Response>" not in capsys.readouterr().out
    names = [f"{number}-{scene.name}.svg" for number, scene in enumerate(SCENES, start=1)]
    assert sorted(path.name for path in folder.iterdir()) == names
    for path, scene in zip(sorted(folder.iterdir()), SCENES, strict=True):
        root = ET.fromstring(path.read_text(encoding="utf-8"))  # noqa: S314 - our own
        assert scene.title in (root[0].text or "")
        texts = [text for element in root.iter() if (text := element.text)]
        assert "API" in texts
        assert "<Response>" not in texts
    demo.main(["--svg", str(folder)])
    drawn = [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())]
    assert all("&lt;Response&gt;" in text for text in drawn)


def test_the_result_for_machines_holds_the_records(capsys: pytest.CaptureFixture[str]) -> None:
    status, result = played(capsys, "--logs")
    assert (status, result["as_expected"]) == (0, True)
    outcomes = [record["outcome"] for call in result["calls"] for record in call["records"]]
    assert outcomes == [
        *("answered", "answered"),
        *("answered", "recalled"),
        *("answered", "fallback"),
        *("answered", "denied"),
        "answered",
    ]
    assert all(call["logs"] for call in result["calls"])
    first = result["calls"][0]["messages"][0]
    assert (first["at"], first["source"], first["text"]) == (0.0, "UserA", "INVITE")


def test_the_demo_plays_alike_twice_in_one_process(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = played(capsys)[1], played(capsys)[1]
    assert [one["story"] for one in first["calls"]] == [one["story"] for one in second["calls"]]


@pytest.mark.parametrize(
    ("setting", "differences"),
    [
        (
            "DEFAULT_MODE=release",
            {
                1: "expected 'AgentB answers', was 'AgentA is told 200 OK'",
                2: "expected 'AgentB says 486 Busy Here', was 'AgentA is told 200 OK'",
                4: """was 'refer 200: Say "Sorry, that call cannot be..", Dial AgentA'""",
            },
        ),
        ("HOLD_REFUSAL=message", {4: """was 'refer 200: Say "Sorry, that"""}),
        ("HOLD_ACTION=on", {1: "was 'dial-result 200: Hangup", 2: "was 'dial-result 200: Dial"}),
        (
            "HOP_LIMIT=0",
            {1: "was 'alert 13802: REFER without a referUrl'", 5: "expected 'Stranger"},
        ),
        ("CONNECTION_OVERRIDES=foo=1", {1: "connection override 'foo' is none of Twilio's"}),
        ("PUBLIC_BASE_URL=http://127.0.0.1:1", {1: "was 'inbound-call 403"}),
    ],
)
def test_the_demo_fails_when_a_setting_changes_the_story(
    capsys: pytest.CaptureFixture[str], setting: str, differences: dict[int, str]
) -> None:
    status, result = played(capsys, "--set", setting)
    assert status == 1
    found = differing(result)
    for number, text in differences.items():
        assert text in found[number]


@pytest.mark.parametrize(
    ("address", "difference"),
    [
        ("+18005550100", "expected 'inbound-call 200: Dial AgentA', was 'inbound-call 200: Say"),
        ("agentb", "was 'refer 404: no_entry"),
        ("+1900*", "was 'refer 404: no_entry"),
        ("agentc", "expected 'dial-result 200: Dial AgentC', was 'dial-result 200: Say"),
    ],
)
def test_the_demo_fails_when_an_entry_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str, difference: str
) -> None:
    path = tmp_path / "directory.yaml"
    items = [item for item in entries.load(entries.DEMO) if item["address"] != address]
    path.write_text(yaml.safe_dump(items))
    status, result = played(capsys, "--directory", str(path))
    assert status == 1
    assert difference in next(iter(differing(result).values()))


def test_the_demo_fails_when_forged_requests_are_served(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("call_transfer.tokens.signed_by", lambda **_: True)
    status, result = played(capsys)
    assert (status, list(differing(result))) == (1, [5])


def test_the_demo_fails_when_no_outcome_is_recorded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "conclude", lambda *_: False)
    status, result = played(capsys)
    assert status == 1
    assert "was 'recorded hop 0: open'" in differing(result)[1]


def test_the_demo_fails_when_the_twiml_dials_somebody_else(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(_ADDRESS, NounKind.SIP, lambda _: "sip:evil@evil.example")
    status, result = played(capsys)
    assert (status, list(differing(result))) == (1, [1, 2, 3, 4, 5])
    assert "was 'inbound-call 200: Dial nobody'" in differing(result)[1]


def test_no_request_leaves_this_machine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Urls, "refer", lambda *_: "https://example.com/refer")
    status, result = played(capsys)
    assert (status, list(differing(result))) == (1, [1, 2, 3, 4, 5])
    problem = "the TwiML points to https://example.com/refer, not to this machine"
    assert set(differing(result).values()) == {problem}


def test_what_differs_is_named_on_the_terminal_too() -> None:
    done = run("gateway.demo", "--set", "HOLD_REFUSAL=message")
    assert done.returncode == 1
    assert "DIFFERS: point 5: expected 'refer 403" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"  {SCENES[3].title}: point 5")


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as left:
        demo.main(["--svg", str(tmp_path / "file")])
    assert left.value.code == 2
    assert f"argument --svg: {tmp_path / 'file'}: File exists" in capsys.readouterr().err


@pytest.mark.parametrize("program", ["gateway.demo", "gateway.serve"])
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--set", "DEFAULT_MODE=maybe"), "DEFAULT_MODE is 'maybe'"),
        (("--set", "MODE=hold"), "MODE is not one of"),
        (("--directory", "no-such-file.yaml"), "no-such-file.yaml"),
    ],
)
def test_a_wrong_option_is_named_without_a_traceback(
    program: str, arguments: tuple[str, ...], problem: str
) -> None:
    more = ANY_PORTS if program == "gateway.serve" else ()
    done = run(program, *arguments, *more)
    assert done.returncode == 2
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def serving(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Run `make serve` on free ports; yield the process and what it prints until it is ready."""
    command = [sys.executable, "-m", "gateway.serve", *ANY_PORTS, *arguments]
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process, said(process, "Requests:")
        finally:
            process.kill()


def said(process: "subprocess.Popen[str]", until: str) -> str:
    """Read what a process prints up to some text, for a bounded time."""
    assert process.stdout
    text, deadline = "", time.monotonic() + SECONDS
    while until not in text:
        ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        assert ready, text
        more = os.read(process.stdout.fileno(), 65536).decode()
        assert more, text
        text += more
    return text


def pasted(command: str) -> str:
    """Run a command line as a person does who pastes it into a shell."""
    if not shutil.which("curl"):
        pytest.skip("there is no curl on this machine")
    return subprocess.run(  # noqa: S603 - what our own program printed
        ["sh", "-c", command],  # noqa: S607 - the shell that people have
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    ).stdout


def test_serve_says_what_is_needed_answers_what_it_printed_and_stops_cleanly() -> None:
    with serving() as (process, text):
        for needed in (LOCAL.sid, LOCAL.token, "POST /inbound-call", "agentb", "AWS_ENDPOINT_URL"):
            assert needed in text
        first, second = re.findall(r"^  (\S.*)$", text, re.MULTILINE)
        answer = pasted(first)
        assert "sip:agenta@pbx.example.com" in answer
        assert answer.endswith("\n200\n")
        refer = pasted(pasted(second))
        assert "sip:agentb@pbx.example.com" in refer
        assert refer.endswith("\n200\n")
        assert "webhook: refer mode=hold" in said(process, "dialled_by=*/agentb")
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0
        assert process.stdout
        assert process.stdout.read().endswith("stopped\n")


def test_serve_takes_a_directory_and_settings(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("- {address: default, dial: [{client: support}]}")
    arguments = ("--directory", str(path), "--set", "DEFAULT_MODE=release")
    with serving(*arguments) as (process, text):
        assert "dials support" in text
        answer = pasted(re.findall(r"^  (curl .*)$", text, re.MULTILINE)[0])
        assert "<Identity>support</Identity>" in answer
        assert "answerOnBridge" not in answer
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


@pytest.mark.parametrize("option", ["--port", "--aws-port", "--sip-port"])
def test_serve_says_so_when_a_port_is_taken(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("gateway.serve", *ANY_PORTS, option, port)
    assert done.returncode == 1
    assert re.search(rf"\b{port}\b", done.stderr)
    assert "Traceback" not in done.stderr


def test_a_parameter_without_a_value_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        sign.main(["http://127.0.0.1:8080/refer/hold", "ReferTransferTarget"])
    assert "is not Name=Value" in capsys.readouterr().err


@pytest.mark.parametrize("command", [one for one in COMMANDS if " -m gateway.demo" in one])
def test_the_demo_commands_of_the_page_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    words = shlex.split(command.replace("pictures", str(tmp_path)), comments=True)
    expected = 1 if "DEFAULT_MODE=release" in words else 0
    assert words[:3] == [".venv/bin/python", "-m", "gateway.demo"]
    assert demo.main(words[3:]) == expected
    assert capsys.readouterr().out


def test_the_curl_of_the_page_is_the_one_that_serve_prints() -> None:
    url = f"http://127.0.0.1:{serve.PORT}/inbound-call"
    assert curl(url, LOCAL.request(url, INITIAL)) in COMMANDS


def test_the_sign_command_of_the_page_prints_a_curl(capsys: pytest.CaptureFixture[str]) -> None:
    [command] = [one for one in COMMANDS if " -m pivot.sign" in one]
    assert sign.main(shlex.split(command)[3:]) == 0
    assert capsys.readouterr().out.startswith("curl ")


def test_the_ladder_of_the_page_is_from_the_demo(shown: str) -> None:
    [excerpt] = [block for kind, block in BLOCKS if kind == "text"]
    assert excerpt in shown


def test_every_command_of_the_page_is_tried_here_or_by_make() -> None:
    tried = re.compile(
        r"\.venv/bin/python -m (gateway\.(demo|serve|sample_events)|pivot\.sign)\b|curl |make "
    )
    assert [one for one in COMMANDS if not tried.match(one)] == []


def test_the_events_of_the_page_are_those_of_the_folder() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert listed == {path.stem for path in (ROOT / "tests/events").glob("*.json")} - {"env"}

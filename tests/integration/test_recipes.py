"""docs/recipes.md and its pages: each Refer-To runs through the commands and the handlers."""

import ast
import json
import re
import shlex
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
import yaml
from click.testing import CliRunner

from call_transfer.application import application
from call_transfer.errors import InvalidTarget
from call_transfer.refer_to import ReferTo
from gateway.stack import ROOT
from laptop import Laptop, dial, held
from pages import Page
from refer_cli.explaining.question import BASE_URL
from refer_cli.main import main

INDEX = Page("recipes.md")
NAMES = sorted(path.name for path in (ROOT / "docs" / "recipes").glob("*.md"))
PAGES = [Page(f"recipes/{name}") for name in NAMES]
of_each_page = pytest.mark.parametrize("page", PAGES, ids=NAMES)
# A Tuesday morning in New York, as the commands of the pages say where it matters.
MOMENT = datetime.fromisoformat("2026-11-24T10:00:00-05:00").timestamp()
CALLED = "+12025550100"


def refer_to(page: Page) -> str:
    """Return the Refer-To that a page says is sent."""
    [(_, request)] = page.blocks("sip")
    [value] = re.findall(r"^Refer-To: (\S+)$", request, re.MULTILINE)
    return str(value)


def directory(page: Page) -> tuple[str, str]:
    """Return the directory of a page, with the name of its file."""
    [found] = page.blocks("yaml")
    return found


def explained(page: Page, folder: Path, *, initial: bool) -> ET.Element:
    """Return the TwiML of the first answer that `refer explain` shows on a page."""
    command = explains(page)[not initial].removesuffix(" --brief")
    shown = page.run(command, folder)
    [answer, *_] = re.findall(
        r"^ {2}<Response>\n.*?^ {2}</Response>", shown, re.DOTALL | re.MULTILINE
    )
    return ET.fromstring(answer)  # noqa: S314 - printed by our own command


def explains(page: Page) -> list[str]:
    """Return the two questions of a page: the initial call, then the transfer."""
    return [command for command in page.commands if command.startswith("refer explain")]


def same(element: ET.Element) -> str:
    """Return TwiML without what differs between one call and another."""
    xml = ET.canonicalize(ET.tostring(element, "unicode"), strip_text=True)
    xml = re.sub(
        r"https://[a-z0-9.-]+/(?=(refer|leg-status|dial-result|verb-re|whisp|record))",
        f"{BASE_URL}/",
        xml,
    )
    xml = re.sub(r"CA[0-9]{32}/([0-9])/[0-9a-f]+/", r"CA/\1/ID/", xml)
    return re.sub(r' password="[^"]*"', ' password="********"', xml)


def test_the_index_has_each_page_and_no_other() -> None:
    assert (
        sorted(re.findall(r"^\| \[[^\]]+\]\(recipes/([a-z-]+\.md)\)", INDEX.text, re.MULTILINE))
        == NAMES
    )


@of_each_page
def test_a_page_says_how_what_and_what_else(page: Page) -> None:
    leads = re.findall(r"^\*\*([A-Z][^*]+)\.\*\*", page.text, re.MULTILINE)
    assert leads == ["Connection", "What triggers it", "The result", "Pitfalls"]


@of_each_page
def test_a_page_is_one_screen_beside_its_blocks(page: Page) -> None:
    prose = re.sub(r"^```.*?^```\n", "", page.text, flags=re.MULTILINE | re.DOTALL)
    assert len([line for line in prose.splitlines() if line]) <= 40


@of_each_page
def test_lint_has_nothing_against_the_directory(page: Page, tmp_path: Path) -> None:
    name, text = directory(page)
    (tmp_path / name).write_text(text)
    for command in (["targets", "validate"], ["lint"]):
        result = CliRunner().invoke(main, [*command, str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        assert "warning" not in result.output


@of_each_page
def test_the_commands_print_what_the_page_shows(page: Page, tmp_path: Path) -> None:
    page.prints_what_it_shows(tmp_path)


@of_each_page
def test_the_commands_ask_about_the_refer_to_that_is_sent(page: Page) -> None:
    words = [shlex.split(command) for command in page.commands]
    assert [(one[1], one[2]) for one in words] == [
        ("parse", refer_to(page)),
        ("explain", CALLED),
        ("explain", refer_to(page)),
    ]


@of_each_page
def test_the_configuration_of_the_sender_is_readable_and_names_the_target(page: Page) -> None:
    named = [body for _, body in page.blocks("json")]
    for body in named:
        json.loads(body)
    for _, body in page.blocks("python"):
        compile(body, page.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
        named.append(body)
    named += [body for _, body in page.blocks("ini")]
    uri = ReferTo.parse(refer_to(page)).uri
    configured = "".join(named).replace("\\\\", "")
    # Of a phone nothing is configured: a person dials.
    assert not configured or f"sip:{uri.user}@{uri.host}" in configured


@of_each_page
def test_the_handlers_answer_what_the_page_shows(
    page: Page, laptop: Laptop, tmp_path: Path
) -> None:
    for entry in yaml.safe_load(directory(page)[1]):
        laptop.entry(**entry)
    if "secret.json" in page.files:
        held("secretsmanager").put_secret_value(
            SecretId=laptop.stack.environment["TOKENS_SECRET"],
            SecretString=json.dumps(
                json.loads(page.files["secret.json"]) | {laptop.account.sid: [laptop.account.token]}
            ),
        )
    clock = SimpleNamespace(time=lambda: MOMENT)
    laptop.monkeypatch.setattr("call_transfer.application.time", clock)
    application.cache_clear()
    call = laptop.call(CALLED, From="+12025550143")
    refer_url = dial(call).attrib["referUrl"].partition("#")[0]
    referred = laptop.refer(refer_to(page), refer_url, From="+12025550143", To=CALLED)
    for response, initial in ((call, True), (referred, False)):
        assert response.status == 200
        answer = ET.fromstring(response.body)  # noqa: S314 - our own answer
        assert same(answer) == same(explained(page, tmp_path, initial=initial))


def test_a_history_key_beside_a_user_to_user_is_too_long_for_twilio() -> None:
    # IBM's page sends both when the assistant sets a User-to-User of its own.
    key = f"dev::latest::{'0' * 6}::" + "::".join(["00000000-0000-0000-0000-000000000000"] * 3)
    uui = f"{'0' * 36}%3Bencoding%3Dhex"
    target = (
        f"sip:desk@transfer.example.com?User-to-User={uui}"
        f"&X-Watson-Assistant-Session-History-Key={key}::{'0' * 32}"
    )
    with pytest.raises(InvalidTarget, match="too_long"):
        ReferTo.parse(target)

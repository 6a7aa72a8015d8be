"""The documents say what is there: links, fields, addresses, outputs, commands."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from call_transfer.directory import is_address
from gateway.stack import ROOT, Stack
from refer_cli.main import main

README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def section(title: str) -> str:
    """Return the text of one section of the README."""
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(table: str) -> list[str]:
    """Return the code spans in the first column of a Markdown table."""
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    return [cell for row in rows for cell in re.findall("`([^`]+)`", row.split("|")[1])]


@pytest.mark.parametrize("path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS])
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
        assert "://" in target or (path.parent / target).exists(), target


def test_the_directory_of_the_readme_can_be_imported(tmp_path: Path) -> None:
    [text] = re.findall(r"^   ```yaml\n(.*?)^   ```", README, re.DOTALL | re.MULTILINE)
    file = tmp_path / "directory.yaml"
    file.write_text(dedent(text))
    for command in (["targets", "validate", str(file)], ["lint", str(file)]):
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
    shown = CliRunner().invoke(
        main, ["explain", "<sip:2001@example.sip.twilio.com>", "--directory", str(file)]
    )
    assert "sip:agent-b@example.sip.twilio.com for 20 s" in shown.output


def test_the_addresses_of_the_readme_are_addresses() -> None:
    addresses = first_cells(section("The directory"))
    assert len(addresses) == 7
    assert all(is_address(address) for address in addresses)


def test_the_outputs_that_the_readme_names_are_outputs() -> None:
    named = set(re.findall("`([A-Z][A-Za-z]+)`", section("Deploy it")))
    assert named - {"REFER", "REGION"} <= set(Stack().template["Outputs"])
    assert {"FallbackUrl", "VoiceUrl", "ReferUrlHold", "ReferUrlRelease"} <= named


def test_the_first_screen_has_two_commands() -> None:
    commands = README.partition("```sh\n")[2].partition("```")[0].splitlines()
    assert [line.split("#")[0].strip() for line in commands] == ["make demo", "make test"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda p: p.stem
)
def test_a_decision_is_dated_and_says_the_way_back(path: Path) -> None:
    text = path.read_text()
    assert re.match(r"\d{4}-\d{2}-\d{2}-", path.name)
    assert path.name[:10] in text
    assert "way back" in text.lower()


def test_the_readme_shows_what_refer_parse_prints() -> None:
    [(address, shown)] = re.findall(
        r"\.venv/bin/refer parse '([^']+)'\n```\n\n```\n(.*?)```", README, re.DOTALL
    )
    result = CliRunner().invoke(main, ["parse", address])
    assert (result.exit_code, result.output) == (0, shown)


def test_every_dependency_is_on_the_page_that_says_why() -> None:
    page = (ROOT / "docs" / "decisions" / "2026-11-23-dependencies.md").read_text()
    inputs = (ROOT / "requirements").glob("*.in")
    lines = [line for path in inputs for line in path.read_text().splitlines()]
    wanted = [re.split(r"[\[=<> ]", line)[0] for line in lines if re.match("[a-z]", line)]
    assert [name for name in wanted if f"`{name}`" not in page] == []

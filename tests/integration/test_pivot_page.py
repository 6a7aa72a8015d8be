"""docs/pivot.md: its example runs, its commands exist, its cells and options too."""

import re
import shlex

from click.testing import CliRunner

from gateway import serve, softphone
from gateway.stack import ROOT
from pivot.matrix import main
from pivot.matrix.local import cells
from refer_cli.main import main as refer

PAGE = (ROOT / "docs" / "pivot.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]


def test_the_example_of_the_page_runs() -> None:
    [example] = [block for kind, block in BLOCKS if kind == "python"]
    exec(compile(example, "docs/pivot.md", "exec"), {})  # noqa: S102 - our own page


def test_the_options_of_make_matrix_are_known_and_its_cell_is_one() -> None:
    [line] = [line for line in COMMANDS if line.startswith("make matrix ARGS=")]
    words = shlex.split(shlex.split(line)[2].removeprefix("ARGS="))
    assert main.main([*words]) == 0


def test_every_option_of_refer_that_the_page_names_is_one() -> None:
    help_text = CliRunner().invoke(refer, ["rehearse", "--help"]).output
    named = {word for line in COMMANDS if "refer rehearse" in line for word in line.split()}
    options = {word for word in named if word.startswith("--")}
    assert options == {"--local", "--entries", "--set"}
    assert all(option in help_text for option in options)


def test_the_addresses_of_the_page_are_those_that_serve_prints() -> None:
    shown = "\n".join(softphone.opening(softphone.PORT, ()))
    addresses = re.findall(r"^\| `(sip:\S+)` \|", PAGE, re.MULTILINE)
    assert len(addresses) == 3
    assert all(address in shown for address in addresses)
    assert f"http://127.0.0.1:{serve.PORT} --local" in PAGE
    [line] = [line for line in COMMANDS if "gateway.serve --phone" in line]
    softphone.Extension.parse(line.split()[-1])


def test_the_page_is_right_about_how_many_calls_there_are() -> None:
    assert "Some 95 calls" in PAGE
    assert 90 <= len(cells()) <= 100

"""`refer targets deny-set` writes a directory file that denies expensive numbers by prefix."""

import json
import re
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from call_transfer.directory import candidates, match
from call_transfer.entry import Entry
from call_transfer.refer_to import ReferTo
from call_transfer.verb import Deny
from gateway import entries
from refer_cli.deny_set import deny_set
from refer_cli.number_ranges import emergency_numbers

ACCOUNT = f"AC{'5' * 32}"
TERRITORIES = ("--kind", "us-territories")  # the fewest entries


def run(*arguments: str) -> Result:
    return CliRunner().invoke(deny_set, arguments)


def items(*arguments: str) -> list[dict[str, Any]]:
    answered: list[dict[str, Any]] = json.loads(run("--json", *arguments).stdout)
    return answered


def governing(number: str, *directory: dict[str, Any]) -> str:
    """Return the address of the entry that decides about a number."""
    found = {(one["tenant"], one["address"]): one for one in directory}
    entry = match(ACCOUNT, candidates(ReferTo.parse(f"tel:{number}")), found)
    return "" if entry is None else f"{entry['tenant']}/{entry['address']}"


@pytest.fixture(scope="module")
def shared() -> list[dict[str, Any]]:
    return items()


def test_the_file_is_a_directory_of_denials(tmp_path: Path, shared: list[dict[str, Any]]) -> None:
    written = run("--output", str(tmp_path / "deny.yaml"))
    assert (written.exit_code, written.stdout) == (0, "")
    assert entries.load(tmp_path / "deny.yaml") == shared
    assert {type(Entry.parse(item).action) for item in shared} == {Deny}


def test_there_are_hundreds_of_entries_and_not_thousands(shared: list[dict[str, Any]]) -> None:
    assert 400 < len(shared) < 2000


def test_how_many_entries_there_are_is_said_beside_the_file() -> None:
    result = run(*TERRITORIES)
    assert result.stderr == "6 entries; 0 ranges left out\n"
    assert len(yaml.safe_load(result.stdout)) == 6


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("+19005550123", "*/+1900*"),
        ("+18765550123", "*/+1876*"),
        ("+881612345678", "*/+881*"),
        ("+491801234567", "*/+49180*"),
        ("+14155550123", ""),
        ("+442079460123", ""),
        ("+17875550123", ""),
    ],
)
def test_a_number_that_costs_is_governed_by_its_entry_and_an_ordinary_one_by_none(
    number: str, address: str, shared: list[dict[str, Any]]
) -> None:
    assert governing(number, *shared) == address


@pytest.mark.parametrize(
    ("tenant", "address"), [("*", "+1876555*"), ("*", "+18765550123"), (ACCOUNT, "+1876*")]
)
def test_an_exception_wins(tenant: str, address: str, shared: list[dict[str, Any]]) -> None:
    exception = {"tenant": tenant, "address": address, "dial": "as_asked"}
    assert governing("+18765550123", *shared, exception) == f"{tenant}/{address}"


def test_the_entries_can_be_those_of_a_tenant() -> None:
    assert {one["tenant"] for one in items(*TERRITORIES, "--tenant", ACCOUNT)} == {ACCOUNT}


def test_the_header_says_how_to_make_the_same_file_again() -> None:
    arguments = (*TERRITORIES, "--kind", "satellite", "--tenant", ACCOUNT, "--date", "2026-11-24")
    first = run(*arguments).stdout
    assert (
        f"# Made on 2026-11-24 from the metadata of phonenumbers {version('phonenumbers')}.\n"
        in first
    )
    assert (
        "# 10 entries. Kinds: us-territories, satellite.\n# Regions: AS, GU, MP, PR, VI.\n" in first
    )
    [line] = [line for line in first.splitlines() if "refer targets deny-set" in line]
    again = shlex.split(line.removeprefix("#   refer targets deny-set "))
    assert again[-2:] == ["--output", "FILE"]
    assert run(*again[:-2], "--date", "2026-11-24").stdout == first


def test_the_header_counts_what_is_left_out_and_says_where() -> None:
    header = [line for line in run("--kind", "shared-cost").stdout.splitlines() if line[0] == "#"]
    [count] = [line for line in header if "are left out" in line]
    where = [line for line in header if line.startswith("#   shared cost (")]
    many = [re.search(r"\(([0-9]+) ranges\)", line) for line in where]
    assert int(count.split()[1]) == sum(
        int(more[1]) if more else line.count("*") for line, more in zip(where, many, strict=True)
    )


def test_emergency_numbers_are_one_line() -> None:
    result = run("--emergency")
    assert (result.exit_code, result.stdout) == (0, f"{','.join(emergency_numbers())}\n")
    assert json.loads(run("--emergency", "--json").stdout) == list(emergency_numbers())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tenant", "AC5"], "AccountSid"),
        (["--kind", "cheap"], "premium"),
        (["--date", "today"], "%Y-%m-%d"),
        (["--emergency", "--kind", "premium"], "leave out --kind"),
        ([*TERRITORIES, "--output", "/nowhere/deny.yaml"], "a folder that exists"),
    ],
)
def test_what_cannot_be_done_is_a_usage_error_that_says_what_to_do(
    arguments: list[str], said: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr

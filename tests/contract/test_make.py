"""The command surface and the locks: documents promise targets that exist, pins have hashes."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LOCKS = [
    ROOT / "functions/requirements.txt",
    *(ROOT / f"requirements/{name}.txt" for name in ("checkov", "dev", "ministack", "sam", "uv")),
]
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
PIN = re.compile(r"([a-z0-9][a-z0-9.-]*)==(\S+)(?: ; [^\\]+)? \\")
HASH = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}(?: \\)?")


def mentioned(document: Path) -> Iterator[str]:
    for code in CODE.findall(document.read_text(encoding="utf-8")):
        yield from re.findall(r"\bmake ([a-z][a-z-]*)", code)


def pins(lock: Path) -> dict[str, str]:
    lines = lock.read_text(encoding="utf-8").splitlines()
    return {pin[1]: pin[2] for line in lines if (pin := PIN.fullmatch(line))}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_make_targets_that_a_document_mentions_exist(document: Path) -> None:
    assert set(mentioned(document)) <= TARGETS


def test_contributing_shows_commands() -> None:
    assert {"install", "check", "test", "invoke"} <= set(mentioned(ROOT / "CONTRIBUTING.md"))


def test_help_lists_every_target_with_a_line() -> None:
    # MAKEFLAGS of a make that runs these tests would reach the one under test.
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    listing = subprocess.run(
        ["make", "help"],  # noqa: S607 - the make that people have
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = dict(line.split(maxsplit=1) for line in listing.splitlines())
    assert set(lines) == TARGETS


@pytest.mark.parametrize("lock", LOCKS, ids=named)
def test_lock_is_pins_each_with_a_hash_and_names_no_index(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    # Comments say who asked for a package; the rest is a pin, or a hash of the pin above it.
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    kinds = "".join(
        "p" if PIN.fullmatch(line) else "h" if HASH.fullmatch(line) else "?" for line in lines
    )
    assert re.fullmatch(r"(ph+)+", kinds)
    assert "://" not in text


def test_what_ships_is_what_the_tests_run_with() -> None:
    shipped = pins(ROOT / "functions/requirements.txt")
    assert shipped
    assert shipped.items() <= pins(ROOT / "requirements/dev.txt").items()


def test_ci_run_is_executable() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)

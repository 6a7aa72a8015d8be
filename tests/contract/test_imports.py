"""The direction of imports: pure modules decide, edge modules touch the world."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.stack import ROOT

PACKAGE = ROOT / "functions" / "call_transfer"
PURE = {
    "action",
    "attempt",
    "bugs",
    "chain",
    "context",
    "decision",
    "directory",
    "entry",
    "environment",
    "errors",
    "event",
    "facts",
    "fields",
    "grammar",
    "hours",
    "links",
    "noun",
    "noun_fields",
    "outcome",
    "outcome_settings",
    "overdue",
    "plan",
    "plan_item",
    "policy",
    "rates",
    "record",
    "record_item",
    "refer_to",
    "ringing",
    "sip_uri",
    "tell",
    "token_document",
    "twiml",
    "verb",
    "whisper",
}
EDGE = {
    "application",
    "asking",
    "aws_client",
    "counted",
    "dry_run",
    "dynamodb",
    "event_bus",
    "hop",
    "open_hops",
    "priming",
    "progress",
    "reply",
    "settings",
    "signature",
    "store",
    "telemetry",
    "tokens",
    "unattended",
    "updates",
    "watching",
    "webhook",
}
HANDLERS = [path.stem for path in sorted((ROOT / "functions").glob("*.py"))]
# TwiML is built by Twilio's library, which only makes strings.
OUTSIDE_OF_PURE = {"twilio.twiml.voice_response"}


def imported(path: Path) -> set[str]:
    """Return the modules that a file imports, without those for type checkers only."""
    tree = ast.parse(path.read_text())
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "call_transfer":
            names |= {f"call_transfer.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_every_module_is_either_pure_or_edge() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"} == PURE | EDGE


@pytest.mark.parametrize("module", sorted(PURE))
def test_pure_modules_import_pure_modules_and_the_standard_library(module: str) -> None:
    allowed = {f"call_transfer.{name}" for name in PURE} | OUTSIDE_OF_PURE
    names = imported(PACKAGE / f"{module}.py") - allowed
    outside = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    assert outside == set()


@pytest.mark.parametrize("module", sorted(PURE))
def test_pure_modules_read_no_clock_no_environment_and_no_files(module: str) -> None:
    worldly = {"os", "time", "random", "secrets", "pathlib", "socket", "uuid", "io"}
    path = PACKAGE / f"{module}.py"
    assert imported(path) & worldly == set()
    # Dates are values; what day it is, is the world's to say.
    asked = {
        one.attr for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Attribute)
    }
    assert asked & {"now", "today", "utcnow"} == set()


def test_boto3_is_imported_where_clients_are_made_only() -> None:
    users = {path.stem for path in PACKAGE.glob("*.py") if "boto3" in imported(path)}
    assert users == {"aws_client"}


def test_the_environment_is_read_where_clients_are_made_only() -> None:
    users = {path.name for path in (ROOT / "functions").rglob("*.py") if "os" in imported(path)}
    assert users == {
        "__init__.py",
        "application.py",
        "aws_client.py",
        "priming.py",
        "unattended.py",
    }


def test_nothing_deployed_imports_what_is_not_deployed() -> None:
    ours = {"gateway", "pivot", "refer_cli", "moto", "pytest", "yaml", "rich", "click"}
    for path in (ROOT / "functions").rglob("*.py"):
        assert not {name.partition(".")[0] for name in imported(path)} & ours, path


@pytest.mark.parametrize("handler", HANDLERS)
def test_importing_a_handler_needs_no_environment_and_no_slow_library(handler: str) -> None:
    slow = ["twilio.rest", "aws_lambda_powertools.event_handler", "aws_xray_sdk"]
    code = (
        f"import sys, {handler}; "
        f"print([name for name in {slow} if name in sys.modules]); "
        "from call_transfer.application import application; "
        "assert application.cache_info().currsize == 0"
    )
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code],
        cwd=ROOT / "functions",
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout.strip(), run.returncode) == ("[]", 0), run.stderr

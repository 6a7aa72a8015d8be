"""`refer doctor` as tests run it, on a stack that they deploy with what they want to see."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from click.testing import CliRunner, Result

import set_up
from gateway.stack import Stack
from refer_cli.main import main
from set_up import SID, TOKEN

NUMBER = "+18005550100"
AGENT = {"sip": "sip:agent-a@example.sip.twilio.com"}
ENTRY = {"tenant": "*", "address": NUMBER, "dial": [AGENT]}

type Deploy = Callable[..., None]
type Told = list[tuple[str, str, str | None]]


def deploying(stack: Stack) -> Deploy:
    """Return what creates a stack; what it is not told is as it should be, "" is no output."""

    def deploy(
        entries: Sequence[Mapping[str, Any]] = (ENTRY,),
        tokens: Mapping[str, Sequence[str]] | None = None,
        parameters: Mapping[str, str] = set_up.PARAMETERS,
        **outputs: str,
    ) -> None:
        arn = set_up.storage(stack, entries, {SID: [TOKEN]} if tokens is None else tokens)
        told = {name: value for name, value in set_up.outputs(arn, **outputs).items() if value}
        set_up.deploy(told, parameters)

    return deploy


def run(*words: str, exit_code: int = 0) -> Result:
    """Run the command, and hold its exit status."""
    result = CliRunner().invoke(main, ["doctor", *words])
    assert result.exit_code == exit_code, result.output
    assert TOKEN not in result.output
    return result


def found(check: str, *words: str, exit_code: int = 0) -> Told:
    """Return the findings of one check: status, text, advice."""
    result = run("--only", check, "--json", *words, exit_code=exit_code)
    [told] = json.loads(result.output)["checks"]
    assert told["check"] == check
    return [(one["status"], one["text"], one["advice"]) for one in told["findings"]]

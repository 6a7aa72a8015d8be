"""`make demo`: whole transfers on this machine, without an account, a phone or a network.

Twilio is played by a small model of it; everything else is what is deployed.  Exits with 1 when
the story of a call is not the one expected, and names the first sentence that differs.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from rich.console import Console
from rich.text import Text

from call_transfer.errors import SettingsError
from gateway import entries, options, report
from gateway.deployment import Deployment, Exchange, UnknownSetting, deployed
from gateway.performance import OffTheScript, Performance
from gateway.report import Result
from gateway.scenes import SCENES, Scene
from pivot.ladder import Line, Note
from pivot.sign import LOCAL

_STYLES = {
    "title": "bold",
    "heading": "bold",
    "request": "cyan",
    "callback": "dim",
    "answer": "green",
    "error": "red",
    "twiml": "yellow",
    "log": "magenta",
    "good": "bold green",
    "bad": "bold red",
}


def play(scene: Scene, serial: int, deployment: Deployment, heard: Sequence[Exchange]) -> Result:
    """Play one scene and compare its story with the expected one."""
    performance = Performance(deployment, heard, scene.phones, scene.number, serial)
    try:
        scene.play(performance)
        records = performance.recorded()
    except OffTheScript as reason:
        return Result(scene, performance, [], str(reason))
    return Result(scene, performance, records, _difference(scene.expected, performance.steps))


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the demonstration and print it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gateway.demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result for machines")
    parser.add_argument("--logs", action="store_true", help="print the handlers' log lines too")
    options.add(parser)
    given = parser.parse_args(arguments)
    # Colours on a terminal only; a long line is the terminal's to wrap.
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True, quiet=given.json)
    try:
        results = _played(given, console)
    except (entries.UnreadableDirectory, UnknownSetting, SettingsError) as problem:
        print(problem, file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps(report.data(results, logs=given.logs), indent=2, default=str))
    return 1 if any(result.difference for result in results) else 0


def _played(given: argparse.Namespace, console: Console) -> list[Result]:
    began = time.monotonic()
    heard: list[Exchange] = []
    results: list[Result] = []
    shown: set[Note] = set()
    with deployed(
        tokens={LOCAL.sid: LOCAL.token},
        entries=entries.load(given.directory),
        settings=dict(given.set),
        on_exchange=heard.append,
    ) as deployment:
        for serial, scene in enumerate(SCENES, start=1):
            _print(console, report.opening(scene.title, serial))
            results.append(play(scene, serial, deployment, heard))
            _print(console, report.ladder(results[-1], shown, logs=given.logs))
    _print(console, report.ending(results, len(heard), time.monotonic() - began))
    return results


def _print(console: Console, lines: Iterable[Line]) -> None:
    for style, line in lines:
        console.print(Text(line, style=_STYLES.get(style, "")))


def _difference(expected: Sequence[str], story: Sequence[str]) -> str:
    """Name the first sentence in which two stories differ; empty when they are the same."""
    for number, (wanted, was) in enumerate(zip_longest(expected, story), start=1):
        if wanted != was:
            return f"point {number}: expected {wanted!r}, was {was!r}"
    return ""


if __name__ == "__main__":
    sys.exit(main())

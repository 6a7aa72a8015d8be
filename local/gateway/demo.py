"""`make demo`: whole transfers on this machine, without an account, a phone or a network.

Twilio is played by a model of it; everything else is what is deployed.  Exits with 1 when the story
of a call is not the one expected, and names the first sentence that differs.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path

from rich.console import Console
from rich.text import Text

from call_transfer.errors import SettingsError
from gateway import entries, options, report
from gateway.deployment import Exchange, UnknownSetting, deployed
from gateway.performance import OffTheScript, Performance
from gateway.report import Result
from gateway.scenes import SCENES
from gateway.story import recorded, story
from pivot.client import Client
from pivot.overrides import BadOverride
from pivot.picture.rows import picture
from pivot.picture.svg import svg
from pivot.sign import LOCAL


def play(performance: Performance) -> Result:
    """Play one call and compare its story with the expected one."""
    stopped = ""
    try:
        performance.play()
    except (OffTheScript, BadOverride) as reason:
        stopped = str(reason)
    records = performance.records()
    told = [*story(performance.trace), *map(recorded, records)]
    difference = stopped or _difference(performance.scene.expected, told)
    return Result(performance, told, records, difference)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the demonstration and print it; return the exit status."""
    given = _parser().parse_args(arguments)
    # Colours on a terminal only; a long line is the terminal's to wrap.
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True, quiet=given.json)
    try:
        results = _played(given, console)
    except (entries.UnreadableDirectory, UnknownSetting, SettingsError) as problem:
        print(problem, file=sys.stderr)
        return 2
    for number, result in enumerate(results if given.svg else (), start=1):
        _draw(given.svg, number, result, twiml=given.twiml)
    if given.json:
        print(json.dumps(report.data(results, logs=given.logs), indent=2, default=str))
    return 1 if any(result.difference for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway.demo", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result for machines")
    parser.add_argument("--logs", action="store_true", help="print the handlers' log lines too")
    parser.add_argument(
        "--twiml",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="show the TwiML of the answers, each once (default: yes)",
    )
    parser.add_argument(
        "--svg", type=_folder, metavar="FOLDER", help="draw every call into a file of its own"
    )
    options.add(parser)
    return parser


def _played(given: argparse.Namespace, console: Console) -> list[Result]:
    began = time.monotonic()
    heard: list[Exchange] = []
    results: list[Result] = []
    shown: set[tuple[str, ...]] = set()
    with (
        deployed(
            tokens={LOCAL.sid: LOCAL.token},
            entries=entries.load(given.directory),
            settings=dict(given.set),
            on_exchange=heard.append,
        ) as deployment,
        Client() as client,
    ):
        for number, scene in enumerate(SCENES, start=1):
            _print(console, report.opening(scene.title, number))
            results.append(play(Performance(scene, deployment, client.send, heard)))
            drawn = picture(results[-1].performance.trace, twiml=given.twiml, known=shown)
            shown |= drawn.twiml
            _print(console, report.ladder(results[-1], drawn, logs=given.logs))
    _print(console, report.ending(results, len(heard), time.monotonic() - began))
    return results


def _print(console: Console, lines: Iterable[Text]) -> None:
    for line in lines:
        console.print(line)


def _draw(folder: Path, number: int, result: Result, *, twiml: bool) -> None:
    performance = result.performance
    scene = performance.scene
    drawn = svg(picture(performance.trace, twiml=twiml), title=f"{number}. {scene.title}")
    (folder / f"{number}-{scene.name}.svg").write_text(drawn, encoding="utf-8")


def _folder(text: str) -> Path:
    """Make the folder that pictures are to go into, before anything is played."""
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error.strerror}") from None
    return folder


def _difference(expected: Sequence[str], story: Sequence[str]) -> str:
    """Name the first sentence in which two stories differ; empty when they are the same."""
    for number, (wanted, was) in enumerate(zip_longest(expected, story), start=1):
        if wanted != was:
            return f"point {number}: expected {wanted!r}, was {was!r}"
    return ""


if __name__ == "__main__":
    sys.exit(main())

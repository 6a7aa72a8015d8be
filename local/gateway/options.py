"""The options that the programs of this folder share: which directory, which settings."""

import argparse
from pathlib import Path

from gateway import entries


def add(parser: argparse.ArgumentParser) -> None:
    """Add --directory and --set."""
    parser.add_argument(
        "--directory",
        type=Path,
        default=entries.DEMO,
        metavar="FILE.yaml",
        help="the entries to start with (default: those of the demo)",
    )
    parser.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable of template.yaml, for example DEFAULT_MODE=release",
    )


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value

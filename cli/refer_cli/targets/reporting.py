"""What a check found, told on the command line: each problem a line, up to a number of them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import click

from refer_cli.targets.located import Problem


@dataclass(slots=True)
class Report:
    """Tells problems while they are found, and counts them all."""

    file: str
    most: int
    as_json: bool = False
    errors: int = 0
    warnings: int = 0

    def tell(self, problems: Iterable[Problem]) -> None:
        """Print each problem, until there were enough."""
        for problem in problems:
            self.errors += not problem.warning
            self.warnings += problem.warning
            if self.errors + self.warnings > self.most:
                continue
            if self.as_json:
                click.echo(json.dumps(problem.as_json(self.file)))
            else:
                colour = "yellow" if problem.warning else "red"
                click.secho(problem.told(self.file), fg=colour, err=True)

    def rest(self) -> None:
        """Say how many were not printed."""
        hidden = self.errors + self.warnings - self.most
        if hidden > 0 and not self.as_json:
            click.echo(f"… and {hidden} more; --max-problems shows them.", err=True)


def counted(number: int, noun: str) -> str:
    """Return `1 entry`, `2 entries`."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {plural}"


max_problems_option = click.option(
    "--max-problems",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="How many problems are printed; all are counted.",
)

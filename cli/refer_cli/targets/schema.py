"""`refer targets schema`: the JSON Schema of a directory file, for editors."""

import json

import click

from refer_cli.targets.vocabulary import DOCUMENT


@click.command()
def schema() -> None:
    """Print the JSON Schema (draft 2020-12) of a directory file.

    It is docs/directory.schema.json of this project. An editor with a YAML language server checks
    and completes a file whose first line names it:

    \b
    # yaml-language-server: $schema=docs/directory.schema.json
    """  # noqa: D301 - \b is a character here, by which click keeps the lines
    click.echo(written(), nl=False)


def written() -> str:
    """Return the schema as the file in docs has it."""
    return json.dumps(DOCUMENT, indent=2, ensure_ascii=False) + "\n"

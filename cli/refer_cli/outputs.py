"""`refer outputs`: what a deployed stack says, one value to a line, ready to be copied.

`sam deploy` breaks long values at spaces, and a broken command does not paste.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option(
    "--config-env", default="default", show_default=True, help="Section of samconfig.toml."
)
@click.option(
    "--samconfig",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=Path("samconfig.toml"),
    show_default=True,
    help="Where the stack names are.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, name to value.")
def outputs(config_env: str, samconfig: Path, *, as_json: bool) -> None:
    """Print the outputs of a deployed stack. Needs AWS credentials that may describe it."""
    # Here, because `refer parse` needs no AWS and should not wait for its library.
    import boto3  # noqa: PLC0415 - see above
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see above

    stack = stack_name(samconfig, config_env)
    try:
        described: Any = boto3.client("cloudformation").describe_stacks(StackName=stack)
    except (ClientError, BotoCoreError) as error:
        raise click.ClickException(
            f"stack {stack!r} cannot be described: {error}\n"
            "Is it deployed (make deploy), and are AWS_PROFILE and AWS_REGION those of its account?"
        ) from None
    found = described["Stacks"][0].get("Outputs", [])
    if as_json:
        click.echo(json.dumps({one["OutputKey"]: one["OutputValue"] for one in found}, indent=2))
        return
    for one in found:
        click.secho(one["OutputKey"], bold=True, nl=False)
        click.echo(f": {one.get('Description', '')}\n{one['OutputValue']}\n")


def stack_name(samconfig: Path, config_env: str) -> str:
    """Return the name of the stack that a section of samconfig.toml deploys."""
    try:
        sections = tomllib.loads(samconfig.read_text())
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{samconfig} cannot be read: {error}") from None
    try:
        return str(sections[config_env]["deploy"]["parameters"]["stack_name"])
    except KeyError:
        known = ", ".join(name for name, one in sections.items() if isinstance(one, dict))
        raise click.ClickException(
            f"{samconfig} has no [{config_env}.deploy.parameters] with a stack_name."
            f" Its sections are: {known}."
        ) from None

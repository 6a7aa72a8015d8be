"""The `refer` command and its subcommands, one module each."""

import os
from importlib import import_module

import click

_COMMANDS = (
    "connect",
    "doctor",
    "explain",
    "lint",
    "outputs",
    "parse",
    "rehearse",
    "rotate",
    "secret",
    "signature",
    "targets",
)


class _OnDemand(click.Group):
    """A subcommand is imported when it is asked for: none waits for the libraries of another."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"refer_cli.{cmd_name}"), cmd_name)
        return command


@click.group(cls=_OnDemand, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Look at SIP REFER call transfers, with the code that runs behind the webhooks.

    Nothing here needs an AWS or a Twilio account unless its own help says so.
    """
    # boto3 reads the older name alone; the AWS CLI and Lambda know both.
    if "AWS_REGION" in os.environ:
        os.environ.setdefault("AWS_DEFAULT_REGION", os.environ["AWS_REGION"])

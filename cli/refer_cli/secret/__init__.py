"""`refer secret`: the auth tokens and SIP users that the webhooks read; a module per subcommand.

Nothing here is deployed. What the secret may say is decided by the deployed code alone. No command
prints a token or a password, whatever goes wrong.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

_INTERRUPTED = 130
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "set": ("refer_cli.secret.setting", "set_"),
    "show": ("refer_cli.secret.showing", "show"),
    "remove": ("refer_cli.secret.removing", "remove"),
}


class _OnDemand(click.Group):
    """A subcommand is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            # click quotes what it does not know; here that may be a token in the wrong place.
            raise click.UsageError(f"there is no such command; they are {_named()}.", ctx)
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's
        """Run the subcommand; Ctrl-C ends it with the status that shells give it."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted; `refer secret show` tells what the secret holds.", err=True)
            ctx.exit(_INTERRUPTED)


def _named() -> str:
    return ", ".join(_COMMANDS)


@click.group(cls=_OnDemand)
def secret() -> None:
    """Fill the secret: auth tokens of Twilio accounts, users of SIP trunks.

    Tokens are typed unseen, read from stdin or from TWILIO_AUTH_TOKEN; none is taken from the
    command line, none is printed. A token is named by its fingerprint, the first 8 digits of its
    SHA-256. All commands need AWS credentials that may read the secret.
    """

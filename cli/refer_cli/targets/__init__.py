"""`refer targets`: the directory as a file and as a table; each subcommand is a module of its own.

Nothing here is deployed. What an entry may say is decided by the deployed code alone.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

_INTERRUPTED = 130
# The module, and the command in it: `import` is no name that Python lets a module have.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "validate": ("refer_cli.targets.validating", "validate"),
    "import": ("refer_cli.targets.importing", "import_"),
    "export": ("refer_cli.targets.exporting", "export"),
    "diff": ("refer_cli.targets.diffing", "diff"),
    "show": ("refer_cli.targets.showing", "show"),
    "set": ("refer_cli.targets.setting", "set_"),
    "delete": ("refer_cli.targets.deleting", "delete"),
    "schema": ("refer_cli.targets.schema", "schema"),
    "deny-set": ("refer_cli.deny_set", "deny_set"),
}


class _OnDemand(click.Group):
    """A subcommand is imported when it is asked for: `validate` does not wait for AWS."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's
        """Run the subcommand; Ctrl-C ends it with the status that shells give it."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(_INTERRUPTED)


@click.group(cls=_OnDemand)
def targets() -> None:
    """Check, import, export and edit the directory: who may be dialled.

    A directory file is YAML, a list of entries, or CSV with a header of field names. An entry
    without a tenant is shared by all (`*`). validate, schema and deny-set need no AWS account;
    the others read or write the targets table.
    """

"""Which secret: the options that say so, and the stack that does when they do not."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import click
from botocore.config import Config

from refer_cli.connecting.stack import DeployedStack
from refer_cli.secret.document import Document, UnreadableSecret
from refer_cli.secret.store import Secret, Version
from refer_cli.secret.typed import no_token
from refer_cli.targets.connection import AwsProblem, in_words, typed
from refer_cli.targets.located import printable

_OUTPUT = "TokensSecret"
_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 5})


@dataclass(frozen=True, slots=True)
class Where:
    """What the options say of the secret."""

    secret_id: str | None
    config_env: str
    samconfig: Path

    def connect(self) -> Secret:
        """Return the secret. Raises ClickException when nobody says which, or where."""
        name = self.secret_id or self._deployed()
        with in_words(f"the secret {name}"):
            return Secret(boto3.client("secretsmanager", config=_RETRIES), name)

    def _deployed(self) -> str:
        if not self.samconfig.exists():
            raise click.UsageError(
                "Say which secret: --secret-id NAME, or TOKENS_SECRET in the environment; or run"
                f" this where {self.samconfig} is, which names the stack."
            )
        stack = DeployedStack.read(self.samconfig, self.config_env)
        if _OUTPUT not in stack.outputs:
            raise AwsProblem(f"the stack {stack.name} has no output {_OUTPUT}: give --secret-id.")
        return stack.outputs[_OUTPUT]


def secret_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which secret; the command gets `where`, and no argument."""

    @click.option(
        "--secret-id",
        envvar="TOKENS_SECRET",
        callback=no_token,
        help="Its ARN or name; else the stack's.",
    )
    @click.option(
        "--config-env", default="default", callback=no_token, help="Section of samconfig.toml."
    )
    @click.option(
        "--samconfig",
        type=click.Path(dir_okay=False, path_type=Path),
        default=Path("samconfig.toml"),
        help="Where the stack names are.",
    )
    @functools.wraps(command)
    def with_where(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's
        secret_id, config_env = kwargs.pop("secret_id"), kwargs.pop("config_env")
        if typed("config_env") and not typed("secret_id"):
            # Whoever names a stack does not mean the secret that a variable was left with.
            secret_id = None
        where = Where(secret_id, config_env, kwargs.pop("samconfig"))
        return command(*args, where=where, **kwargs)

    return with_where


def document_of(version: Version) -> Document:
    """Return what a version holds. Raises ClickException when the functions cannot read it."""
    try:
        return Document.parse(version.text)
    except UnreadableSecret as problem:
        raise click.ClickException(
            f"{printable(str(problem))}. Every request is answered with 503 until that is repaired:"
            " edit the secret in the Secrets Manager console. Nothing is written here."
        ) from None

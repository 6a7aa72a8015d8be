"""Which table, and how to reach it; what AWS answers is said in words.

Nothing here reads or writes an entry.
"""

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import click
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from click.core import ParameterSource

from refer_cli.outputs import stack_name
from refer_cli.targets.table import Table, Throttled

_OUTPUT = "TargetsTable"
_ACCOUNT = "Are AWS_PROFILE and AWS_REGION those of its account?"
_WORDS = {
    "ResourceNotFoundException": f"there is no such table. {_ACCOUNT}",
    "AccessDenied": "these credentials may not describe the stack; give --table.",
    "AccessDeniedException": "these credentials have no permission for that on it; they need"
    " dynamodb:BatchGetItem, Query, Scan, PutItem and DeleteItem.",
    "UnrecognizedClientException": f"AWS does not know these credentials. {_ACCOUNT}",
    "InvalidSignatureException": "AWS does not take the signature: is the secret key right, and the"
    " clock of this machine?",
    "SignatureDoesNotMatch": f"AWS does not take the signature of these credentials. {_ACCOUNT}",
    "InvalidClientTokenId": f"AWS does not know these credentials. {_ACCOUNT}",
    "ExpiredTokenException": "the credentials have expired; log in again.",
    "ExpiredToken": "the credentials have expired; log in again.",
}


class AwsProblem(click.ClickException):
    """AWS did not do it."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Where:
    """What the options say of the table."""

    table: str | None
    config_env: str
    samconfig: Path

    def connect(self, concurrency: int = 1) -> Table:
        """Return the table. Raises ClickException when nobody says which, or where."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 10},
            max_pool_connections=concurrency + 2,
        )
        with in_words(f"the stack of {self.config_env}"):
            name = self.table or self._deployed()
        with in_words(f"the table {name}"):
            return Table(boto3.client("dynamodb", config=config), name)

    def _deployed(self) -> str:
        if not self.samconfig.exists():
            raise click.UsageError(
                "Say which table: --table NAME, or TARGETS_TABLE in the environment; or run this"
                f" where {self.samconfig} is, which names the stack."
            )
        stack = stack_name(self.samconfig, self.config_env)
        try:
            described: Any = boto3.client("cloudformation").describe_stacks(StackName=stack)
        except ClientError as error:
            if _code(error) == "ValidationError":
                raise AwsProblem(
                    f"there is no stack {stack}: deploy it, or give --table."
                ) from None
            raise
        found = {one["OutputKey"]: one["OutputValue"] for one in described["Stacks"][0]["Outputs"]}
        if _OUTPUT not in found:
            raise AwsProblem(f"the stack {stack} has no output {_OUTPUT}: give --table.")
        return str(found[_OUTPUT])


def table_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which table; the command gets `where`."""

    @click.option("--table", envvar="TARGETS_TABLE", help="Its name; else the stack's output.")
    @click.option("--config-env", default="default", help="Section of samconfig.toml.")
    @click.option(
        "--samconfig",
        type=click.Path(dir_okay=False, path_type=Path),
        default=Path("samconfig.toml"),
        help="Where the stack names are.",
    )
    @functools.wraps(command)
    def with_where(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - click's
        table, config_env = kwargs.pop("table"), kwargs.pop("config_env")
        if typed("config_env") and not typed("table"):
            # Whoever says which environment does not mean the table that a shell still names.
            table = None
        where = Where(table, config_env, kwargs.pop("samconfig"))
        return command(*args, where=where, **kwargs)

    return with_where


def typed(option: str) -> bool:
    """Whether an option stands on the command line, and is no default nor a variable."""
    source = click.get_current_context().get_parameter_source(option)
    return source is ParameterSource.COMMANDLINE


@contextmanager
def in_words(what: str) -> Iterator[None]:
    """Turn what AWS raises into a sentence about `what`."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError):
        raise AwsProblem(
            "there are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and"
            " AWS_SECRET_ACCESS_KEY."
        ) from None
    except NoRegionError:
        raise AwsProblem("no AWS region is set: set AWS_REGION.") from None
    except ClientError as error:
        code = _code(error)
        said = _WORDS.get(code) or f"{code}: {error.response['Error'].get('Message', '')}"
        raise AwsProblem(f"{what}: {said}") from None
    except Throttled as problem:
        raise AwsProblem(f"{problem}; run this again in a while.") from None
    except BotoCoreError as error:
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        at = f" (AWS_ENDPOINT_URL is {endpoint})" if endpoint else ""
        raise AwsProblem(f"{what} cannot be reached: {error}{at}") from None


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "ClientError")

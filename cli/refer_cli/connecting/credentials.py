"""Whose numbers: an account and what opens it, from the environment or from the stack's secret.

No repr and no message here quotes a token. The secret is read as the deployed code reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
import click
from botocore.exceptions import ClientError

from refer_cli.secret.document import ACCOUNT_SID
from refer_cli.secret.store import in_words
from refer_cli.signed.deployed import GivenTokens, UnusableTokens

if TYPE_CHECKING:
    from twilio.rest import Client

_ACCOUNT = "TWILIO_ACCOUNT_SID"
_TOKEN = "TWILIO_AUTH_TOKEN"  # noqa: S105 - the name of a variable
_KEY, _KEY_SECRET = "TWILIO_API_KEY", "TWILIO_API_SECRET"


@dataclass(frozen=True, slots=True)
class Credentials:
    """`secret` is the auth token of the account, or that of `api_key` where there is one."""

    account_sid: str
    secret: str = field(repr=False)
    api_key: str = ""

    def client(self) -> "Client":
        """Return a client of Twilio's REST API."""
        # Here, because it is a large library, and not every check needs it.
        from refer_cli import twilio_api  # noqa: PLC0415 - see above

        return twilio_api.client(self.account_sid, self.secret, api_key=self.api_key)


def of_environment(environment: Mapping[str, str]) -> Credentials | None:
    """Return what the environment holds; None when it holds nothing. Raises UsageError."""
    account = environment.get(_ACCOUNT, "")
    token, key = environment.get(_TOKEN, ""), environment.get(_KEY, "")
    if not (account or token or key):
        return None
    if not account:
        raise click.UsageError(f"set {_ACCOUNT} to the account whose {_TOKEN} or {_KEY} is set.")
    if not ACCOUNT_SID.fullmatch(account):
        # Not quoted: it may be the token in the wrong variable.
        raise click.UsageError(f"{_ACCOUNT} holds no account SID: AC and 32 hexadecimal digits.")
    if key:
        if not environment.get(_KEY_SECRET):
            raise click.UsageError(f"{_KEY} needs {_KEY_SECRET} beside it.")
        return Credentials(account, environment[_KEY_SECRET], key)
    return Credentials(account, token) if token else None


def secret_text(secret_id: str) -> str:
    """Return the stack's secret as it is stored, "" when it was never filled.

    Raises ClickException when AWS does not hand it out.
    """
    with in_words(secret_id):
        try:
            answer = boto3.client("secretsmanager").get_secret_value(SecretId=secret_id)
        except ClientError as error:
            # Created by the stack without a value, which is filled afterwards.
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return ""
            raise
        return str(answer.get("SecretString", ""))


def tokens_of(text: str) -> dict[str, tuple[str, ...]]:
    """Return the tokens of each account in the secret, the first one first.

    Raises UnusableTokens when the deployed code would not take the secret, or nothing is in it.
    """
    keys = GivenTokens.of_secret(text).keys
    tokens: dict[str, tuple[str, ...]] = {}
    for key in keys:
        tokens[key.account_sid] = (*tokens.get(key.account_sid, ()), key.token)
    return tokens


def of_secret(text: str, account_sid: str) -> Credentials:
    """Return the account's first token, which is the one that signs; of any, when there is one.

    Raises UsageError when the secret has no token of it, or it is to be said of which.
    """
    try:
        tokens = tokens_of(text)
    except UnusableTokens as problem:
        raise click.UsageError(
            f"{problem}; or set {_ACCOUNT} and {_TOKEN} in the environment."
        ) from None
    if account_sid and account_sid not in tokens:
        raise click.UsageError(f"the secret of the stack has no token of {account_sid}.")
    if not account_sid and len(tokens) > 1:
        raise click.UsageError(
            f"the secret holds several accounts: give one with --account-sid ({', '.join(tokens)})."
        )
    chosen = account_sid or next(iter(tokens))
    return Credentials(chosen, tokens[chosen][0])

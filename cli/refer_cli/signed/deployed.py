"""The deployed code, asked about one request: the answer is the Lambda's own.

Its Webhook reads and verifies; its Tokens read the secret, from a client that hands out a text
instead of calling AWS.  No message and no repr here quotes a token.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, cast

from call_transfer.errors import RequestRejected, TokensUnavailable
from call_transfer.tokens import Tokens
from call_transfer.webhook import Webhook
from refer_cli.signed.captured import Captured
from refer_cli.signed.reading import Key

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from call_transfer.application import Application

_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_HERE = "the tokens given"
_ANYBODY = "AC" + "0" * 32


class UnusableTokens(Exception):
    """There is no token to check with; the message says why and quotes nothing."""


@dataclass(frozen=True, slots=True)
class _Secret:
    """As much of a Secrets Manager client as Tokens use."""

    text: str = field(repr=False)

    def get_secret_value(self, **_: object) -> dict[str, str]:
        return {"SecretString": self.text}


def held(text: str) -> Tokens:
    """Return the Tokens of the deployed code, with this text as their secret."""
    # Tokens call one method of the client.
    return Tokens(secret_id=_HERE, client=cast("SecretsManagerClient", _Secret(text)))


@dataclass(frozen=True, slots=True)
class GivenTokens:
    """Tokens from a file or the environment, as the deployed code holds them, and each by name."""

    tokens: Tokens
    keys: tuple[Key, ...]

    @classmethod
    def of_secret(cls, text: str) -> Self:
        """Read tokens as they stand in the secret. Raises UnusableTokens."""
        tokens = held(text)
        try:
            tokens.for_account(_ANYBODY)
        except TokensUnavailable as problem:
            raise UnusableTokens(problem.reason) from None
        keys = tuple(
            Key(account, position, token)
            for account in (json.loads(text) if text.strip() else {})
            for position, token in enumerate(tokens.for_account(account), start=1)
        )
        if not keys:
            raise UnusableTokens('the secret holds no token: write {"AC…": ["token"]}')
        return cls(tokens, keys)

    @classmethod
    def of_environment(cls, environment: Mapping[str, str], account_sid: str) -> Self:
        """Read TWILIO_AUTH_TOKEN; without TWILIO_ACCOUNT_SID it is that of the request.

        Raises UnusableTokens.
        """
        token = environment.get("TWILIO_AUTH_TOKEN", "")
        account = environment.get("TWILIO_ACCOUNT_SID", "") or account_sid
        if not token:
            raise UnusableTokens(
                "there is no token to check with: set TWILIO_AUTH_TOKEN, or name a file with"
                ' --tokens that holds {"AC…": ["token"]}, as the secret does'
            )
        if token.split() != [token]:
            raise UnusableTokens("TWILIO_AUTH_TOKEN has spaces in it: copy it once more")
        if environment.get("TWILIO_ACCOUNT_SID") and not _ACCOUNT_SID.fullmatch(account):
            raise UnusableTokens(
                "TWILIO_ACCOUNT_SID is no account SID: AC and 32 hexadecimal digits; an API key"
                " (SK…) never signs a webhook"
            )
        if not _ACCOUNT_SID.fullmatch(account):
            return cls(cls.of_secret(json.dumps({_ANYBODY: [token]})).tokens, (Key("", 1, token),))
        return cls.of_secret(json.dumps({account: [token]}))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the deployed code makes of a request; `webhook` is None where it cannot read it."""

    webhook: Webhook | None
    status: int | None = None
    reason: str = ""

    @classmethod
    def read(cls, captured: Captured, *, public_base_url: str) -> Self:
        """Take the request apart as the deployed code does, and verify nothing yet."""
        try:
            base = public_base_url or captured.base
            return cls(Webhook.read(captured.event, public_base_url=base, overrides=""))
        except RequestRejected as rejected:
            return cls(None, rejected.status, rejected.reason)

    def verified(self, tokens: Tokens) -> Self:
        """Check it as every webhook is checked: signed, by a known account, about a call."""
        if self.webhook is None:
            return self
        try:
            # `verify` takes its tokens from the application and nothing else.
            self.webhook.verify(cast("Application", _Application(tokens)))
            _ = self.webhook.account_sid, self.webhook.call_sid
        except RequestRejected as rejected:
            return type(self)(self.webhook, rejected.status, rejected.reason)
        return self

    @property
    def account_sid(self) -> str:
        """The one account that the request names, "" where there is none."""
        form: Mapping[str, Any] = self.webhook.form if self.webhook else {}
        accounts = form.get("AccountSid", [])
        return accounts[0] if len(accounts) == 1 and _ACCOUNT_SID.fullmatch(accounts[0]) else ""


@dataclass(frozen=True, slots=True)
class _Application:
    tokens: Tokens

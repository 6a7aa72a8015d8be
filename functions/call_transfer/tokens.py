"""Auth tokens of Twilio accounts, from one secret, and the check of a request against them.

The secret is a JSON object, account SID → list of tokens: `{"AC…": ["primary", "older"]}`; beside
them stand the users of SIP trunks, `{"sip:trunk-a": ["user", "password"]}`.  Twilio signs with the
primary token of the account in AccountSid, sub-accounts with their own: "Webhooks security",
https://www.twilio.com/docs/usage/webhooks/webhooks-security.  A list, for rotation: add the new
token, promote it at Twilio, remove the old one.

    fresh         read in the last 5 minutes: no call
    wrong token   one refetch, at most every 30 s per account, and per 30 s for all unknown ones
    outage        the last good value for up to a day, one attempt every 30 s; 503 if there is none
    withdrawn     an empty secret, or one without a value: no tokens, 403 for everyone
    unreadable    no JSON, or of another shape: 503 at once, while the owner is looking

An outage is no revocation, so it may use what was good; a bad edit is the owner's, and is not
papered over for a day by those functions which happen to be warm.  Time-outs and retries of the
single call are the client's.  No message, repr or exception here quotes the secret.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from aws_lambda_powertools.utilities.parameters.secrets import SecretsProvider
from botocore.exceptions import ClientError

from call_transfer.errors import NotSigned, TokensUnavailable, WrongSignature
from call_transfer.noun_fields import CREDENTIALS
from call_transfer.signature import Form, signed_by

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

type _Document = Mapping[str, tuple[str, ...]]

FRESH_SECONDS = 300
RETRY_SECONDS = 30.0
COLD_RETRY_SECONDS = 1.0  # with nothing to fall back on, each call that waits is a call lost
STALE_SECONDS = 24 * 3600.0

_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
_TRUNK, _PAIR = "sip:", 2
_TRUNK_NAME = re.compile(f"{_TRUNK}{CREDENTIALS.pattern}")
_STRANGERS = ""  # the refetch slot of all accounts that are not in the secret


class Tokens:
    """The secret `secret_id`, read through `client`; `clock` counts seconds and never goes back."""

    def __init__(
        self,
        *,
        secret_id: str,
        client: "SecretsManagerClient",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secret_id = secret_id
        self._provider = SecretsProvider(boto3_client=client)
        self._clock = clock
        self._held: _Document | None = None
        self._held_at = 0.0
        self._problem = ""
        self._retry_at = 0.0
        # By account in the secret, and one for the rest of the world: no stranger makes it grow.
        self._next_refetch: dict[str, float] = {}

    def __repr__(self) -> str:
        """Name the secret, never what it holds."""
        return f"Tokens(secret_id={self._secret_id!r})"

    @property
    def problem(self) -> str:
        """What went wrong with the last read, for the log; empty if it was good."""
        return self._problem

    def for_account(self, account_sid: str) -> tuple[str, ...]:
        """Return the tokens of an account, () if it has none; TokensUnavailable if unreadable."""
        if not _ACCOUNT_SID.fullmatch(account_sid):
            return ()
        return self._document().get(account_sid, ())

    def credentials(self, name: str) -> tuple[str, str] | None:
        """Return user and password of a SIP trunk; None when the secret has none of this name.

        Raises TokensUnavailable.
        """
        found = self._document().get(f"{_TRUNK}{name}", ())
        return (found[0], found[1]) if len(found) == _PAIR else None

    def refetched(self, account_sid: str) -> tuple[str, ...] | None:
        """Return the tokens as they are now, or None if it is too early to ask again.

        Ask after a failed check: the token may have been rotated since the last read.
        """
        if not _ACCOUNT_SID.fullmatch(account_sid):
            return None
        now = self._clock()
        slot = account_sid if account_sid in (self._held or {}) else _STRANGERS
        if now < self._next_refetch.get(slot, now):
            return None
        self._next_refetch[slot] = now + RETRY_SECONDS
        return self._document(fresh=True).get(account_sid, ())

    def _document(self, *, fresh: bool = False) -> _Document:
        """Return the best document there is; raises here only, where no local holds a token."""
        now = self._clock()
        if not self._problem or now >= self._retry_at:
            self._read(now, fresh=fresh or bool(self._problem))
        if self._held is None or now - self._held_at > STALE_SECONDS:
            raise TokensUnavailable(self._problem)
        return self._held

    def _read(self, now: float, *, fresh: bool) -> None:
        """Replace what is held by what the secret says, or note why that was not possible."""
        try:
            text = self._provider.get(self._secret_id, max_age=FRESH_SECONDS, force_fetch=fresh)
        except GetParameterError as error:
            self._fetch_failed(now, error)
            return
        held = _parse(text)
        if isinstance(held, str):
            self._held, self._problem, self._retry_at = None, held, now + RETRY_SECONDS
        else:
            self._held, self._held_at, self._problem = held, now, ""

    def _fetch_failed(self, now: float, error: GetParameterError) -> None:
        """Keep what is held, unless the answer is that there is nothing; set the next attempt."""
        # Powertools wraps whatever the client raised, and does so without `from`.
        cause = error.__context__
        code = type(cause).__name__
        if isinstance(cause, ClientError):
            code = cause.response.get("Error", {}).get("Code", code)
        if code == "ResourceNotFoundException":
            # Deleted, or created and never filled: GetSecretValue tells them apart by prose only.
            self._held, self._held_at = {}, now
        wait = COLD_RETRY_SECONDS if self._held is None else RETRY_SECONDS
        self._problem, self._retry_at = f"Secrets Manager: {code}", now + wait


def authenticate(
    *,
    url: str,
    params: Form | str | None,
    signature: str | None,
    settings: str | None = "",
    account_sid: str | None,
    tokens: Tokens,
) -> None:
    """Return if Twilio signed the request for `account_sid`; arguments as for `signed_by`.

    Raises NotSigned, with the reason for the log, or TokensUnavailable.  `account_sid` is the one
    value read from a form that nobody has vouched for yet: refuse a form that repeats it.
    """
    if not signature:
        raise NotSigned("the request has no X-Twilio-Signature header")
    if not account_sid:
        raise NotSigned("the request has no AccountSid")
    if not _ACCOUNT_SID.fullmatch(account_sid):
        raise NotSigned("the AccountSid of the request is no account SID")

    def signed(keys: tuple[str, ...]) -> bool:
        return signed_by(
            url=url, params=params, signature=signature, settings=settings, tokens=keys
        )

    # The keys are never local names here: this frame is in the traceback of what it raises.
    if signed(tokens.for_account(account_sid)) or signed(tokens.refetched(account_sid) or ()):
        return
    if not tokens.for_account(account_sid):
        raise WrongSignature("the secret has no token for this account: fill it")
    raise WrongSignature("the signature matches no token of this account")


def _parse(text: object) -> _Document | str:
    """Return the tokens by account, or a sentence on what is wrong that quotes none of it.

    A sentence and no exception: JSONDecodeError carries the whole document.
    """
    if not isinstance(text, str):
        return "the secret is binary: store it as text"
    if not text.strip():
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "the secret is not JSON"
    if not isinstance(document, dict):
        return 'the secret is no JSON object: write {"AC…": ["token"]}'
    problems = [_problem(*entry) for entry in enumerate(document.items(), start=1)]
    return next(filter(None, problems), None) or {
        account: tuple(keys) for account, keys in document.items()
    }


def _problem(number: int, entry: tuple[str, object]) -> str:
    """Return what is wrong with one entry of the secret, empty if nothing is."""
    account, keys = entry
    # Not quoted: it may be a token in the wrong place.
    if _TRUNK_NAME.fullmatch(account):
        return "" if _is_pair(keys) else f'{account} in the secret must be ["user", "password"]'
    if not _ACCOUNT_SID.fullmatch(account):
        return f"the name of entry {number} of the secret is no account SID, nor sip:name"
    if not isinstance(keys, list):
        return f'{account} has no list of tokens in the secret: write ["token"], even for one'
    for position, key in enumerate(keys, start=1):
        if not isinstance(key, str) or key.split() != [key]:
            return f"token {position} of {account} in the secret is empty, no text, or has spaces"
    return ""


def _is_pair(value: object) -> bool:
    if not isinstance(value, list) or len(value) != _PAIR:
        return False
    return all(isinstance(one, str) and one for one in value)

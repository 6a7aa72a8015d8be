"""Auth tokens of Twilio accounts, from one secret, and the check of a request against them.

Twilio signs with the primary token of the account in AccountSid, sub-accounts with their own:
"Webhooks security", https://www.twilio.com/docs/usage/webhooks/webhooks-security.  The secret has a
list of tokens for each (`token_document`), for rotation: add the new token, promote it at Twilio,
remove the old one.

    fresh         read in the last 5 minutes: no call
    wrong token   one refetch, at most every 30 s per account, and per 30 s for all unknown ones
    outage        the last good value for up to a day, one attempt every 30 s; 503 if there is none
    withdrawn     an empty secret, or one without a value: no tokens, 403 for everyone
    unreadable    no JSON, or of another shape: 503 at once, while the owner is looking

An outage is no revocation, so it may use what was good; a bad edit is the owner's, and is not
papered over for a day by those functions which happen to be warm.  Time-outs and retries of the
single call are the client's.  No message, repr or exception here quotes the secret.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from call_transfer.dynamodb import code
from call_transfer.errors import NotSigned, TokensUnavailable, WrongSignature
from call_transfer.signature import Form, signed_by
from call_transfer.token_document import ACCOUNT_SID, TRUNK, Document, document_of

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH_SECONDS = 300
RETRY_SECONDS = 30.0
COLD_RETRY_SECONDS = 1.0  # with nothing to fall back on, each call that waits is a call lost
STALE_SECONDS = 24 * 3600.0

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
        self._client = client
        self._clock = clock
        self._held: Document | None = None
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
        if not ACCOUNT_SID.fullmatch(account_sid):
            return ()
        return self._document().get(account_sid, ())

    def credentials(self, name: str) -> tuple[str, str] | None:
        """Return user and password of a SIP trunk; None when the secret has none of this name.

        Raises TokensUnavailable.
        """
        found = self._document().get(f"{TRUNK}{name}", ())
        return (found[0], found[1]) if found else None

    def refetched(self, account_sid: str) -> tuple[str, ...] | None:
        """Return the tokens as they are now, or None if it is too early to ask again.

        Ask after a failed check: the token may have been rotated since the last read.
        """
        if not ACCOUNT_SID.fullmatch(account_sid):
            return None
        now = self._clock()
        slot = account_sid if account_sid in (self._held or {}) else _STRANGERS
        if now < self._next_refetch.get(slot, now):
            return None
        self._next_refetch[slot] = now + RETRY_SECONDS
        return self._document(fresh=True).get(account_sid, ())

    def forget(self) -> None:
        """Hold nothing, as at first: what a snapshot would hold may be withdrawn by its restore."""
        self._held, self._held_at = None, 0.0
        self._problem, self._retry_at = "", 0.0
        self._next_refetch.clear()

    def ask_again(self) -> None:
        """Let the next webhook read at once, without the pause that follows a failure."""
        self._retry_at = 0.0

    def _document(self, *, fresh: bool = False) -> Document:
        """Return the best document there is; raises here only, where no local holds a token."""
        now = self._clock()
        old = self._held is None or now - self._held_at > FRESH_SECONDS
        if (fresh or old or self._problem) and (not self._problem or now >= self._retry_at):
            self._read(now)
        held = self._held
        if held is None or now - self._held_at > STALE_SECONDS:
            raise TokensUnavailable(self._problem)
        return held

    def _read(self, now: float) -> None:
        """Replace what is held by what the secret says, or note why that was not possible."""
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, what was good is good still
            self._fetch_failed(now, code(error))
            return
        held = document_of(answer.get("SecretString"))
        if isinstance(held, str):
            self._held, self._problem, self._retry_at = None, held, now + RETRY_SECONDS
        else:
            self._held, self._held_at, self._problem = held, now, ""

    def _fetch_failed(self, now: float, problem: str) -> None:
        """Keep what is held, unless the answer is that there is nothing; set the next attempt."""
        if problem == "ResourceNotFoundException":
            # Deleted, or created and never filled: GetSecretValue tells them apart by prose only.
            self._held, self._held_at = {}, now
        wait = COLD_RETRY_SECONDS if self._held is None else RETRY_SECONDS
        self._problem, self._retry_at = f"Secrets Manager: {problem}", now + wait


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
    if not ACCOUNT_SID.fullmatch(account_sid):
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

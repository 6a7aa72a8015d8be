"""What Twilio says of a token: whether it opens its account, and whether it is the primary one."""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from twilio.base.exceptions import TwilioRestException, TwilioServiceException

from refer_cli import twilio_api
from refer_cli.secret.document import fingerprint


class Standing(Enum):
    """Of a token at Twilio."""

    PRIMARY = "the primary token: Twilio signs with it"
    SECONDARY = "a secondary token: Twilio takes it, and does not sign with it yet"
    UNSAID = "accepted; Twilio does not tell here whether it signs with it"
    REFUSED = "not accepted"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An account as one of its tokens shows it; `primary` is the fingerprint, "" if not told."""

    standing: Standing
    primary: str = ""
    trial: bool = False


def ask(account: str, token: str) -> Accepted:
    """Ask Twilio about a token. Raises TwilioProblem when it cannot be told."""
    client = twilio_api.client(account, token)
    with twilio_api.in_words(f"the account {account}"):
        try:
            found = client.api.v2010.accounts(account).fetch()
        except (TwilioRestException, TwilioServiceException) as error:
            if error.status == HTTPStatus.UNAUTHORIZED:
                return Accepted(Standing.REFUSED)
            raise
    # "REST API: Accounts" has auth_token, and does not say that it is the primary one: a guess.
    primary = fingerprint(found.auth_token) if found.auth_token else ""
    if not primary:
        return Accepted(Standing.UNSAID, "", found.type == "Trial")
    standing = Standing.PRIMARY if primary == fingerprint(token) else Standing.SECONDARY
    return Accepted(standing, primary, found.type == "Trial")

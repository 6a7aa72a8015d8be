"""The account in a rotation: what Twilio and the secret say of it, and Twilio's three requests.

Twilio tells the value of a secondary token once, in the answer to its creation, and has no request
that reads one ("REST API: Secondary Auth Token").
"""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from twilio.base.exceptions import TwilioException, TwilioRestException

from refer_cli import twilio_api
from refer_cli.rotating.plan import Facts
from refer_cli.secret.accepted import Accepted, Standing, ask
from refer_cli.secret.document import fingerprint
from refer_cli.secret.store import Secret, Version
from refer_cli.secret.where import document_of

# Not these: they say that nobody may, or that nothing is there, or to come again later.
_OTHER = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS,
}


class NotCreated(Exception):
    """Twilio refused to create a secondary token: perhaps there is one already."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found out, and the version of the secret that it was found out from."""

    facts: Facts
    version: Version


def read(secret: Secret, account: str, keep: Collection[str] = (), promoted: str = "") -> Reading:
    """Ask the secret and Twilio; leave out the tokens with the fingerprints to `keep`.

    `promoted` is a token that is known to be the primary one.  Raises ClickException when one of
    the two cannot be asked.
    """
    version = secret.read()
    held = document_of(version).accounts.get(account, ())
    tokens = tuple(token for token in held if fingerprint(token) not in keep)
    if promoted:
        return Reading(Facts(account, tokens, frozenset(), promoted=promoted), version)
    told = {token: ask(account, token) for token in tokens}
    accepted = [token for token in tokens if told[token].standing is not Standing.REFUSED]
    first = told[accepted[0]] if accepted else Accepted(Standing.REFUSED)
    return Reading(Facts(account, tokens, frozenset(accepted), first.primary), version)


def create(account: str, primary: str) -> str:
    """Create a secondary token and return it. Raises NotCreated, TwilioProblem."""
    client = twilio_api.client(account, primary)
    with twilio_api.in_words("creating a secondary token"):
        try:
            return _told(client.accounts.v1.secondary_auth_token().create().secondary_auth_token)
        except TwilioRestException as error:
            if error.status not in _OTHER and error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise NotCreated(twilio_api.explained(error)) from None
            raise


def delete(account: str, primary: str) -> None:
    """Delete the secondary token, whatever its value. Raises TwilioProblem."""
    client = twilio_api.client(account, primary)
    with twilio_api.in_words("deleting the secondary token"):
        client.accounts.v1.secondary_auth_token().delete()


def promote(account: str, primary: str) -> str:
    """Make the secondary token the primary one, and return it. Raises TwilioProblem.

    When no answer came it may have happened: the next run looks.
    """
    client = twilio_api.client(account, primary)
    with twilio_api.in_words("promoting the secondary token"):
        return _told(client.accounts.v1.auth_token_promotion().update().auth_token)


def _told(token: str | None) -> str:
    if not token:
        raise TwilioException("Twilio's answer has no token in it.")
    return token

"""Webhooks that are asked for TwiML: sent, waited for, read.

The fallback URL of the number serves when a webhook fails (that is the carrier's, see `delivery`)
and when its TwiML is refused.  A referUrl and the url of a noun have no fallback URL [G].
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urldefrag

from pivot import parameters
from pivot.document import Document, Place, Where, read
from pivot.model.flow import Waiting
from pivot.model.leg import Leg
from pivot.model.session import Session
from pivot.model.signals import Alert, Fetched, Purpose

_PLACES = {Purpose.REFER: Place.REFER}
_OK = 300


@dataclass(frozen=True, slots=True)
class Brought:
    """What a webhook brought: a document or none, and whether there was none for its status."""

    document: Document | None
    refused: bool = False


def ask(
    session: Session,
    purpose: Purpose,
    leg: Leg,
    url: str,
    *,
    method: str = "POST",
    form: Mapping[str, str] | None = None,
) -> Waiting[Brought]:
    """Fetch TwiML for a leg; without a form, with the standard parameters of the leg."""
    whole = parameters.voice(leg.facts(session.setup.account)) if form is None else form
    given = yield from _fetched(session.send(purpose, leg, url, method, whole))
    where = Where(
        Place.WHISPER if leg.whispered else _PLACES.get(purpose, Place.CALL),
        url,
        leg.from_address,
        leg.to_address,
        over_sip=leg.over_sip,
        answered=leg.answered,
        caller_ids=session.setup.caller_ids,
    )
    fallback = "" if where.place is not Place.CALL else session.setup.fallback
    if given.result.primary_error:
        where = replace(where, url=fallback or url)
    brought, error = _read(session, given, where)
    if brought.document or not error or not fallback or given.result.primary_error:
        return brought
    why = {"ErrorCode": str(error), "ErrorUrl": urldefrag(url).url}
    number = session.send(purpose, leg, fallback, "POST", {**whole, **why})
    again = yield from _fetched(number)
    return _read(session, again, replace(where, url=fallback))[0]


def _fetched(number: int) -> Waiting[Fetched]:
    while True:
        given = yield
        if isinstance(given, Fetched) and given.webhook == number:
            return given


def _read(session: Session, given: Fetched, where: Where) -> tuple[Brought, int | None]:
    """Return what was brought, and Twilio's number when the document is what is wrong with it."""
    result = given.result
    if result.primary_error:
        session.emit(Alert(result.primary_error, f"{where.place.value}: the webhook failed"))
    if not result.ok:
        return Brought(None, refused=result.status >= _OK), None
    document = read(result.body, result.content_type, where=where)
    for problem in document.problems:
        session.emit(Alert(problem.error, problem.sentence))
    return Brought(None if document.error else document), document.error

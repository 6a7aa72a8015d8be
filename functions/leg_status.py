"""The statusCallback of a noun: the progress of one leg, recorded for the outcome."""

import time
from email.utils import parsedate_to_datetime
from typing import Any

from call_transfer import priming, progress, webhook
from call_transfer.action import MAX_NOUNS
from call_transfer.application import Application
from call_transfer.errors import RecordNotWritten
from call_transfer.facts import LegEvent
from call_transfer.links import Link, noun_of_path
from call_transfer.webhook import Line, Response, Webhook


def lambda_handler(event: webhook.Event, context: object) -> Any:  # noqa: ANN401 - Lambda's
    """Take note of a leg; Twilio reads no TwiML here."""
    return webhook.serve(event, context, name="leg_status", answer=answer, rescue=rescue)


def answer(request: Webhook, app: Application, line: Line) -> Response:
    """Record one event. What could not be recorded is asked for again (rp=5xx in our links)."""
    link = Link.parse(request.segments)
    event = _event(request, link)
    line |= link.described()
    line |= {"leg_status": event.status, "noun": event.noun, "sip_code": event.sip_code or None}
    try:
        progress.add(progress.told(request.account_sid, link, event), app)
    except RecordNotWritten as problem:
        line["record_problem"] = problem.cause
        return rescue(request, app, line)
    return Response(status=204)


def rescue(_request: Webhook, _app: Application, _line: Line) -> Response:
    """Ask Twilio to send it again."""
    return Response("unavailable: the event was not recorded", 503, "text/plain")


def _event(request: Webhook, link: Link) -> LegEvent:
    noun, nouns = noun_of_path(request.segments, most=MAX_NOUNS)
    return LegEvent(
        attempt=link.attempt,
        stage=link.stage,
        noun=noun,
        nouns=nouns,
        call_sid=request.call_sid,
        sequence=request.number("SequenceNumber"),
        status=request.one("CallStatus"),
        at=_unix_seconds(request.one("Timestamp")),
        duration=request.number("CallDuration"),
        sip_code=request.number("SipResponseCode"),
    )


def _unix_seconds(timestamp: str) -> int:
    """Read RFC 2822, which is what Twilio sends here; now, when it is anything else."""
    try:
        return int(parsedate_to_datetime(timestamp).timestamp())
    except ValueError:
        return int(time.time())


priming.prepare("leg_status", answer, rescue)

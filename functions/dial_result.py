"""The action of a Dial: how it ended, and whom to dial next when nobody answered."""

from typing import Any

from call_transfer import progress, reply, twiml, webhook
from call_transfer.application import Application
from call_transfer.attempt import DialResult
from call_transfer.links import Link, Stage
from call_transfer.webhook import Line, Response, Webhook

# Twilio, "Request parameters": a call with one of these statuses has ended.
_ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def lambda_handler(event: webhook.Event, context: object) -> Any:  # noqa: ANN401 - Lambda's
    """Answer the end of a Dial."""
    return webhook.serve(event, context, name="dial_result", answer=answer, rescue=rescue)


def answer(request: Webhook, app: Application, line: Line) -> Response:
    """End the call, or dial the next party of the chain."""
    link = Link.parse(request.segments)
    result = _result(request, link)
    line |= link.described()
    line |= {"dial_status": result.status, "sip_code": result.sip_code or None}
    return progress.dial_ended(
        result, tenant=request.account_sid, link=link, app=app, urls=request.urls, line=line
    )


def rescue(request: Webhook, app: Application, _line: Line) -> Response:
    """Dial the last resort if somebody still waits and this was not it, or say goodbye."""
    link = Link.parse(request.segments)
    result = _result(request, link)
    if result.answered or result.caller_gone:
        return Response(twiml.hang_up())
    if link.stage is Stage.LAST_RESORT:
        text, language = app.settings.unanswered_text, app.settings.text_language
        return Response(twiml.hang_up(text, language=language))
    following = link.next_attempt(Stage.LAST_RESORT)
    return reply.rescue(
        following, tenant=request.account_sid, app=app, urls=request.urls, error_serves=False
    )


def _result(request: Webhook, link: Link) -> DialResult:
    return DialResult(
        attempt=link.attempt,
        stage=link.stage,
        status=request.one("DialCallStatus"),
        caller_gone=request.one("CallStatus") in _ENDED,
        duration=request.number("DialCallDuration"),
        sip_code=request.number("DialSipResponseCode"),
    )

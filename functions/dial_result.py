"""The action of a Dial: how it ended, and whom to dial next when nobody answered."""

from typing import Any

from call_transfer import priming, progress, reply, webhook
from call_transfer.application import Application
from call_transfer.facts import ENDED, Result
from call_transfer.links import Link
from call_transfer.webhook import Line, Response, Webhook

# A target that heard a whisper and did not accept has answered, and has talked to nobody.
_ANSWERED = frozenset({"completed", "answered"})


def lambda_handler(event: webhook.Event, context: object) -> Any:  # noqa: ANN401 - Lambda's
    """Answer the end of a Dial."""
    return webhook.serve(event, context, name="dial_result", answer=answer, rescue=rescue)


def answer(request: Webhook, app: Application, line: Line) -> Response:
    """End the call, or dial the next party of the chain."""
    link = Link.parse(request.segments)
    result = _result(request, link)
    line |= link.described()
    line |= {"dial_status": result.status, "sip_code": result.sip_code or None}
    return progress.ended(
        result, tenant=request.account_sid, link=link, app=app, urls=request.urls, line=line
    )


def rescue(request: Webhook, app: Application, _line: Line) -> Response:
    """Dial the last resort if somebody still waits and this was not it, or say goodbye."""
    link = Link.parse(request.segments)
    result = _result(request, link)
    return reply.goes_on(
        link,
        tenant=request.account_sid,
        gone=result.taken or result.caller_gone,
        app=app,
        urls=request.urls,
    )


def _result(request: Webhook, link: Link) -> Result:
    status = request.one("DialCallStatus")
    if status in _ANSWERED and request.one("DialBridged") == "false":
        status = "no-answer"
    return Result(
        attempt=link.attempt,
        stage=link.stage,
        status=status,
        caller_gone=request.one("CallStatus") in ENDED,
        duration=request.number("DialCallDuration"),
        sip_code=request.number("DialSipResponseCode"),
    )


priming.prepare("dial_result", answer, rescue)

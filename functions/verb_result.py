"""The action of Enqueue, Gather and Record: how a queue, a menu or a voicemail ended."""

from typing import Any

from call_transfer import priming, progress, reply, webhook
from call_transfer.application import Application
from call_transfer.errors import MalformedRequest
from call_transfer.facts import ENDED, Recording, Result
from call_transfer.links import RECORDING_SID, Link
from call_transfer.webhook import Line, Response, Webhook

# Twilio, TwiML Enqueue: QueueResult. What is not here has left the queue with nobody to talk to.
_QUEUED = frozenset({"bridged", "bridging-in-process", "redirected", "redirected-from-bridged"})
_FAILED = frozenset({"queue-full", "error", "system-error"})


def lambda_handler(event: webhook.Event, context: object) -> Any:  # noqa: ANN401 - Lambda's
    """Answer the end of a verb."""
    return webhook.serve(event, context, name="verb_result", answer=answer, rescue=rescue)


def answer(request: Webhook, app: Application, line: Line) -> Response:
    """End the call, or go on with what comes next."""
    link = Link.parse(request.segments)
    result = _result(request, link)
    line |= link.described()
    line |= {"verb": request.segments["verb"], "verb_status": result.status}
    return progress.ended(
        result,
        tenant=request.account_sid,
        link=link,
        app=app,
        urls=request.urls,
        line=line,
        pressed=request.one("Digits") if request.segments["verb"] == "gather" else "",
        recordings=_recordings(request, link),
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
    verb = request.segments.get("verb", "")
    if verb not in _STATUS:
        raise MalformedRequest("path names no verb")
    status, duration = _STATUS[verb](request)
    return Result(
        attempt=link.attempt,
        stage=link.stage,
        status=status,
        caller_gone=request.one("CallStatus") in ENDED,
        duration=duration,
    )


def _queue(request: Webhook) -> tuple[str, int]:
    told = request.one("QueueResult")
    status = "queued" if told in _QUEUED else "failed" if told in _FAILED else "no-answer"
    return status, request.number("QueueTime")


def _key(_request: Webhook) -> tuple[str, int]:
    # Whether the key leads anywhere is known to the record, which has the menu.
    return "no-answer", 0


def _message(request: Webhook) -> tuple[str, int]:
    seconds = request.number("RecordingDuration")
    return ("voicemail" if seconds else "no-answer"), seconds


_STATUS = {"enqueue": _queue, "gather": _key, "record": _message}


def _recordings(request: Webhook, link: Link) -> tuple[Recording, ...]:
    sid = request.one("RecordingSid")
    if not RECORDING_SID.fullmatch(sid):
        return ()
    return (
        Recording(
            attempt=link.attempt,
            sid=sid,
            status="completed",
            url=request.one("RecordingUrl"),
            duration=request.number("RecordingDuration"),
        ),
    )


priming.prepare("verb_result", answer, rescue)

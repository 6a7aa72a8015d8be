"""The recordingStatusCallback of a Dial or of a voicemail: where the recording is."""

from typing import Any

from call_transfer import priming, progress, webhook
from call_transfer.application import Application
from call_transfer.errors import MalformedRequest, RecordNotWritten
from call_transfer.facts import Recording
from call_transfer.links import RECORDING_SID, Link
from call_transfer.webhook import Line, Response, Webhook


def lambda_handler(event: webhook.Event, context: object) -> Any:  # noqa: ANN401 - Lambda's
    """Take note of a recording; Twilio reads no TwiML here."""
    return webhook.serve(event, context, name="recording_status", answer=answer, rescue=rescue)


def answer(request: Webhook, app: Application, line: Line) -> Response:
    """Record it. What could not be recorded is asked for again (rp=5xx in our links)."""
    link = Link.parse(request.segments)
    recording = _recording(request, link)
    line |= link.described()
    line |= {"recording": recording.sid, "recording_status": recording.status}
    try:
        progress.add(progress.told(request.account_sid, link, recording), app)
    except RecordNotWritten as problem:
        line["record_problem"] = problem.cause
        return rescue(request, app, line)
    return Response(status=204)


def rescue(_request: Webhook, _app: Application, _line: Line) -> Response:
    """Ask Twilio to send it again."""
    return Response("unavailable: the recording was not recorded", 503, "text/plain")


def _recording(request: Webhook, link: Link) -> Recording:
    sid = request.one("RecordingSid")
    if not RECORDING_SID.fullmatch(sid):
        raise MalformedRequest("RecordingSid is missing or no recording SID")
    return Recording(
        attempt=link.attempt,
        sid=sid,
        status=request.one("RecordingStatus"),
        url=request.one("RecordingUrl"),
        duration=request.number("RecordingDuration"),
    )


priming.prepare("recording_status", answer, rescue)

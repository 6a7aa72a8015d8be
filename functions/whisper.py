"""The url of a noun, and the key that answers it: a target hears who calls, and takes the call."""

from typing import Any

from call_transfer import priming, progress, twiml, webhook
from call_transfer.action import MAX_NOUNS
from call_transfer.application import Application
from call_transfer.errors import TableUnreadable
from call_transfer.facts import Acceptance
from call_transfer.links import Link, key_of_path, noun_of_path
from call_transfer.record import key_of
from call_transfer.ringing import Ringing
from call_transfer.webhook import Line, Response, Webhook
from call_transfer.whisper import ANY_KEY, Whisper, accepts

# The text of the entry is not known: whoever presses a key is no voicemail box.
_UNKNOWN = Whisper(say="", key=ANY_KEY, timeout=10)


def lambda_handler(event: webhook.Event, context: object) -> Any:  # noqa: ANN401 - Lambda's
    """Answer on the leg of the target: what it hears, or the end of the whisper."""
    pressed = "key" in (event.get("pathParameters") or {})
    answer = accept if pressed else ask
    rescue = connect if pressed else ask_anyhow
    name = "accept" if pressed else "whisper"
    return webhook.serve(event, context, name=name, answer=answer, rescue=rescue)


def ask(request: Webhook, app: Application, line: Line) -> Response:
    """Say what the entry says, and wait for the key."""
    link = Link.parse(request.segments)
    line |= link.described()
    try:
        record = app.store.read((), key_of(request.account_sid, link)).record
    except TableUnreadable as problem:
        line["record_problem"] = problem.code
        record = None
    plan = record.tried.get(link.attempt) if record else None
    if plan is None or not isinstance(plan.verb, Ringing) or plan.verb.whisper is None:
        return ask_anyhow(request, app, line)
    return _asking(plan.verb.whisper, request, app, plan.language)


def ask_anyhow(request: Webhook, app: Application, _line: Line) -> Response:
    """Ask for any key, by the settings alone."""
    return _asking(_UNKNOWN, request, app, "")


def accept(request: Webhook, app: Application, line: Line) -> Response:
    """Connect the target that has pressed the key, and record it; end the leg of another one."""
    link = Link.parse(request.segments)
    noun, _ = noun_of_path(request.segments, most=MAX_NOUNS)
    acceptance = Acceptance(
        attempt=link.attempt, noun=noun, call_sid=request.call_sid, accepted=_accepted(request)
    )
    line |= link.described()
    line |= {"noun": noun, "accepted": acceptance.accepted}
    progress.try_add(progress.told(request.account_sid, link, acceptance), app, line)
    return connect(request, app, line)


def connect(request: Webhook, _app: Application, _line: Line) -> Response:
    """Connect the target that has pressed the key."""
    return Response(twiml.connect() if _accepted(request) else twiml.hang_up())


def _accepted(request: Webhook) -> bool:
    return accepts(request.one("Digits"), key_of_path(request.segments))


def _asking(whisper: Whisper, request: Webhook, app: Application, language: str) -> Response:
    link = Link.parse(request.segments)
    noun, nouns = noun_of_path(request.segments, most=MAX_NOUNS)
    return Response(
        twiml.ask_to_accept(
            whisper.say or app.settings.accept_text,
            request.urls.accept(link, noun, nouns, whisper.key),
            timeout=whisper.timeout,
            language=language or app.settings.text_language,
        )
    )


priming.prepare("whisper", ask, ask_anyhow)

"""The initial webhook of a number or a SIP domain: dial, and set referUrl."""

from typing import Any

from call_transfer import hop, priming, reply, webhook
from call_transfer.application import Application
from call_transfer.asking import Hop
from call_transfer.links import INITIAL_CALL, Link, Stage
from call_transfer.webhook import Line, Response, Webhook


def lambda_handler(event: webhook.Event, context: object) -> Any:  # noqa: ANN401 - Lambda's
    """Answer Twilio's voice webhook with the Dial of hop 0."""
    return webhook.serve(event, context, name="inbound_call", answer=answer, rescue=rescue)


def answer(request: Webhook, app: Application, line: Line) -> Response:
    """Dial whom the directory names for the address that was called."""
    asked = Hop(
        link=_link(request, app),
        tenant=request.account_sid,
        caller=request.one("From"),
        called=request.one("To"),
        call_sid=request.call_sid,
        texts=(request.one("To"),),
    )
    return hop.take(asked, app=app, urls=request.urls, line=line)


def rescue(request: Webhook, app: Application, _line: Line) -> Response:
    """Leave the call to the fallback URL of the number, or to the last resort when there is one."""
    link = _link(request, app)
    return reply.rescue(
        link, tenant=request.account_sid, app=app, urls=request.urls, error_serves=True
    )


def _link(request: Webhook, app: Application) -> Link:
    return Link(
        mode=app.settings.default_mode,
        session=request.call_sid,
        hop=0,
        refer_id=INITIAL_CALL,
        attempt=0,
        stage=Stage.INITIAL,
    )


priming.prepare("inbound_call", answer, rescue)

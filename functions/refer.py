"""The refer webhook (referUrl): decide who may be dialled, and dial the transfer target."""

from typing import Any

from call_transfer import hop, links, priming, reply, webhook
from call_transfer.application import Application
from call_transfer.asking import Hop
from call_transfer.links import Link
from call_transfer.record import key_of
from call_transfer.webhook import Line, Response, Webhook


def lambda_handler(event: webhook.Event, context: object) -> Any:  # noqa: ANN401 - Lambda's
    """Answer a REFER with the Dial of the next hop."""
    return webhook.serve(event, context, name="refer", answer=answer, rescue=rescue)


def answer(request: Webhook, app: Application, line: Line) -> Response:
    """Dial whom the directory names for ReferTransferTarget, or keep the transferee alive."""
    here = _arrived_on(request)
    tenant = request.account_sid
    asked = Hop(
        link=_transfer(request),
        tenant=tenant,
        caller=request.one("From"),
        called=request.one("To"),
        call_sid=request.call_sid,
        texts=tuple(request.form.get("ReferTransferTarget", ())),
        arrived_on=key_of(tenant, here) if here else None,
        attempt=here.attempt if here else 0,
        by_caller=_by_caller(request, app),
    )
    return hop.take(asked, app=app, urls=request.urls, line=line)


def rescue(request: Webhook, app: Application, _line: Line) -> Response:
    """Keep the transferee with the transferor, or dial the last resort."""
    link = _transfer(request)
    kept = reply.errors_keep_caller(link.mode, link.hop, app)
    return reply.rescue(
        link, tenant=request.account_sid, app=app, urls=request.urls, error_serves=kept
    )


def _arrived_on(request: Webhook) -> Link | None:
    """Return the dial of ours that carried the referUrl; None when it was somebody else's."""
    return Link.parse(request.segments) if "session" in request.segments else None


def _by_caller(request: Webhook, app: Application) -> bool:
    """Whether the party that called in has referred: a leg with a parent is one that was dialled.

    Whether the CallSid names the leg that stays is not documented: the setting REFER_CALL_SID.
    """
    dialled = bool(request.one("ParentCallSid"))
    return dialled if app.settings.refer_call_sid == "transferee" else not dialled


def _transfer(request: Webhook) -> Link:
    refer_id = links.refer_id(
        idempotency_token=request.headers.get("i-twilio-idempotency-token", ""),
        signature=request.headers["x-twilio-signature"],
    )
    here = _arrived_on(request)
    if here:
        return here.next_hop(refer_id)
    return links.first_transfer(request.segments, session=request.call_sid, refer_id=refer_id)


priming.prepare("refer", answer, rescue)

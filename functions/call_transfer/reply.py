"""From a record to the answer that Twilio gets; and the answer when our own code has failed."""

from call_transfer import decision, twiml
from call_transfer.application import Application
from call_transfer.errors import TableUnreadable
from call_transfer.links import Link, Mode, Stage, Urls
from call_transfer.plan import DialPlan
from call_transfer.record import HopRecord, Tried
from call_transfer.webhook import Response


def reply(record: HopRecord, attempt: int, *, app: Application, urls: Urls) -> Response:
    """Return the answer that a record stands for: the same one, however often it is asked for."""
    settings, refused = app.settings, record.refused
    tried = record.tried.get(attempt)
    fallback_url = record.hop == 0 and refused and refused.code == TableUnreadable.code
    kept = errors_keep_caller(record.mode, record.hop, app)
    if tried is None and refused and (kept or fallback_url):
        # Twilio's debugger shows this body to whoever looks for the reason.
        return Response(f"{refused.code}: {refused.message}", refused.status, "text/plain")
    first = settings.refused_text if refused and attempt == 0 else ""
    if tried is None:
        first = first or settings.unanswered_text
        return Response(twiml.hang_up(first, language=settings.text_language))
    link = Link(
        mode=record.mode,
        session=record.session,
        hop=record.hop,
        refer_id=record.refer_id,
        attempt=attempt,
        stage=tried.plan.stage,
    )
    wiring = twiml.Wiring(
        urls, referable=record.hop < settings.hop_limit, has_action=tried.has_action
    )
    return Response(
        twiml.dial(tried.plan, link, wiring, first=first, language=settings.text_language)
    )


def rescue(
    link: Link, *, tenant: str, app: Application, urls: Urls, error_serves: bool
) -> Response:
    """Answer for a dial when our own code has failed, by the settings alone.

    `error_serves` when an error is what keeps the call: the transferor has it still, or the number
    has a fallback URL, unless there is a last resort for that.
    """
    plan = decision.last_resort(app.settings.policy)
    if error_serves and (plan is None or link.hop > 0):
        return Response("unavailable: the call transfer application failed", 503, "text/plain")
    record = HopRecord(
        tenant=tenant,
        session=link.session,
        hop=link.hop,
        refer_id=link.refer_id,
        mode=link.mode,
        tried={link.attempt: tried(plan, link.mode, app)} if plan else {},
    )
    return reply(record, link.attempt, app=app, urls=urls)


def tried(plan: DialPlan, mode: Mode, app: Application) -> Tried:
    """Return a dial as it goes out: whether its end is reported to dial_result.

    A transfer in hold mode has no `action`: it would hand control to our reply, and whether that
    keeps the transferee from returning to the transferor is not documented (setting HOLD_ACTION).
    """
    returns = mode is Mode.HOLD and plan.stage is Stage.TRANSFER
    return Tried(plan, has_action=not returns or app.settings.hold_action)


def errors_keep_caller(mode: Mode, hop: int, app: Application) -> bool:
    """Whether an error of ours leaves the transferee with the transferor.

    "If the call or Application fetch fails, UserA's call will stay connected with AgentA" (Twilio,
    Inbound SIP REFER, answerOnBridge true).  Whether a non-2xx counts as a failed fetch is not
    documented: the setting HOLD_REFUSAL.
    """
    return mode is Mode.HOLD and hop > 0 and app.settings.hold_refusal == "error"

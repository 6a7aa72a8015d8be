"""From a record to the answer that Twilio gets; and the answer when our own code has failed."""

from call_transfer import chain, twiml
from call_transfer.application import Application
from call_transfer.errors import TableUnreadable, TokensUnavailable
from call_transfer.links import Link, Mode, Stage, Urls
from call_transfer.plan import Plan
from call_transfer.record import HopRecord
from call_transfer.twiml import Credentials, Wiring
from call_transfer.webhook import Response


def reply(record: HopRecord, attempt: int, *, app: Application, urls: Urls) -> Response:
    """Return the answer that a record stands for: the same one, however often it is asked for."""
    settings, refused = app.settings, record.refused
    plan = record.tried.get(attempt)
    fallback_url = record.hop == 0 and refused and refused.code == TableUnreadable.code
    kept = errors_keep_caller(record.mode, record.hop, app)
    if plan is None and refused and (kept or fallback_url):
        # Twilio's debugger shows this body to whoever looks for the reason.
        return Response(f"{refused.code}: {refused.message}", refused.status, "text/plain")
    first, language = "", settings.text_language
    if refused and attempt == 0:
        first = refused.say or settings.refused_text
        language = refused.language if refused.say and refused.language else language
    if plan is None:
        return Response(twiml.hang_up(first or settings.unanswered_text, language=language))
    link = Link(
        mode=record.mode,
        session=record.session,
        hop=record.hop,
        refer_id=record.refer_id,
        attempt=attempt,
        stage=plan.stage,
    )
    wiring = Wiring(
        urls, referable=record.hop < settings.hop_limit, credentials=_credentials(plan, app)
    )
    body = twiml.answer(
        plan, link, wiring, first=first, first_language=language, language=settings.text_language
    )
    return Response(body)


def rescue(
    link: Link, *, tenant: str, app: Application, urls: Urls, error_serves: bool
) -> Response:
    """Answer for a dial when our own code has failed, by the settings alone.

    `error_serves` when an error is what keeps the call: the transferor has it still, or the number
    has a fallback URL, unless there is a last resort for that.
    """
    plan = chain.last_resort(app.settings.policy)
    if error_serves and (plan is None or link.hop > 0):
        return Response("unavailable: the call transfer application failed", 503, "text/plain")
    record = HopRecord(
        tenant=tenant,
        session=link.session,
        hop=link.hop,
        refer_id=link.refer_id,
        mode=link.mode,
        tried={link.attempt: plan} if plan else {},
    )
    return reply(record, link.attempt, app=app, urls=urls)


def goes_on(link: Link, *, tenant: str, gone: bool, app: Application, urls: Urls) -> Response:
    """Answer the end of a verb when our own code has failed: the last resort once, or goodbye.

    `gone` when nobody is on the line any more, or somebody else has the call.
    """
    if gone:
        return Response(twiml.hang_up())
    if link.stage is Stage.LAST_RESORT:
        text, language = app.settings.unanswered_text, app.settings.text_language
        return Response(twiml.hang_up(text, language=language))
    following = link.next_attempt(Stage.LAST_RESORT)
    return rescue(following, tenant=tenant, app=app, urls=urls, error_serves=False)


def errors_keep_caller(mode: Mode, hop: int, app: Application) -> bool:
    """Whether an error of ours leaves the transferee with the transferor.

    "If the call or Application fetch fails, UserA's call will stay connected with AgentA" (Twilio,
    Inbound SIP REFER, answerOnBridge true).  Whether a non-2xx counts as a failed fetch is not
    documented: the setting HOLD_REFUSAL.
    """
    return mode is Mode.HOLD and hop > 0 and app.settings.hold_refusal == "error"


def _credentials(plan: Plan, app: Application) -> Credentials:
    """Return what the trunks of a plan want to see; nothing for one that cannot be looked up.

    The dial goes out without: the trunk refuses it, and the chain or the transferor goes on.
    """
    names = {noun.credentials for noun in plan.nouns if noun.credentials}
    try:
        found = {name: app.tokens.credentials(name) for name in names}
    except TokensUnavailable:
        return {}
    return {name: pair for name, pair in found.items() if pair}

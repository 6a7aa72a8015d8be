"""What Twilio tells about a dial that is under way: record it, and go on when nobody answered."""

from call_transfer import decision, twiml
from call_transfer.application import Application
from call_transfer.attempt import DialResult, LegEvent
from call_transfer.errors import RecordNotWritten, TableUnreadable
from call_transfer.hop import next_dial
from call_transfer.links import Link, Stage, Urls
from call_transfer.plan import DialPlan
from call_transfer.record import HopRecord, Tried, key_of
from call_transfer.reply import reply, tried
from call_transfer.telemetry import masked
from call_transfer.webhook import Line, Response


def leg(event: LegEvent, *, tenant: str, link: Link, app: Application) -> None:
    """Record one statusCallback. Raises RecordNotWritten."""
    _add(_told(tenant, link, legs=(event,)), app)


def dial_ended(
    result: DialResult, *, tenant: str, link: Link, app: Application, urls: Urls, line: Line
) -> Response:
    """Answer the `action` of a dial: the end of the call, or the next party of the chain."""
    policy = app.settings.policy
    if result.answered or result.caller_gone:
        _try_add(_told(tenant, link, results=(result,)), app, line)
        return Response(twiml.hang_up())
    try:
        plan = _next(tenant, link, app)
    except TableUnreadable as problem:
        # Nothing is written either: somebody waits, and the table would be waited for once more.
        line["record_problem"] = problem.code
        following = _following(decision.last_resort(policy), link, app)
        told = _told(tenant, link, results=(result,), tried=following)
        _tell(told, app)
        return reply(told, link.attempt + 1, app=app, urls=urls)
    line["dialled_by"] = masked(plan.rule) if plan else None
    told = _told(tenant, link, results=(result,), tried=_following(plan, link, app))
    return reply(_try_add(told, app, line), link.attempt + 1, app=app, urls=urls)


def _following(plan: DialPlan | None, link: Link, app: Application) -> dict[int, Tried]:
    return {} if plan is None else {link.attempt + 1: tried(plan, link.mode, app)}


def _next(tenant: str, link: Link, app: Application) -> DialPlan | None:
    """Return the dial that follows; None at the end of the chain. Raises TableUnreadable."""
    if link.stage is Stage.LAST_RESORT:
        return None
    known = app.store.read((), key_of(tenant, link)).record
    if known is None or link.attempt not in known.tried:
        # The record could not be written when the dial went out, and with it its chain.
        return decision.last_resort(app.settings.policy)
    repeated = known.tried.get(link.attempt + 1)
    if repeated:
        return repeated.plan
    before = known.tried[link.attempt].plan
    return next_dial(before.fallback, known, before.context, app)


def _told(
    tenant: str,
    link: Link,
    *,
    legs: tuple[LegEvent, ...] = (),
    results: tuple[DialResult, ...] = (),
    tried: dict[int, Tried] | None = None,
) -> HopRecord:
    return HopRecord(
        tenant=tenant,
        session=link.session,
        hop=link.hop,
        refer_id=link.refer_id,
        mode=link.mode,
        legs=legs,
        results=results,
        tried=tried or {},
    )


def _try_add(told: HopRecord, app: Application, line: Line) -> HopRecord:
    """Record what was told if that is possible; the answer does not wait for it."""
    try:
        return _add(told, app)
    except RecordNotWritten as problem:
        line["record_problem"] = problem.cause
        _tell(told, app)
        return told


def _tell(told: HopRecord, app: Application) -> None:
    """Tell of the end of a hop that could not be recorded, as far as this webhook knows it."""
    if told.conclusion().finished:
        app.telemetry.finished(told)


def _add(told: HopRecord, app: Application) -> HopRecord:
    known = app.store.add(told)
    if app.store.conclude(known):
        app.telemetry.finished(known)
    return known

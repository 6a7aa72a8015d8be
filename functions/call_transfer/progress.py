"""What Twilio tells about a call that is under way: record it, and go on when nobody took it."""

from dataclasses import replace

from call_transfer import chain, twiml
from call_transfer.application import Application
from call_transfer.chain import Walk
from call_transfer.directory import TRANSFEROR
from call_transfer.errors import RecordNotWritten, TableUnreadable
from call_transfer.facts import CONTINUED, Acceptance, LegEvent, Recording, Result
from call_transfer.hop import next_plan
from call_transfer.links import Link, Stage, Urls
from call_transfer.plan import Plan, Turn
from call_transfer.policy import wait_left
from call_transfer.record import HopRecord, call_of, key_of
from call_transfer.reply import reply
from call_transfer.ringing import Ringing
from call_transfer.telemetry import masked
from call_transfer.verb import Menu
from call_transfer.webhook import Line, Response

# Menus lead to one another for as long as somebody presses keys, and each step is recorded.
MAX_ATTEMPTS = 30


def told(tenant: str, link: Link, *facts: LegEvent | Acceptance | Recording) -> HopRecord:
    """Return the part of the record of a hop that a callback tells."""
    return replace(
        _named(tenant, link),
        legs=tuple(one for one in facts if isinstance(one, LegEvent)),
        accepted=tuple(one for one in facts if isinstance(one, Acceptance)),
        recordings=tuple(one for one in facts if isinstance(one, Recording)),
    )


def add(record: HopRecord, app: Application) -> HopRecord:
    """Record what was told, and tell of the end of the hop if this was it.

    Raises RecordNotWritten.
    """
    known = app.store.add(record)
    _conclude(known, app)
    return known


def try_add(record: HopRecord, app: Application, line: Line) -> HopRecord:
    """Record what was told if that is possible; the answer does not depend on it."""
    known = record
    try:
        known = app.store.add(record)
        _conclude(known, app)
    except RecordNotWritten as problem:
        line["record_problem"] = problem.cause
        # What is there from its beginning on, and this with it, is watched: the watchdog tells it.
        if not known.opened_at:
            _tell(known, app)
    return known


def ended(
    result: Result,
    *,
    tenant: str,
    link: Link,
    app: Application,
    urls: Urls,
    line: Line,
    pressed: str = "",
    recordings: tuple[Recording, ...] = (),
) -> Response:
    """Answer the `action` of a verb: the end of the call, or what comes next.

    `pressed` is the key that a menu was answered with.
    """
    heard = replace(_named(tenant, link), results=(result,), recordings=recordings)
    if result.taken or result.caller_gone:
        try_add(heard, app, line)
        return Response(twiml.hang_up())
    try:
        plan, leads_on = _next(tenant, link, pressed, app)
    except TableUnreadable as problem:
        # Nothing is written either: somebody waits, and the table would be waited for once more.
        line["record_problem"] = problem.code
        heard = replace(heard, tried=_following(chain.last_resort(app.settings.policy), link))
        _tell(heard, app)
        return reply(heard, link.attempt + 1, app=app, urls=urls)
    if leads_on:
        heard = replace(heard, results=(replace(result, status=CONTINUED),))
    line["dialled_by"] = masked(plan.rule) if plan else None
    heard = replace(heard, tried=_following(plan, link))
    return reply(try_add(heard, app, line), link.attempt + 1, app=app, urls=urls)


def _following(plan: Plan | None, link: Link) -> dict[int, Plan]:
    return {} if plan is None else {link.attempt + 1: plan}


def _next(tenant: str, link: Link, pressed: str, app: Application) -> tuple[Plan | None, bool]:
    """Return what follows, None at the end of the chain; and whether a menu has led to it.

    Raises TableUnreadable.
    """
    if link.stage is Stage.LAST_RESORT:
        return None, False
    known = app.store.read((), key_of(tenant, link)).record
    if known is None or link.attempt not in known.tried:
        # The record could not be written when the dial went out, and with it its chain.
        return chain.last_resort(app.settings.policy), False
    before = known.tried[link.attempt]
    repeated = known.tried.get(link.attempt + 1)
    if repeated or link.attempt + 1 >= MAX_ATTEMPTS:
        # What was told the first time stays in the record, and not what is told now.
        return repeated, False
    spent = max(0, int(app.now()) - known.opened_at)
    turn = Turn(Stage.FALLBACK, attempt=link.attempt + 1, spent=spent)
    following: Plan | None = None
    match before.verb:
        case Ringing() as ringing:
            left = wait_left(call_of(known), spent, app.settings.policy)
            next_in_turn = ringing.following(left)
            following = replace(before, verb=next_in_turn) if next_in_turn else None
        case Menu() as menu:
            chosen = dict(menu.keys).get(pressed)
            step = _chosen(chosen, before, turn, known, app) if chosen else None
            refused = step.turn.passed_over if isinstance(step, Walk) else ()
            following = step if isinstance(step, Plan) else _again(before, menu, pressed, refused)
    if following:
        return following, isinstance(before.verb, Menu)
    step = next_plan(_rest(before, turn, known), known, app)
    return (step if isinstance(step, Plan) else None), False


def _chosen(
    address: str, before: Plan, turn: Turn, known: HopRecord, app: Application
) -> Plan | Walk:
    """Return what a key of a menu leads to: an entry with its own chain, or the transferor."""
    walk = _rest(before, replace(turn, stage=before.stage), known)
    walk = replace(walk, chain=(address,), own=True, tried=frozenset())
    step = next_plan(walk, known, app)
    if isinstance(step, Plan) and step.stage is Stage.RECALL:
        rest = (one for one in before.fallback if one != TRANSFEROR)
        return replace(step, fallback=tuple(rest))
    return step


def _again(
    before: Plan, menu: Menu, pressed: str, refused: tuple[tuple[str, str], ...]
) -> Plan | None:
    """Return the menu once more; None when it has been asked often enough."""
    if menu.round >= menu.repeat:
        return None
    verb = replace(menu, round=menu.round + 1, wrong=bool(pressed))
    return replace(before, verb=verb, passed_over=refused)


def _rest(before: Plan, turn: Turn, known: HopRecord) -> Walk:
    return Walk(
        chain=before.fallback,
        turn=turn,
        tried=frozenset(plan.rule for plan in known.tried.values()),
        context=before.context,
        transferor=known.transferor,
    )


def _named(tenant: str, link: Link) -> HopRecord:
    return HopRecord(
        tenant=tenant,
        session=link.session,
        hop=link.hop,
        refer_id=link.refer_id,
        mode=link.mode,
    )


def _conclude(known: HopRecord, app: Application) -> None:
    if app.store.conclude(known):
        app.telemetry.finished(known)


def _tell(record: HopRecord, app: Application) -> None:
    """Tell of the end of a hop that could not be recorded, as far as this webhook knows it."""
    if record.conclusion().finished:
        app.telemetry.finished(record)

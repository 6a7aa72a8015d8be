"""One hop, from what was asked to what is answered: look up, decide, record, write TwiML.

Every dial is a hop: the initial call is hop 0, each REFER the next one.  The same steps serve all.
"""

from dataclasses import replace

from call_transfer import chain, decision, directory
from call_transfer.application import Application
from call_transfer.asking import Asked, Hop, begun, read, with_parties
from call_transfer.chain import Walk
from call_transfer.context import context_of
from call_transfer.errors import (
    Closed,
    RateLimited,
    RecordNotWritten,
    Refusal,
    TableUnreadable,
)
from call_transfer.links import Stage, Urls
from call_transfer.plan import Plan, Turn
from call_transfer.record import HopRecord, Refused, call_of, counters_of
from call_transfer.reply import errors_keep_caller, reply
from call_transfer.store import Found
from call_transfer.telemetry import described
from call_transfer.webhook import Line, Response

_ERROR = 500


def take(hop: Hop, *, app: Application, urls: Urls, line: Line) -> Response:
    """Answer a hop. What is refused, or broken on our side, is answered too."""
    record, asked = _decided(hop, app, line)
    try:
        opened = _opened(record, app, line)
    except RateLimited as refusal:
        record = _refused(record, refusal, hop, asked, app=app, line=line)
        opened = _opened(record, app, line)
    line |= described(opened)
    return reply(opened, 0, app=app, urls=urls)


def next_plan(walk: Walk, record: HopRecord, app: Application) -> Plan | Walk:
    """Return what the next step of a chain says, or the walk that has ended without one.

    Raises TableUnreadable, unless the transferor can be recalled, who needs no table.
    """
    walk = _named(walk, record)
    while walk.chain:
        steps = [step for step in walk.chain if step != directory.TRANSFEROR]
        try:
            found = app.store.read(directory.keys(record.tenant, steps))
        except TableUnreadable:
            recalled = directory.TRANSFEROR in walk.chain and record.transferor
            if not recalled or app.settings.last_resort:
                raise
            walk, found = replace(walk, chain=(directory.TRANSFEROR,)), Found({}, None)
        step = chain.go_on(
            walk,
            call=call_of(record),
            entries=found.items,
            policy=app.settings.policy,
            now=app.now(),
            tell=app.tell,
        )
        if isinstance(step, Plan):
            return step
        walk = step
    return walk


def _named(walk: Walk, record: HopRecord) -> Walk:
    """Name the transferor in a chain by address when it is the party that called in.

    No entry has dialled that party, so the directory is asked whether it may be: a From is text
    that somebody else chose.
    """
    if not record.by_caller:
        return walk
    address = directory.address_of(record.caller)
    named = (address if step == directory.TRANSFEROR else step for step in walk.chain)
    return replace(walk, chain=tuple(step for step in named if step))


def _decided(hop: Hop, app: Application, line: Line) -> tuple[HopRecord, Asked]:
    """Return the hop as it is going to be recorded and answered."""
    asked = read(hop)
    record = begun(hop, asked.target)
    try:
        addresses = directory.candidates(asked.target, initial=hop.initial)
        found = app.store.read(directory.keys(record.tenant, addresses), hop.arrived_on)
        asked = replace(asked, entries=found.items)
        record = with_parties(record, hop, found.record)
        if asked.unreadable:
            raise asked.unreadable
        plan = decision.decide(
            asked=asked.target,
            call=call_of(record),
            entries=found.items,
            policy=app.settings.policy,
            now=app.now(),
            tell=app.tell,
        )
    except Closed as closed:
        try:
            plan = _elsewhere(record, closed, hop, asked, app=app, line=line)
        except Refusal as refusal:
            return _refused(record, refusal, hop, asked, app=app, line=line), asked
    except Refusal as refusal:
        return _refused(record, refusal, hop, asked, app=app, line=line), asked
    mode = plan.mode if hop.initial and plan.mode else record.mode
    return replace(record, mode=mode, tried={0: plan}), asked


def _elsewhere(
    record: HopRecord, closed: Closed, hop: Hop, asked: Asked, *, app: Application, line: Line
) -> Plan:
    """Return what the entry says that takes the calls of one that is closed. Raises Refusal."""
    if not closed.instead:
        raise closed
    stage = Stage.INITIAL if hop.initial else Stage.TRANSFER
    app.tell(closed.rule, f"closed: {closed.instead} instead")
    walk = Walk(
        chain=(closed.instead,),
        turn=Turn(stage, via=(closed.rule,)),
        own=True,
        context=context_of(asked.target) if asked.target else (),
    )
    try:
        step = next_plan(walk, record, app)
    except TableUnreadable as problem:
        line["record_problem"] = problem.code
        # Where an error keeps the call, Twilio asks again; else the transferor may be recalled.
        if hop.initial or errors_keep_caller(record.mode, record.hop, app):
            raise
        raise closed from problem
    if not isinstance(step, Plan):
        raise closed
    return step


def _refused(
    record: HopRecord, refusal: Refusal, hop: Hop, asked: Asked, *, app: Application, line: Line
) -> HopRecord:
    """Return the hop of a refusal, with whom to dial instead if somebody has to be."""
    app.tell(refusal.rule or refusal.code, f"refused: {refusal.code}, {refusal.message}")
    record = replace(record, refused=Refused.of(refusal), tried={})
    if errors_keep_caller(record.mode, record.hop, app):
        return record
    plan = _instead(record, hop, asked, app, line)
    if plan is None:
        return record
    mode = plan.mode if hop.initial and plan.mode else record.mode
    return replace(record, mode=mode, tried={0: plan})


def _instead(
    record: HopRecord, hop: Hop, asked: Asked, app: Application, line: Line
) -> Plan | None:
    """Return whom to dial for a caller whose target was refused; None when there is nobody."""
    policy = app.settings.policy
    if record.refused and record.refused.code == TableUnreadable.code:
        return chain.last_resort(policy)
    addresses = directory.candidates(asked.target, initial=hop.initial)
    item = directory.match(record.tenant, addresses, asked.entries)
    walk = Walk(
        chain=chain.fallback_of(item, policy),
        turn=Turn(Stage.FALLBACK),
        context=context_of(asked.target) if asked.target else (),
        transferor=record.transferor,
    )
    try:
        step = next_plan(walk, record, app)
    except TableUnreadable as problem:
        line["record_problem"] = problem.code
        return chain.last_resort(policy)
    return step if isinstance(step, Plan) else None


def _opened(record: HopRecord, app: Application, line: Line) -> HopRecord:
    """Record a hop once and return what to answer by: the earlier record of a repeated webhook.

    A record that cannot be written holds nobody up. Raises RateLimited.
    """
    earlier = None
    if record.refused and record.refused.code == TableUnreadable.code:
        # Not written either: the caller has waited for this table once.
        line["record_problem"] = TableUnreadable.code
    else:
        try:
            earlier = app.store.open(record, counters_of(record, app.settings.limits, app.now()))
        except RecordNotWritten as problem:
            line["record_problem"] = problem.cause
    if earlier:
        line["repeated"] = True
        return earlier
    # Without a record, only an answer that is final is told: after a 503 Twilio asks again.
    asked_again = not record.tried and (
        record.hop == 0 or errors_keep_caller(record.mode, record.hop, app)
    )
    asked_again = asked_again and record.refused is not None and record.refused.status >= _ERROR
    if record.conclusion().finished and not (asked_again and "record_problem" in line):
        app.telemetry.finished(record)
    return record

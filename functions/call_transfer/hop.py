"""One hop, from what was asked to what is answered: look up, decide, record, write TwiML.

Every dial is a hop: the initial call is hop 0, each REFER the next one.  The same steps serve all.
"""

from dataclasses import dataclass, replace

from call_transfer import decision, directory
from call_transfer.application import Application
from call_transfer.errors import InvalidTarget, RecordNotWritten, Refusal, TableUnreadable
from call_transfer.links import Link, Urls
from call_transfer.noun import Context, context_of
from call_transfer.plan import Call, DialPlan
from call_transfer.record import HopRecord, Key, Refused
from call_transfer.refer_to import ReferTo
from call_transfer.reply import errors_keep_caller, reply, tried
from call_transfer.sip_uri import SipUri
from call_transfer.store import Found
from call_transfer.telemetry import described
from call_transfer.webhook import Line, Response

_ASKED_LENGTH = 256
_ERROR = 500


@dataclass(frozen=True, slots=True)
class Hop:
    """What a webhook asks for. `texts` are the values of the parameter that names the target.

    `link` is the first dial of this hop; `arrived_on` is the hop whose Dial carried the referUrl,
    and `attempt` its dial: whoever answered that one is the transferor, unless the REFER came from
    the party that called in (`by_caller`).
    """

    link: Link
    call: Call
    call_sid: str
    texts: tuple[str, ...]
    arrived_on: Key | None = None
    attempt: int = 0
    by_caller: bool = False

    @property
    def initial(self) -> bool:
        """Whether this is the initial call."""
        return self.link.hop == 0


def take(hop: Hop, *, app: Application, urls: Urls, line: Line) -> Response:
    """Answer a hop. What is refused, or broken on our side, is answered too."""
    record = _decided(hop, app)
    line |= described(record)
    return reply(_opened(record, app, line), 0, app=app, urls=urls)


def next_dial(
    chain: tuple[str, ...], record: HopRecord, context: Context, app: Application
) -> DialPlan | None:
    """Return the dial of the next step of a chain. Raises TableUnreadable."""
    policy = app.settings.policy
    steps = [step for step in chain if step != directory.TRANSFEROR]
    found = app.store.read(directory.keys(record.tenant, steps))
    return decision.fall_back(
        chain=chain,
        context=context,
        transferor=record.transferor,
        call=Call(record.tenant, record.caller),
        entries=found.items,
        policy=policy,
    )


def _decided(hop: Hop, app: Application) -> HopRecord:
    """Return the hop as it is going to be recorded and answered."""
    asked, unreadable = _read(hop)
    record = _begun(hop, asked)
    found = Found({}, None)
    try:
        addresses = directory.candidates(asked, initial=hop.initial)
        found = app.store.read(directory.keys(record.tenant, addresses), hop.arrived_on)
        record = _with_parties(record, hop, found.record)
        if unreadable:
            raise unreadable
        plan: DialPlan | None = decision.decide(
            asked=asked,
            hop=record.hop,
            call=Call(record.tenant, record.caller),
            entries=found.items,
            policy=app.settings.policy,
        )
    except Refusal as refusal:
        record = replace(record, refused=Refused.of(refusal))
        if errors_keep_caller(record.mode, record.hop, app):
            return record
        plan = _instead(record, hop, asked, found, app)
    if plan is None:
        return record
    mode = plan.mode if hop.initial and plan.mode else record.mode
    plan = replace(plan, fallback=_chain(plan.fallback, hop, record))
    return replace(record, mode=mode, tried={0: tried(plan, mode, app)})


def _begun(hop: Hop, asked: ReferTo | None) -> HopRecord:
    """Return what is known of a hop before anything was looked up."""
    record = HopRecord(
        tenant=hop.call.tenant,
        session=hop.link.session,
        hop=hop.link.hop,
        refer_id=hop.link.refer_id,
        mode=hop.link.mode,
        caller=hop.call.caller,
        call_sid=hop.call_sid,
    )
    if asked is None:
        return replace(record, unreadable=" ".join(hop.texts)[:_ASKED_LENGTH])
    # User, host and port: parameters and headers are context, and lines of the log quote this.
    uri = asked.uri
    user = (uri.user or "").partition(";")[0] or None
    address = SipUri(scheme=uri.scheme, user=user, host=uri.host, port=uri.port)
    return replace(record, asked=str(address), attended=asked.attended)


def _read(hop: Hop) -> tuple[ReferTo | None, InvalidTarget | None]:
    """Read the target; of an initial call an unreadable one is served by the entry `default`."""
    if len(hop.texts) != 1:
        return None, InvalidTarget(
            "repeated" if hop.texts else "missing",
            f"the target is there {len(hop.texts)} times, and must be there once",
        )
    try:
        return ReferTo.parse(hop.texts[0]), None
    except InvalidTarget as refusal:
        return None, None if hop.initial else refusal


def _with_parties(record: HopRecord, hop: Hop, earlier: HopRecord | None) -> HopRecord:
    """Take over from the hop that the REFER arrived on who called in, and who refers."""
    if earlier is None:
        return record
    transferor = () if hop.by_caller else earlier.answering(hop.attempt)
    return replace(record, caller=earlier.caller or record.caller, transferor=transferor)


def _chain(chain: tuple[str, ...], hop: Hop, record: HopRecord) -> tuple[str, ...]:
    """Name the transferor in a chain by address when it is the party that called in.

    No entry has dialled that party, so the directory is asked whether it may be: a From is text
    that somebody else chose.
    """
    if not hop.by_caller:
        return chain
    address = directory.address_of(record.caller)
    named = (address if step == directory.TRANSFEROR else step for step in chain)
    return tuple(step for step in named if step)


def _instead(
    record: HopRecord, hop: Hop, asked: ReferTo | None, found: Found, app: Application
) -> DialPlan | None:
    """Return whom to dial for a caller whose target was refused; None when there is nobody."""
    policy = app.settings.policy
    if record.refused and record.refused.code == TableUnreadable.code:
        return decision.last_resort(policy)
    addresses = directory.candidates(asked, initial=hop.initial)
    item = directory.match(record.tenant, addresses, found.items)
    chain = _chain(decision.fallback_of(item, policy), hop, record)
    try:
        return next_dial(chain, record, context_of(asked) if asked else (), app)
    except TableUnreadable:
        return decision.last_resort(policy)


def _opened(record: HopRecord, app: Application, line: Line) -> HopRecord:
    """Record a hop once and return what to answer by: the earlier record of a repeated webhook.

    A record that cannot be written holds nobody up.
    """
    earlier = None
    if record.refused and record.refused.code == TableUnreadable.code:
        # Not written either: the caller has waited for this table once.
        line["record_problem"] = TableUnreadable.code
    else:
        try:
            earlier = app.store.open(record)
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

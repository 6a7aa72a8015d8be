"""What a hop asks for, and who is known to be on the line, before anything is decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from call_transfer.directory import Item
from call_transfer.directory import Key as TargetKey
from call_transfer.errors import InvalidTarget
from call_transfer.links import Link
from call_transfer.record import HopRecord, Key
from call_transfer.refer_to import ReferTo
from call_transfer.sip_uri import SipUri

_ASKED_LENGTH = 256


@dataclass(frozen=True, slots=True)
class Hop:
    """What a webhook asks for. `texts` are the values of the parameter that names the target.

    `link` is the first dial of this hop; `arrived_on` is the hop whose Dial carried the referUrl,
    and `attempt` its dial: whoever answered that one is the transferor, unless the REFER came from
    the party that called in (`by_caller`).
    """

    link: Link
    tenant: str
    caller: str
    called: str
    call_sid: str
    texts: tuple[str, ...]
    arrived_on: Key | None = None
    attempt: int = 0
    by_caller: bool = False

    @property
    def initial(self) -> bool:
        """Whether this is the initial call."""
        return self.link.hop == 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, as far as it can be read, and what the table said of it."""

    target: ReferTo | None
    unreadable: InvalidTarget | None
    entries: Mapping[TargetKey, Item] = field(default_factory=dict)


def read(hop: Hop) -> Asked:
    """Read the target; of an initial call an unreadable one is served by the entry `default`."""
    if len(hop.texts) != 1:
        refusal = InvalidTarget(
            "repeated" if hop.texts else "missing",
            f"the target is there {len(hop.texts)} times, and must be there once",
        )
        return Asked(None, refusal)
    try:
        return Asked(ReferTo.parse(hop.texts[0]), None)
    except InvalidTarget as unreadable:
        return Asked(None, None if hop.initial else unreadable)


def begun(hop: Hop, asked: ReferTo | None) -> HopRecord:
    """Return what is known of a hop before anything was looked up."""
    record = HopRecord(
        tenant=hop.tenant,
        session=hop.link.session,
        hop=hop.link.hop,
        refer_id=hop.link.refer_id,
        mode=hop.link.mode,
        caller=hop.caller,
        called=hop.called,
        call_sid=hop.call_sid,
        by_caller=hop.by_caller,
    )
    if asked is None:
        return replace(record, unreadable=" ".join(hop.texts)[:_ASKED_LENGTH])
    # User, host and port: parameters and headers are context, and lines of the log quote this.
    uri = asked.uri
    user = (uri.user or "").partition(";")[0] or None
    address = SipUri(scheme=uri.scheme, user=user, host=uri.host, port=uri.port)
    return replace(record, asked=str(address), attended=asked.attended)


def with_parties(record: HopRecord, hop: Hop, earlier: HopRecord | None) -> HopRecord:
    """Take over from the hop that the REFER arrived on who called in, and who refers."""
    if earlier is None:
        return record
    transferor = () if hop.by_caller else earlier.answering(hop.attempt)
    return replace(
        record,
        caller=earlier.caller or record.caller,
        called=earlier.called or record.called,
        transferor=transferor,
        path=(*earlier.path, *(noun.party for noun in transferor)),
    )

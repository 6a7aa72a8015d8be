"""Prefixes that open more than somebody meant, and denials that something else overrules."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from call_transfer.directory import SHARED
from call_transfer.entry import Entry
from call_transfer.verb import Deny, Dial
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.number_facts import costly, countries, islands, regions
from refer_cli.linting.subject import Subject, as_asked, less_specific, refuses
from refer_cli.number_ranges import Range

_NAMED = 3
_DENY_SET = "put the entries of `refer targets deny-set` into the directory"

_BROAD = Rule(
    "prefix-broad",
    "An as_asked prefix covers several countries, or in +1 the islands (note: regions that share a"
    " country code).",
    (Severity.ERROR, Severity.NOTE),
)
_MISSING = Rule(
    "deny-set-missing",
    "Ranges that cost lie under an as_asked prefix, and no entry denies any (note: not all).",
    (Severity.ERROR, Severity.NOTE),
)
_OVERRIDDEN = Rule(
    "deny-overridden",
    "An entry allows what a shared entry at its address denies (warning), or a less specific one.",
    (Severity.WARNING, Severity.NOTE),
)
# The longest prefix that is a country code: a plus, three digits, an asterisk.
_COUNTRY = len("+999*")
RULES = (_BROAD, _MISSING, _OVERRIDDEN)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in all prefixes, and wherever something is denied."""
    refusing = sorted((one.address, one.tenant) for one in subject if refuses(one))
    for entry in subject:
        if entry.address.startswith("+") and entry.address.endswith("*") and as_asked(entry):
            yield from _opened(entry, subject, refusing)
        if isinstance(entry.action, Dial):
            yield from _overriding(entry, subject)


def _opened(
    entry: Entry, subject: Subject, refusing: Sequence[tuple[str, str]]
) -> Iterator[Finding]:
    if not entry.enabled:
        return
    digits = entry.address[1:-1]
    codes = countries(digits)
    if len(codes) > 1 and codes != (digits,):
        text = f"covers all of +{_list(codes, '+')}: whoever refers can call {len(codes)} countries"
        yield _BROAD.on(entry, "address", text, "write one prefix for each country you mean")
    elif codes == (digits,) and digits != "1" and len(regions(digits)) > 1:
        text = f"covers {_list(regions(digits))}, whose calls differ in price"
        advice = "write longer prefixes if you do not mean all of them"
        yield _BROAD.on(entry, "address", text, advice, severity=Severity.NOTE)
    if open_islands := _open(entry, subject, islands()):
        owners = list(dict.fromkeys(name for one in open_islands for name in one.owners))
        text = f"covers {_list(owners)}, which are dialled like the USA and cost like abroad"
        yield _BROAD.on(entry, "address", text, _DENY_SET)
    open_ranges = _open(entry, subject, costly())
    if open_ranges and not _any_refused(entry, refusing):
        text = f"opens {_ranges(open_ranges)}: whoever refers can run up the bill"
        yield _MISSING.on(entry, "address", text, _DENY_SET)
    elif open_ranges:
        text = f"opens {_ranges(open_ranges)}, and other ranges under it are denied"
        advice = "make the entries of `refer targets deny-set` again"
        yield _MISSING.on(entry, "address", text, advice, severity=Severity.NOTE)


def _open(entry: Entry, subject: Subject, ranges: Sequence[Range]) -> list[Range]:
    """Return the ranges that lie under a prefix and are governed by it."""
    digits = entry.address[1:-1]
    return [
        one
        for one in ranges
        if one.prefix.startswith(digits)
        and one.prefix != digits
        and subject.governing(entry.tenant, _prefixes(one.prefix)) is entry
    ]


def _prefixes(digits: str) -> Iterator[str]:
    for end in range(len(digits), 0, -1):
        yield f"+{digits[:end]}*"


def _any_refused(entry: Entry, refusing: Sequence[tuple[str, str]]) -> bool:
    """Whether a refusing entry that this tenant sees lies under its prefix."""
    prefix = entry.address[:-1]
    for address, tenant in refusing[bisect_left(refusing, (prefix, "")) :]:
        if not address.startswith(prefix):
            return False
        if tenant in (entry.tenant, SHARED):
            return True
    return False


def _overriding(entry: Entry, subject: Subject) -> Iterator[Finding]:
    if not entry.enabled:
        return
    shared = subject.entries.get((SHARED, entry.address))
    if entry.tenant != SHARED and shared and isinstance(shared.action, Deny):
        text = f"allows {entry.tenant} what the shared entry denies: {shared.action.reason}"
        yield _OVERRIDDEN.on(entry, "dial", text, "delete it, unless that is meant")
        return
    if not as_asked(entry):
        return
    wider = subject.governing(entry.tenant, less_specific(entry.address))
    if wider and isinstance(wider.action, Deny):
        text = f"allows what {wider.address} denies: {wider.action.reason}"
        # Whole countries are denied to be opened a prefix at a time.
        exact = not entry.address.endswith("*") or len(wider.address) <= _COUNTRY
        yield _OVERRIDDEN.on(
            entry,
            "dial",
            text,
            "delete it, unless that is meant",
            severity=Severity.NOTE if exact else None,
        )


def _ranges(ranges: Sequence[Range]) -> str:
    more = f" and {len(ranges) - _NAMED} more ranges" if len(ranges) > _NAMED else ""
    return ", ".join(f"+{one.prefix}* ({one.why})" for one in ranges[:_NAMED]) + more


def _list(names: Sequence[str], sign: str = "") -> str:
    more = ", …" if len(names) > _NAMED + 1 else ""
    return f", {sign}".join(names[: _NAMED + 1]) + more

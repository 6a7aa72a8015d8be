"""Addresses that entries and the parameter Fallback name, and what a caller finds there."""

from collections.abc import Iterator

from call_transfer import directory
from call_transfer.directory import SHARED, TRANSFEROR
from call_transfer.entry import Entry
from call_transfer.errors import InvalidTarget
from call_transfer.refer_to import ReferTo
from call_transfer.verb import Announcement, Deny, Menu, Redirect
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject, as_asked, less_specific
from refer_cli.targets.chains import LONGEST

_EXACT = "a step needs an entry of exactly this address: add one"
_ADVICE = {
    "fallback": "the step is passed over",
    "closed": "outside the hours the call is refused",
    "key": "the key counts as a wrong one",
}

_MISSING = Rule(
    "reference-missing",
    "A step, a key or `closed` names an address without entry.",
    (Severity.WARNING,),
)
_PREFIX = Rule(
    "fallback-prefix",
    "A step, a key or `closed` names an address that only a prefix, a user or a host covers.",
    (Severity.WARNING,),
)
_REFUSED = Rule(
    "reference-refused",
    "A step, a key or `closed` names an entry that denies, is disabled, or dials as asked where"
    " nothing is asked.",
    (Severity.WARNING,),
)
_AFTER = Rule(
    "fallback-after-end",
    "Steps of a fallback follow one that always takes the call.",
    (Severity.WARNING,),
)
_CIRCLE = Rule(
    "chain-circle",
    "Entries pass a caller on in a circle: nobody gets it.",
    (Severity.ERROR,),
)
_DEEP = Rule(
    "chain-deep",
    f"Entries pass a caller on more than {LONGEST} times: the last ones never get it.",
    (Severity.ERROR,),
)
RULES = (_MISSING, _PREFIX, _REFUSED, _AFTER, _CIRCLE, _DEEP)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in the references, and in the chains that they make."""
    for one in subject.lacking:
        entry = subject.entries[one.source]
        yield from _lacking(entry, one.kind, one.target, subject)
    for entry in subject:
        for kind, target in entry.references:
            yield from _refused(entry, kind, target, subject)
        yield from _after(entry, subject)
    for chain in subject.chains:
        rule = _CIRCLE if chain.endless else _DEEP
        entry = subject.entries[chain.source]
        way, _, advice = str(chain).rpartition("; ")
        yield rule.on(entry, field_of(entry, chain.kind, chain.steps[1]), way, advice)
    yield from _parameter(subject)


def field_of(entry: Entry, kind: str, target: str) -> str:
    """Return the field of an entry in which a reference stands."""
    if kind == "fallback":
        return f"fallback.{(entry.fallback or ()).index(target)}"
    if kind == "key" and isinstance(entry.action, Menu):
        return f"menu.keys.{next(key for key, step in entry.action.keys if step == target)}"
    return "hours.closed"


def _lacking(entry: Entry, kind: str, target: str, subject: Subject) -> Iterator[Finding]:
    field = field_of(entry, kind, target)
    covering = subject.governing(entry.tenant, less_specific(target))
    if covering:
        text = f"names {target}, which only {covering.address} covers: {_ADVICE[kind]}"
        yield _PREFIX.on(entry, field, text, _EXACT)
        return
    where = (
        "shared entry" if entry.tenant == SHARED else f"entry of {entry.tenant}, nor a shared one"
    )
    text = f"names {target}, for which there is no {where}: {_ADVICE[kind]}"
    yield _MISSING.on(entry, field, text, "add the entry, or correct the address")


def _refused(entry: Entry, kind: str, target: str, subject: Subject) -> Iterator[Finding]:
    if target == TRANSFEROR:
        return
    found = subject.seen(entry.tenant, target)
    if found is None:
        return
    reason = ""
    if not found.enabled:
        reason = "which is switched off"
    elif isinstance(found.action, Deny):
        reason = "which denies"
    elif as_asked(found) and not _is_party(target):
        reason = "which dials what is asked for, and a step asks for nobody"
    if reason:
        text = f"names {target}, {reason}: {_ADVICE[kind]}"
        yield _REFUSED.on(entry, field_of(entry, kind, target), text, "name another entry")


def _is_party(address: str) -> bool:
    try:
        ReferTo.parse(address)
    except InvalidTarget:
        return False
    return directory.is_exact(address)


def _after(entry: Entry, subject: Subject) -> Iterator[Finding]:
    steps = entry.fallback or ()
    for number, step in enumerate(steps[:-1]):
        found = None if step == TRANSFEROR else subject.seen(entry.tenant, step)
        ends = found is not None and isinstance(found.action, (Announcement, Redirect))
        if found and ends and found.enabled and found.hours is None:
            rest = ", ".join(steps[number + 1 :])
            text = f"{step} always takes the call, so it never comes to {rest}"
            yield _AFTER.on(entry, f"fallback.{number + 1}", text, f"put {step} last")
            return


def _parameter(subject: Subject) -> Iterator[Finding]:
    for step in subject.settings.fallback:
        key = (SHARED, step)
        if step == TRANSFEROR or key in subject.entries or key in subject.unsound:
            continue
        covering = subject.governing(SHARED, less_specific(step))
        if covering:
            text = f"names {step}, which only {covering.address} covers: the step is passed over"
            yield _PREFIX.of("Fallback", text, _EXACT)
        else:
            text = f"names {step}, for which there is no shared entry: the step is passed over"
            yield _MISSING.of("Fallback", text, "add the entry, or correct the address")

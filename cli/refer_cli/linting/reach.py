"""Entries that no call ever comes to, and entries that change nothing.

What can be looked up is what `directory.candidates` names, the code that looks up.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from call_transfer import directory
from call_transfer.directory import DEFAULT, SHARED
from call_transfer.entry import Entry
from call_transfer.errors import InvalidTarget
from call_transfer.refer_to import ReferTo
from call_transfer.sip_uri import SipUri
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject, as_asked, less_specific, refuses

_ACCOUNT = re.compile("AC[0-9a-f]{32}")
_MOST_DIGITS = 7

_UNREACHABLE = Rule(
    "unreachable",
    "Nothing can look an entry up, and no entry names it.",
    (Severity.WARNING,),
)
_SHADOWED = Rule("shadowed", "An entry of a tenant stands in for a shared one.", (Severity.NOTE,))
_DISABLED = Rule(
    "disabled-hides",
    "A disabled entry refuses what a less specific one would allow.",
    (Severity.NOTE,),
)
_REDUNDANT = Rule(
    "redundant", "Without this entry, another one would say the same.", (Severity.NOTE,)
)
RULES = (_UNREACHABLE, _SHADOWED, _DISABLED, _REDUNDANT)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in all entries."""
    named = _named(subject)
    owners = _owners(subject)
    for entry in subject:
        if entry.tenant != SHARED and not _ACCOUNT.fullmatch(entry.tenant):
            text = f"belongs to {entry.tenant!r}: only an AccountSid, in small letters, has calls"
            yield _UNREACHABLE.on(entry, "tenant", text, "write AC and 32 hexadecimal digits, or *")
        if entry.address not in named and (reason := _never_asked(entry, subject)):
            yield _UNREACHABLE.on(entry, "address", reason, "delete it, or give it another address")
        if entry.tenant != SHARED and (SHARED, entry.address) in subject.entries:
            text = f"stands in for the shared entry: calls of {entry.tenant} do not come to that"
            yield _SHADOWED.on(entry, "address", text, "nothing, if that is meant")
        instead = subject.instead(entry)
        if instead and not entry.enabled and not refuses(instead):
            text = f"is switched off, and does not give way to {instead.rule}, which allows"
            yield _DISABLED.on(entry, "enabled", text, "delete it to fall back to that")
        elif instead and entry.address not in named and _same(entry, instead, subject, owners):
            text = f"says what {instead.rule} says, which would govern without it"
            yield _REDUNDANT.on(entry, "address", text, "delete it")


def _named(subject: Subject) -> frozenset[str]:
    named = (step for entry in subject for _, step in entry.references)
    return frozenset((*named, *subject.settings.fallback))


def _owners(subject: Subject) -> Mapping[str, set[str]]:
    owners: dict[str, set[str]] = {}
    for tenant, address in subject.entries:
        owners.setdefault(address, set()).add(tenant)
    return owners


def _never_asked(entry: Entry, subject: Subject) -> str:
    """Return why no call is ever looked up under an address; "" when one can be."""
    address = entry.address
    if address.endswith("*") and address.startswith("+"):
        covered = _covered(address[1:-1], entry.tenant, subject)
        return (
            "is never the most specific: all ten prefixes below it have entries" if covered else ""
        )
    if address == DEFAULT or address.startswith(("+", "*@")):
        return ""
    user = address
    if address.startswith("sip:"):
        user = SipUri.parse(address).user or ""
    if not user.isascii():
        return "holds a letter that is not ASCII: a target with one is refused before the lookup"
    asked = address if address.startswith("sip:") else _spelled(user)
    try:
        found = directory.candidates(ReferTo.parse(asked))
    except InvalidTarget as refusal:
        return f"cannot be asked for: {refusal.message}"
    return "" if address in found else "is the user of no SIP URI: it ends at the first semicolon"


def _spelled(user: str) -> str:
    return str(SipUri(scheme="sip", user=user, host="a"))


def _covered(digits: str, tenant: str, subject: Subject) -> bool:
    """Whether every longer prefix has an entry that this tenant sees, or all that are longer."""
    return len(digits) < _MOST_DIGITS and all(
        subject.seen(tenant, f"+{digits}{digit}*") is not None
        or _covered(f"{digits}{digit}", tenant, subject)
        for digit in "0123456789"
    )


def _same(entry: Entry, instead: Entry, subject: Subject, owners: Mapping[str, set[str]]) -> bool:
    """Whether two entries say the same of every call that one of them governs."""
    if replace(entry, tenant="", address="") != replace(instead, tenant="", address=""):
        return False
    numbers = [one.address.startswith("+") for one in (entry, instead)]
    if as_asked(entry) and (numbers[0] != numbers[1] or _exact_only(entry, subject)):
        return False
    # A tenant whose own entry lies between the two would come to that one.
    between = (address for address in less_specific(entry.address) if entry.tenant == SHARED)
    return all(owners.get(address, set()) <= {SHARED} for address in between)


def _exact_only(entry: Entry, subject: Subject) -> bool:
    """Whether only an entry of exactly this address dials it as asked (ExactNumbers)."""
    user = SipUri.parse(entry.address).user if directory.is_exact(entry.address) else None
    digits = re.sub("[^0-9a-z]", "", (user or "").lower())
    return digits in subject.settings.exact_numbers

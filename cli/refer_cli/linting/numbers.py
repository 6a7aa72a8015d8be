"""Numbers that cannot be dialled, and numbers that cost."""

from collections.abc import Iterator

from call_transfer.entry import Entry
from call_transfer.noun import NounKind
from call_transfer.noun_fields import E164
from call_transfer.verb import Deny
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.number_facts import costly, countries, islands, judge
from refer_cli.linting.subject import Subject, as_asked, nouns

_CALLER_ID = 13214
# A number of six digits and fewer is a short code, or the name that somebody gave to a party.
_SHORT = 7

_INVALID = Rule(
    "number-invalid",
    "A number to dial, to show or to be asked for cannot exist (error), or is assigned to nobody.",
    (Severity.ERROR, Severity.NOTE),
)
_PREMIUM = Rule(
    "number-premium",
    "A number that an entry dials, or the prefix that it opens, is premium rate, shared cost or"
    " satellite.",
    (Severity.WARNING,),
)
RULES = (_INVALID, _PREMIUM)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in all entries, and in the parameters that hold a number."""
    for entry in subject:
        for number, noun in enumerate(nouns(entry)):
            if noun.kind is NounKind.NUMBER:
                yield from _dialled(entry, f"dial.{number}.number", noun.address)
        if E164.fullmatch(entry.caller_id):
            yield from _shown(entry)
        if entry.address.startswith("+") and not isinstance(entry.action, Deny):
            yield from _address(entry)
    settings = subject.settings
    if settings.default_caller_id:
        yield from _parameter("DefaultCallerId", settings.default_caller_id, _CALLER_ID)
    if settings.last_resort and settings.last_resort.kind is NounKind.NUMBER:
        yield from _parameter("LastResort", settings.last_resort.address, 0)


def _dialled(entry: Entry, field: str, number: str) -> Iterator[Finding]:
    judged = judge(number)
    if judged.problem:
        text = f"dials {number}, which {judged.problem}: nobody is reached"
        yield _INVALID.on(entry, field, text, "correct the number", code=judged.code)
    elif not judged.assigned:
        text = f"dials {number}, which is in no range that its country has assigned"
        advice = "check the digits"
        yield _INVALID.on(entry, field, text, advice, severity=Severity.NOTE)
    if judged.cost:
        text = f"dials {number}, a number that costs: {judged.cost}"
        advice = "take it out, unless somebody pays for it knowingly; time_limit caps a call"
        yield _PREMIUM.on(entry, field, text, advice)


def _shown(entry: Entry) -> Iterator[Finding]:
    judged = judge(entry.caller_id)
    if judged.problem:
        text = f"shows {entry.caller_id}, which {judged.problem}: a dial to a number fails"
        advice = "name a number of your account"
        yield _INVALID.on(entry, "caller_id", text, advice, code=_CALLER_ID)
    elif not judged.assigned:
        text = f"shows {entry.caller_id}, which is in no range that its country has assigned"
        advice = "check the digits"
        yield _INVALID.on(entry, "caller_id", text, advice, severity=Severity.NOTE)


def _address(entry: Entry) -> Iterator[Finding]:
    if entry.address.endswith("*"):
        yield from _prefix(entry, entry.address[1:-1])
    elif as_asked(entry):
        yield from _dialled(entry, "address", entry.address)
    elif len(entry.address) > _SHORT and not judge(entry.address).assigned:
        problem = judge(entry.address).problem or "is in no range that its country has assigned"
        text = f"is asked for by {entry.address}, which {problem}: no such call comes in"
        advice = "check the digits, unless transferors really send them"
        yield _INVALID.on(entry, "address", text, advice, severity=Severity.NOTE)


def _prefix(entry: Entry, digits: str) -> Iterator[Finding]:
    if not countries(digits):
        text = "no country code begins like this: nobody is reached by such a number"
        yield _INVALID.on(
            entry, "address", text, "correct the prefix", code=13226, severity=Severity.NOTE
        )
    within = (one for one in (*costly(), *islands()) if digits.startswith(one.prefix))
    for one in within if as_asked(entry) else ():
        text = f"opens numbers that cost: +{one.prefix}* is {one}"
        advice = "allow single numbers instead, or deny the prefix"
        yield _PREMIUM.on(entry, "address", text, advice)


def _parameter(name: str, number: str, code: int) -> Iterator[Finding]:
    judged = judge(number)
    if judged.problem:
        text = f"is {number}, which {judged.problem}"
        yield _INVALID.of(name, text, "correct the number", code=code or judged.code)
    elif not judged.assigned:
        text = f"is {number}, which is in no range that its country has assigned"
        yield _INVALID.of(name, text, "check the digits", severity=Severity.NOTE)
    if judged.cost and not code:
        text = f"dials {number}, a number that costs: {judged.cost}"
        yield _PREMIUM.of(name, text, "name another number")

"""Caller IDs: what a number is shown, and what Twilio takes for it.

Twilio 13214: to a Number, callerId is a number of the account, or the To or From of a call that
came in from the telephone network.
"""

from collections.abc import Iterator

from call_transfer.entry import CALLED, CALLER
from call_transfer.noun import NounKind
from call_transfer.noun_fields import E164
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject, as_asked, rings_numbers

_REFUSED = 13214

_SIP = Rule(
    "caller-id-sip",
    "A number is dialled without caller_id and DefaultCallerId: calls from SIP or a client fail.",
    (Severity.WARNING,),
)
_NAME = Rule(
    "caller-id-name",
    "The caller_id of an entry that dials numbers as asked is a name: every such dial is refused.",
    (Severity.ERROR,),
)
_LAST_RESORT = Rule(
    "last-resort-caller-id",
    "LastResort is a number and DefaultCallerId is empty: it does not serve calls from SIP.",
    (Severity.WARNING,),
)
RULES = (_SIP, _NAME, _LAST_RESORT)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in the entries that dial numbers, and in LastResort."""
    settings = subject.settings
    for entry in subject:
        if not rings_numbers(entry):
            continue
        shown = "" if entry.caller_id in (CALLER, CALLED) else entry.caller_id
        if shown and as_asked(entry) and not E164.fullmatch(shown):
            text = f"shows {shown!r} to the numbers that it dials, and a number is not shown names"
            advice = "name a number of your account as caller_id"
            yield _NAME.on(entry, "caller_id", text, advice, code=_REFUSED)
        elif not shown and not settings.default_caller_id:
            text = "dials a number; for a call that came from SIP or a client that is refused"
            advice = "set DefaultCallerId, or caller_id here, to a number of your account"
            yield _SIP.on(entry, "dial", text, advice, code=_REFUSED)
    last = settings.last_resort
    if last and last.kind is NounKind.NUMBER and not settings.default_caller_id:
        text = "is a number; a call that came from SIP or a client cannot be sent there"
        advice = "set DefaultCallerId to a number of your account"
        yield _LAST_RESORT.of("LastResort", text, advice, code=_REFUSED)

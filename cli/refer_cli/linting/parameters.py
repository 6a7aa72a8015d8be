"""Parameters of the stack, by themselves and against the directory."""

from collections.abc import Iterator

from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject, as_asked

_LAST_RESORT = Rule(
    "last-resort-missing",
    "LastResort is empty: callers hear a goodbye when the directory cannot be read.",
    (Severity.NOTE,),
)
_EXACT = Rule(
    "exact-number-user",
    "An extension is one of ExactNumbers: whoever dials it in need of help gets the extension.",
    (Severity.NOTE,),
)
_NO_EXACT = Rule(
    "exact-numbers-empty",
    "ExactNumbers is empty, and a host dials emergency numbers as asked.",
    (Severity.WARNING,),
)
_LIMITS = Rule(
    "limits-off",
    "Transfers of one transferor, or to one target, have no limit.",
    (Severity.NOTE,),
)
RULES = (_LAST_RESORT, _EXACT, _NO_EXACT, _LIMITS)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in the parameters."""
    settings = subject.settings
    if settings.last_resort is None:
        text = "is empty: when the directory cannot be read, a caller hears a goodbye"
        yield _LAST_RESORT.of("LastResort", text, "name a number that somebody answers")
    for entry in subject:
        if entry.address in settings.exact_numbers:
            text = f"is an extension, and {entry.address} is one of ExactNumbers"
            advice = "give it another number, or take that out of ExactNumbers"
            yield _EXACT.on(entry, "address", text, advice)
    wide = [one for one in subject if as_asked(one) and one.address.startswith("*@")]
    if wide and not settings.exact_numbers:
        text = f"is empty, and {wide[0].address} dials emergency numbers as asked"
        yield _NO_EXACT.of("ExactNumbers", text, "write those of your countries")
    limits = (
        ("TransferorPerMinute", settings.transferor_per_minute, "one transferor"),
        ("TargetPerMinute", settings.target_per_minute, "one target"),
    )
    for name, limit, whose in limits:
        if not limit:
            text = f"is 0: transfers of {whose} are not limited, and a loop costs until it is seen"
            yield _LIMITS.of(name, text, "set it above what a busy minute has")

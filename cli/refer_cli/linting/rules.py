"""All rules, and what they find. What `refer targets validate` says is among them."""

from collections.abc import Callable, Collection, Iterator, Sequence

from refer_cli.linting import (
    callers,
    menus,
    numbers,
    opening,
    parameters,
    parties,
    prefixes,
    reach,
    references,
    sip_uris,
    waits,
)
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject

MALFORMED = Rule(
    "malformed",
    "An entry breaks its grammar, has more than ten nouns or is there twice: it refuses every call"
    " (warning: a slip of a spreadsheet).",
    (Severity.ERROR, Severity.WARNING),
)

type Check = Callable[[Subject], Iterator[Finding]]

_THEMES: Sequence[tuple[Sequence[Rule], Check]] = tuple(
    (module.RULES, module.check)
    for module in (
        *(numbers, prefixes, callers, sip_uris, parties),
        *(reach, references, waits, opening, menus, parameters),
    )
)
RULES: Sequence[Rule] = (MALFORMED, *(rule for rules, _ in _THEMES for rule in rules))


def findings(subject: Subject, ignored: Collection[str] = ()) -> Iterator[Finding]:
    """Yield what all rules find but those that are ignored; a theme of such rules is not asked."""
    for rules, check in _THEMES:
        if any(rule.name not in ignored for rule in rules):
            yield from (one for one in check(subject) if one.rule not in ignored)

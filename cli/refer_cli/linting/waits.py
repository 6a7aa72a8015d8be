"""Ringing that HoldWait cuts or forbids, and chains that are not walked in hold mode.

The seconds are those of `call_transfer.ringing`, which dials them.
"""

from collections.abc import Iterator

from call_transfer.directory import TRANSFEROR
from call_transfer.entry import Entry
from call_transfer.ringing import MIN_RING, RING_EXTRA
from call_transfer.settings import Settings
from call_transfer.verb import Dial
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject, as_asked, begins_calls, nouns, refuses

_WARNING, _NOTE = Severity.WARNING, Severity.NOTE

_OVER = Rule(
    "wait-over",
    "In hold mode HoldWait leaves no time to ring: never (error), or for a step of a chain.",
    (Severity.ERROR, _WARNING),
)
_CUT = Rule(
    "wait-cut",
    "In hold mode parties ring shorter than an entry says, since HoldWait ends before.",
    (_WARNING, _NOTE),
)
_HOLD = Rule(
    "chain-hold",
    "Fallbacks are not walked in hold mode when a target does not answer (HoldAction=off).",
    (_NOTE,),
)
RULES = (_OVER, _CUT, _HOLD)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in the entries that can be the target of a transfer."""
    settings = subject.settings
    # Who says for which mode its initial calls are, is called and not transferred to.
    targets = [one for one in subject if not begins_calls(one) and not refuses(one)]
    if settings.hold_wait:
        for entry in targets:
            if isinstance(entry.action, Dial):
                refused = list(_rings(entry, settings))
                yield from refused
                if settings.hold_action and not any(one.rule == _OVER.name for one in refused):
                    yield from _chain(entry, subject)
        most = settings.hold_wait - RING_EXTRA
        if settings.ring_timeout > most:
            text = f"is {settings.ring_timeout}, and in hold mode parties ring for {most} s at most"
            yield _CUT.of("RingTimeout", text, "raise HoldWait if transferors wait for longer")
    if not settings.hold_action:
        chains = [one for one in targets if isinstance(one.action, Dial) and _leads_on(one)]
        for entry in chains[:1]:
            others = f" (so {_more(len(chains) - 1)})" if chains[1:] else ""
            text = (
                f"has a fallback{others}; in hold mode nobody walks it when the target does not"
                " answer: the transferor has the call again"
            )
            advice = "nothing, if that is meant; HoldAction=on walks it"
            yield _HOLD.on(entry, "fallback", text, advice)


def _more(count: int) -> str:
    return "has one more entry" if count == 1 else f"have {count} more entries"


def _leads_on(entry: Entry) -> bool:
    return bool(set(entry.fallback or ()) - {TRANSFEROR})


def _rings(entry: Entry, settings: Settings) -> Iterator[Finding]:
    turns = _turns(entry, one_by_one=settings.hold_action)
    each = settings.hold_wait // turns - RING_EXTRA
    if each < MIN_RING:
        text = (
            f"rings {turns} parties in turn; of HoldWait={settings.hold_wait} each has less than"
            f" {MIN_RING} s, so every transfer in hold mode is refused"
        )
        advice = "ring fewer in turn, or all at once, or raise HoldWait"
        yield _OVER.on(entry, "sequential", text, advice)
        return
    wanted = _wanted(entry, settings, one_by_one=settings.hold_action)
    own = entry.ring_timeout is not None or any(noun.ring_timeout for noun in nouns(entry))
    if wanted <= each or (not own and turns == 1):
        return
    called = entry.address.startswith("+") and not as_asked(entry)
    text = f"rings for {each} s and not {wanted} in a transfer in hold mode: HoldWait ends before"
    yield _CUT.on(
        entry,
        "ring_timeout" if entry.ring_timeout else "dial",
        text,
        f"say {each} or less, or raise HoldWait if transferors wait for longer",
        severity=None if own and not called else _NOTE,
    )


def _chain(entry: Entry, subject: Subject) -> Iterator[Finding]:
    """Follow a chain that nobody answers, until no time is left to ring."""
    settings = subject.settings
    left = settings.hold_wait
    steps = settings.fallback if entry.fallback is None else entry.fallback
    walked = entry
    for number, step in enumerate(steps):
        left = _left(walked, settings, left)
        found = None if step == TRANSFEROR else subject.seen(entry.tenant, step)
        if found is None or refuses(found) or not isinstance(found.action, Dial):
            # The transferor is rung in any case, and whoever waits in a queue waits for us no more.
            return
        if left // _turns(found, one_by_one=True) - RING_EXTRA < MIN_RING:
            text = (
                f"never comes to {step} in hold mode when {walked.address} does not answer: of"
                f" HoldWait={settings.hold_wait} {left} s are left then"
            )
            advice = "shorten ring_timeout of what comes before, or raise HoldWait"
            field = f"fallback.{number}" if entry.fallback else "address"
            yield _OVER.on(entry, field, text, advice, severity=_WARNING)
            return
        walked = found


def _left(entry: Entry, settings: Settings, left: int) -> int:
    """Return for how long somebody still waits after the parties of an entry did not answer."""
    turns = _turns(entry, one_by_one=True)
    each = min(_wanted(entry, settings, one_by_one=True), left // turns - RING_EXTRA)
    left -= turns * (each + RING_EXTRA)
    rest = nouns(entry)[1:] if _in_turn(entry) and turns == 1 else ()
    for noun in rest:
        if left >= MIN_RING + RING_EXTRA:
            wanted = noun.ring_timeout or entry.ring_timeout or settings.ring_timeout
            left -= min(wanted, left - RING_EXTRA) + RING_EXTRA
    return left


def _in_turn(entry: Entry) -> bool:
    return isinstance(entry.action, Dial) and entry.action.sequential


def _turns(entry: Entry, *, one_by_one: bool) -> int:
    """Return how many parties ring in turn in one Dial."""
    split = one_by_one and any(noun.ring_timeout for noun in nouns(entry))
    return max(len(nouns(entry)), 1) if _in_turn(entry) and not split else 1


def _wanted(entry: Entry, settings: Settings, *, one_by_one: bool) -> int:
    seconds = entry.ring_timeout or settings.ring_timeout
    own = [noun.ring_timeout or seconds for noun in nouns(entry)] or [seconds]
    split = one_by_one and any(noun.ring_timeout for noun in nouns(entry))
    return own[0] if split else max(own)

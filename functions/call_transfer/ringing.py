"""The Dial that an entry asks for: who rings, how long, what they are shown and told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from call_transfer import directory, whisper
from call_transfer.context import Context, added, passing
from call_transfer.entry import CALLED, CALLER, Entry
from call_transfer.errors import Denied, Unavailable
from call_transfer.noun import Noun, NounKind
from call_transfer.noun_fields import E164
from call_transfer.policy import Call, Policy
from call_transfer.refer_to import ReferTo
from call_transfer.verb import Dial
from call_transfer.whisper import Whisper

MIN_RING = 5
# "Twilio adds about 5 seconds" to the timeout of a Dial (Twilio, TwiML Dial).
RING_EXTRA = 5
# A gateway passes over more than the visual separators: 911# and 9%2011 are heard as 911, too.
_SPELLING = re.compile("[^0-9a-z]")


@dataclass(frozen=True, slots=True)
class Ringing:
    """A Dial as it goes out. Times are seconds; `rest` are the parties that ring after these."""

    nouns: tuple[Noun, ...]
    ring_timeout: int
    time_limit: int
    sequential: bool = False
    caller_id: str = ""
    record: str = ""
    ring_tone: str = ""
    whisper: Whisper | None = None
    rest: tuple[Noun, ...] = ()

    def following(self, left: int | None) -> "Ringing | None":
        """Return the Dial of the party that is next in turn; None when there is none, or no time.

        `left` is for how long somebody still waits.
        """
        if not self.rest or (left is not None and left < MIN_RING + RING_EXTRA):
            return None
        seconds = self.rest[0].ring_timeout or self.ring_timeout
        if left is not None:
            seconds = min(seconds, left - RING_EXTRA)
        return replace(self, nouns=self.rest[:1], rest=self.rest[1:], ring_timeout=seconds)


def ringing_for(
    entry: Entry,
    dial: Dial,
    *,
    asked: ReferTo | None,
    context: Context,
    call: Call,
    policy: Policy,
    left: int | None,
    one_by_one: bool,
) -> tuple[Ringing, tuple[str, ...]]:
    """Return the Dial, and the names of context that do not reach every party. Raises Refusal.

    `left` is for how long somebody still waits for its end. `one_by_one` when each party can have
    a Dial of its own, since the end of each is reported to us.
    """
    nouns = dial.nouns or (_as_asked(entry, dial, asked, policy),)
    passed = passing(context, entry.pass_headers)
    carried = [noun.with_context(added(entry.headers, passed)) for noun in nouns]
    seconds = entry.ring_timeout or policy.ring_timeout
    own = [noun.ring_timeout or seconds for noun in nouns]
    split = one_by_one and any(noun.ring_timeout for noun in nouns)
    turns = len(nouns) if dial.sequential and not split else 1
    ringing = Ringing(
        nouns=tuple(noun for noun, _ in carried),
        ring_timeout=_within(own[0] if split else max(own), turns, left, entry),
        time_limit=min(entry.time_limit or policy.time_limit, policy.time_limit),
        sequential=dial.sequential,
        caller_id=_caller_id(entry, nouns, call, policy),
        record=entry.record,
        ring_tone=entry.ring_tone,
        whisper=_whispered(entry, passed, call),
    )
    if split:
        timed = zip(ringing.nouns[1:], own[1:], strict=True)
        rest = tuple(replace(noun, ring_timeout=each) for noun, each in timed)
        ringing = replace(ringing, nouns=ringing.nouns[:1], rest=rest, sequential=False)
    return ringing, tuple(sorted({name for _, names in carried for name in names}))


def rings_numbers(nouns: Sequence[Noun]) -> bool:
    """Whether one of these parties is on the telephone network, where callerId is checked."""
    return any(noun.kind is NounKind.NUMBER for noun in nouns)


def _within(seconds: int, turns: int, left: int | None, entry: Entry) -> int:
    """Return a ring timeout that ends before whoever waits gives up."""
    if left is None:
        return seconds
    each = left // turns - RING_EXTRA
    if each < MIN_RING:
        raise Denied(
            "wait_over",
            "no time is left to ring before the transferor stops waiting (HoldWait)",
            rule=entry.rule,
        )
    return min(seconds, each)


def _as_asked(entry: Entry, dial: Dial, asked: ReferTo | None, policy: Policy) -> Noun:
    if asked is None:
        raise Unavailable(
            "not_dialable", "the entry dials what was asked, but no address was", rule=entry.rule
        )
    # A prefix or a host allows many; an emergency is dialled by an entry that means it.
    dialled = _SPELLING.sub("", asked.uri.user_key or "")
    if dialled in policy.exact_numbers and not directory.is_exact(entry.address):
        raise Denied(
            "exact_only",
            "emergency and short numbers need an entry that names them exactly (ExactNumbers)",
            rule=entry.rule,
        )
    by_number = entry.address.startswith("+")
    return Noun.as_asked(asked, by_number=by_number, send_ext=dial.send_ext)


def _whispered(entry: Entry, passed: Context, call: Call) -> Whisper | None:
    if entry.whisper is None:
        return None
    values = whisper.told(passed, call.caller)
    return replace(entry.whisper, say=whisper.filled(entry.whisper.say, values))


def _caller_id(entry: Entry, nouns: Sequence[Noun], call: Call, policy: Policy) -> str:
    wanted = entry.caller_id
    if wanted == CALLED:
        wanted = call.called if E164.fullmatch(call.called) else ""
    elif wanted == CALLER:
        wanted = ""
    if not rings_numbers(nouns):
        return wanted
    if wanted and not E164.fullmatch(wanted):
        raise Unavailable(
            "caller_id", "caller_id must be an E.164 number to dial a <Number>", rule=entry.rule
        )
    if wanted or not call.needs_caller_id:
        return wanted
    if not policy.caller_id:
        raise Unavailable(
            "caller_id_required",
            "a call from SIP or a client needs an owned number as callerId to dial a <Number>"
            " (Twilio 13214): set caller_id on the entry, or the parameter DefaultCallerId",
            rule=entry.rule,
        )
    return policy.caller_id

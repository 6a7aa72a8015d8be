"""Why a signature does not match: which difference, or which two, would make it match.

Each is tried by asking the deployed code's check again.  A finding names the smallest difference
known to this project, the likeliest first; where two spell the same text, it is the first of them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from refer_cli.signed.families import FAMILIES
from refer_cli.signed.reading import Change, Family, Key, Reading, Surroundings

# A form of 40 parameters needs some 27 000; one of 500 is cut short instead of taking minutes.
READINGS = 40_000
_PARAMETERS = 1_600_000  # in all readings together


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs, in words."""

    code: str
    what: str
    why: str
    do: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What was signed: the differences to what was captured, none if it is the same."""

    differences: tuple[Difference, ...]
    reading: Reading
    key: Key


@dataclass(frozen=True, slots=True)
class Search:
    """What came of it; `tried` counts readings by kind, `complete` says that none was left out."""

    finding: Finding | None
    tried: Mapping[str, int]
    complete: bool = True


@dataclass(slots=True)
class _Tries:
    """Each reading once, and not more than `most`."""

    most: int
    seen: set[Reading] = field(default_factory=set)
    count: Counter[str] = field(default_factory=Counter)

    def new(self, code: str, change: Change) -> bool:
        if change.reading in self.seen or self.spent:
            return False
        self.seen.add(change.reading)
        self.count[code] += 1
        return True

    @property
    def spent(self) -> bool:
        return len(self.seen) >= self.most


def explain(
    reading: Reading, around: Surroundings, *, keys: Sequence[Key], account_sid: str
) -> Search:
    """Find what was signed, with at most two differences; `account_sid` is what the form says."""
    own = [key for key in keys if key.account_sid == account_sid] if account_sid else list(keys)
    others = [key for key in keys if key not in own]
    key = reading.key([*own, *others])
    if key:
        return Search(Finding(_by_other(key, own, account_sid), reading, key), {})
    tries = _Tries(min(READINGS, _PARAMETERS // (1 + len(reading.form or ()))), {reading})
    finding = _one(reading, around, tries, own, others, account_sid=account_sid)
    if not finding and own:  # the account of the token would be a third difference
        finding = _two(reading, around, tries, own)
    return Search(finding, dict(tries.count), complete=not tries.spent)


def _one(
    reading: Reading,
    around: Surroundings,
    tries: _Tries,
    own: list[Key],
    others: list[Key],
    *,
    account_sid: str,
) -> Finding | None:
    """Try each difference alone; one of the account's own tokens wins over one of another's."""
    second_best = None
    for family, change in _changes(reading, around):
        key = change.reading.key([*own, *others]) if tries.new(family.code, change) else None
        if key:
            found = _found(family, change)
            finding = Finding((found, *_by_other(key, own, account_sid)), change.reading, key)
            if key in own:
                return finding
            second_best = second_best or finding
    return second_best


def _two(reading: Reading, around: Surroundings, tries: _Tries, own: list[Key]) -> Finding | None:
    """Try two differences at once, of two kinds unless one kind allows for two."""
    for family, change in _changes(reading, around):
        for next_family, next_change in _changes(change.reading, around, after=family):
            if tries.spent:
                return None
            if tries.new("two at once", next_change) and (key := next_change.reading.key(own)):
                found = (_found(family, change), _found(next_family, next_change))
                return Finding(found, next_change.reading, key)
    return None


def _changes(
    reading: Reading, around: Surroundings, *, after: Family | None = None
) -> Iterator[tuple[Family, Change]]:
    first = 0 if after is None else FAMILIES.index(after) + (not after.twice)
    for family in FAMILIES[first:]:
        if not (after and after.wide and family.wide) or after is family:
            for change in family.changes(reading, around):
                yield family, change


def _found(family: Family, change: Change) -> Difference:
    return Difference(family.code, change.what, family.why, family.do)


def _by_other(key: Key, own: list[Key], account_sid: str) -> tuple[Difference, ...]:
    if key in own:
        return ()
    return (
        Difference(
            "account",
            f"{key}, and AccountSid is {account_sid}",
            "Twilio signs with the primary token of the account in AccountSid; sub-accounts have"
            " tokens of their own.",
            f"If the token belongs to {account_sid}, put it under that name in the secret. If not,"
            " the request was not made by Twilio for that account.",
        ),
    )

r"""Patterns of numbers, walked digit by digit, and the shortest prefixes that cover one.

It reads what the metadata of phonenumbers is written in: digits, `\d`, `[1-39]`, `(?:a|b)`, `?` and
`{2,4}`. Every path through such a pattern has an end: what may still follow can be completed.
This module does not know which numbers are expensive.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Self

# The directory has prefixes of one to seven digits, see call_transfer.directory.
MAX_DIGITS = 7
# In North America N is 2 to 9: +1900[2-9] is all of +1900. Fewer than eight may be a coincidence.
_MOST = 8

_DIGITS = "0123456789"
_TOKEN = re.compile(r"\\d|[0-9]|\[[0-9-]+\]|\(\?:|[)|?]|\{[0-9]+(?:,[0-9]+)?\}")


type _Part = frozenset[str] | _Choice | _Repeat
type _Rest = tuple[_Part, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[_Rest, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: _Part
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """A set of numbers, as what may still follow; it is false when no number is left."""

    rests: frozenset[_Rest] = frozenset()

    @classmethod
    def parse(cls, *patterns: str) -> Self:
        """Read patterns of the metadata: the numbers that match one of them. Raises ValueError."""
        rests: set[_Rest] = set()
        for pattern in patterns:
            tokens = list(_tokens(pattern))
            try:
                rests.update(_choice(tokens).options)
            except IndexError:
                raise ValueError(f"{pattern!r} repeats nothing, or leaves a bracket open") from None
            if tokens:
                raise ValueError(f"{pattern!r} closes a bracket that it did not open")
        return cls(frozenset(rests))

    def __bool__(self) -> bool:
        return bool(self.rests)

    def __or__(self, other: Self) -> Self:
        return type(self)(self.rests | other.rests)

    def after(self, digits: str) -> Self:
        """Return what may follow these digits; nothing when no longer number begins with them."""
        rests = self.rests
        for digit in digits:
            rests = frozenset(
                after for rest in rests for allowed, after in _heads(rest) if digit in allowed
            )
        return type(self)(rests)

    def all(self) -> Iterator[str]:
        """Return every number: for patterns of a few, such as emergency numbers."""
        if any(_may_end(rest) for rest in self.rests):
            yield ""
        for digit in _DIGITS if self else "":
            yield from (digit + more for more in self.after(digit).all())


@dataclass(frozen=True, slots=True)
class Cover:
    """Prefixes for some numbers, and the ranges that no prefix can tell from ordinary numbers."""

    prefixes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def cover(wanted: Numbers, ordinary: Numbers, others: Numbers, prefix: str = "") -> Cover:
    """Return the fewest prefixes for the wanted numbers that no ordinary number begins with.

    `others` are neither: a prefix of seven digits may take some of them along, a shorter one never
    does. The three are what follows `prefix`. Numbers of fewer than seven digits have no prefix.
    """
    below = _cover(wanted, ordinary, others, MAX_DIGITS - len(prefix))
    return _behind(prefix, below)


# The same may follow many prefixes: after 900 it is the same three digits, whatever they are.
@cache
def _cover(wanted: Numbers, ordinary: Numbers, others: Numbers, digits_left: int) -> Cover:
    if not wanted:
        return Cover()
    if not digits_left:
        return Cover(left_out=("",)) if ordinary else Cover(prefixes=("",))
    prefixes: list[str] = []
    left_out: list[str] = []
    whole, foreign = 0, False
    for digit in _DIGITS:
        after = [numbers.after(digit) for numbers in (wanted, ordinary, others)]
        below = _behind(digit, _cover(*after, digits_left - 1))
        if below == Cover(prefixes=(digit,)):
            whole += 1
        else:
            foreign = foreign or any(after)
        prefixes += below.prefixes
        left_out += below.left_out
    if whole >= _MOST and not foreign:
        return Cover(prefixes=("",))
    return Cover(tuple(prefixes), ("",) if left_out == list(_DIGITS) else tuple(left_out))


def _behind(prefix: str, below: Cover) -> Cover:
    return Cover(
        tuple(prefix + more for more in below.prefixes),
        tuple(prefix + more for more in below.left_out),
    )


def _tokens(pattern: str) -> Iterator[str]:
    position = 0
    while position < len(pattern):
        token = _TOKEN.match(pattern, position)
        if token is None:
            raise ValueError(f"{pattern!r} cannot be read from {pattern[position:]!r} on")
        yield token[0]
        position = token.end()


@cache
def _allowed(token: str) -> frozenset[str]:
    return frozenset(digit for digit in _DIGITS if re.fullmatch(token, digit))


def _choice(tokens: list[str]) -> _Choice:
    """Read up to the closing bracket, or the end, and take what was read off the list."""
    options: list[list[_Part]] = [[]]
    while tokens and tokens[0] != ")":
        match token := tokens.pop(0):
            case "|":
                options.append([])
            case "(?:":
                options[-1].append(_choice(tokens))
                tokens.pop(0)
            case "?":
                options[-1].append(_Repeat(options[-1].pop(), 0, 1))
            case _ if token.startswith("{"):
                least, _, most = token[1:-1].partition(",")
                options[-1].append(_Repeat(options[-1].pop(), int(least), int(most or least)))
            case _:
                options[-1].append(_allowed(token))
    return _Choice(tuple(tuple(option) for option in options))


def _heads(rest: _Rest) -> Iterator[tuple[frozenset[str], _Rest]]:
    """Return the digits that may come next, each with what follows it."""
    if not rest:
        return
    first, later = rest[0], rest[1:]
    match first:
        case _Choice(options):
            for option in options:
                yield from _heads(option + later)
        case _Repeat(part, least, most):
            if most:
                again = _Repeat(part, max(least - 1, 0), most - 1)
                yield from _heads((part, again, *later))
            if not least:
                yield from _heads(later)
        case _:
            yield first, later


def _may_end(rest: _Rest) -> bool:
    return all(_may_be_empty(part) for part in rest)


def _may_be_empty(part: _Part) -> bool:
    match part:
        case _Choice(options):
            return any(_may_end(option) for option in options)
        case _Repeat(repeated, least, _):
            return not least or _may_be_empty(repeated)
        case _:
            return False

"""The secret as a document: what is in it, and what a change makes of it.

It is read by the deployed code's own parser, and never quoted: a token goes by its fingerprint.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from call_transfer.errors import TokensUnavailable
from call_transfer.noun_fields import CREDENTIALS
from refer_cli.signed.deployed import held

ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
TRUNK = "sip:"
KEPT = 3
"""Tokens of one account: the primary, one that is being rotated in or out, and one to spare."""

_ANYBODY = "AC" + "0" * 32
_DIGITS = 8


class UnreadableSecret(Exception):
    """The deployed code would refuse every request with it; the message quotes none of it."""


@dataclass(frozen=True, slots=True)
class Document:
    """Account SIDs to tokens, and sip:NAME to user and password, in the order of the secret."""

    entries: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what the secret holds. Raises UnreadableSecret."""
        try:
            # No account has this SID: the question is whether the deployed code can read the text.
            held(text).for_account(_ANYBODY)
        except TokensUnavailable as problem:
            raise UnreadableSecret(problem.reason) from None
        found = json.loads(text) if text.strip() else {}
        return cls({name: tuple(values) for name, values in found.items()})

    def __str__(self) -> str:
        """Return the text to store."""
        return json.dumps({name: list(values) for name, values in self.entries.items()})

    @property
    def accounts(self) -> Mapping[str, tuple[str, ...]]:
        """The accounts and their tokens."""
        return {name: values for name, values in self.entries.items() if not name.startswith(TRUNK)}

    @property
    def trunks(self) -> Mapping[str, tuple[str, ...]]:
        """The users of SIP trunks: user and password, by sip:NAME."""
        return {name: values for name, values in self.entries.items() if name.startswith(TRUNK)}

    def having(self, name: str, values: Iterable[str]) -> Self:
        """Return the document with this entry set; the others stay as they are."""
        return type(self)({**self.entries, name: tuple(values)})

    def without(self, name: str) -> Self:
        """Return the document without this entry."""
        return type(self)({one: kept for one, kept in self.entries.items() if one != name})

    def with_primary(self, account: str, token: str) -> Self:
        """Return the document with this token first, the former ones behind it."""
        former = [one for one in self.entries.get(account, ()) if one != token]
        return self.having(account, [token, *former])

    def with_secondary(self, account: str, token: str) -> Self:
        """Return the document with this token second: it is accepted, and does not sign yet."""
        others = [one for one in self.entries.get(account, ()) if one != token]
        return self.having(account, [*others[:1], token, *others[1:]])

    def without_tokens(self, account: str, gone: Collection[str]) -> Self:
        """Return the document without these tokens of an account."""
        kept = [token for token in self.entries.get(account, ()) if token not in gone]
        return self.having(account, kept)

    def shortened(self, account: str) -> Self:
        """Return the document with the newest tokens of this account."""
        return self.having(account, self.entries[account][:KEPT])


def is_trunk(name: str) -> bool:
    """Tell whether a name is sip: and what an entry of the directory may name as credentials."""
    return name.startswith(TRUNK) and bool(CREDENTIALS.fullmatch(name.removeprefix(TRUNK)))


def fingerprint(token: str) -> str:
    """Return what a token goes by; of 128 random bits it gives nothing away."""
    return hashlib.sha256(token.encode()).hexdigest()[:_DIGITS]


def changes(before: Document, after: Document) -> list[str]:
    """Say what differs, entry by entry, in words."""
    names = dict.fromkeys([*before.entries, *after.entries])
    said = (
        _change(name, before.entries.get(name, ()), after.entries.get(name, ())) for name in names
    )
    return [f"{name}: {words}" for name, words in zip(names, said, strict=True) if words]


def _change(name: str, before: tuple[str, ...], after: tuple[str, ...]) -> str:
    if before == after:
        return ""
    if name.startswith(TRUNK):
        return "removed." if not after else "user and password replaced." if before else "added."
    dropped = [fingerprint(token) for token in before if token not in after]
    lost = f" No longer accepted: {', '.join(dropped)}." if dropped else ""
    if not after:
        return f"removed.{lost}"
    told = [fingerprint(token) + ("" if token in before else " (new)") for token in after]
    behind = f", behind it {', '.join(told[1:])}" if told[1:] else ""
    return f"the first token is {told[0]}{behind}.{lost}"

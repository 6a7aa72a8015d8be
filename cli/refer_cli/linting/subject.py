"""What is linted: the sound entries of a directory, and the settings that they meet.

Which entry would govern an address is asked here as the deployed code asks it. No rule is here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from call_transfer import directory
from call_transfer.directory import DEFAULT, SHARED, Key
from call_transfer.entry import Entry
from call_transfer.noun import Noun, NounKind
from call_transfer.refer_to import ReferTo
from call_transfer.settings import Settings
from call_transfer.verb import Deny, Dial
from refer_cli.targets.chains import Chain
from refer_cli.targets.ledger import Lacking


@dataclass(frozen=True, slots=True)
class Subject:
    """`items` are the entries as they are written, `unsound` those with a problem of their own.

    `trunks` says whether the secret holds credentials of a name; None when no secret was given.
    """

    settings: Settings
    today: date
    entries: Mapping[Key, Entry]
    items: Mapping[Key, Mapping[str, Any]]
    unsound: frozenset[Key] = frozenset()
    chains: tuple[Chain, ...] = ()
    lacking: tuple[Lacking, ...] = ()
    trunks: Callable[[str], bool] | None = None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def seen(self, tenant: str, address: str) -> Entry | None:
        """Return the entry that a reference of this tenant leads to: its own before the shared."""
        return self.entries.get((tenant, address)) or self.entries.get((SHARED, address))

    def governing(self, tenant: str, addresses: Iterable[str]) -> Entry | None:
        """Return the entry of the most specific address, the tenant's own before the shared one."""
        found = (self.seen(tenant, address) for address in addresses)
        return next((entry for entry in found if entry), None)

    def instead(self, entry: Entry) -> Entry | None:
        """Return the entry that would govern what an entry governs alone, if that was not there."""
        same = self.entries.get((SHARED, entry.address)) if entry.tenant != SHARED else None
        return same or self.governing(entry.tenant, less_specific(entry.address))


def less_specific(address: str) -> tuple[str, ...]:
    """Return the addresses that are looked up as well, after this one, whoever is asked for.

    A user is looked up at any host; a host, or `default`, comes last.
    """
    if address.endswith("*"):
        return tuple(f"{address[:end]}*" for end in range(len(address) - 2, 1, -1))
    if not address.startswith(("sip:", "+")):
        return ()
    asked = directory.candidates(ReferTo.parse(address))
    return asked[asked.index(address) + 1 :]


def as_asked(entry: Entry) -> bool:
    """Whether an entry dials whatever was asked for."""
    return isinstance(entry.action, Dial) and not entry.action.nouns


def nouns(entry: Entry) -> tuple[Noun, ...]:
    """Return the parties that an entry names."""
    return entry.action.nouns if isinstance(entry.action, Dial) else ()


def refuses(entry: Entry) -> bool:
    """Whether an entry never dials anybody."""
    return isinstance(entry.action, Deny) or not entry.enabled


def rings_numbers(entry: Entry) -> bool:
    """Whether an entry dials into the telephone network."""
    own = any(noun.kind is NounKind.NUMBER for noun in nouns(entry))
    return own or (as_asked(entry) and entry.address.startswith("+"))


def begins_calls(entry: Entry) -> bool:
    """Whether an entry says of itself that it is for initial calls."""
    return entry.address == DEFAULT or entry.mode is not None

"""The directory: under which addresses a target is looked up, and which entry wins.

An entry is stored under (tenant, address).  The address is one of, most specific first:

    sip:agentb@pbx.example.com   the whole URI (also when asked for as sips:)
    agentb, 2001, *704           the user part, at whatever host
    +14155550123                 the number, E.164
    +1415*                       a number prefix, one to seven digits
    *@pbx.example.com            the host; with a port when it is not the scheme's own
    default                      the initial call to an address that has no entry of its own

This module does not read the table, and it does not decide.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from call_transfer.errors import InvalidTarget
from call_transfer.grammar import USER_SAFE, escape
from call_transfer.refer_to import ReferTo
from call_transfer.sip_uri import SipUri

SHARED = "*"
DEFAULT = "default"
TRANSFEROR = "transferor"

# Shorter "numbers" are short codes: only an entry that names one exactly can dial it.
_MIN_DIGITS = 7
_PREFIX_DIGITS = 7

_NUMBER = re.compile(r"\+[1-9][0-9]{1,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,6}\*")
# Printable ASCII, as whoever reads an address sees it; no `@`, no `:`, and no `+` in front.
_USER = re.compile(r"(?!\+)[\x21-\x39\x3b-\x3f\x41-\x7e]+")
_RESERVED = frozenset({DEFAULT, TRANSFEROR})

type Key = tuple[str, str]
type Item = Mapping[str, Any]


def candidates(asked: ReferTo | None, *, initial: bool = False) -> tuple[str, ...]:
    """Return the addresses that may name a target, most specific first, at most 12.

    `asked` is None for an initial call to an address that cannot be read: only `default` is left.
    """
    found: list[str] = []
    if asked is not None:
        uri = asked.uri
        if uri.host_key is not None:
            found.append(_whole(uri.user_key, uri.host_key))
        # The user part is the transferor's to choose: it must not spell another kind of address.
        if uri.user_key and _is_user(uri.user_key):
            found.append(uri.user_key)
        found.extend(_numbers(uri))
        if uri.host_key is not None:
            found.append(f"*@{uri.host_key}")
    return (*found, DEFAULT) if initial else tuple(found)


def keys(tenant: str, addresses: Iterable[str]) -> tuple[Key, ...]:
    """Return the table keys of these addresses: the tenant's own entry before the shared one."""
    return tuple((owner, address) for address in addresses for owner in (tenant, SHARED))


def match(tenant: str, addresses: Sequence[str], items: Mapping[Key, Item]) -> Item | None:
    """Return the entry that governs: the most specific address, the tenant's own before `*`."""
    return next((items[key] for key in keys(tenant, addresses) if key in items), None)


def is_address(text: str) -> bool:
    """Whether this text is the address of an entry, spelled as the table spells it."""
    if text == DEFAULT or _NUMBER.fullmatch(text) or _PREFIX.fullmatch(text):
        return True
    if text.startswith("sip:"):
        return _spelled(text) == text
    if text.startswith("*@"):
        return "@" not in text[2:] and _spelled(f"sip:{text[2:]}") == f"sip:{text[2:]}"
    return _is_user(text) and text == text.lower()


def is_exact(address: str) -> bool:
    """Whether an address names one party, and not all of a prefix or a host, or whoever is left."""
    return address != DEFAULT and not address.startswith("*@") and not _PREFIX.fullmatch(address)


def address_of(party: str) -> str | None:
    """Return the address of an entry for exactly this party (a From), None when it has none."""
    return party if _NUMBER.fullmatch(party) else _spelled(party)


def _is_user(text: str) -> bool:
    return text not in _RESERVED and _USER.fullmatch(text) is not None


def _whole(user: str | None, host: str) -> str:
    # Written as a URI: the user `a%40b` stays one user, and an entry can name `sip:*70%23@host`.
    return f"sip:{escape(user, USER_SAFE)}@{host}" if user else f"sip:{host}"


def _numbers(uri: SipUri) -> list[str]:
    number = uri.e164
    if number is None:
        return []
    if len(number) <= _MIN_DIGITS:
        return [number]
    return [number, *(f"{number[: digits + 1]}*" for digits in range(_PREFIX_DIGITS, 0, -1))]


def _spelled(address: str) -> str | None:
    """Return how the table spells a SIP address; None when it is not one."""
    try:
        uri = ReferTo.parse(address).uri
    except InvalidTarget:
        return None
    plain = not uri.params and not uri.headers and uri.password is None
    plain = plain and ";" not in (uri.user or "")
    return _whole(uri.user_key, uri.host_key) if plain and uri.host_key else None

"""What DynamoDB charges for a call, by the rules that AWS documents; nothing is measured here.

Sizes: "DynamoDB Item sizes and formats"; units: "DynamoDB read and write operations", both in the
developer guide.  The capacity that an emulator returns is not used.
"""

from collections.abc import Mapping
from typing import Any

READ_BLOCK, WRITE_BLOCK = 4096, 1024
# "Each item has an overhead of 100 bytes" in what is stored, not in what is read or written.
STORED_OVERHEAD = 100
_CONTAINER, _ELEMENT = 3, 1

type Item = Mapping[str, Mapping[str, Any]]
"""An item as the API has it: attribute names, each with a type and a value."""


def size_of(item: Item) -> int:
    """Return the bytes of an item: the names of its attributes and their values."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Mapping[str, Any]) -> int:
    [(kind, held)] = value.items()
    match kind:
        case "S":
            return len(str(held).encode())
        case "N":
            # "Approximately one byte per two significant digits, and one byte".
            digits = str(held).strip("-").replace(".", "").strip("0")
            return (len(digits) + 1) // 2 + 1 + str(held).startswith("-")
        case "BOOL" | "NULL":
            return 1
        case "L":
            return _CONTAINER + sum(_ELEMENT + _value(one) for one in held)
        case "M":
            return _CONTAINER + len(held) * _ELEMENT + size_of(held)
        case _:
            raise ValueError(f"no size is known for the type {kind}")


def read_units(item: Item, *, consistent: bool) -> float:
    """Return the units of one key that is asked for; one that is not there costs the least."""
    blocks = max(1, -(-size_of(item) // READ_BLOCK))
    return blocks * (1.0 if consistent else 0.5)


def write_units(before: Item, after: Item, *, transactional: bool) -> int:
    """Return the units of one write, by the larger of the item before and after it."""
    blocks = max(1, -(-max(size_of(before), size_of(after)) // WRITE_BLOCK))
    return blocks * (2 if transactional else 1)


def index_units(before: Item, after: Item, keys: tuple[str, ...]) -> int:
    """Return the units of an index that projects keys alone, each of its items below 1 kB.

    An item that comes or goes is one write, one whose keys change two, any other none.
    """
    was, is_now = (
        tuple(item[key] for key in keys) if set(keys) <= item.keys() else None
        for item in (before, after)
    )
    if was == is_now:
        return 0
    return 1 if was is None or is_now is None else 2

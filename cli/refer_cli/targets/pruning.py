"""The entries of the table that a directory file lacks, of those tenants that are in it."""

import json
from collections.abc import Iterator

from refer_cli.targets.ledger import Ledger
from refer_cli.targets.table import Table
from refer_cli.targets.wire import Wire, key_of


def find_surplus(ledger: Ledger, table: Table) -> None:
    """Remember these entries in the ledger, as the table has them."""
    for tenant in ledger.tenants():
        for item in table.items(tenant):
            key = key_of(item)
            if not ledger.has(key):
                ledger.add_surplus(key, json.dumps(item, default=_bytes))


def surplus(ledger: Ledger) -> Iterator[Wire]:
    """Yield them as the table had them."""
    for _, item in ledger.surplus():
        yield json.loads(item, object_hook=_with_bytes)


# An entry has no binary field; whoever put one there by hand can have it deleted all the same.
def _bytes(value: object) -> dict[str, str]:
    if isinstance(value, bytes):
        return {"__bytes__": value.hex()}
    raise TypeError(f"DynamoDB returned a {type(value).__name__}")


def _with_bytes(value: dict[str, object]) -> object:
    found = value.get("__bytes__")
    return bytes.fromhex(found) if isinstance(found, str) else value

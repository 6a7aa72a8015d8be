"""The cells of the call flow table: importing this package registers all of them."""

from cells import (
    dial_result,
    entries,
    guards,
    hours,
    inbound,
    leg_status,
    menus,
    messages,
    queues,
    refer,
    request,
    whispers,
)
from cells.table import CELLS, GOLDEN, NO_RECORD, OPEN, UNRECORDED, Cell, Phone

__all__ = [
    "CELLS",
    "GOLDEN",
    "NO_RECORD",
    "OPEN",
    "UNRECORDED",
    "Cell",
    "Phone",
    "dial_result",
    "entries",
    "guards",
    "hours",
    "inbound",
    "leg_status",
    "menus",
    "messages",
    "queues",
    "refer",
    "request",
    "whispers",
]

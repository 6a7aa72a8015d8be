"""The cells of the call flow table: importing this package registers all of them."""

from cells import dial_result, inbound, leg_status, refer, request
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
    "inbound",
    "leg_status",
    "refer",
    "request",
]

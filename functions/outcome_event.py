"""The stream of the table `calls`: an event for each hop that has ended."""

from collections.abc import Mapping
from typing import Any

from call_transfer import settled
from call_transfer.unattended import events


def lambda_handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Put the events on the bus, and name the changes whose event is not there.

    Lambda asks again from the first of them on, and in the end writes to the dead-letter queue.
    """
    untold = events().tell(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": number} for number in untold]}


settled()

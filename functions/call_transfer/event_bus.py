"""The event bus of the stack: changes of the table `calls` go in, events come out.

What could not be put on the bus is named, so that it is tried again; nothing is dropped here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from aws_lambda_powertools.logging import Logger
from botocore.exceptions import BotoCoreError, ClientError

from call_transfer.bugs import place
from call_transfer.dynamodb import code, plain
from call_transfer.event import SOURCE, event_of
from call_transfer.telemetry import masked

# EventBridge, PutEvents: at most ten entries at once.
_ENTRIES = 10
# What PutEvents says, too, when its entries are too large together.
_INVALID = "ValidationException"

type Change = Mapping[str, Any]
"""A record of the table's stream, as Lambda hands it over."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """An entry for PutEvents, and the place in the stream of the change that it tells of."""

    number: str
    entry: Mapping[str, str]


class EventBus:
    """An event bus by name; `whole` when the events show whole numbers."""

    def __init__(
        self,
        *,
        client: Any,  # noqa: ANN401 - a boto3 client of EventBridge
        name: str,
        whole: bool,
        logger: Logger,
    ) -> None:
        self._client = client
        self._name = name
        self._shown = str if whole else masked
        self._logger = logger

    def tell(self, changes: Iterable[Change]) -> list[str]:
        """Put the events of these changes on the bus.

        Returns the sequence numbers of those that are not there; the log says why.
        """
        untold: list[str] = []
        letters: list[_Letter] = []
        for change in changes:
            number = change["dynamodb"]["SequenceNumber"]
            try:
                entry = self._entry(change["dynamodb"])
            except Exception as bug:  # noqa: BLE001 - one record must not keep the others
                untold.append(self._problem(number, place(bug)))
            else:
                letters += [_Letter(number, entry)] if entry else []
        for some in batched(letters, _ENTRIES, strict=False):
            untold += self._put(some)
        return untold

    def _entry(self, images: Mapping[str, Any]) -> dict[str, str] | None:
        old, new = (plain(images.get(name, {})) for name in ("OldImage", "NewImage"))
        event = event_of(old, new, shown=self._shown)
        if event is None:
            return None
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.kind,
            "Detail": json.dumps(event.detail),
        }

    def _put(self, letters: Sequence[_Letter]) -> list[str]:
        try:
            answer = self._client.put_events(Entries=[one.entry for one in letters])
        except (ClientError, BotoCoreError) as error:
            if code(error) == _INVALID and len(letters) > 1:
                return [number for one in letters for number in self._put([one])]
            return [self._problem(one.number, code(error)) for one in letters]
        return [
            self._problem(one.number, told["ErrorCode"])
            for one, told in zip(letters, answer["Entries"], strict=True)
            if "ErrorCode" in told
        ]

    def _problem(self, number: str, cause: str) -> str:
        told = {"sequence_number": number, "event_problem": cause}
        self._logger.error("outcome_event", extra=told)
        return number

"""Webhooks handed to the deployed handlers in this process, and the CPU that each of them takes.

What they call of AWS is bench.stand_in in another process: its time is not in these figures.
"""

import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.logging import Logger

import dial_result
import leg_status
import refer
from bench import stand_in
from call_transfer import directory, webhook
from call_transfer.application import Application, assemble
from call_transfer.refer_to import ReferTo
from call_transfer.settings import Settings
from call_transfer.telemetry import SERVICE
from gateway import aws, http_api
from gateway.stack import Route, Stack
from pivot.sign import LOCAL

BASE, DOMAIN = "https://calls.example.com", "calls.example.com"
CALLS = "calls"
HANDLERS = {"refer": refer, "leg-status": leg_status, "dial-result": dial_result}
_MODULES = {"refer": "refer", "leg-status": "leg_status", "dial-result": "dial_result"}
_DONE = (200, 204)
_MEGABYTE = 1024 * 1024

type Event = dict[str, Any]


class NotServed(Exception):
    """A webhook that was to be measured was not answered as it has to be."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process holds: megabytes of memory, objects that its garbage collector knows."""

    megabytes: float
    objects: int

    @classmethod
    def now(cls) -> "Memory":
        """Look at this process."""
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return cls(pages * os.sysconf("SC_PAGE_SIZE") / _MEGABYTE, len(gc.get_objects()))


def begin(url: str) -> None:
    """Make this process one of the functions; what it logs is dropped."""
    os.environ.update(aws.environment(url))
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - until the process ends


@cache
def application(table: str) -> Application:
    """Return the application over a table of targets."""
    settings = Settings.parse(Stack().environment | {"PUBLIC_BASE_URL": BASE})
    return assemble(
        replace(settings, targets_table=table, calls_table=CALLS),
        logger=Logger(service=SERVICE, location=None),
        now=time.time,
    )


@cache
def _routes() -> tuple[Route, ...]:
    return Stack().routes


def event(url: str, form: dict[str, str], token: str) -> Event:
    """Return a signed webhook as API Gateway hands it over."""
    request = LOCAL.request(url, form, idempotency_token=token)
    route = next(one for one in _routes() if one.match("POST", request.target) is not None)
    return http_api.event(request, route, DOMAIN)


def milliseconds(given: Event, table: str) -> float:
    """Serve a webhook, and return the CPU that this took. Raises NotServed."""
    route = given["rawPath"].split("/")[1]
    module = HANDLERS[route]
    app = application(table)
    began = time.process_time()
    response = webhook.respond(
        given, None, app, name=_MODULES[route], answer=module.answer, rescue=module.rescue
    )
    answer = json.dumps(response.to_event())
    spent = (time.process_time() - began) * 1000
    if response.status not in _DONE:
        raise NotServed(f"{given['rawPath']}: {answer}")
    return spent


def median(events: Iterable[Event], table: str, prepare: Callable[[], object] = dict) -> float:
    """Return the median CPU of some webhooks; what `prepare` does before each is not counted."""
    times = []
    for one in events:
        prepare()
        times.append(milliseconds(one, table))
    return statistics.median(times)


def session_of(number: int) -> str:
    """Return the CallSid of a session, and with it what it asks for: another extension for each."""
    return f"CA{stand_in.FIRST_NUMBER + number:032d}"


def refer_event(number: int, token: str) -> Event:
    """Return the webhook of a REFER in a session of ours."""
    form = {
        "CallSid": session_of(number),
        "From": f"+1415555{number % 10_000:04d}",
        "To": "+18005550100",
        "CallStatus": "in-progress",
        "Direction": "inbound",
        "ReferTransferTarget": f"<sip:{stand_in.FIRST_NUMBER + number}@pbx.example.com>",
    }
    return event(f"{BASE}/refer/hold/{session_of(number)}/0/0/0/initial", form, token)


def in_turn(tables: Sequence[str], count: int, name: str) -> dict[str, dict[str, list[float]]]:
    """Return the CPU of lookups and of whole refer webhooks, with one table after the other."""
    found: dict[str, dict[str, list[float]]] = {
        what: {table: [] for table in tables} for what in ("lookup", "refer")
    }
    for number in range(count):
        turn = number % len(tables)
        order = [*tables[turn:], *tables[:turn]]
        for table in order:
            found["lookup"][table].append(lookup(table))
        for table in order:
            asked = refer_event(7, f"{name}-{table}-{number}")
            found["refer"][table].append(milliseconds(asked, table))
    return found


def lookup(table: str) -> float:
    """Return the CPU of a lookup: the read of what a refer webhook asks for. Raises NotServed."""
    store = application(table).store
    asked = ReferTo.parse(f"<sip:{stand_in.FIRST_NUMBER + 7}@pbx.example.com>")
    keys = directory.keys(LOCAL.sid, directory.candidates(asked))
    hop = (f"{LOCAL.sid}/{session_of(7)}", "0#0")
    store.begin()
    began = time.process_time()
    found = store.read(keys, hop)
    spent = (time.process_time() - began) * 1000
    if len(found.items) != 1 or found.record is None:
        raise NotServed(f"{table} has {len(found.items)} entries and {found.record}")
    return spent


def refers(table: str, sessions: int, count: int, name: str) -> float:
    """Return the median CPU of so many refer webhooks, in the sessions from 7 on, in turn."""
    return median((refer_event(7 + one % sessions, f"{name}-{one}") for one in range(count)), table)

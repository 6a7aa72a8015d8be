"""Calls are transferred through the stack, and their records and events are looked at."""

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import boto3

from pivot.matrix.local import cells
from pivot.matrix.main import chosen_cells
from pivot.matrix.show import Showing, tell
from rehearsal import calls, consumer, outcomes, watchdog
from rehearsal.run import Run, parameters
from rehearsal.telling import say, step
from rehearsal.workplace import RehearsalFailed

if TYPE_CHECKING:
    from rehearsal.outcomes import Event

_DENY = '{"Statement": [{"Effect": "Deny", "Action": "events:PutEvents", "Resource": "*"}]}'
_ROLE = "OutcomeEventFunctionRole"


def transfer(run: Run, names: Sequence[str]) -> None:
    """Play the matrix, and compare calls, records and events with each other. RehearsalFailed."""
    with consumer.consuming(run.stack.physical("EventBus")) as events:
        with step("calls: the matrix through the deployed API, webhooks signed, over HTTP"):
            _play(run, names)
        with step("requests that nobody signed: 403, and the constant answer of the fallback URL"):
            _unsigned(run)
        with step("records and events: one to one"):
            _told_one_to_one(run, events)
        with step("events: nothing is dropped when the bus does not take them"):
            _refuse_events(run)
        with step("watchdog: a call of which nobody tells the end"):
            _watch(run)
            _told_one_to_one(run, events)


def heard_when_refused(run: Run) -> tuple[str, ...]:
    """Transfer a caller to somebody who is refused, in release mode; return what is heard."""
    refused = [cell for cell in cells() if cell.id == "denied-unset"]
    with calls.line(run.stack, run.emulator.url, run.account) as line:
        return line.play(refused)[0].seen.heard


def begins(run: Run) -> bool:
    """Say whether a call that comes in is answered with TwiML."""
    with calls.line(run.stack, run.emulator.url, run.account) as line:
        try:
            watchdog.begin_a_call(line.application)
        except RehearsalFailed:
            return False
        return True


def _play(run: Run, names: Sequence[str]) -> None:
    fits, left = calls.playable(chosen_cells(cells(), names), parameters())
    with calls.line(run.stack, run.emulator.url, run.account) as line:
        began = time.monotonic()
        played = line.play(fits)
        status = tell(played, Showing(), time.monotonic() - began)
        say(f"{len(played)} cells, {line.requests} webhooks")
    say(f"left out, since they need other settings: {', '.join(cell.id for cell in left)}")
    opened = outcomes.left_open(played)
    for cell, (number, known) in opened.items():
        verdict = "as the matrix says" if known else "and the matrix does not say so"
        say(f"{cell} leaves {number} record open, {verdict}")
    if status or not all(known for _, known in opened.values()):
        raise RehearsalFailed("calls went otherwise than Twilio's page says")


def _unsigned(run: Run) -> None:
    voice = calls.unsigned(run.stack.outputs["VoiceUrl"], run.emulator.url)
    fallback = calls.unsigned(run.stack.outputs["FallbackUrl"], run.emulator.url)
    say(f"voice URL {voice.status}, fallback URL {fallback.status} {fallback.body.decode()}")
    if voice.status != HTTPStatus.FORBIDDEN or not fallback.body.endswith(b"<Hangup /></Response>"):
        raise RehearsalFailed("a request that nobody signed is answered otherwise")


def _told_one_to_one(run: Run, events: Any) -> None:  # noqa: ANN401 - see consumer.consuming
    items = calls.everything(run.stack.outputs["CallsTable"])
    records = [one for one in items if outcomes.is_hop(one)]
    finished = sum(bool(one.get("finished")) for one in records)
    told: list[Event] = events(finished)
    say(f"{len(records)} records: {outcomes.tally(records)}")
    kinds = outcomes.tally({"outcome": one["detail-type"]} for one in told)
    say(f"{len(told)} events: {kinds}")
    letters = consumer.waiting(run.stack.physical("DeadLetters").rpartition("/")[2])
    unlike = list(outcomes.unlike(records, told))
    if letters:
        unlike.append(f"{letters} dead letters")
    for difference in unlike:
        say(difference)
    if unlike:
        raise RehearsalFailed("the events do not tell of the records one to one")


def _watch(run: Run) -> None:
    with calls.line(run.stack, run.emulator.url, run.account) as line:
        session = watchdog.begin_a_call(line.application)
    watchdog.age(run.stack.outputs["CallsTable"], session)
    record = watchdog.watched(run.stack, session)
    say(f"closed as {record.get('outcome')}")
    if not record.get("finished"):
        raise RehearsalFailed(f"the watchdog left a record open: {sorted(record)}")


def _refuse_events(run: Run) -> None:
    """Deny PutEvents, and hand the function a change of the table: it has to name it."""
    iam: Any = boto3.client("iam")
    role = run.stack.physical(_ROLE)
    change = _change(run)
    function = run.stack.physical("OutcomeEventFunction")
    iam.put_role_policy(RoleName=role, PolicyName="deny", PolicyDocument=_DENY)
    try:
        answer = watchdog.invoke(function, {"Records": [change]})
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="deny")
    number = change["dynamodb"]["SequenceNumber"]
    say(f"denied, the function names what Lambda has to try again: {answer}")
    if answer != {"batchItemFailures": [{"itemIdentifier": number}]}:
        raise RehearsalFailed(f"an event that was not put is not named: {answer}")


def _change(run: Run) -> Mapping[str, Any]:
    """Return a change of the table as its stream tells it: of a hop that has ended."""
    table = run.stack.outputs["CallsTable"]
    item = next(
        one
        for page in boto3.client("dynamodb").get_paginator("scan").paginate(TableName=table)
        for one in page["Items"]
        if "finished" in one
    )
    return {"eventName": "MODIFY", "dynamodb": {"NewImage": item, "SequenceNumber": "100"}}

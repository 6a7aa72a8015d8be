"""A call whose end nobody tells, and the functions that follow calls, asked here and now."""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import boto3

from pivot.delivery import fetch
from pivot.matrix.cell import NUMBER
from pivot.matrix.play import Application
from pivot.matrix.seed import HOLD_NUMBER
from pivot.parameters import CallFacts, voice
from rehearsal.calls import plain
from rehearsal.deployed import Deployed
from rehearsal.workplace import RehearsalFailed

# Longer than any call lasts: "up to 24 hours" (Twilio, TwiML Dial timeLimit).
_DAYS_AGO = 2 * 86_400


def begin_a_call(application: Application) -> str:
    """Send the initial webhook of a call, and nothing after it; return the key of its session."""
    call = f"CA{uuid.uuid4().hex}"
    facts = CallFacts(application.account.sid, call, NUMBER, HOLD_NUMBER, "ringing")
    result = fetch(application.send, application.account, application.voice_url, voice(facts))
    if not result.ok:
        raise RehearsalFailed(f"a call cannot begin: {result.status}")
    return f"{application.account.sid}/{call}"


def age(table: str, session: str) -> None:
    """Let a call have begun two days ago, so that whatever could still come of it has come."""
    now = int(time.time())
    boto3.client("dynamodb").update_item(
        TableName=table,
        Key={"session": {"S": session}, "hop": {"S": "0#0"}},
        UpdateExpression="SET opened_at = :then, due_at = :now",
        ExpressionAttributeValues={
            ":then": {"N": str(now - _DAYS_AGO)},
            ":now": {"N": str(now - 1)},
        },
    )


def invoke(function: str, event: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what the function returns
    """Call a function and return its answer. Raises RehearsalFailed."""
    client: Any = boto3.client("lambda")
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    said = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise RehearsalFailed(f"{function}: {said}")
    return json.loads(said)


def watched(deployed: Deployed, session: str) -> Mapping[str, Any]:
    """Run the watchdog; return what is recorded of a session then."""
    said = invoke(deployed.physical("WatchdogFunction"), {})
    if said.get("closed") != 1:
        raise RehearsalFailed(f"the watchdog was to close one record, and says {said}")
    item: Any = boto3.client("dynamodb").get_item(
        TableName=deployed.outputs["CallsTable"],
        Key={"session": {"S": session}, "hop": {"S": "0#0"}},
    )
    return plain(item["Item"])

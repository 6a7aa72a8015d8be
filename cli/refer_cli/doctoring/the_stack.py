"""Check: is the stack deployed, whole, and able to answer when the directory is not."""

from collections.abc import Iterator

from refer_cli.connecting.objections import url_refused
from refer_cli.doctoring.finding import Finding, fail, ok, warn
from refer_cli.doctoring.setup import Setup

OUTPUTS = (
    "VoiceUrl",
    "ReferUrlHold",
    "ReferUrlRelease",
    "TargetsTable",
    "CallsTable",
    "TokensSecret",
    "FallbackUrl",
    "OutcomeEvents",
    "AlarmTopic",
)
_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
_BACK = {"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
_RUNNING = "_IN_PROGRESS"


def look(setup: Setup) -> Iterator[Finding]:
    """Yield what CloudFormation says of the stack. Raises ClickException when it says nothing."""
    stack = setup.stack
    if stack.status in _DONE:
        yield ok(f"{stack.name} is {stack.status}")
    elif stack.status in _BACK:
        text = f"{stack.name} is {stack.status}: the last deployment was taken back"
        yield warn(text, "look at the stack's events, put right what failed, and deploy again")
    elif stack.status.endswith(_RUNNING):
        yield warn(f"{stack.name} is {stack.status}", "wait until it is done, and run this again")
    else:
        text = f"{stack.name} is {stack.status}: what it serves is not known"
        yield fail(text, "look at the stack's events in the CloudFormation console")
    missing = [name for name in OUTPUTS if name not in stack.outputs]
    if missing:
        text = f"{stack.name} has no output {', '.join(missing)}: its template is an older one"
        yield fail(text, "deploy this version, or use the command of that one")
    problem = url_refused(stack.outputs.get("VoiceUrl", "")) if "VoiceUrl" not in missing else ""
    if problem:
        text = f"VoiceUrl is {stack.outputs['VoiceUrl']}, and {problem}"
        yield fail(text, "correct PublicBaseUrl, and deploy")


def last_resort(setup: Setup) -> Iterator[Finding]:
    """Yield whether somebody is dialled when the directory cannot be read."""
    parameters = setup.stack.parameters
    dialled = parameters.get("LastResort", "")
    if not dialled:
        text = (
            "LastResort is empty: when the directory cannot be read or our code fails, an initial"
            " call is answered 503 and goes to the fallback URL, and a caller whom a transferor in"
            " release mode has left hears a goodbye"
        )
        yield warn(text, "set LastResort to a number or SIP address that somebody answers")
    elif dialled.startswith("+") and not parameters.get("DefaultCallerId"):
        text = (
            f"LastResort is the number {dialled}, and DefaultCallerId is empty: it cannot be"
            " dialled for a call that came in over SIP (13214)"
        )
        yield warn(text, "set DefaultCallerId to a number of the account")
    else:
        yield ok(f"LastResort is {dialled}")

"""The step of the denials: what each function is refused, printed."""

from itertools import groupby

import boto3

from rehearsal.denials import Answer, ask, named
from rehearsal.run import Run
from rehearsal.telling import say, step
from rehearsal.workplace import RehearsalFailed


def deny(run: Run) -> None:
    """Let each function ask for what is not its own. Raises RehearsalFailed."""
    with step("denials: each function asks for what some function may, and for what none may"):
        table = boto3.client("dynamodb").create_table(
            TableName="another-stack",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "nothing", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "nothing", "KeyType": "HASH"}],
        )["TableDescription"]
        try:
            answers = list(ask(run.stack, [table["TableArn"]]))
        finally:
            boto3.client("dynamodb").delete_table(TableName="another-stack")
        # A queue is known by its URL, whose end is its name.
        names = {one.physical.rpartition("/")[2]: one.logical for one in run.stack.resources}
        for function, own in groupby(answers, lambda one: one.function):
            _print(function, list(own), names)
    wrong = [one for one in answers if one.contradicts]
    for one in wrong:
        verdict = "denied" if one.denied else "not denied"
        say(f"{one.function} {one.action} {one.arn}: {verdict}")
    if wrong:
        raise RehearsalFailed("IAM does otherwise than the policies say")
    denied = sum(one.denied for one in answers)
    say(f"{len(answers)} requests, {denied} denied: each as the policy of its function says")


def _print(function: str, answers: list[Answer], names: dict[str, str]) -> None:
    for verdict, chosen in (("may", False), ("denied", True)):
        about = [one for one in answers if one.denied == chosen]
        about.sort(key=lambda one: one.arn)
        said = [
            f"{named(arn, names)} ({', '.join(one.action.partition(':')[2] for one in some)})"
            for arn, some in groupby(about, lambda one: one.arn)
        ]
        say(f"{function} {verdict}: {'; '.join(said) or 'nothing'}")

"""The plan of a rotation: how things are, and what would be done."""

from collections.abc import Collection

import click

from refer_cli.rotating import account as twilio
from refer_cli.rotating.plan import Facts, Step, Stuck, steps_from
from refer_cli.rotating.run import WORDS
from refer_cli.rotating.waiting import SEEN_BY_ALL
from refer_cli.secret.document import fingerprint
from refer_cli.secret.store import Secret


def show_plan(secret: Secret, account: str, keep: Collection[str]) -> None:
    """Print the state of each token and the steps from here. Raises ClickException."""
    facts = twilio.read(secret, account, keep).facts
    try:
        steps = steps_from(facts)
        for token in facts.tokens:
            click.echo(f"{fingerprint(token)}  {_state(facts, token)}")
    except Stuck as problem:
        raise click.ClickException(str(problem)) from None
    begun = "A rotation has begun; what is left of it:" if steps[0] is not Step.CREATE else ""
    click.echo(f"\n{begun or 'What would be done:'}")
    for number, step in enumerate(steps, start=1):
        click.echo(f"{number}. {WORDS[step]}")
    click.echo(
        f"\nBefore promoting and before dropping it waits until the secret has been as it is for"
        f" {SEEN_BY_ALL.total_seconds():.0f} s. Nothing is done now."
    )


def _state(facts: Facts, token: str) -> str:
    if token == facts.signing:
        return "Twilio signs with it"
    if token in facts.accepted:
        return "a secondary token: Twilio takes it, and does not sign with it"
    return "Twilio does not take it: a former token, or one of another Region (--keep)"

"""A rotation, done: each step told and confirmed, the waits in between, the way back in trouble."""

from collections.abc import Callable
from dataclasses import dataclass, field

import click

from refer_cli.rotating import account as twilio
from refer_cli.rotating.plan import Facts, Step, Stuck, next_step
from refer_cli.rotating.waiting import remaining, wait
from refer_cli.secret.document import Document, changes, fingerprint
from refer_cli.secret.store import Secret, Version
from refer_cli.secret.where import document_of
from refer_cli.twilio_api import TwilioProblem

_WRITES = 3

WORDS = {
    Step.CREATE: "Create a secondary token at Twilio, and put it second into the secret. Nothing"
    " else uses it yet; Twilio mails the owners of the account.",
    Step.PROMOTE: "Promote the secondary token at Twilio. From then on Twilio signs with it, and"
    " takes the former one no more: every other program that calls Twilio's API or checks its"
    " signatures must have the new one, another stack of this account included.",
    Step.ORDER: "Put the primary token first in the secret, which changes nothing of what is"
    " accepted.",
    Step.DROP: "Take the tokens out of the secret that Twilio no longer takes. Then the former one"
    " opens nothing any more.",
}
_WHY = {
    Step.PROMOTE: "functions that are running keep the secret for five minutes, so until then some"
    " do not know the token that Twilio is about to sign with.",
    Step.DROP: "requests that were signed with the former token may still be on their way.",
}


@dataclass(slots=True)
class Rotation:
    """One run; it ends when the former token is out of the secret."""

    secret: Secret
    account: str
    yes: bool
    resume: bool
    keep: frozenset[str] = frozenset()
    _promoted: str = field(default="", repr=False)
    _taken: set[str] = field(default_factory=set, repr=False)
    """Tokens that Twilio took at some time of this run; those of another Region are never here."""
    _agreed: set[tuple[Step, tuple[str, ...]]] = field(default_factory=set, repr=False)
    """Steps with the tokens that the secret had: others are asked for again."""
    _waited: set[str] = field(default_factory=set)

    def go(self) -> bool:
        """Do all steps; tell whether a token was promoted, or only cleared away.

        Raises ClickException, and can be begun again wherever it stopped.
        """
        while True:
            reading = twilio.read(self.secret, self.account, self.keep, self._promoted)
            self._taken |= reading.facts.accepted
            step = _next(reading.facts)
            self._agree(step, reading.facts)
            if self._wait(step, reading.version):
                # Five minutes later it may be another step.
                continue
            self._do(step, reading.facts)
            if step is Step.DROP:
                return bool(self._promoted)

    def _wait(self, step: Step, version: Version) -> bool:
        """Wait where the step needs it, once for each version of the secret; tell if it did."""
        if step not in _WHY or version.id in self._waited:
            return False
        self._waited.add(version.id)
        seconds = remaining(version)
        wait(seconds, _WHY[step])
        return seconds > 0

    def _agree(self, step: Step, facts: Facts) -> None:
        agreed = (step, facts.tokens)
        if agreed in self._agreed:
            return
        click.echo(f"\n{WORDS[step]}")
        if facts.secondary:
            told = f"({fingerprint(facts.signing)} signs, {fingerprint(facts.secondary)} is next)"
            click.echo(told)
        if step is Step.DROP:
            self._tell_dropped(facts)
        if step is not Step.ORDER and not self.yes:
            click.confirm("Do it?", abort=True, err=True)
        self._agreed.add(agreed)

    def _tell_dropped(self, facts: Facts) -> None:
        dropped = [token for token in facts.tokens if token != facts.signing]
        named = ", ".join(map(fingerprint, dropped))
        click.echo(f"They are: {named}.")
        if self._taken.issuperset(dropped):
            return
        click.echo(
            "Twilio did not take all of them in this run. A token of another Twilio Region is not"
            " taken here either, and signs the requests of that Region: --keep it.",
            err=True,
        )
        if self.yes and not self.resume:
            raise click.ClickException(
                "--yes does not drop them: add --resume, if they are the rest of a rotation, or"
                " --keep FINGERPRINT."
            )

    def _do(self, step: Step, facts: Facts) -> None:
        signing = facts.signing
        if step is Step.CREATE:
            self._create(signing)
        elif step is Step.PROMOTE:
            self._promoted = twilio.promote(self.account, signing)
            click.echo(f"{fingerprint(self._promoted)} is the primary token now.")
            if self._promoted != facts.secondary:
                click.echo("It is not the one that the secret had: somebody replaced it.", err=True)
        elif step is Step.ORDER:
            self._write(lambda now: now.with_primary(self.account, signing))
        else:
            gone = set(facts.tokens) - {signing}
            self._write(lambda now: now.without_tokens(self.account, gone))

    def _create(self, signing: str) -> None:
        try:
            token = twilio.create(self.account, signing)
        except twilio.NotCreated as problem:
            self._agree_to_delete(problem)
            twilio.delete(self.account, signing)
            token = self._created_at_last(signing)
        try:
            click.echo(f"{fingerprint(token)} is the secondary token now.")
            self._write(lambda now: now.with_secondary(self.account, token))
        except BaseException:
            # Ctrl-C and a closed pipe as well: nobody else knows the value, so it must not stay.
            self._take_back(signing, token)
            raise

    def _created_at_last(self, signing: str) -> str:
        try:
            return twilio.create(self.account, signing)
        except twilio.NotCreated as problem:
            raise TwilioProblem(f"creating a secondary token: {problem}") from None

    def _agree_to_delete(self, problem: Exception) -> None:
        click.echo(
            f"{problem}\nPerhaps there is a secondary token already, which the secret lacks. Twilio"
            " tells its value once. Whoever has it, or sees it in the console, can put it there"
            " (refer secret set), and this goes on with it.",
            err=True,
        )
        if self.yes and not self.resume:
            raise click.ClickException(
                "--yes does not delete a token that somebody may use: add --resume, if it is the"
                " rest of a rotation."
            )
        if self.yes:
            return
        click.confirm("Delete the secondary token at Twilio, and create one?", abort=True, err=True)

    def _take_back(self, signing: str, token: str) -> None:
        try:
            held = document_of(self.secret.read()).accounts.get(self.account, ())
            if token in held:
                return
            twilio.delete(self.account, signing)
        except click.ClickException as problem:
            click.echo(
                f"{problem.message}\nThe secret was not written; the secondary token is still at"
                " Twilio, and its value lost. Nothing uses it; the next run asks to delete it.",
                err=True,
            )
        else:
            click.echo("The secret was not written; the token is deleted at Twilio.", err=True)

    def _write(self, change: Callable[[Document], Document]) -> None:
        for _ in range(_WRITES):
            seen = self.secret.read()
            before = document_of(seen)
            after = change(before)
            if self.secret.write(after, seen):
                for line in changes(before, after):
                    click.echo(line)
                return
        raise click.ClickException(
            "somebody else keeps changing the secret; nothing of yours is written. Try again later."
        )


def _next(facts: Facts) -> Step:
    try:
        return next_step(facts)
    except Stuck as problem:
        raise click.ClickException(str(problem)) from None

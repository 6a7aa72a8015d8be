"""`refer rotate`: another auth token for an account, without a webhook that is refused."""

from collections.abc import Iterable

import click

from refer_cli.secret.document import Document, fingerprint
from refer_cli.secret.typed import AccountSid, fingerprints, no_argument
from refer_cli.secret.where import Where, document_of, secret_options

_INTERRUPTED = 130


@click.command()
@no_argument
@secret_options
@click.option("--account-sid", type=AccountSid(), help="Whose token; else the one in the secret.")
@click.option("--plan", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before each step.")
@click.option(
    "--resume",
    is_flag=True,
    help="With --yes: clear away what an earlier run left, or a token that nobody here knows.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="FINGERPRINT",
    callback=fingerprints,
    help="Leave this token alone: that of another Twilio Region.",
)
@click.pass_context
def rotate(
    context: click.Context,
    /,
    where: Where,
    account_sid: str | None,
    *,
    plan: bool,
    yes: bool,
    resume: bool,
    keep: frozenset[str],
) -> None:
    """Replace the auth token of an account at Twilio and in the secret.

    Every token that Twilio signs with is in the secret before and after, so no webhook is refused:
    create a secondary token, put it into the secret, wait until all functions have it, promote it
    at Twilio, wait, drop the former one. That takes eleven minutes.

    What is the case is asked of Twilio and of the secret, so a rotation that stopped goes on where
    it was: run this again. It signs in to Twilio with the token in the secret. Before it begins,
    find out what else uses the account's token, other stacks included: that stops working when the
    new one is promoted.

    Exit status 1 says that it cannot go on, or that the answer was no; 2 that Twilio or AWS did not
    do it; 130 that it was interrupted. The secret accepts every webhook in each of these cases.
    """
    secret = where.connect()
    document = document_of(secret.read())
    account = _account(document, account_sid)
    _check_kept(keep, document.accounts[account])
    click.echo(f"{account} in the secret {secret.id}", err=True)
    # Here, because twilio's client is a large library, and a wrong option need not wait for it.
    from refer_cli.rotating.run import Rotation  # noqa: PLC0415 - see above
    from refer_cli.rotating.showing import show_plan  # noqa: PLC0415 - the same

    if plan:
        show_plan(secret, account, keep)
        return
    rotation = Rotation(secret, account, yes, resume, keep)
    try:
        promoted = rotation.go()
    except KeyboardInterrupt:
        click.echo("Interrupted. Run `refer rotate` again: it goes on from here.", err=True)
        context.exit(_INTERRUPTED)
    left = ", ".join(map(fingerprint, document_of(secret.read()).accounts.get(account, ())))
    click.echo(f"\nThe rotation is complete. The secret has of {account}: {left}.")
    if not promoted:
        click.echo("Its token was promoted before; to replace this one as well, run it again.")


def _check_kept(keep: frozenset[str], tokens: Iterable[str]) -> None:
    """Raise UsageError when one of them is not there: a misspelt one would be dropped."""
    lacking = keep.difference(map(fingerprint, tokens))
    if lacking:
        raise click.UsageError(
            f"--keep: the secret has no token {', '.join(sorted(lacking))} of this account;"
            " `refer secret show` tells which it has."
        )


def _account(document: Document, given: str | None) -> str:
    if given is None and len(document.accounts) > 1:
        raise click.UsageError(
            "the secret has several accounts; say which with --account-sid:"
            f" {', '.join(document.accounts)}."
        )
    found = given or next(iter(document.accounts), "")
    if not document.accounts.get(found):
        raise click.ClickException(
            "the secret has no token of this account; put it there first: refer secret set"
        )
    return found

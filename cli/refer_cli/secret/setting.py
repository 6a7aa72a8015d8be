"""`refer secret set`: one account's token, or one trunk's user, merged into what is there."""

from collections.abc import Callable

import click

from refer_cli.secret import typed
from refer_cli.secret.document import TRUNK, Document, changes, fingerprint, is_trunk
from refer_cli.secret.store import Secret, Version
from refer_cli.secret.where import Where, document_of, secret_options

type Change = Callable[[Document], Document]


@click.command("set")
@typed.no_argument
@secret_options
@click.option(
    "--account-sid", type=typed.AccountSid(), help="Whose token; else TWILIO_ACCOUNT_SID."
)
@click.option(
    "--sip",
    metavar="NAME",
    callback=typed.no_token,
    help="Instead: user and password of the SIP trunk NAME.",
)
@click.option("--stdin", is_flag=True, help="Read the token from stdin; of --sip, two lines.")
@click.option("--only", is_flag=True, help="Drop the account's other tokens.")
@click.option("--no-check", is_flag=True, help="Do not ask Twilio about the token.")
def set_(
    where: Where,
    account_sid: str | None,
    sip: str | None,
    *,
    stdin: bool,
    only: bool,
    no_check: bool,
) -> None:
    """Put an account's auth token into the secret; everything else in it stays.

    The token is typed unseen, or comes from stdin (--stdin) or from TWILIO_AUTH_TOKEN. Twilio is
    asked whether it takes it. It becomes the first token of the account, and the former ones stay
    behind it, three in all, for a rotation; a secondary token, with which Twilio does not sign yet,
    becomes the second one. Functions that are running see it within five minutes.

    Exit status 1 says that Twilio does not take the token, that it is a secondary one and the only
    one was asked for, that somebody else changed the secret meanwhile, or that the functions cannot
    read it; 2 that Twilio or AWS cannot be asked. Nothing is written then.
    """
    if sip is not None and (account_sid or only or no_check):
        raise click.UsageError("--sip sets a user and a password; the others are of a token.")
    # Read first: nobody types a token to be told that there is no secret.
    secret = where.connect()
    document_of(secret.read())
    if sip is not None:
        edit(secret, _of_trunk(sip, stdin=stdin))
    else:
        account = typed.account_sid(account_sid, stdin=stdin)
        edit(secret, _of_account(account, stdin=stdin, only=only, check=not no_check))


def _of_trunk(name: str, *, stdin: bool) -> Change:
    entry = f"{TRUNK}{name.removeprefix(TRUNK)}"
    if not is_trunk(entry):
        raise click.UsageError(
            "--sip: a name has up to 64 letters, digits and - _ . and begins with none of these;"
            " entries of the directory give it as `credentials`."
        )
    pair = typed.user_and_password(entry, stdin=stdin)
    return lambda document: document.having(entry, pair)


def _of_account(account: str, *, stdin: bool, only: bool, check: bool) -> Change:
    token = typed.token(account, stdin=stdin)
    primary = not check or _is_primary(account, token)
    if only and not primary:
        raise click.ClickException(
            "--only would drop the token that Twilio signs with: promote this one first, or leave"
            " --only away, and `refer rotate` goes on with it. Nothing is written."
        )

    def change(document: Document) -> Document:
        if only:
            return document.having(account, [token])
        if primary or not document.accounts.get(account):
            return document.with_primary(account, token).shortened(account)
        return document.with_secondary(account, token).shortened(account)

    return change


def _is_primary(account: str, token: str) -> bool:
    """Ask Twilio, and say what it says. Raises ClickException when it does not take the token."""
    # Here, because twilio's client is a large library, and --no-check does without it.
    from refer_cli.secret.accepted import Standing, ask  # noqa: PLC0415 - see above

    told = ask(account, token)
    if told.standing is Standing.REFUSED:
        raise click.ClickException(
            f"Twilio does not take this token ({fingerprint(token)}) for {account}. Copy both once"
            " more from the same account and region; sub-accounts have tokens of their own, and the"
            " test credentials never sign. A suspended or closed account is refused as well."
            " Nothing is written."
        )
    click.echo(f"{account} at Twilio: {fingerprint(token)} is {told.standing.value}.", err=True)
    return told.standing is not Standing.SECONDARY


def edit(secret: Secret, change: Change, seen: Version | None = None) -> None:
    """Change what the secret holds, or the version `seen`, and say what is different.

    Raises ClickException.
    """
    seen = seen or secret.read()
    before = document_of(seen)
    after = change(before)
    said = changes(before, after)
    if not said:
        click.echo("Nothing to change: the secret says so already.")
        return
    if not secret.write(after, seen):
        raise click.ClickException(
            "somebody else changed the secret at the same moment; nothing of yours is written. Look"
            " at it with `refer secret show`, and do it again."
        )
    click.echo(f"The secret {secret.id} is changed:", err=True)
    for line in said:
        click.echo(line)

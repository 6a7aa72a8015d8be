"""`refer secret remove`: an account, its older tokens, or a user of a SIP trunk."""

import click

from refer_cli.secret.document import ACCOUNT_SID, Document, fingerprint, is_trunk
from refer_cli.secret.setting import edit
from refer_cli.secret.where import Where, document_of, secret_options


@click.command()
@click.argument("name", metavar="AC…|sip:NAME")
@secret_options
@click.option("--older", is_flag=True, help="Keep the first token of the account.")
@click.option("--no-check", is_flag=True, help="Do not ask Twilio about the first token.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(where: Where, name: str, *, older: bool, no_check: bool, yes: bool) -> None:
    """Take an account or a SIP user out of the secret, or with --older all tokens but the first.

    With --older, Twilio is asked whether it signs with the first token: if it does not, the one
    that it signs with may be among the others.

    Exit status 1 says that there is no such entry, that Twilio does not sign with the first token,
    that the answer was no, or that somebody else changed the secret meanwhile; 2 that Twilio or AWS
    cannot be asked. Nothing is written then.
    """
    if not ACCOUNT_SID.fullmatch(name) and not is_trunk(name):
        raise click.UsageError("name an account SID (AC…) or a SIP user (sip:NAME).")
    if older and is_trunk(name):
        raise click.UsageError("a SIP user has no older ones; --older is for an account.")
    secret = where.connect()
    seen = secret.read()
    document = document_of(seen)
    if name not in document.entries:
        raise click.ClickException(f"the secret has no entry {name}.")
    if older and not no_check:
        _check_first(name, document.entries[name])
    if not yes:
        click.confirm(_question(document, name, older=older), abort=True, err=True)
    # What was shown in the question, and nothing that somebody has put there since.
    edit(secret, lambda now: _removed(now, name, older=older), seen)


def _check_first(account: str, tokens: tuple[str, ...]) -> None:
    """Raise ClickException when Twilio signs with another token than the one that is kept."""
    # Here, because twilio's client is a large library, and the rest does without it.
    from refer_cli.secret.accepted import Standing, ask  # noqa: PLC0415 - see above

    for first in tokens[:1]:
        if ask(account, first).standing in {Standing.REFUSED, Standing.SECONDARY}:
            raise click.ClickException(
                f"Twilio does not sign with the first token ({fingerprint(first)}) of {account}, so"
                " it may be one of the others that it signs with. `refer rotate` puts the right one"
                " first; --no-check removes the others all the same. Nothing is written."
            )


def _removed(document: Document, name: str, *, older: bool) -> Document:
    if older:
        return document.having(name, document.entries[name][:1])
    return document.without(name)


def _question(document: Document, name: str, *, older: bool) -> str:
    if is_trunk(name):
        return f"Remove {name}? A target that names it as `credentials` is then dialled without."
    first, *rest = [fingerprint(token) for token in document.entries[name]] or ["none"]
    if older:
        return f"Remove {', '.join(rest) or 'nothing'} of {name}, and keep {first}?"
    return f"Remove {name}? All its requests are then refused (403), also those of running calls."

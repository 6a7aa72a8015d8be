"""`refer secret remove`: an account, its older tokens, or a user of a SIP trunk."""

import click

from refer_cli.secret.document import ACCOUNT_SID, Document, fingerprint, is_trunk
from refer_cli.secret.setting import edit
from refer_cli.secret.where import Where, document_of, secret_options


@click.command()
@click.argument("name", metavar="AC…|sip:NAME")
@secret_options
@click.option("--older", is_flag=True, help="Keep the first token of the account.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(where: Where, name: str, *, older: bool, yes: bool) -> None:
    """Take an account or a SIP user out of the secret, or with --older all tokens but the first.

    Exit status 1 says that there is no such entry, that the answer was no, or that somebody else
    changed the secret meanwhile: then nothing is written.
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
    if not yes:
        click.confirm(_question(document, name, older=older), abort=True, err=True)
    # What was shown in the question, and nothing that somebody has put there since.
    edit(secret, lambda now: _removed(now, name, older=older), seen)


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

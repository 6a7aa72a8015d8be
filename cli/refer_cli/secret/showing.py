"""`refer secret show`: what the secret holds, as fingerprints; never a token."""

import json
from datetime import datetime
from typing import Any

import click

from refer_cli.secret.document import Document, UnreadableSecret, fingerprint
from refer_cli.secret.typed import no_argument
from refer_cli.secret.where import Where, secret_options
from refer_cli.targets.located import printable
from refer_cli.targets.reporting import counted


@click.command()
@no_argument
@secret_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def show(context: click.Context, /, where: Where, *, as_json: bool) -> None:
    """Show which accounts and SIP users the secret holds, and when it was changed.

    Each token goes by its fingerprint: the first 8 digits of its SHA-256, which
    `printf %s TOKEN | sha256sum` gives too. Exit status 1 says that every request is refused: the
    secret is empty, or the functions cannot read it.
    """
    secret = where.connect()
    version, changed = secret.read(), secret.changed()
    try:
        document, problem = Document.parse(version.text), ""
    except UnreadableSecret as error:
        document, problem = Document(), printable(str(error))
    told = _told(secret.id, changed, version.created, document, problem)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        _tell(told)
    context.exit(0 if any(document.accounts.values()) else 1)


def _told(
    secret_id: str, changed: datetime, written: datetime | None, document: Document, problem: str
) -> dict[str, Any]:
    return {
        "secret": secret_id,
        "changed": changed.isoformat(timespec="seconds"),
        "written": written.isoformat(timespec="seconds") if written else None,
        "problem": problem,
        "accounts": {
            name: [fingerprint(token) for token in tokens]
            for name, tokens in document.accounts.items()
        },
        "trunks": {name: masked(user) for name, (user, _) in document.trunks.items()},
    }


def masked(user: str) -> str:
    """Return enough of a user to recognise it by."""
    return f"{printable(user[:1])}…"


def _tell(told: dict[str, Any]) -> None:
    click.echo(f"{told['secret']}\nchanged {told['changed']}, value written {told['written']}\n")
    for account, tokens in told["accounts"].items():
        prints = ", ".join(tokens) or "every request of it is refused (403)"
        click.echo(f"{account}  {counted(len(tokens), 'token')}: {prints}")
    for trunk, user in told["trunks"].items():
        click.echo(f"{trunk}  user {user}")
    if told["problem"]:
        click.secho(
            f"{told['problem']}: every request is answered with 503. Edit the secret in the Secrets"
            " Manager console.",
            fg="red",
            err=True,
        )
    elif not any(told["accounts"].values()):
        click.secho(
            "It holds no token: every request is refused (403). Fill it: refer secret set",
            fg="red",
            err=True,
        )

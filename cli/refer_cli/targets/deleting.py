"""`refer targets delete`: some entries, if they still are what was read."""

import json
from itertools import batched

import click

from call_transfer.directory import SHARED
from refer_cli.targets.connection import Where, in_words, table_options
from refer_cli.targets.located import printable
from refer_cli.targets.reporting import counted
from refer_cli.targets.table import BATCH
from refer_cli.targets.wire import Wire, key_of


@click.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDRESS...")
@table_options
@click.option("--tenant", default=SHARED, help="Whose entries.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def delete(
    context: click.Context,
    /,
    where: Where,
    addresses: tuple[str, ...],
    tenant: str,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete the entry of each ADDRESS, exactly as the table spells it.

    Exit status 1 says that one was not there, or was changed meanwhile.
    """
    wanted = [(tenant, address) for address in dict.fromkeys(addresses)]
    table = where.connect()
    found: list[Wire] = []
    with in_words(f"the table {table.name}"):
        for batch in batched(wanted, BATCH, strict=False):
            there = table.get(batch)
            found += [there[key] for key in batch if key in there]
        absent = sorted(set(wanted) - {key_of(item) for item in found})
        if found and not yes:
            names = ", ".join(printable("/".join(key_of(item))) for item in found)
            click.confirm(f"Delete {counted(len(found), 'entry')}: {names}?", abort=True, err=True)
        changed = [key_of(item) for item in found if not table.delete(item)]
    deleted = [key_of(item) for item in found if key_of(item) not in changed]
    if as_json:
        sorts = {"deleted": deleted, "absent": absent, "changed meanwhile": changed}
        named = {sort: [address for _, address in some] for sort, some in sorts.items()}
        click.echo(json.dumps({"tenant": tenant} | named))
    else:
        for key in absent:
            click.echo(f"{printable('/'.join(key))}: there is no such entry", err=True)
        for key in changed:
            click.echo(f"{printable('/'.join(key))}: changed meanwhile, not deleted", err=True)
        click.echo(f"{counted(len(deleted), 'entry')} deleted.")
    context.exit(1 if absent or changed else 0)

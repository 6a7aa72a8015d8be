"""`refer targets deny-set`: entries that deny the numbers that cost most, as a directory file.

It writes a file and stops there: `refer targets import` puts it into a table.
"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from textwrap import wrap
from typing import Any

import click
from click.core import ParameterSource

from call_transfer.directory import SHARED
from refer_cli.number_ranges import (
    DEFAULT_KINDS,
    Kind,
    Range,
    Ranges,
    emergency_numbers,
    ranges,
)

_TENANT = re.compile(r"\*|AC[0-9a-f]{32}")
_WIDTH = 98
# Of the ranges that are left out, so many of a kind and a region are named.
_NAMED = 6


@click.command()
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([str(kind) for kind in Kind]),
    default=[str(kind) for kind in DEFAULT_KINDS],
    show_default=True,
    help="What to deny; may be given several times.",
)
@click.option("--tenant", default=SHARED, show_default=True, help="Whose entries they are.")
@click.option(
    "--date",
    "made",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The date in the header; today (UTC) when absent.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write this file instead of stdout.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of YAML.")
@click.option("--emergency", is_flag=True, help="Only list the emergency numbers of all regions.")
@click.pass_context
def deny_set(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - click's
    """Print entries that deny premium rate, shared cost, satellite and island numbers.

    They come from the metadata of the library phonenumbers: one entry per prefix. A prefix that an
    ordinary number may begin with is left out, and the header of the file says so. Regenerate the
    file with every release of the library that you install.

    With --emergency: the emergency numbers of all regions, in one line with commas.
    """
    if given["emergency"]:
        _refuse_together(context, "kinds", "tenant", "made")
        numbers = emergency_numbers()
        text = json.dumps(numbers) if given["as_json"] else ",".join(numbers)
        _write(f"{text}\n", given["output"])
        return
    if not _TENANT.fullmatch(given["tenant"]):
        raise click.UsageError(
            f"--tenant {given['tenant']}: a tenant is a Twilio AccountSid (AC and 32 hexadecimal"
            " digits), or * for all."
        )
    kinds = tuple(dict.fromkeys(Kind(kind) for kind in given["kinds"]))
    found = ranges(kinds)
    items = [_item(one, given["tenant"]) for one in found.denied]
    if given["as_json"]:
        text = json.dumps(items, indent=2, ensure_ascii=False)
    else:
        made = given["made"] or datetime.now(UTC)
        header = _header(kinds, found, f"{made:%Y-%m-%d}", given["tenant"])
        text = "\n".join([*(f"# {line}".rstrip() for line in header), *map(_flow, items)])
    _write(f"{text}\n", given["output"])
    where = f" written to {given['output']}" if given["output"] else ""
    click.echo(f"{len(items)} entries{where}; {len(found.left_out)} ranges left out", err=True)


def _refuse_together(context: click.Context, *names: str) -> None:
    for name in names:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError("--emergency lists all: leave out --kind, --tenant and --date.")


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(
            f"--output {output} cannot be written: {error.strerror}."
            " Name a file in a folder that exists and is yours."
        ) from None


def _item(one: Range, tenant: str) -> dict[str, str]:
    return {"tenant": tenant, "address": f"+{one.prefix}*", "deny": str(one)}


def _flow(item: dict[str, str]) -> str:
    """Return an entry as one line of YAML, whose double-quoted texts are those of JSON."""
    fields = ", ".join(
        f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in item.items()
    )
    return f"- {{{fields}}}"


def _header(kinds: Sequence[Kind], found: Ranges, made: str, tenant: str) -> Iterator[str]:
    regions = sorted(
        {name for one in found.denied for name in one.owners if len(name) == len("US")}
    )
    command = " ".join(f"--kind {kind}" for kind in kinds)
    command += "" if tenant == SHARED else f" --tenant {tenant}"
    yield "Numbers that cost: entries that deny them, by prefix. Do not edit; make it again with"
    yield f"  refer targets deny-set {command} --output FILE"
    yield "and put it into the table with: refer targets import FILE"
    yield f"Made on {made} from the metadata of phonenumbers {version('phonenumbers')}."
    yield f"{len(found.denied)} entries. Kinds: {', '.join(kinds)}."
    yield from wrap(f"Regions: {', '.join(regions) or 'none'}.", _WIDTH, subsequent_indent="  ")
    yield ""
    yield "To allow an exception, add an entry for a longer prefix or for the number itself: the"
    yield "most specific address wins. At the same address the entry of a tenant wins over that of"
    yield "`*`. An import replaces what has the same tenant and address: give an exception another."
    if found.left_out:
        yield ""
        yield f"{len(found.left_out)} ranges are finer than seven digits and are left out, because"
        yield "ordinary numbers, mostly of another length, begin with the same digits:"
    for reason, same in groupby(sorted(found.left_out, key=str), key=str):
        prefixes = [f"+{one.prefix}*" for one in same]
        more = f", … ({len(prefixes)} ranges)" if len(prefixes) > _NAMED else ""
        yield f"  {reason}: {', '.join(prefixes[:_NAMED])}{more}"

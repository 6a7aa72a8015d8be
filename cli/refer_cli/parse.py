"""`refer parse`: how a Refer-To is read, for a person or, with --jsonl, for a program."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import click

from call_transfer.errors import InvalidTarget
from call_transfer.refer_to import ReferTo

ADVICE: Mapping[str, str] = {
    "too_long": "Send less context in the address, or a short key to look it up by.",
    "empty": "Give the transferor a target: sip:user@host or tel:+14155550123.",
    "control_character": "Remove it, or write a percent sign that is meant as text as %25.",
    "non_ascii": "Put a display name into quotes, write a host as xn--…, escape the rest.",
    "bad_escape": "Write a percent sign that is meant as text as %25, and text as UTF-8.",
    "unsupported_scheme": "Use sip:, sips: or tel:.",
    "malformed": "Write sip:user@host, tel:+14155550123 or <sip:user@host?Header=value>.",
    "bad_host": "Use a DNS name without underscores, a full IPv4 address or [IPv6].",
    "bad_port": "Use a port from 1 to 65535, or none.",
    "duplicate_parameter": "Keep one of them.",
}


@click.command(no_args_is_help=True)
@click.argument("addresses", nargs=-1, metavar="[ADDRESS]...")
@click.option("--jsonl", is_flag=True, help="Read JSON strings from stdin, one per line.")
@click.pass_context
def parse(context: click.Context, addresses: tuple[str, ...], *, jsonl: bool) -> None:
    """Show how each ADDRESS is read: the value of a Refer-To, as in ReferTransferTarget.

    Exit status 1 says that at least one is refused. Put an ADDRESS in quotes: the shell knows
    `<`, `&` and `;` too.

    With --jsonl, each line of stdin is a JSON string and each line of stdout a JSON object: the
    parts of the address, or "error" and "message". Exit status 0; a refusal is an answer.
    """
    if jsonl and addresses:
        raise click.UsageError("--jsonl reads its addresses from stdin: leave out ADDRESS.")
    if jsonl:
        for line in sys.stdin.buffer:
            click.echo(json.dumps(_answer(line)))
        return
    listings = [_listing(address) for address in addresses]
    click.echo("\n\n".join(listing for listing, _ in listings))
    context.exit(0 if all(read for _, read in listings) else 1)


def _answer(line: bytes) -> dict[str, Any]:
    try:
        text = json.loads(line.decode())
    except (ValueError, RecursionError):  # nesting without end is no JSON string either
        text = None
    if not isinstance(text, str):
        message = 'the line is not one JSON string in UTF-8; write it like "sip:user@host"'
        return {"error": "bad_input", "message": message}
    try:
        return _parts(ReferTo.parse(text))
    except InvalidTarget as refusal:
        return {"error": refusal.code, "message": refusal.message}


def _parts(refer_to: ReferTo) -> dict[str, Any]:
    uri = refer_to.uri
    return {
        "scheme": uri.scheme,
        "user": uri.user,
        "password": uri.password,
        "host": uri.host,
        "port": uri.port,
        "params": dict(uri.params),
        "headers": {name: list(values) for name, values in uri.headers.items()},
        "display_name": refer_to.display_name,
        "header_params": dict(refer_to.header_params),
        "e164": uri.e164,
    }


def _listing(address: str) -> tuple[str, bool]:
    try:
        refer_to = ReferTo.parse(address)
    except InvalidTarget as refusal:
        rows = [
            ("refused", refusal.code),
            ("because", refusal.message),
            ("do", ADVICE[refusal.code]),
        ]
        return _aligned(address, rows), False
    return _aligned(address, list(_rows(refer_to))), True


def _rows(refer_to: ReferTo) -> Iterator[tuple[str, str]]:
    parts = _parts(refer_to)
    if parts["password"] is not None:
        parts["password"] = "(not shown)"  # noqa: S105 - the words shown instead of a password
    for label, part in parts.items():
        match part:
            case None:
                continue
            case dict():
                for name, value in part.items():
                    for one in value if isinstance(value, list) else [value]:
                        yield label, name if one is None else f"{name} = {one}"
            case _:
                yield label, str(part)
    if refer_to.attended:
        yield "attended", "yes: Twilio does not join the two calls, it is dialled like a blind one"


def _aligned(address: str, rows: list[tuple[str, str]]) -> str:
    lines = [_printable(address)]
    before = ""
    for label, value in rows:
        lines.append(f"  {'' if label == before else label:<13}  {_printable(value)}")
        before = label
    return "\n".join(lines)


def _printable(text: str) -> str:
    """Escape what a terminal would obey or cannot show."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )

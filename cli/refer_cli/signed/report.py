"""The answer of `refer signature`, as one document, and as lines for a person.

Whatever the request holds is masked here: it may repeat a token, in a URL or as a parameter.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from rich.console import Console
from rich.table import Table
from rich.text import Text

from refer_cli.signed.reading import Key

_LABEL = 12


def masked(document: Any, keys: Sequence[Key]) -> Any:  # noqa: ANN401 - JSON, of any shape
    """Return the document without tokens and without passwords of URLs."""
    match document:
        case str():
            text = re.sub(r"(?<=://)[^/?#\s]*@", "…@", document)
            # The longest first: one token may begin another.
            for key in sorted(keys, key=lambda one: -len(one.token)):
                for spelling in (key.token, quote(key.token, safe=""), quote_plus(key.token)):
                    text = text.replace(spelling, f"({key})")
            return text
        case Mapping():
            return {name: masked(value, keys) for name, value in document.items()}
        case list() | tuple():
            return [masked(value, keys) for value in document]
        case _:
            return document


def as_json(document: Mapping[str, Any]) -> str:
    """Return the document as JSON in ASCII: a lone surrogate can be printed no other way."""
    return json.dumps(document, indent=2)


def show(document: Mapping[str, Any]) -> None:
    """Print it for a person; URLs stay on one line, so that they can be copied."""
    console = Console(highlight=False, soft_wrap=True)
    accepted = document["accepted"]
    style = "bold green" if accepted else "bold red"
    console.print(Text("accepted" if accepted else "refused", style=style))
    for label, value in _rows(document):
        console.print(_line(label, value))
    for number, one in enumerate(document["differences"], start=1):
        console.print()
        console.print(Text(f"difference {number}: {one['code']}", style="bold"))
        for label in ("what", "why", "do"):
            console.print(_line({"what": "signed"}.get(label, label), one[label]))
    if document["signed_url"] not in {None, document["url"]}:
        console.print()
        console.print(_line("signed URL", document["signed_url"]))
    if document["tried"]:
        console.print()
        console.print(_tried(document))
    if document["causes"]:
        console.print(Text("\nno difference explains it; likely, in this order:", style="bold"))
        for number, cause in enumerate(document["causes"], start=1):
            console.print(_line(f"{number}.", cause))


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if document["rejected"]:
        yield "answer", f"{document['status']}, {document['rejected']}"
    yield "request", f"{document['method']} {document['url']}".strip()
    if document["account_sid"]:
        yield "account", document["account_sid"]
    if document["parameters"]:
        yield "parameters", ", ".join(document["parameters"])
    if document["signed_by"]:
        yield "signed by", document["signed_by"]


def _line(label: str, value: str) -> Text:
    return Text(f"  {label:<{_LABEL}}", style="dim").append(printable(value), style="default")


def _tried(document: Mapping[str, Any]) -> Table:
    table = Table(title="tried", title_justify="left", box=None, padding=(0, 2))
    table.add_column("kind of difference")
    table.add_column("readings", justify="right")
    for code, count in document["tried"].items():
        table.add_row(code, str(count))
    table.add_row(
        "all", f"{sum(document['tried'].values())}" + ("" if document["complete"] else "+")
    )
    return table


def printable(text: str) -> str:
    """Escape what a terminal would obey or cannot show."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )

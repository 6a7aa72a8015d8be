"""The body of an answer in a few words, and as lines: TwiML, or the first line of a text.

It does not judge TwiML: what Twilio would say against it is the business of pivot.document.
"""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from pivot.elements import Element, parse
from pivot.limits import NotTaken
from pivot.picture.glossary import Glossary, middle, visible

_DEEPEST = 12
_FIRST_LINE = 200
_SPOKEN = 32

type Block = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`words` say what a body has Twilio do; `twiml` has its lines, none when it is no TwiML."""

    words: str
    twiml: Block = ()


def read(body: str, glossary: Glossary) -> Answer:
    """Read a body, whatever it is."""
    try:
        root = parse(body.encode(errors="replace"))
    except NotTaken:
        first = next(iter(body.strip().splitlines()), "")
        return Answer(middle(visible(first.strip()), _FIRST_LINE))
    words = ", ".join(_verb(verb, glossary) for verb in root.children)
    lines = tuple(visible(line) for line in _pretty(root, glossary))
    return Answer(middle(visible(words), _FIRST_LINE) or "empty Response", lines)


def wrapped(line: str, width: int) -> list[str]:
    """Return a line of TwiML in as many as it takes; what goes on is indented further."""
    indent = " " * (len(line) - len(line.lstrip(" ")) + 4)
    return textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)


def _verb(verb: Element, glossary: Glossary) -> str:
    match verb.name:
        case "Dial":
            nouns = " and ".join(glossary.party(noun) for noun in verb.children)
            return f"Dial {nouns or verb.text}".strip()
        case "Say":
            said = textwrap.shorten(verb.said or verb.text, _SPOKEN, placeholder="..")
            return f'Say "{said}"'
        case "Redirect":
            return f"Redirect {glossary.value(verb.text)}".strip()
        case name:
            return name


def _pretty(root: Element, glossary: Glossary) -> Iterator[str]:
    """Return an element as lines, without recursion however deep it is."""
    todo: list[tuple[int, Element | str]] = [(0, root)]
    while todo:
        depth, item = todo.pop()
        indent = "  " * min(depth, _DEEPEST)
        if isinstance(item, str):
            yield f"{indent}{item}"
            continue
        text = escape(" ".join(glossary.value(item.text).split()))
        attributes = [
            f"{name}={quoteattr(glossary.value(value))}" for name, value in item.attributes.items()
        ]
        flat = len(attributes) < 2  # noqa: PLR2004 - several attributes: one to a line
        opening = [" ".join((f"<{item.name}", *attributes))] if flat else [f"<{item.name}"]
        if not flat:
            opening += [f"    {attribute}" for attribute in attributes]
        yield from (f"{indent}{line}" for line in opening[:-1])
        if not text and not item.children:
            yield f"{indent}{opening[-1]}/>"
        elif flat and not item.children:
            yield f"{indent}{opening[-1]}>{text}</{item.name}>"
        else:
            yield f"{indent}{opening[-1]}>"
            todo.append((depth, f"</{item.name}>"))
            todo += [(depth + 1, child) for child in reversed(item.children)]
            todo += [(depth + 1, text)] if text else []

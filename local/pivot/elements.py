"""TwiML as elements: XML without DTD, and of it only what Twilio's own library could have written.

Which element may stand in which, with which attributes and with text or not, is asked of the pinned
twilio library: every method that adds an element is called once with the names of its parameters.
What the library lacks and Twilio's pages have is in `_LACKING`.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NoReturn
from xml.parsers import expat

from twilio.twiml import TwiML
from twilio.twiml.voice_response import Dial, Header, Sip, VoiceResponse

from pivot.limits import NotTaken, Problem

# Page <Dial>: "callReason: String (Maximum 50 characters)".
_LACKING = {Dial: frozenset({"callReason"})}
_NESTED = {"Dial": 13215, "Gather": 13320}
# Those that expat reads by itself; the others would be looked up among Python's codecs.
_ENCODINGS = frozenset({"utf-8", "utf-16", "iso-8859-1", "us-ascii"})
_SHOWN = 40


@dataclass(slots=True)
class Element:
    """An element: `text` is its own, stripped; `said` that of the elements in it too."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list["Element"] = field(default_factory=list)
    text: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the library can write: the class of an element, its attributes, whether it has text."""

    made: object
    attributes: frozenset[str]
    text: bool


@cache
def known(parent: object) -> Mapping[str, Known]:
    """Return the elements that the library lets stand in another."""
    found: dict[str, Known] = {}
    for name, method in vars(parent).items():
        if name.startswith("_") or not inspect.isfunction(method):
            continue
        parameters = list(inspect.signature(method).parameters.values())[1:]
        names = [each.name for each in parameters if each.kind is not each.VAR_KEYWORD]
        # `self` is a plain TwiML, which collects what is added whatever its class.
        made = method(TwiML(), **{each: each for each in names})
        attributes = frozenset(made.attrs) | _LACKING.get(type(made), frozenset())
        found[made.name] = Known(type(made), attributes, made.value is not None)
    if parent is Sip:
        # No element of TwiML, but one that Twilio has a number for: the reader refuses the noun.
        found["SipHeader"] = Known(Header, frozenset({"name", "value"}), text=True)
    return found


def parse(body: bytes) -> Element:
    """Return the root element. Raises NotTaken: 12100, or 12102 for another root than Response."""
    tree = _Tree()
    try:
        tree.parser.Parse(body, True)  # noqa: FBT003 - expat knows no names
    except expat.ExpatError as error:
        words = expat.ErrorString(error.code)
        raise NotTaken(12100, f"not well-formed: {words}", error.lineno) from None
    root = tree.root
    if root.name != "Response":
        raise NotTaken(12102, f"the root is <{root.name[:_SHOWN]}>, not <Response>", root.line)
    return root


class _Tree:
    """Handlers of an expat parser that build elements, without recursion however deep they are."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self._document = Element("", {}, 0)
        self._open: list[tuple[Element, list[str], int]] = [(self._document, [], 0)]
        self._said: list[str] = []

    @property
    def root(self) -> Element:
        """The root element of a document that is well-formed."""
        return self._document.children[0]

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            line = self.parser.CurrentLineNumber
            raise NotTaken(12100, f"encoding {encoding[:_SHOWN]!r} is not read here", line)

    def _doctype(self, *_: object) -> NoReturn:
        # Called before anything in the DTD is read: no entity is ever declared.
        line = self.parser.CurrentLineNumber
        raise NotTaken(12100, "a document type declaration is refused", line)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes, self.parser.CurrentLineNumber)
        self._open[-1][0].children.append(element)
        self._open.append((element, [], len(self._said)))

    def _end(self, _name: str) -> None:
        element, own, since = self._open.pop()
        element.text = "".join(own).strip()
        if element.name == "Say":
            element.said = "".join(self._said[since:]).strip()

    def _data(self, text: str) -> None:
        self._open[-1][1].append(text)
        self._said.append(text)


def prune(root: Element) -> tuple[Problem, ...]:
    """Take out what Twilio's schema does not know, and tell of it."""
    problems: list[Problem] = []
    todo = [(root, Known(VoiceResponse, frozenset(), text=False))]
    while todo:
        element, allowed = todo.pop()
        name, line = element.name, element.line
        for attribute in sorted(element.attributes.keys() - allowed.attributes):
            del element.attributes[attribute]
            sentence = f"attribute {attribute[:_SHOWN]!r} is not allowed in <{name}>"
            problems.append(Problem(12200, sentence, name, line))
        if element.text and not allowed.text:
            element.text = ""
            problems.append(Problem(12200, f"text is not allowed in <{name}>", name, line))
        inside = known(allowed.made)
        for child in element.children:
            if child.name not in inside:
                sentence = f"<{child.name[:_SHOWN]}> is not allowed in <{name}>"
                problems.append(Problem(_NESTED.get(name, 12200), sentence, name, child.line))
        element.children = [child for child in element.children if child.name in inside]
        todo += [(child, inside[child.name]) for child in element.children]
    return tuple(sorted(problems, key=lambda problem: problem.line))

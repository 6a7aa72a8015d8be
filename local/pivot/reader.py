"""From elements to verbs: attributes and texts are read by the rules of the fields they fill.

What a rule does not take becomes a Problem: an attribute gets its default, an element is left out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from twilio.twiml import lower_camel

from pivot.dial import settle
from pivot.elements import Element
from pivot.limits import NotTaken, Place, Problem, Where
from pivot.nouns import Client, Conference, Noun, Number, Pairs, Queue, Sim, Sip
from pivot.sip_uri import SipUri, sip_headers
from pivot.values import Body, rules
from pivot.verbs import (
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Other,
    Pause,
    Play,
    Record,
    Redirect,
    Refer,
    Reject,
    Say,
    Verb,
)

_VERBS: Mapping[str, Callable[..., Verb]] = {
    kind.__name__: kind for kind in (Say, Pause, Record, Enqueue, Leave, Redirect, Reject, Hangup)
}
_NOUNS: Mapping[str, Callable[..., Noun]] = {
    kind.__name__: kind for kind in (Number, Sim, Conference, Queue)
}


class Reader:
    """Reads the elements of one document and collects the problems."""

    def __init__(self, where: Where, problems: Iterable[Problem]) -> None:
        self._where = where
        self.problems = list(problems)

    def verbs(self, root: Element) -> Iterator[Verb]:
        """Return the verbs in their order, those that are not reached too."""
        last: Verb | None = None
        for position, element in enumerate(root.children):
            if last is not None:
                self._tell(element, None, f"not reached, after <{type(last).__name__}>")
            verb = self._verb(element)
            if verb is None:
                continue
            rings = self._where.place is Place.CALL and not self._where.answered
            if isinstance(verb, Reject) and (position or not rings):
                self._tell(element, None, "the call is answered: it can only be hung up")
            if last is None and _ends(verb):
                last = verb
            yield verb

    def _verb(self, element: Element) -> Verb | None:
        name = element.name
        apart: Mapping[str, Callable[[Element], Verb | None]] = {
            "Dial": self._dial,
            "Gather": self._gather,
            "Play": self._play,
            "Refer": self._refer,
        }
        if name in {"Gather", "Record"}:
            element.attributes.setdefault("action", "")
        if name in apart:
            return apart[name](element)
        if name in _VERBS:
            given = {"name": ""} if "workflowSid" in element.attributes else {}
            return self._make(_VERBS[name], element, **given)
        self._tell(element, None, f"this model does not carry out <{name}>")
        return Other(name, tuple(element.attributes.items()))

    def _gather(self, element: Element) -> Verb | None:
        inner = [self._verb(each) for each in element.children]
        nested = tuple(each for each in inner if isinstance(each, Say | Play | Pause))
        return self._make(Gather, element, nested=nested)

    def _play(self, element: Element) -> Verb | None:
        verb = self._make(Play, element)
        if verb and not verb.url and verb.digits is None:
            self._tell(element, None, "there is nothing to play")
            return None
        return verb

    def _dial(self, element: Element) -> Dial | None:
        if self._where.place is Place.WHISPER:
            self._tell(element, 13201, "TwiML at the url of a noun cannot dial")
        nouns = [self._noun(each) for each in element.children]
        if element.text and nouns:
            self._tell(element, 12200, "a number beside nouns is not dialled")
        elif element.text or not nouns:
            nouns = [self._make(Number, Element("Dial", {}, element.line, text=element.text))]
        dial = self._make(Dial, element, nouns=tuple(noun for noun in nouns if noun is not None))
        return dial and self._settled(dial, element)

    def _settled(self, dial: Dial, element: Element) -> Dial:
        settled, refused = settle(dial, self._where)
        for each in refused:
            self._tell(element, each.error, str(each))
        return settled

    def _noun(self, element: Element) -> Noun | None:
        match element.name:
            case "Sip":
                return self._sip(element)
            case "Client":
                named = [each.text for each in element.children if each.name == "Identity"]
                element.text = (named or [element.text])[0]
                return self._make(Client, element, parameters=_pairs(element, "Parameter"))
            case name if name in _NOUNS:
                return self._make(_NOUNS[name], element)
            case name:
                self._tell(element, None, f"this model does not dial <{name}>")
                return None

    def _sip(self, element: Element) -> Sip | None:
        if any(each.name == "SipHeader" for each in element.children):
            self._tell(element, 13243, "there is no <SipHeader>: headers belong to the URI")
            return None
        uris = [each.text for each in element.children if each.name == "Uri"]
        if len(uris) > 1:
            self._tell(element, None, "this model dials the first <Uri> only")
        element.text = element.text or (uris or [""])[0]
        lists = [each for each in element.children if each.name == "Headers"]
        more = tuple(pair for each in lists for pair in _pairs(each, "Header"))
        headers = self._headers(element, element.text, more)
        return self._make(Sip, element, headers=headers)

    def _refer(self, element: Element) -> Refer | None:
        if self._where.place is not Place.WHISPER and not self._where.over_sip:
            self._tell(element, 13801, "a leg that is not SIP cannot be referred")
        text = next((each.text for each in element.children), "")
        try:
            uri = SipUri().read(text, self._where.url)
        except NotTaken as refusal:
            self._tell(element, refusal.error, str(refusal))
            return None
        return self._make(Refer, element, sip=uri, headers=self._headers(element, text, ()))

    def _headers(self, element: Element, text: str, more: Pairs) -> Pairs:
        sent = []
        for each in sip_headers(text, more):
            if isinstance(each, NotTaken):
                self._tell(element, each.error, str(each))
            else:
                sent.append(each)
        return tuple(sent)

    def _make[T](self, kind: Callable[..., T], element: Element, **given: object) -> T | None:
        """Return a verb or noun; None when its text is not taken."""
        values = dict(given)
        for name, rule in rules(kind).items():
            attribute = lower_camel(name)
            try:
                if name in given:
                    continue
                if isinstance(rule, Body):
                    text = element.said or element.text
                    values[name] = rule.read(text, self._where.url)
                elif attribute in element.attributes:
                    value = element.attributes[attribute]
                    values[name] = rule.read(value, self._where.url) if rule else value
            except NotTaken as refusal:
                about = "" if isinstance(rule, Body) else f"{attribute}: "
                self._tell(element, refusal.error, f"{about}{refusal}")
                if isinstance(rule, Body):
                    return None
        return kind(**values)

    def _tell(self, element: Element, error: int | None, sentence: str) -> None:
        self.problems.append(Problem(error, sentence, element.name, element.line))


def _pairs(element: Element, name: str) -> Pairs:
    inner = [each.attributes for each in element.children if each.name == name]
    return tuple((each.get("name", ""), each.get("value", "")) for each in inner)


def _ends(verb: Verb) -> bool:
    """Whether the verbs after this one cannot be reached."""
    if isinstance(verb, Dial | Enqueue):
        return verb.action is not None
    return isinstance(verb, Redirect | Hangup | Reject | Leave)

"""What a webhook answered, read as Twilio reads it: verbs, and what Twilio would say against it.

    document = read(body, content_type, where=Where(Place.REFER, url))

What Twilio warns of is left out of `verbs`, what it refuses leaves none.  limits.py has the rules.
"""

from dataclasses import dataclass

from pivot.elements import parse, prune
from pivot.limits import NotTaken, Place, Problem, Where
from pivot.overrides import MAX_BODY
from pivot.reader import Reader
from pivot.verbs import Play, Say, Verb

__all__ = ["Document", "Place", "Problem", "Where", "read"]

_TWIML = frozenset({"text/xml", "application/xml", "text/html"})


@dataclass(frozen=True, slots=True)
class Document:
    """The verbs that Twilio carries out, and every problem, line by line."""

    verbs: tuple[Verb, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def error(self) -> int | None:
        """Twilio's number when it refuses the document, and the step of the call fails."""
        return next((problem.error for problem in self.problems if problem.fatal), None)


def read(body: bytes, content_type: str, *, where: Where) -> Document:
    """Read an answer; whatever it is made of, it is a document or what is wrong with it."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("audio/"):
        return Document((Play(where.url),))
    if len(body) > MAX_BODY:
        return Document((), (Problem(11750, f"the body has more than {MAX_BODY} bytes"),))
    if kind == "text/plain":
        text = body.decode(errors="replace").strip()
        aloud = Problem(None, "text/plain is read aloud to the caller")
        return Document((Say(text),) if text else (), (aloud,))
    if kind not in _TWIML:
        named = f"Content-Type {kind[:80]!r}" if kind else "an answer without Content-Type"
        return Document((), (Problem(12300, f"{named} is not TwiML, text or audio"),))
    try:
        root = parse(body)
    except NotTaken as refusal:
        return Document((), (Problem(refusal.error, str(refusal), "Response", refusal.line),))
    reader = Reader(where, prune(root))
    found = tuple(reader.verbs(root))
    problems = tuple(sorted(reader.problems, key=lambda problem: problem.line))
    return Document(() if any(each.fatal for each in problems) else found, problems)

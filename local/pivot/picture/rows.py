"""From a Trace to what a picture shows: the parties in their order, and row after row.

Pure.  It chooses words and leaves out what says nothing; where things stand is left to whoever
draws them.
"""

import re
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Literal

from pivot.model.seen import API, TWILIO, Arrow, Fact
from pivot.model.signals import Purpose
from pivot.model.trace import Trace
from pivot.picture.answer import Block, read
from pivot.picture.glossary import Glossary, middle, short_path, visible

REPEATED = ("(the same TwiML as before)",)
# The kind of a Fact that a handler has logged: Twilio does not see it, whoever plays adds it.
LOG = "log"
_NOTED: dict[str, "Style"] = {
    "connected": "connected",
    "heard": "heard",
    "alert": "alert",
    LOG: "log",
}
_NO_CONTENT = "204"
_REPLY = re.compile(r"[1-6]\d\d\b")
_FAILURE = re.compile(r"(NOTIFY )?[4-6]\d\d\b")
_LONGEST = 400

type Style = Literal[
    "heading",
    "sip",
    "request",
    "callback",
    "answer",
    "error",
    "twiml",
    "connected",
    "heard",
    "alert",
    "log",
]


@dataclass(frozen=True, slots=True)
class Message:
    """An arrow between two lanes. `below` is the TwiML that it brought, if that is to be shown."""

    at: float
    source: str
    target: str
    text: str
    style: Style
    comment: str = ""
    reply: bool = False
    below: Block = ()

    def placed(self, room: float, width: Callable[[str], float]) -> tuple[str, str]:
        """Return what of the text stands on an arrow with that much room, and what beside it.

        The first word of a message (its method, its status) stays on the arrow if it can.
        """
        if width(self.text) <= room:
            return self.text, ""
        first, _, rest = self.text.partition(" ")
        return (first, rest) if width(first) <= room else ("", self.text)


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence between the arrows, `over` the lanes of those whom it names."""

    at: float
    text: str
    style: Style
    over: tuple[str, ...]


type Row = Message | Note


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn. The last two lanes are Twilio and the API, with room between them."""

    lanes: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def twiml(self) -> frozenset[Block]:
        """The TwiML that is shown, for the next picture to be made without it."""
        below = {row.below for row in self.rows if isinstance(row, Message)}
        return frozenset(below - {(), REPEATED})


def picture(trace: Trace, *, twiml: bool = False, known: Collection[Block] = ()) -> Picture:
    """Make a picture of what was seen, with `twiml` below the answers but for what is `known`."""
    arrows = [one for one in trace.seen if isinstance(one, Arrow)]
    lanes = _lanes(arrows)
    sketch = _Sketch(Glossary.of(arrows), lanes, set(known) if twiml else None)
    for one in trace.seen:
        if isinstance(one, Fact):
            sketch.note(one)
        elif one.kind == "sip":
            sketch.sip(one)
        elif one.target == API:
            sketch.request(one)
        else:
            sketch.answer(one)
    return Picture(lanes, tuple(sketch.rows))


def _lanes(arrows: Collection[Arrow]) -> tuple[str, ...]:
    """Return who called in, then who was called, both in the order of appearance.

    Twilio stands beside the parties and far from the API: SIP is short words, HTTP long paths.
    """
    called_in: dict[str, bool] = {}
    for arrow in arrows:
        called_in.setdefault(visible(arrow.source), arrow.kind == "sip" and arrow.text == "INVITE")
        called_in.setdefault(visible(arrow.target), False)
    parties = [party for party in called_in if party not in {TWILIO, API}]
    return (*sorted(parties, key=lambda party: not called_in[party]), TWILIO, API)


@dataclass
class _Sketch:
    """Rows as they are made. `shown` is the TwiML so far, None when none is to be shown.

    `open` are the rows of status webhooks that have not been answered yet, the oldest first.
    """

    glossary: Glossary
    lanes: tuple[str, ...]
    shown: set[Block] | None
    rows: list[Row] = field(default_factory=list)
    open: deque[int] = field(default_factory=deque)

    def note(self, fact: Fact) -> None:
        """Add a note; that a party answered or is gone is what the arrows say."""
        if fact.kind in _NOTED and fact.text.strip():
            text = visible(fact.text)
            over = tuple(lane for lane in self.lanes[:-2] if _named(lane, text)) or (TWILIO,)
            over = (API,) if fact.kind == LOG else over
            self.rows.append(Note(fact.at, text, _NOTED[fact.kind], over))

    def sip(self, arrow: Arrow) -> None:
        """Add a SIP message; a NOTIFY of a failure is one."""
        style: Style = "error" if _FAILURE.match(arrow.text) else "sip"
        self._add(arrow, arrow.text, style, arrow.comment, reply=bool(_REPLY.match(arrow.text)))

    def request(self, arrow: Arrow) -> None:
        """Add a webhook, with the status that it is about."""
        style: Style = "request"
        if arrow.purpose is Purpose.STATUS:
            style = "callback"
            self.open.append(len(self.rows))
        self._add(arrow, f"{short_path(arrow.text)} {arrow.comment}".rstrip(), style)

    def answer(self, arrow: Arrow) -> None:
        """Add an answer, or its 204 to the status webhook that it is for: the oldest one open."""
        asked = self.open.popleft() if arrow.purpose is Purpose.STATUS and self.open else None
        if asked is not None and arrow.text == _NO_CONTENT:
            row = self.rows[asked]
            if isinstance(row, Message):
                self.rows[asked] = replace(row, text=f"{row.text}: {_NO_CONTENT}")
            return
        found = read(arrow.body, self.glossary) if arrow.body.strip() else None
        text = f"{arrow.text} {found.words}" if found else arrow.text
        failed = not _REPLY.match(arrow.text) or _FAILURE.match(arrow.text)
        below = self._below(found.twiml) if found else ()
        self._add(arrow, text, "error" if failed else "answer", reply=True, below=below)

    def _below(self, twiml: Block) -> Block:
        if self.shown is None or not twiml:
            return ()
        if twiml in self.shown:
            return REPEATED
        self.shown.add(twiml)
        return twiml

    def _add(
        self,
        arrow: Arrow,
        text: str,
        style: Style,
        comment: str = "",
        *,
        reply: bool = False,
        below: Block = (),
    ) -> None:
        source, target = visible(arrow.source), visible(arrow.target)
        words = [middle(visible(each), _LONGEST) for each in (text, comment)]
        self.rows.append(Message(arrow.at, source, target, words[0], style, words[1], reply, below))


def _named(party: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(party)}(?!\w)", text) is not None

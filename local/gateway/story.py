"""The story of a call in sentences: what the parties do, what the API answers, what is recorded.

Made of the trace and the records and of nothing else; progress as usual is no part of it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pivot.model.seen import API, TWILIO, Arrow, Fact
from pivot.model.signals import Purpose
from pivot.model.trace import Trace
from pivot.picture.answer import read
from pivot.picture.glossary import Glossary
from pivot.picture.rows import LOG

_FAILURE = re.compile(r"[3-6]\d\d\b")
_NOTIFY = re.compile(r"NOTIFY ([2-6]\d\d\b.*)")


def story(trace: Trace) -> Iterator[str]:
    """Return what was seen of a call, one sentence for each turn that it takes."""
    glossary = Glossary.of(one for one in trace.seen if isinstance(one, Arrow))
    asked: dict[tuple[str, Purpose | None], Arrow] = {}
    for one in trace.seen:
        if isinstance(one, Fact):
            yield from () if one.kind == LOG else (one.text,)
        elif one.kind == "sip":
            yield from _sip(one)
        elif one.target == API:
            asked[one.source, one.purpose] = one
        elif one.purpose is not Purpose.STATUS:
            yield _answer(asked[one.target, one.purpose], one, glossary)


def recorded(record: Mapping[str, Any]) -> str:
    """Return what a record of the table says of its hop."""
    told = [f"recorded hop {record['hop'].partition('#')[0]}: {record.get('outcome', 'open')}"]
    if "refused" in record:
        told.append(f"by the entry {record['refused']['rule']}")
    elif "cause" in record:
        told.append(f"because {record['cause']}")
    for name, words in (("ring_seconds", "rang {} s"), ("talk_seconds", "talked {} s")):
        if name in record:
            told.append(words.format(record[name]))
    return ", ".join(told)


def _sip(arrow: Arrow) -> Iterator[str]:
    if arrow.text == "REFER":
        yield f"{arrow.source} refers to {arrow.comment.removeprefix('Refer-To: ')}"
    elif arrow.target == TWILIO:
        yield from (f"{arrow.source} says {arrow.text}",) if _FAILURE.match(arrow.text) else ()
    elif notified := _NOTIFY.match(arrow.text):
        yield f"{arrow.target} is told {notified[1]}"
    elif _FAILURE.match(arrow.text):
        yield f"{arrow.target} is told {arrow.text}"


def _answer(request: Arrow, answer: Arrow, glossary: Glossary) -> str:
    """Return what a webhook is answered; the comment of a forged one says how it is signed."""
    route = request.text.split("/")[1]
    said = f"{route} {answer.text}"
    if answer.body.strip():
        said += f": {read(answer.body, glossary).words}"
    return said if answer.target == TWILIO else f"{answer.target}, {request.comment}: {said}"

"""`refer explain` and the Lambda give the same TwiML: the test of a cell drives both.

The cell plays its situation through the deployed handlers; what its webhook was told is then asked
of `explain`, with the entries of the same table, and the answers are compared as they stand.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from call_transfer import hop, progress
from call_transfer.application import Application
from call_transfer.asking import Hop
from call_transfer.errors import TableUnreadable
from call_transfer.links import Link, Urls
from call_transfer.record import HopRecord
from call_transfer.webhook import Response
from cells.table import Cell
from refer_cli.explaining.question import Question, explain

# What goes wrong beside the decision is nobody's to explain: outages, bugs, a webhook twice.
ELSEWHERE = {"record_problem", "bug", "repeated", "rejected", "tokens_problem"}


@dataclass
class Heard:
    """What the handlers were asked in a situation, and what they answered last."""

    asked: Hop | None = None
    earlier: HopRecord | None = None
    base_url: str = ""
    app: Application | None = None
    endings: list[tuple[int, str]] = field(default_factory=list)
    answer: Response | None = None


def listen(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Hear what the handlers are asked from now on."""
    heard = Heard()
    take, ended = hop.take, progress.ended

    def taking(asked: Hop, *, app: Application, urls: Urls, line: dict[str, Any]) -> Response:
        earlier = app.store.read((), asked.arrived_on).record if asked.arrived_on else None
        heard.asked, heard.earlier, heard.base_url, heard.app = asked, earlier, urls.base, app
        heard.endings.clear()
        heard.answer = take(asked, app=app, urls=urls, line=line)
        return heard.answer

    def ending(result: Any, *, link: Link, pressed: str = "", **given: Any) -> Response:  # noqa: ANN401 - those of progress.ended
        # A late action of another hop is no step of this one.
        if heard.asked and (link.hop, link.refer_id) == (
            heard.asked.link.hop,
            heard.asked.link.refer_id,
        ):
            heard.endings.append((link.attempt, pressed or result.status))
        heard.answer = ended(result, link=link, pressed=pressed, **given)
        return heard.answer

    monkeypatch.setattr(hop, "take", taking)
    monkeypatch.setattr(progress, "ended", ending)
    return heard


def question(heard: Heard) -> Question:
    """Return what the last webhook was told, as `refer explain` is asked it."""
    asked, earlier = heard.asked, heard.earlier
    assert asked is not None
    assert heard.app is not None
    return Question(
        target=asked.texts[0],
        tenant=asked.tenant,
        now=heard.app.now(),
        hop=asked.link.hop,
        mode=asked.link.mode,
        caller=(earlier.caller if earlier else "") or asked.caller,
        called=(earlier.called if earlier else "") or asked.called,
        transferor=earlier.answering(asked.attempt) if earlier else (),
        path=earlier.path if earlier else (),
        by_caller=asked.by_caller,
        endings=tuple(status for _, status in heard.endings),
        session=asked.link.session,
        refer_id=asked.link.refer_id,
        base_url=heard.base_url,
    )


# Two targets in one form are no target to explain; one outage comes between refusal and chain.
OTHERS = {
    "refer-hold-two-targets",
    "refer-release-two-targets",
    "refer-release-denied-chain-unreadable",
}


def is_explained(cell: Cell) -> bool:
    """Whether the decision is all that there is to a cell."""
    beside = ELSEWHERE & set(cell.told.split())
    return not beside and cell.code != TableUnreadable.code and cell.id not in OTHERS


def compare(heard: Heard) -> None:
    """Ask `explain` what the handlers were asked, and compare the answers."""
    app = heard.app
    assert app is not None
    assert heard.answer is not None
    explanation = explain(
        question(heard),
        settings=app.settings,
        lookup=lambda keys: app.store.read(keys).items,
        tokens=app.tokens,
    )
    assert [answer.attempt for answer in explanation.answers[1:]] == [
        attempt + 1 for attempt, _ in heard.endings
    ]
    told = explanation.answers[-1]
    assert (told.status, told.body) == (heard.answer.status, heard.answer.body)

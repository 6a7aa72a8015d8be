"""What is asked, and the answers that the deployed code gives to it, one after the other.

The first answer is that of the refer webhook, or of the initial one; the others follow when what
was said before reaches nobody.  All of them come from `hop.take` and `progress.ended`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from call_transfer import hop, progress
from call_transfer.application import Application
from call_transfer.asking import Hop
from call_transfer.facts import Result
from call_transfer.links import INITIAL_CALL, Link, Mode, Stage, Urls
from call_transfer.noun import Noun
from call_transfer.plan import Plan
from call_transfer.record import HopRecord, key_of
from call_transfer.ringing import Ringing
from call_transfer.settings import Settings
from call_transfer.tokens import Tokens
from refer_cli.explaining.memory import Lookup, Memory, Nobody

BASE_URL = "https://example.execute-api.us-east-1.amazonaws.com"
_SESSION = f"CA{'0' * 32}"
_REFER_ID = "0" * 12
# As many as a call can have: beyond that, the code says goodbye by itself.
_MOST = progress.MAX_ATTEMPTS


@dataclass(frozen=True, slots=True)
class Question:
    """A target, and the call in which it is asked for. `now` is Unix seconds.

    `transferor` is who took the call before; nobody is known for a Dial that is not ours.
    `endings` are what becomes of each answer in turn: a DialCallStatus, or a key of a menu.
    """

    target: str
    tenant: str
    now: float
    hop: int = 1
    mode: Mode = Mode.HOLD
    caller: str = ""
    called: str = ""
    transferor: tuple[Noun, ...] = ()
    path: tuple[str, ...] = ()
    by_caller: bool = False
    endings: tuple[str, ...] = ()
    session: str = _SESSION
    refer_id: str = _REFER_ID
    base_url: str = BASE_URL

    @property
    def link(self) -> Link:
        """The first answer of the hop."""
        if self.hop == 0:
            return Link(self.mode, self.session, 0, INITIAL_CALL, 0, Stage.INITIAL)
        return Link(self.mode, self.session, self.hop, self.refer_id, 0, Stage.TRANSFER)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `after` is what became of the one before, `plan` is None for words alone.

    `steps` led to it, each a rule and what it says.
    """

    attempt: int
    status: int
    body: str
    plan: Plan | None
    after: str = ""
    steps: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answers, and the record as it would stand in the table."""

    question: Question
    answers: tuple[Answer, ...]
    record: HopRecord


def explain(
    question: Question, *, settings: Settings, lookup: Lookup, tokens: Tokens
) -> Explanation:
    """Ask the deployed code."""
    steps: list[tuple[str, str]] = []

    def tell(rule: str, what: str) -> None:
        steps.append((rule, what))

    memory = Memory(lookup=lookup, now=lambda: question.now, tell=tell)
    app = Application(
        settings=settings,
        store=memory,
        tokens=tokens,
        telemetry=Nobody(),
        now=lambda: question.now,
        tell=tell,
    )
    earlier = _earlier(question)
    if earlier:
        memory.open(earlier)
    urls = Urls(question.base_url, settings.connection_overrides)
    line: dict[str, Any] = {}
    response = hop.take(_asked(question, earlier), app=app, urls=urls, line=line)
    key = key_of(question.tenant, question.link)
    record = memory.known(key)
    if record is None:
        raise AssertionError(key)  # a hop is recorded whatever it answers
    answers = [Answer(0, response.status, response.body, record.tried.get(0), steps=tuple(steps))]
    for ending in question.endings or ("",) * _MOST:
        steps.clear()
        following = _following(question, answers[-1], ending, app, urls)
        if following is None:
            break
        plan = (memory.known(key) or record).tried.get(answers[-1].attempt + 1)
        answers.append(replace(following, plan=plan, steps=tuple(steps)))
    return Explanation(question, tuple(answers), memory.known(key) or record)


def _earlier(question: Question) -> HopRecord | None:
    """Return the hop that the REFER arrived on, when its Dial is known to be ours."""
    if question.hop == 0 or not (question.transferor or question.by_caller):
        return None
    dial = Ringing(question.transferor, ring_timeout=30, time_limit=14400)
    return HopRecord(
        tenant=question.tenant,
        session=question.session,
        hop=question.hop - 1,
        refer_id=INITIAL_CALL,
        mode=question.mode,
        caller=question.caller,
        called=question.called,
        path=question.path,
        tried={0: Plan(dial, Stage.INITIAL, rule="")},
    )


def _asked(question: Question, earlier: HopRecord | None) -> Hop:
    return Hop(
        link=question.link,
        tenant=question.tenant,
        caller=question.caller,
        called=question.called,
        call_sid=question.session,
        texts=(question.target,),
        arrived_on=earlier.key if earlier else None,
        by_caller=question.by_caller,
    )


def _following(
    question: Question, before: Answer, ending: str, app: Application, urls: Urls
) -> Answer | None:
    """Return what is answered when an answer has ended; None when nobody asks us any more."""
    plan = before.plan
    if plan is None or not plan.has_action or plan.stage is Stage.LAST_RESORT:
        return None
    kind = _ENDINGS.get(type(plan.verb).__name__)
    if kind is None:
        return None
    status, pressed = (ending or kind), ""
    if status not in STATUSES:
        status, pressed = kind, ending
    link = replace(question.link, mode=_mode(question, app), attempt=before.attempt)
    link = replace(link, stage=plan.stage)
    result = Result(attempt=before.attempt, stage=plan.stage, status=status)
    response = progress.ended(
        result, tenant=question.tenant, link=link, app=app, urls=urls, line={}, pressed=pressed
    )
    after = f"key {pressed}" if pressed else status
    return Answer(before.attempt + 1, response.status, response.body, None, after)


def _mode(question: Question, app: Application) -> Mode:
    """Return the mode of the session, which the entry of an initial call can set."""
    known = app.store.read((), key_of(question.tenant, question.link)).record
    return known.mode if known else question.mode


# How a verb ends that reaches nobody; one that is not here is the end.
_ENDINGS: Mapping[str, str] = {
    "Ringing": "no-answer",
    "Enqueue": "failed",
    "Menu": "no-answer",
    "Voicemail": "no-answer",
}
STATUSES = frozenset({"completed", "answered", "busy", "no-answer", "failed", "canceled"})

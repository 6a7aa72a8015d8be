"""An explanation for a person, or as one JSON object."""

from typing import Any
from xml.etree import ElementTree as ET

from call_transfer.plan import Plan
from call_transfer.plan_item import kind_of
from call_transfer.record_item import conclusion_to_item
from call_transfer.ringing import Ringing
from call_transfer.tell import NO_ENTRY
from call_transfer.verb import Enqueue, Menu, Redirect
from refer_cli.explaining.question import Answer, Explanation
from refer_cli.targets.located import printable

_OK = 200


def as_json(explanation: Explanation) -> dict[str, Any]:
    """Return everything that is known, for a program."""
    record = explanation.record
    refused = record.refused
    return {
        "target": explanation.question.target,
        "tenant": record.tenant,
        "mode": record.mode,
        "hop": record.hop,
        "refused": {"code": refused.code, "message": refused.message, "rule": refused.rule}
        if refused
        else None,
        "answers": [_answer(answer) for answer in explanation.answers],
        "conclusion": conclusion_to_item(record.conclusion()),
    }


def as_text(explanation: Explanation, *, brief: bool = False) -> str:
    """Return the decision rule by rule, and each answer with its TwiML unless it is to be brief."""
    record = explanation.record
    kind = "the initial call" if record.hop == 0 else f"transfer {record.hop}, {record.mode}"
    lines = [f"{printable(explanation.question.target)}  ({kind}, tenant {record.tenant})"]
    for answer in explanation.answers:
        lines += ["", *_told(answer, brief=brief)]
    return "\n".join(lines)


def _steps(answer: Answer, *, brief: bool) -> list[str]:
    steps = [step for step in answer.steps if not (brief and step[1] == NO_ENTRY)]
    width = max((len(rule) for rule, _ in steps), default=0)
    return [f"  {printable(rule):<{width}}  {printable(what)}" for rule, what in steps]


def _told(answer: Answer, *, brief: bool) -> list[str]:
    plan = answer.plan
    head = f"After {answer.after}: " if answer.after else "Answer: "
    steps = _steps(answer, brief=brief)
    if answer.status != _OK:
        return [f"{head}{answer.status}, {printable(answer.body)}", *steps]
    told = f"{_what(plan)}, by {plan.rule} ({plan.stage})" if plan else "words, and the end"
    lines = [f"{head}{printable(told)}", *steps]
    if plan and plan.dropped:
        lines.append(f"  headers that do not reach every party: {', '.join(plan.dropped)}")
    if plan and isinstance(plan.verb, Ringing) and plan.verb.whisper:
        said = plan.verb.whisper.say or "AcceptText"
        lines.append(f"  whisper: {printable(said)} (key {plan.verb.whisper.key})")
    if plan and isinstance(plan.verb, Menu):
        lines += [f"  key {key}: {printable(step)}" for key, step in plan.verb.keys]
    return lines if brief else lines + [f"  {line}" for line in _indented(answer.body)]


def _what(plan: Plan) -> str:
    """Say what a plan does, in a few words."""
    match plan.verb:
        case Ringing() as ringing:
            parties = " and ".join(noun.address for noun in ringing.nouns)
            return f"dial {parties} for {ringing.ring_timeout} s"
        case Enqueue() as queue:
            return f"enqueue in {queue.queue or queue.workflow}"
        case Redirect() as elsewhere:
            return f"redirect to {elsewhere.url}"
        case _:
            return kind_of(plan.verb)


def _answer(answer: Answer) -> dict[str, Any]:
    plan = answer.plan
    return {
        "attempt": answer.attempt,
        "after": answer.after or None,
        "decision": [{"rule": rule, "says": what} for rule, what in answer.steps],
        "status": answer.status,
        "verb": kind_of(plan.verb) if plan else None,
        "stage": plan.stage if plan else None,
        "rule": plan.rule if plan else None,
        "closed": list(plan.via) if plan else [],
        "passed_over": [list(step) for step in plan.passed_over] if plan else [],
        "twiml" if answer.status == _OK else "text": answer.body,
    }


def _indented(twiml: str) -> list[str]:
    root = ET.fromstring(twiml)  # noqa: S314 - made by Twilio's library in this process
    ET.indent(root)
    return [printable(line) for line in ET.tostring(root, "unicode").splitlines()]

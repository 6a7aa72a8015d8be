"""Plans and policies as the tests write them: a Dial and its attributes in one line."""

from typing import Any

from call_transfer.links import Stage
from call_transfer.noun import Noun
from call_transfer.plan import Plan
from call_transfer.policy import Policy
from call_transfer.ringing import Ringing

_OF_THE_DIAL = {"sequential", "caller_id", "record", "ring_tone", "whisper", "rest"}

POLICY = Policy(
    hop_limit=3,
    visit_limit=2,
    ring_timeout=25,
    time_limit=3600,
    hold_action=False,
    hold_wait=0,
    refuse_attended=False,
    caller_id="",
    exact_numbers=frozenset({"112", "911"}),
    fallback=("2001", "transferor"),
    last_resort=None,
)


def dial_plan(
    *,
    nouns: tuple[Noun, ...],
    stage: Stage,
    rule: str,
    ring_timeout: int = 20,
    time_limit: int = 14400,
    **given: Any,  # noqa: ANN401 - whatever a field holds
) -> Plan:
    """Return the plan of a Dial; a transfer reports its end to nobody, as in hold mode."""
    dial = {name: given.pop(name) for name in _OF_THE_DIAL & given.keys()}
    given.setdefault("has_action", stage is not Stage.TRANSFER)
    verb = Ringing(nouns=nouns, ring_timeout=ring_timeout, time_limit=time_limit, **dial)
    return Plan(verb=verb, stage=stage, rule=rule, **given)


def ringing(plan: Plan) -> Ringing:
    """Return the Dial of a plan."""
    assert isinstance(plan.verb, Ringing)
    return plan.verb

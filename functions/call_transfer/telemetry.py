"""What is told about a webhook and about a finished hop: one wide JSON line each, and EMF.

Addresses are masked, and no token, password or context value gets here: the lines name things,
they do not quote forms.  Metrics go out in CloudWatch's embedded metric format.
"""

import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from call_transfer.facts import TAKEN, Outcome
from call_transfer.plan import Plan
from call_transfer.plan_item import kind_of
from call_transfer.record import HopRecord, Key
from call_transfer.record_item import conclusion_to_item

SERVICE = "call-transfer"
# What is wrong on our side, by the field of the line that says so, and the metric that counts it.
_PROBLEMS = {
    "bug": "Bugs",
    "record_problem": "RecordNotWritten",
    "tokens_problem": "TokensNotRead",
}
# Whoever was not reached had a fallback that was: somebody has the call, as the directory says.
_TAKEN = TAKEN | {Outcome.FALLBACK}
# Five digits and more, with the visual separators of RFC 3966 between them.
_NUMBER = re.compile(r"\d(?:[-.()]*\d){4,}")
_ALL_BUT_FOUR = re.compile(r"\d(?=(?:\D*\d){4})")


def masked(text: str) -> str:
    """Hide all digits of a number but the last four; shorter ones are extensions, not people."""
    return _NUMBER.sub(lambda found: _ALL_BUT_FOUR.sub("*", found[0]), text)


def described(record: HopRecord) -> dict[str, Any]:
    """Return what the log line of a webhook says of a hop; addresses masked, no context values."""
    plans = [plan for _, plan in sorted(record.tried.items())]
    return {
        "session": record.session,
        "hop": record.hop,
        "refer_id": record.refer_id,
        "mode": record.mode,
        "transferor": masked(record.transferor[0].party) if record.transferor else None,
        "asked": masked(record.asked),
        "attended": record.attended or None,
        "code": record.refused.code if record.refused else None,
        "refused_by": masked(record.refused.rule) if record.refused else None,
        "dialled_by": masked(plans[0].rule) if plans else None,
        "stage": plans[0].stage if plans else None,
        "verb": kind_of(plans[0].verb) if plans else None,
        "closed": [masked(rule) for rule in plans[0].via] or None if plans else None,
        "passed_over": _passed_over(plans[0]) if plans else None,
        "dropped_headers": plans[0].dropped or None if plans else None,
    }


def _passed_over(plan: Plan) -> list[str] | None:
    return [f"{masked(step)}: {code}" for step, code in plan.passed_over] or None


class Telemetry:
    """Writes to `logger` and, for EMF, to standard output, from where CloudWatch takes both."""

    def __init__(self, *, logger: Logger, namespace: str) -> None:
        self._logger = logger
        self._namespace = namespace
        self._cold = True

    def webhook(self, line: Mapping[str, Any], *, milliseconds: float) -> None:
        """Tell of one webhook: what came, what was decided by which rule, what was answered.

        One EMF blob for each; more only when something is wrong, which is nobody's hot path.
        """
        cold, self._cold = self._cold, False
        told = {name: value for name, value in line.items() if value not in ("", None)}
        serious = _PROBLEMS.keys() & told.keys()
        log = self._logger.error if serious else self._logger.info
        duration = round(milliseconds, 1)
        noted = {"cold_start": True} if cold else {}
        log("webhook", extra={**told, **noted, "milliseconds": duration})
        metrics = EphemeralMetrics(namespace=self._namespace, service=SERVICE)
        metrics.add_dimension("webhook", str(told["webhook"]))
        metrics.add_metric("Duration", MetricUnit.Milliseconds, duration)
        if cold:
            metrics.add_metric("ColdStarts", MetricUnit.Count, 1)
        metrics.flush_metrics()
        if "rejected_as" in told:
            self._count("Rejected", reason=told["rejected_as"])
        # A repeated webhook is answered from the record: its refusal was counted before.
        if "code" in told and "repeated" not in told:
            self._count("Refused", code=told["code"])
        for problem in serious:
            self._count(_PROBLEMS[problem])

    def finished(self, hop: HopRecord) -> None:
        """Tell once how a hop ended."""
        conclusion = hop.conclusion()
        if conclusion.outcome is None:
            return
        kind = "transfer" if hop.hop else "initial_call"
        rules = [one.rule for _, one in sorted(hop.tried.items())]
        self._logger.info(
            kind,
            extra={
                **conclusion_to_item(conclusion),
                "session": hop.session,
                "hop": hop.hop,
                "refer_id": hop.refer_id,
                "tenant": hop.tenant,
                "mode": hop.mode,
                "asked": masked(hop.asked),
                "attended": hop.attended,
                "code": hop.refused.code if hop.refused else "",
                "refused_by": masked(hop.refused.rule) if hop.refused else "",
                "dialled_by": [masked(rule) for rule in rules],
            },
        )
        outcome = conclusion.outcome
        if not hop.hop:
            self._count("InitialCalls", outcome=outcome)
            return
        self._count("Transfers", mode=hop.mode, outcome=outcome)
        metrics = EphemeralMetrics(namespace=self._namespace, service=SERVICE)
        metrics.add_dimension("mode", hop.mode)
        metrics.add_metric("Taken", MetricUnit.Count, int(outcome in _TAKEN))
        if conclusion.ring_seconds is not None:
            metrics.add_metric("RingTime", MetricUnit.Seconds, conclusion.ring_seconds)
        if conclusion.talk_seconds is not None:
            metrics.add_metric("TalkTime", MetricUnit.Seconds, conclusion.talk_seconds)
        metrics.flush_metrics()

    def missing(self, hop: HopRecord, *, why: str) -> None:
        """Tell of a hop that the watchdog has closed; `why` says what nobody has told."""
        conclusion = hop.conclusion()
        outcome = conclusion.outcome or ""
        told = {"session": hop.session, "hop": hop.hop, "refer_id": hop.refer_id}
        told |= {"tenant": hop.tenant, "mode": hop.mode, "outcome": outcome, "missing": why}
        if outcome == Outcome.ABANDONED or conclusion.talk_seconds is not None:
            # A caller who leaves a menu, or a dial that lacks its action alone: nothing is wrong.
            self._logger.info("watchdog", extra=told)
            return
        self._logger.warning("watchdog", extra=told)
        self._count("OutcomesMissing", outcome=outcome)

    def unwatched(self, key: Key, **problem: str) -> None:
        """Tell of a hop that the watchdog could do nothing with: a `bug`, or a `record_problem`.

        Only the latter is counted: `Bugs` is of webhooks, and rolls back a deployment of theirs.
        """
        session = key[0].partition("/")[2]
        self._logger.error("watchdog", extra={"session": session, "hop": key[1], **problem})
        if "record_problem" in problem:
            self._count(_PROBLEMS["record_problem"])

    def watched(self, run: Mapping[str, int]) -> None:
        """Tell of one run of the watchdog: how many hops it did what with."""
        self._logger.info("watchdog_run", extra=dict(run))

    def _count(self, metric: str, **parts: str) -> None:
        """Count one event for the whole service and, if there are parts, for its part of it.

        CloudWatch adds nothing up over dimensions, and an alarm can only watch what was published.
        """
        metrics = EphemeralMetrics(namespace=self._namespace, service=SERVICE)
        metrics.add_metric(metric, MetricUnit.Count, 1)
        if parts:
            metrics.add_dimensions(service=SERVICE, **parts)
        metrics.flush_metrics()

"""What is told about a webhook and about a finished hop: one wide JSON line each, and EMF.

Addresses are masked, and no token, password or context value gets here: the lines name things,
they do not quote forms.  Metrics go out in CloudWatch's embedded metric format.
"""

import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from call_transfer.plan import Plan
from call_transfer.plan_item import kind_of
from call_transfer.record import HopRecord
from call_transfer.record_item import conclusion_to_item

SERVICE = "call-transfer"
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

    def webhook(self, line: Mapping[str, Any], *, milliseconds: float) -> None:
        """Tell of one webhook: what came, what was decided by which rule, what was answered."""
        told = {name: value for name, value in line.items() if value not in ("", None)}
        serious = {"bug", "record_problem", "tokens_problem"} & told.keys()
        log = self._logger.error if serious else self._logger.info
        log("webhook", extra={**told, "milliseconds": round(milliseconds, 1)})
        metrics = self._metrics(webhook=str(told["webhook"]))
        metrics.add_metric("Webhooks", MetricUnit.Count, 1)
        metrics.add_metric("Duration", MetricUnit.Milliseconds, round(milliseconds, 1))
        metrics.add_metric("Rejected", MetricUnit.Count, int("rejected" in told))
        metrics.add_metric("Refused", MetricUnit.Count, int("code" in told))
        metrics.add_metric("RecordNotWritten", MetricUnit.Count, int("record_problem" in told))
        metrics.add_metric("Bugs", MetricUnit.Count, int("bug" in told))
        metrics.flush_metrics()

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
        metrics = self._metrics(outcome=conclusion.outcome, mode=hop.mode, tenant=hop.tenant)
        metrics.add_metric("Transfers" if hop.hop else "InitialCalls", MetricUnit.Count, 1)
        if conclusion.ring_seconds is not None:
            metrics.add_metric("RingTime", MetricUnit.Seconds, conclusion.ring_seconds)
        if conclusion.talk_seconds is not None:
            metrics.add_metric("TalkTime", MetricUnit.Seconds, conclusion.talk_seconds)
        metrics.flush_metrics()

    def _metrics(self, **dimensions: str) -> EphemeralMetrics:
        metrics = EphemeralMetrics(namespace=self._namespace, service=SERVICE)
        for name, value in dimensions.items():
            metrics.add_dimension(name, value)
        return metrics

"""Limits that 1,000 transfers a second meet, as AWS grants them at first, and the lever of each.

`KNOWN` is what was not read on AWS's own page, and is to be verified there.
"""

from dataclasses import dataclass

_AWS = "https://docs.aws.amazon.com/"
_WARM = "amazondynamodb/latest/developerguide/warm-throughput-scenarios.html"
DOCUMENTED, KNOWN = "AWS's page", "as we know it, verify"
# Units a second of one partition, and so of one key: the same page.
PARTITION_WRITES, PARTITION_READS = 1_000, 3_000


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit, where it is documented, and the lever; 0 is a limit that the template has."""

    name: str
    limit: float
    page: str
    lever: str
    sure: str = DOCUMENTED

    @property
    def source(self) -> str:
        """Where the limit is from, as Markdown."""
        return f"[{self.sure}]({_AWS}{self.page})" if self.page else "the template"


QUOTAS = {
    "stage": Quota(
        "`ThrottleRate`, requests/s", 0, "", "the setting, up to the quota of the account"
    ),
    "api": Quota(
        "API Gateway, requests/s of an account in a Region",
        10_000,
        "apigateway/latest/developerguide/limits.html",
        "have the quota raised",
    ),
    "concurrency": Quota(
        "Lambda, executions at a time in an account and Region",
        1_000,
        "lambda/latest/dg/gettingstarted-limits.html",
        "have the quota raised; `ReservedConcurrency` is for one function",
    ),
    "requests": Quota(
        "Lambda, requests/s: ten for each execution of that quota",
        10_000,
        "lambda/latest/dg/lambda-concurrency.html",
        "have the quota of executions raised",
        KNOWN,
    ),
    "scaling": Quota(
        "Lambda, requests/s that one function takes on within 10 s (`leg-status`)",
        10_000,
        "lambda/latest/dg/scaling-behavior.html",
        "none, and it comes back every 10 s",
    ),
    "writes": Quota(
        "DynamoDB, write units/s of a new table on demand",
        4_000,
        _WARM,
        "warm throughput of `CallsTable`, or a slow beginning",
    ),
    "reads": Quota(
        "DynamoDB, read units/s of a new table on demand",
        12_000,
        _WARM,
        "warm throughput of `TargetsTable`, or a slow beginning",
    ),
    "table": Quota(
        "DynamoDB, write units/s of one table",
        40_000,
        "amazondynamodb/latest/developerguide/ServiceQuotas.html",
        "have the quota raised; rates at 0 write less",
    ),
    "events": Quota(
        "EventBridge, PutEvents/s in us-east-1; less elsewhere",
        10_000,
        "eventbridge/latest/userguide/eb-quota.html",
        "have the quota raised",
    ),
    "secret": Quota(
        "Secrets Manager, GetSecretValue/s",
        10_000,
        "secretsmanager/latest/userguide/reference_limits.html",
        "none is needed",
    ),
    "logs": Quota(
        "CloudWatch Logs, PutLogEvents/s, if each invocation is one",
        5_000,
        "AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
        "have the quota raised",
        KNOWN,
    ),
}

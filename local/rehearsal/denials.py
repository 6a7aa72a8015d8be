"""Each function asks for everything that some function may do, and for what none may: IAM answers.

What a function may is read from its deployed role. The requests are signed with a session of that
role, so that it is the emulator's evaluation of the policy that answers, not ours.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from rehearsal.deployed import ROLE, Deployed
from rehearsal.permissions import Statement, allowed, kind_of, statements
from rehearsal.probes import PROBES, is_denied
from rehearsal.workplace import RehearsalFailed

type Question = tuple[str, str]
"""An action, and the ARN of a resource."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a function asked for, what its policy says, and what IAM said."""

    function: str
    action: str
    arn: str
    allowed: bool
    denied: bool

    @property
    def contradicts(self) -> bool:
        """Whether IAM did otherwise than the policy says."""
        return self.allowed == self.denied


def questions(arns: Iterable[str]) -> list[Question]:
    """Return every probe of every resource."""
    return [
        (action, arn) for arn in sorted(arns) for action, kind in PROBES if kind == kind_of(arn)
    ]


def unasked(policies: Iterable[Iterable[Statement]]) -> set[str]:
    """Return what some function may do and no probe asks for."""
    return {
        f"{action} of a {kind_of(arn)}"
        for policy in policies
        for one in policy
        for action in one.actions
        for arn in one.resources
        if kind_of(arn) not in _NOT_PROBED and (action, kind_of(arn)) not in PROBES
    }


def ask(deployed: Deployed, strangers: Iterable[str]) -> Iterator[Answer]:
    """Ask as each function; `strangers` are ARNs that no function is to know. RehearsalFailed."""
    roles = {name.removesuffix("Role"): one.physical for name, one in deployed.of(ROLE).items()}
    own = {function: list(_inline(role)) for function, role in roles.items()}
    missing = unasked(own.values())
    if missing:
        raise RehearsalFailed(
            f"no probe asks for {', '.join(sorted(missing))}: add it to probes.py"
        )
    arns = {arn for policy in own.values() for one in policy for arn in one.resources}
    asked = questions(arns | set(strangers))
    for function, role in roles.items():
        _check_attached(role)
        session = _session(role)
        for action, arn in asked:
            denied = is_denied(session, action, kind_of(arn), arn)
            yield Answer(function, action, arn, allowed(own[function], action, arn), denied)


def named(arn: str, names: Mapping[str, str]) -> str:
    """Return a short name of a resource: its logical ID when it has one."""
    resource = arn.split(":", 5)[5]
    # A bus has the name of the stack, and other names begin with it.
    found = max((one for one in names if one and one in arn), key=len, default="")
    whole = names.get(found, resource.split("/")[1] if "/" in resource else resource)
    return " ".join([whole, *resource.split("/")[2:]])


def _inline(role: str) -> Iterator[Statement]:
    iam: Any = boto3.client("iam")
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        yield from statements(document)


def _check_attached(role: str) -> None:
    """Refuse a policy of AWS's that is not known to be about logs or traces alone: no probe is."""
    iam: Any = boto3.client("iam")
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    unknown = {one["PolicyName"] for one in attached} - _LOGS_AND_TRACES
    if unknown:
        raise RehearsalFailed(f"{role} has {', '.join(unknown)}: what does it allow?")


def _session(role: str) -> boto3.Session:
    arn = boto3.client("iam").get_role(RoleName=role)["Role"]["Arn"]
    given: Any = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="rehearsal")
    credentials = given["Credentials"]
    return boto3.Session(
        credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
    )


# "Write permissions to CloudWatch Logs", "… to X-Ray": https://docs.aws.amazon.com/aws-managed-policy/
_LOGS_AND_TRACES = {
    "AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
}
# The emulator takes a stream for no resource, and denies it to whom a policy gives one.
_NOT_PROBED = frozenset({"stream"})

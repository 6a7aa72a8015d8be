"""What AWS's registry says that the types of our resources need of whoever deploys them.

The schemas of the registry, which cfn-lint ships, name the permissions of each handler of a type:
all that a resource of the type could need.  What ours do not use is UNUSED, with the reason; EXTRA
is what no schema names.
"""

import re
from collections.abc import Iterator

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from gateway.stack import ROOT
from transformed import TEMPLATES, transformed

DEPLOYED = {
    path: transformed(path) for path in TEMPLATES if path != ROOT / "infra" / "deploy_role.yaml"
}
UNUSED = {
    "no key of our own": r"kms:.*|.*AssociateKmsKey|.*DisassociateKmsKey",
    "no network, no file system": r"(ec2|elasticfilesystem|s3files):.*",
    "no stream but the table's": (
        r"(kinesis|firehose):.*|dynamodb:(Enable|Disable|Update)KinesisStreamingDestination"
    ),
    "no bucket of our own, no API from a file": r"s3:.*",
    "replicas are made by hand: docs/two-regions.md": (
        r"dynamodb:(CreateTableReplica|AssociateTableReplica)|secretsmanager:(Replicate|Remove).*"
        r"|dynamodb:(Scan|Query|UpdateItem|PutItem|GetItem|DeleteItem|BatchWriteItem)"
    ),
    "no table from an import, which would write a log": (
        r"dynamodb:(ImportTable|DescribeImport)|logs:(CreateLogStream|DescribeLogStreams|PutLogEvents)"
    ),
    "no role that is linked to a service": r"iam:CreateServiceLinkedRole",
    "no contributor insights": r"dynamodb:UpdateContributorInsights",
    "no resource policy": (
        r"dynamodb:(Put|Delete)ResourcePolicy|events:(Put|Remove)Permission"
        r"|logs:DeleteResourcePolicy"
    ),
    "no layer, no signing, no provisioned capacity": (
        r"lambda:(GetLayerVersion|GetCodeSigningConfig|(Put|Delete)FunctionCodeSigningConfig)"
        r"|lambda:(PassCapacityProvider|PutFunctionScalingConfig|AssociateRuntimeAlias)"
        r"|lambda:(Put|Delete)ProvisionedConcurrencyConfig"
    ),
    "runtime and recursion settings stay Lambda's": (
        r"lambda:(PutRuntimeManagementConfig|PutFunctionRecursionConfig)"
    ),
    "the secret is filled by hand": r"secretsmanager:GetRandomPassword",
    "no index, token or protection on a log group": (
        r"logs:(Put|Delete)IndexPolicy|logs:PutBearerTokenAuthentication"
        r"|logs:PutLogGroupDeletionProtection"
    ),
    "no data protection on the topic": r"sns:PutDataProtectionPolicy",
    "no machine of our own": r"codedeploy:RegisterOnPremisesInstance",
    "CloudFormation tags an API by its POST": r"apigateway:(Tag|Untag)Resource",
    "a boundary never leaves, a trust never changes": (
        r"iam:(DeleteRolePermissionsBoundary|UpdateAssumeRolePolicy|UpdateRole|UpdateRoleDescription)"
    ),
    "the record of a domain is made by hand": r"route53:.*",
}
EXTRA = {
    "cloudformation:CreateChangeSet": "a call of SAM's macro",
    "s3:GetObject": "templates and packages in the bucket of sam",
    **dict.fromkeys(
        (
            "logs:DeleteLogDelivery",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:UpdateLogDelivery",
        ),
        'access logs: "Customize HTTP API access logs", API Gateway Developer Guide',
    ),
}


def asked() -> set[str]:
    """Return every permission that the schemas of our types name."""
    kinds = {
        one["Type"] for template in DEPLOYED.values() for one in template["Resources"].values()
    }
    return {action for kind in kinds for action in _permissions(kind)}


def needed() -> set[str]:
    """Return those that our resources use."""
    return {action for action in asked() if not any(left_out(reason, action) for reason in UNUSED)}


def left_out(reason: str, action: str) -> bool:
    """Whether an action is not used for this reason."""
    return re.fullmatch(UNUSED[reason], action) is not None


def _permissions(kind: str) -> Iterator[str]:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    for handler, one in schema["handlers"].items():
        if handler != "list":
            yield from one.get("permissions", ())

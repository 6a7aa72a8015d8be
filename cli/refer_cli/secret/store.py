"""The secret in Secrets Manager: read, and written only if it still is what was read.

PutSecretValue knows no condition.  So a new version is put beside the current one, and the label
AWSCURRENT is moved from the version that was read to the new one: Secrets Manager refuses that when
the label is elsewhere by now ("UpdateSecretVersionStage", RemoveFromVersionId).  The functions
read AWSCURRENT, and the version before stays there as AWSPREVIOUS.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from refer_cli.secret.document import Document
from refer_cli.targets import connection
from refer_cli.targets.connection import AwsProblem

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_CURRENT = "AWSCURRENT"
_BESIDE = "REFER_WRITING"
"""The label that keeps a version which is not current yet; the next write takes it along."""

_WORDS = {
    "ResourceNotFoundException": "there is no such secret. Are AWS_PROFILE and AWS_REGION those of"
    " its account?",
    "AccessDeniedException": "these credentials have no permission for that on it; they need"
    " secretsmanager:GetSecretValue and DescribeSecret, and to change it PutSecretValue and"
    " UpdateSecretVersionStage.",
    "InvalidRequestException": "it is marked for deletion; `aws secretsmanager restore-secret`"
    " brings it back.",
    "DecryptionFailure": "it cannot be decrypted: these credentials may not use its KMS key.",
    "EncryptionFailure": "it cannot be encrypted: is its KMS key enabled?",
}


@dataclass(frozen=True, slots=True)
class Version:
    """What the secret held at one moment; `id` is "" when it was never filled."""

    id: str
    text: str = field(repr=False)
    created: datetime | None = None
    age: timedelta = timedelta.max
    """By the clock of AWS, which also says when it was created."""


class Secret:
    """One secret, by its name or ARN. Every method raises AwsProblem when AWS does not do it."""

    def __init__(self, client: "SecretsManagerClient", secret_id: str) -> None:
        self._client = client
        self.id = secret_id

    def read(self) -> Version:
        """Return the current version."""
        with in_words(self.id):
            try:
                answer: Any = self._client.get_secret_value(SecretId=self.id, VersionStage=_CURRENT)
            except ClientError as error:
                if _code(error) != "ResourceNotFoundException":
                    raise
                # Not there, or never filled: only the second can be described.
                self._client.describe_secret(SecretId=self.id)
                return Version("", "")
        # A binary one goes to the parser as well, which says what is wrong with it.
        text = answer.get("SecretString", answer.get("SecretBinary"))
        created = answer["CreatedDate"].astimezone(UTC)
        return Version(answer["VersionId"], text, created, _now(answer) - created)

    def changed(self) -> datetime:
        """Return when anything of the secret was changed last."""
        with in_words(self.id):
            answer: Any = self._client.describe_secret(SecretId=self.id)
        told: datetime = answer.get("LastChangedDate", answer.get("CreatedDate"))
        return told.astimezone(UTC)

    def write(self, document: Document, seen: Version) -> bool:
        """Make this the current version; False, and nothing done, if `seen` no longer is."""
        mine = str(uuid4())
        with in_words(self.id):
            put: Any = self._client.put_secret_value(
                SecretId=self.id,
                SecretString=str(document),
                ClientRequestToken=mine,
                VersionStages=[_BESIDE],
            )
            # The first version of a secret is the current one, whatever label was asked for.
            return _CURRENT in put["VersionStages"] or self._promoted(mine, seen.id)

    def _promoted(self, mine: str, former: str) -> bool:
        try:
            if former:
                self._client.update_secret_version_stage(
                    SecretId=self.id,
                    VersionStage=_CURRENT,
                    MoveToVersionId=mine,
                    RemoveFromVersionId=former,
                )
                return True
        except ClientError as error:
            if _code(error) not in {"InvalidParameterException", "ResourceNotFoundException"}:
                raise
        # An answer that got lost is asked for once more by boto3, and then refused.
        if self.read().id == mine:
            return True
        self._discard(mine)
        return False

    def _discard(self, version: str) -> None:
        """Take the label off, so that Secrets Manager may delete what nobody will read."""
        try:
            self._client.update_secret_version_stage(
                SecretId=self.id, VersionStage=_BESIDE, RemoveFromVersionId=version
            )
        except ClientError as error:
            # The other writer's version has the label by now.
            if _code(error) not in {"InvalidParameterException", "ResourceNotFoundException"}:
                raise


def _now(answer: Any) -> datetime:  # noqa: ANN401 - botocore's
    told = answer["ResponseMetadata"].get("HTTPHeaders", {}).get("date")
    return parsedate_to_datetime(told) if told else datetime.now(UTC)


@contextmanager
def in_words(secret_id: str) -> Iterator[None]:
    """Turn what AWS raises into a sentence about the secret."""
    what = f"the secret {secret_id}"
    with connection.in_words(what):
        try:
            yield
        except ClientError as error:
            if _code(error) in _WORDS:
                raise AwsProblem(f"{what}: {_WORDS[_code(error)]}") from None
            raise


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "ClientError")

"""What IAM policies allow, as far as the policies of the functions need it: pure.

Statements with Effect, Action and Resource; anything else needs another reader, and is an error.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

_READ = {"Sid", "Effect", "Action", "Resource"}


class UnreadablePolicy(Exception):
    """A policy says what this module cannot judge."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one statement says. `allows` is False for an explicit Deny."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def covers(self, action: str, resource: str) -> bool:
        """Say whether it is about this. Actions match whatever their case, resources do not."""
        return any(
            fnmatchcase(action.lower(), pattern.lower()) for pattern in self.actions
        ) and any(fnmatchcase(resource, pattern) for pattern in self.resources)


def statements(document: Mapping[str, Any]) -> Iterator[Statement]:
    """Return the statements of a policy document. Raises UnreadablePolicy."""
    for one in _listed(document["Statement"]):
        if one.keys() - _READ:
            raise UnreadablePolicy(f"{', '.join(sorted(one.keys() - _READ))} in {one}")
        yield Statement(
            one["Effect"] == "Allow", tuple(_listed(one["Action"])), tuple(_listed(one["Resource"]))
        )


def allowed(policy: Iterable[Statement], action: str, resource: str) -> bool:
    """Say whether a policy allows an action: "an explicit deny overrides any allows"."""
    about = [one.allows for one in policy if one.covers(action, resource)]
    return bool(about) and all(about)


def kind_of(arn: str) -> str:
    """Return the kind of resource that an ARN names: `table`, `index`, `queue`, ….

    Only for the kinds that our functions are given. Raises UnreadablePolicy.
    """
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    match service:
        case "dynamodb":
            parts = resource.split("/")
            return parts[2] if len(parts) > 2 else parts[0]  # noqa: PLR2004 - table/<name>/index/…
        case "secretsmanager" | "events":
            return resource.replace("/", ":").partition(":")[0]
        case "sqs":
            return "queue"
        case _:
            raise UnreadablePolicy(f"no kind is known for {arn}")


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - IAM's: one, or a list of them
    return value if isinstance(value, list) else [value]

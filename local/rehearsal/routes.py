"""The routes of the HTTP API, from the template as CloudFormation transforms it.

ministack makes the API and ignores its OpenAPI body: `create` does by API calls what CloudFormation
does with the body.  Paths, methods and integrations are those of the body; none is named here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SUBSTITUTED = re.compile(r"\$\{([^}!]+)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """A route as an OpenAPI body describes it; `function` is the ARN that its integration calls."""

    key: str
    function: str
    payload: str


class UnknownReference(Exception):
    """A template refers to what nobody has a value for."""


def routes(body: Mapping[str, Any], values: Mapping[str, str]) -> Iterator[Route]:
    """Return the routes of an OpenAPI body; `values` stand for `${…}`. Raises UnknownReference."""
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            integration = operation["x-amazon-apigateway-integration"]
            verb = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            yield Route(
                key="$default" if path == "/$default" else f"{verb} {path}",
                function=_function(substituted(integration["uri"], values)),
                payload=integration["payloadFormatVersion"],
            )


def substituted(node: Any, values: Mapping[str, str]) -> str:  # noqa: ANN401 - a node of a template
    """Return the text of a string or of an `Fn::Sub`. Raises UnknownReference."""
    text = node["Fn::Sub"] if isinstance(node, Mapping) else node

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise UnknownReference(f"{found[1]} in {text}")
        return values[found[1]]

    return _SUBSTITUTED.sub(value, text)


def create(api: Any, api_id: str, wanted: Mapping[str, Route]) -> int:  # noqa: ANN401 - a boto3 client
    """Make routes and integrations that are not there; return how many were."""
    made = {one["RouteKey"] for one in api.get_routes(ApiId=api_id)["Items"]}
    integrations: dict[str, str] = {}
    for route in wanted.values():
        if route.key in made:
            continue
        if route.function not in integrations:
            integrations[route.function] = api.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=route.function,
                PayloadFormatVersion=route.payload,
            )["IntegrationId"]
        target = f"integrations/{integrations[route.function]}"
        api.create_route(ApiId=api_id, RouteKey=route.key, Target=target)
    return len(wanted) - len(made & wanted.keys())


def _function(uri: str) -> str:
    """Return the ARN in the invocation path of a Lambda integration."""
    found = re.fullmatch(
        r"arn:[^:]+:apigateway:[^:]+:lambda:path/[^/]+/functions/(.+)/invocations", uri
    )
    if found is None:
        raise UnknownReference(f"{uri} is no integration with a function")
    return found[1]

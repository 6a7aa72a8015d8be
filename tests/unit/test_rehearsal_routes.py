"""The routes that are made in the emulator: those of the OpenAPI body that SAM makes."""

from typing import Any

import pytest

from gateway.stack import Stack
from rehearsal.routes import Route, UnknownReference, create, routes, substituted
from transformed import ROOT_TEMPLATE, resources, transformed

LAMBDA = "arn:aws:lambda:eu-west-1:000000000000:function:refer:live"
URI = (
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31"
    "/functions/${F}/invocations"
)
VALUES = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "F": LAMBDA}


def body(uri: object) -> dict[str, Any]:
    integration = {"uri": uri, "payloadFormatVersion": "2.0"}
    return {"paths": {"/refer/{mode}": {"post": {"x-amazon-apigateway-integration": integration}}}}


def test_a_route_has_its_method_its_path_and_the_arn_that_its_integration_calls() -> None:
    expected = Route("POST /refer/{mode}", LAMBDA, "2.0")
    assert list(routes(body({"Fn::Sub": URI}), VALUES)) == [expected]


def test_the_default_route_and_the_route_for_any_method_are_named_as_the_api_names_them() -> None:
    integration = body({"Fn::Sub": URI})["paths"]["/refer/{mode}"]["post"]
    paths = {
        "/$default": {"post": integration},
        "/x": {"x-amazon-apigateway-any-method": integration},
    }
    assert [one.key for one in routes({"paths": paths}, VALUES)] == ["$default", "ANY /x"]


def test_a_reference_without_a_value_is_not_made_up() -> None:
    with pytest.raises(UnknownReference, match="F in arn:"):
        list(routes(body({"Fn::Sub": URI}), {"AWS::Partition": "aws", "AWS::Region": "eu-west-1"}))
    with pytest.raises(UnknownReference, match="no integration with a function"):
        list(routes(body("https://example.com"), VALUES))


def test_text_without_references_stays_and_an_escaped_one_is_none() -> None:
    assert substituted("/plain", {}) == "/plain"
    assert substituted({"Fn::Sub": "${!Literal}"}, {}) == "${!Literal}"


def test_the_routes_of_the_transformed_template_are_those_of_its_events() -> None:
    template = transformed(ROOT_TEMPLATE)
    [api] = resources(template, "AWS::ApiGatewayV2::Api").values()
    known = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1"}
    names = resources(template, "AWS::Lambda::Function") | resources(template, "AWS::Lambda::Alias")
    known |= {name: f"arn:{name}" for name in names} | {
        f"{name}.Arn": f"arn:{name}" for name in names
    }
    found = {one.key for one in routes(api["Body"], known)}
    assert found == {f"{one.method} {one.path}" for one in Stack().routes}


class Api:
    """What is asked of API Gateway."""

    def __init__(self, *there: str) -> None:
        self.there = there
        self.asked: list[tuple[str, str]] = []

    def get_routes(self, **_: object) -> dict[str, Any]:
        return {"Items": [{"RouteKey": key} for key in self.there]}

    def create_integration(self, **asked: object) -> dict[str, str]:
        self.asked.append(("integration", str(asked["IntegrationUri"])))
        return {"IntegrationId": f"i{len(self.asked)}"}

    def create_route(self, **asked: object) -> None:
        self.asked.append((str(asked["RouteKey"]), str(asked["Target"])))


def test_what_is_not_there_is_made_with_one_integration_a_function() -> None:
    api = Api("GET /a")
    wanted = {key: Route(key, "arn:f", "2.0") for key in ("GET /a", "POST /a", "POST /b")}
    assert create(api, "id", wanted) == 2
    expected = [
        ("integration", "arn:f"),
        ("POST /a", "integrations/i1"),
        ("POST /b", "integrations/i1"),
    ]
    assert api.asked == expected

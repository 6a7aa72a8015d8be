"""The fallback answers anybody, so it is constant, knows nothing, and has TwiML that Twilio takes.

Of all routes of the product these two are the ones that answer an unsigned request.
"""

import ast
import os
import re
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stack import ROOT, load
from pivot.document import Place, Where, read
from pivot.nouns import Number, Sip
from pivot.verbs import Dial, Hangup, Say
from transformed import resources, transformed

PATH = ROOT / "infra" / "fallback.yaml"
TEMPLATE = load(PATH)
PARAMETERS = TEMPLATE["Parameters"]
PROPERTIES = TEMPLATE["Resources"]["FallbackFunction"]["Properties"]
VARIABLES = {name: value["Ref"] for name, value in PROPERTIES["Environment"]["Variables"].items()}
DEFAULT_TEXT = PARAMETERS["FallbackText"]["Default"]


def handler(**parameters: str) -> Callable[[object, object], dict[str, Any]]:
    """Return the handler that Lambda would make of the template, with these parameters."""
    made = {"__name__": PROPERTIES["Handler"].partition(".")[0]}
    values = {name: parameters.get(of, PARAMETERS[of]["Default"]) for name, of in VARIABLES.items()}
    with patch.dict(os.environ, values, clear=True):
        exec(PROPERTIES["InlineCode"], made)  # noqa: S102 - the code of our own template
    found: Any = made[PROPERTIES["Handler"].partition(".")[2]]
    with patch.dict(os.environ, {}, clear=True):
        assert found({}, None) == found(None, None)
    return lambda event, context: dict(found(event, context))


def verbs(**parameters: str) -> tuple[object, ...]:
    """Return what Twilio would carry out, and assert that it has nothing to say against it."""
    answer = handler(**parameters)({}, None)
    assert answer["statusCode"] == 200
    assert answer["body"].startswith('<?xml version="1.0" encoding="UTF-8"?><Response>')
    assert answer["headers"]["content-type"] == "text/xml; charset=utf-8"
    where = Where(Place.CALL, "https://abc.execute-api.eu-west-1.amazonaws.com/fallback")
    document = read(answer["body"].encode(), answer["headers"]["content-type"], where=where)
    assert document.problems == ()
    return document.verbs


def accepts(parameter: str, value: str) -> bool:
    """Whether CloudFormation takes this value: the whole of it has to fit the pattern."""
    return re.fullmatch(PARAMETERS[parameter]["AllowedPattern"], value) is not None


def test_the_default_says_a_text_and_hangs_up() -> None:
    assert verbs() == (Say(DEFAULT_TEXT, language="en-US"), Hangup())


@pytest.mark.parametrize(
    ("target", "noun"),
    [
        ("+14155550123", Number("+14155550123")),
        ("sip:desk@pbx.example.com;transport=tls", Sip("sip:desk@pbx.example.com;transport=tls")),
    ],
)
def test_with_a_target_it_says_the_text_and_dials(target: str, noun: Number | Sip) -> None:
    dialled = verbs(FallbackDial=target, FallbackCallerId="+14155550100", TextLanguage="")
    assert dialled == (
        Say(DEFAULT_TEXT),
        Dial(nouns=(noun,), caller_id="+14155550100"),
        Hangup(),
    )
    assert verbs(FallbackDial=target)[1] == Dial(nouns=(noun,))


@given(st.text(min_size=1, max_size=1000).filter(lambda text: accepts("FallbackText", text)))
def test_whatever_text_the_template_takes_is_said_as_it_is(text: str) -> None:
    said = verbs(FallbackText=text)[0]
    assert isinstance(said, Say)
    assert said.text == text.strip()


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (
            "FallbackText",
            ["<Sorry> & goodbye", "Entschuldigung: später."],
            ["", " ", "a\x00", "a\n"],
        ),
        ("TextLanguage", ["", "de-DE"], ["german", 'en-US"']),
        (
            "FallbackDial",
            ["", "+14155550123", "sip:desk@pbx.example.com:5061;transport=tls"],
            [
                "4155550123",
                "+1",
                "sips:a@b",
                "sip:a@b?X-A=1",
                "sip:a@b;maddr=c",
                "sip:a b@c",
                "911",
            ],
        ),
        ("FallbackCallerId", ["", "+14155550100"], ["4155550100", "anonymous"]),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_by_the_deployment(
    parameter: str, good: list[str], bad: list[str]
) -> None:
    assert [value for value in good if not accepts(parameter, value)] == []
    assert [value for value in bad if accepts(parameter, value)] == []


ANYTHING = st.recursive(
    st.none() | st.text(max_size=20) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["headers", "body", "rawPath", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(event=ANYTHING, context=ANYTHING)
def test_the_answer_is_the_same_whatever_is_asked(event: object, context: object) -> None:
    assert handler()(event, context) == handler()({}, None)


def test_the_handler_does_not_look_at_its_arguments() -> None:
    [function] = [
        node
        for node in ast.walk(ast.parse(PROPERTIES["InlineCode"]))
        if isinstance(node, ast.FunctionDef) and node.name == "lambda_handler"
    ]
    read_names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    assert read_names == {"ANSWER"}


def test_it_is_made_of_the_standard_library_and_of_its_four_parameters() -> None:
    tree = ast.parse(PROPERTIES["InlineCode"])
    imports = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert imports == ["os", "xml.etree.ElementTree"]
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))
    texts = {"FallbackText", "TextLanguage", "FallbackDial", "FallbackCallerId"}
    assert set(VARIABLES.values()) == texts
    assert "CodeUri" not in PROPERTIES


def test_it_answers_get_and_post_on_one_path_without_authorizer() -> None:
    events = [event["Properties"] for event in PROPERTIES["Events"].values()]
    api = {"Ref": "FallbackApi"}
    assert events == [
        {"ApiId": api, "Method": method, "Path": "/fallback"} for method in ("GET", "POST")
    ]
    value = TEMPLATE["Outputs"]["FallbackUrl"]["Value"]["Fn::Sub"]
    assert value.endswith(".execute-api.${AWS::Region}.${AWS::URLSuffix}/fallback")


def test_its_role_may_write_logs_and_nothing_else() -> None:
    [role] = resources(transformed(PATH), "AWS::IAM::Role").values()
    assert "Policies" not in role
    [managed] = role["ManagedPolicyArns"]
    assert managed.endswith("/AWSLambdaBasicExecutionRole")


def test_it_needs_nothing_of_another_stack() -> None:
    made = transformed(PATH)["Resources"]
    assert {one["Type"] for one in made.values()} == {
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Stage",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
    }
    assert all("Default" in parameter for parameter in PARAMETERS.values())


def test_what_a_stranger_can_ask_for_is_bounded() -> None:
    settings = TEMPLATE["Resources"]["FallbackApi"]["Properties"]["DefaultRouteSettings"]
    limit = {"Ref": "ThrottleRate"}
    assert settings == {"ThrottlingBurstLimit": limit, "ThrottlingRateLimit": limit}


def test_no_log_line_holds_what_was_asked() -> None:
    format_ = TEMPLATE["Resources"]["FallbackApi"]["Properties"]["AccessLogSettings"]["Format"]
    assert set(re.findall(r"\$context\.([\w.]+)", format_)) == {
        "requestTime",
        "requestId",
        "routeKey",
        "status",
        "responseLatency",
        "integrationErrorMessage",
    }

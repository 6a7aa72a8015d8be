"""Alarms, dashboard, queries and runbook against what the handlers write when calls are played."""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import cfnlint.api
import pytest
from aws_lambda_powertools.logging import Logger
from cfnlint.config import ManualArgs

import insights
from call_transfer.application import application
from call_transfer.errors import RequestRejected
from call_transfer.facts import Closing, Outcome
from call_transfer.links import Mode
from call_transfer.record import HopRecord
from call_transfer.telemetry import SERVICE, Telemetry
from gateway.stack import ROOT, Stack, load
from laptop import ACCOUNT, SESSION, Laptop, dial, held, leg_sid

TEMPLATES = {
    name: load(ROOT / "infra" / f"{name}.yaml")
    for name in ("logs", "observability", "alarms", "dashboard", "queries")
}
OPERATING = (ROOT / "docs" / "operating.md").read_text()
NAMESPACE = "SipReferTransfer/a-stack"
PARAMETERS = {
    name: {"MetricsNamespace": NAMESPACE}.get(name, str(parameter.get("Default") or name))
    for template in TEMPLATES.values()
    for name, parameter in template["Parameters"].items()
} | {"AWS::Region": "eu-central-1"}
ALARMS = {
    name: resource["Properties"]
    for template in TEMPLATES.values()
    for name, resource in template["Resources"].items()
    if resource["Type"] == "AWS::CloudWatch::Alarm"
}
QUERIES = {
    name: resource["Properties"] for name, resource in TEMPLATES["queries"]["Resources"].items()
}
# What AWS publishes of itself: "Monitor CloudWatch metrics for HTTP APIs", "Types of metrics for
# Lambda functions", "Available CloudWatch metrics for Amazon SQS".
PUBLISHED_BY_AWS = {
    ("AWS/ApiGateway", name, ("ApiId",)) for name in ("Count", "4xx", "5xx", "Latency")
} | {
    ("AWS/Lambda", "Errors", ("FunctionName",)),
    ("AWS/Lambda", "Throttles", ("FunctionName",)),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", ("QueueName",)),
}

type Metric = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name, and the dimensions with their values, in order."""


def resolved(node: Any) -> Any:  # noqa: ANN401 - a node of a template
    """Return what CloudFormation makes of a part of a template."""
    match node:
        case {"Ref": name}:
            return PARAMETERS.get(name, name)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)}", lambda found: PARAMETERS[found[1]], text)
        case dict():
            return {name: resolved(value) for name, value in node.items()}
        case list():
            return [resolved(value) for value in node]
        case _:
            return node


def metric_of(stat: Mapping[str, Any]) -> Metric:
    dimensions = sorted((one["Name"], one["Value"]) for one in stat["Dimensions"])
    return (stat["Namespace"], stat["MetricName"], tuple(dimensions))


def watched(alarm: Mapping[str, Any]) -> list[Metric]:
    """Return the metrics of an alarm, be it of one or of several."""
    given = resolved(alarm)
    several = [
        one["MetricStat"]["Metric"] for one in given.get("Metrics", ()) if "MetricStat" in one
    ]
    return [metric_of(one) for one in several or [given]]


def widgets() -> list[dict[str, Any]]:
    body = resolved(TEMPLATES["dashboard"]["Resources"]["Dashboard"]["Properties"]["DashboardBody"])
    return list(json.loads(body)["widgets"])


def drawn(widget: Mapping[str, Any]) -> Iterator[Metric]:
    """Name the metrics of a widget; those of a SEARCH have no values of dimensions."""
    for one in widget["properties"]["metrics"]:
        if isinstance(one[0], dict):
            for namespace, names, metric in re.findall(
                r"""SEARCH\('\{"([^"]+)",([\w,]+)} MetricName="(\w+)"', '\w+', 300\)""",
                one[0]["expression"],
            ):
                yield (namespace, metric, tuple((name, "") for name in sorted(names.split(","))))
            continue
        namespace, metric, *rest = [part for part in one if isinstance(part, str)]
        pairs = zip(rest[::2], rest[1::2], strict=True)
        yield (namespace, metric, tuple(sorted(pairs)))


# --- what is written ---------------------------------------------------------------------------


def target(address: str) -> str:
    return f"<sip:{address}@pbx.example.com>"


def play(laptop: Laptop) -> None:
    """A good transfer, one that comes back, a fallback, refusals, and each kind of trouble."""
    laptop.setting(METRICS_NAMESPACE=NAMESPACE)
    laptop.entry("+18005550100", dial=[{"sip": "sip:agenta@pbx.example.com"}])
    laptop.entry("agentb", dial=[{"sip": "sip:agentb@pbx.example.com"}], fallback=["agentc"])
    laptop.entry("agentc", dial=[{"sip": "sip:agentc@pbx.example.com"}])
    laptop.entry("+371*", deny="not to Latvia")
    initial = laptop.call()
    link = dial(initial).attrib["referUrl"]
    for statuses in (("initiated", "ringing", "in-progress", "completed"), ("ringing", "busy")):
        dialled = laptop.refer(target("agentb"), link)
        for sequence, status in enumerate(statuses):
            laptop.leg(dialled, status, sequence=sequence, CallSid=leg_sid(9), CallDuration="42")
    laptop.refer("tel:+37167000000", link)
    laptop.action(initial, "completed")
    released = laptop.refer(target("agentb"), "/refer/release")
    answered = laptop.action(released, "busy", DialSipResponseCode="486")
    laptop.leg(answered, "in-progress", sequence=0)
    laptop.action(answered, "completed", DialCallDuration="7")
    trouble(laptop)
    laptop.setting(CALLS_TABLE="Gone")
    laptop.refer(target("agentb"))
    laptop.setting(CALLS_TABLE=laptop.stack.environment["CALLS_TABLE"], TOKENS_SECRET="no-json")  # noqa: S106 - a name
    held("secretsmanager").create_secret(Name="no-json", SecretString="no JSON")
    laptop.refer(target("agentb"))
    telemetry = Telemetry(logger=Logger(service=SERVICE, location=None), namespace=NAMESPACE)
    closed = Closing(Outcome.UNKNOWN, at=0)
    lost = HopRecord(ACCOUNT.sid, SESSION, 1, "0123456789ab", Mode.HOLD, closed=closed)
    telemetry.missing(lost, why="no callback came")


def trouble(laptop: Laptop) -> None:
    """Requests that are not served, and code of ours that fails."""
    stranger = type(ACCOUNT)(ACCOUNT.sid, "guessed")
    laptop.post("/refer/hold", account=stranger)
    laptop.post("/refer/sideways", {"ReferTransferTarget": target("agentb")})
    with laptop.monkeypatch.context() as patched:
        patched.setattr("call_transfer.decision.decide", lambda **_: 1 / 0)
        laptop.refer(target("agentb"))


TOLD: list[dict[str, Any]] = []


@pytest.fixture
def told(laptop: Laptop) -> list[dict[str, Any]]:
    """Everything that the handlers write while this is played, played once for all tests."""
    if not TOLD:
        play(laptop)
        TOLD.extend(laptop.lines())
    application.cache_clear()
    return TOLD


def emitted(told: list[dict[str, Any]]) -> set[Metric]:
    """Read the metrics out of EMF, with each of their sets of dimensions."""
    return {
        (directive["Namespace"], metric["Name"], tuple(sorted((one, line[one]) for one in names)))
        for line in told
        if "_aws" in line
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
        for names in directive["Dimensions"]
    }


def without_values(metric: Metric) -> tuple[str, str, tuple[str, ...]]:
    namespace, name, dimensions = metric
    return (namespace, name, tuple(one for one, _ in dimensions))


# --- metrics -----------------------------------------------------------------------------------


def test_every_metric_of_an_alarm_is_emitted(told: list[dict[str, Any]]) -> None:
    named = {metric for alarm in ALARMS.values() for metric in watched(alarm)}
    own = {metric for metric in named if metric[0] == NAMESPACE}
    assert own - emitted(told) == set()
    assert {without_values(one) for one in named - own} <= PUBLISHED_BY_AWS
    assert {name for _, name, _ in own} >= {"Bugs", "Rejected", "Refused", "OutcomesMissing"}


def test_every_metric_of_the_dashboard_is_emitted(told: list[dict[str, Any]]) -> None:
    found = [metric for widget in widgets() for metric in drawn(widget)]
    searched = {metric for metric in found if any(value == "" for _, value in metric[2])}
    own = {metric for metric in found if metric[0] == NAMESPACE} - searched
    known = {without_values(metric) for metric in emitted(told)}
    assert {without_values(metric) for metric in searched} - known == set()
    assert own - emitted(told) == set()
    rest = set(found) - own - searched
    assert {without_values(metric) for metric in rest} <= PUBLISHED_BY_AWS


def test_every_metric_that_is_emitted_is_on_the_dashboard(told: list[dict[str, Any]]) -> None:
    shown = {metric[1] for widget in widgets() for metric in drawn(widget)}
    assert {name for _, name, _ in emitted(told)} - shown == set()


def test_every_widget_draws_something_and_has_a_title_of_its_own() -> None:
    titles = [widget["properties"]["title"] for widget in widgets()]
    assert len(set(titles)) == len(titles)
    assert [widget for widget in widgets() if not list(drawn(widget))] == []


def refusal_codes() -> set[str]:
    """Find the codes of refusals where they are raised."""
    found = {"closed", "rate_limit", "table_unreadable"}
    for path in (ROOT / "functions" / "call_transfer").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name("InvalidTarget" | "UnknownTarget" | "Denied" | "Unavailable"),
                    args=[ast.Constant(str(code)), *_],
                ):
                    found.add(code)
                case ast.Call(
                    func=ast.Name("InvalidTarget"),
                    args=[ast.IfExp(body=ast.Constant(first), orelse=ast.Constant(second)), *_],
                ):
                    found |= {str(first), str(second)}
    return found


def webhook_names() -> set[str]:
    """Find the names by which handlers tell of themselves."""
    text = "".join(path.read_text() for path in (ROOT / "functions").glob("*.py"))
    [pair] = re.findall(r'name = "(\w+)" if \w+ else "(\w+)"', text)
    return {*re.findall(r'serve\(event, context, name="(\w+)"', text), *pair}


SIZES = {
    "webhook": len(webhook_names()),
    "mode": len(Mode),
    "outcome": len(Outcome),
    "code": len(refusal_codes()),
    # The classes that are raised, down to their children.
    "reason": len(RequestRejected.__subclasses__()) + 1,
}


def test_the_table_of_metrics_is_what_is_emitted_and_counts_it(told: list[dict[str, Any]]) -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\w ,+]+) \| (\d+) \| [^|]+ \|$", OPERATING, re.MULTILINE)
    sets: dict[str, set[tuple[str, ...]]] = {}
    for _, name, dimensions in map(without_values, emitted(told)):
        sets.setdefault(name, set()).add(tuple(one for one in dimensions if one != "service"))
    written = {
        name: {tuple(part.split(" + ")) if part != "all" else () for part in by.split(", ")}
        for name, by, _ in rows
    }
    assert written == sets
    most = {
        name: sum(prod(SIZES[one] for one in dimensions) for dimensions in sets[name])
        for name in sets
    }
    assert {name: int(count) for name, _, count in rows} == most
    assert f"That is {sum(most.values())} at most." in OPERATING


# --- alarms and their runbook ------------------------------------------------------------------


def test_every_alarm_has_a_section_and_every_section_an_alarm() -> None:
    [_, *parts] = re.split(r"^## ", OPERATING, flags=re.MULTILINE)
    [section] = [part for part in parts if part.startswith("Alarms\n")]
    assert sorted(re.findall(r"^### (\w+)$", section, re.MULTILINE)) == sorted(ALARMS)
    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == sorted(ALARMS)
    for part in re.split(r"^### ", section, flags=re.MULTILINE)[1:]:
        for said in ("**First query:**", "**Likely:**", "**Do:**", "**Escalate:**", "elease"):
            assert said in part, part[:40]


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_names_its_section_and_tells_of_its_end_too(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["AlarmDescription"].endswith(f". Runbook: docs/operating.md, {name}.")
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "Topic"}]
    assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_the_table_of_alarms_has_the_threshold(name: str) -> None:
    [row, *_] = re.findall(rf"^\| `{name}` \| (.+) \| .+ \|$", OPERATING, re.MULTILINE)
    threshold = float(resolved(ALARMS[name]["Threshold"]))
    words = {0: "one", 0.5: "half", 5000: "5 s", 10000: "10 s"}
    assert words.get(threshold, f"{threshold:g}") in row


def test_an_alarm_on_several_metrics_can_be_left_out() -> None:
    several = {name for name, alarm in ALARMS.items() if "Metrics" in alarm}
    conditional = {
        name
        for template in TEMPLATES.values()
        for name, resource in template["Resources"].items()
        if name in ALARMS and resource.get("Condition") == "WithMath"
    }
    assert several == conditional
    assert all(f"`{name}`" in OPERATING for name in several)


@pytest.mark.parametrize("name", ["Crashes", "Throttled"])
def test_a_sum_over_functions_is_of_all_that_serve_requests(name: str) -> None:
    [_, *stats] = ALARMS[name]["Metrics"]
    found = {one["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"] for one in stats}
    assert found == {route.function for route in Stack().routes}


def test_an_expression_of_an_alarm_adds_nothing_that_may_have_no_series() -> None:
    """A mode that is never used is not published, and CloudWatch's + of nothing is nothing."""
    expressions = [
        resolved(one["Expression"])
        for alarm in ALARMS.values()
        for one in alarm.get("Metrics", ())
        if "Expression" in one
    ]
    assert sorted(expressions) == [
        "IF(requests >= 20, errors / requests, 0)",
        "IF(transfers >= 10, SUM(FILL(METRICS('taken'), 0)) / transfers, 1)",
        *["SUM(FILL(METRICS('f'), 0))"] * 3,
    ]


def test_what_is_summed_up_by_a_part_of_its_id_is_all_of_that_kind_and_nothing_else() -> None:
    summed = {
        name: {
            one["Id"]: one["MetricStat"]["Metric"]["MetricName"]
            for one in alarm["Metrics"]
            if re.search(found[1], one["Id"])
        }
        for name, alarm in ALARMS.items()
        for one in alarm.get("Metrics", ())
        if (found := re.search(r"METRICS\('(\w+)'\)", resolved(one.get("Expression", ""))))
    }
    seven = [f"f{number}" for number in range(7)]
    assert summed == {
        "Crashes": dict.fromkeys(seven, "Errors"),
        "Throttled": dict.fromkeys(seven, "Throttles"),
        "OutcomesFailing": {"f0": "Errors", "f1": "Errors"},
        "FewTransfersTaken": {"taken_hold": "Taken", "taken_release": "Taken"},
    }


def test_a_percentile_is_judged_however_few_requests_there_are() -> None:
    """CloudWatch, "Percentile-based alarms and low data samples": p99 wants 1,000 of them."""
    percentiles = {
        name: alarm["EvaluateLowSampleCountPercentile"]
        for name, alarm in ALARMS.items()
        if "ExtendedStatistic" in alarm
    }
    assert percentiles == {"SlowAnswers": "evaluate"}


def test_what_codedeploy_watches_waits_for_neither_api_nor_alias() -> None:
    parameters = TEMPLATES["observability"]["Parameters"]
    assert [name for name in parameters if re.search("Api|Alias|DeadLetters", name)] == []
    outputs = TEMPLATES["observability"]["Outputs"]
    assert outputs["RollbackBugsAlarm"]["Value"] == {"Ref": "Bugs"}
    assert outputs["RollbackRejectedAlarm"]["Value"] == {"Ref": "WrongSignatures"}


# --- queries -----------------------------------------------------------------------------------


def logged(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in told if "message" in line]


OF_FUNCTIONS = sorted(name for name in QUERIES if name != "AnswersOfTheApi")


@pytest.mark.parametrize("name", OF_FUNCTIONS)
def test_a_query_names_fields_that_are_logged_and_finds_something(
    name: str, told: list[dict[str, Any]]
) -> None:
    query = QUERIES[name]["QueryString"].replace("0" * 32, SESSION[2:])
    fields = {field for line in logged(told) for field in line}
    assert insights.named(query) - fields == set()
    assert insights.run(query, logged(told))


def test_the_query_of_the_access_log_names_what_the_api_logs() -> None:
    settings = Stack().template["Resources"]["Api"]["Properties"]["AccessLogSettings"]
    written = json.loads(settings["Format"])
    query = QUERIES["AnswersOfTheApi"]["QueryString"]
    assert insights.named(query) == {"route", "status", "milliseconds"}
    assert insights.run(query, [{**written, "milliseconds": "12"}]) == [
        {"requests": 1, "slowest": 12.0, "route": "$context.routeKey", "status": "$context.status"}
    ]


def rows(name: str, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return insights.run(QUERIES[name]["QueryString"], logged(told))


def test_who_was_refused_and_why_is_answered(told: list[dict[str, Any]]) -> None:
    [row] = [row for row in rows("WhoWasRefused", told) if row["code"] == "deny_entry"]
    assert (row["transferor"], row["asked"]) == ("sip:agenta@pbx.example.com", "tel:+*******0000")
    assert (row["refused_by"], row["mode"]) == ("*/+371*", "hold")


def test_what_came_back_is_found_with_its_cause(told: list[dict[str, Any]]) -> None:
    [row] = rows("RecalledTransfers", told)
    assert (row["asked"], row["cause"]) == ("sip:agentb@pbx.example.com", "busy")


def test_failures_of_signatures_are_counted_by_reason(told: list[dict[str, Any]]) -> None:
    found = {(row["rejected_as"], row["requests"]) for row in rows("RejectedRequests", told)}
    assert found == {("WrongSignature", 1), ("MalformedRequest", 1), ("TokensUnavailable", 1)}


def test_problems_of_our_own_are_found_with_their_place(told: list[dict[str, Any]]) -> None:
    found = rows("ProblemsOfOurOwn", told)
    assert [row["bug"].split(" in ")[0] for row in found if "bug" in row] == ["ZeroDivisionError"]
    assert any("record_problem" in row for row in found)
    assert any("tokens_problem" in row for row in found)


def test_the_queries_are_quoted_as_they_are_saved() -> None:
    quoted = re.findall(r"^### (.+)\n\n```insights\n([^`]+)```", OPERATING, re.MULTILINE)
    saved = {
        query["Name"]["Fn::Sub"].partition("/")[2]: query["QueryString"]
        for query in QUERIES.values()
    }
    assert {title[0].lower() + title[1:]: text for title, text in quoted} == saved


def test_the_links_within_the_runbook_lead_to_sections() -> None:
    titles = re.findall(r"^##+ (.+)$", OPERATING, re.MULTILINE)
    sections = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", OPERATING)) - sections == set()


@pytest.mark.parametrize("query", ["parse x", 'filter a ~ "b"'])
def test_a_query_that_is_not_understood_here_is_no_pass(query: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        insights.run(query, [{"a": 1}])


# --- log groups and templates ------------------------------------------------------------------

GROUPS = TEMPLATES["logs"]["Resources"]


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_a_log_group_forgets_masks_and_outlives_the_stack(name: str) -> None:
    group = GROUPS[name]
    properties = group["Properties"]
    assert group["DeletionPolicy"] == group["UpdateReplacePolicy"] == "Retain"
    assert properties["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    count, mask = properties["DataProtectionPolicy"]["Statement"]
    assert (count["Operation"], mask["Operation"]) == (
        {"Audit": {"FindingsDestination": {}}},
        {"Deidentify": {"MaskConfig": {}}},
    )
    # "The DataIdentifer array must exactly match" (PutDataProtectionPolicy).
    assert count["DataIdentifier"] == mask["DataIdentifier"] == {"Ref": "PersonalData"}
    assert TEMPLATES["logs"]["Outputs"][name]["Value"] == {"Ref": name}


def test_what_is_masked_are_telephone_numbers() -> None:
    names = TEMPLATES["logs"]["Parameters"]["PersonalData"]["Default"].split(", ")
    arn = "arn:aws:dataprotection::aws:data-identifier/PhoneNumber-"
    countries = [name.removeprefix(arn) for name in names]
    assert countries == ["BR", "DE", "ES", "FR", "GB", "IT", "US"]


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_a_template_is_clean_and_short(name: str) -> None:
    text = (ROOT / "infra" / f"{name}.yaml").read_text()
    config = ManualArgs(regions=["us-east-1", "eu-central-1"])
    assert [str(match) for match in cfnlint.api.lint(text, config=config)] == []
    assert len(text.splitlines()) < 150

"""docs/call-flow.md, settings.md and glossary.md against the tests, the templates and the code."""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from call_transfer.facts import Outcome
from call_transfer.links import Stage
from call_transfer.settings import Settings
from cells import CELLS, GOLDEN, NO_RECORD, OPEN, Cell
from gateway.stack import ROOT, Stack

CALL_FLOW = (ROOT / "docs" / "call-flow.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
STACK = Stack()
PARAMETERS = STACK.template["Parameters"]
VARIABLES: Mapping[str, Any] = STACK.template["Globals"]["Function"]["Environment"]["Variables"]


def section(text: str, title: str) -> str:
    """Return the section whose title begins so."""
    [_, *parts] = re.split(r"^## ", text, flags=re.MULTILINE)
    [found] = [part for part in parts if part.startswith(title)]
    return found


def table(text: str) -> list[list[str]]:
    """Return the rows of the tables of a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    rules = [index for index, row in enumerate(rows) if set("".join(row)) <= {"-", "|"}]
    heads = {index - 1 for index in rules}
    return [row for index, row in enumerate(rows) if index not in {*rules, *heads}]


def plain(cell: str) -> str:
    return cell.replace("`", "").replace("empty", "")


SECTIONS = {
    "Any webhook": "request-",
    "inbound-call": "inbound-",
    "refer": "refer-",
    "dial-result": "dial-result-",
    "leg-status": "leg-status-",
    "whisper": "whisper-",
    "accept": "accept-",
    "verb-result": "verb-result-",
    "recording-status": "recording-status-",
}
ROWS = {row[0].strip("`"): row for title in SECTIONS for row in table(section(CALL_FLOW, title))}


def test_every_cell_is_a_row_and_every_row_a_cell() -> None:
    assert set(ROWS) == set(CELLS)


def test_every_golden_file_belongs_to_a_cell_that_answers_twiml() -> None:
    files = {path.stem for path in GOLDEN.iterdir()}
    assert files == {cell.id for cell in CELLS.values() if cell.has_twiml}


@pytest.mark.parametrize(("title", "prefix"), SECTIONS.items())
def test_a_section_holds_the_rows_of_its_webhook(title: str, prefix: str) -> None:
    rows = table(section(CALL_FLOW, title))
    assert rows
    assert all(row[0].startswith(f"`{prefix}") for row in rows)


@pytest.mark.parametrize("cell", CELLS.values(), ids=list(CELLS))
def test_a_row_says_what_its_test_asserts(cell: Cell) -> None:
    _, situation, status, answer, outcome = ROWS[cell.id]
    assert situation
    assert int(status) == cell.status
    assert outcome == cell.outcome + (f", `{cell.code}`" if cell.code else "")
    link = f"](../tests/data/twiml/{cell.id}.xml)"
    assert answer.endswith(link) is cell.has_twiml
    if cell.status == 204:
        assert answer == "no body"
    elif not cell.has_twiml:
        assert answer == (f"text: `{cell.code}`, and why" if cell.code else "text")


def test_the_routes_are_those_of_the_template() -> None:
    rows = [row for row in table(section(CALL_FLOW, "Routes and links")) if len(row) == 3]
    routes = [row for row in rows if row[0] in {"GET", "POST"}]
    assert [(method, path.strip("`"), name) for method, path, name in routes] == [
        (route.method, route.path, route.function) for route in STACK.routes
    ]


def test_the_segments_are_those_of_a_link() -> None:
    rows = table(section(CALL_FLOW, "Routes and links"))
    segments = {name for row in rows for name in re.findall(r"{(\w+)}", row[1])}
    named = [row for row in rows if row[0].startswith("`")]
    assert {name for row in named for name in re.findall("`(\\w+)`", row[0])} == segments
    [stages] = [row[1] for row in named if row[0] == "`stage`"]
    assert re.findall("`([a-z-]+)`", stages) == list(Stage)


def test_the_outcomes_are_explained_and_webhooks_lead_to_all_but_the_watchdogs_own() -> None:
    rows = table(section(CALL_FLOW, "Outcomes"))
    assert sorted(row[0].strip("`") for row in rows) == sorted(Outcome)
    happening = {cell.outcome.partition(",")[0] for cell in CELLS.values()} - {OPEN, NO_RECORD}
    assert happening == set(Outcome) - {Outcome.UNKNOWN}


def test_the_parameters_that_the_call_flow_names_exist() -> None:
    named = {
        name
        for row in table(section(CALL_FLOW, "Assumptions"))
        for name in re.findall("`([A-Z][A-Za-z]+)(?:=[a-z0-9]+)?`", row[2])
    }
    assert named <= set(PARAMETERS)
    assert {"HoldRefusal", "HoldAction", "RefuseAttended", "DefaultMode"} <= named


def test_the_settings_are_the_parameters_with_their_defaults() -> None:
    rows = table(section(SETTINGS, "Parameters"))
    documented = [(row[0].strip("`"), plain(row[2])) for row in rows]
    assert documented == [(name, str(one["Default"])) for name, one in PARAMETERS.items()]


def test_the_settings_name_the_variable_of_each_parameter() -> None:
    passed = {value["Ref"]: name for name, value in VARIABLES.items() if "Ref" in value}
    for row in table(section(SETTINGS, "Parameters")):
        assert row[1].strip("`") == passed.get(row[0].strip("`"), "none")


def test_the_settings_name_every_variable_that_the_code_reads() -> None:
    ours = {row[0].strip("`") for row in table(section(SETTINGS, "Set by the template"))}
    given = {row[1].strip("`") for row in table(section(SETTINGS, "Parameters"))} - {"none"}
    assert ours | given == {field.name.upper() for field in fields(Settings)}


def test_the_settings_state_the_limits_of_the_template() -> None:
    for name, _, _, limits, *_ in table(section(SETTINGS, "Parameters")):
        one = PARAMETERS[name.strip("`")]
        if "AllowedValues" in one:
            assert limits == ", ".join(str(value) for value in one["AllowedValues"])
        if "MinValue" in one:
            assert limits == f"{one['MinValue']} to {one['MaxValue']}"
        if "MinLength" in one:
            assert limits == f"at least {one['MinLength']} character"


def test_the_glossary_has_each_word_once_with_its_source() -> None:
    rows = table(GLOSSARY)
    words = [word for row in rows for word in row[0].split(", ")]
    assert len(words) == len(set(words))
    for word, meaning, source in rows:
        assert meaning.endswith("."), word
        assert re.search(r"^\[RFC \d+|^\[Twilio, |^this project, \[", source), word


@pytest.mark.parametrize(
    "word",
    [
        *("transferor", "transferee", "transfer target", "REFER", "Refer-To", "NOTIFY", "hop"),
        *("attempt", "stage", "session", "leg", "noun", "hold", "release", "recall", "fallback"),
        *("last resort", "refusal", "tenant", "candidate key", "blind transfer", "UUI"),
        *("attended transfer", "Replaces"),
    ],
)
def test_the_glossary_explains(word: str) -> None:
    assert word in [one for row in table(GLOSSARY) for one in row[0].split(", ")]

"""The JSON Schema of a directory file: for editors, held to the deployed code."""

import io
import json
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from call_transfer import action, hours, whisper
from call_transfer.entry import FIELDS, RECORD, Entry
from call_transfer.errors import MalformedEntry
from gateway import entries
from gateway.stack import ROOT
from refer_cli.main import main
from refer_cli.targets import yaml_file
from refer_cli.targets.vocabulary import DOCUMENT, NOT_TEXTS, PROPERTIES, kind

SCHEMA = Draft202012Validator(DOCUMENT)
FILE = ROOT / "docs" / "directory.schema.json"

SOUND = """
- {address: "2001", dial: [{sip: "sip:agentb@pbx.example.com"}], ring_timeout: 20, sequential: true}
- {address: "+1415*", dial: as_asked, caller_id: "+18005550100", description: San Francisco}
- {address: "*@pbx.example.com", dial: as_asked, pass_headers: [X-A], time_limit: 60}
- {address: default, dial: [{client: alice}, {number: "+14155550123"}], mode: release}
- {address: "+1900*", deny: Premium numbers are not dialled., enabled: false, tenant: AC1}
- {address: "2002", dial: [{client: alice}], fallback: ["2001", transferor]}
- address: "3001"
  dial:
    - {sip: "sip:a@pbx.example.com", credentials: pbx, ring_timeout: 20}
    - {number: "+14155550123", send_digits: "ww12#"}
    - {client: alice, parameters: {Name: value}}
  sequential: true
  record: record-from-answer
  ring_tone: de
  headers: {X-Queue: sales}
  whisper: {say: "Call from {caller}", key: any, timeout: 5}
  language: en-US
  hours:
    zone: Europe/Berlin
    weekly: {mon: [09:00-17:00], tue: ["09:00-12:00", 22:00-06:00]}
    dates: {2026-12-25: [], 2026-12-31: ["09:00-12:00"]}
    closed: night
- {address: night, voicemail: {say: Hello., max_length: 60, timeout: 5, play_beep: no}}
- {address: "3002", menu: {play: "https://example.com/a.mp3", keys: {1: "2001", "#": transferor}}}
- {address: "3003", enqueue: sales, language: de-DE}
- {address: "3004", enqueue: {workflow: WW00000000000000000000000000000000, task: {skill: sales}}}
- {address: "3005", redirect: "https://example.com/twiml"}
- {address: "3006", say: We are closed.}
- {address: "3007", play: "https://example.com/closed.mp3"}
- {address: "3008", deny: {reason: closed, say: We are closed.}, language: en-US}
- {address: "+1416*", dial: as_asked, send_ext: true, caller_id: called}
- {address: "3009", dial: [{sim: DE00000000000000000000000000000000}], language: en-US}
"""
MALFORMED = """
- {address: a}
- {dial: as_asked}
- {address: a, dail: x}
- {address: a, deny: x, dial: [{client: a}]}
- {address: a, dial: []}
- {address: a, dial: somebody}
- {address: a, dial: [{phone: "1"}]}
- {address: a, dial: [{number: "4155550123"}]}
- {address: a, dial: [{client: a}], ring_timeout: 4}
- {address: a, dial: [{client: a}], ring_timeout: "20"}
- {address: a, dial: [{client: a}], sequential: "yes"}
- {address: a, dial: [{client: a}], mode: never}
- {address: a, dial: [{client: a}], fallback: "2001"}
- {address: a, deny: ""}
- {address: a, menu: {say: x, keys: {}}}
- {address: a, menu: {say: x, keys: {1: 2001}}}
- {address: a, hours: {zone: UTC, weekly: {mon: [9-17]}}, say: x}
- {address: a, redirect: "http://example.com"}
- {address: a, say: x, deny: x}
- {address: a, dial: [{client: a}], record: always}
- {address: a, dial: [{sim: DE1}], language: en-US}
- {address: a, enqueue: {workflow: WW1}}
- {address: a, deny: {say: x}, language: en-US}
- {address: a, dial: [{client: a}], whisper: {key: abc}}
- {address: a, voicemail: {say: x, max_length: 1}}
"""


def items(text: str) -> list[dict[str, Any]]:
    return [one.item for one in yaml_file.read(io.BytesIO(text.encode()))]


def test_the_command_prints_the_file_in_docs() -> None:
    result = CliRunner().invoke(main, ["targets", "schema"])
    assert (result.exit_code, result.output) == (0, FILE.read_text(encoding="utf-8"))


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(json.loads(FILE.read_text(encoding="utf-8")))


def test_it_has_each_field_of_an_entry_with_a_description() -> None:
    assert sorted(PROPERTIES) == sorted(FIELDS)
    for name, schema in PROPERTIES.items():
        assert schema["description"].endswith("."), name


def test_what_is_nested_in_it_has_the_names_that_the_deployed_code_reads() -> None:
    nested = {
        "menu": PROPERTIES["menu"],
        "voicemail": PROPERTIES["voicemail"],
        "enqueue": PROPERTIES["enqueue"]["anyOf"][1],
        "deny": PROPERTIES["deny"]["anyOf"][1],
        "hours": PROPERTIES["hours"],
        "weekly": PROPERTIES["hours"]["properties"]["weekly"],
        "whisper": PROPERTIES["whisper"],
    }
    assert {name: sorted(schema["properties"]) for name, schema in nested.items()} == {
        "menu": sorted(action.MENU),
        "voicemail": sorted(action.VOICEMAIL),
        "enqueue": sorted(action.ENQUEUE),
        "deny": sorted(action.DENY),
        "hours": sorted(hours.FIELDS),
        "weekly": sorted(hours.DAYS),
        "whisper": sorted(whisper.FIELDS),
    }
    assert tuple(PROPERTIES["record"]["enum"]) == RECORD
    assert tuple(one["required"][0] for one in DOCUMENT["items"]["oneOf"]) == action.ACTIONS


@pytest.mark.parametrize("item", items(SOUND), ids=lambda item: item["address"])
def test_what_the_deployed_code_reads_is_valid(item: dict[str, Any]) -> None:
    Entry.parse({"tenant": "*"} | item)
    assert list(SCHEMA.iter_errors([item])) == []


@pytest.mark.parametrize("item", items(MALFORMED), ids=str)
def test_what_an_editor_marks_the_deployed_code_refuses(item: dict[str, Any]) -> None:
    assert list(SCHEMA.iter_errors([item])) != []
    with pytest.raises(MalformedEntry):
        Entry.parse({"tenant": "*"} | item)


def test_the_directory_of_the_demo_is_valid() -> None:
    assert list(SCHEMA.iter_errors(entries.load(entries.DEMO))) == []


def test_a_field_is_a_number_a_flag_a_list_or_a_text_by_its_schema() -> None:
    fields = ("ring_timeout", "enabled", "fallback", "mode", "address", "dial", "hours")
    assert [kind(name) for name in fields] == [
        "integer",
        "boolean",
        "array",
        "string",
        "string",
        "nested",
        "object",
    ]
    assert {"ring_timeout", "max_length", "play_beep", "enabled", "repeat"} <= NOT_TEXTS
    assert {"address", "number", "say", "sip"} & NOT_TEXTS == set()

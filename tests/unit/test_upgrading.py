"""What an earlier version has left behind is read by this one: records, links, entries, parameters.

tests/data/upgrading has what each format wrote, numbered; no file there is ever changed.  When this
version writes what no file has, UPDATE_GOLDEN=1 adds the next one, and fails for somebody to read
it: a rollback leads back to a version that has to read it too.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import pytest
import yaml
from boto3.dynamodb.types import TypeDeserializer

from call_transfer.dynamodb import plain
from call_transfer.entry import FIELDS, Entry
from call_transfer.facts import Closing, Outcome
from call_transfer.links import Link, Mode, key_of_path, noun_of_path
from call_transfer.record import HopRecord
from call_transfer.record_item import conclusion_to_item, from_item, to_item
from cells import CELLS, Phone
from gateway.stack import ROOT, Stack
from laptop import Laptop, held

DATA = ROOT / "tests" / "data" / "upgrading"
MOMENT = "2026-11-24T15:00:00+00:00"
# Together they leave a record of every kind: what was dialled, told, refused, counted.
SCENARIOS = (
    "dial-result-release-foreign-busy-fallback",
    "dial-result-release-initial-answered",
    "dial-result-release-initial-failed",
    "inbound-hold-mode-release",
    "inbound-hold-noun-timeouts",
    "inbound-hold-redirect",
    "inbound-hold-unreadable",
    "inbound-hold-workflow",
    "inbound-release-closed-instead",
    "refer-release-attended-refused",
    "refer-release-by-caller-denied",
    "refer-release-transferor-accepted",
    "refer-release-whisper",
    "verb-result-hold-action-fallback-record-message",
    "verb-result-hold-initial-enqueue-bridged",
    "verb-result-hold-menu-context",
)

CLOSED = Closing(Outcome.UNKNOWN, at=1)

type Item = dict[str, Any]


@cache
def records(number: int) -> list[Item]:
    """Return the records of one format."""
    return list(json.loads((DATA / f"records-{number}.json").read_text()))


def numbers() -> list[int]:
    """Return the formats there have been."""
    return sorted(int(path.stem.rpartition("-")[2]) for path in DATA.glob("records-*.json"))


def hops() -> Iterator[Any]:
    """Yield each hop of each format; the counters of the rates are items of their own."""
    for number in numbers():
        for item in records(number):
            if "mode" in item:
                yield pytest.param(item, id=f"{number}: {item['hop']} of {item['scenario']}")


def kinds(value: object, path: str = "") -> Iterator[str]:
    """Yield what a record is made of: the path and the type of each value, without its numbers."""
    match value:
        case Mapping():
            for name, inner in value.items():
                yield from kinds(inner, f"{path}.{re.sub('#.*', '#', name)}")
        case list():
            for inner in value:
                yield from kinds(inner, f"{path}[]")
        case _:
            yield f"{path}: {type(value).__name__}"


def attributes(item: Item) -> Item:
    """Return what the table holds of a record."""
    return {name: value for name, value in item.items() if name != "scenario"}


@pytest.mark.parametrize("item", list(hops()))
def test_a_record_of_every_version_is_read_and_ends_as_it_says(item: Item) -> None:
    record = from_item((item["session"], item["hop"]), attributes(item))
    assert (record.tenant, record.mode) == (item["tenant"], item["mode"])
    assert set(map(str, record.tried)) == {
        name.partition("#")[2] for name in item if name.startswith("attempt#")
    }
    told = conclusion_to_item(record.conclusion())
    stored = {name: item[name] for name in told if name in item}
    assert told == stored if item.get("finished") else "finished" not in told


def test_an_attribute_of_a_later_version_is_passed_over() -> None:
    # As the version before this one meets it while calls are moved, and after a rollback.
    item = next(item for item in records(1) if "mode" in item)
    later = attributes(item) | {"of_a_later_version": {"told": 1}}
    key = (item["session"], item["hop"])
    assert from_item(key, later) == from_item(key, attributes(item))


def test_this_version_writes_nothing_that_no_file_has(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = list(played(laptop))
    known = {kind for number in numbers() for item in records(number) for kind in kinds(item)}
    new = sorted({kind for item in written for kind in kinds(item)} - known)
    if os.environ.get("UPDATE_GOLDEN") == "1" and new:
        path = DATA / f"records-{max(numbers(), default=0) + 1}.json"
        path.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n")
        pytest.fail(f"wrote {path.name}: read it")
    assert new == []


def played(laptop: Laptop) -> Iterator[Item]:
    """Yield the items that the scenarios leave in the table, as plain Python."""
    read = TypeDeserializer().deserialize
    table = laptop.stack.environment["CALLS_TABLE"]
    for name in SCENARIOS:
        for left in held("dynamodb").scan(TableName=table)["Items"]:
            key = {"session": left["session"], "hop": left["hop"]}
            held("dynamodb").delete_item(TableName=table, Key=key)
        phone = Phone(laptop, CELLS[name].mode)
        for variable, value in laptop.stack.environment.items():
            laptop.monkeypatch.setenv(variable, value)
        phone.at(MOMENT)
        phone.setting(**CELLS[name].settings)
        phone.prepare()
        CELLS[name].situation(phone)
        for item in held("dynamodb").scan(TableName=table)["Items"]:
            assert read(item["session"])
            yield {"scenario": name, **plain(item)}
    # By the watchdog, which no webhook of a scenario is.
    given_up = HopRecord("AC", "CA", 1, "0123456789ab", Mode.HOLD, closed=CLOSED)
    told = to_item(given_up) | conclusion_to_item(given_up.conclusion())
    session, hop = given_up.key
    yield {"scenario": "given up", "session": session, "hop": hop} | json.loads(json.dumps(told))


@pytest.mark.parametrize(
    "path", (DATA / "links-1.txt").read_text().splitlines(), ids=lambda path: path[1:].split("/")[0]
)
def test_a_link_that_is_out_in_a_call_is_served_after_an_upgrade(path: str) -> None:
    segments = [
        found
        for route in Stack().routes
        if (found := route.match("POST", path)) is not None and "session" in found
    ]
    [named] = segments
    link = Link.parse(named)
    assert str(link) in path
    if "noun" in named:
        noun_of_path(named, most=10)
    if "key" in named:
        key_of_path(named)


@pytest.mark.parametrize(
    "item",
    yaml.safe_load((DATA / "directory-1.yaml").read_text()),
    ids=lambda item: str(item["address"]),
)
def test_an_entry_that_is_in_a_table_is_still_one(item: Item) -> None:
    entry = Entry.parse({"tenant": "*", **item})
    assert entry.address == item["address"]


def test_the_entries_have_every_field_that_there_is() -> None:
    entries = yaml.safe_load((DATA / "directory-1.yaml").read_text())
    assert {name for entry in entries for name in entry} == set(FIELDS)


def test_a_parameter_that_a_samconfig_sets_is_still_one() -> None:
    # sam deploy passes over an override that no parameter has, and says nothing.
    known = (DATA / "parameters-1.txt").read_text().split()
    assert set(known) - set(Stack().template["Parameters"]) == set()

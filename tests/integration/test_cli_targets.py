"""`refer targets` over the table of infra/storage.yaml: what is written, and what is left alone."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError, NoCredentialsError
from click.testing import CliRunner, Result

from call_transfer.dynamodb import plain
from call_transfer.entry import FIELDS
from gateway import entries
from gateway.stack import Stack
from laptop import Laptop
from refer_cli.main import main
from refer_cli.targets import connection
from refer_cli.targets.table import Table, Throttled
from refer_cli.targets.wire import Wire, still, wire
from refer_cli.targets.writing import Did, Writer

SHARED = "*"
DEMO = entries.load(entries.DEMO)
OLD = {"tenant": SHARED, "address": "2001", "deny": "old"}


@pytest.fixture
def table(laptop: Laptop) -> str:
    """The name of the table, which the environment gives to every command."""
    return laptop.stack.environment["TARGETS_TABLE"]


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["targets", *arguments], input=stdin)


def stored() -> dict[tuple[str, str], dict[str, Any]]:
    answer = boto3.client("dynamodb").scan(TableName=Stack().environment["TARGETS_TABLE"])
    items = [plain(item) for item in answer["Items"]]
    return {(item["tenant"], item["address"]): item for item in items}


def yaml_file(tmp_path: Path, *items: Mapping[str, Any]) -> str:
    path = tmp_path / "targets.yaml"
    path.write_text(yaml.safe_dump(list(items)))
    return str(path)


def counts(result: Result) -> dict[str, int]:
    last = json.loads(result.stdout.splitlines()[-1])
    return {did: number for did, number in last["counts"].items() if number}


def put(item: Mapping[str, Any]) -> None:
    boto3.client("dynamodb").put_item(
        TableName=Stack().environment["TARGETS_TABLE"], Item=wire(item)
    )


class Spied(Table):
    """A table that does something before each write."""

    before: Callable[[Wire], object] = staticmethod(lambda _: None)

    def put(self, item: Wire, seen: Wire | None) -> bool:
        type(self).before(item)
        return super().put(item, seen)


@pytest.fixture
def before_put(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Wire], object]], None]:
    def set_before(act: Callable[[Wire], object]) -> None:
        monkeypatch.setattr(Spied, "before", staticmethod(act))
        monkeypatch.setattr(connection, "Table", Spied)

    return set_before


def many(count: int) -> list[dict[str, str]]:
    return [{"address": str(2000 + number), "deny": "x"} for number in range(count)]


def test_an_import_writes_what_the_file_says_and_a_second_one_nothing(table: str) -> None:
    first, second = run("import", str(entries.DEMO)), run("import", str(entries.DEMO))
    assert (first.exit_code, first.output) == (0, f"{len(DEMO)} added.\n")
    assert (second.exit_code, second.output) == (0, f"{len(DEMO)} left.\n")
    assert stored() == {(item["tenant"], item["address"]): item for item in DEMO}


def test_an_invalid_file_writes_nothing(table: str, tmp_path: Path) -> None:
    result = run("import", yaml_file(tmp_path, *many(3), {"address": "a", "dail": "x"}))
    assert result.exit_code == 1
    assert "a: dail is not a field" in result.stderr
    assert "1 problem: nothing is written." in result.stderr
    assert stored() == {}


def test_an_entry_that_differs_is_written_and_others_are_left(table: str, tmp_path: Path) -> None:
    put(OLD)
    put({"tenant": SHARED, "address": "2000", "deny": "x"})
    put({"tenant": "AC1", "address": "2001", "deny": "of another tenant"})
    result = run("import", yaml_file(tmp_path, *many(3)), "--json")
    assert counts(result) == {"added": 1, "changed": 1, "left": 1}
    assert stored()[SHARED, "2001"]["deny"] == "x"
    assert stored()["AC1", "2001"]["deny"] == "of another tenant"


def test_fields_that_the_file_lacks_are_taken_out(table: str, tmp_path: Path) -> None:
    put(OLD | {"description": "gone", "mode": "hold"})
    assert run("import", yaml_file(tmp_path, many(2)[1])).exit_code == 0
    assert stored()[SHARED, "2001"] == {"tenant": SHARED, "address": "2001", "deny": "x"}


def test_true_is_not_one(table: str, tmp_path: Path) -> None:
    put({"tenant": SHARED, "address": "a", "deny": "x", "enabled": 1})
    path = yaml_file(tmp_path, {"address": "a", "deny": "x", "enabled": True})
    assert counts(run("import", path, "--json")) == {"changed": 1}
    assert stored()[SHARED, "a"]["enabled"] is True


def test_a_dry_run_says_what_would_be_done_and_does_nothing(table: str, tmp_path: Path) -> None:
    put(OLD)
    path = yaml_file(tmp_path, *many(2))
    assert run("import", path, "--dry-run").output == "It would be: 1 added, 1 changed.\n"
    lines = [
        json.loads(one) for one in run("import", path, "--dry-run", "--json").output.splitlines()
    ]
    assert lines[:-1] == [
        {"tenant": SHARED, "address": "2000", "did": "added"},
        {"tenant": SHARED, "address": "2001", "did": "changed"},
    ]
    assert lines[-1]["dry_run"] is True
    assert stored() == {(SHARED, "2001"): OLD}


def test_a_file_of_several_batches_is_written_whole(table: str, tmp_path: Path) -> None:
    assert counts(run("import", yaml_file(tmp_path, *many(250)), "--json")) == {"added": 250}
    assert len(stored()) == 250


def test_the_file_may_be_stdin_and_csv(table: str) -> None:
    text = "address,dial,tenant\n2001,+14155550123,\n2002,+14155550123,AC2\n"
    assert run("import", "-", "--format", "csv", "--tenant", "AC1", stdin=text).exit_code == 0
    assert set(stored()) == {("AC1", "2001"), ("AC2", "2002")}


@pytest.mark.parametrize(
    "meanwhile",
    [OLD | {"deny": "newer"}, OLD | {"mode": "hold"}, OLD | {"description": "x"}],
    ids=["other value", "other field", "field that is to be added"],
)
def test_an_entry_that_is_changed_meanwhile_is_reported_and_not_overwritten(
    table: str,
    tmp_path: Path,
    before_put: Callable[[Callable[[Wire], object]], None],
    meanwhile: dict[str, Any],
) -> None:
    put(OLD)
    before_put(lambda item: put(meanwhile) if item["address"]["S"] == "2001" else None)
    wanted = [{**one, "description": "d", "mode": "release"} for one in many(3)]
    result = run("import", yaml_file(tmp_path, *wanted))
    assert (result.exit_code, result.stdout) == (1, "2 added, 1 changed meanwhile.\n")
    assert "*/2001: changed meanwhile" in result.stderr
    assert stored()[SHARED, "2001"] == meanwhile
    assert len(stored()) == 3


def test_an_entry_that_somebody_else_adds_meanwhile_is_not_overwritten(
    table: str, tmp_path: Path, before_put: Callable[[Callable[[Wire], object]], None]
) -> None:
    before_put(lambda _: put(OLD))
    result = run("import", yaml_file(tmp_path, many(2)[1]), "--json")
    assert (result.exit_code, counts(result)) == (1, {"changed meanwhile": 1})
    assert stored() == {(SHARED, "2001"): OLD}


def test_an_entry_that_is_deleted_meanwhile_is_not_brought_back(
    table: str, tmp_path: Path, before_put: Callable[[Callable[[Wire], object]], None]
) -> None:
    put(OLD)
    before_put(lambda _: run("delete", "2001", "--yes"))
    assert run("import", yaml_file(tmp_path, many(2)[1])).exit_code == 1
    assert stored() == {}


def test_a_write_that_was_sent_twice_is_no_conflict(table: str) -> None:
    item = wire(OLD)
    one = Table(boto3.client("dynamodb"), table)
    assert [one.put(item, None), one.put(item, None)] == [True, True]
    assert one.put(wire(OLD | {"deny": "x"}), None) is False
    assert [one.delete(item), one.delete(item)] == [True, True]


def test_ctrl_c_ends_after_the_running_writes_and_running_it_again_continues(
    table: str, tmp_path: Path, before_put: Callable[[Callable[[Wire], object]], None]
) -> None:
    began = threading.Event()

    def interrupt(_: Wire) -> None:
        if not began.is_set() and len(stored()) >= 5:
            began.set()
            os.kill(os.getpid(), signal.SIGINT)

    before_put(interrupt)
    path = yaml_file(tmp_path, *many(300))
    result = run("import", path, "--concurrency", "1")
    assert result.exit_code == 130
    written = len(stored())
    assert 5 <= written < 300
    assert f"{written} added." in result.stdout
    assert f"Not finished: {written} entries written. Run the same command again" in result.stderr
    assert counts(run("import", path, "--json")) == {"added": 300 - written, "left": written}


def test_ctrl_c_while_the_file_is_checked_ends_with_130(
    table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("refer_cli.targets.importing.check", interrupted)
    assert run("import", yaml_file(tmp_path, *many(1))).exit_code == 130
    assert stored() == {}


def test_nothing_more_is_written_when_nobody_reads_what_is_told(table: str) -> None:
    stopping = threading.Event()
    writer = Writer(Table(boto3.client("dynamodb"), table), 1, dry_run=False, stopping=stopping)
    telling = writer.put(iter([{"tenant": SHARED} | one for one in many(300)]))
    assert next(telling).did is Did.ADDED
    telling.close()
    assert stopping.is_set()
    assert len(stored()) < 300


def test_prune_deletes_what_the_file_lacks_of_its_tenants_after_asking(
    table: str, tmp_path: Path
) -> None:
    put(OLD | {"address": "gone"})
    put(OLD | {"tenant": "AC1"})
    path = yaml_file(tmp_path, *many(1))
    refused = run("import", path, "--prune", stdin="n\n")
    assert refused.exit_code == 1
    assert "*/gone\nDelete 1 entry that the file lacks? [y/N]" in refused.stderr
    assert set(stored()) == {(SHARED, "gone"), ("AC1", "2001")}
    assert (
        run("import", path, "--prune", "--dry-run").output == "It would be: 1 added, 1 deleted.\n"
    )
    assert run("import", path, "--prune", stdin="y\n").stdout == "1 added, 1 deleted.\n"
    assert set(stored()) == {(SHARED, "2000"), ("AC1", "2001")}


def test_prune_leaves_an_entry_that_is_changed_meanwhile(
    table: str, tmp_path: Path, before_put: Callable[[Callable[[Wire], object]], None]
) -> None:
    put(OLD)
    before_put(lambda _: put(OLD | {"deny": "newer"}))
    result = run("import", yaml_file(tmp_path, *many(1)), "--prune", "--yes", "--json")
    assert (result.exit_code, counts(result)) == (1, {"added": 1, "changed meanwhile": 1})
    assert (SHARED, "2001") in stored()


def test_prune_deletes_what_somebody_wrote_by_hand(table: str, tmp_path: Path) -> None:
    item = wire(OLD) | {"odd": {"B": b"\xff"}, "set": {"SS": ["a"]}, "none": {"NULL": True}}
    boto3.client("dynamodb").put_item(TableName=table, Item=item)
    assert run("import", yaml_file(tmp_path, *many(1)), "--prune", "--yes").exit_code == 0
    assert set(stored()) == {(SHARED, "2000")}


def test_prune_of_stdin_cannot_ask(table: str) -> None:
    result = run("import", "-", "--prune", stdin="[]")
    assert result.exit_code == 2
    assert "--yes" in result.stderr


def test_an_address_that_only_the_table_has_is_no_warning(table: str, tmp_path: Path) -> None:
    put(OLD)
    path = yaml_file(tmp_path, {"address": "a", "deny": "x", "fallback": ["2001", "2002"]})
    result = run("import", path)
    assert result.exit_code == 0
    assert result.stderr.count("warning") == 1
    assert "names 2002" in result.stderr


def test_an_entry_that_dynamodb_does_not_take_fails_alone(
    table: str, tmp_path: Path, before_put: Callable[[Callable[[Wire], object]], None]
) -> None:
    def refuse(item: Wire) -> None:
        if item["address"]["S"] == "2001":
            said = {"Error": {"Code": "ValidationException", "Message": "Item size has exceeded"}}
            raise ClientError(said, "PutItem")  # type: ignore[arg-type] # botocore's own shape

    before_put(refuse)
    result = run("import", yaml_file(tmp_path, *many(3)))
    assert (result.exit_code, result.stdout) == (1, "2 added, 1 failed.\n")
    assert "*/2001: failed: Item size has exceeded" in result.stderr


def test_without_permission_nothing_more_is_tried_and_what_was_written_is_told(
    table: str, tmp_path: Path, before_put: Callable[[Callable[[Wire], object]], None]
) -> None:
    def refuse(_: Wire) -> None:
        if len(stored()) == 2:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutItem")

    before_put(refuse)
    result = run("import", yaml_file(tmp_path, *many(9)), "--concurrency", "1")
    assert result.exit_code == 2
    assert "have no permission" in result.stderr
    assert len(stored()) == 2


class HoldsBack:
    """A client that leaves all but one key of each request unprocessed."""

    def __init__(self, *, always: bool = False) -> None:
        self.always = always
        self.asked: list[int] = []

    def batch_get_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - botocore's
        [(name, wanted)] = request["RequestItems"].items()
        keys = wanted["Keys"]
        self.asked.append(len(keys))
        done = 0 if self.always else 1
        left = {name: {**wanted, "Keys": keys[done:]}} if keys[done:] else {}
        return {"Responses": {name: keys[:done]}, "UnprocessedKeys": left}


def test_keys_that_are_held_back_are_asked_for_again_after_a_while() -> None:
    client, waits = HoldsBack(), list[float]()
    table = Table(client, "targets", waits.append)  # type: ignore[arg-type] # what is called of it
    assert set(table.get([(SHARED, "a"), (SHARED, "b"), (SHARED, "c")])) == {
        (SHARED, "a"),
        (SHARED, "b"),
        (SHARED, "c"),
    }
    assert client.asked == [3, 2, 1]
    assert len(waits) == 2
    assert 0 < waits[0] < waits[1] * 2


def test_keys_that_are_held_back_for_ever_are_given_up() -> None:
    client, waits = HoldsBack(always=True), list[float]()
    with pytest.raises(Throttled):
        Table(client, "targets", waits.append).get([(SHARED, "a")])  # type: ignore[arg-type] # the same
    assert 10 < sum(waits) < 60


def test_a_condition_compares_every_field_that_was_seen_and_wants_no_other() -> None:
    condition = still(wire(OLD | {"mode": "hold"}), {})
    names = condition["ExpressionAttributeNames"]
    tests = condition["ConditionExpression"].split(" AND ")
    assert tests[:3] == ["attribute_exists(address)", "#f0 = :f0", "#f1 = :f1"]
    assert [names["#f0"], names["#f1"]] == ["deny", "mode"]
    assert condition["ExpressionAttributeValues"] == {":f0": {"S": "old"}, ":f1": {"S": "hold"}}
    absent = {names[test.removeprefix("attribute_not_exists(").rstrip(")")] for test in tests[3:]}
    assert absent == set(FIELDS) - {"tenant", "address", "deny", "mode"}


@pytest.mark.parametrize("suffix", ["yaml", "csv"])
def test_importing_an_export_changes_nothing(table: str, tmp_path: Path, suffix: str) -> None:
    run("import", str(entries.DEMO))
    put(OLD | {"tenant": "AC1", "description": "=1+1", "fallback": ["agentb", "transferor"]})
    put(
        {
            "tenant": "AC1",
            "address": "a",
            "dial": [{"number": "+14155550123"}, {"client": "b"}],
            "sequential": True,
            "enabled": False,
            "ring_timeout": 30,
            "description": "no",
        }
    )
    before, path = stored(), str(tmp_path / f"out.{suffix}")
    assert run("export", path).exit_code == 0
    result = run("import", path, "--prune", "--yes", "--json")
    assert (result.exit_code, counts(result)) == (0, {"left": len(DEMO) + 2})
    assert stored() == before
    assert run("diff", path).output == ""


def test_an_export_of_a_tenant_is_sorted_by_address(table: str) -> None:
    for address in ("c", "a", "b"):
        put(OLD | {"address": address})
    put(OLD | {"tenant": "AC1"})
    result = run("export", "--tenant", SHARED)
    assert result.output == "".join(
        f"- address: {address}\n  deny: old\n" for address in ("a", "b", "c")
    )


def test_an_export_of_nothing_is_an_empty_list(table: str) -> None:
    assert run("export").output == "[]\n"
    assert run("export", "--format", "csv").output.startswith("tenant,address,")


def test_an_entry_that_no_file_can_say_is_left_out_and_told(table: str, tmp_path: Path) -> None:
    put(OLD)
    item = wire(OLD | {"address": "odd"}) | {"fallback": {"SS": ["a"]}}
    boto3.client("dynamodb").put_item(TableName=table, Item=item)
    path = tmp_path / "out.yaml"
    result = run("export", str(path))
    assert result.exit_code == 1
    assert "left out: */odd: fallback holds what no file can say (set)" in result.stderr
    assert path.read_text() == '- address: "2001"\n  deny: old\n'


def test_an_export_that_breaks_off_leaves_no_half_file(
    table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.yaml"
    path.write_text("whole")

    def breaks_off(_: Table, __: str | None) -> Iterator[Wire]:
        yield wire(OLD)
        raise NoCredentialsError

    monkeypatch.setattr(Table, "items", breaks_off)
    assert run("export", str(path)).exit_code == 2
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("out.yaml", "whole")]


def test_diff_says_what_is_where_and_which_fields_differ(table: str, tmp_path: Path) -> None:
    put(OLD | {"mode": "hold"})
    put(OLD | {"address": "gone"})
    put(OLD | {"tenant": "AC1"})
    path = yaml_file(tmp_path, *many(2))
    result = run("diff", path)
    assert (result.exit_code, result.output.splitlines()) == (
        1,
        [
            "~ */2001",
            '    deny: "old" -> "x"',
            '    mode: "hold" -> absent',
            "- */gone",
            "+ */2000",
        ],
    )
    lines = [json.loads(line) for line in run("diff", path, "--json").output.splitlines()]
    assert [line["sign"] for line in lines] == ["~", "-", "+"]
    assert lines[0]["fields"] == {
        "deny": {"table": "old", "file": "x"},
        "mode": {"table": "hold", "file": None},
    }


def test_diff_of_what_is_the_same_says_nothing(table: str) -> None:
    run("import", str(entries.DEMO))
    result = run("diff", str(entries.DEMO))
    assert (result.exit_code, result.output) == (0, "")


def test_diff_of_an_invalid_file_compares_nothing(table: str, tmp_path: Path) -> None:
    result = run("diff", yaml_file(tmp_path, {"address": "a"}))
    assert result.exit_code == 1
    assert "nothing is compared" in result.stderr


def test_show_prints_the_entry_of_an_address(table: str) -> None:
    put(OLD)
    result = run("show", "2001")
    assert (result.exit_code, yaml.safe_load(result.output)) == (0, [OLD])


def test_show_prints_every_rung_of_a_refer_to_and_which_entry_governs(table: str) -> None:
    put(OLD)
    put({"tenant": "AC1", "address": "*@pbx.example.com", "dial": "as_asked"})
    target = "<sip:2001@pbx.example.com;transport=tls>"
    shown = run("show", target, "--tenant", "AC1")
    assert shown.exit_code == 0
    lines = [line.strip("│ ").split() for line in shown.output.splitlines() if "│" in line]
    assert [[cell for cell in line if cell != "│"] for line in lines] == [
        ["AC1", "sip:2001@pbx.example.com", "-"],
        ["*", "sip:2001@pbx.example.com", "-"],
        ["AC1", "2001", "-"],
        ["*", "2001", "governs"],
        ["AC1", "*@pbx.example.com", "there,", "less", "specific"],
        ["*", "*@pbx.example.com", "-"],
    ]
    answer = json.loads(run("show", target, "--tenant", "AC1", "--json").output)
    assert (answer["entry"], answer["problem"]) == (OLD, "")
    assert [one["there"] for one in answer["candidates"]] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]


def test_show_prints_an_ipv6_host_as_it_is(table: str) -> None:
    put({"tenant": SHARED, "address": "*@[2001:db8::1]", "dial": "as_asked"})
    result = run("show", "sip:2001@[2001:db8::1]")
    assert result.exit_code == 0
    assert "*@[2001:db8::1]" in result.output.partition("governs")[0]


def test_show_knows_the_default_of_initial_calls(table: str) -> None:
    put(OLD | {"address": "default"})
    assert run("show", "sip:2001@pbx.example.com").exit_code == 1
    assert run("show", "sip:2001@pbx.example.com", "--initial").exit_code == 0


def test_show_says_that_there_is_no_entry_or_that_it_is_malformed(table: str) -> None:
    result = run("show", "2001")
    assert (result.exit_code, result.output) == (1, "2001: no entry, so it is not dialled.\n")
    put(OLD | {"enabled": "x"})
    result = run("show", "2001")
    assert result.exit_code == 0
    assert "malformed, so it refuses: enabled must be" in result.stderr


def test_show_of_what_is_no_address_is_a_usage_error(table: str) -> None:
    assert run("show", "a b").exit_code == 2


def test_set_makes_an_entry_and_changes_it(table: str) -> None:
    dial = 'dial=[{sip: "sip:agentb@pbx.example.com"}]'
    assert run("set", "2001", dial, "ring_timeout=20", "caller_id=+14155550123").exit_code == 0
    made = {
        "tenant": SHARED,
        "address": "2001",
        "dial": [{"sip": "sip:agentb@pbx.example.com"}],
        "ring_timeout": 20,
        "caller_id": "+14155550123",
    }
    assert stored() == {(SHARED, "2001"): made}
    result = run("set", "2001", "enabled=false", "--unset", "caller_id", "--json")
    made = {name: value for name, value in made.items() if name != "caller_id"}
    assert json.loads(result.output) == made | {"enabled": False}
    assert stored() == {(SHARED, "2001"): made | {"enabled": False}}


def test_set_of_a_text_takes_it_as_it_stands(table: str) -> None:
    assert (
        run("set", "2001", "deny=no: closed", "description='yes'", "--tenant", "AC1").exit_code == 0
    )
    assert stored()["AC1", "2001"] == {
        "tenant": "AC1",
        "address": "2001",
        "deny": "no: closed",
        "description": "yes",
    }


def test_set_of_a_dry_run_shows_the_entry_and_writes_nothing(table: str) -> None:
    result = run("set", "2001", "deny=x", "--dry-run")
    assert (result.exit_code, yaml.safe_load(result.output)) == (0, [OLD | {"deny": "x"}])
    assert stored() == {}


def test_set_writes_no_malformed_entry(table: str) -> None:
    put(OLD)
    result = run("set", "2001", "enabled=maybe")
    assert (result.exit_code, stored()) == (1, {(SHARED, "2001"): OLD})
    assert "enabled must be" in result.stderr


def test_set_does_not_overwrite_what_was_changed_meanwhile(
    table: str, before_put: Callable[[Callable[[Wire], object]], None]
) -> None:
    put(OLD)
    before_put(lambda _: put(OLD | {"mode": "hold"}))
    result = run("set", "2001", "deny=new")
    assert result.exit_code == 1
    assert "was changed meanwhile" in result.stderr
    assert stored() == {(SHARED, "2001"): OLD | {"mode": "hold"}}


@pytest.mark.parametrize(
    "arguments",
    [(), ("deny",), ("dail=x",), ("address=b",), ("ring_timeout=[",), ("--unset", "dail")],
    ids=str,
)
def test_set_of_what_is_no_field_and_value_is_a_usage_error(
    table: str, arguments: tuple[str, ...]
) -> None:
    assert run("set", "2001", *arguments).exit_code == 2


def test_delete_asks_deletes_and_says_what_was_not_there(table: str) -> None:
    put(OLD)
    assert run("delete", "2001", stdin="n\n").exit_code == 1
    assert len(stored()) == 1
    result = run("delete", "2001", "2002", stdin="y\n")
    assert (result.exit_code, stored()) == (1, {})
    assert "Delete 1 entry: */2001? [y/N]" in result.stderr
    assert "*/2002: there is no such entry" in result.stderr


def test_delete_tells_a_program(table: str) -> None:
    put(OLD)
    result = run("delete", "2001", "--yes", "--json")
    assert (result.exit_code, json.loads(result.output)) == (
        0,
        {"tenant": SHARED, "deleted": ["2001"], "absent": [], "changed meanwhile": []},
    )


COMMANDS = (
    ("export",),
    ("show", "2001"),
    ("set", "2001", "deny=x"),
    ("delete", "2001", "--yes"),
    ("import", str(entries.DEMO)),
    ("diff", str(entries.DEMO)),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_table_that_is_not_there_is_said_to_be(table: str, command: tuple[str, ...]) -> None:
    result = run(*command, "--table", "nowhere")
    assert result.exit_code == 2
    assert "the table nowhere: there is no such table" in result.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_that_there_are_no_credentials_is_said(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    # The session of the tests has read its credentials already.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    result = run(*command, "--table", "targets")
    assert result.exit_code == 2
    assert "there are no AWS credentials" in result.stderr
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "set AWS_REGION" in run(*command, "--table", "targets").stderr


def test_the_table_is_that_of_the_deployed_stack_when_nobody_names_one(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = laptop.stack.environment["TARGETS_TABLE"]
    monkeypatch.delenv("TARGETS_TABLE")
    put(OLD)
    missing = run("show", "2001")
    assert missing.exit_code == 2
    assert "there is no stack sip-refer-transfer" in missing.stderr
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"TargetsTable": {"Value": name}},
    }
    boto3.client("cloudformation").create_stack(
        StackName="sip-refer-transfer-prod", TemplateBody=json.dumps(template)
    )
    assert run("show", "2001", "--config-env", "prod").exit_code == 0
    # A variable that a shell was left with is not what somebody means who names a stack.
    monkeypatch.setenv("TARGETS_TABLE", "of-another-stack")
    assert run("show", "2001", "--config-env", "prod").exit_code == 0
    assert run("show", "2001").exit_code == 2
    assert run("show", "2001", "--config-env", "prod", "--table", "nobodys").exit_code == 2
    monkeypatch.delenv("TARGETS_TABLE")
    elsewhere = run("show", "2001", "--samconfig", "nowhere.toml")
    assert elsewhere.exit_code == 2
    assert "--table NAME, or TARGETS_TABLE" in elsewhere.stderr

"""`refer targets validate`: every problem, of each entry and of entries among themselves."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from refer_cli.main import main
from refer_cli.targets.chains import LONGEST, Chain, chains
from refer_cli.targets.ledger import Ledger

ADDRESSES = ("a", "b", "c", "d")
TENANTS = ("*", "T", "U")

type Graph = Mapping[tuple[str, str], tuple[str, ...]]


def validate(text: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["targets", "validate", "-", *arguments], input=text)


def problems(text: str, *arguments: str) -> list[str]:
    return validate(text, *arguments).stderr.splitlines()


def entry(address: str, *fallback: str, tenant: str = "*") -> str:
    steps = ", ".join(f'"{step}"' for step in fallback)
    return f'- {{tenant: "{tenant}", address: "{address}", deny: x, fallback: [{steps}]}}\n'


def shut(address: str, closed: str) -> str:
    hours = f"{{zone: UTC, weekly: {{}}, closed: {closed}}}"
    return f'- {{tenant: "*", address: "{address}", deny: x, hours: {hours}}}\n'


def test_a_sound_file_is_valid_and_counted() -> None:
    result = validate(entry("a") + entry("b", "a"))
    assert (result.exit_code, result.output) == (0, "<stdin>: 2 sound entries\n")


def test_every_problem_is_told_with_file_line_column_address_and_field() -> None:
    result = validate("- address: a\n  deny: ''\n- address: b\n  dial: x\n  dail: y\n- deny: x\n")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.split(" ")[0:2] for line in lines] == [
        ["<stdin>:2:3:", "a:"],
        ["<stdin>:5:3:", "b:"],
        ["<stdin>:6:3:", "address"],
    ]
    assert "dail is not a field" in lines[1]
    assert result.stdout == "<stdin>: 0 sound entries, 3 problems\n"


def test_a_file_is_named_as_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "targets.csv"
    path.write_text("address,deny,mode\n2001,x,\n2002,x,never\n")
    result = CliRunner().invoke(main, ["targets", "validate", str(path)])
    assert result.exit_code == 1
    assert result.stderr == f"{path}:3:mode: 2002: mode must be hold or release\n"


def test_what_the_reader_found_and_what_the_entry_breaks_are_both_told() -> None:
    lines = problems('- address: +14155550123\n  dial: [{number: "1"}]\n')
    assert ["is a number to YAML" in lines[0], "must be E.164" in lines[1]] == [True, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {address: no, deny: x}\n", 'to YAML no is no text, put it in quotes: "no"'),
        ("- {address: 2001, deny: x}\n", 'to YAML 2001 is no text, put it in quotes: "2001"'),
        ("- {address: a, deny: x, fallback: [2001]}\n", 'put it in quotes: "2001"'),
    ],
)
def test_what_yaml_takes_for_no_text_is_to_be_quoted(text: str, said: str) -> None:
    [line] = problems(text)
    assert said in line


def test_a_number_that_is_out_of_range_is_not_to_be_quoted() -> None:
    [line] = problems('- {address: a, dial: [{number: "+14155550123"}], ring_timeout: 3}\n')
    assert "ring_timeout must be a whole number" in line
    assert "quotes" not in line


def test_an_address_that_is_there_twice_names_the_first_line() -> None:
    lines = problems(entry("a") + entry("b") + entry("a") + entry("a", tenant="T"))
    assert lines == ["<stdin>:3:17: a: address is there twice for tenant *, first in line 1"]


def test_entries_without_a_tenant_are_those_of_the_option() -> None:
    text = '- {address: a, deny: x}\n- {address: a, deny: x, tenant: "*"}\n'
    assert validate(text).exit_code == 1
    assert validate(text, "--tenant", "AC1").exit_code == 0


@pytest.mark.parametrize("tenant", ["5", "[a]", "''"])
def test_a_tenant_is_a_text(tenant: str) -> None:
    [line] = problems(f"- {{address: a, deny: x, tenant: {tenant}}}\n")
    assert "tenant must be a text" in line


def test_only_so_many_problems_are_printed_and_all_are_counted() -> None:
    result = validate("- {address: '', deny: x}\n" * 5, "--max-problems", "2")
    assert len(result.stderr.splitlines()) == 3
    assert "… and 3 more" in result.stderr
    assert "5 problems" in result.stdout


def test_a_file_that_breaks_off_is_invalid_with_what_was_found_before() -> None:
    lines = problems("- {address: '', deny: x}\n- address: [\n")
    assert [line.split(" ")[0] for line in lines] == ["<stdin>:1:4:", "<stdin>:3:1:"]


def test_an_address_without_an_entry_is_warned_of_at_the_step_that_names_it() -> None:
    result = validate(entry("a", "b", "c", "transferor") + entry("b"))
    assert result.exit_code == 0
    assert result.stderr == (
        "<stdin>:1:56: warning: a: fallback names c, for which there is no shared entry\n"
    )
    assert validate(entry("a", "c"), "--strict").exit_code == 1


def test_a_tenant_may_refer_to_shared_entries_but_not_the_other_way_round() -> None:
    assert problems(entry("a", "b", tenant="T") + entry("b")) == []
    [line] = problems(entry("a", "b") + entry("b", tenant="T"))
    assert "fallback names b, for which there is no shared entry" in line
    [line] = problems(entry("a", "b", tenant="T") + entry("b", tenant="U"))
    assert "there is no entry of T and no shared one" in line


def test_an_entry_that_is_malformed_is_not_missing() -> None:
    [line] = problems(entry("a", "b") + "- {address: b, deny: ''}\n")
    assert "b: deny" in line


def test_a_circle_is_an_error_told_once() -> None:
    result = validate(shut("a", "b") + shut("b", "c") + shut("c", "a"))
    assert result.exit_code == 1
    assert result.stderr == (
        "<stdin>:1:71: a: hours.closed passes the caller on in a circle: a -> b -> c -> a;"
        " take one of these steps out\n"
    )


def test_two_entries_may_fall_back_to_each_other_since_chains_do_not_nest() -> None:
    assert problems(entry("a", "b") + entry("b", "a")) == []


def test_an_entry_that_falls_back_to_itself_is_an_error() -> None:
    [line] = problems(entry("a", "a"))
    assert "fallback passes the caller on in a circle: a -> a" in line


def test_a_chain_may_have_ten_steps_and_not_eleven() -> None:
    steps = [shut(f"s{n}", f"s{n + 1}") for n in range(LONGEST + 1)]
    last = entry(f"s{LONGEST + 1}")
    assert problems("".join(steps[1:]) + last) == []
    [line] = problems("".join(steps) + last)
    assert " -> ".join(f"s{n}" for n in range(LONGEST + 2)) in line


def test_closed_hours_and_keys_refer_to_entries_at_their_own_places() -> None:
    text = """
- address: a
  say: x
  hours: {zone: UTC, weekly: {}, closed: b}
- address: b
  menu:
    say: x
    keys: {1: a, 2: transferor, 3: nobody}
- address: c
  say: x
  hours: {zone: UTC, weekly: {mon: [9-17]}, closed: nobody}
"""
    lines = problems(text)
    assert [line.partition(" cannot")[0] for line in lines] == [
        "<stdin>:11:31: c: hours.weekly.mon",
        "<stdin>:8:33: warning: b: menu.keys names nobody, for which there is no shared entry",
    ]


def test_calendars_are_shared_by_anchors_and_dates_need_no_quotes() -> None:
    text = """
- address: a
  say: x
  hours: &office {zone: UTC, weekly: {mon: [09:00-17:00]}, dates: {2026-12-25: []}}
- address: b
  say: x
  hours: *office
"""
    assert validate(text).output == "<stdin>: 2 sound entries\n"


def test_json_is_a_line_for_each_problem_and_one_for_the_counts() -> None:
    result = validate(entry("a", "z") + "- {address: b}\n", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert (result.exit_code, result.stderr) == (1, "")
    assert [line.get("severity") for line in lines] == ["error", "warning", None]
    assert {key: lines[0][key] for key in ("file", "line", "column", "address")} == {
        "file": "<stdin>",
        "line": 2,
        "column": 3,
        "address": "b",
    }
    assert lines[-1] == {"valid": False, "entries": 1, "errors": 1, "warnings": 1}


def test_what_a_terminal_would_obey_is_escaped() -> None:
    [line] = problems('- {address: a, "\\e[31m": x}\n')
    assert "\x1b" not in line
    assert "\\x1b[31m" in line


def test_a_name_that_says_no_format_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "targets.txt"
    path.write_text(entry("a"))
    result = CliRunner().invoke(main, ["targets", "validate", str(path)])
    assert result.exit_code == 2
    assert "--format" in result.output
    assert (
        CliRunner().invoke(main, ["targets", "validate", str(path), "--format", "yaml"]).exit_code
        == 0
    )


def test_csv_comes_from_a_stream_too() -> None:
    assert validate("address,deny\na,x\n", "--format", "csv").exit_code == 0


def found(graph: Graph) -> list[Chain]:
    with closing(Ledger()) as ledger:
        for line, ((tenant, address), steps) in enumerate(graph.items(), 1):
            item = {"tenant": tenant, "address": address}
            assert ledger.add(item, line, [("closed", step, line, 1) for step in steps]) is None
        return list(chains(ledger.database))


def ways(graph: Graph, owner: str, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every way that a caller of a tenant can be passed on, up to where one comes round."""
    yield way
    key = (owner, way[-1]) if (owner, way[-1]) in graph else ("*", way[-1])
    for step in graph.get(key, ()) if len(set(way)) == len(way) else ():
        yield from ways(graph, owner, (*way, step))


GRAPHS = st.dictionaries(
    st.tuples(st.sampled_from(TENANTS), st.sampled_from(ADDRESSES)),
    st.lists(st.sampled_from(ADDRESSES), max_size=2, unique=True).map(tuple),
    max_size=9,
)


@settings(deadline=None)  # other programs may be busy
@given(GRAPHS)
def test_a_circle_is_found_exactly_when_a_caller_of_some_tenant_could_go_round(
    graph: dict[tuple[str, str], tuple[str, ...]],
) -> None:
    round_and_round = any(
        len(set(way)) < len(way)
        for owner in TENANTS
        for start in ADDRESSES
        for way in ways(graph, owner, (start,))
    )
    circles = found(graph)
    assert any(chain.endless for chain in circles) == round_and_round
    for chain in circles:
        assert chain.steps[0] == chain.steps[-1]
        assert any(
            all(
                step in graph.get((owner, at), graph.get(("*", at), ()))
                for at, step in pairwise(chain.steps)
            )
            for owner in TENANTS
        )


def test_the_entry_of_a_tenant_can_close_a_circle_of_shared_ones() -> None:
    [chain] = found({("*", "a"): ("b",), ("*", "b"): (), ("T", "b"): ("a",)})
    assert (chain.endless, set(chain.steps)) == (True, {"a", "b"})


def test_a_menu_ends_a_chain_because_somebody_presses_a_key() -> None:
    with closing(Ledger()) as ledger:
        ledger.add({"tenant": "*", "address": "a"}, 1, [("closed", "b", 1, 1)])
        ledger.add({"tenant": "*", "address": "b"}, 2, [("key", "a", 2, 1)])
        assert list(chains(ledger.database)) == []


def test_closed_hours_pass_a_caller_on() -> None:
    with closing(Ledger()) as ledger:
        ledger.add({"tenant": "*", "address": "a"}, 1, [("closed", "b", 1, 1)])
        ledger.add({"tenant": "*", "address": "b"}, 2, [("closed", "a", 2, 1)])
        [chain] = chains(ledger.database)
        assert (chain.endless, chain.kind) == (True, "closed")


def test_two_thousand_pairs_that_name_each_other_are_all_found() -> None:
    graph = {
        ("*", f"{side}{n}"): (f"{'ba'['ab'.index(side)]}{n}",) for n in range(2000) for side in "ab"
    }
    assert len(found(graph)) == 2000

"""The seed's matrix over the model: every cell, every knob that matters, and mutations of ours."""

import json
import os
import re
import shutil
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from twilio.twiml.voice_response import VoiceResponse

from call_transfer import chain, context, directory, hop, links, plan, reply, twiml
from gateway.stack import Stack
from pivot.matrix import main, seed
from pivot.matrix.cell import Cell, Expected
from pivot.matrix.conformance import PAGE, page
from pivot.matrix.local import ADVICE, Job, application, cells, run
from pivot.matrix.play import Played, differing
from pivot.model import knobs
from pivot.model.knobs import Knobs
from pivot.overrides import Outcome, What

# Two hundred calls are played for the first test; a machine with other work takes its time.
pytestmark = pytest.mark.timeout(600)
# CI installs it, and skips nothing.
needs_sipp = pytest.mark.skipif(
    not shutil.which("sipp") and "CI" not in os.environ, reason="sipp is not on the path"
)
CELLS = {cell.id: cell for cell in cells()}


@pytest.fixture(scope="module")
def everything() -> list[Played]:
    """Every cell at the defaults, then with each other value of each knob that it consults."""
    return main.play_all(CELLS.values(), None, workers=os.cpu_count() or 1)


def test_every_cell_goes_as_the_page_says_under_every_knob(everything: list[Played]) -> None:
    differing_cells = {(one.cell.id, str(one.knobs)): one.differences for one in everything}
    assert {key: why for key, why in differing_cells.items() if why} == {}


def test_each_value_of_each_knob_was_tried_somewhere(everything: list[Played]) -> None:
    assert {one.knobs for one in everything} == set(knobs.variants())


def test_each_knob_changes_what_somebody_sees_in_some_cell(everything: list[Played]) -> None:
    default = {one.cell.id: one for one in everything if not one.knobs.changed()}
    changing = {
        one.knobs.changed()[0]
        for one in everything
        if one.knobs.changed() and one.trace.seen != default[one.cell.id].trace.seen
    }
    assert changing == {variant.changed()[0] for variant in knobs.variants() if variant.changed()}


def test_the_page_on_conformance_is_what_was_played(everything: list[Played]) -> None:
    """Whether the cells go as expected over SIP too, as it says, is the next test's to find out."""
    assert page(everything, dict.fromkeys(CELLS, ())) == PAGE.read_text(encoding="utf-8"), (
        "run: make conformance"
    )


def over_sip(model: list[Played], transport: str) -> list[Played]:
    """Play cells over SIP; those that differ once more, with the machine to themselves.

    A second of the model is a fifth of one here, and a webhook that waits three seconds for a
    processor has timed out, as it would at Twilio: that is the machine's doing, and no cell's.
    """
    played = {one.cell.id: one for one in main.over_sip(model, transport)}
    late = [one for one in model if played[one.cell.id].differences]
    again = {one.cell.id: one for one in main.over_sip(late, transport)} if late else {}
    return list((played | again).values())


@needs_sipp
def test_every_cell_goes_the_same_over_real_sip(everything: list[Played]) -> None:
    default = [one for one in everything if not one.knobs.changed()]
    played = over_sip(default, "udp")
    assert {one.cell.id: one.differences for one in played if one.differences} == {}
    assert {one.cell.id for one in played} == set(CELLS)


@needs_sipp
def test_cells_of_every_kind_go_the_same_over_tcp(everything: list[Played]) -> None:
    kinds = {"context", "chained", "attended", "by-caller", "second-refer", "transferee-leaves"}
    names = {cell.id for cell in CELLS.values() if cell.name in kinds}
    names |= {cell.id for cell in seed.cells() if cell.holds}
    default = [one for one in everything if not one.knobs.changed() and one.cell.id in names]
    played = over_sip(default, "tcp")
    assert {one.cell.id: one.differences for one in played} == dict.fromkeys(names, ())


def test_the_table_of_the_page_is_whole() -> None:
    assert len({cell.id for cell in seed.cells()}) == (len(seed.ROWS) + 1) * len(seed.COLUMNS)
    assert len(CELLS) == len(cells())


@pytest.mark.parametrize("cell", CELLS.values(), ids=list(CELLS))
def test_a_caller_is_lost_only_where_the_page_or_a_party_says_so(cell: Cell) -> None:
    by_twilio = cell.name in {"unreachable", "slow", "5xx", "4xx"} and not cell.holds
    by_a_party = cell.name in {"after-hang-up", "transferee-leaves", "transferor-leaves-busy"}
    nobody_left = cell.id in {"nobody-unset", "by-caller-stranger-unset"}
    done = cell.name == "voicemail"
    assert cell.expected.alive is not (by_twilio or by_a_party or nobody_left or done)


# Under these Twilio itself lets go of the caller, or there is nobody left to call.
LOST_BY_TWILIO = {
    ("refusal_in_hold=dropped", "5xx-true"),
    ("refusal_in_hold=dropped", "4xx-true"),
    ("refusal_in_hold=dropped", "by-caller-stranger-true"),
    ("transferor_leaves=ends", "transferor-leaves-true"),
}


def test_no_knob_loses_a_caller_whom_this_application_could_keep() -> None:
    lost = {
        (changed, cell.id)
        for cell in CELLS.values()
        for changed, expected in cell.under.items()
        if cell.expected.alive and not expected.alive
    }
    assert lost == LOST_BY_TWILIO


def test_advice_names_settings_of_the_stack() -> None:
    assert {name for settings in ADVICE.values() for name in settings} <= set(Stack().environment)


# --- mutations: a handler that is wrong makes cells fail


def _dial(change: Callable[[dict[str, Any]], None]) -> Callable[[pytest.MonkeyPatch], None]:
    """Change the attributes of every Dial that our TwiML has."""

    class Mutant(VoiceResponse):  # type: ignore[misc] # the library has no annotations
        def dial(self, **attributes: Any) -> Any:  # noqa: ANN401 - the library's
            change(attributes)
            return super().dial(**attributes)

    return lambda patch: patch.setattr(twiml, "VoiceResponse", Mutant)


def _swapped(attributes: dict[str, Any]) -> None:
    attributes["answer_on_bridge"] = None if attributes["answer_on_bridge"] else True


def _answers_200(patch: pytest.MonkeyPatch) -> None:
    for module in (reply, hop):
        patch.setattr(module, "errors_keep_caller", lambda *_: False)


def _errors_in_release(patch: pytest.MonkeyPatch) -> None:
    for module in (reply, hop):
        patch.setattr(module, "errors_keep_caller", lambda _mode, number, _app: number > 0)


def _dials_anybody(patch: pytest.MonkeyPatch) -> None:
    item = {"tenant": "*", "address": "*@evil.example", "dial": "as_asked"}
    match = directory.match
    patch.setattr(directory, "match", lambda *known: match(*known) or item)


def _forwards_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(context, "_CONTEXT", re.compile(".+"))


def _always_an_action(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(plan, "reports_end", lambda *_: True)


def _no_callbacks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(twiml, "_add", lambda verb, noun, _url: verb.sip(noun.address))


def _forgets_retries(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(links, "refer_id", lambda **_: uuid.uuid4().hex[:12])


def _endless(patch: pytest.MonkeyPatch) -> None:
    made = twiml.Wiring
    patch.setattr(reply, "Wiring", lambda urls, **more: made(urls, **more | {"referable": True}))


MUTATIONS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], set[str]]] = {
    "swaps hold and release": (_dial(_swapped), {"busy-true", "busy-unset", "answers-true"}),
    "drops referUrl": (_dial(lambda it: it.update(refer_url=None)), {"answers-true", "busy-unset"}),
    "drops the action": (
        _dial(lambda it: it.update(action=None)),
        {"busy-unset", "no-answer-unset"},
    ),
    "rings for ten minutes": (
        _dial(lambda it: it.update(timeout=600)),
        {"no-answer-true", "no-answer-unset"},
    ),
    "drops escaping": (
        lambda patch: patch.setattr(context, "quote", lambda text, **_: text),
        {"context-true", "context-unset"},
    ),
    "answers 200 to a refusal in hold": (_answers_200, {"denied-true", "unknown-true"}),
    "answers 403 to a refusal in release": (
        _errors_in_release,
        {"denied-unset", "unreadable-unset"},
    ),
    "dials whom nobody allowed": (_dials_anybody, {"unknown-true", "unknown-unset"}),
    "sends Replaces and Route on": (_forwards_everything, {"context-true", "context-unset"}),
    "has an action in hold": (_always_an_action, {"busy-true", "no-answer-true"}),
    "asks for no statusCallback": (_no_callbacks, {"answers-true", "busy-true"}),
    "takes a retry for another REFER": (_forgets_retries, {"duplicate-true", "duplicate-unset"}),
    "has no chain": (
        lambda patch: patch.setattr(chain, "go_on", lambda walk, **_: replace(walk, chain=())),
        {"busy-unset", "denied-unset", "busy-recall-unset"},
    ),
    "takes every transferor for the party that was dialled": (
        lambda patch: patch.setattr("refer._by_caller", lambda *_: False),
        {"by-caller-denied-unset"},
    ),
    "forgets the limit of hops": (_endless, {"chained-true", "loop-unset"}),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_a_wrong_handler_makes_cells_fail(monkeypatch: pytest.MonkeyPatch, mutation: str) -> None:
    mutate, failing = MUTATIONS[mutation]
    mutate(monkeypatch)
    played = list(run([Job(CELLS[name], Knobs()) for name in sorted(failing)]))
    assert {one.cell.id for one in played if one.differences} == failing


# --- what is judged, and the command line


def test_what_differs_is_said_in_words(everything: list[Played]) -> None:
    seen = next(one.seen for one in everything if one.cell.id == "busy-true")
    expected = Expected("AgentB", alive=False, alerts=(13802,))
    assert list(differing(expected, seen)) == [
        "connected: expected AgentB, was AgentA",
        "alive: expected False, was True",
        "alerts: expected 13802, was nothing",
    ]


def test_a_webhook_that_answers_late_has_been_answered_all_the_same() -> None:
    with application({}) as app:
        answered = []

        def send(asked: Any, connect: float, read: float) -> Outcome:  # noqa: ANN401 - a Send's
            answered.append(app.send(asked, connect, read))
            return answered[-1]

        late = CELLS["slow-true"].fault.around(send)
        from pivot.delivery import fetch  # noqa: PLC0415 - this test alone

        form = {"CallSid": "CA" + "7" * 32, "ReferTransferTarget": "<sip:agentb@pbx.example.com>"}
        result = fetch(late, app.account, f"{app.base}/refer/hold", form)
    assert (result.error, answered[0].what, answered[0].status) == (11203, What.ANSWERED, 200)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    return lambda *arguments: (main.main(arguments), capsys.readouterr().out)


def test_one_cell_is_shown_with_its_ladder_and_its_twiml(
    told: Callable[..., tuple[int, str]],
    tmp_path: Any,  # noqa: ANN401 - a Path
) -> None:
    status, out = told("--cell", "busy-true", "--ladder", "--twiml", "--svg", str(tmp_path))
    assert status == 0
    assert "busy-true: AgentB is busy" in out
    assert 'answerOnBridge="true"' in out
    assert out.rstrip().endswith("all as expected.")
    assert (tmp_path / "busy-true.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_result_for_machines_has_what_was_seen(told: Callable[..., tuple[int, str]]) -> None:
    status, out = told("--cell", "busy", "--json")
    result = json.loads(out)
    assert (status, result["as_expected"]) == (0, True)
    assert [one["cell"] for one in result["cells"]] == ["busy-true", "busy-false", "busy-unset"]
    assert result["cells"][0]["seen"]["connected"] == "AgentA"


def test_a_cell_that_differs_is_named_with_its_source(
    told: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    _dial(_swapped)(monkeypatch)
    status, out = told("--cell", "busy-true")
    assert status == 1
    assert 'table: "AgentB does not answer the call"' in out
    assert "told: expected 202 Accepted, NOTIFY 100 Trying, NOTIFY 486 Busy Here, was 202" in out
    assert "1 otherwise than expected" in out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--cell", "bussy"), "no cell 'bussy'; there are answers, busy"),
        (("--knobs", "noise=loud"), "'noise' is no knob; there are refusal_in_hold"),
        (("--knobs", "stray_action=sent,second_refer=refused"), "stray_action is sent or left out"),
        (("--knobs", "stray_action=maybe"), "stray_action is sent or left out, not 'maybe'"),
    ],
)
def test_a_wrong_option_is_named(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], problem: str
) -> None:
    assert main.main(arguments) == 2
    assert problem in capsys.readouterr().err

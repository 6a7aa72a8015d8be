"""A referUrl of ours in somebody else's Dial: /refer/hold and /refer/release."""

import pytest

from gateway.http_api import Response
from laptop import BASE, SESSION, Laptop, dial, leg_sid, twiml

AGENT_B = {"sip": "sip:agentb@pbx.example.com"}
AGENT_C = {"sip": "sip:agentc@pbx.example.com"}
TO_B = "<sip:agentb@pbx.example.com>"
TO_C = "<sip:agentc@pbx.example.com>"

both_modes = pytest.mark.parametrize("mode", ["hold", "release"])
both_methods = pytest.mark.parametrize("method", ["GET", "POST"])


@pytest.fixture
def directory(laptop: Laptop) -> Laptop:
    laptop.entry("agentb", dial=[AGENT_B])
    laptop.entry("agentc", dial=[AGENT_C])
    return laptop


def refer(
    laptop: Laptop, url: str, target: str = TO_B, token: str = "", method: str = "POST"
) -> Response:
    form = {"From": "+14155550199", "To": "+18005550100", "ReferTransferTarget": target}
    return laptop.post(url, form, idempotency_token=token, method=method)


def texts(response: Response) -> list[str]:
    """Return what an answer does, verb by verb; a Dial by whom it dials."""
    return [
        ",".join(noun.text or "" for noun in verb) if verb.tag == "Dial" else verb.tag
        for verb in twiml(response)
    ]


def path(url: str) -> list[str]:
    """Return the segments of a link of ours, without its fragment."""
    return url.removeprefix(BASE).partition("#")[0].split("/")[1:]


@both_modes
@both_methods
def test_a_refer_on_a_foreign_dial_opens_a_session_of_its_own(
    directory: Laptop, mode: str, method: str
) -> None:
    answer = dial(refer(directory, f"/refer/{mode}", method=method))
    assert answer[0].text == "sip:agentb@pbx.example.com"
    route, in_mode, session, hop, _, attempt, stage = path(answer.attrib["referUrl"])
    assert (route, in_mode, session) == ("refer", mode, SESSION)
    assert (hop, attempt, stage) == ("1", "0", "transfer")
    record = directory.record(1)
    assert (record["mode"], record["caller"]) == (mode, "+14155550199")
    assert directory.records(0) == []


@both_modes
def test_the_mode_of_the_url_decides_whatever_the_default_is(directory: Laptop, mode: str) -> None:
    directory.setting(DEFAULT_MODE="hold" if mode == "release" else "release")
    answer = dial(refer(directory, f"/refer/{mode}"))
    assert ("answerOnBridge" in answer.attrib) is (mode == "hold")
    assert ("action" in answer.attrib) is (mode == "release")


def test_a_refusal_leaves_the_caller_with_the_transferor_in_hold_mode(directory: Laptop) -> None:
    answer = refer(directory, "/refer/hold", "<sip:nobody@pbx.example.com>")
    assert (answer.status, answer.body.partition(b":")[0]) == (404, b"no_entry")
    assert directory.record(1)["outcome"] == "unknown_target"


def test_a_refusal_has_nobody_to_recall_in_release_mode(directory: Laptop) -> None:
    answer = refer(directory, "/refer/release", "<sip:nobody@pbx.example.com>")
    assert texts(answer) == ["Say", "Hangup"]
    assert directory.record(1)["outcome"] == "unknown_target"


def test_a_refusal_follows_the_addresses_of_the_fallback(directory: Laptop) -> None:
    directory.setting(FALLBACK="transferor, agentc")
    answer = refer(directory, "/refer/release", "<sip:nobody@pbx.example.com>")
    assert texts(answer) == ["Say", "sip:agentc@pbx.example.com"]


def test_a_busy_target_has_nobody_to_recall(directory: Laptop) -> None:
    answer = directory.action(refer(directory, "/refer/release"), "busy")
    assert texts(answer) == ["Say", "Hangup"]
    assert directory.record(1)["outcome"] == "busy"


@both_modes
def test_a_retried_webhook_gets_the_same_answer_and_leaves_one_record(
    directory: Laptop, mode: str
) -> None:
    first = refer(directory, f"/refer/{mode}", token="refer-1")  # noqa: S106 - idempotency
    directory.entry("agentb", deny="changed in between")
    again = refer(directory, f"/refer/{mode}", token="refer-1")  # noqa: S106 - idempotency
    assert again == first
    assert len(directory.records(1)) == 1


@both_modes
def test_a_second_refer_is_a_transfer_of_its_own(directory: Laptop, mode: str) -> None:
    first = refer(directory, f"/refer/{mode}")
    directory.leg(first, "busy")
    second = refer(directory, f"/refer/{mode}", TO_C)
    assert texts(second) == ["sip:agentc@pbx.example.com"]
    ids = {path(dial(one).attrib["referUrl"])[4] for one in (first, second)}
    assert len(ids) == 2
    assert {record["hop"] for record in directory.records(1)} == {f"1#{one}" for one in ids}


def test_the_outcomes_of_two_refers_do_not_mix(directory: Laptop) -> None:
    directory.leg(refer(directory, "/refer/hold"), "busy")
    directory.leg(refer(directory, "/refer/hold", TO_C), "completed")
    outcomes = {record["asked"]: record["outcome"] for record in directory.records(1)}
    assert outcomes == {
        "sip:agentb@pbx.example.com": "recalled",
        "sip:agentc@pbx.example.com": "answered",
    }


@both_modes
def test_a_refer_on_our_own_dial_is_hop_2_and_knows_its_transferor(
    directory: Laptop, mode: str
) -> None:
    first = refer(directory, f"/refer/{mode}")
    directory.leg(first, "in-progress")
    second = dial(refer(directory, dial(first).attrib["referUrl"], TO_C))
    assert second[0].text == "sip:agentc@pbx.example.com"
    assert path(second.attrib["referUrl"])[1:4] == [mode, SESSION, "2"]
    [transferor] = directory.record(2)["transferor"]
    assert transferor["address"] == "sip:agentb@pbx.example.com"


def test_the_transferor_of_hop_2_is_recalled(directory: Laptop) -> None:
    first = refer(directory, "/refer/release")
    second = refer(directory, dial(first).attrib["referUrl"], TO_C)
    assert texts(directory.action(second, "no-answer")) == ["sip:agentb@pbx.example.com"]


def test_a_foreign_dial_counts_as_a_hop(directory: Laptop) -> None:
    directory.setting(HOP_LIMIT="1")
    answer = dial(refer(directory, "/refer/hold"))
    assert "referUrl" not in answer.attrib


def test_calls_of_two_foreign_dials_have_records_of_their_own(directory: Laptop) -> None:
    for sid in (SESSION, leg_sid(7)):
        directory.refer(TO_B, "/refer/hold", CallSid=sid)
    assert len(directory.records(1, SESSION)) == len(directory.records(1, leg_sid(7))) == 1


@pytest.mark.parametrize("mode", ["HOLD", "attended", "hold%2F"])
def test_another_mode_is_no_url_of_ours(directory: Laptop, mode: str) -> None:
    assert refer(directory, f"/refer/{mode}").status == 400

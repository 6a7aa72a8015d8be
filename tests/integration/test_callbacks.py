"""Callbacks through the handlers: late, repeated, out of order, they leave one record and one line.

A scenario is played once in order.  Then its webhooks are told again to empty tables, in any order
and some of them more than once, and what is left behind is compared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.http_api import Response
from laptop import SESSION, Laptop, dial, held, leg_sid, twiml

WHEN = {"facts", "opened_at", "finished_at", "ended_by", "expires_at"}
"""The attributes that tell of the telling, and not of the call."""
ANSWERED = ("initiated", "ringing", "in-progress", "completed")
BUSY = ("initiated", "ringing", "busy")

type Callback = Callable[[], Response]


@dataclass(frozen=True)
class Played:
    """A call by its webhooks: those that open its two hops, and all that is told of them later."""

    initial: Callback
    refer: Callback
    callbacks: tuple[Callback, ...]


def opened(laptop: Laptop, mode: str) -> Response:
    """Call, and return the Dial of the initial call."""
    laptop.entry("+18005550100", dial=[{"sip": "sip:agenta@pbx.example.com"}], mode=mode)
    laptop.entry("agentc", dial=[{"sip": "sip:agentc@pbx.example.com"}])
    nouns = [{"sip": "sip:agentb@pbx.example.com"}, {"sip": "sip:agentb@other.example.com"}]
    laptop.entry("agentb", dial=nouns, fallback=["agentc"])
    return laptop.call()


def legs(
    laptop: Laptop, dialled: Response, first: int, *ends: Sequence[str]
) -> tuple[Callback, ...]:
    """Return the statusCallbacks of a Dial, the nth leg ending as the nth of `ends`."""

    def callback(noun: int, sequence: int, status: str) -> Callback:
        return lambda: laptop.leg(
            dialled,
            status,
            noun=noun,
            sequence=sequence,
            CallSid=leg_sid(first + noun),
            **({"CallDuration": "42"} if status == "completed" else {}),
            **({"SipResponseCode": "486"} if status == "busy" else {}),
        )

    return tuple(
        callback(noun, sequence, status)
        for noun, statuses in enumerate(ends)
        for sequence, status in enumerate(statuses)
    )


def referred(laptop: Laptop, initial: Response) -> Callback:
    """Return the REFER to agentb, always the same one."""
    url = dial(initial).attrib["referUrl"]
    given = {
        "From": "+14155550199",
        "CallStatus": "in-progress",
        "ReferTransferTarget": "<sip:agentb@pbx.example.com>",
    }
    return lambda: laptop.post(url, given, idempotency_token="the-only-refer")  # noqa: S106 - no secret


def left_behind(laptop: Laptop, initial: Response) -> tuple[Callback, ...]:
    """Return the actions of the initial Dial: one at the REFER, and one at the end of the call."""
    return (
        lambda: laptop.action(initial, "completed", DialCallDuration="30"),
        lambda: laptop.action(initial, "completed", CallStatus="completed", DialCallDuration="30"),
    )


def hold_busy(laptop: Laptop) -> Played:
    initial = opened(laptop, "hold")
    refer = referred(laptop, initial)
    told = legs(laptop, refer(), 1, BUSY, ("initiated", "busy"))
    return Played(laptop.call, refer, (*told, *left_behind(laptop, initial)))


def hold_answered(laptop: Laptop) -> Played:
    initial = opened(laptop, "hold")
    refer = referred(laptop, initial)
    told = legs(laptop, refer(), 1, ("initiated", "canceled"), ANSWERED)
    return Played(laptop.call, refer, (*told, *left_behind(laptop, initial)))


def release_busy(laptop: Laptop) -> Played:
    initial = opened(laptop, "release")
    refer = referred(laptop, initial)
    first = refer()

    def busy() -> Response:
        return laptop.action(first, "busy", DialSipResponseCode="486")

    second = busy()

    def answered() -> Response:
        return laptop.action(second, "completed", DialCallDuration="42")

    told = (
        *legs(laptop, first, 1, BUSY, ("initiated", "busy")),
        *legs(laptop, second, 3, ANSWERED),
        busy,
        answered,
    )
    return Played(laptop.call, refer, (*told, *left_behind(laptop, initial)))


def accepting(laptop: Laptop, dialled: Response, key: str) -> Callback:
    """Return the key that the first party of a Dial presses while it hears the whisper."""
    leg = {"CallSid": leg_sid(1), "ParentCallSid": SESSION}
    [gather, _] = twiml(laptop.post(dial(dialled)[0].attrib["url"], leg))
    return lambda: laptop.post(gather.attrib["action"], {**leg, "Digits": key})


def release_declined(laptop: Laptop) -> Played:
    initial = opened(laptop, "release")
    nouns = [{"sip": "sip:agentb@pbx.example.com"}]
    laptop.entry("agentb", dial=nouns, whisper={"key": "1"}, fallback=["agentc"])
    refer = referred(laptop, initial)
    first = refer()

    def declined() -> Response:
        return laptop.action(first, "completed", DialBridged="false", DialCallDuration="9")

    second = declined()

    def answered() -> Response:
        return laptop.action(second, "completed", DialCallDuration="42")

    told = (
        *legs(laptop, first, 1, ANSWERED),
        accepting(laptop, first, "2"),
        *legs(laptop, second, 3, ANSWERED),
        declined,
        answered,
    )
    return Played(laptop.call, refer, (*told, *left_behind(laptop, initial)))


def hold_voicemail(laptop: Laptop) -> Played:
    initial = opened(laptop, "hold")
    laptop.entry("agentb", voicemail={"say": "Please leave a message."})
    refer = referred(laptop, initial)
    recorded = twiml(refer()).find("Record")
    assert recorded is not None
    urls = recorded.attrib
    message = {
        "RecordingSid": f"RE{'5' * 32}",
        "RecordingUrl": "https://api.twilio.com/RE5",
        "RecordingDuration": "42",
        "RecordingStatus": "completed",
    }
    told = (
        lambda: laptop.post(urls["action"], {"CallStatus": "completed", **message}),
        lambda: laptop.post(urls["recordingStatusCallback"], message),
    )
    return Played(laptop.call, refer, (*told, *left_behind(laptop, initial)))


def hold_queue(laptop: Laptop) -> Played:
    initial = opened(laptop, "hold")
    laptop.entry("agentb", enqueue="support", fallback=["agentc"])
    refer = referred(laptop, initial)
    url = twiml(refer())[0].attrib["action"]

    def full() -> Response:
        return laptop.post(url, {"CallStatus": "in-progress", "QueueResult": "queue-full"})

    second = full()

    def answered() -> Response:
        return laptop.action(second, "completed", DialCallDuration="42")

    told = (*legs(laptop, second, 1, ANSWERED), full, answered)
    return Played(laptop.call, refer, (*told, *left_behind(laptop, initial)))


def release_menu(laptop: Laptop) -> Played:
    initial = opened(laptop, "release")
    laptop.entry("agentb", menu={"say": "Press 1.", "keys": {"1": "agentc"}})
    refer = referred(laptop, initial)
    url = twiml(refer())[0].attrib["action"]

    def pressed() -> Response:
        return laptop.post(url, {"CallStatus": "in-progress", "Digits": "1"})

    second = pressed()

    def answered() -> Response:
        return laptop.action(second, "completed", DialCallDuration="42")

    told = (pressed, *legs(laptop, second, 1, ANSWERED), answered)
    return Played(laptop.call, refer, (*told, *left_behind(laptop, initial)))


type Scenario = Callable[[Laptop], Played]

SCENARIOS: list[tuple[Scenario, dict[str, Any]]] = [
    (hold_busy, {"outcome": "recalled", "cause": "busy", "sip_code": 486}),
    (hold_answered, {"outcome": "answered", "answered_noun": 1, "talk_seconds": 42}),
    (release_busy, {"outcome": "fallback", "cause": "busy", "attempt": 1, "talk_seconds": 42}),
    (release_declined, {"outcome": "fallback", "cause": "no_answer", "attempt": 1}),
    (hold_voicemail, {"outcome": "voicemail", "talk_seconds": 42}),
    (hold_queue, {"outcome": "fallback", "cause": "failed", "attempt": 1, "talk_seconds": 42}),
]
# Which key led where is known to the record: a key that is told before it is taken for none.
RECORDED_FIRST: list[tuple[Scenario, dict[str, Any]]] = [
    (release_menu, {"outcome": "answered", "attempt": 1, "talk_seconds": 42})
]


def scenarios(*played: tuple[Scenario, dict[str, Any]]) -> pytest.MarkDecorator:
    ids = [scenario.__name__ for scenario, _ in played]
    return pytest.mark.parametrize(("scenario", "end"), played, ids=ids)


def forget(laptop: Laptop) -> None:
    """Empty the table of calls, and leave the lines so far."""
    calls = laptop.stack.environment["CALLS_TABLE"]
    for item in held("dynamodb").scan(TableName=calls)["Items"]:
        key = {"session": item["session"], "hop": item["hop"]}
        held("dynamodb").delete_item(TableName=calls, Key=key)
    laptop.lines()
    laptop.told.clear()


def left(laptop: Laptop, hop: int = 1) -> dict[str, Any]:
    """Return what is recorded of a hop, but for the times of recording."""
    return {name: value for name, value in laptop.record(hop).items() if name not in WHEN}


@scenarios(*SCENARIOS, *RECORDED_FIRST)
def test_no_order_and_no_repetition_changes_what_is_left_behind(
    scenario: Scenario, end: dict[str, Any], laptop: Laptop
) -> None:
    played = scenario(laptop)
    for callback in played.callbacks:
        callback()
    expected = left(laptop)
    assert end.items() <= expected.items()

    # The tables are emptied by hand before each example; shrinking an order takes minutes here.
    @settings(
        max_examples=4,
        deadline=None,
        phases=[Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.randoms())
    def told_in_any_order(random: Random) -> None:
        forget(laptop)
        played.initial()
        played.refer()
        told = [one for one in played.callbacks for _ in range(random.choice((1, 1, 2)))]
        # A webhook that is repeated: Twilio sends it again when its connection broke.
        told += random.choice(([], [played.refer], [played.initial]))
        random.shuffle(told)
        assert {callback().status for callback in told} <= {200, 204}
        assert left(laptop) == expected
        [line] = laptop.lines("transfer")
        assert (line["outcome"], line["session"]) == (end["outcome"], SESSION)
        assert len(laptop.lines("initial_call")) == 1

    told_in_any_order()


@scenarios(*SCENARIOS)
def test_callbacks_that_come_before_the_hop_is_recorded_are_kept(
    scenario: Scenario, end: dict[str, Any], laptop: Laptop
) -> None:
    played = scenario(laptop)
    for callback in played.callbacks:
        callback()
    expected = left(laptop)
    forget(laptop)
    played.initial()
    for callback in (*played.callbacks, played.refer, *played.callbacks):
        callback()
    assert left(laptop) == expected
    [line] = laptop.lines("transfer")
    assert line["outcome"] == end["outcome"]


def test_a_repeated_action_is_answered_as_the_first_one(laptop: Laptop) -> None:
    initial = opened(laptop, "release")
    transfer = referred(laptop, initial)()
    first = laptop.action(transfer, "busy")
    legs(laptop, first, 3, ANSWERED)[2]()
    assert laptop.action(transfer, "busy").body == first.body


@pytest.mark.parametrize("mode", ["hold", "release"])
def test_the_action_of_the_initial_dial_says_nothing_of_the_transfer(
    mode: str, laptop: Laptop
) -> None:
    initial = opened(laptop, mode)
    referred(laptop, initial)()
    before = left(laptop)
    answer = laptop.action(initial, "completed", DialCallDuration="30")
    assert [verb.tag for verb in twiml(answer)] == ["Hangup"]
    assert left(laptop) == before
    assert laptop.lines("transfer") == []
    [line] = laptop.lines("initial_call")
    assert line["outcome"] == "answered"
    assert laptop.record(0)["outcome"] == "answered"


def test_a_later_action_of_the_initial_dial_does_not_turn_its_outcome_back(laptop: Laptop) -> None:
    initial = opened(laptop, "hold")
    laptop.action(initial, "completed", DialCallDuration="30")
    before = left(laptop, 0)
    laptop.action(initial, "no-answer", CallStatus="completed")
    assert left(laptop, 0) == before
    assert len(laptop.lines("initial_call")) == 1


@pytest.mark.parametrize("status", ["completed", "busy"])
def test_a_stray_action_of_a_call_that_nobody_recorded_is_answered(
    status: str, laptop: Laptop
) -> None:
    initial = opened(laptop, "hold")
    forget(laptop)
    answer = laptop.action(initial, status)
    assert twiml(answer).findall("Dial") == []
    assert twiml(answer)[-1].tag == "Hangup"
    assert laptop.record(0)["session"].endswith(SESSION)


def test_a_stray_leg_event_of_a_call_that_nobody_recorded_is_taken(laptop: Laptop) -> None:
    initial = opened(laptop, "hold")
    forget(laptop)
    assert laptop.leg(initial, "ringing").status == 204
    assert "outcome" not in laptop.record(0)
    assert laptop.lines("initial_call") == []


def test_two_refers_of_one_call_are_two_hops_and_their_callbacks_stay_apart(
    laptop: Laptop,
) -> None:
    initial = opened(laptop, "hold")
    url = dial(initial).attrib["referUrl"]
    first = laptop.refer("<sip:agentb@pbx.example.com>", url)
    second = laptop.refer("<sip:agentc@pbx.example.com>", url)
    for callback in legs(laptop, first, 1, BUSY, BUSY) + legs(laptop, second, 3, ANSWERED):
        callback()
    assert {one["asked"]: one["outcome"] for one in laptop.records(1)} == {
        "sip:agentb@pbx.example.com": "recalled",
        "sip:agentc@pbx.example.com": "answered",
    }
    assert len(laptop.lines("transfer")) == 2


def test_a_key_that_is_told_after_its_leg_has_ended_corrects_the_record(laptop: Laptop) -> None:
    initial = opened(laptop, "hold")
    laptop.entry("agentb", dial=[{"sip": "sip:agentb@pbx.example.com"}], whisper={"key": "1"})
    first = referred(laptop, initial)()
    pressed = accepting(laptop, first, "1")
    for callback in legs(laptop, first, 1, ANSWERED):
        callback()
    assert left(laptop)["outcome"] == "recalled"
    pressed()
    assert (left(laptop)["outcome"], left(laptop)["talk_seconds"]) == ("answered", 42)
    assert [line["outcome"] for line in laptop.lines("transfer")] == ["recalled"]


def test_a_recording_that_is_absent_makes_no_message_of_silence(laptop: Laptop) -> None:
    initial = opened(laptop, "release")
    laptop.entry("agentb", voicemail={"say": "Please leave a message."}, fallback=[])
    recorded = twiml(referred(laptop, initial)()).find("Record")
    assert recorded is not None
    goodbye = laptop.post(recorded.attrib["action"], {"CallStatus": "in-progress"})
    assert [verb.tag for verb in twiml(goodbye)] == ["Say", "Hangup"]
    assert left(laptop)["outcome"] == "no_answer"
    told = {"RecordingSid": f"RE{'5' * 32}", "RecordingStatus": "absent"}
    assert laptop.post(recorded.attrib["recordingStatusCallback"], told).status == 204
    assert left(laptop)["outcome"] == "no_answer"

"""The watchdog over a simulated DynamoDB: hops of which nobody tells the end are ended, once."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.logging import Logger
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

import watchdog
from call_transfer import watching
from call_transfer.aws_client import client
from call_transfer.errors import RecordNotWritten, RecordsUnreadable, TableUnreadable
from call_transfer.facts import Closing, LegEvent, Outcome, Result
from call_transfer.links import Stage
from call_transfer.open_hops import OpenHop, OpenHops
from call_transfer.overdue import FIRST_LOOK, SLACK
from call_transfer.record import HopRecord
from call_transfer.store import Store
from call_transfer.telemetry import SERVICE, Telemetry
from call_transfer.unattended import Watch, watch
from gateway.http_api import Response
from laptop import SESSION, Laptop, held, leg_sid

DAYS = 90
MINUTES_5 = 300
# After the first look at whatever a test has begun, on a slow machine too.
LOOK = FIRST_LOOK + 120
HOURS_4 = 14_400


@dataclass
class Watched:
    """A watchdog with a clock of its own, which is `passed` seconds after the test began."""

    laptop: Laptop
    passed: int = 0
    began: float = field(default_factory=time.time)

    def now(self) -> float:
        return self.began + self.passed

    @property
    def hops(self) -> OpenHops:
        return OpenHops(
            client=held("dynamodb"), calls_table=self.table, record_days=DAYS, now=self.now
        )

    @property
    def table(self) -> str:
        return self.laptop.stack.environment["CALLS_TABLE"]

    def run(self, passed: int, hops: OpenHops | None = None) -> dict[str, int]:
        """Let so many seconds pass, and run once."""
        self.passed += passed
        telemetry = Telemetry(logger=Logger(service=SERVICE, location=None), namespace="Transfers")
        return dict(watching.run(Watch(hops or self.hops, telemetry, HOURS_4, self.now)))

    def listed(self) -> list[tuple[str, int]]:
        """Return the keys and the times of the index, as it stands."""
        items = held("dynamodb").scan(TableName=self.table, IndexName="open_hops")["Items"]
        return sorted((item["hop"]["S"], int(item["due_at"]["N"])) for item in items)

    def put(self, hop: str, **item: Any) -> None:  # noqa: ANN401 - whatever somebody writes
        """Write an item into the index by hand."""
        boto3.resource("dynamodb").Table(self.table).put_item(
            Item={"session": f"AC/{SESSION}", "hop": hop, "open_shard": "0", "due_at": 1, **item}
        )

    def store(self) -> Store:
        """Return the store of a webhook that comes now."""
        return Store(
            client=held("dynamodb"),
            targets_table=self.laptop.stack.environment["TARGETS_TABLE"],
            calls_table=self.table,
            record_days=DAYS,
            now=self.now,
        )


@pytest.fixture
def watched(laptop: Laptop) -> Iterator[Watched]:
    watch.cache_clear()
    yield Watched(laptop)
    watch.cache_clear()


def called(laptop: Laptop, **fields: Any) -> Response:  # noqa: ANN401 - of an entry
    """Call a number whose entry says this, and return the answer."""
    fields = fields or {"dial": [{"sip": "sip:agenta@pbx.example.com"}]}
    laptop.entry("+18005550100", **fields)
    return laptop.call()


def transferred(laptop: Laptop, **fields: Any) -> Response:  # noqa: ANN401 - of an entry
    """Transfer a call to agent B, in hold mode, and return the Dial."""
    called(laptop)
    nouns = [{"sip": "sip:agentb@pbx.example.com"}]
    laptop.entry("agentb", **{"dial": nouns, **fields})
    return laptop.refer("<sip:agentb@example.com>", f"/refer/hold/{SESSION}/0/0/0/initial")


def ended(laptop: Laptop, hop: int = 0) -> dict[str, Any]:
    """Return what the record of a hop says of its end."""
    told = ("outcome", "cause", "finished", "ring_seconds", "talk_seconds")
    record = laptop.record(hop)
    return {name: record[name] for name in told if name in record}


# --- what is looked at


def test_a_hop_is_listed_from_its_record_to_its_end_by_the_webhooks_alone(
    watched: Watched,
) -> None:
    answer = called(watched.laptop)
    [(hop, due_at)] = watched.listed()
    record = watched.laptop.record(0)
    assert (hop, due_at) == ("0#0", int(record["opened_at"]) + FIRST_LOOK)
    watched.laptop.action(answer, "completed")
    assert watched.listed() == []
    assert {"open_shard", "due_at"}.isdisjoint(watched.laptop.record(0))


def test_a_hop_that_is_refused_and_a_counter_are_never_listed(watched: Watched) -> None:
    watched.laptop.entry("+18005550100", deny="no")
    watched.laptop.call()
    assert ended(watched.laptop) == {"outcome": "denied", "finished": True}
    assert watched.listed() == []


def test_a_hop_that_is_not_due_is_not_looked_at(watched: Watched) -> None:
    called(watched.laptop)
    assert watched.run(FIRST_LOOK - 10) == {}
    assert watched.run(130) == {"closed": 1}


def test_a_hop_that_could_not_be_recorded_is_listed_from_its_first_callback_on(
    watched: Watched,
) -> None:
    """The refer webhook was answered, and its record was not written."""
    link = transferred(watched.laptop)
    key = {name: {"S": watched.laptop.record(1)[name]} for name in ("session", "hop")}
    held("dynamodb").delete_item(TableName=watched.table, Key=key)
    watched.laptop.leg(link, "initiated")
    listed = watched.listed()
    assert [hop for hop, _ in listed] == ["0#0", key["hop"]["S"]]
    watched.laptop.leg(link, "ringing", sequence=1)
    assert watched.listed() == listed
    watched.laptop.leg(link, "busy", sequence=2)
    assert [hop for hop, _ in watched.listed()] == ["0#0"]
    assert ended(watched.laptop, 1)["outcome"] == "recalled"


# --- what becomes of it


def test_a_transfer_of_which_nothing_is_told_is_unknown_and_says_so(watched: Watched) -> None:
    watched.laptop.action(called(watched.laptop), "completed")
    transferred(watched.laptop)
    watched.laptop.lines()
    assert watched.run(LOOK) == {"closed": 1}
    assert ended(watched.laptop, 1) == {"outcome": "unknown", "finished": True}
    record = watched.laptop.record(1)
    assert record["closed"] == {"outcome": "unknown", "at": record["finished_at"]}
    [line] = watched.laptop.lines("transfer")
    assert (line["outcome"], line["session"], line["hop"]) == ("unknown", SESSION, 1)
    [missing] = watched.laptop.lines("watchdog")
    told = ("level", "session", "hop", "outcome", "missing", "mode")
    assert [missing[name] for name in told] == [
        "WARNING",
        SESSION,
        1,
        "unknown",
        "any leg",
        "hold",
    ]
    assert missing["refer_id"] == record["hop"].partition("#")[2]
    [run] = watched.laptop.lines("watchdog_run")
    assert run["closed"] == 1
    counted = [one for one in watched.laptop.lines() if "OutcomesMissing" in one]
    assert [(one["OutcomesMissing"], one["outcome"]) for one in counted] == [([1.0], "unknown")]


def test_a_caller_who_leaves_a_menu_has_abandoned(watched: Watched) -> None:
    called(watched.laptop, menu={"say": "Press.", "keys": {"1": "2001"}})
    watched.laptop.lines()
    assert watched.run(LOOK) == {"closed": 1}
    assert ended(watched.laptop) == {"outcome": "abandoned", "finished": True}
    [line] = watched.laptop.lines("watchdog")
    assert (line["level"], line["missing"]) == ("INFO", "the action of a menu")
    # It is how such a call ends, and no alarm is to count it.
    assert not any("OutcomesMissing" in one for one in watched.laptop.lines())


def test_a_dial_that_a_refer_has_ended_lacks_its_action_and_nothing_else(watched: Watched) -> None:
    """docs/call-flow.md, Assumptions: the action of the first Dial may never come."""
    answer = called(watched.laptop)
    for sequence, status in enumerate(["in-progress", "completed"]):
        watched.laptop.leg(answer, status, sequence=sequence, CallDuration="42")
    watched.laptop.lines()
    assert watched.run(LOOK) == {"closed": 1}
    assert (ended(watched.laptop)["outcome"], ended(watched.laptop)["talk_seconds"]) == (
        "answered",
        42,
    )
    [line] = watched.laptop.lines("watchdog")
    assert (line["level"], line["missing"]) == ("INFO", "the end of a dial that was answered")
    # Else the alarm would count every call that is transferred.
    assert not any("OutcomesMissing" in one for one in watched.laptop.lines())


def test_who_talks_for_hours_is_left_alone_until_the_time_limit(watched: Watched) -> None:
    link = transferred(watched.laptop)
    began = time.time()
    for sequence, status in enumerate(["initiated", "ringing", "in-progress"]):
        when = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(began + sequence * 4))
        watched.laptop.leg(link, status, sequence=sequence, Timestamp=when)
    assert watched.run(LOOK) == {"closed": 1, "postponed": 1}
    record = watched.laptop.record(1)
    assert watched.listed() == [
        (record["hop"], record[f"leg#0#{leg_sid(1)}#2"]["at"] + HOURS_4 + SLACK)
    ]
    assert watched.run(HOURS_4 - LOOK) == {}
    assert watched.run(SLACK + 120) == {"closed": 1}
    assert ended(watched.laptop, 1) == {
        "outcome": "answered",
        "finished": True,
        "ring_seconds": 8,
    }


def test_a_hop_that_waits_in_a_queue_is_postponed(watched: Watched) -> None:
    called(watched.laptop, enqueue={"queue": "support"})
    assert watched.run(LOOK) == {"postponed": 1}
    assert watched.run(HOURS_4) == {"closed": 1}
    assert ended(watched.laptop) == {"outcome": "unknown", "finished": True}


def test_an_end_that_was_told_and_not_written_is_written_as_it_was_told(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = transferred(watched.laptop)

    def not_written(_store: Store, _hop: HopRecord) -> bool:
        raise RecordNotWritten("ThrottlingException")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "conclude", not_written)
        watched.laptop.leg(link, "busy", sequence=2)
    assert ended(watched.laptop, 1) == {}
    watched.laptop.lines()
    assert watched.run(LOOK) == {"closed": 1, "concluded": 1}
    assert ended(watched.laptop, 1)["outcome"] == "recalled"
    assert [line["outcome"] for line in watched.laptop.lines("transfer")] == ["recalled"]
    assert [line["hop"] for line in watched.laptop.lines("watchdog")] == [0]


def test_an_action_whose_end_was_not_written_is_told_by_the_watchdog_alone(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by the webhook as well, the same call would be counted twice."""
    answer = called(watched.laptop)

    def not_written(_store: Store, _hop: HopRecord) -> bool:
        raise RecordNotWritten("ThrottlingException")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "conclude", not_written)
        watched.laptop.action(answer, "completed", DialCallDuration="42")
    assert watched.run(LOOK) == {"concluded": 1}
    told = watched.laptop.lines("initial_call")
    assert [(line["outcome"], line["talk_seconds"]) for line in told] == [("answered", 42)]
    assert ended(watched.laptop) == {"outcome": "answered", "finished": True, "talk_seconds": 42}


def test_a_hop_that_had_ended_before_it_was_recorded_is_forgotten(watched: Watched) -> None:
    store = watched.store()
    hop = HopRecord("AC", SESSION, 1, "0123456789ab", mode=open_hop(watched).record.mode)
    busy = LegEvent(0, Stage.TRANSFER, 0, 1, leg_sid(1), 2, "busy", at=120)
    store.conclude(store.add(replace(hop, legs=(busy,))))
    store.open(replace(hop, asked="sip:b@pbx.example.com"))
    assert len(watched.listed()) == 2
    assert watched.run(LOOK) == {"closed": 1, "forgotten": 1}
    assert watched.listed() == []


def test_a_run_that_broke_off_is_gone_on_with(watched: Watched) -> None:
    """The hop was closed, and what follows from it was not written any more."""
    hop = open_hop(watched)
    assert watched.hops.close(hop, Closing(Outcome.UNKNOWN, at=7)) is not None
    watched.laptop.lines()
    assert watched.run(LOOK) == {"closed": 1}
    assert ended(watched.laptop) == {"outcome": "unknown", "finished": True}
    assert len(watched.laptop.lines("initial_call")) == 1
    assert len(watched.laptop.lines("watchdog")) == 1


# --- a callback at the same time wins


def open_hop(watched: Watched) -> OpenHop:
    """Call, and return the open hop as a run has read it."""
    called(watched.laptop)
    [item] = held("dynamodb").scan(TableName=watched.table)["Items"]
    hop = watched.hops.read((item["session"]["S"], item["hop"]["S"]))
    assert hop is not None
    return hop


def test_a_hop_that_has_ended_since_it_was_read_is_not_closed(watched: Watched) -> None:
    hop = open_hop(watched)
    result = replace(hop.record, tried={}, results=(Result(0, Stage.INITIAL, "completed"),))
    store = watched.store()
    store.conclude(store.add(result))
    before = watched.laptop.record(0)
    assert watched.hops.close(hop, Closing(Outcome.UNKNOWN, at=7)) is None
    watched.hops.postpone(hop.record.key, hop.due_at, 9_999_999_999)
    watched.hops.forget(hop)
    assert watched.laptop.record(0) == before


def test_a_hop_whose_next_attempt_has_begun_is_not_closed(watched: Watched) -> None:
    hop = open_hop(watched)
    busy = replace(
        hop.record,
        tried={1: hop.record.tried[0]},
        results=(Result(0, Stage.INITIAL, "busy"),),
    )
    watched.store().add(busy)
    assert watched.hops.close(hop, Closing(Outcome.UNKNOWN, at=7)) is None
    assert "closed" not in watched.laptop.record(0)


def test_a_leg_that_is_told_between_reading_and_closing_counts(watched: Watched) -> None:
    hop = open_hop(watched)
    leg = LegEvent(0, Stage.INITIAL, 0, 1, leg_sid(1), 2, "in-progress", at=120)
    watched.store().add(replace(hop.record, tried={}, legs=(leg,)))
    closed = watched.hops.close(hop, Closing(Outcome.UNKNOWN, at=7))
    assert closed is not None
    assert closed.conclusion().outcome is Outcome.ANSWERED


def test_an_end_that_is_told_between_closing_and_concluding_stays(watched: Watched) -> None:
    hop = open_hop(watched)
    closed = watched.hops.close(hop, Closing(Outcome.UNKNOWN, at=7))
    assert closed is not None
    store = watched.store()
    result = replace(hop.record, tried={}, results=(Result(0, Stage.INITIAL, "busy"),))
    assert store.conclude(store.add(result)) is True
    assert watched.hops.conclude(closed) is False
    assert ended(watched.laptop) == {"outcome": "busy", "finished": True}


def test_a_run_tells_nothing_of_a_hop_that_somebody_else_has_ended(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    called(watched.laptop)
    monkeypatch.setattr(OpenHops, "conclude", lambda *_: False)
    watched.laptop.lines()
    assert watched.run(LOOK) == {"gone": 1}
    assert [line for line in watched.laptop.lines() if line.get("message") == "watchdog"] == []


def test_a_run_leaves_a_hop_alone_that_is_listed_still_and_has_ended(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index is a copy, and some milliseconds late."""
    watched.laptop.action(called(watched.laptop), "completed")
    before = watched.laptop.record(0)
    listed = iter([((before["session"], before["hop"]), 1)])
    monkeypatch.setattr(OpenHops, "due", lambda *_: listed)
    assert watched.run(LOOK) == {"gone": 1}
    assert watched.laptop.record(0) == before


def test_a_run_leaves_a_hop_alone_of_which_something_came_while_it_was_judged(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    hop = open_hop(watched)
    close = OpenHops.close

    def later(self: OpenHops, read: OpenHop, said: Closing) -> HopRecord | None:
        result = Result(0, Stage.INITIAL, "busy")
        watched.store().add(replace(hop.record, tried={1: hop.record.tried[0]}, results=(result,)))
        return close(self, read, said)

    monkeypatch.setattr(OpenHops, "close", later)
    watched.laptop.lines()
    assert watched.run(LOOK) == {"gone": 1}
    assert [one["message"] for one in watched.laptop.lines() if "message" in one][-1:] == [
        "watchdog_run"
    ]
    assert ended(watched.laptop) == {}
    assert len(watched.listed()) == 1


def test_what_is_told_late_corrects_a_closed_hop_and_leaves_nothing_behind(
    watched: Watched,
) -> None:
    answer = called(watched.laptop)
    watched.laptop.leg(answer, "busy", sequence=2)
    watched.run(LOOK)
    assert ended(watched.laptop) == {
        "outcome": "unknown",
        "cause": "busy",
        "finished": True,
        "ring_seconds": 0,
    }
    finished_at = watched.laptop.record(0)["finished_at"]
    watched.laptop.action(answer, "completed", DialCallDuration="30")
    assert ended(watched.laptop) == {"outcome": "answered", "finished": True, "talk_seconds": 30}
    record = watched.laptop.record(0)
    assert (record["finished_at"], record["closed"]["outcome"]) == (finished_at, "unknown")
    assert watched.listed() == []


def test_a_hop_that_is_read_and_is_watched_no_more_is_none(watched: Watched) -> None:
    answer = called(watched.laptop)
    key = (watched.laptop.record(0)["session"], "0#0")
    watched.laptop.action(answer, "completed")
    assert watched.hops.read(key) is None
    assert watched.hops.read(("AC/nobody", "0#0")) is None


# --- a run


def test_one_record_that_makes_no_sense_does_not_stop_the_others(watched: Watched) -> None:
    called(watched.laptop)
    watched.put("1#0123456789ab", tenant="AC", mode="neither")
    watched.put("1#ba9876543210")
    watched.laptop.lines()
    assert watched.run(LOOK) == {"unreadable": 2, "closed": 1}
    told = [line for line in watched.laptop.lines("watchdog") if line["level"] == "ERROR"]
    assert [(line["session"], line["hop"]) for line in told] == [
        (SESSION, "1#0123456789ab"),
        (SESSION, "1#ba9876543210"),
    ]
    assert [line["bug"].partition(" ")[0] for line in told] == ["ValueError", "KeyError"]
    # The alarm on Bugs would roll back a deployment of the webhooks, which have no part in this.
    assert sum("Bugs" in line for line in watched.laptop.lines()) == 0
    # They are looked at later, and do not stand in the way until then.
    assert watched.run(MINUTES_5) == {}
    assert watched.run(watching.LATER) == {"unreadable": 2}


def test_a_hop_that_cannot_be_written_stays_due(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    called(watched.laptop)

    def not_written(*_: object) -> None:
        raise RecordNotWritten("ThrottlingException")

    watched.laptop.lines()
    with monkeypatch.context() as patch:
        patch.setattr(OpenHops, "close", not_written)
        assert watched.run(LOOK) == {"failed": 1}
    [line] = watched.laptop.lines("watchdog")
    assert "ThrottlingException" in line["record_problem"]
    assert sum("RecordNotWritten" in one for one in watched.laptop.lines()) == 1
    assert watched.run(0) == {"closed": 1}


def test_a_record_that_makes_no_sense_and_cannot_be_postponed_is_told_of(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.put("1#0123456789ab", tenant="AC", mode="neither")

    def not_written(*_: object) -> None:
        raise RecordNotWritten("ThrottlingException")

    monkeypatch.setattr(OpenHops, "postpone", not_written)
    watched.laptop.lines()
    assert watched.run(LOOK) == {"unreadable": 1}
    told = watched.laptop.lines("watchdog")
    assert [line.get("bug", "").partition(" ")[0] for line in told] == ["ValueError", ""]
    assert "ThrottlingException" in told[1]["record_problem"]


def test_a_run_is_bounded_and_the_next_one_goes_on(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        watched.put(f"{number}#0", tenant="AC", mode="hold", due_at=number + 1)
    monkeypatch.setattr(watching, "MOST", 2)
    assert [watched.run(0) for _ in range(3)] == [{"closed": 2}, {"closed": 2}, {"closed": 1}]


def test_a_run_that_takes_long_ends_and_says_that_something_is_left(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        watched.put(f"{number}#0", tenant="AC", mode="hold")

    read = OpenHops.read

    def slowly(self: OpenHops, key: tuple[str, str]) -> OpenHop | None:
        watched.passed += watching.SECONDS + 1
        return read(self, key)

    monkeypatch.setattr(OpenHops, "read", slowly)
    assert watched.run(0) == {"closed": 1, "left": 1}
    assert len(watched.listed()) == 2


def test_the_oldest_of_a_shard_are_looked_at_first_and_every_shard_is(watched: Watched) -> None:
    for shard in range(8):
        for due_at in (3, 1, 2):
            watched.put(f"{shard}{due_at}#0", open_shard=str(shard), due_at=due_at)
    due = [(key[1], at) for key, at in watched.hops.due(2)]
    assert sorted(due) == [(f"{shard}{at}#0", at) for shard in range(8) for at in (1, 2)]
    assert [at for _, at in due] == [1, 2] * 8


def test_each_run_begins_at_another_shard_so_that_none_is_always_the_last(watched: Watched) -> None:
    for shard in range(8):
        watched.put(f"{shard}#0", open_shard=str(shard), due_at=1)
    orders = []
    for _ in range(3):
        orders.append([int(key[1][0]) for key, _ in watched.hops.due(2)])
        watched.passed += 300
    first = orders[0][0]
    assert orders == [[(first + run + step) % 8 for step in range(8)] for run in range(3)]


# --- failures of the table


OFFLINE = ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a boto3 client
    for name in OFFLINE:
        monkeypatch.setenv(name, "us-east-1")
    return client("dynamodb")


HOP = OpenHop(HopRecord("AC", SESSION, 0, "0", mode="hold"), 1, finished=False)  # type: ignore[arg-type] # as text
ASKS: list[Callable[[OpenHops], object]] = [
    lambda hops: list(hops.due(1)),
    lambda hops: hops.read(HOP.record.key),
]
WRITES: list[Callable[[OpenHops], object]] = [
    lambda hops: hops.close(HOP, Closing(Outcome.UNKNOWN, at=7)),
    lambda hops: hops.conclude(replace(HOP.record, closed=Closing(Outcome.UNKNOWN, at=7))),
    lambda hops: hops.postpone(HOP.record.key, 1, 2),
    lambda hops: hops.forget(HOP),
]


@pytest.mark.parametrize(
    ("asks", "raised", "method"),
    [
        (one, TableUnreadable, method)
        for one, method in zip(ASKS, ("query", "get_item"), strict=True)
    ]
    + [(one, RecordNotWritten, "update_item") for one in WRITES],
)
def test_a_table_that_does_not_answer_is_told_by_its_code_alone(
    asks: Callable[[OpenHops], object],
    raised: type[Exception],
    method: str,
    offline: Any,  # noqa: ANN401 - a boto3 client
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hops = OpenHops(client=offline, calls_table="calls", record_days=DAYS, now=lambda: 1.0)
    with Stubber(offline) as stub:
        stub.add_client_error(method, "ThrottlingException", "a-value-of-somebody")
        with pytest.raises(raised, match="ThrottlingException") as caught:
            asks(hops)
    assert "a-value-of-somebody" not in str(caught.value)

    def unheard(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://nowhere")

    monkeypatch.setattr(offline, method, unheard)
    with pytest.raises(raised, match="ReadTimeoutError"):
        asks(hops)


# --- the function


def test_the_function_needs_four_variables_and_tells_of_its_run(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in watched.laptop.stack.environment:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CALLS_TABLE", watched.table)
    monkeypatch.setenv("METRICS_NAMESPACE", "Transfers")
    monkeypatch.setenv("RECORD_DAYS", "90")
    monkeypatch.setenv("TIME_LIMIT", "14400")
    watched.put("0#0", tenant="AC", mode="hold")
    assert watchdog.lambda_handler({"source": "aws.events"}, None) == {"closed": 1}
    assert ended(watched.laptop) == {"outcome": "unknown", "finished": True}
    [line] = watched.laptop.lines("watchdog_run")
    assert line["closed"] == 1


def test_a_run_that_met_a_record_that_makes_no_sense_fails_after_it_has_done_the_others(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The errors of the function are what the alarm OutcomesFailing watches."""
    monkeypatch.setenv("CALLS_TABLE", watched.table)
    monkeypatch.setenv("METRICS_NAMESPACE", "Transfers")
    watched.put("0#0", tenant="AC", mode="neither")
    watched.put("1#0123456789ab", tenant="AC", mode="hold")
    with pytest.raises(RecordsUnreadable, match=r"^1 records make no sense"):
        watchdog.lambda_handler({"source": "aws.events"}, None)
    [line] = watched.laptop.lines("watchdog_run")
    assert (line["unreadable"], line["closed"]) == (1, 1)

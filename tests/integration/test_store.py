"""The store over a simulated DynamoDB: what is asked for, what stays, and what a failure tells."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber

from call_transfer.aws_client import client
from call_transfer.errors import Denied, RateLimited, RecordNotWritten, TableUnreadable
from call_transfer.facts import LegEvent, Outcome, Result
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.rates import Counter
from call_transfer.record import HopRecord, Refused
from call_transfer.store import READ_UNTIL, WRITE_UNTIL, Store
from gateway.stack import Stack
from laptop import ACCOUNT, SESSION, create, leg_sid
from plans import dial_plan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DAYS = 30
SECRET = "a-value-that-was-to-be-written"  # noqa: S105 - stands for what an error may quote
PLAN = dial_plan(
    nouns=(Noun(NounKind.SIP, "sip:agentb@pbx.example.com"),),
    stage=Stage.TRANSFER,
    rule="*/agentb",
    ring_timeout=20,
    time_limit=14400,
)
HOP = HopRecord(
    tenant=ACCOUNT.sid,
    session=SESSION,
    hop=1,
    refer_id="0123456789ab",
    mode=Mode.HOLD,
    caller="+14155550199",
    tried={0: replace(PLAN, has_action=False)},
)
OPENED = replace(HOP, opened_at=1_000_000)
"""The hop as the table has it: it says when."""
BARE = replace(HOP, caller="", tried={})
"""The same hop as a callback knows it: by its link alone."""
LEGS = tuple(
    LegEvent(0, Stage.TRANSFER, 0, 1, leg_sid(1), sequence, status, at=100 + 10 * sequence)
    for sequence, status in enumerate(["initiated", "ringing", "in-progress", "completed"])
)
BUSY = LegEvent(0, Stage.TRANSFER, 0, 1, leg_sid(1), 2, "busy", at=120)


class Clock:
    """Unix seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1_000_000.5

    def __call__(self) -> float:
        return self.seconds


class Table:
    """A store, what it asked DynamoDB for, and what is in its tables."""

    def __init__(self, stack: Stack, dynamodb: "DynamoDBClient", clock: Clock) -> None:
        self.targets = stack.environment["TARGETS_TABLE"]
        self.calls = stack.environment["CALLS_TABLE"]
        self.dynamodb = dynamodb
        self.requests: list[dict[str, Any]] = []
        dynamodb.meta.events.register(
            "provide-client-params.dynamodb.BatchGetItem",
            lambda params, **_: self.requests.append(params["RequestItems"]),
        )
        self.store = Store(
            client=dynamodb,
            targets_table=self.targets,
            calls_table=self.calls,
            record_days=DAYS,
            now=clock,
        )

    def put(self, **item: Any) -> None:  # noqa: ANN401 - whatever an attribute holds
        boto3.resource("dynamodb").Table(self.targets).put_item(Item=item)

    def item(self, hop: HopRecord = HOP) -> dict[str, Any]:
        """Return the attributes of a hop as they are in the table."""
        session, number = hop.key
        found = boto3.resource("dynamodb").Table(self.calls)
        return dict(found.get_item(Key={"session": session, "hop": number}).get("Item", {}))

    def hits(self, counter: Counter) -> int:
        """Return how far a counter has counted."""
        session, minute = counter.key
        found = boto3.resource("dynamodb").Table(self.calls)
        item = found.get_item(Key={"session": session, "hop": minute}).get("Item", {})
        return int(str(item.get("hits", 0)))

    def known(self, hop: HopRecord = HOP) -> HopRecord:
        """Return a hop as it is read back."""
        record = self.store.read((), hop.key).record
        assert record is not None
        return record


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table(aws: None, stack: Stack, clock: Clock) -> Table:
    create(stack)
    return Table(stack, client("dynamodb"), clock)


@pytest.fixture
def offline(stack: Stack, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Table:
    """A store whose client is answered by a stub, or not at all."""
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "us-east-1")
    return Table(stack, client("dynamodb"), clock)


@pytest.fixture
def stub(offline: Table) -> Iterator[Stubber]:
    with Stubber(offline.dynamodb) as stubber:
        yield stubber


# --- reading ---------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 12, 24])
def test_however_many_keys_are_one_batch_get_item(table: Table, count: int) -> None:
    for number in range(count):
        table.put(tenant="*", address=f"200{number}", dial="as_asked")
    table.store.open(HOP)
    keys = [("*", f"200{number}") for number in range(count)]
    found = table.store.read([*keys, ("*", "nobody")], HOP.key)
    assert len(table.requests) == 1
    assert set(found.items) == set(keys)
    assert found.record == OPENED


def test_the_record_is_read_consistently_and_the_directory_is_not(table: Table) -> None:
    table.store.read([("*", "2001")], HOP.key)
    [asked] = table.requests
    assert asked[table.calls]["ConsistentRead"] is True
    assert "ConsistentRead" not in asked[table.targets]


def test_a_key_that_is_named_twice_is_asked_for_once(table: Table) -> None:
    table.store.read([("*", "2001"), ("*", "2001")])
    [asked] = table.requests
    assert len(asked[table.targets]["Keys"]) == 1
    assert table.calls not in asked


def test_nothing_is_asked_for_when_there_is_no_key(table: Table) -> None:
    found = table.store.read(())
    assert (found.items, found.record, table.requests) == ({}, None, [])


def test_a_hop_that_is_not_recorded_is_none(table: Table) -> None:
    assert table.store.read((), HOP.key).record is None


def test_whole_numbers_are_read_as_such_however_deep_they_stand(table: Table) -> None:
    table.put(
        tenant="*",
        address="2001",
        ring_timeout=Decimal(25),
        time_limit=Decimal("2.5"),
        dial=[{"sip": "sip:a@b.example", "n": Decimal(7)}],
        enabled=True,
    )
    item = table.store.read([("*", "2001")]).items["*", "2001"]
    assert item["ring_timeout"] == 25
    assert type(item["ring_timeout"]) is int
    assert item["dial"] == [{"sip": "sip:a@b.example", "n": 7}]
    assert type(item["dial"][0]["n"]) is int
    assert item["time_limit"] == Decimal("2.5")
    assert item["enabled"] is True


def test_unprocessed_keys_are_asked_for_once_more(offline: Table, stub: Stubber) -> None:
    held: dict[str, Any] = {
        offline.targets: {"Keys": [{"tenant": {"S": "*"}, "address": {"S": "b"}}]}
    }
    given = [{"tenant": {"S": "*"}, "address": {"S": name}} for name in "ab"]
    stub.add_response(
        "batch_get_item", {"Responses": {offline.targets: given[:1]}, "UnprocessedKeys": held}
    )
    stub.add_response(
        "batch_get_item",
        {"Responses": {offline.targets: given[1:]}, "UnprocessedKeys": {}},
        {"RequestItems": held},
    )
    found = offline.store.read([("*", "a"), ("*", "b")])
    assert set(found.items) == {("*", "a"), ("*", "b")}
    stub.assert_no_pending_responses()


def test_keys_that_are_unprocessed_twice_make_the_table_unreadable(
    offline: Table, stub: Stubber
) -> None:
    held = {offline.targets: {"Keys": [{"tenant": {"S": "*"}, "address": {"S": SECRET}}]}}
    for _ in range(2):
        stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": held})
    with pytest.raises(TableUnreadable, match="throttled") as caught:
        offline.store.read([("*", SECRET)])
    assert SECRET not in str(caught.value)
    stub.assert_no_pending_responses()


# --- failures --------------------------------------------------------------------------------

OUTAGES: list[BotoCoreError] = [
    EndpointConnectionError(endpoint_url=f"https://{SECRET}"),
    ReadTimeoutError(endpoint_url=f"https://{SECRET}"),
]
CODES = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "ResourceNotFoundException",
    "ValidationException",
    "AccessDeniedException",
]


def raising(error: Exception) -> Any:  # noqa: ANN401 - a method of a client
    def method(**_: object) -> None:
        raise error

    return method


@pytest.mark.parametrize("code", CODES)
def test_a_refused_read_is_an_unreadable_table_and_names_the_code_alone(
    code: str, offline: Table, stub: Stubber
) -> None:
    stub.add_client_error("batch_get_item", code, SECRET)
    with pytest.raises(TableUnreadable) as caught:
        offline.store.read([("*", SECRET)])
    assert code in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda error: type(error).__name__)
def test_a_read_that_reaches_nobody_is_an_unreadable_table(
    outage: BotoCoreError, offline: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline.dynamodb, "batch_get_item", raising(outage))
    with pytest.raises(TableUnreadable) as caught:
        offline.store.read([("*", "2001")])
    assert type(outage).__name__ in str(caught.value)
    assert SECRET not in str(caught.value)


FINISHED = replace(BARE, legs=(BUSY,))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("method", ["open", "add", "conclude"])
def test_a_refused_write_is_a_record_not_written_and_names_the_code_alone(
    code: str, method: str, offline: Table, stub: Stubber
) -> None:
    stub.add_client_error("update_item", code, SECRET)
    with pytest.raises(RecordNotWritten) as caught:
        getattr(offline.store, method)(FINISHED)
    assert caught.value.cause == code
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("outage", OUTAGES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("method", ["open", "add", "conclude"])
def test_a_write_that_reaches_nobody_is_a_record_not_written(
    outage: BotoCoreError, method: str, offline: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline.dynamodb, "update_item", raising(outage))
    with pytest.raises(RecordNotWritten) as caught:
        getattr(offline.store, method)(FINISHED)
    assert caught.value.cause == type(outage).__name__
    assert SECRET not in str(caught.value)


def test_a_client_gives_up_while_twilio_still_waits(offline: Table) -> None:
    config: Any = offline.dynamodb.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 1.5)
    assert (config.retries["mode"], config.retries["total_max_attempts"]) == ("standard", 2)


# --- opening ---------------------------------------------------------------------------------


def test_a_hop_is_opened_once_and_then_the_earlier_record_is_returned(table: Table) -> None:
    assert table.store.open(HOP) is None
    again = replace(HOP, asked="sip:other@pbx.example.com", tried={})
    assert table.store.open(again) == OPENED
    assert table.known() == OPENED


def test_a_hop_that_is_refused_and_dials_nobody_is_opened_finished(table: Table) -> None:
    refused = replace(BARE, refused=Refused.of(Denied("deny_entry", "no", rule="*/agentb")))
    table.store.open(refused)
    item = table.item()
    assert (item["outcome"], item["finished"], item["finished_at"]) == ("denied", True, 1_000_000)


def test_a_hop_that_is_dialled_is_opened_unfinished(table: Table) -> None:
    table.store.open(HOP)
    item = table.item()
    assert item["opened_at"] == 1_000_000
    assert {"outcome", "finished", "finished_at"}.isdisjoint(item)


def test_what_was_told_before_a_hop_is_opened_is_kept(table: Table) -> None:
    table.store.add(replace(BARE, legs=LEGS[:2]))
    assert table.store.open(HOP) is None
    assert set(table.known().legs) == set(LEGS[:2])
    assert table.known().tried == HOP.tried


# --- counting --------------------------------------------------------------------------------

MINUTE = "16666"
BY = Counter((f"{ACCOUNT.sid}/rate/transferor/a", MINUTE), 2, "rate/transferor")
OF = Counter((f"{ACCOUNT.sid}/rate/target/b", MINUTE), 5, "rate/target")


def transfer(number: int) -> HopRecord:
    return replace(HOP, refer_id=f"{number:012x}")


class Conflicts:
    """So many transactions that meet another one, and whatever else they are told."""

    def __init__(self, table: Table, left: int, *codes: str) -> None:
        self.left = left
        self.tried = 0
        self._codes = codes
        events: Any = table.dynamodb.meta.events
        events.register("before-call.dynamodb.TransactWriteItems", self._meet)

    def _meet(self, **_: object) -> tuple[SimpleNamespace, dict[str, Any]] | None:
        self.tried += 1
        if self.left == 0:
            return None
        self.left -= 1
        reasons = [{"Code": code, "Message": SECRET} for code in self._codes]
        error = {"Code": "TransactionCanceledException", "Message": SECRET}
        answer = {"Error": error, "CancellationReasons": reasons, "ResponseMetadata": {}}
        return SimpleNamespace(status_code=400), answer


def test_a_hop_is_recorded_and_counted_at_once(table: Table) -> None:
    assert table.store.open(HOP, [BY, OF]) is None
    assert table.known() == OPENED
    assert (table.hits(BY), table.hits(OF)) == (1, 1)


def test_a_counter_is_forgotten_an_hour_later(table: Table, clock: Clock) -> None:
    table.store.open(HOP, [BY])
    [item] = (
        boto3.resource("dynamodb")
        .Table(table.calls)
        .scan(FilterExpression="attribute_exists(hits)")["Items"]
    )
    assert item["expires_at"] == int(clock()) + 3600


def test_one_too_many_is_refused_by_its_rule_and_neither_recorded_nor_counted(
    table: Table,
) -> None:
    for number in range(BY.limit):
        assert table.store.open(transfer(number), [BY, OF]) is None
    with pytest.raises(RateLimited) as caught:
        table.store.open(transfer(9), [BY, OF])
    assert caught.value.rule == "rate/transferor"
    assert f"more than {BY.limit} transfers" in caught.value.message
    assert table.item(transfer(9)) == {}
    assert (table.hits(BY), table.hits(OF)) == (2, 2)


def test_the_next_minute_counts_anew(table: Table) -> None:
    full, next_minute = replace(BY, limit=1), replace(BY, key=(BY.key[0], "16667"), limit=1)
    table.store.open(transfer(1), [full])
    assert table.store.open(transfer(2), [next_minute]) is None
    assert (table.hits(full), table.hits(next_minute)) == (1, 1)


def test_a_repeated_webhook_does_not_count_twice(table: Table) -> None:
    table.store.open(HOP, [BY])
    assert table.store.open(replace(HOP, tried={}), [BY]) == OPENED
    assert table.hits(BY) == 1


def test_a_repeated_webhook_is_answered_as_before_when_the_limit_is_reached(table: Table) -> None:
    for number in range(BY.limit):
        table.store.open(transfer(number), [BY])
    first = replace(transfer(0), opened_at=1_000_000)
    assert table.store.open(transfer(0), [BY]) == first


def test_what_was_told_before_a_hop_is_counted_is_kept(table: Table) -> None:
    table.store.add(replace(BARE, legs=LEGS[:2]))
    assert table.store.open(HOP, [BY]) is None
    assert set(table.known().legs) == set(LEGS[:2])


@pytest.mark.parametrize("conflicts", [1, 2])
def test_a_conflict_is_tried_again(table: Table, conflicts: int) -> None:
    met = Conflicts(table, conflicts, "None", "TransactionConflict")
    assert table.store.open(HOP, [BY]) is None
    assert met.tried == conflicts + 1
    assert (table.known(), table.hits(BY)) == (OPENED, 1)


def test_after_three_conflicts_a_hop_is_recorded_without_being_counted(table: Table) -> None:
    met = Conflicts(table, 9, "None", "TransactionConflict")
    assert table.store.open(HOP, [BY]) is None
    assert met.tried == 3
    assert (table.known(), table.hits(BY)) == (OPENED, 0)


def test_a_conflict_that_took_long_is_not_tried_again(table: Table, clock: Clock) -> None:
    def slowly(**_: object) -> None:
        clock.seconds += WRITE_UNTIL + 1

    table.store.begin()
    table.dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", slowly)
    met = Conflicts(table, 9, "None", "TransactionConflict")
    with pytest.raises(RecordNotWritten, match="no time is left"):
        table.store.open(HOP, [BY])
    assert met.tried == 1


def test_after_three_conflicts_a_repeated_webhook_is_answered_as_before(table: Table) -> None:
    table.store.open(HOP)
    Conflicts(table, 9, "TransactionConflict", "None")
    assert table.store.open(replace(HOP, tried={}), [BY]) == OPENED


def test_a_limit_that_is_reached_counts_for_more_than_a_conflict(table: Table) -> None:
    met = Conflicts(table, 9, "None", "TransactionConflict", "ConditionalCheckFailed")
    with pytest.raises(RateLimited) as caught:
        table.store.open(HOP, [BY, OF])
    assert (caught.value.rule, met.tried) == ("rate/target", 1)


@pytest.mark.parametrize("codes", [(), ("None", "ThrottlingError"), ("ValidationError", "None")])
def test_a_transaction_that_failed_otherwise_is_a_record_not_written(
    table: Table, codes: tuple[str, ...]
) -> None:
    met = Conflicts(table, 9, *codes)
    with pytest.raises(RecordNotWritten) as caught:
        table.store.open(HOP, [BY])
    assert (caught.value.cause, met.tried) == ("TransactionCanceledException", 1)
    assert SECRET not in str(caught.value)
    assert table.item() == {}


@pytest.mark.parametrize("code", CODES)
def test_a_refused_transaction_names_the_code_alone(
    code: str, offline: Table, stub: Stubber
) -> None:
    stub.add_client_error("transact_write_items", code, SECRET)
    with pytest.raises(RecordNotWritten) as caught:
        offline.store.open(HOP, [BY])
    assert caught.value.cause == code
    assert SECRET not in str(caught.value)


def test_a_transaction_that_reaches_nobody_is_a_record_not_written(
    offline: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline.dynamodb, "transact_write_items", raising(OUTAGES[1]))
    with pytest.raises(RecordNotWritten) as caught:
        offline.store.open(HOP, [BY])
    assert caught.value.cause == "ReadTimeoutError"


# --- adding ----------------------------------------------------------------------------------


def test_what_is_added_comes_back_with_all_that_is_known(table: Table) -> None:
    table.store.open(HOP)
    for number, event in enumerate(LEGS, start=1):
        known = table.store.add(replace(BARE, legs=(event,)))
        assert set(known.legs) == set(LEGS[:number])
        assert (known.caller, known.tried) == (HOP.caller, HOP.tried)


def test_what_is_there_already_stays(table: Table) -> None:
    first = Result(0, Stage.TRANSFER, "busy", duration=1)
    table.store.open(HOP)
    table.store.add(replace(BARE, legs=(BUSY,), results=(first,)))
    before = table.item()
    known = table.store.add(
        replace(
            HOP,
            caller="+18005550100",
            mode=Mode.RELEASE,
            tried={0: replace(replace(PLAN, rule="another"), has_action=True)},
            legs=(replace(BUSY, status="completed", at=999),),
            results=(Result(0, Stage.TRANSFER, "completed"),),
        )
    )
    assert known == replace(OPENED, legs=(BUSY,), results=(first,))
    assert table.item() == before


# --- concluding ------------------------------------------------------------------------------


def test_an_open_hop_is_not_concluded(table: Table) -> None:
    table.store.open(HOP)
    before = table.item()
    assert table.store.conclude(replace(HOP, legs=LEGS[:3])) is False
    assert table.item() == before


def test_a_finished_hop_is_concluded_by_one_call(table: Table) -> None:
    table.store.open(HOP)
    known = table.store.add(replace(BARE, legs=(BUSY,)))
    assert [table.store.conclude(known) for _ in range(3)] == [True, False, False]
    assert (table.item()["outcome"], table.item()["cause"]) == ("recalled", "busy")


def test_a_hop_that_was_never_opened_is_concluded_too(table: Table) -> None:
    known = table.store.add(replace(BARE, legs=(BUSY,)))
    assert table.store.conclude(known) is True
    assert table.item()["outcome"] == "recalled"


SNAPSHOTS = [
    replace(HOP, legs=LEGS[3:]),
    replace(HOP, legs=LEGS[2:]),
    replace(HOP, legs=LEGS[1:]),
    replace(HOP, legs=LEGS),
]
"""One answered hop, its end told first: each snapshot knows more of how long it rang."""


def test_in_any_order_one_snapshot_finishes_and_the_fullest_one_stays(table: Table) -> None:
    for number, order in enumerate(itertools.permutations(SNAPSHOTS)):
        session = leg_sid(number)
        table.store.open(replace(HOP, session=session))
        told = [table.store.conclude(replace(one, session=session)) for one in order]
        assert told == [True, False, False, False]
        item = table.item(replace(HOP, session=session))
        assert (item["outcome"], item["ring_seconds"], item["facts"]) == (Outcome.ANSWERED, 20, 5)


def test_opening_late_does_not_let_an_older_snapshot_overwrite_a_later_one(table: Table) -> None:
    # The first answer to a retried refer webhook was dialled, although nothing could be written.
    known = table.store.add(replace(BARE, legs=LEGS))
    assert table.store.conclude(known) is True
    table.store.open(HOP)
    assert table.store.conclude(replace(BARE, legs=LEGS[2:])) is False
    assert table.item()["ring_seconds"] == 20


class AskedTwice:
    """DynamoDB whose first answer to each update is lost, so that botocore asks again."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - a boto3 client
        self._client = client

    def update_item(self, **update: Any) -> Any:  # noqa: ANN401 - boto3's
        self._client.update_item(**update)
        return self._client.update_item(**update)


def test_an_end_is_told_although_the_answer_to_its_write_was_lost(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.store.open(HOP)
    with monkeypatch.context() as lossy:
        lossy.setattr(table.store, "_client", AskedTwice(table.dynamodb))
        assert table.store.conclude(replace(HOP, legs=LEGS[2:])) is True
        # It was ended before, whoever asks how often.
        assert table.store.conclude(replace(HOP, legs=LEGS[1:])) is False
    assert table.store.conclude(replace(HOP, legs=LEGS)) is False
    assert table.item()["facts"] == 5


def test_a_hop_that_ended_as_it_began_is_new_although_the_answer_was_lost(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = replace(BARE, refused=Refused.of(Denied("deny_entry", "no", rule="*/agentb")))
    with monkeypatch.context() as lossy:
        lossy.setattr(table.store, "_client", AskedTwice(table.dynamodb))
        assert table.store.open(refused) is None
        # A repeated webhook is one, whoever asks how often.
        assert table.store.open(refused) is not None
    assert table.item()["outcome"] == "denied"


# --- expiry ----------------------------------------------------------------------------------


def test_a_record_expires_so_many_days_after_it_was_begun(table: Table, clock: Clock) -> None:
    begun = int(clock())
    table.store.open(HOP)
    clock.seconds += 3600
    table.store.begin()
    table.store.conclude(table.store.add(replace(BARE, legs=(BUSY,))))
    item = table.item()
    assert item["expires_at"] == begun + DAYS * 86_400
    assert item["finished_at"] == begun + 3600


def test_the_end_is_dated_once(table: Table, clock: Clock) -> None:
    table.store.open(HOP)
    table.store.conclude(replace(HOP, legs=LEGS[2:]))
    finished = table.item()["finished_at"]
    clock.seconds += 60
    table.store.begin()
    table.store.conclude(replace(HOP, legs=LEGS))
    assert (table.item()["facts"], table.item()["finished_at"]) == (5, finished)


def test_nothing_is_read_or_written_when_the_time_of_the_request_is_used_up(
    table: Table, clock: Clock
) -> None:
    table.store.begin()
    clock.seconds += READ_UNTIL + 1
    with pytest.raises(TableUnreadable, match="no time is left"):
        table.store.read([("*", "agentb")])
    table.store.open(HOP)
    clock.seconds += WRITE_UNTIL
    with pytest.raises(RecordNotWritten, match="no time is left"):
        table.store.add(replace(BARE, legs=(BUSY,)))
    table.store.begin()
    assert table.store.read([("*", "agentb")]).items == {}
    table.store.add(replace(BARE, legs=(BUSY,)))

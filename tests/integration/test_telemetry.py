"""What is told: enough to see how transfers end, nothing that somebody could dial or sign by."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from aws_lambda_powertools.logging import Logger

from call_transfer.links import Mode
from call_transfer.record import HopRecord
from call_transfer.telemetry import SERVICE, Telemetry, masked
from gateway.http_api import Response
from laptop import ACCOUNT, SESSION, Laptop, dial, held, leg_sid

UUI = "0a1b2c3d4e5f%3Bencoding%3Dhex"
ORDER = "order-of-a-customer"
PASSWORD = "hunter2"  # noqa: S105 - what a transferor may write into an address
SECRETS = (ACCOUNT.token, "0a1b2c3d4e5f", ORDER, PASSWORD)
CALLER = "+14155550199"
NUMBERS = (CALLER, "+18005550100", "+14155550123", "+14155550177", "+18005550142")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("+14155550123", "+*******0123"),
        ("sip:+14155550123@pbx.example.com", "sip:+*******0123@pbx.example.com"),
        ("*/+14155550123", "*/+*******0123"),
        ("2001", "2001"),
        ("20011", "*0011"),
        ("agentb", "agentb"),
        ("", ""),
        ("14155550123 and 14155550199", "*******0123 and *******0199"),
    ],
)
def test_of_a_number_four_digits_are_left(text: str, hidden: str) -> None:
    assert masked(text) == hidden


@pytest.mark.parametrize(
    "text", ["tel:+1-415-555-0123", "tel:+1.415.555.0123", "tel:+1(415)555-0123", "415-555-0123"]
)
def test_separators_do_not_uncover_a_number(text: str) -> None:
    digits = re.sub(r"\D", "", masked(text))
    assert digits == "0123"


def test_a_hop_without_an_outcome_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = Telemetry(logger=Logger(service="alone"), namespace="Alone")
    telemetry.finished(HopRecord(ACCOUNT.sid, SESSION, 1, "0123456789ab", Mode.HOLD))
    assert capsys.readouterr().out == ""


# --- scenarios -------------------------------------------------------------------------------


def with_directory(laptop: Laptop) -> None:
    agents = [{"sip": "sip:agenta@pbx.example.com"}]
    laptop.entry("+18005550100", dial=agents)
    laptop.entry("agentb", dial=[{"sip": "sip:agentb@pbx.example.com"}], fallback=["+14155550177"])
    laptop.entry("+14155550123", dial="as_asked", fallback=["+14155550177"])
    laptop.entry("+14155550177", dial="as_asked")
    laptop.entry("+1415*", deny="not to California", fallback=["+14155550177"])
    laptop.entry("broken", dial=[{"sip": f"not a uri {ORDER}"}])


def target(address: str) -> str:
    return f"<sip:{address}?User-to-User={UUI}&X-Order={ORDER}>"


def legs(laptop: Laptop, dialled: Response, *statuses: str) -> None:
    for sequence, status in enumerate(statuses):
        laptop.leg(dialled, status, sequence=sequence, CallSid=leg_sid(9), CallDuration="42")


def hold_answered(laptop: Laptop) -> None:
    initial = laptop.call()
    transfer = laptop.refer(target("agentb@pbx.example.com"), dial(initial).attrib["referUrl"])
    legs(laptop, transfer, "initiated", "ringing", "in-progress", "completed")
    laptop.action(initial, "completed")


def hold_busy(laptop: Laptop) -> None:
    legs(laptop, laptop.refer(target("+14155550123@pbx.example.com")), "initiated", "busy")


def release_fallback(laptop: Laptop) -> None:
    first = laptop.refer(target(f"agentb:{PASSWORD}@pbx.example.com"), "/refer/release")
    second = laptop.action(first, "busy", DialSipResponseCode="486")
    laptop.action(second, "completed", DialCallDuration="7")


def release_to_a_number(laptop: Laptop) -> None:
    first = laptop.refer("tel:+1-415-555-0123", "/refer/release")
    laptop.action(first, "no-answer", CallStatus="completed")


def hold_denied(laptop: Laptop) -> None:
    laptop.refer(target("+14155550199@pbx.example.com"))
    laptop.refer("tel:+1.415.555.0199")


def release_denied(laptop: Laptop) -> None:
    first = laptop.refer(target("+14155550199@pbx.example.com"), "/refer/release")
    laptop.action(first, "failed", DialSipResponseCode="503")


def unknown(laptop: Laptop) -> None:
    for mode in ("hold", "release"):
        laptop.refer(target("nobody@elsewhere.example"), f"/refer/{mode}")


def unreadable(laptop: Laptop) -> None:
    for mode in ("hold", "release"):
        for text in (
            f"<sip:agentb@pbx.example.com?User-to-User={UUI}&X-Order={ORDER}%0d%0a>",
            f"<sip:agentb:{PASSWORD}@pbx.example.com:99999999?X-Order={ORDER}>",
            f"sip:agentb@pbx.example.com?X-Order={ORDER}@evil.example@evil.example",
            f"<sip:agentb@pbx.example.com:port?X-Order={ORDER}:2@evil.example>",
            f"sip:agentb:{PASSWORD}{'x' * 256}@pbx.example.com",
            f"mailto:agentb@example.com?User-to-User={UUI}",
            "",
        ):
            laptop.refer(text, f"/refer/{mode}")


def unreadable_initial(laptop: Laptop) -> None:
    laptop.call(f"sip:support:{PASSWORD}@@x.example?X-Order={ORDER}")
    laptop.call(f"sip:support:{PASSWORD}@x.example?X-Order={ORDER}", CallSid="CA" + "2" * 32)


def malformed_entry(laptop: Laptop) -> None:
    laptop.refer(target("broken@pbx.example.com"), "/refer/release")


def bugs(laptop: Laptop) -> None:
    def bug(*arguments: object, **named: object) -> None:
        raise RuntimeError(f"{ORDER} {UUI} {ACCOUNT.token} {CALLER} {arguments} {named}")

    initial = laptop.call()
    laptop.monkeypatch.setattr("call_transfer.decision.decide", bug)
    laptop.monkeypatch.setattr("call_transfer.store.Store.add", bug)
    laptop.refer(target("agentb@pbx.example.com"))
    laptop.refer(target("agentb@pbx.example.com"), "/refer/release")
    legs(laptop, initial, "ringing")
    laptop.action(initial, "busy")


def no_tables(laptop: Laptop) -> None:
    laptop.setting(TARGETS_TABLE="Gone", CALLS_TABLE="Gone", LAST_RESORT="+18005550142")
    laptop.call()
    last = laptop.refer(target("agentb@pbx.example.com"), "/refer/release")
    legs(laptop, last, "ringing")
    laptop.action(last, "busy")


def forged(laptop: Laptop) -> None:
    stranger = type(ACCOUNT)(ACCOUNT.sid, "guessed")
    laptop.post("/refer/hold", {"ReferTransferTarget": target("agentb@x")}, account=stranger)
    laptop.post(f"/refer/{PASSWORD}", {"ReferTransferTarget": target("agentb@x")}, account=stranger)


type Scenario = Callable[[Laptop], None]

SCENARIOS: list[Scenario] = [
    hold_answered,
    hold_busy,
    release_fallback,
    release_to_a_number,
    hold_denied,
    release_denied,
    unknown,
    unreadable,
    unreadable_initial,
    malformed_entry,
    bugs,
    no_tables,
    forged,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_no_line_tells_a_number_a_secret_or_a_context(scenario: Scenario, laptop: Laptop) -> None:
    with_directory(laptop)
    scenario(laptop)
    everything = json.dumps(laptop.lines())
    assert laptop.lines("webhook")
    together = re.sub(r"(?<=\d)[-.()]+(?=\d)", "", everything)
    for number in NUMBERS:
        assert number.lstrip("+") not in together
    for secret in SECRETS:
        assert secret not in everything


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_every_webhook_has_one_line_and_every_finished_transfer_one(
    scenario: Scenario, laptop: Laptop
) -> None:
    with_directory(laptop)
    posts = Counter[str]()
    post = type(laptop).post

    def counted(self: Laptop, url: str, *given: Any, **named: Any) -> Response:  # noqa: ANN401 - handed on
        posts["webhook"] += 1
        return post(self, url, *given, **named)

    laptop.monkeypatch.setattr(type(laptop), "post", counted)
    scenario(laptop)
    lines = laptop.lines("webhook")
    assert len(lines) == posts["webhook"]
    assert len({line["request_id"] for line in lines}) == posts["webhook"]
    finished = [one for one in laptop.records(1) if "finished" in one]
    # Where nothing can be recorded, the end is told by what the webhook knows.
    if scenario is no_tables:
        assert finished == []
        return
    told = [(line["session"], line["hop"], line["refer_id"]) for line in laptop.lines("transfer")]
    assert Counter(told) == Counter(
        (SESSION, int(number), refer_id)
        for number, _, refer_id in (one["hop"].partition("#") for one in finished)
    )


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_every_metric_is_one_that_cloudwatch_takes(scenario: Scenario, laptop: Laptop) -> None:
    with_directory(laptop)
    scenario(laptop)
    embedded = [line for line in laptop.lines() if "_aws" in line]
    assert len(embedded) >= len([line for line in laptop.lines() if "message" in line])
    for line in embedded:
        assert isinstance(line["_aws"]["Timestamp"], int)
        [directive] = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == laptop.stack.environment["METRICS_NAMESPACE"]
        names = {name for dimensions in directive["Dimensions"] for name in dimensions}
        assert all(isinstance(line[name], str) and line[name] for name in names)
        dimensions = [sorted(one) for one in directive["Dimensions"]]
        for metric in directive["Metrics"]:
            [value] = line[metric["Name"]]
            assert isinstance(value, float)
            assert (metric["Unit"], dimensions) == METRICS[metric["Name"]]


ALL = ["service"]
METRICS = {
    "Duration": ("Milliseconds", [["service", "webhook"]]),
    "ColdStarts": ("Count", [["service", "webhook"]]),
    "Rejected": ("Count", [ALL, ["reason", "service"]]),
    "Refused": ("Count", [ALL, ["code", "service"]]),
    "RecordNotWritten": ("Count", [ALL]),
    "TokensNotRead": ("Count", [ALL]),
    "Bugs": ("Count", [ALL]),
    "InitialCalls": ("Count", [ALL, ["outcome", "service"]]),
    "Transfers": ("Count", [ALL, ["mode", "outcome", "service"]]),
    "Taken": ("Count", [["mode", "service"]]),
    "RingTime": ("Seconds", [["mode", "service"]]),
    "TalkTime": ("Seconds", [["mode", "service"]]),
}


def blobs(laptop: Laptop, name: str) -> list[dict[str, Any]]:
    """Return what was published of a metric so far."""
    return [line for line in laptop.lines() if "_aws" in line and name in line]


def counted(laptop: Laptop, name: str) -> float:
    """Return the sum of a metric over all lines so far."""
    embedded = (line for line in laptop.lines() if "_aws" in line)
    return sum(float(line[name][0]) for line in embedded if name in line)


def test_a_finished_transfer_is_counted_by_outcome_and_mode(laptop: Laptop) -> None:
    with_directory(laptop)
    hold_answered(laptop)
    [line] = blobs(laptop, "Transfers")
    assert (line["outcome"], line["mode"]) == ("answered", "hold")
    assert (line["service"], line["Transfers"]) == (SERVICE, [1.0])
    [times] = blobs(laptop, "Taken")
    assert (times["mode"], times["Taken"]) == ("hold", [1.0])
    assert (times["RingTime"], times["TalkTime"]) == ([10.0], [42.0])
    assert counted(laptop, "InitialCalls") == 1


def test_no_metric_has_a_dimension_that_grows_with_tenants_entries_or_calls(laptop: Laptop) -> None:
    dimensions = {name for _, sets in METRICS.values() for one in sets for name in one}
    assert dimensions == {"service", "webhook", "mode", "outcome", "code", "reason"}


@pytest.mark.parametrize(
    ("scenario", "taken"),
    [(hold_answered, 1), (release_fallback, 1), (hold_busy, 0), (hold_denied, 0)],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_transfer_is_taken_when_somebody_has_the_call_as_the_directory_says(
    scenario: Scenario, taken: int, laptop: Laptop
) -> None:
    with_directory(laptop)
    scenario(laptop)
    assert counted(laptop, "Taken") == taken
    assert counted(laptop, "Transfers") == len(blobs(laptop, "Taken"))


def test_a_webhook_that_went_well_has_one_blob(laptop: Laptop) -> None:
    with_directory(laptop)
    laptop.refer(target("agentb@pbx.example.com"))
    [line] = [line for line in laptop.lines() if "_aws" in line]
    assert line.keys() - {"_aws"} == {"webhook", "service", "Duration", "ColdStarts"}


def test_the_first_webhook_of_a_process_is_a_cold_start(laptop: Laptop) -> None:
    with_directory(laptop)
    hold_busy(laptop)
    assert [line.get("cold_start") for line in laptop.lines("webhook")] == [True, None, None]
    assert [line["webhook"] for line in blobs(laptop, "ColdStarts")] == ["refer"]


def test_the_line_of_a_transfer_says_how_it_went(laptop: Laptop) -> None:
    with_directory(laptop)
    release_fallback(laptop)
    [line] = laptop.lines("transfer")
    assert (
        line.items()
        >= {
            "session": SESSION,
            "hop": 1,
            "tenant": ACCOUNT.sid,
            "mode": "release",
            "asked": "sip:agentb@pbx.example.com",
            "outcome": "fallback",
            "cause": "busy",
            "attempt": 1,
            "talk_seconds": 7,
        }.items()
    )
    assert line["dialled_by"] == ["*/agentb", "*/+*******0177"]


def test_the_first_noun_that_answers_at_once_is_told(laptop: Laptop) -> None:
    with_directory(laptop)
    transfer = laptop.refer(target("agentb@pbx.example.com"))
    at_once = "Mon, 23 Nov 2026 10:00:00 +0000"
    for sequence, status in enumerate(["initiated", "in-progress", "completed"]):
        laptop.leg(transfer, status, sequence=sequence, Timestamp=at_once, CallDuration="0")
    [line] = laptop.lines("transfer")
    zeros = {"answered_noun": 0, "ring_seconds": 0, "talk_seconds": 0}
    for told in (line, laptop.record(1)):
        assert {name: told.get(name) for name in zeros} == zeros


def test_the_line_of_a_refusal_says_which_rule_it_was(laptop: Laptop) -> None:
    with_directory(laptop)
    laptop.refer("tel:+14155550199")
    [line] = laptop.lines("transfer")
    assert (line["outcome"], line["code"], line["refused_by"]) == (
        "denied",
        "deny_entry",
        "*/+1415*",
    )
    assert [line["code"] for line in blobs(laptop, "Refused")] == ["deny_entry"]


def test_a_refusal_that_is_told_again_is_counted_once(laptop: Laptop) -> None:
    with_directory(laptop)
    given = {"ReferTransferTarget": "tel:+14155550199", "From": CALLER, "To": "+18005550100"}
    for _ in range(2):
        laptop.post("/refer/hold", given, idempotency_token="the-same")  # noqa: S106 - a header
    assert len(laptop.lines("webhook")) == 2
    assert counted(laptop, "Refused") == 1


def test_what_needs_somebody_is_an_error_and_is_counted(laptop: Laptop) -> None:
    with_directory(laptop)
    bugs(laptop)
    assert counted(laptop, "Bugs") == 4
    assert [line["level"] for line in laptop.lines("webhook")] == ["INFO", *["ERROR"] * 4]


def test_a_record_that_is_not_written_is_an_error_and_is_counted(laptop: Laptop) -> None:
    with_directory(laptop)
    no_tables(laptop)
    assert counted(laptop, "RecordNotWritten") == 4
    assert {line["level"] for line in laptop.lines("webhook")} == {"ERROR"}


def test_a_request_that_is_not_twilios_is_counted_by_reason_and_is_no_error(
    laptop: Laptop,
) -> None:
    forged(laptop)
    assert [line["reason"] for line in blobs(laptop, "Rejected")] == ["WrongSignature"] * 2
    assert {line["level"] for line in laptop.lines("webhook")} == {"INFO"}


def test_a_secret_that_cannot_be_read_is_an_error_and_is_counted(laptop: Laptop) -> None:
    laptop.setting(TOKENS_SECRET="gone")  # noqa: S106 - a name
    laptop.refer(target("agentb@pbx.example.com"))
    held("secretsmanager").create_secret(Name="not-json", SecretString="no JSON")
    laptop.setting(TOKENS_SECRET="not-json")  # noqa: S106 - a name
    laptop.refer(target("agentb@pbx.example.com"))
    reasons = [line["reason"] for line in blobs(laptop, "Rejected")]
    assert reasons == ["WrongSignature", "TokensUnavailable"]
    assert counted(laptop, "TokensNotRead") == 2
    assert {line["level"] for line in laptop.lines("webhook")} == {"ERROR"}

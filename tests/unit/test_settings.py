"""The environment: all of it is read, all of its problems are told at once, nothing is assumed."""

import re
from dataclasses import fields

import pytest

from call_transfer.errors import SettingsError
from call_transfer.links import Mode
from call_transfer.noun import Noun, NounKind
from call_transfer.policy import Policy
from call_transfer.rates import Limits
from call_transfer.settings import Settings

ENVIRONMENT = {
    "TARGETS_TABLE": "targets",
    "CALLS_TABLE": "calls",
    "TOKENS_SECRET": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tokens",
    "PUBLIC_BASE_URL": "",
    "CONNECTION_OVERRIDES": "",
    "METRICS_NAMESPACE": "CallTransfer",
    "DEFAULT_MODE": "hold",
    "HOLD_REFUSAL": "error",
    "HOLD_ACTION": "off",
    "REFUSE_ATTENDED": "off",
    "REFER_CALL_SID": "transferee",
    "HOP_LIMIT": "3",
    "VISIT_LIMIT": "2",
    "TRANSFEROR_PER_MINUTE": "10",
    "TARGET_PER_MINUTE": "0",
    "TENANT_PER_MINUTE": "600",
    "EXACT_NUMBERS": "911, 112",
    "RING_TIMEOUT": "25",
    "TIME_LIMIT": "14400",
    "HOLD_WAIT": "30",
    "DEFAULT_CALLER_ID": "",
    "FALLBACK": "",
    "LAST_RESORT": "",
    "REFUSED_TEXT": "This transfer is not possible.",
    "UNANSWERED_TEXT": "Nobody could take your call.",
    "ACCEPT_TEXT": "Press 1.",
    "TEXT_LANGUAGE": "",
    "RECORD_DAYS": "90",
}
LIMITS = {
    "HOP_LIMIT": (0, 20),
    "VISIT_LIMIT": (1, 20),
    "TRANSFEROR_PER_MINUTE": (0, 10_000),
    "TARGET_PER_MINUTE": (0, 10_000),
    "TENANT_PER_MINUTE": (0, 10_000),
    "RING_TIMEOUT": (5, 600),
    "TIME_LIMIT": (1, 14400),
    "RECORD_DAYS": (1, 3650),
}


def read(name: str, value: str) -> object:
    return getattr(Settings.parse(ENVIRONMENT | {name: value}), name.lower())


def problems(environment: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(environment)
    return caught.value.problems


def test_every_variable_is_read() -> None:
    settings = Settings.parse(ENVIRONMENT)
    assert {field.name.upper() for field in fields(Settings)} == set(ENVIRONMENT)
    assert settings == Settings(
        targets_table="targets",
        calls_table="calls",
        tokens_secret=ENVIRONMENT["TOKENS_SECRET"],
        public_base_url="",
        connection_overrides="",
        metrics_namespace="CallTransfer",
        default_mode=Mode.HOLD,
        hold_refusal="error",
        hold_action=False,
        refuse_attended=False,
        refer_call_sid="transferee",
        hop_limit=3,
        visit_limit=2,
        transferor_per_minute=10,
        target_per_minute=0,
        tenant_per_minute=600,
        exact_numbers=frozenset({"911", "112"}),
        ring_timeout=25,
        time_limit=14400,
        hold_wait=30,
        default_caller_id="",
        fallback=(),
        last_resort=None,
        refused_text="This transfer is not possible.",
        unanswered_text="Nobody could take your call.",
        accept_text="Press 1.",
        text_language="",
        record_days=90,
    )


def test_other_variables_are_nobodys_business() -> None:
    assert Settings.parse(ENVIRONMENT | {"PATH": "/bin"}) == Settings.parse(ENVIRONMENT)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_there_is_no_silent_default(name: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}
    assert problems(environment) == (f"{name} is not set",)


def test_an_empty_environment_lacks_everything() -> None:
    assert problems({}) == tuple(f"{name} is not set" for name in ENVIRONMENT)


def test_all_problems_are_told_at_once_and_in_order() -> None:
    environment = ENVIRONMENT | {"TARGETS_TABLE": " ", "HOP_LIMIT": "many", "DEFAULT_MODE": "park"}
    del environment["TOKENS_SECRET"]
    assert problems(environment) == (
        "TARGETS_TABLE is empty",
        "TOKENS_SECRET is not set",
        "DEFAULT_MODE is 'park', and must be one of hold, release",
        "HOP_LIMIT is 'many', and must be a whole number from 0 to 20",
    )


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("TARGETS_TABLE", " targets\n", "targets"),
        ("PUBLIC_BASE_URL", "https://calls.example.com", "https://calls.example.com"),
        ("PUBLIC_BASE_URL", "http://127.0.0.1:3000/v1/a_b", "http://127.0.0.1:3000/v1/a_b"),
        ("CONNECTION_OVERRIDES", "rc=1&rp=ct,rt", "rc=1&rp=ct,rt"),
        ("CONNECTION_OVERRIDES", "rp=5xx", "rp=5xx"),
        ("DEFAULT_MODE", "release", Mode.RELEASE),
        ("HOLD_REFUSAL", "message", "message"),
        ("HOLD_ACTION", "on", True),
        ("REFUSE_ATTENDED", "on", True),
        ("REFER_CALL_SID", "transferor", "transferor"),
        ("DEFAULT_CALLER_ID", "+14155550100", "+14155550100"),
        ("FALLBACK", "transferor", ("transferor",)),
        ("FALLBACK", " 2001 , ,+14155550123,transferor,", ("2001", "+14155550123", "transferor")),
        ("FALLBACK", "sip:a@h.example,default", ("sip:a@h.example", "default")),
        ("FALLBACK", ",".join(["2001"] * 10), ("2001",) * 10),
        ("EXACT_NUMBERS", "", frozenset()),
        ("EXACT_NUMBERS", " 911, ,112,911,12345678", frozenset({"911", "112", "12345678"})),
        ("HOLD_WAIT", "0", 0),
        ("HOLD_WAIT", "10", 10),
        ("HOLD_WAIT", "600", 600),
        ("TEXT_LANGUAGE", "en-US", "en-US"),
        ("TEXT_LANGUAGE", "cmn-CN", "cmn-CN"),
        ("LAST_RESORT", "+14155550123", Noun(NounKind.NUMBER, "+14155550123")),
        ("LAST_RESORT", "tel:+1-415-555-0123", Noun(NounKind.NUMBER, "+14155550123")),
        ("LAST_RESORT", "sip:desk@h.example", Noun(NounKind.SIP, "sip:desk@h.example")),
        (
            "LAST_RESORT",
            "SIPS:desk@h.example",
            Noun(NounKind.SIP, "sip:desk@h.example;secure=true"),
        ),
        (
            "LAST_RESORT",
            "sip:+14155550123@gw.example;transport=tls",
            Noun(NounKind.SIP, "sip:+14155550123@gw.example;transport=tls"),
        ),
        pytest.param(
            "LAST_RESORT",
            "<sip:+14155550123@gw.example>",
            Noun(NounKind.SIP, "sip:+14155550123@gw.example"),
            id="LAST_RESORT-a number at a host, in brackets",
        ),
    ],
)
def test_a_variable_becomes_a_value(name: str, text: str, value: object) -> None:
    assert read(name, text) == value


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_reaches_to_its_limits(name: str) -> None:
    low, high = LIMITS[name]
    assert (read(name, str(low)), read(name, str(high))) == (low, high)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("text", ["", "-1", "+5", "5.0", "1e1", "5 s", "\u0665", "1_0", "9" * 5000])
def test_a_number_is_written_in_digits(name: str, text: str) -> None:
    [problem] = problems(ENVIRONMENT | {name: text})
    assert problem.startswith(name)


@pytest.mark.parametrize("name", LIMITS)
def test_a_number_does_not_go_past_its_limits(name: str) -> None:
    low, high = LIMITS[name]
    must = f"must be a whole number from {low} to {high}"
    assert problems(ENVIRONMENT | {name: str(high + 1)}) == (f"{name} is '{high + 1}', and {must}",)
    assert problems(ENVIRONMENT | {name: str(low - 1)}) == (f"{name} is '{low - 1}', and {must}",)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("TARGETS_TABLE", "", "is empty"),
        ("CALLS_TABLE", "", "is empty"),
        ("TOKENS_SECRET", "", "is empty"),
        ("METRICS_NAMESPACE", "", "is empty"),
        ("REFUSED_TEXT", " ", "is empty"),
        ("UNANSWERED_TEXT", "", "is empty"),
        ("PUBLIC_BASE_URL", "calls.example.com", "without a final slash"),
        ("PUBLIC_BASE_URL", "https://calls.example.com/", "without a final slash"),
        ("PUBLIC_BASE_URL", "https://my_host.example.com", "must be empty or https://host/path"),
        ("PUBLIC_BASE_URL", "https://calls.example.com?a=1", "must be empty or"),
        ("PUBLIC_BASE_URL", "https://calls.example.com#rc=1", "must be empty or"),
        ("PUBLIC_BASE_URL", "https://user:pw@calls.example.com", "must be empty or"),
        ("PUBLIC_BASE_URL", "ftp://calls.example.com", "must be empty or"),
        ("CONNECTION_OVERRIDES", "#rc=1", "must be empty or Twilio's"),
        ("CONNECTION_OVERRIDES", "rc", "must be empty or Twilio's"),
        ("CONNECTION_OVERRIDES", "rc=1&", "must be empty or Twilio's"),
        ("CONNECTION_OVERRIDES", 'rc="1"', "must be empty or Twilio's"),
        ("DEFAULT_MODE", "", "must be one of hold, release"),
        ("DEFAULT_MODE", "Hold", "must be one of hold, release"),
        ("HOLD_REFUSAL", "denied", "must be one of error, message"),
        ("HOLD_ACTION", "true", "must be one of on, off"),
        ("REFUSE_ATTENDED", "yes", "must be one of on, off"),
        ("REFER_CALL_SID", "both", "must be one of transferee, transferor"),
        ("DEFAULT_CALLER_ID", "4155550100", "E.164 number that you own"),
        ("DEFAULT_CALLER_ID", "Front_Desk", "E.164 number that you own"),
        ("FALLBACK", "2001;2002 x", "holds '2001;2002 x', which is neither"),
        ("FALLBACK", "2001,Agent B", "holds 'Agent B', which is neither transferor nor an address"),
        ("FALLBACK", "tel:+14155550123", "neither transferor nor an address"),
        pytest.param("FALLBACK", ",".join(["2001"] * 11), "10", id="FALLBACK-eleven steps"),
        ("LAST_RESORT", "2001", "which cannot be dialled"),
        ("EXACT_NUMBERS", "911,1", "holds '1', which is no number of 2 to 8 digits"),
        ("EXACT_NUMBERS", "+911", "holds '+911', which is no number"),
        ("EXACT_NUMBERS", "9-1-1", "holds '9-1-1', which is no number"),
        ("EXACT_NUMBERS", "123456789", "2 to 8 digits"),
        ("EXACT_NUMBERS", "\u0669\u0661\u0661", "2 to 8 digits"),
        ("HOLD_WAIT", "9", "must be 0 for no limit, or 10 to 600 seconds"),
        ("HOLD_WAIT", "1", "must be 0 for no limit, or 10 to 600 seconds"),
        ("HOLD_WAIT", "601", "must be a whole number from 0 to 600"),
        ("HOLD_WAIT", "", "must be a whole number from 0 to 600"),
        ("ACCEPT_TEXT", "", "is empty"),
        ("LAST_RESORT", "tel:2001", "which cannot be dialled: a local number has no host"),
        ("LAST_RESORT", "client:alice", "'client' cannot be dialled"),
        ("LAST_RESORT", "sip:a@-h", "is no hostname"),
        ("TEXT_LANGUAGE", "english", "a language such as en-US"),
        ("TEXT_LANGUAGE", "en_US", "a language such as en-US"),
        ("TEXT_LANGUAGE", 'en-US"', "a language such as en-US"),
    ],
)
def test_a_variable_that_cannot_be_used_says_what_it_must_be(
    name: str, text: str, problem: str
) -> None:
    [told] = problems(ENVIRONMENT | {name: text})
    assert re.match(f"{name} .*{re.escape(problem)}", told)


def test_the_policy_is_what_a_decision_needs() -> None:
    settings = Settings.parse(
        ENVIRONMENT
        | {
            "REFUSE_ATTENDED": "on",
            "REFER_CALL_SID": "transferor",
            "DEFAULT_CALLER_ID": "+14155550100",
            "FALLBACK": "2001,transferor",
            "LAST_RESORT": "+14155550123",
        }
    )
    assert settings.policy == Policy(
        hop_limit=3,
        visit_limit=2,
        ring_timeout=25,
        time_limit=14400,
        hold_action=False,
        hold_wait=30,
        refuse_attended=True,
        caller_id="+14155550100",
        exact_numbers=frozenset({"911", "112"}),
        fallback=("2001", "transferor"),
        last_resort=Noun(NounKind.NUMBER, "+14155550123"),
    )


def test_the_limits_are_those_of_a_minute() -> None:
    assert Settings.parse(ENVIRONMENT).limits == Limits(transferor=10, target=0, tenant=600)

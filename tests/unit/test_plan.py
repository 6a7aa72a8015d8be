"""From the entry that governs to one Dial: what Twilio would refuse is settled beforehand."""

from dataclasses import replace
from typing import Any

import pytest

from call_transfer.context import context_of
from call_transfer.errors import Closed, Denied, InvalidTarget, Refusal, Unavailable
from call_transfer.hours import DAYS
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan, Turn, plan_for
from call_transfer.policy import Call
from call_transfer.refer_to import ReferTo
from call_transfer.ringing import rings_numbers
from call_transfer.verb import Announcement, Enqueue, Prompt, Redirect, Verb
from plans import POLICY, dial_plan, ringing

TENANT = "AC" + "a" * 32
NUMBER = {"number": "+14155550123"}
DESK = {"sip": "sip:2001@pbx.example.com"}
ALICE = {"client": "alice"}
NOW = 1_780_000_000.0
OURS = "+14155550100"
FROM_A_NUMBER = "+14155550177"


def item(**fields: object) -> dict[str, Any]:
    return {"tenant": TENANT, "address": "2001", "dial": [DESK]} | fields


def plan(
    entry: dict[str, Any],
    *,
    asked: str | None = "sip:2001@pbx.example.com",
    caller: str = FROM_A_NUMBER,
    policy_caller_id: str = "",
    stage: Stage = Stage.TRANSFER,
) -> Plan:
    target = ReferTo.parse(asked) if asked else None
    return plan_for(
        entry,
        asked=target,
        context=context_of(target) if target else (),
        turn=Turn(stage),
        call=Call(TENANT, caller),
        policy=replace(POLICY, caller_id=policy_caller_id),
        now=NOW,
    )


def refusal(entry: dict[str, Any], **given: Any) -> Refusal:  # noqa: ANN401 - plan's own keywords
    with pytest.raises(Refusal) as caught:
        plan(entry, **given)
    return caught.value


def test_what_an_entry_leaves_open_is_the_policys() -> None:
    assert plan(item()) == dial_plan(
        nouns=(Noun(NounKind.SIP, "sip:2001@pbx.example.com"),),
        stage=Stage.TRANSFER,
        rule=f"{TENANT}/2001",
        ring_timeout=25,
        time_limit=3600,
        sequential=False,
        caller_id="",
        fallback=("2001", "transferor"),
        context=(),
        dropped=(),
        mode=None,
    )


def test_what_an_entry_says_is_planned() -> None:
    planned = plan(
        item(
            dial=[NUMBER, ALICE],
            sequential=True,
            ring_timeout=600,
            time_limit=60,
            caller_id=OURS,
            fallback=["3001"],
            mode="release",
        ),
        stage=Stage.INITIAL,
    )
    assert planned == dial_plan(
        nouns=(Noun(NounKind.NUMBER, "+14155550123"), Noun(NounKind.CLIENT, "alice")),
        stage=Stage.INITIAL,
        rule=f"{TENANT}/2001",
        ring_timeout=600,
        time_limit=60,
        sequential=True,
        caller_id=OURS,
        fallback=("3001",),
        mode=Mode.RELEASE,
    )


@pytest.mark.parametrize(("own", "planned"), [(60, 60), (3600, 3600), (14400, 3600), (None, 3600)])
def test_no_entry_talks_longer_than_the_policy_allows(own: int | None, planned: int) -> None:
    assert ringing(plan(item(time_limit=own))).time_limit == planned


def test_an_entry_can_have_no_fallback_at_all() -> None:
    assert plan(item(fallback=[])).fallback == ()


def test_a_deny_entry_refuses_in_its_own_words() -> None:
    denied = refusal({"tenant": TENANT, "address": "+1900*", "deny": "premium rate"})
    assert isinstance(denied, Denied)
    assert (denied.code, denied.message, denied.rule) == (
        "deny_entry",
        "premium rate",
        f"{TENANT}/+1900*",
    )


def test_a_deny_entry_can_say_something_in_its_own_language() -> None:
    deny = {"reason": "premium rate", "say": "Diese Nummer nicht."}
    denied = refusal({"tenant": TENANT, "address": "+1900*", "deny": deny, "language": "de-DE"})
    assert (denied.message, denied.say, denied.language) == (
        "premium rate",
        "Diese Nummer nicht.",
        "de-DE",
    )


CLOSED = {"zone": "UTC", "weekly": {}}
ALWAYS = {"zone": "UTC", "weekly": {day: ["00:00-24:00"] for day in DAYS}}


@pytest.mark.parametrize("action", [{"dial": [DESK]}, {"deny": "no"}, {"say": "Hello."}])
@pytest.mark.parametrize("instead", ["", "2002"])
def test_an_entry_that_is_closed_refuses_whatever_it_does(
    action: dict[str, object], instead: str
) -> None:
    hours = CLOSED | ({"closed": instead} if instead else {})
    closed = refusal({"tenant": TENANT, "address": "2001", "hours": hours} | action)
    assert isinstance(closed, Closed)
    assert (closed.rule, closed.instead) == (f"{TENANT}/2001", instead)


def test_an_entry_that_is_open_is_planned_as_one_without_hours() -> None:
    assert plan(item(hours=ALWAYS)) == plan(item())


def test_an_entry_that_is_switched_off_is_not_only_closed() -> None:
    assert refusal(item(hours=CLOSED | {"closed": "2002"}, enabled=False)).code == "disabled"


@pytest.mark.parametrize(
    ("action", "verb"),
    [
        ({"enqueue": "support"}, Enqueue("support")),
        ({"say": "Goodbye."}, Announcement(Prompt(say="Goodbye."))),
        ({"redirect": "https://h.example/"}, Redirect("https://h.example/")),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_another_verb_is_planned_as_it_stands_and_tells_its_end_in_either_mode(
    action: dict[str, object], verb: Verb, mode: Mode
) -> None:
    entry = {"tenant": TENANT, "address": "2001", "language": "de-DE", "fallback": ["3001"]}
    asked = ReferTo.parse(ASKED)
    planned = plan_for(
        entry | action,
        asked=asked,
        context=context_of(asked),
        turn=Turn(Stage.TRANSFER, via=("*/2000",), passed_over=(("1999", "no_entry"),)),
        call=Call(TENANT, FROM_A_NUMBER, mode=mode, hop=1),
        policy=POLICY,
        now=NOW,
    )
    assert planned == Plan(
        verb=verb,
        stage=Stage.TRANSFER,
        rule=f"{TENANT}/2001",
        has_action=True,
        fallback=("3001",),
        context=context_of(asked),
        via=("*/2000",),
        passed_over=(("1999", "no_entry"),),
        language="de-DE",
    )
    assert planned.nouns == ()


@pytest.mark.parametrize("action", [{"dial": [DESK]}, {"deny": "no"}], ids=["dial", "deny"])
def test_a_disabled_entry_refuses(action: dict[str, object]) -> None:
    denied = refusal({"tenant": TENANT, "address": "2001", "enabled": False} | action)
    assert isinstance(denied, Denied)
    assert (denied.code, denied.rule) == ("disabled", f"{TENANT}/2001")


def test_a_malformed_entry_refuses_and_says_where() -> None:
    broken = refusal(item(ring_timeout="20"))
    assert isinstance(broken, Unavailable)
    assert (broken.code, broken.rule) == ("malformed_entry", f"{TENANT}/2001")
    assert broken.message == "the field ring_timeout of the entry is malformed"


def test_a_malformed_entry_is_not_quoted_to_whoever_reads_the_debugger() -> None:
    broken = refusal(item(dial=[{"sip": "sip:u:hunter2@"}]))
    assert "hunter2" not in broken.message + str(broken) + broken.rule


def test_a_disabled_entry_that_is_malformed_is_malformed() -> None:
    assert refusal(item(enabled=False, zeta=1)).code == "malformed_entry"


@pytest.mark.parametrize(
    ("address", "asked", "noun"),
    [
        ("+1415*", "sip:+14155550123@evil.example", Noun(NounKind.NUMBER, "+14155550123")),
        ("+14155550123", "tel:+1-415-555-0123", Noun(NounKind.NUMBER, "+14155550123")),
        (
            "*@gw.example",
            "sip:+14155550123@gw.example",
            Noun(NounKind.SIP, "sip:+14155550123@gw.example"),
        ),
        (
            "sip:+14155550123@gw.example",
            "sip:+14155550123@gw.example",
            Noun(NounKind.SIP, "sip:+14155550123@gw.example"),
        ),
        ("*@h.example", "sips:a@h.example", Noun(NounKind.SIP, "sip:a@h.example;secure=true")),
    ],
)
def test_as_asked_a_number_entry_dials_the_number_and_a_host_entry_the_uri(
    address: str, asked: str, noun: Noun
) -> None:
    assert plan(item(address=address, dial="as_asked"), asked=asked).nouns == (noun,)


def test_as_asked_needs_somebody_who_asked() -> None:
    nobody = refusal(item(address="+1415*", dial="as_asked"), asked=None)
    assert isinstance(nobody, Unavailable)
    assert (nobody.code, nobody.rule) == ("not_dialable", f"{TENANT}/+1415*")


def test_as_asked_a_uri_that_is_too_long_is_refused() -> None:
    long = refusal(item(address="*@h.example", dial="as_asked"), asked=f"sip:{'a' * 245}@h.example")
    assert isinstance(long, InvalidTarget)


ASKED = "sip:2001@pbx.example.com?X-A=1&x-b=2&User-to-User=00&Route=evil&X-Twilio-C=3"


@pytest.mark.parametrize(
    ("allowed", "sent"),
    [
        (None, "X-A=1&x-b=2&User-to-User=00"),
        (["X-*"], "X-A=1&x-b=2"),
        (["X-B"], "x-b=2"),
        ([], ""),
    ],
)
def test_the_nouns_carry_the_context_that_the_entry_lets_through(
    allowed: list[str] | None, sent: str
) -> None:
    planned = plan(item(pass_headers=allowed), asked=ASKED)
    assert planned.nouns[0].address.partition("?")[2] == sent


def test_the_whole_context_is_kept_for_the_parties_of_the_fallback() -> None:
    planned = plan(item(pass_headers=[]), asked=ASKED)
    assert planned.context == (("X-A", "1"), ("x-b", "2"), ("User-to-User", "00"))


def test_a_header_that_does_not_reach_every_noun_is_listed_once() -> None:
    planned = plan(item(dial=[DESK, NUMBER, NUMBER]), asked=ASKED)
    assert planned.dropped == ("User-to-User", "X-A", "x-b")
    assert plan(item(dial=[DESK, ALICE]), asked=ASKED).dropped == ()


# --- caller ID: Twilio 13214


@pytest.mark.parametrize(
    ("caller", "needed"),
    [
        ("sip:alice@pbx.example.com", True),
        ("SIPS:alice@pbx.example.com", True),
        ("client:alice", True),
        ("+14155550177", False),
        ("anonymous", False),
        ("", False),
    ],
)
def test_a_call_from_sip_or_a_client_has_no_caller_id_for_a_number(
    caller: str, *, needed: bool
) -> None:
    assert Call(TENANT, caller).needs_caller_id is needed


@pytest.mark.parametrize(
    ("dial", "caller", "entrys", "policys", "planned"),
    [
        pytest.param([NUMBER], FROM_A_NUMBER, "", OURS, "", id="the caller's own number is shown"),
        pytest.param([NUMBER], FROM_A_NUMBER, "+14155550111", OURS, "+14155550111", id="entry's"),
        pytest.param([NUMBER], "sip:a@h.example", "", OURS, OURS, id="sip caller, policy's"),
        pytest.param([NUMBER], "client:a", "", OURS, OURS, id="client caller, policy's"),
        pytest.param(
            [NUMBER], "sip:a@h.example", "+14155550111", OURS, "+14155550111", id="entry's first"
        ),
        pytest.param([DESK, NUMBER], "sip:a@h.example", "", OURS, OURS, id="one number is enough"),
        pytest.param([DESK], "sip:a@h.example", "", OURS, "", id="sip to sip needs none"),
        pytest.param([ALICE], "client:a", "", "", "", id="client to client needs none"),
        pytest.param([DESK], "sip:a@h.example", "Front_Desk", "", "Front_Desk", id="sip has words"),
    ],
)
def test_the_caller_id_of_a_dial(
    dial: list[dict[str, str]], caller: str, entrys: str, policys: str, planned: str
) -> None:
    entry = item(dial=dial, caller_id=entrys)
    planned_ = plan(entry, caller=caller, policy_caller_id=policys)
    assert ringing(planned_).caller_id == planned


@pytest.mark.parametrize("caller", ["sip:a@h.example", "sips:a@h.example", "client:a"])
def test_a_number_without_a_caller_id_to_show_is_refused(caller: str) -> None:
    missing = refusal(item(dial=[DESK, NUMBER]), caller=caller)
    assert isinstance(missing, Unavailable)
    assert (missing.code, missing.rule) == ("caller_id_required", f"{TENANT}/2001")
    assert "13214" in missing.message


def test_a_number_that_is_asked_for_shows_a_number() -> None:
    words = refusal(
        item(address="+1415*", dial="as_asked", caller_id="Front_Desk"), asked="tel:+14155550123"
    )
    assert isinstance(words, Unavailable)
    assert (words.code, words.rule) == ("caller_id", f"{TENANT}/+1415*")


def test_only_a_number_is_on_the_telephone_network() -> None:
    kinds = {kind: rings_numbers([Noun(kind, "x")]) for kind in NounKind}
    assert kinds == {
        NounKind.SIP: False,
        NounKind.NUMBER: True,
        NounKind.CLIENT: False,
        NounKind.SIM: False,
    }
    assert not rings_numbers([])

"""Who is counted, and under which key: one minute of the clock, one tenant, one kind."""

from dataclasses import replace

import pytest

from call_transfer.errors import Denied
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan
from call_transfer.rates import Counter, Limits, counters
from call_transfer.record import HopRecord, Refused, counters_of
from call_transfer.verb import Enqueue
from plans import dial_plan

TENANT = "AC" + "a" * 32
NOW = 1_780_000_019.9
MINUTE = "29666666"
LIMITS = Limits(transferor=5, target=3, tenant=100)
DESK = Noun(NounKind.SIP, "sip:desk@pbx.example.com")
NUMBER = Noun(NounKind.NUMBER, "+14155550123")
HOP = HopRecord(
    tenant=TENANT,
    session="CA" + "1" * 32,
    hop=1,
    refer_id="0123456789ab",
    mode=Mode.HOLD,
    transferor=(DESK,),
    tried={0: dial_plan(nouns=(NUMBER,), stage=Stage.TRANSFER, rule="*/2001")},
)


def keys(record: HopRecord, limits: Limits = LIMITS) -> list[str]:
    return [one.key[0].partition("/rate/")[2] for one in counters_of(record, limits, NOW)]


def test_a_transfer_is_counted_for_its_transferor_its_tenant_and_each_target() -> None:
    assert counters(LIMITS, tenant=TENANT, transferor="a", targets=["c", "b", "c"], now=NOW) == (
        Counter((f"{TENANT}/rate/transferor/a", MINUTE), 5, "rate/transferor"),
        Counter((f"{TENANT}/rate/tenant/", MINUTE), 100, "rate/tenant"),
        Counter((f"{TENANT}/rate/target/b", MINUTE), 3, "rate/target"),
        Counter((f"{TENANT}/rate/target/c", MINUTE), 3, "rate/target"),
    )


def test_a_minute_is_one_of_the_clock() -> None:
    def minute(now: float) -> str:
        [one] = counters(Limits(tenant=1), tenant=TENANT, transferor="", targets=[], now=now)
        return one.key[1]

    assert minute(60 * 7.0) == minute(60 * 7 + 59.9) == "7"
    assert minute(60 * 8.0) == "8"


@pytest.mark.parametrize(
    ("limits", "kinds"),
    [
        (Limits(), []),
        (Limits(transferor=1), ["transferor/sip:desk@pbx.example.com"]),
        (Limits(target=1), ["target/+14155550123"]),
        (Limits(tenant=1), ["tenant/"]),
    ],
)
def test_what_has_no_limit_is_not_counted(limits: Limits, kinds: list[str]) -> None:
    assert keys(HOP, limits) == kinds


def test_a_transferor_that_is_not_known_counts_for_nobody() -> None:
    assert keys(replace(HOP, transferor=())) == ["tenant/", "target/+14155550123"]


def test_an_initial_call_is_no_transfer() -> None:
    assert keys(replace(HOP, hop=0)) == []


def test_what_was_refused_or_dials_nobody_is_not_counted() -> None:
    refused = Refused.of(Denied("deny_entry", "no"))
    assert keys(replace(HOP, refused=refused)) == []
    assert keys(replace(HOP, tried={})) == []


def test_of_a_verb_that_dials_nobody_the_entry_is_the_target() -> None:
    queue = Plan(verb=Enqueue("support"), stage=Stage.TRANSFER, rule="*/support")
    assert keys(replace(HOP, tried={0: queue}), Limits(target=1)) == ["target/*/support"]


def test_one_party_is_one_target_however_it_is_spelled() -> None:
    spelled = ("SIP:A@H.example", "sip:a@h.example:5060?X-A=1", "sip:a@h.example.;transport=tls")
    nouns = tuple(Noun(NounKind.SIP, address) for address in spelled)
    hop = replace(HOP, tried={0: dial_plan(nouns=nouns, stage=Stage.TRANSFER, rule="*/2001")})
    assert keys(hop, Limits(target=1)) == ["target/sip:a@h.example"]

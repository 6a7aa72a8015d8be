"""What follows when nobody took the call: the next party, the key of a menu, the chain, the end."""

from dataclasses import dataclass, replace
from typing import Any, cast
from xml.etree import ElementTree as ET

import pytest

from call_transfer import hop, progress
from call_transfer.asking import Hop
from call_transfer.errors import RecordNotWritten, TableUnreadable
from call_transfer.facts import CONTINUED, Acceptance, LegEvent, Outcome, Recording, Result
from call_transfer.links import INITIAL_CALL, Link, Mode, Stage, Urls
from call_transfer.noun import Noun, NounKind
from call_transfer.outcome import Conclusion
from call_transfer.progress import MAX_ATTEMPTS
from call_transfer.record import HopRecord, key_of
from call_transfer.store import Found
from plans import dial_plan
from tables import NOW, Listener, Tables, application

TENANT = "AC" + "a" * 32
OTHER = "AC" + "b" * 32
SESSION = "CA" + "1" * 32
LEG = "CA" + "2" * 32
URLS = Urls("https://calls.example.com")
LAST_RESORT = Noun(NounKind.NUMBER, "+14155550199")
A_NOUN = Noun(NounKind.SIP, "sip:a@pbx.example.com")
GOODBYE = ["Say", "Hangup"]


def dials(name: str, **fields: object) -> dict[str, Any]:
    return {"dial": [{"sip": f"sip:{name}@pbx.example.com"}]} | fields


def menu(*, repeat: int = 2, **fields: object) -> dict[str, Any]:
    keys = {"1": "sales", "2": "denied", "3": "transferor", "9": "menu", "0": "nobody"}
    return {"menu": {"say": "Press.", "keys": keys, "repeat": repeat, "invalid": "No."}} | fields


DIRECTORY: dict[str, dict[str, Any]] = {
    "menu": menu(fallback=["back"]),
    "sales": dials("sales", fallback=["boss"]),
    "boss": dials("boss"),
    "back": dials("back"),
    "denied": {"deny": "no"},
    "team": dials("b", fallback=["back", "transferor"])
    | {
        "dial": [
            {"sip": "sip:b@pbx.example.com", "ring_timeout": 8},
            {"sip": "sip:c@pbx.example.com"},
            {"sip": "sip:d@pbx.example.com", "ring_timeout": 11},
        ],
        "sequential": True,
    },
    "box": {"voicemail": {"say": "Speak."}, "fallback": ["back"]},
}


@dataclass
class Played:
    """One hop of one call, played against a directory in memory."""

    tables: Tables
    link: Link
    settings: dict[str, Any]
    now: float = NOW

    def __post_init__(self) -> None:
        self.app = application(self.tables, **self.settings)
        self.line: dict[str, Any] = {}

    @property
    def record(self) -> HopRecord:
        return self.tables.known(key_of(TENANT, self.link))

    @property
    def conclusion(self) -> Conclusion:
        return self.record.conclusion()

    @property
    def told(self) -> list[HopRecord]:
        return cast("Listener", self.app.telemetry).told

    def later(self, seconds: int) -> None:
        self.app = replace(self.app, now=lambda: NOW + seconds)

    def begins(
        self, target: str, transferor: tuple[Noun, ...] = (A_NOUN,), *, by_caller: bool = False
    ) -> ET.Element:
        """Play the REFER, which arrives on a Dial of ours that the transferor has answered."""
        earlier = Link(self.link.mode, SESSION, 0, INITIAL_CALL, 0, Stage.INITIAL)
        dialled = dial_plan(nouns=transferor, stage=Stage.INITIAL, rule="*/a")
        known = HopRecord(
            tenant=TENANT,
            session=SESSION,
            hop=0,
            refer_id=INITIAL_CALL,
            mode=self.link.mode,
            caller="+14155550177",
            tried={0: dialled},
        )
        self.tables.add(known)
        asked = Hop(
            link=self.link,
            tenant=TENANT,
            caller="+14155550177",
            called="+18005550100",
            call_sid=SESSION,
            texts=(target,),
            arrived_on=key_of(TENANT, earlier),
            by_caller=by_caller,
        )
        return self.heard(hop.take(asked, app=self.app, urls=URLS, line=self.line).body)

    def ends(self, status: str, pressed: str = "", **fields: Any) -> ET.Element:  # noqa: ANN401 - of a Result
        """Play the action of the verb that is on the line."""
        result = Result(self.link.attempt, self.link.stage, status, **fields)
        response = progress.ended(
            result,
            tenant=TENANT,
            link=self.link,
            app=self.app,
            urls=URLS,
            line=self.line,
            pressed=pressed,
        )
        return self.heard(response.body)

    def heard(self, body: str) -> ET.Element:
        """Read an answer, and follow the link in it."""
        answer = ET.fromstring(body)  # noqa: S314 - our own answer
        url = next((verb.get("action") for verb in answer if verb.get("action")), "")
        assert url is not None
        if url:
            parts = url.split("/")[-6:]
            self.link = Link(
                Mode(parts[0]), parts[1], int(parts[2]), parts[3], int(parts[4]), Stage(parts[5])
            )
        return answer


def play(mode: Mode = Mode.RELEASE, tenant: str = "*", **settings: Any) -> Played:  # noqa: ANN401 - of Settings
    items = {
        (tenant, address): {"tenant": tenant, "address": address} | fields
        for address, fields in DIRECTORY.items()
    }
    link = Link(mode, SESSION, 1, "0123456789ab", 0, Stage.TRANSFER)
    return Played(Tables(items), link, {"hold_wait": 0} | settings)


def verbs(answer: ET.Element) -> list[str]:
    return [verb.tag for verb in answer]


def dialled(answer: ET.Element) -> list[str | None]:
    return [noun.text for noun in answer.iter("Sip")] + [one.text for one in answer.iter("Number")]


def sip(name: str) -> list[str]:
    return [f"sip:{name}@pbx.example.com"]


# --- menus


def test_a_key_leads_to_its_entry_which_is_a_transfer_still_and_brings_its_own_chain() -> None:
    call = play()
    assert verbs(call.begins("sip:menu@pbx.example.com")) == ["Gather"]
    assert dialled(call.ends("no-answer", "1")) == sip("sales")
    assert (call.link.attempt, call.link.stage) == (1, Stage.TRANSFER)
    assert call.record.results == (Result(0, Stage.TRANSFER, CONTINUED),)
    assert dialled(call.ends("busy")) == sip("boss")
    assert call.link.stage is Stage.FALLBACK
    assert verbs(call.ends("busy")) == GOODBYE
    assert (call.conclusion.outcome, call.conclusion.cause) == (Outcome.BUSY, "")


def test_who_answers_behind_a_menu_has_answered_the_transfer() -> None:
    call = play()
    call.begins("sip:menu@pbx.example.com")
    call.ends("no-answer", "1")
    assert verbs(call.ends("completed")) == ["Hangup"]
    assert (call.conclusion.outcome, call.conclusion.cause) == (Outcome.ANSWERED, "")


def test_a_transferor_who_does_not_take_the_call_back_leaves_the_chain_of_the_menu() -> None:
    call = play()
    call.begins("sip:menu@pbx.example.com")
    assert dialled(call.ends("no-answer", "3")) == sip("a")
    assert call.link.stage is Stage.RECALL
    assert dialled(call.ends("busy")) == sip("back")


def test_a_party_that_called_in_and_refers_is_recalled_behind_a_menu_by_its_own_entry() -> None:
    call = play()
    caller = {"tenant": "*", "address": "+14155550177"} | dials("caller")
    call.tables.items = {**call.tables.items, ("*", "+14155550177"): caller}
    call.begins("sip:menu@pbx.example.com", by_caller=True)
    assert dialled(call.ends("no-answer", "3")) == sip("caller")


def test_a_party_that_called_in_and_has_no_entry_is_not_called_back() -> None:
    call = play()
    call.begins("sip:menu@pbx.example.com", by_caller=True)
    assert verbs(call.ends("no-answer", "3")) == ["Say", "Gather"]


def test_a_key_whose_entry_is_refused_is_recorded_with_the_menu_that_follows() -> None:
    call = play()
    call.begins("sip:menu@pbx.example.com")
    call.ends("no-answer", "2")
    assert call.record.tried[1].passed_over == (("denied", "deny_entry"),)


@pytest.mark.parametrize(("last_resort", "who"), [(None, "a"), (LAST_RESORT, "")])
def test_when_the_directory_fails_in_a_chain_the_transferor_is_recalled_without_it(
    monkeypatch: pytest.MonkeyPatch, last_resort: Noun | None, who: str
) -> None:
    call = play(last_resort=last_resort)
    call.begins("sip:team@pbx.example.com")
    for _ in range(2):
        call.ends("busy")
    read = call.tables.read

    def failing(keys: Any, hop: Any = None) -> Found:  # noqa: ANN401 - those of Tables
        if list(keys):
            raise TableUnreadable("out of order")
        return read((), hop)

    monkeypatch.setattr(call.tables, "read", failing)
    assert dialled(call.ends("busy")) == (sip(who) if who else [LAST_RESORT.address])


def test_parties_in_turn_that_had_the_call_are_a_loop_as_those_at_once_are() -> None:
    both = (
        Noun(NounKind.SIP, "sip:b@pbx.example.com"),
        Noun(NounKind.SIP, "sip:c@pbx.example.com"),
    )
    call = play(visit_limit=1, fallback=())
    call.begins("sip:team@pbx.example.com", both)
    # D has not had the call: of three parties in turn one is enough.
    assert call.record.refused is None
    again = play(visit_limit=1, fallback=())
    again.begins("sip:team@pbx.example.com", (*both, Noun(NounKind.SIP, "sip:d@pbx.example.com")))
    assert again.record.refused is not None
    assert again.record.refused.code == "loop"


def test_a_trunk_whose_user_cannot_be_looked_up_is_dialled_without() -> None:
    call = play()
    trunk = {"sip": "sip:t@trunk.example.net", "credentials": "trunk"}
    call.tables.items = {
        ("*", "trunk"): {"tenant": "*", "address": "trunk", "dial": [trunk]},
    }
    answer = call.begins("sip:trunk@pbx.example.com")
    [noun] = answer.iter("Sip")
    assert (noun.text, noun.get("username")) == ("sip:t@trunk.example.net", None)


@pytest.mark.parametrize(
    ("pressed", "said"),
    [
        ("7", ["Say", "Gather"]),
        ("2", ["Say", "Gather"]),
        ("0", ["Say", "Gather"]),
        ("", ["Gather"]),
    ],
    ids=["a key that is none", "denied", "no entry", "silence"],
)
def test_a_key_that_leads_nowhere_is_told_and_the_menu_asked_again(
    pressed: str, said: list[str]
) -> None:
    call = play()
    call.begins("sip:menu@pbx.example.com")
    assert verbs(call.ends("no-answer", pressed)) == said
    assert call.link.attempt == 1
    assert call.record.results == (Result(0, Stage.TRANSFER, CONTINUED),)
    assert call.conclusion == Conclusion(attempt=1)


def test_a_menu_that_was_asked_often_enough_gives_way_to_its_chain() -> None:
    call = play()
    call.begins("sip:menu@pbx.example.com")
    call.ends("no-answer")
    assert dialled(call.ends("no-answer", "7")) == sip("back")
    assert call.link.stage is Stage.FALLBACK
    call.ends("completed")
    assert (call.conclusion.outcome, call.conclusion.cause) == (Outcome.FALLBACK, "no_answer")


def test_a_key_can_recall_the_transferor() -> None:
    call = play()
    call.begins("sip:menu@pbx.example.com")
    assert dialled(call.ends("no-answer", "3")) == ["sip:a@pbx.example.com"]
    assert call.link.stage is Stage.RECALL
    call.ends("completed")
    assert call.conclusion.outcome is Outcome.RECALLED


def test_menus_that_lead_to_one_another_come_to_an_end() -> None:
    call = play()
    call.begins("sip:menu@pbx.example.com")
    rounds = 0
    while verbs(call.ends("no-answer", "9")) == ["Gather"]:
        rounds += 1
        assert rounds < 2 * MAX_ATTEMPTS
    assert rounds == MAX_ATTEMPTS - 1


def test_no_key_leads_to_the_entry_of_another_tenant() -> None:
    call = play()
    items = dict(call.tables.items)
    items[OTHER, "nobody"] = {"tenant": OTHER, "address": "nobody"} | dials("evil")
    call.tables.items = items
    call.begins("sip:menu@pbx.example.com")
    assert verbs(call.ends("no-answer", "0")) == ["Say", "Gather"]
    assert {tenant for tenant, _ in call.tables.asked} == {TENANT, "*"}


# --- one after the other


def test_parties_with_times_of_their_own_are_dialled_in_turn_and_then_the_chain() -> None:
    call = play()
    seen = [call.begins("sip:team@pbx.example.com"), *(call.ends("busy") for _ in range(4))]
    assert [dialled(one) for one in seen] == [sip(name) for name in ("b", "c", "d", "back", "a")]
    assert [one[0].get("timeout") for one in seen] == ["8", "20", "11", "20", "20"]
    assert verbs(call.ends("busy")) == GOODBYE
    assert call.conclusion.outcome is Outcome.BUSY


def test_when_the_wait_is_over_nobody_else_rings_and_the_transferor_is_recalled() -> None:
    call = play(Mode.HOLD, hold_wait=30, hold_action=True)
    call.begins("sip:team@pbx.example.com")
    call.later(25)
    assert dialled(call.ends("busy")) == ["sip:a@pbx.example.com"]
    assert call.record.tried[1].passed_over == (("back", "wait_over"),)


def test_each_rings_within_what_is_left_of_the_wait() -> None:
    call = play(Mode.HOLD, hold_wait=30, hold_action=True)
    call.begins("sip:team@pbx.example.com")
    call.later(13)
    assert call.ends("busy")[0].get("timeout") == "12"


def test_a_rule_is_not_tried_twice_in_one_hop() -> None:
    call = play()
    call.tables.items = dict(call.tables.items) | {
        ("*", "b"): {"tenant": "*", "address": "b"} | dials("b", fallback=["b", "back", "b"])
    }
    assert dialled(call.begins("sip:b@pbx.example.com")) == sip("b")
    assert dialled(call.ends("busy")) == sip("back")
    assert call.record.tried[1].passed_over == (("b", "tried"),)
    assert verbs(call.ends("busy")) == GOODBYE


# --- the end


@pytest.mark.parametrize("status", ["completed", "answered", "queued", "voicemail"])
def test_what_was_taken_ends_the_call(status: str) -> None:
    call = play()
    call.begins("sip:sales@pbx.example.com")
    assert verbs(call.ends(status)) == ["Hangup"]
    assert [one.key for one in call.told] == [call.record.key]


def test_nobody_is_dialled_for_a_caller_who_has_gone() -> None:
    call = play()
    call.begins("sip:sales@pbx.example.com")
    assert verbs(call.ends("no-answer", caller_gone=True)) == ["Hangup"]
    assert call.conclusion.outcome is Outcome.ABANDONED


def test_a_repeated_action_is_answered_as_before_and_changes_nothing() -> None:
    call = play()
    call.begins("sip:menu@pbx.example.com")
    first, link = call.ends("no-answer", "1"), call.link
    before = call.record
    call.link = replace(link, attempt=0)
    assert ET.tostring(call.ends("no-answer", "2")) == ET.tostring(first)
    assert call.record == before


def test_without_a_record_the_last_resort_is_dialled_and_after_it_nobody() -> None:
    call = play(last_resort=LAST_RESORT)
    assert dialled(call.ends("busy")) == ["+14155550199"]
    assert call.link.stage is Stage.LAST_RESORT
    assert verbs(call.ends("busy")) == GOODBYE


def test_without_a_record_and_a_last_resort_goodbye_is_said() -> None:
    assert verbs(play().ends("busy")) == GOODBYE


def test_a_dial_that_was_not_recorded_has_no_chain_either() -> None:
    call = play(last_resort=LAST_RESORT)
    call.begins("sip:sales@pbx.example.com")
    call.link = replace(call.link, attempt=4)
    assert dialled(call.ends("busy")) == ["+14155550199"]


# --- tables that fail


@pytest.mark.parametrize(
    ("last_resort", "outcomes"),
    [(LAST_RESORT, []), (None, [Outcome.BUSY])],
    ids=["a last resort", "none"],
)
def test_when_the_table_cannot_be_read_nothing_is_written_either(
    last_resort: Noun | None, outcomes: list[Outcome]
) -> None:
    call = play(last_resort=last_resort)
    call.begins("sip:sales@pbx.example.com")
    before = call.record
    call.tables.unreadable = True
    answer = call.ends("busy")
    assert dialled(answer) == (["+14155550199"] if last_resort else [])
    assert call.line["record_problem"] == "table_unreadable"
    assert call.record == before
    assert [one.conclusion().outcome for one in call.told] == outcomes


def test_when_the_table_cannot_be_written_the_chain_is_dialled_all_the_same() -> None:
    call = play()
    call.begins("sip:sales@pbx.example.com")
    call.tables.unwritable = True
    assert dialled(call.ends("busy")) == sip("boss")
    assert call.line["record_problem"] == "out of order"
    assert call.told == []


def test_an_end_that_cannot_be_written_is_told_all_the_same() -> None:
    call = play()
    call.begins("sip:sales@pbx.example.com")
    call.tables.unwritable = True
    assert verbs(call.ends("completed")) == ["Hangup"]
    assert [one.conclusion().outcome for one in call.told] == [Outcome.ANSWERED]


@pytest.mark.parametrize(
    ("opened", "outcomes"),
    [(True, []), (False, [Outcome.ANSWERED])],
    ids=["watched from its beginning", "not recorded when it began"],
)
def test_an_end_that_only_its_facts_were_written_of_is_told_unless_the_watchdog_will(
    opened: bool,  # noqa: FBT001 - a parameter of a test
    outcomes: list[Outcome],
) -> None:
    call = play()
    if opened:
        call.begins("sip:sales@pbx.example.com")
    call.tables.inconclusive = True
    assert verbs(call.ends("completed")) == ["Hangup"]
    assert call.line["record_problem"] == "out of order"
    assert [one.conclusion().outcome for one in call.told] == outcomes


def test_a_fact_that_cannot_be_written_is_the_callbacks_to_report() -> None:
    call = play()
    call.tables.unwritable = True
    leg = LegEvent(0, Stage.TRANSFER, 0, 1, LEG, 1, "busy", at=0)
    with pytest.raises(RecordNotWritten):
        progress.add(progress.told(TENANT, call.link, leg), call.app)


# --- what a callback tells


def test_a_callback_tells_its_facts_by_their_kind() -> None:
    leg = LegEvent(0, Stage.TRANSFER, 0, 1, LEG, 1, "ringing", at=0)
    accepted = Acceptance(0, 0, LEG, accepted=True)
    recording = Recording(0, "RE" + "3" * 32, "completed")
    link = play().link
    assert progress.told(TENANT, link, leg, accepted, recording) == HopRecord(
        tenant=TENANT,
        session=SESSION,
        hop=1,
        refer_id="0123456789ab",
        mode=Mode.RELEASE,
        legs=(leg,),
        accepted=(accepted,),
        recordings=(recording,),
    )


def test_the_fact_that_ends_a_hop_tells_of_its_end() -> None:
    call = play(Mode.HOLD)
    call.begins("sip:sales@pbx.example.com")
    for sequence, status in enumerate(("initiated", "ringing", "busy")):
        leg = LegEvent(0, Stage.TRANSFER, 0, 1, LEG, sequence, status, at=sequence)
        known = progress.add(progress.told(TENANT, call.link, leg), call.app)
        assert known == call.record
        assert len(call.told) == (status == "busy")
    assert [one.conclusion().outcome for one in call.told] == [Outcome.RECALLED]

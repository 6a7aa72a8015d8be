"""What each webhook answers in each situation: one test for each row of docs/call-flow.md.

The id of a cell names the webhook, the mode and the situation; its TwiML is the golden file
tests/data/twiml/<id>.xml.  A golden file is an expectation: it is written by UPDATE_GOLDEN=1 only,
and its test fails then, so that somebody reads the difference before it counts.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from botocore.exceptions import ClientError

from call_transfer.application import application
from call_transfer.errors import RecordNotWritten, TableUnreadable
from call_transfer.links import INITIAL_CALL, Mode, refer_id
from call_transfer.store import client
from gateway.http_api import Response
from gateway.stack import ROOT
from laptop import ACCOUNT, SESSION, Laptop, dial, leg_sid
from pivot.webhooks import Account

GOLDEN = ROOT / "tests" / "data" / "twiml"

CALLED = "+18005550100"
AGENT_A = {"sip": "sip:agenta@pbx.example.com"}
AGENT_B = {"sip": "sip:agentb@pbx.example.com"}
AGENT_C = {"sip": "sip:agentc@pbx.example.com"}
TO_B = "<sip:agentb@pbx.example.com>"
TO_C = "<sip:agentc@pbx.example.com>"
OVERFLOW = {"number": "+14155550177"}
PHONE = "sip:deskphone@pbx.example.com"

OPEN, NO_RECORD = "open", "no record"
# There is no record, but the end of the hop is told all the same.
UNRECORDED = "unavailable, no record"
NOTES = {"repeated", "record_problem", "bug", "rejected", "tokens_problem"}


@dataclass
class Phone:
    """Plays a call up to the webhook that a cell is about, and knows the record of that webhook."""

    laptop: Laptop
    mode: Mode
    about: tuple[int, str] = (0, INITIAL_CALL)

    def prepare(self) -> None:
        """Agent A takes calls, agents B and C can be transferred to, a number can be fallen to."""
        self.entry(CALLED, dial=[AGENT_A])
        self.entry("agentb", dial=[AGENT_B])
        self.entry("agentc", dial=[AGENT_C])
        self.entry("overflow", dial=[OVERFLOW])

    def entry(self, address: str, **fields: Any) -> None:  # noqa: ANN401 - whatever a field holds
        self.laptop.entry(address, **fields)

    def setting(self, **values: str) -> None:
        self.laptop.setting(**values)

    def call(self, to: str = CALLED, **parameters: str) -> Response:
        self.about = (0, INITIAL_CALL)
        return self.laptop.call(to, **parameters)

    def answered(self, **parameters: str) -> Response:
        """Return the Dial of the initial call, which agent A has answered."""
        first = self.call(**parameters)
        self.laptop.leg(first, "in-progress")
        return first

    def refer(
        self,
        on: Response | str,
        target: str = TO_B,
        nth: int = 1,
        /,
        *,
        method: str = "POST",
        query: str = "",
        **parameters: str,
    ) -> Response:
        """Post the refer webhook of a Dial of ours, or of a pasted referUrl.

        `nth` tells one REFER from another; with the same number it is a retry of Twilio's.
        """
        url = (on if isinstance(on, str) else dial(on).attrib["referUrl"]).partition("#")[0]
        segments = url.partition("/refer/")[2].split("/")
        hop = int(segments[2]) + 1 if len(segments) > 1 else 1
        self.about = (hop, refer_id_of(nth))
        given = {
            "From": "+14155550199",
            "To": CALLED,
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "ReferTransferTarget": target,
            **parameters,
        }
        return self.laptop.post(url + query, given, method=method, idempotency_token=f"refer-{nth}")

    def transfer(self, target: str = TO_B, **parameters: str) -> Response:
        """Return the answer to a REFER of agent A."""
        return self.refer(self.answered(), target, **parameters)

    def ended(self, on: Response, status: str, **parameters: str) -> Response:
        """Post the action of a Dial."""
        self._mean(dial(on).attrib["action"])
        return self.laptop.action(on, status, **parameters)

    def leg(
        self, on: Response, status: str, *, noun: int = 0, sequence: int = 0, **parameters: str
    ) -> Response:
        """Post a statusCallback of a Dial."""
        self._mean(next(iter(dial(on))).attrib["statusCallback"])
        return self.laptop.leg(on, status, noun=noun, sequence=sequence, **parameters)

    def _mean(self, url: str) -> None:
        hop, refer = url.split("/")[6:8]
        self.about = (int(hop), refer)

    def outage(self, *operations: str, answer: Callable[..., object] | None = None) -> None:
        """Let these AWS operations fail from now on, or give another answer."""

        def fail(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
            raise ClientError({"Error": {"Code": "InternalServerError"}}, model.name)

        def broken(service: str) -> Any:  # noqa: ANN401 - a boto3 client
            made = client(service)
            for operation in operations:
                made.meta.events.register(f"before-call.*.{operation}", answer or fail)
            return made

        self.laptop.monkeypatch.setattr("call_transfer.application.client", broken)
        application.cache_clear()

    def throttled(self) -> None:
        """Let BatchGetItem give nothing back, as DynamoDB does under too much load."""

        def nothing(params: dict[str, Any], **_: object) -> object:
            wanted = json.loads(params["body"])["RequestItems"]
            return SimpleNamespace(status_code=200), {"Responses": {}, "UnprocessedKeys": wanted}

        self.outage("BatchGetItem", answer=nothing)

    def bug(self, where: str) -> None:
        """Put a bug into our own code."""

        def broken(*_: object, **__: object) -> None:
            raise RuntimeError

        self.laptop.monkeypatch.setattr(f"call_transfer.{where}", broken)

    def record(self, about: tuple[int, str] | None = None) -> dict[str, Any] | None:
        hop, refer = about or self.about
        found = [one for one in self.laptop.records(hop) if one["hop"] == f"{hop}#{refer}"]
        return found[0] if found else None

    def outcome(self, about: tuple[int, str] | None = None) -> str:
        record = self.record(about)
        return NO_RECORD if record is None else str(record.get("outcome", OPEN))


def refer_id_of(nth: int) -> str:
    """Return the name of the nth REFER of a call, as links and records have it."""
    return refer_id(idempotency_token=f"refer-{nth}", signature="")


def unreadable(*_: object) -> None:
    raise TableUnreadable("InternalServerError")


def unwritable(*_: object) -> None:
    raise RecordNotWritten("InternalServerError")


type Situation = Callable[[Phone], Response]


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of the table. `code` is that of a refusal, `told` what else the log line names."""

    id: str
    situation: Situation
    status: int
    outcome: str
    code: str
    told: str

    @property
    def mode(self) -> Mode:
        return Mode.RELEASE if "-release-" in self.id else Mode.HOLD

    @property
    def settings(self) -> dict[str, str]:
        """What the id says of the settings that this cell is played under."""
        return {
            "DEFAULT_MODE": self.mode,
            "HOLD_REFUSAL": "message" if "-hold-message-" in self.id else "error",
            "HOLD_ACTION": "on" if "-hold-action-" in self.id else "off",
        }

    @property
    def has_twiml(self) -> bool:
        return self.status == 200


CELLS: dict[str, Cell] = {}


def cell(
    name: str, status: int = 200, *, outcome: str = OPEN, code: str = "", told: str = ""
) -> Callable[[Situation], Situation]:
    """Register a situation as the row of this id."""

    def register(situation: Situation) -> Situation:
        assert name not in CELLS
        CELLS[name] = Cell(name, situation, status, outcome, code, told)
        return situation

    return register


def canonical(xml: str) -> str:
    """Return XML in which only what Twilio reads makes a difference."""
    return ET.canonicalize(xml, strip_text=True)


def expected(name: str, answer: str) -> str:
    """Return the golden file of a cell, writing it first if that is asked for."""
    path = GOLDEN / f"{name}.xml"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        root = ET.fromstring(answer)  # noqa: S314 - our own answer
        ET.indent(root)
        text = '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"
        if not path.exists() or canonical(path.read_text()) != canonical(text):
            path.write_text(text)
            pytest.fail(f"wrote {path.name}: read the difference, then run without UPDATE_GOLDEN")
    return canonical(path.read_text())


# --- any webhook: what is not served at all ------------------------------------------------------


@cell("request-unsigned", 403, outcome=NO_RECORD, told="rejected")
def unsigned(phone: Phone) -> Response:
    stranger = Account(ACCOUNT.sid, "guessed")
    return phone.laptop.post("/refer/release", {"ReferTransferTarget": TO_B}, account=stranger)


@cell("request-secret-unreadable", 503, outcome=NO_RECORD, told="rejected tokens_problem")
def secret_unreadable(phone: Phone) -> Response:
    phone.outage("GetSecretValue")
    return phone.refer("/refer/release")


@cell("request-too-large", 413, outcome=NO_RECORD, told="rejected")
def too_large(phone: Phone) -> Response:
    return phone.refer("/refer/release", Padding="x" * 70_000)


@cell("request-no-call", 400, outcome=NO_RECORD, told="rejected")
def no_call(phone: Phone) -> Response:
    return phone.refer("/refer/release", CallSid="")


@cell("request-repeated-parameter", 400, outcome=NO_RECORD, told="rejected")
def repeated_parameter(phone: Phone) -> Response:
    return phone.refer("/refer/release", method="GET", query=f"?CallSid={SESSION}")


@cell("request-foreign-mode", 400, outcome=NO_RECORD, told="rejected")
def foreign_mode(phone: Phone) -> Response:
    return phone.refer("/refer/attended")


@cell("request-foreign-link", 400, outcome=NO_RECORD, told="rejected")
def foreign_link(phone: Phone) -> Response:
    return phone.laptop.post(f"/dial-result/hold/{SESSION}/0/0/0/somewhere", {})


@cell("request-foreign-noun", 400, outcome=NO_RECORD, told="rejected")
def foreign_noun(phone: Phone) -> Response:
    return phone.laptop.post(f"/leg-status/hold/{SESSION}/0/0/0/initial/1/1", {})


# --- inbound-call: hop 0 -------------------------------------------------------------------------


@cell("inbound-hold-dialled")
@cell("inbound-release-dialled")
def inbound_dialled(phone: Phone) -> Response:
    return phone.call()


@cell("inbound-hold-mode-release")
def inbound_entry_with_mode_release(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], mode="release")
    return phone.call()


@cell("inbound-release-mode-hold")
def inbound_entry_with_mode_hold(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], mode="hold")
    return phone.call()


@cell("inbound-hold-get")
@cell("inbound-release-get")
def inbound_get(phone: Phone) -> Response:
    return phone.laptop.post("/inbound-call", {"From": "+14155550199", "To": CALLED}, method="GET")


@cell("inbound-hold-sip-domain")
def inbound_from_a_sip_domain(phone: Phone) -> Response:
    return phone.call("sip:agentb@example.sip.twilio.com", From=PHONE)


@cell("inbound-hold-default")
def inbound_to_an_address_of_no_entry_of_its_own(phone: Phone) -> Response:
    phone.entry("default", dial=[AGENT_C])
    return phone.call("+18005550111")


@cell("inbound-hold-unreadable")
def inbound_to_an_address_that_cannot_be_read(phone: Phone) -> Response:
    phone.entry("default", dial=[AGENT_C])
    return phone.call("client:reception")


@cell("inbound-hold-as-asked")
def inbound_as_asked(phone: Phone) -> Response:
    phone.entry("+1415*", dial="as_asked", caller_id=CALLED)
    return phone.call("sip:+14155550123@example.sip.twilio.com", From=PHONE)


@cell("inbound-hold-options")
def inbound_with_the_options_of_an_entry(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], ring_timeout=8, time_limit=600, caller_id="reception")
    return phone.call()


@cell("inbound-hold-several")
@cell("inbound-release-several")
def inbound_several(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A, {"client": "agent.c"}, OVERFLOW])
    return phone.call()


@cell("inbound-hold-sequential")
def inbound_sequential(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A, AGENT_C], sequential=True)
    return phone.call()


@cell("inbound-hold-no-transfers")
@cell("inbound-release-no-transfers")
def inbound_with_hop_limit_0(phone: Phone) -> Response:
    phone.setting(HOP_LIMIT="0")
    return phone.call()


@cell("inbound-hold-caller-id-required", outcome="unavailable", code="caller_id_required")
@cell("inbound-release-caller-id-required", outcome="unavailable", code="caller_id_required")
def inbound_caller_id_required(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[OVERFLOW])
    return phone.call(From=PHONE)


@cell("inbound-hold-caller-id-default")
def inbound_caller_id_from_the_settings(phone: Phone) -> Response:
    phone.setting(DEFAULT_CALLER_ID=CALLED)
    phone.entry(CALLED, dial=[OVERFLOW])
    return phone.call(From=PHONE)


@cell("inbound-hold-unknown", outcome="unknown_target", code="no_entry")
@cell("inbound-release-unknown", outcome="unknown_target", code="no_entry")
def inbound_unknown(phone: Phone) -> Response:
    return phone.call("+18005550111")


@cell("inbound-hold-denied", outcome="denied", code="deny_entry")
@cell("inbound-release-denied", outcome="denied", code="deny_entry")
def inbound_denied(phone: Phone) -> Response:
    phone.entry(CALLED, deny="out of service")
    return phone.call()


@cell("inbound-hold-denied-fallback", code="deny_entry")
@cell("inbound-release-denied-fallback", code="deny_entry")
def inbound_denied_fallback(phone: Phone) -> Response:
    phone.entry(CALLED, deny="out of service", fallback=["agentb"])
    return phone.call()


@cell("inbound-hold-disabled", outcome="denied", code="disabled")
@cell("inbound-release-disabled", outcome="denied", code="disabled")
def inbound_disabled(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], enabled=False)
    return phone.call()


@cell("inbound-hold-malformed", outcome="unavailable", code="malformed_entry")
@cell("inbound-release-malformed", outcome="unavailable", code="malformed_entry")
def inbound_malformed_entry(phone: Phone) -> Response:
    phone.entry(CALLED, dail=[AGENT_A])
    return phone.call()


@cell("inbound-hold-table", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem")
@cell(
    "inbound-release-table", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem"
)
def inbound_table_unreadable(phone: Phone) -> Response:
    phone.outage("BatchGetItem")
    return phone.call()


@cell(
    "inbound-hold-throttled", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem"
)
def inbound_throttled(phone: Phone) -> Response:
    phone.throttled()
    return phone.call()


@cell(
    "inbound-hold-table-last-resort",
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
@cell(
    "inbound-release-table-last-resort",
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
def inbound_table_unreadable_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    phone.outage("BatchGetItem")
    return phone.call()


@cell("inbound-hold-record", outcome=NO_RECORD, told="record_problem")
@cell("inbound-release-record", outcome=NO_RECORD, told="record_problem")
def inbound_record_not_written(phone: Phone) -> Response:
    phone.outage("UpdateItem")
    return phone.call()


@cell("inbound-hold-repeated", told="repeated")
@cell("inbound-release-repeated", told="repeated")
def inbound_repeated(phone: Phone) -> Response:
    first = phone.call()
    phone.entry(CALLED, dial=[AGENT_C])
    again = phone.call()
    assert again.body == first.body
    return again


@cell("inbound-hold-bug", 503, outcome=NO_RECORD, told="bug")
@cell("inbound-release-bug", 503, outcome=NO_RECORD, told="bug")
def inbound_bug(phone: Phone) -> Response:
    phone.bug("decision.decide")
    return phone.call()


@cell("inbound-hold-bug-last-resort", outcome=NO_RECORD, told="bug")
@cell("inbound-release-bug-last-resort", outcome=NO_RECORD, told="bug")
def inbound_bug_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="sip:reception@pbx.example.com")
    phone.bug("decision.decide")
    return phone.call()


# --- refer: hop 1 and later ----------------------------------------------------------------------


@cell("refer-hold-dialled")
@cell("refer-release-dialled")
def refer_dialled(phone: Phone) -> Response:
    return phone.transfer()


@cell("refer-hold-get")
@cell("refer-release-get")
def refer_get(phone: Phone) -> Response:
    return phone.transfer(method="GET")


@cell("refer-hold-as-asked-number")
@cell("refer-release-as-asked-number")
def refer_to_a_number_as_asked(phone: Phone) -> Response:
    phone.entry("+1415*", dial="as_asked")
    return phone.transfer("tel:+1-415-555-0123")


@cell("refer-hold-as-asked-host")
@cell("refer-release-as-asked-host")
def refer_to_a_host_as_asked(phone: Phone) -> Response:
    phone.entry("*@branch.example.com", dial="as_asked")
    return phone.transfer('"Sales" <sips:2001@branch.example.com;maddr=192.0.2.1;transport=tls>')


@cell("refer-hold-several")
@cell("refer-release-several")
def refer_to_several(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, {"client": "agent.b"}, OVERFLOW])
    return phone.transfer()


@cell("refer-hold-sequential")
@cell("refer-release-sequential")
def refer_to_several_in_sequence(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, AGENT_C], sequential=True)
    return phone.transfer()


@cell("refer-hold-attended")
@cell("refer-release-attended")
def refer_attended(phone: Phone) -> Response:
    target = "<sip:agentb@pbx.example.com?Replaces=1%40pbx%3Bto-tag%3D2%3Bfrom-tag%3D3>"
    response = phone.transfer(target)
    record = phone.record()
    assert record is not None
    assert record["attended"] is True
    return response


@cell("refer-hold-attended-refused", 403, outcome="denied", code="attended")
@cell("refer-release-attended-refused", code="attended")
def refer_attended_refused(phone: Phone) -> Response:
    phone.setting(REFUSE_ATTENDED="on")
    return phone.transfer(
        "<sip:agentb@pbx.example.com?Replaces=1%40pbx%3Bto-tag%3D2%3Bfrom-tag%3D3>"
    )


@cell("refer-hold-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-hold-message-denied", code="deny_entry")
@cell("refer-release-denied", code="deny_entry")
def refer_denied(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.transfer()


@cell("refer-hold-denied-fallback", 403, outcome="denied", code="deny_entry")
@cell("refer-release-denied-fallback", code="deny_entry")
def refer_denied_fallback(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot", fallback=["overflow"])
    return phone.transfer()


@cell("refer-release-denied-chain-unreadable", code="deny_entry")
def refer_denied_and_the_chain_unreadable(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    phone.entry("agentb", deny="not during the pilot", fallback=["overflow"])
    first = phone.answered()
    reads = iter([None])

    def only_the_first(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if next(reads, "used up") == "used up":
            raise ClientError({"Error": {"Code": "InternalServerError"}}, model.name)

    phone.outage("BatchGetItem", answer=only_the_first)
    return phone.refer(first)


@cell("refer-hold-denied-no-fallback", 403, outcome="denied", code="deny_entry")
@cell("refer-hold-message-denied-no-fallback", outcome="denied", code="deny_entry")
@cell("refer-release-denied-no-fallback", outcome="denied", code="deny_entry")
def refer_denied_no_fallback(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot", fallback=[])
    return phone.transfer()


@cell("refer-hold-disabled", 403, outcome="denied", code="disabled")
@cell("refer-release-disabled", code="disabled")
def refer_disabled(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B], enabled=False)
    return phone.transfer()


@cell("refer-hold-unknown", 404, outcome="unknown_target", code="no_entry")
@cell("refer-hold-message-unknown", code="no_entry")
@cell("refer-release-unknown", code="no_entry")
def refer_unknown(phone: Phone) -> Response:
    return phone.transfer("<sip:nobody@pbx.example.com>")


@cell("refer-hold-unreadable", 400, outcome="invalid_target", code="malformed")
@cell("refer-hold-message-unreadable", code="malformed")
@cell("refer-release-unreadable", code="malformed")
def refer_unreadable(phone: Phone) -> Response:
    return phone.transfer("<sip:agentb@pbx.example.com>, <sip:agentc@pbx.example.com>")


@cell("refer-hold-empty", 400, outcome="invalid_target", code="empty")
@cell("refer-release-empty", code="empty")
def refer_empty(phone: Phone) -> Response:
    return phone.transfer("")


@cell("refer-hold-too-long", 400, outcome="invalid_target", code="too_long")
@cell("refer-release-too-long", code="too_long")
def refer_too_long(phone: Phone) -> Response:
    return phone.transfer(f"<sip:agentb@pbx.example.com?X-Note={'n' * 256}>")


@cell("refer-hold-two-targets", 400, outcome="invalid_target", code="repeated")
@cell("refer-release-two-targets", code="repeated")
def refer_to_two_targets(phone: Phone) -> Response:
    return phone.transfer(method="GET", query="?ReferTransferTarget=sip:x@evil.example")


@cell("refer-hold-method", 400, outcome="invalid_target", code="unsupported_method")
@cell("refer-release-method", code="unsupported_method")
def refer_with_another_method(phone: Phone) -> Response:
    return phone.transfer("<sip:agentb@pbx.example.com;method=MESSAGE>")


@cell("refer-hold-malformed-entry", 503, outcome="unavailable", code="malformed_entry")
@cell("refer-release-malformed-entry", code="malformed_entry")
def refer_to_a_malformed_entry(phone: Phone) -> Response:
    phone.entry("agentb", dail=[AGENT_B])
    return phone.transfer()


@cell("refer-hold-caller-id-required", 503, outcome="unavailable", code="caller_id_required")
@cell("refer-release-caller-id-required", code="caller_id_required")
def refer_caller_id_required(phone: Phone) -> Response:
    phone.entry("+14155550123", dial="as_asked")
    return phone.refer(phone.answered(From=PHONE), "tel:+14155550123", From=PHONE)


@cell("refer-hold-caller-id-default")
@cell("refer-release-caller-id-default")
def refer_caller_id_from_the_settings(phone: Phone) -> Response:
    phone.setting(DEFAULT_CALLER_ID=CALLED)
    phone.entry("+14155550123", dial="as_asked")
    return phone.refer(phone.answered(From=PHONE), "tel:+14155550123", From=PHONE)


@cell("refer-hold-last-hop")
@cell("refer-release-last-hop")
def refer_on_the_last_hop(phone: Phone) -> Response:
    phone.setting(HOP_LIMIT="1")
    return phone.transfer()


@cell("refer-hold-hop-limit", 403, outcome="denied", code="hop_limit")
@cell("refer-release-hop-limit", code="hop_limit")
def refer_beyond_the_hop_limit(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "in-progress")
    phone.setting(HOP_LIMIT="1")  # lowered while the call was under way
    return phone.refer(second, TO_C, 2)


@cell("refer-hold-chained")
@cell("refer-release-chained")
def refer_chained(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "in-progress")
    return phone.refer(second, TO_C, 2)


@cell("refer-hold-chained-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-release-chained-denied", code="deny_entry")
def refer_chained_and_denied(phone: Phone) -> Response:
    phone.entry("agentc", deny="not during the pilot")
    second = phone.transfer()
    phone.leg(second, "in-progress")
    return phone.refer(second, TO_C, 2)


@cell("refer-hold-second")
@cell("refer-release-second")
def refer_a_second_time_on_the_same_dial(phone: Phone) -> Response:
    first = phone.answered()
    second = phone.refer(first)
    phone.leg(second, "busy", SipResponseCode="486")
    busy = phone.outcome()
    third = phone.refer(first, TO_C, 2)
    assert phone.outcome((1, refer_id_of(1))) == busy
    return third


@cell("refer-release-after-recall")
def refer_by_the_recalled_transferor(phone: Phone) -> Response:
    recall = phone.ended(phone.transfer(), "busy")
    phone.leg(recall, "in-progress")
    return phone.refer(recall, TO_C, 2)


@cell("refer-release-transferor-of-several", code="deny_entry")
def refer_by_the_one_of_several_who_answered(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A, AGENT_C])
    phone.entry("agentb", deny="not during the pilot")
    first = phone.call()
    phone.leg(first, "canceled", noun=0)
    phone.leg(first, "in-progress", noun=1)
    return phone.refer(first)


@cell("refer-hold-by-caller")
@cell("refer-release-by-caller")
def refer_by_the_party_that_called_in(phone: Phone) -> Response:
    return phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)


@cell("refer-hold-by-caller-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-release-by-caller-denied", outcome="denied", code="deny_entry")
def refer_by_the_party_that_called_in_denied(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)


@cell("refer-release-by-caller-recalled", code="deny_entry")
def refer_by_a_party_that_called_in_and_has_an_entry(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    phone.entry("+14155550199", dial="as_asked")
    return phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)


@cell("refer-hold-foreign")
@cell("refer-release-foreign")
def refer_on_a_foreign_dial(phone: Phone) -> Response:
    return phone.refer(f"/refer/{phone.mode}")


@cell("refer-hold-foreign-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-release-foreign-denied", outcome="denied", code="deny_entry")
def refer_on_a_foreign_dial_denied(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.refer(f"/refer/{phone.mode}")


@cell("refer-hold-table", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem")
@cell(
    "refer-hold-message-table", outcome=UNRECORDED, code="table_unreadable", told="record_problem"
)
@cell("refer-release-table", outcome=UNRECORDED, code="table_unreadable", told="record_problem")
def refer_table_unreadable(phone: Phone) -> Response:
    first = phone.answered()
    phone.outage("BatchGetItem")
    return phone.refer(first)


@cell(
    "refer-hold-throttled", 503, outcome=NO_RECORD, code="table_unreadable", told="record_problem"
)
@cell("refer-release-throttled", outcome=UNRECORDED, code="table_unreadable", told="record_problem")
def refer_throttled(phone: Phone) -> Response:
    first = phone.answered()
    phone.throttled()
    return phone.refer(first)


@cell(
    "refer-hold-table-last-resort",
    503,
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
@cell(
    "refer-release-table-last-resort",
    outcome=NO_RECORD,
    code="table_unreadable",
    told="record_problem",
)
def refer_table_unreadable_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    first = phone.answered()
    phone.outage("BatchGetItem")
    return phone.refer(first)


@cell("refer-hold-table-again")
def refer_repeated_when_the_table_is_back(phone: Phone) -> Response:
    first = phone.answered()
    with phone.laptop.monkeypatch.context() as patch:
        patch.setattr("call_transfer.store.Store.read", unreadable)
        assert phone.refer(first).status == 503
    return phone.refer(first)


@cell("refer-hold-no-session")
@cell("refer-release-no-session")
def refer_without_a_record_of_the_session(phone: Phone) -> Response:
    return phone.refer(f"/refer/{phone.mode}/{SESSION}/0/0/0/initial")


@cell("refer-hold-no-session-denied", 403, outcome="denied", code="deny_entry")
@cell("refer-release-no-session-denied", outcome="denied", code="deny_entry")
def refer_without_a_record_of_the_session_denied(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.refer(f"/refer/{phone.mode}/{SESSION}/0/0/0/initial")


@cell("refer-hold-record", outcome=NO_RECORD, told="record_problem")
@cell("refer-release-record", outcome=NO_RECORD, told="record_problem")
def refer_record_not_written(phone: Phone) -> Response:
    first = phone.answered()
    phone.outage("UpdateItem")
    return phone.refer(first)


@cell("refer-hold-repeated", told="repeated")
@cell("refer-release-repeated", told="repeated")
def refer_repeated(phone: Phone) -> Response:
    first = phone.answered()
    answer = phone.refer(first)
    phone.entry("agentb", dial=[AGENT_C])
    again = phone.refer(first)
    assert again.body == answer.body
    assert len(phone.laptop.records(1)) == 1
    return again


@cell("refer-hold-repeated-denied", 403, outcome="denied", code="deny_entry", told="repeated")
@cell("refer-release-repeated-denied", code="deny_entry", told="repeated")
def refer_denied_repeated(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    first = phone.answered()
    answer = phone.refer(first)
    again = phone.refer(first)
    assert (again.status, again.body) == (answer.status, answer.body)
    assert len(phone.laptop.records(1)) == 1
    return again


@cell("refer-hold-transferee-gone")
@cell("refer-release-transferee-gone")
def refer_when_the_transferee_has_hung_up(phone: Phone) -> Response:
    return phone.transfer(CallStatus="completed")


@cell("refer-hold-bug", 503, outcome=NO_RECORD, told="bug")
@cell("refer-hold-message-bug", outcome=NO_RECORD, told="bug")
@cell("refer-release-bug", outcome=NO_RECORD, told="bug")
def refer_bug(phone: Phone) -> Response:
    first = phone.answered()
    phone.bug("decision.decide")
    return phone.refer(first)


@cell("refer-hold-bug-last-resort", 503, outcome=NO_RECORD, told="bug")
@cell("refer-release-bug-last-resort", outcome=NO_RECORD, told="bug")
def refer_bug_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="sip:reception@pbx.example.com")
    first = phone.answered()
    phone.bug("decision.decide")
    return phone.refer(first)


# --- dial-result: the action of a Dial -----------------------------------------------------------


@cell("dial-result-hold-initial-answered", outcome="answered")
@cell("dial-result-release-initial-answered", outcome="answered")
def initial_call_answered(phone: Phone) -> Response:
    return phone.ended(phone.answered(), "completed", DialCallDuration="42")


@cell("dial-result-hold-initial-busy", outcome="busy")
@cell("dial-result-release-initial-busy", outcome="busy")
def initial_call_busy(phone: Phone) -> Response:
    return phone.ended(phone.call(), "busy")


@cell("dial-result-hold-initial-no-answer", outcome="no_answer")
@cell("dial-result-release-initial-no-answer", outcome="no_answer")
def initial_call_not_answered(phone: Phone) -> Response:
    return phone.ended(phone.call(), "no-answer")


@cell("dial-result-hold-initial-failed", outcome="failed")
@cell("dial-result-release-initial-failed", outcome="failed")
def initial_call_failed(phone: Phone) -> Response:
    return phone.ended(phone.call(), "failed", DialSipResponseCode="404")


@cell("dial-result-hold-initial-busy-fallback")
@cell("dial-result-release-initial-busy-fallback")
def initial_call_busy_with_a_fallback(phone: Phone) -> Response:
    phone.entry(CALLED, dial=[AGENT_A], fallback=["agentc"])
    return phone.ended(phone.call(), "busy")


@cell("dial-result-hold-initial-caller-gone", outcome="abandoned")
@cell("dial-result-release-initial-caller-gone", outcome="abandoned")
def initial_call_given_up(phone: Phone) -> Response:
    return phone.ended(phone.call(), "no-answer", CallStatus="completed")


@cell("dial-result-hold-initial-table", told="record_problem")
@cell("dial-result-release-initial-table", told="record_problem")
def initial_call_busy_table_unreadable(phone: Phone) -> Response:
    first = phone.call()
    phone.outage("BatchGetItem")
    return phone.ended(first, "busy")


@cell("dial-result-hold-initial-bug", told="bug")
@cell("dial-result-release-initial-bug", told="bug")
def initial_call_busy_bug(phone: Phone) -> Response:
    first = phone.call()
    phone.bug("progress.dial_ended")
    return phone.ended(first, "busy")


@cell("dial-result-hold-stray", outcome="answered")
@cell("dial-result-release-stray", outcome="answered")
def stray_action_of_the_first_dial(phone: Phone) -> Response:
    first = phone.answered()
    phone.refer(first)
    transfer = phone.about
    stray = phone.ended(first, "completed", DialCallDuration="30")
    assert phone.outcome(transfer) == OPEN
    return stray


@cell("dial-result-hold-stray-late", outcome="answered")
@cell("dial-result-release-stray-late", outcome="answered")
def stray_action_when_the_target_was_busy_already(phone: Phone) -> Response:
    first = phone.answered()
    second = phone.refer(first)
    phone.leg(second, "busy")
    if phone.mode is Mode.RELEASE:
        phone.ended(phone.ended(second, "busy"), "completed")
    transfer = phone.about
    stray = phone.ended(first, "completed", DialCallDuration="30")
    assert phone.outcome(transfer) == "recalled"
    return stray


@cell("dial-result-release-answered", outcome="answered")
@cell("dial-result-hold-action-answered", outcome="answered")
def target_answered(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "completed", DialCallDuration="42")


@cell("dial-result-release-busy")
@cell("dial-result-hold-action-busy")
def target_busy(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "busy", DialSipResponseCode="486")


@cell("dial-result-release-no-answer")
@cell("dial-result-hold-action-no-answer")
def target_did_not_answer(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "no-answer")


@cell("dial-result-release-failed")
@cell("dial-result-hold-action-failed")
def target_failed(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "failed", DialSipResponseCode="503")


@cell("dial-result-release-canceled")
def target_canceled(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "canceled")


@cell("dial-result-release-new-status")
def target_ended_in_a_way_that_is_new(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "declined")


@cell("dial-result-release-transferee-gone", outcome="abandoned")
@cell("dial-result-hold-action-transferee-gone", outcome="abandoned")
def transferee_gone(phone: Phone) -> Response:
    return phone.ended(phone.transfer(), "no-answer", CallStatus="completed")


@cell("dial-result-release-busy-no-fallback", outcome="busy")
@cell("dial-result-hold-action-busy-no-fallback", outcome="busy")
def target_busy_without_a_fallback(phone: Phone) -> Response:
    phone.setting(FALLBACK="")
    return phone.ended(phone.transfer(), "busy")


def overflowing(phone: Phone) -> Response:
    """Return the Dial of a fallback, with the transferor as the last in the chain."""
    phone.entry("agentb", dial=[AGENT_B], fallback=["overflow", "transferor"])
    return phone.ended(phone.transfer(), "busy")


@cell("dial-result-release-busy-fallback")
@cell("dial-result-hold-action-busy-fallback")
def target_busy_with_a_fallback(phone: Phone) -> Response:
    return overflowing(phone)


@cell("dial-result-release-busy-fallback-refused")
def target_busy_and_the_fallback_is_refused(phone: Phone) -> Response:
    phone.entry("overflow", deny="closed")
    return overflowing(phone)


@cell("dial-result-release-fallback-answered", outcome="fallback")
def fallback_answered(phone: Phone) -> Response:
    return phone.ended(overflowing(phone), "completed")


@cell("dial-result-release-fallback-busy")
def fallback_busy(phone: Phone) -> Response:
    return phone.ended(overflowing(phone), "busy")


@cell("dial-result-release-recall-answered", outcome="recalled")
@cell("dial-result-hold-action-recall-answered", outcome="recalled")
def recalled_transferor_answered(phone: Phone) -> Response:
    return phone.ended(phone.ended(phone.transfer(), "busy"), "completed")


@cell("dial-result-release-recall-busy", outcome="no_answer")
@cell("dial-result-hold-action-recall-busy", outcome="no_answer")
def recalled_transferor_busy(phone: Phone) -> Response:
    return phone.ended(phone.ended(phone.transfer(), "no-answer"), "busy")


@cell("dial-result-release-denied-recall-answered", outcome="recalled")
@cell("dial-result-hold-message-denied-recall-answered", outcome="recalled")
def recalled_after_a_refusal(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.ended(phone.transfer(), "completed")


@cell("dial-result-release-denied-recall-busy", outcome="denied")
@cell("dial-result-hold-message-denied-recall-busy", outcome="denied")
def recalled_after_a_refusal_but_busy(phone: Phone) -> Response:
    phone.entry("agentb", deny="not during the pilot")
    return phone.ended(phone.transfer(), "busy")


@cell("dial-result-release-by-caller-busy", outcome="busy")
def target_busy_of_the_party_that_called_in(phone: Phone) -> Response:
    second = phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)
    return phone.ended(second, "busy", CallSid=leg_sid(1))


@cell("dial-result-release-by-caller-recall")
def target_busy_of_the_party_that_called_in_and_has_an_entry(phone: Phone) -> Response:
    phone.entry("+14155550199", dial="as_asked")
    second = phone.transfer(CallSid=leg_sid(1), ParentCallSid=SESSION)
    return phone.ended(second, "busy", CallSid=leg_sid(1))


@cell("dial-result-release-foreign-busy", outcome="busy")
def target_of_a_foreign_dial_busy(phone: Phone) -> Response:
    return phone.ended(phone.refer("/refer/release"), "busy")


@cell("dial-result-release-foreign-busy-fallback")
def target_of_a_foreign_dial_busy_with_a_fallback(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B], fallback=["transferor", "overflow"])
    return phone.ended(phone.refer("/refer/release"), "busy")


@cell("dial-result-release-chained-busy")
def target_of_a_second_transfer_busy(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "in-progress")
    return phone.ended(phone.refer(second, TO_C, 2), "busy")


@cell("dial-result-release-table", told="record_problem")
@cell("dial-result-hold-action-table", told="record_problem")
def target_busy_table_unreadable(phone: Phone) -> Response:
    second = phone.transfer()
    phone.outage("BatchGetItem")
    return phone.ended(second, "busy")


@cell("dial-result-release-table-last-resort", told="record_problem")
@cell("dial-result-hold-action-table-last-resort", told="record_problem")
def target_busy_table_unreadable_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    second = phone.transfer()
    phone.outage("BatchGetItem")
    return phone.ended(second, "busy")


@cell("dial-result-release-last-resort-answered", outcome="fallback")
def last_resort_answered(phone: Phone) -> Response:
    return phone.ended(target_busy_table_unreadable_with_a_last_resort(phone), "completed")


@cell("dial-result-release-last-resort-busy", outcome="no_answer")
def last_resort_busy(phone: Phone) -> Response:
    return phone.ended(target_busy_table_unreadable_with_a_last_resort(phone), "no-answer")


def unrecorded(phone: Phone) -> Response:
    """Return the Dial of a transfer whose record could not be written."""
    first = phone.answered()
    with phone.laptop.monkeypatch.context() as patch:
        patch.setattr("call_transfer.store.Store.open", unwritable)
        return phone.refer(first)


@cell("dial-result-release-no-record", outcome="busy")
def target_busy_without_a_record(phone: Phone) -> Response:
    return phone.ended(unrecorded(phone), "busy")


@cell("dial-result-release-no-record-last-resort")
def target_busy_without_a_record_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="+14155550188")
    return phone.ended(unrecorded(phone), "busy")


@cell("dial-result-release-record", told="record_problem")
@cell("dial-result-hold-action-record", told="record_problem")
def target_busy_record_not_written(phone: Phone) -> Response:
    second = phone.transfer()
    phone.outage("UpdateItem")
    return phone.ended(second, "busy")


@cell("dial-result-release-record-answered", told="record_problem")
@cell("dial-result-hold-action-record-answered", told="record_problem")
def target_answered_record_not_written(phone: Phone) -> Response:
    second = phone.transfer()
    phone.outage("UpdateItem")
    return phone.ended(second, "completed")


@cell("dial-result-release-repeated")
@cell("dial-result-hold-action-repeated")
def target_busy_repeated(phone: Phone) -> Response:
    second = phone.transfer()
    answer = phone.ended(second, "busy")
    phone.setting(FALLBACK="overflow")
    again = phone.ended(second, "busy")
    assert again.body == answer.body
    return again


@cell("dial-result-release-late", outcome="recalled")
@cell("dial-result-hold-action-late", outcome="recalled")
def target_busy_told_again_when_the_recall_is_over(phone: Phone) -> Response:
    second = phone.transfer()
    phone.ended(phone.ended(second, "busy"), "completed")
    return phone.ended(second, "busy")


@cell("dial-result-release-out-of-order", outcome="answered")
@cell("dial-result-hold-action-out-of-order", outcome="answered")
def action_before_the_legs_of_its_dial(phone: Phone) -> Response:
    second = phone.transfer()
    response = phone.ended(second, "completed")
    phone.leg(second, "completed", sequence=3)
    phone.leg(second, "ringing", sequence=1)
    return response


@cell("dial-result-release-bug", told="bug")
@cell("dial-result-hold-action-bug", told="bug")
def target_busy_bug(phone: Phone) -> Response:
    second = phone.transfer()
    phone.bug("progress.dial_ended")
    return phone.ended(second, "busy")


@cell("dial-result-release-bug-last-resort", told="bug")
@cell("dial-result-hold-action-bug-last-resort", told="bug")
def target_busy_bug_with_a_last_resort(phone: Phone) -> Response:
    phone.setting(LAST_RESORT="sip:reception@pbx.example.com")
    second = phone.transfer()
    phone.bug("progress.dial_ended")
    return phone.ended(second, "busy")


@cell("dial-result-release-last-resort-bug", told="bug")
def last_resort_busy_bug(phone: Phone) -> Response:
    last = target_busy_bug_with_a_last_resort(phone)
    return phone.ended(last, "busy")


# --- leg-status: the statusCallback of a noun ----------------------------------------------------


@cell("leg-status-hold-initial", 204)
@cell("leg-status-release-initial", 204)
def leg_of_the_initial_call_completed(phone: Phone) -> Response:
    return phone.leg(phone.answered(), "completed", sequence=3, CallDuration="42")


@cell("leg-status-hold-initiated", 204)
@cell("leg-status-release-initiated", 204)
def leg_initiated(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "initiated")


@cell("leg-status-hold-ringing", 204)
@cell("leg-status-release-ringing", 204)
def leg_ringing(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "ringing", sequence=1)


@cell("leg-status-hold-answered", 204)
@cell("leg-status-release-answered", 204)
def leg_answered(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "in-progress", sequence=2)


@cell("leg-status-hold-completed", 204, outcome="answered")
@cell("leg-status-release-completed", 204)
@cell("leg-status-hold-action-completed", 204)
def leg_completed(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "in-progress", sequence=2)
    return phone.leg(second, "completed", sequence=3, CallDuration="42")


@cell("leg-status-hold-busy", 204, outcome="recalled")
@cell("leg-status-release-busy", 204)
@cell("leg-status-hold-action-busy", 204)
def leg_busy(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "busy", sequence=1, SipResponseCode="486")


@cell("leg-status-hold-no-answer", 204, outcome="recalled")
@cell("leg-status-release-no-answer", 204)
def leg_not_answered(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "no-answer", sequence=2)


@cell("leg-status-hold-failed", 204, outcome="recalled")
@cell("leg-status-release-failed", 204)
def leg_failed(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "failed", sequence=1, SipResponseCode="503")


@cell("leg-status-hold-transferee-gone", 204, outcome="canceled")
@cell("leg-status-release-transferee-gone", 204)
def leg_canceled(phone: Phone) -> Response:
    return phone.leg(phone.transfer(), "canceled", sequence=2)


@cell("leg-status-hold-transferor-gone", 204, outcome="recalled")
def leg_busy_when_the_transferor_has_hung_up(phone: Phone) -> Response:
    first = phone.answered()
    second = phone.refer(first)
    phone.leg(first, "completed", sequence=3)
    phone.ended(first, "completed")
    return phone.leg(second, "busy", sequence=1)


@cell("leg-status-hold-transferor-gone-answered", 204, outcome="answered")
def leg_completed_when_the_transferor_has_hung_up(phone: Phone) -> Response:
    first = phone.answered()
    second = phone.refer(first)
    phone.leg(first, "completed", sequence=3)
    phone.ended(first, "completed")
    return phone.leg(second, "completed", sequence=3)


@cell("leg-status-hold-several-first", 204)
@cell("leg-status-release-several-first", 204)
def first_of_several_legs_busy(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, AGENT_C])
    return phone.leg(phone.transfer(), "busy", noun=0)


@cell("leg-status-hold-several-last", 204, outcome="recalled")
@cell("leg-status-release-several-last", 204)
def last_of_several_legs_not_answered(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, AGENT_C])
    second = phone.transfer()
    phone.leg(second, "busy", noun=0)
    return phone.leg(second, "no-answer", noun=1)


@cell("leg-status-hold-several-answered", 204, outcome="answered")
@cell("leg-status-release-several-answered", 204)
def one_of_several_legs_completed(phone: Phone) -> Response:
    phone.entry("agentb", dial=[AGENT_B, AGENT_C])
    second = phone.transfer()
    phone.leg(second, "canceled", noun=0)
    return phone.leg(second, "completed", noun=1)


@cell("leg-status-hold-second", 204, outcome="answered")
def leg_of_a_second_refer(phone: Phone) -> Response:
    first = phone.answered()
    phone.leg(phone.refer(first), "busy")
    earlier = phone.about
    response = phone.leg(phone.refer(first, TO_C, 2), "completed")
    assert phone.outcome(earlier) == "recalled"
    return response


@cell("leg-status-hold-repeated", 204, outcome="recalled")
@cell("leg-status-release-repeated", 204)
def leg_repeated(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "busy", sequence=1)
    before = phone.record()
    response = phone.leg(second, "busy", sequence=1)
    assert phone.record() == before
    return response


@cell("leg-status-hold-late", 204, outcome="answered")
@cell("leg-status-release-late", 204, outcome="answered")
def leg_told_late(phone: Phone) -> Response:
    second = phone.transfer()
    phone.leg(second, "completed", sequence=3)
    if phone.mode is Mode.RELEASE:
        phone.ended(second, "completed")
    return phone.leg(second, "ringing", sequence=1)


@cell("leg-status-hold-out-of-order", 204, outcome="answered")
@cell("leg-status-release-out-of-order", 204)
def legs_out_of_order(phone: Phone) -> Response:
    second = phone.transfer()
    for sequence, status in ((3, "completed"), (0, "initiated"), (2, "in-progress")):
        phone.leg(second, status, sequence=sequence)
    return phone.leg(second, "ringing", sequence=1)


@cell("leg-status-hold-early", 204, outcome="recalled")
@cell("leg-status-release-early", 204)
def leg_told_before_the_record_of_its_hop(phone: Phone) -> Response:
    return phone.leg(unrecorded(phone), "busy")


@cell("leg-status-hold-record", 503, told="record_problem")
@cell("leg-status-release-record", 503, told="record_problem")
def leg_record_not_written(phone: Phone) -> Response:
    second = phone.transfer()
    phone.outage("UpdateItem")
    return phone.leg(second, "busy")


@cell("leg-status-hold-bug", 503, told="bug")
@cell("leg-status-release-bug", 503, told="bug")
def leg_bug(phone: Phone) -> Response:
    second = phone.transfer()
    phone.bug("progress.leg")
    return phone.leg(second, "busy")


# --- the cells ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", CELLS.values(), ids=list(CELLS))
def test_cell(cell: Cell, laptop: Laptop) -> None:
    phone = Phone(laptop, cell.mode)
    phone.setting(**cell.settings)
    phone.prepare()
    response = cell.situation(phone)
    line = laptop.lines("webhook")[-1]
    body = response.body.decode()
    assert (response.status, line.get("code", "")) == (cell.status, cell.code)
    assert " ".join(sorted(NOTES & line.keys())) == cell.told
    if cell.has_twiml:
        assert response.headers["content-type"] == "text/xml; charset=utf-8"
        assert body.startswith('<?xml version="1.0" encoding="UTF-8"?>')
        assert canonical(body) == expected(cell.id, body)
    else:
        assert not body.startswith("<")
        assert body.startswith(f"{cell.code}: " if cell.code else "")
    told_only = cell.outcome == UNRECORDED
    assert phone.outcome() == (NO_RECORD if told_only else cell.outcome)
    # Whatever is repeated, late or out of order, the end of a hop is told once.
    ends = [*laptop.lines("transfer"), *laptop.lines("initial_call")]
    told = [end for end in ends if (end["hop"], end["refer_id"]) == phone.about]
    finished = set() if cell.outcome in {OPEN, NO_RECORD} else {cell.outcome.partition(",")[0]}
    assert [end["outcome"] for end in told] == list(finished)

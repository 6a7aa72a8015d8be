"""The rows of docs/call-flow.md: what a cell is, and the phones that play its situation.

The situations stand in one module for each webhook, and register themselves in CELLS.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from call_transfer.application import application
from call_transfer.aws_client import client
from call_transfer.errors import RecordNotWritten, TableUnreadable
from call_transfer.links import INITIAL_CALL, Mode, refer_id
from gateway.http_api import Response
from gateway.stack import ROOT
from laptop import SESSION, Laptop, dial, held, leg_sid, twiml

GOLDEN = ROOT / "tests" / "data" / "twiml"

CALLED = "+18005550100"
AGENT_A = {"sip": "sip:agenta@pbx.example.com"}
AGENT_B = {"sip": "sip:agentb@pbx.example.com"}
AGENT_C = {"sip": "sip:agentc@pbx.example.com"}
TO_B = "<sip:agentb@pbx.example.com>"
TO_C = "<sip:agentc@pbx.example.com>"
OVERFLOW = {"number": "+14155550177"}
PHONE = "sip:deskphone@pbx.example.com"
MENU = {
    "say": "For sales press 1, to go back press 2.",
    "keys": {"1": "agentc", "2": "transferor", "3": "nobody"},
    "invalid": "That key leads nowhere.",
}
VOICEMAIL = {"say": "Please leave a message.", "max_length": 60}

RECORDING = f"RE{'5' * 32}"

OPEN, NO_RECORD = "open", "no record"
# The record does not say it, but the end of the hop is told all the same.
UNRECORDED = "unavailable, not recorded"
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

    def at(self, moment: str) -> None:
        """Set the clock of the application: an ISO 8601 time with its offset."""
        seconds = datetime.fromisoformat(moment).timestamp()
        clock = SimpleNamespace(time=lambda: seconds)
        self.laptop.monkeypatch.setattr("call_transfer.application.time", clock)
        application.cache_clear()

    def secret(self, **trunks: list[str]) -> None:
        """Put users of SIP trunks beside the auth token."""
        account = self.laptop.account
        document = {account.sid: [account.token]}
        document |= {f"sip:{name}": pair for name, pair in trunks.items()}
        held("secretsmanager").put_secret_value(
            SecretId=self.laptop.stack.environment["TOKENS_SECRET"],
            SecretString=json.dumps(document),
        )
        application.cache_clear()

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

    def verb(self, on: Response, name: str, **parameters: str) -> Response:
        """Post the action of an Enqueue, a Gather or a Record, or the Redirect behind a Record."""
        found = twiml(on).find(name)
        assert found is not None
        given = {"CallStatus": "in-progress", **parameters}
        return self._post(found.attrib.get("action") or str(found.text), **given)

    def whisper(self, on: Response, *, noun: int = 0, **parameters: str) -> Response:
        """Ask for what a party of a Dial hears when it has answered."""
        leg = {"CallSid": leg_sid(noun + 1), "ParentCallSid": SESSION}
        return self._post(dial(on)[noun].attrib["url"], **leg, **parameters)

    def press(self, whisper: Response, digits: str, *, noun: int = 0) -> Response:
        """Press a key while the whisper is heard."""
        leg = {"CallSid": leg_sid(noun + 1), "ParentCallSid": SESSION}
        return self.verb(whisper, "Gather", Digits=digits, **leg)

    def recording(self, on: Response, name: str, **parameters: str) -> Response:
        """Post the recordingStatusCallback of a Dial or a Record."""
        found = twiml(on).find(name)
        assert found is not None
        told = {"RecordingSid": RECORDING, "RecordingStatus": "completed", **parameters}
        return self._post(found.attrib["recordingStatusCallback"], **told)

    def _post(self, url: str, **parameters: str) -> Response:
        self._mean(url)
        return self.laptop.post(url, parameters)

    def _mean(self, url: str) -> None:
        hop, refer = url.partition(f"/{SESSION}/")[2].split("/")[:2]
        self.about = (int(hop), refer)

    def outage(self, *operations: str, answer: Callable[..., object] | None = None) -> None:
        """Let these AWS operations fail from now on, or give another answer."""

        def fail(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
            raise ClientError({"Error": {"Code": "InternalServerError"}}, model.name)

        def broken(service: str) -> Any:  # noqa: ANN401 - a boto3 client
            made = client(service)
            # A transfer that is counted is recorded in a transaction.
            written = ("TransactWriteItems",) if "UpdateItem" in operations else ()
            for operation in (*operations, *written):
                made.meta.events.register(f"before-call.*.{operation}", answer or fail)
            return made

        self.laptop.monkeypatch.setattr("call_transfer.application.client", broken)
        application.cache_clear()

    def one_read(self) -> None:
        """Let BatchGetItem work once more, and fail from then on."""
        reads = iter([None])

        def only_the_first(model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
            if next(reads, "used up") == "used up":
                raise ClientError({"Error": {"Code": "InternalServerError"}}, model.name)

        self.outage("BatchGetItem", answer=only_the_first)

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


def unrecorded(phone: Phone) -> Response:
    """Return the Dial of a transfer whose record could not be written."""
    first = phone.answered()
    with phone.laptop.monkeypatch.context() as patch:
        patch.setattr("call_transfer.store.Store.open", unwritable)
        return phone.refer(first)


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

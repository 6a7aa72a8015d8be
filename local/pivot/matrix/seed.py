"""The table of Twilio's page "Inbound SIP REFER to Twilio", row by row and column by column.

UserA talks to AgentA, who refers to AgentB after 20 s.  Columns: answerOnBridge of the initial Dial
is true, false, or not set; the first and the last are Dials of this application, the second is
somebody else's with our referUrl pasted into it.  In release mode the page promises nothing when
AgentB does not answer, "unless your application is written to be able to handle the failure case":
this one dials the fallback of AgentB's entry, AgentC.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pivot.matrix.cell import NUMBER, TRANSFEROR, USER, Caller, Cell, Expected
from pivot.matrix.faults import NONE, Fault
from pivot.model.parties import Answers, Declines, Deed, Party, Reaction, Refers, Rings

HOLD_NUMBER = "+18005550100"
RELEASE_NUMBER = "+18005550101"
AGENT_B = "<sip:agentb@pbx.example.com>"
TAKEN = ("202 Accepted", "NOTIFY 100 Trying")
DONE = (*TAKEN, "NOTIFY 200 OK", "BYE")
UNAVAILABLE = (*TAKEN, "NOTIFY 503 Service Unavailable")
UNSERVED = ("202 Accepted", "NOTIFY 503 Service Unavailable")
COLUMNS = ("true", "false", "unset")
PICKS_UP = Answers()
# "Initial call is still connected" until AgentB answers, or disconnected "right after the referUrl
# webhook is executed".
_GONE = f"{TRANSFEROR} is disconnected"
_ANSWERS = 'table: "AgentB answers the call"'
_NOT_ANSWERED = 'table: "AgentB does not answer the call"'
_NOT_REACHED = 'table: "referUrl is not reachable"'
_NO_URL = 'table: "referUrl attribute is not present in the <Dial> Verb"'


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: how AgentB reacts or what becomes of the webhook.

    `notified` is the last NOTIFY in hold mode, `recorded` the outcome of the transfer in hold mode.
    """

    name: str
    title: str
    source: str
    reaction: Reaction = PICKS_UP
    fault: Fault = NONE
    notified: str = ""
    alert: int = 0
    recorded: tuple[str, ...] = ()


ROWS = (
    Row("answers", "AgentB answers", _ANSWERS),
    Row("busy", "AgentB is busy", _NOT_ANSWERED, Declines(486), notified="486 Busy Here"),
    Row(
        "no-answer",
        "AgentB does not answer",
        _NOT_ANSWERED,
        Rings(),
        notified="480 Temporarily Unavailable",
    ),
    Row(
        "fails",
        "AgentB cannot be reached",
        _NOT_ANSWERED,
        Declines(503),
        notified="503 Service Unavailable",
    ),
    Row(
        "unreachable",
        "the webhook is not reachable",
        _NOT_REACHED,
        fault=Fault("unreachable"),
        alert=11205,
    ),
    Row(
        "slow",
        "the webhook takes more than 15 s",
        _NOT_REACHED,
        fault=Fault("slow"),
        alert=11203,
        recorded=("open",),
    ),
    Row("5xx", "the webhook answers 503", _NOT_REACHED, fault=Fault("5xx"), alert=11217),
    Row("4xx", "the webhook answers 404", _NOT_REACHED, fault=Fault("4xx"), alert=11217),
)


def cells() -> Iterator[Cell]:
    """Return every cell of the table."""
    for row in ROWS:
        yield from (_cell(row, column) for column in COLUMNS)
    yield from (_without_url(column) for column in COLUMNS)


def agents(*deeds: Deed, b: Reaction = PICKS_UP, c: Reaction = PICKS_UP) -> tuple[Party, ...]:
    """Return AgentA, who does the deeds, and those who can be dialled after that."""
    return (
        Party(TRANSFEROR, "sip:agenta@pbx.example.com", deeds=deeds),
        Party("AgentB", "sip:agentb@pbx.example.com", b),
        Party("AgentC", "sip:agentc@pbx.example.com", c),
        Party("AgentD", "sip:agentd@pbx.example.com"),
    )


def user(column: str, *deeds: Deed) -> tuple[Caller, ...]:
    """Return UserA, who calls the number whose transfers are in this mode."""
    called = HOLD_NUMBER if column == "true" else RELEASE_NUMBER
    return (Caller(Party(USER, NUMBER, deeds=deeds), called),)


def foreign(column: str, refer_url: str) -> str:
    """Return a Dial that somebody else has written, with these attributes."""
    bridge = f' answerOnBridge="{column}"' if column != "unset" else ""
    refer = f' referUrl="{refer_url}"' if refer_url else ""
    dialled = "<Sip>sip:agenta@pbx.example.com</Sip>"
    return f"<Response><Dial{bridge}{refer}>{dialled}</Dial></Response>"


def first(column: str) -> tuple[str, ...]:
    """Return the outcome of the initial call where it is recorded: a Dial of ours."""
    return () if column == "false" else ("answered",)


def _cell(row: Row, column: str) -> Cell:
    return Cell(
        name=row.name,
        mode=column,
        title=row.title,
        source=row.source,
        callers=user(column),
        parties=agents(Refers(20.0, AGENT_B), b=row.reaction),
        expected=_held(row) if column == "true" else _released(row, column),
        fault=row.fault,
        voice=foreign(column, "{base}/refer/release") if column == "false" else "",
        under=_dropped(row) if column == "true" else {},
    )


def _held(row: Row) -> Expected:
    """Return what the second column of the page has: answerOnBridge is true."""
    if row.name == "answers":
        order = ("AgentB answers", _GONE, "UserA is connected to AgentB")
        return Expected("AgentB", DONE, outcomes=("answered", "answered"), order=order)
    if row.alert:
        outcomes = ("answered", *row.recorded)
        return Expected(TRANSFEROR, UNAVAILABLE, alerts=(row.alert,), outcomes=outcomes)
    told = (*TAKEN, f"NOTIFY {row.notified}")
    return Expected(TRANSFEROR, told, outcomes=("answered", "recalled"))


def _released(row: Row, column: str) -> Expected:
    """Return what the third column has: answerOnBridge is false or not set."""
    if row.name == "answers":
        order = (_GONE, "AgentB answers", "UserA is connected to AgentB")
        return Expected("AgentB", DONE, outcomes=(*first(column), "answered"), order=order)
    if row.alert:
        outcomes = (*first(column), *row.recorded)
        return Expected("", DONE, alive=False, alerts=(row.alert,), outcomes=outcomes)
    order = (_GONE, "AgentC answers", "UserA is connected to AgentC")
    return Expected("AgentC", DONE, outcomes=(*first(column), "fallback"), order=order)


def _dropped(row: Row) -> dict[str, Expected]:
    """Return what an HTTP error means where Twilio does not take it for a failed fetch."""
    if row.alert != 11217:  # noqa: PLR2004 - Twilio's number for an HTTP error
        return {}
    told = (*UNAVAILABLE, "BYE")
    dropped = Expected("", told, alive=False, alerts=(row.alert,), outcomes=("answered",))
    return {"refusal_in_hold=dropped": dropped}


def _without_url(column: str) -> Cell:
    return Cell(
        name="no-refer-url",
        mode=column,
        title="the Dial has no referUrl",
        source=_NO_URL,
        callers=user(column),
        parties=agents(Refers(20.0, AGENT_B)),
        expected=Expected(TRANSFEROR, UNSERVED, alerts=(13802,), outcomes=()),
        voice=foreign(column, ""),
    )

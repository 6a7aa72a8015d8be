"""Webhooks that are repeated, overtaken, lost, and an application that is broken."""

from pivot.matrix.cell import HOLD, TRANSFEROR, Cell, Expected, Make
from pivot.matrix.faults import Fault
from pivot.matrix.seed import AGENT_B, DONE, UNAVAILABLE, agents, foreign, user
from pivot.matrix.targets import REFUSED
from pivot.model.parties import Refers


def faulty(name: str, title: str, source: str, fault: Fault) -> Make:
    """Transfer through a fault that nobody should notice."""

    def make(mode: str) -> Cell:
        done = ("answered", "answered")
        parties = agents(Refers(20.0, AGENT_B))
        expected = Expected("AgentB", DONE, outcomes=done)
        return Cell(name, mode, title, source, user(mode), parties, expected, fault=fault)

    return make


def table_down(mode: str) -> Cell:
    """Transfer while the directory cannot be read."""
    path = "hold" if mode == HOLD else "release"
    held = Expected(TRANSFEROR, UNAVAILABLE, alerts=(11217,))
    served = Expected("AgentC", DONE, heard=(REFUSED,))
    return Cell(
        "table-down",
        mode,
        "the application cannot read its directory; LastResort is set",
        "design: hold 503, release a message and the fallback from settings",
        user(mode),
        agents(Refers(20.0, AGENT_B)),
        held if mode == HOLD else served,
        voice=foreign(mode, f"{{base}}/refer/{path}"),
        settings={"TARGETS_TABLE": "Gone", "LAST_RESORT": "sip:agentc@pbx.example.com"},
        under={"refusal_in_hold=dropped": served} if mode == HOLD else {},
    )


def application_down(mode: str) -> Cell:
    """Call in while nothing of the application answers."""
    return Cell(
        "application-down",
        mode,
        "the application cannot be reached when the call comes in; the number has a fallback URL",
        "domain section 4: a fallback URL belongs on the number",
        user(mode),
        agents(),
        Expected("AgentC", alerts=(11205,), outcomes=()),
        fault=Fault("unreachable", "inbound-call"),
        fallback="<Response><Dial><Sip>sip:agentc@pbx.example.com</Sip></Dial></Response>",
    )

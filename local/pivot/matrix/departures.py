"""Parties that do not wait: they hang up early, or refer again."""

from dataclasses import replace

from pivot.matrix.cell import HOLD, Cell, Expected
from pivot.matrix.seed import AGENT_B, DONE, TAKEN, UNAVAILABLE, agents, user
from pivot.model.parties import Answers, Declines, HangsUp, Refers


def after_hang_up(mode: str) -> Cell:
    """Let the transferor hang up and then refer."""
    return Cell(
        "after-hang-up",
        mode,
        "REFER after the transferor has hung up",
        "RFC 3261 section 12.2.2: 481",
        user(mode),
        agents(HangsUp(10.0), Refers(12.0, AGENT_B)),
        Expected("", ("481 Call/Transaction Does Not Exist",), alive=False, outcomes=("answered",)),
    )


def second_refer(mode: str) -> Cell:
    """Let the transferor refer to somebody else before the first target has answered."""
    deeds = (Refers(20.0, AGENT_B), Refers(30.0, "<sip:agentc@pbx.example.com>"))
    pending = Expected("AgentB", ("491 Request Pending", "NOTIFY 200 OK", "BYE"))
    gone = Expected("AgentB", ("481 Call/Transaction Does Not Exist",))
    done = ("answered", "answered")
    replaced = Expected("AgentC", ("NOTIFY 487 Request Terminated", *DONE))
    return Cell(
        "second-refer",
        mode,
        "a second REFER while the first is pending",
        "RFC 3261 section 21.4.27: 491; the caller gets one of the targets",
        user(mode),
        agents(*deeds, b=Answers(18.0)),
        replace(pending if mode == HOLD else gone, outcomes=done),
        under={"second_refer=replaces": replaced} if mode == HOLD else {},
    )


def transferor_leaves(mode: str) -> Cell:
    """Let the transferor hang up while a target rings that will answer."""
    return Cell(
        "transferor-leaves",
        mode,
        "the transferor hangs up early, and the target answers",
        "RFC 5589 section 6.1: the transferor need not wait",
        user(mode),
        agents(Refers(20.0, AGENT_B), HangsUp(23.0), b=Answers(8.0)),
        Expected("AgentB", TAKEN if mode == HOLD else DONE, outcomes=("answered", "answered")),
        under={"transferor_leaves=ends": Expected("", alive=False)} if mode == HOLD else {},
    )


def transferor_leaves_busy(mode: str) -> Cell:
    """Let the transferor hang up before the target turns out to be busy."""
    return Cell(
        "transferor-leaves-busy",
        mode,
        "the transferor hangs up early, the target is busy; `recalled` is wrong (known)",
        "nobody is left that Twilio could give the caller back to",
        user(mode),
        agents(Refers(20.0, AGENT_B), HangsUp(21.0), b=Declines(486, 4.0)),
        Expected("", TAKEN, alive=False),
    )


def transferee_leaves(mode: str) -> Cell:
    """Let UserA hang up while the target rings."""
    # docs/call-flow.md: in hold mode it is the leg that ends, in release mode its Dial tells of it.
    outcome = "canceled" if mode == HOLD else "abandoned"
    told = (*UNAVAILABLE, "BYE") if mode == HOLD else DONE
    return Cell(
        "transferee-leaves",
        mode,
        "the transferee hangs up while the target rings",
        "RFC 3261 section 9: the target's INVITE is cancelled",
        user(mode, HangsUp(27.0)),
        agents(Refers(20.0, AGENT_B), b=Answers(8.0)),
        Expected("", told, alive=False, outcomes=("answered", outcome)),
    )

"""What the transferor asks for: targets that are refused, missing, busy, numbers, with headers."""

from dataclasses import replace

from pivot.matrix.cell import HOLD, OURS, TRANSFEROR, Cell, Expected, Make
from pivot.matrix.seed import AGENT_B, DONE, TAKEN, UNAVAILABLE, agents, user
from pivot.model.parties import Declines, Party, Refers, Rings

REFUSED = '"Sorry, that call cannot be connected."'
UNANSWERED = '"Sorry, nobody is available to take your call. Goodbye."'


def refused(name: str, title: str, target: str, outcome: str) -> Make:
    """Refer to a target that is refused: AgentA keeps UserA (hold), or is called again."""

    def make(mode: str) -> Cell:
        held = Expected(TRANSFEROR, UNAVAILABLE, alerts=(11217,), outcomes=("answered", outcome))
        recalled = Expected(TRANSFEROR, DONE, heard=(REFUSED,), outcomes=("answered", "recalled"))
        return Cell(
            name,
            mode,
            title,
            OURS,
            user(mode),
            agents(Refers(20.0, target)),
            held if mode == HOLD else recalled,
            under={"refusal_in_hold=dropped": replace(recalled, told=DONE)} if mode == HOLD else {},
        )

    return make


def long(mode: str) -> Cell:
    """Refer with more characters than Twilio supports."""
    target = f"<sip:agentb@pbx.example.com?X-Ticket={'7' * 260}>"
    title = "a Refer-To of more than 256 characters"
    cell = refused("long", title, target, "invalid_target")(mode)
    not_taken = Expected(TRANSFEROR, ("400 Bad Request",), outcomes=("answered",))
    under = {**cell.under, "long_refer_to=refused": not_taken}
    # Cut, the header has no end any more: "<sip:agentb@…" without ">" cannot be read.
    return replace(cell, under=under, source="domain: refuse longer, never truncate")


def long_bare(mode: str) -> Cell:
    """Refer with too many characters and without brackets: cut, it can still be read."""
    cell = long(mode)
    target = f"sip:agentb@pbx.example.com?X-Ticket={'7' * 260}"
    dialled = Expected("AgentB", DONE, outcomes=("answered", "answered"))
    return replace(
        cell,
        name="long-bare",
        title="the same without brackets, which is dialled if Twilio cuts it",
        parties=agents(Refers(20.0, target)),
        under={**cell.under, "long_refer_to=cut": dialled},
    )


def no_target(mode: str) -> Cell:
    """Refer without a header Refer-To."""
    return Cell(
        "no-target",
        mode,
        "REFER without Refer-To",
        "RFC 3515 section 2.4.2: 400",
        user(mode),
        agents(Refers(20.0, None)),
        Expected(TRANSFEROR, ("400 Bad Request",), outcomes=("answered",)),
    )


def number(mode: str) -> Cell:
    """Refer to a telephone number."""
    parties = (*agents(Refers(20.0, "<tel:+14155550123>")), Party("AgentE", "+14155550123"))
    expected = Expected("AgentE", DONE, outcomes=("answered", "answered"))
    source = "OpenAI, LiveKit: tel: in Refer-To"
    return Cell("number", mode, "REFER to tel:", source, user(mode), parties, expected)


def context(mode: str) -> Cell:
    """Headers inside Refer-To reach the target as they were meant, and add nothing of their own."""
    headers = "User-to-User=123456789%3Bencoding%3Dhex&X-Note=a%26X-Evil%3D%22%3E%3C%2FSip%3E+b"
    extra = "&Replaces=1%3Bto-tag%3D2%3Bfrom-tag%3D3&X-Twilio-A=1&Route=%3Csip%3Aevil.example%3E"
    target = f"<sip:agentb@pbx.example.com;maddr=evil.example?{headers}{extra}>"
    sent = (("User-to-User", "123456789;encoding=hex"), ("X-Note", 'a&X-Evil="></Sip>+b'))
    return Cell(
        "context",
        mode,
        "User-to-User and X- headers inside Refer-To",
        "domain section 3: only X-*, User-to-User go on, escaped; never Route, Replaces, maddr",
        user(mode),
        agents(Refers(20.0, target)),
        Expected("AgentB", DONE, outcomes=("answered", "answered"), headers=sent),
    )


def busy_recall(mode: str) -> Cell:
    """Refer to a busy target whose entry has no fallback: the transferor is who is left."""
    held = Expected(TRANSFEROR, (*TAKEN, "NOTIFY 486 Busy Here"), outcomes=("answered", "recalled"))
    parties = agents(Refers(20.0, "<sip:agentd@pbx.example.com>"))
    busy = replace(parties[-1], reaction=Declines(486))
    return Cell(
        "busy-recall",
        mode,
        "the target is busy, and its entry has no fallback",
        OURS,
        user(mode),
        (*parties[:-1], busy),
        held if mode == HOLD else Expected(TRANSFEROR, DONE, outcomes=("answered", "recalled")),
    )


def busy_action(mode: str) -> Cell:
    """HoldAction=on: the chain of the application goes on, unless the action is not listened to."""
    told = (*TAKEN, "NOTIFY 486 Busy Here")
    return Cell(
        "busy-action",
        mode,
        "the target is busy, and the transfer Dial has an action (HoldAction=on)",
        "page <Dial>: the answer to the action continues the call",
        user(mode),
        agents(Refers(20.0, AGENT_B), b=Declines(486)),
        Expected("AgentC", DONE, outcomes=("answered", "fallback")),
        settings={"HOLD_ACTION": "on"},
        under={"action_in_hold=ignored": Expected(TRANSFEROR, told)},
    )


def nobody(mode: str) -> Cell:
    """Refer where neither target nor fallback answers."""
    parties = agents(Refers(20.0, AGENT_B), b=Rings(), c=Rings())
    told = (*TAKEN, "NOTIFY 480 Temporarily Unavailable")
    held = Expected(TRANSFEROR, told, outcomes=("answered", "recalled"))
    lost = Expected("", DONE, alive=False, heard=(UNANSWERED,), outcomes=("answered", "no_answer"))
    title = "neither the target nor its fallback answers"
    expected = held if mode == HOLD else lost
    return Cell("nobody", mode, title, OURS, user(mode), parties, expected)

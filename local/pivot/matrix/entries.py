"""What an entry can say besides dialling: whisper and accept, menus, queues, voicemail, hours.

The entries are those of local/gateway/directory.yaml.  That the transferor is let go when a verb
other than Dial takes the call in hold mode is the model's guess, as everywhere.
"""

from pivot.matrix.cell import HOLD, TRANSFEROR, Cell, Expected
from pivot.matrix.seed import DONE, TAKEN, agents, user
from pivot.model.parties import Party, Presses, Refers

_OURS = "docs/directory.md: a voicemail box answers, but it presses no key"


def accepted(mode: str) -> Cell:
    """Let the target hear who calls, and take the call by a key."""
    parties = agents(Refers(20.0, "<sip:agentw@pbx.example.com>"))
    target = Party("AgentW", "sip:agentw@pbx.example.com", deeds=(Presses(6.0, "1"),))
    return Cell(
        "accepted",
        mode,
        "the target hears a text and presses the key",
        _OURS,
        user(mode),
        (*parties, target),
        Expected("AgentW", DONE, outcomes=("answered", "answered")),
    )


def not_accepted(mode: str) -> Cell:
    """Let a voicemail box answer for the target."""
    parties = agents(Refers(20.0, "<sip:agentw@pbx.example.com>"))
    told = (*TAKEN, "NOTIFY 480 Temporarily Unavailable")
    return Cell(
        "not-accepted",
        mode,
        "a voicemail box answers for the target, and presses no key",
        _OURS,
        user(mode),
        (*parties, Party("Voicemail", "sip:agentw@pbx.example.com")),
        Expected(TRANSFEROR, told, outcomes=("answered", "recalled"))
        if mode == HOLD
        else Expected("AgentC", DONE, outcomes=("answered", "fallback")),
    )


def menu(mode: str) -> Cell:
    """Refer to a menu, whose key leads to somebody."""
    return Cell(
        "menu",
        mode,
        "the target is a menu, and UserA presses a key",
        _OURS,
        user(mode, Presses(27.0, "2")),
        agents(Refers(20.0, "<sip:menu@pbx.example.com>")),
        Expected("AgentC", outcomes=("answered", "answered")),
    )


def voicemail(mode: str) -> Cell:
    """Refer to a mailbox: the caller leaves a message, and that is the end."""
    return Cell(
        "voicemail",
        mode,
        "the target is a mailbox, and UserA leaves a message",
        _OURS,
        user(mode),
        agents(Refers(20.0, "<sip:mailbox@pbx.example.com>")),
        Expected("", alive=False, outcomes=("answered", "voicemail")),
    )


def queue(mode: str) -> Cell:
    """Refer to a queue, in which the caller waits until it hangs up."""
    return Cell(
        "queue-entry",
        mode,
        "the target is a queue, and UserA waits in it",
        _OURS,
        user(mode),
        agents(Refers(20.0, "<sip:queue@pbx.example.com>")),
        Expected("", alive=True, outcomes=("answered", "abandoned")),
    )


def closed(mode: str) -> Cell:
    """Refer to an entry that is closed, and names another one."""
    return Cell(
        "closed",
        mode,
        "the target is closed, and another entry takes its calls",
        "docs/directory.md: the entry at closed is used in its place, in either mode",
        user(mode),
        agents(Refers(20.0, "<sip:closed@pbx.example.com>")),
        Expected("AgentC", DONE, outcomes=("answered", "answered")),
    )

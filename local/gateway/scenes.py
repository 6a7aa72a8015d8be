"""The calls of the demonstration: who rings whom, and the story that has to come out of it.

A story is a list of sentences, made while the call is played from what happened: the answers of
the API, who was dialled, who answered, and the records left behind.  The first that differs fails
the demonstration.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.performance import Performance
from pivot.phones import Phone, Ringing

AGENT_A = Phone("AgentA", "sip:agenta@pbx.example.com")
HOLD_NUMBER = "+18005550100"
RELEASE_NUMBER = "+18005550101"
_AGENT_B = "<sip:agentb@pbx.example.com>"
_INITIAL = ("inbound-call 200: dial AgentA", "AgentA answers")


@dataclass(frozen=True, slots=True)
class Scene:
    """One call. `phones` are those of the agents, `play` is what the parties do."""

    title: str
    number: str
    phones: tuple[Phone, ...]
    play: Callable[[Performance], None]
    expected: tuple[str, ...]


def agent(letter: str, rings: Ringing = Ringing.ANSWERED) -> Phone:
    """Return the phone of AgentB, AgentC and so on."""
    return Phone(f"Agent{letter}", f"sip:agent{letter.lower()}@pbx.example.com", rings)


def _transfer(target: str) -> Callable[[Performance], None]:
    def play(performance: Performance) -> None:
        performance.call.start(performance.voice_url)
        performance.call.refer(target)
        performance.call.hang_up()

    return play


def _forged(performance: Performance) -> None:
    call = performance.call
    call.start(performance.voice_url)
    if call.bridge:
        form = {"CallSid": call.sid, "ReferTransferTarget": _AGENT_B}
        performance.forge(call.bridge.verb.get("referUrl", ""), form)
    call.hang_up()


SCENES = (
    Scene(
        title="hold mode: AgentA refers UserA to AgentB, who answers",
        number=HOLD_NUMBER,
        phones=(AGENT_A, agent("B")),
        play=_transfer(_AGENT_B),
        expected=(
            *_INITIAL,
            f"AgentA refers to {_AGENT_B}",
            "refer 200: dial AgentB",
            "AgentB answers",
            "AgentA is released",
            "dial-result 200: hang up, too late to be played",
            "UserA hangs up",
            "recorded hop 0: answered, rang 6 s, talked 26 s",
            "recorded hop 1: answered, rang 6 s, talked 60 s",
        ),
    ),
    Scene(
        title="hold mode: AgentB is busy, and UserA stays with AgentA",
        number=HOLD_NUMBER,
        phones=(AGENT_A, agent("B", Ringing.BUSY)),
        play=_transfer(_AGENT_B),
        expected=(
            *_INITIAL,
            f"AgentA refers to {_AGENT_B}",
            "refer 200: dial AgentB",
            "AgentB is busy",
            "UserA stays with AgentA",
            "UserA hangs up",
            "dial-result 200: hang up, too late to be played",
            "recorded hop 0: answered, rang 6 s, talked 81 s",
            "recorded hop 1: recalled, because busy, rang 1 s",
        ),
    ),
    Scene(
        title="release mode: AgentB does not answer, the fallback AgentC does",
        number=RELEASE_NUMBER,
        phones=(AGENT_A, agent("B", Ringing.RUNG_OUT), agent("C")),
        play=_transfer(_AGENT_B),
        expected=(
            *_INITIAL,
            f"AgentA refers to {_AGENT_B}",
            "refer 200: dial AgentB",
            "AgentA is released",
            "dial-result 200: hang up, too late to be played",
            "AgentB does not answer",
            "dial-result 200: dial AgentC",
            "AgentC answers",
            "UserA hangs up",
            "dial-result 200: hang up, too late to be played",
            "recorded hop 0: answered, rang 6 s, talked 20 s",
            "recorded hop 1: fallback, because no_answer, rang 6 s, talked 60 s",
        ),
    ),
    Scene(
        title="hold mode: a premium number is denied, and UserA stays with AgentA",
        number=HOLD_NUMBER,
        phones=(AGENT_A,),
        play=_transfer("<tel:+19005550123>"),
        expected=(
            *_INITIAL,
            "AgentA refers to <tel:+19005550123>",
            "refer 403: deny_entry: Premium numbers are not dialled.",
            "UserA stays with AgentA",
            "UserA hangs up",
            "dial-result 200: hang up, too late to be played",
            "recorded hop 0: answered, rang 6 s, talked 80 s",
            "recorded hop 1: denied, by the entry */+1900*",
        ),
    ),
    Scene(
        title="somebody who is not Twilio sends the same REFER webhook: nothing is dialled",
        number=HOLD_NUMBER,
        phones=(AGENT_A,),
        play=_forged,
        expected=(
            *_INITIAL,
            "without a signature: refer 403: This request is not signed by Twilio.",
            "signed with another token: refer 403: This request is not signed by Twilio.",
            "UserA hangs up",
            "dial-result 200: hang up, too late to be played",
            "recorded hop 0: answered, rang 6 s, talked 60 s",
        ),
    ),
)

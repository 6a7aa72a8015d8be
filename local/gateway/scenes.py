"""The calls of the demonstration: who does what, and the story that has to come out of it.

A story is a list of sentences, see gateway.story.  The first that differs fails the demonstration.
"""

from dataclasses import dataclass

from pivot.matrix.cell import Caller
from pivot.matrix.seed import AGENT_B, agents, user
from pivot.model.parties import Declines, HangsUp, Party, Refers, Rings

_REFERS = Refers(20.0, AGENT_B)
[_HOLD] = user("true", HangsUp(80.0))
[_RELEASE] = user("unset", HangsUp(80.0))
_INITIAL = (
    "inbound-call 200: Dial AgentA",
    "AgentA answers",
    "UserA is connected to AgentA",
)
_REFERRED = (*_INITIAL, f"AgentA refers to {AGENT_B}", "refer 200: Dial AgentB")
_RELEASED = ("AgentA is told 200 OK", "AgentA is disconnected")
_FORGED = "refer 403: This request is not signed by Twilio."


def _ends(party: str) -> tuple[str, ...]:
    return ("UserA hangs up", f"{party} is disconnected", "dial-result 200: Hangup")


@dataclass(frozen=True, slots=True)
class Scene:
    """One call by a short name; `forged`: a stranger joins in, who knows the referUrl."""

    name: str
    title: str
    caller: Caller
    parties: tuple[Party, ...]
    expected: tuple[str, ...]
    forged: bool = False


SCENES = (
    Scene(
        name="hold-answers",
        title="hold mode: AgentA refers UserA to AgentB, who answers",
        caller=_HOLD,
        parties=agents(_REFERS),
        expected=(
            *_REFERRED,
            "AgentB answers",
            *_RELEASED,
            "UserA is connected to AgentB",
            "dial-result 200: Hangup",
            "UserA hangs up",
            "AgentB is disconnected",
            "recorded hop 0: answered, rang 4 s, talked 24 s",
            "recorded hop 1: answered, rang 4 s, talked 55 s",
        ),
    ),
    Scene(
        name="hold-busy",
        title="hold mode: AgentB is busy, and UserA stays with AgentA",
        caller=_HOLD,
        parties=agents(_REFERS, b=Declines(486)),
        expected=(
            *_REFERRED,
            "AgentB says 486 Busy Here",
            "AgentA is told 486 Busy Here",
            "UserA is connected to AgentA",
            *_ends("AgentA"),
            "recorded hop 0: answered, rang 4 s, talked 80 s",
            "recorded hop 1: recalled, because busy, rang 1 s",
        ),
    ),
    Scene(
        name="release-fallback",
        title="release mode: AgentB does not answer, the fallback AgentC does",
        caller=_RELEASE,
        parties=agents(_REFERS, b=Rings()),
        expected=(
            *_REFERRED,
            *_RELEASED,
            "dial-result 200: Hangup",
            "AgentB says 487 Request Terminated",
            "dial-result 200: Dial AgentC",
            "AgentC answers",
            "UserA is connected to AgentC",
            *_ends("AgentC"),
            "recorded hop 0: answered, rang 4 s, talked 20 s",
            "recorded hop 1: fallback, because no_answer, rang 4 s, talked 26 s",
        ),
    ),
    Scene(
        name="hold-denied",
        title="hold mode: a premium number is denied, and UserA stays with AgentA",
        caller=_HOLD,
        parties=agents(Refers(20.0, "<tel:+19005550123>")),
        expected=(
            *_INITIAL,
            "AgentA refers to <tel:+19005550123>",
            "refer 403: deny_entry: Premium numbers are not dialled.",
            "alert 11217: answer to a referUrl: the webhook failed",
            "AgentA is told 503 Service Unavailable",
            "UserA is connected to AgentA",
            *_ends("AgentA"),
            "recorded hop 0: answered, rang 4 s, talked 80 s",
            "recorded hop 1: denied, by the entry */+1900*",
        ),
    ),
    Scene(
        name="forged",
        title="somebody who is not Twilio sends the same REFER webhook: nothing is dialled",
        caller=_HOLD,
        parties=agents(),
        forged=True,
        expected=(
            *_INITIAL,
            f"Stranger, without a signature: {_FORGED}",
            f"Stranger, signed with another token: {_FORGED}",
            *_ends("AgentA"),
            "recorded hop 0: answered, rang 4 s, talked 80 s",
        ),
    ),
)

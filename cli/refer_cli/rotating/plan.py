"""What comes next in a rotation, from what Twilio and the secret say; nothing is done here.

Twilio signs with the primary token alone, and the functions accept each token of the secret.  So a
token is in the secret before it becomes the primary one, and leaves after it has been replaced:

    secret      Twilio: primary, secondary      next
    A           A                               CREATE B, and put it second
    A B         A, B                            PROMOTE B
    A B         B                               ORDER
    B A         B                               DROP A

No state is kept: a rotation that stopped is at one of these lines.
"""

from dataclasses import dataclass, field
from enum import Enum

from refer_cli.secret.document import fingerprint


class Step(Enum):
    """One step, each of which leaves a state in which every webhook is accepted."""

    CREATE = "create"
    PROMOTE = "promote"
    ORDER = "order"
    DROP = "drop"


class Stuck(Exception):
    """No step leads on from here; the message says what a person has to do."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The tokens of the secret in their order, those that Twilio takes, and the primary one.

    `primary` is a fingerprint, "" where Twilio does not tell it.  `promoted` is the token that this
    run has made the primary one: Twilio need not be asked, and may not know it everywhere yet.
    """

    account: str
    tokens: tuple[str, ...] = field(repr=False)
    accepted: frozenset[str] = field(repr=False)
    primary: str = ""
    promoted: str = field(default="", repr=False)

    @property
    def signing(self) -> str:
        """Return the token that Twilio signs with. Raises Stuck when the secret has it not."""
        if self.promoted:
            return self.promoted
        if not self.accepted:
            raise Stuck(
                f"Twilio takes no token that the secret has for {self.account}. Put the account's"
                " primary token into it: refer secret set"
            )
        if not self.primary:
            # The order of the secret: the primary one first, a secondary behind it.
            return next(token for token in self.tokens if token in self.accepted)
        for token in self.tokens:
            if fingerprint(token) == self.primary:
                return token
        raise Stuck(
            f"the secret lacks the primary token of {self.account} ({self.primary}), with which"
            " Twilio signs. Put it there: refer secret set"
        )

    @property
    def secondary(self) -> str:
        """Return the token that can be promoted, "" if the secret has none."""
        if self.promoted:
            return ""
        others = (one for one in self.tokens if one in self.accepted and one != self.signing)
        return next(others, "")


def next_step(facts: Facts) -> Step:
    """Return what to do next; CREATE begins a rotation. Raises Stuck."""
    if facts.tokens[:1] != (facts.signing,):
        return Step.ORDER
    if facts.secondary:
        return Step.PROMOTE
    return Step.DROP if len(facts.tokens) > 1 else Step.CREATE


def steps_from(facts: Facts) -> list[Step]:
    """Return all steps up to the end of the rotation. Raises Stuck."""
    first = next_step(facts)
    rest = [Step.CREATE, Step.PROMOTE, Step.ORDER, Step.DROP]
    if first is Step.ORDER and facts.secondary:
        return [first, *rest[1:]]
    return rest[rest.index(first) :]

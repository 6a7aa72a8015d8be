"""What Twilio does not document, as settings of the model: each with its values and its source.

The first value of each is the default, the reading that fits Twilio's page best.  What the words
"hold" and "release" mean: the page "Inbound SIP REFER to Twilio" [seed].
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Annotated, Literal, get_args, get_type_hints


@dataclass(frozen=True, slots=True)
class About:
    """The open point that a knob stands for, and where its default is from."""

    question: str
    source: str


@dataclass(frozen=True, slots=True)
class Knobs:
    """How this Twilio behaves where nobody has written down how Twilio behaves."""

    refusal_in_hold: Annotated[
        Literal["kept", "dropped"],
        About(
            "after an HTTP error of the refer webhook, does the transferor keep the transferee?",
            "seed: \"if the call or Application fetch fails, UserA's call will stay connected with "
            'AgentA"; whether an HTTP error is a failed fetch is not said [I]',
        ),
    ] = "kept"
    action_in_hold: Annotated[
        Literal["governs", "ignored"],
        About(
            "does an action on the transfer Dial suppress the return to the transferor (hold)?",
            "page <Dial>: the answer to the action continues the call; not said for REFER [G]",
        ),
    ] = "governs"
    notify_failure: Annotated[
        Literal["target", "unavailable"],
        About(
            "which status does the last NOTIFY carry when nobody answered: the target's, or 503?",
            "RFC 3515 section 2.4.5 has the target's; Twilio says nothing [G]",
        ),
    ] = "target"
    refer_call_sid: Annotated[
        Literal["transferee", "transferor"],
        About(
            "whose CallSid is in the refer webhook?",
            "the TwiML that answers runs on the transferee's leg, as in any other webhook [I]",
        ),
    ] = "transferee"
    long_refer_to: Annotated[
        Literal["delivered", "cut", "refused"],
        About(
            "what becomes of a Refer-To of more than 256 characters?",
            'seed: "The maximum supported length of the Refer-To header […] is 256" [G]',
        ),
    ] = "delivered"
    chained_refer: Annotated[
        Literal["served", "refused"],
        About(
            "does the referUrl of a transfer Dial work as that of the first one does?",
            'seed: "a referUrl is not necessary in this leg of the call" [I]',
        ),
    ] = "served"
    consultation: Annotated[
        Literal["kept", "dropped"],
        About(
            "does an attended REFER (Replaces) end the consultation call?",
            "Twilio documents blind transfer only [G]",
        ),
    ] = "kept"
    stray_action: Annotated[
        Literal["sent", "left out"],
        About(
            "is the action of the first Dial requested when its call is transferred?",
            "a live measurement: yes, and its TwiML is thrown away [R]",
        ),
    ] = "sent"
    second_refer: Annotated[
        Literal["refused", "replaces"],
        About(
            "what becomes of a REFER while an earlier one of the same party is pending (hold)?",
            "RFC 3261 section 21.4.27: 491 Request Pending; Twilio says nothing [G]",
        ),
    ] = "refused"
    transferor_leaves: Annotated[
        Literal["goes on", "ends"],
        About(
            "does the transfer go on when the transferor hangs up before an answer (hold)?",
            "RFC 5589 section 6.1: the transferor may leave; Twilio says nothing [G]",
        ),
    ] = "goes on"

    def __str__(self) -> str:
        return ", ".join(self.changed()) or "defaults"

    def changed(self) -> tuple[str, ...]:
        """Return the knobs that are not at their defaults, as `name=value`."""
        return tuple(
            f"{each.name}={getattr(self, each.name)}"
            for each in fields(self)
            if getattr(self, each.name) != each.default
        )

    @classmethod
    def parse(cls, text: str) -> "Knobs":
        """Read one `name=value`; nothing is the defaults. Raises ValueError, in words.

        One at a time: what is expected is written for one, and two can contradict each other.
        """
        if not text:
            return cls()
        name, _, value = text.partition("=")
        known = values()
        if name not in known:
            raise ValueError(f"{name!r} is no knob; there are {', '.join(known)}")
        if value not in known[name]:
            raise ValueError(f"{name} is {' or '.join(known[name])}, not {value!r}")
        return replace(cls(), **{name: value})  # type: ignore[arg-type] # the value was looked up


def values() -> dict[str, tuple[str, ...]]:
    """Return the values of every knob, the default first."""
    return {name: get_args(get_args(hint)[0]) for name, hint in _hints().items()}


def about() -> dict[str, About]:
    """Return what every knob stands for."""
    return {name: get_args(hint)[1] for name, hint in _hints().items()}


def variants() -> Iterator[Knobs]:
    """Return the defaults, then one setting for each other value of each knob."""
    yield Knobs()
    for name, choices in values().items():
        yield from (replace(Knobs(), **{name: choice}) for choice in choices[1:])  # type: ignore[arg-type] # as above


def _hints() -> dict[str, object]:
    return get_type_hints(Knobs, include_extras=True)

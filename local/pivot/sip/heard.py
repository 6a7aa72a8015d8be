"""Who is connected to whom and what each was told, by what the phones have sent and received.

The same facts as `pivot.model.trace`, from the other end of the wire and in the same words; the
model is not asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aiosipua import SipRequest

from pivot.sip.messages import Logged
from pivot.sip.sdp import TWILIO, session_name

_RINGING = 180
_SIPFRAG = "SIP/2.0 "
# aiosipua writes it User-To-User; names of headers are case-insensitive.
_UUI = "User-to-User"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the phones know at a moment.

    `up`: who is in a dialog; `gone`: who was in one and is in none any more.  `hears`: pairs of a
    party and whom it is connected to, by the SDP that it was sent last in each dialog, unless that
    is Twilio's own.  `told`: what each party was told from its last REFER on, to the BYE that ends
    its leg.  `headers`: the X- headers and User-to-User of the last INVITE that called somebody.
    """

    up: frozenset[str]
    gone: frozenset[str]
    hears: frozenset[tuple[str, str]]
    told: Mapping[str, tuple[str, ...]]
    headers: tuple[tuple[str, str], ...]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Who is connected to whom, by name and in the order of names, as `Trace.pairs` has it."""
        return tuple(sorted((a, b) for a, b in self.hears if a < b and (b, a) in self.hears))

    @property
    def one_sided(self) -> tuple[tuple[str, str], ...]:
        """Who is connected to somebody that is not connected to it: a fault of the switch."""
        return tuple(sorted((a, b) for a, b in self.hears if (b, a) not in self.hears))


def snapshot(logged: Mapping[str, Sequence[Logged]]) -> Snapshot:
    """Return what the messages of each party come to, each party's in the order of time."""
    dialogs = {party: _dialogs(seen) for party, seen in logged.items()}
    up = frozenset(party for party, found in dialogs.items() if any(found.values()))
    heard = (
        (party, name)
        for party, seen in logged.items()
        for call_id, name in _shown(seen).items()
        if dialogs[party].get(call_id) and name != session_name(TWILIO)
    )
    return Snapshot(
        up=up,
        gone=frozenset(party for party, found in dialogs.items() if found) - up,
        hears=frozenset(heard),
        told={party: _told(seen) for party, seen in logged.items()},
        headers=_headers(one for seen in logged.values() for one in seen),
    )


def _dialogs(seen: Iterable[Logged]) -> dict[str, bool]:
    """Return the dialogs of a party by Call-ID, and whether each is up."""
    up: dict[str, bool] = {}
    for one in seen:
        if one.method == "INVITE" and one.text.startswith("200"):
            up.setdefault(one.call_id, True)
        elif one.text == "BYE":
            up[one.call_id] = False
    return up


def _shown(seen: Iterable[Logged]) -> dict[str, str]:
    """Return the session name that a party was sent last in each dialog, by Call-ID."""
    received = (one for one in seen if one.method == "INVITE" and not one.sent)
    names = ((one.call_id, session_name(one.message.text)) for one in received)
    return {call_id: name for call_id, name in names if name}


def _headers(seen: Iterable[Logged]) -> tuple[tuple[str, str], ...]:
    """Return what headers the last party that was called has got; a re-INVITE calls nobody."""
    invites = [one for one in seen if one.begins and not one.sent]
    if not invites:
        return ()
    last = max(invites, key=lambda one: one.at)
    return tuple(
        (_UUI if name.lower() == _UUI.lower() else name, value)
        for name, values in last.message.headers.items()
        if name.lower().startswith("x-") or name.lower() == _UUI.lower()
        for value in values
    )


def _told(seen: Iterable[Logged]) -> tuple[str, ...]:
    """Return what a party was told, in the words of `pivot.model.trace`."""
    told: list[str] = []
    listens = False
    for one in seen:
        if one.sent and one.text == "REFER":
            listens, told = True, []
        elif listens and not one.sent and (words := _words(one)):
            told.append(words)
            listens = words != "BYE"
    return tuple(told)


def _words(one: Logged) -> str:
    """Return a message in words, or nothing where a trace has nothing."""
    if isinstance(one.message, SipRequest):
        match one.method:
            case "NOTIFY":
                return f"NOTIFY {one.message.text.strip().removeprefix(_SIPFRAG)}"
            case "INVITE":
                return "INVITE" if one.begins else ""
            case "BYE" | "CANCEL":
                return one.method
            case _:
                return ""
    is_answer = one.method == "INVITE" and one.message.status_code >= _RINGING
    return one.text if one.method == "REFER" or is_answer else ""

"""Scenarios of sipp for parties: how a call of theirs begins. What follows: `talking`.

Manual: https://sipp.readthedocs.io.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from pivot.model.parties import Answers, Declines, Deed, Party
from pivot.model.seen import REASONS
from pivot.sip.headers import uri_of
from pivot.sip.steps import (
    CONTACT,
    TAG,
    VIA,
    go,
    item,
    keep,
    label,
    nop,
    recv,
    request,
    response,
    send,
)
from pivot.sip.talking import BOUND, begins, talks
from pivot.sip.transactions import REFUSED

# As `world` has it, in seconds of the model's clock.
_RINGS_AFTER = 0.5
_CONTACT = "sip:[^>]*"
# sipp demands that a variable that is there is used twice: naming it counts.
_VARIABLES = (
    *("local", "remote", "target", "step", "it", "over", "gone"),
    *("answered", "now", "whole", "micro", "elapsed", "left", "late"),
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A party's scenarios. `speed` is how much faster than a real clock its own one runs."""

    party: Party
    speed: float

    def calls(self, uri: str, headers: Mapping[str, str]) -> str:
        """Return that of a party that calls a URI, with headers of its own."""
        sender = f"<{uri_of(self.party.address)}>;tag={TAG}"
        common = ("Max-Forwards: 70", f"From: {sender}", "Call-ID: [call_id]")
        more = tuple(f"{name}: {value}" for name, value in headers.items())
        invite = (f"INVITE {uri} SIP/2.0", VIA, *common, f"To: <{uri}>", "CSeq: 1 INVITE", CONTACT)
        refused = (f"ACK {uri} SIP/2.0", "[last_Via:]", *common, "[last_To:]", "CSeq: 1 ACK")
        own = item("assignstr", assign_to="local", value=f" {sender}")
        return self._whole(
            send((*invite, *more), self._sdp),
            *(recv(response=str(status), optional="true") for status in (100, 180, 183)),
            *(
                recv(response=str(status), optional="true", next="refused")
                for status in REASONS
                if status >= REFUSED
            ),
            recv(keep("To", "remote"), keep("Contact", "target", _CONTACT), own, response="200"),
            send(request("ACK", 1), "", *self._begins(deeds=True), next="next"),
            label("refused"),
            send(refused, next="end"),
            *self._talks(deeds=True),
        )

    def is_called(self, *, deeds: bool) -> str:
        """Return that of a party that is called, as often as it is."""
        return self._whole(
            recv(
                keep("To", "local"),
                keep("From", "remote"),
                keep("Contact", "target", _CONTACT),
                item("assignstr", assign_to="local", value=f"[$local];tag={TAG}"),
                request="INVITE",
                next="called",
            ),
            *self._talks(deeds=deeds),
            label("called"),
            *self._reacts(self._begins(deeds=deeds)),
        )

    def _reacts(self, begins: Iterable[str]) -> Iterator[str]:
        reaction, tag = self.party.reaction, f";tag={TAG}"
        ringing = send(response(180, "Ringing", CONTACT, tag=tag))
        match reaction:
            case Declines(status, after):
                yield send(response(100, "Trying"))
                yield self._pause(after)
                yield send(response(status, REASONS.get(status, "No"), tag=tag))
                yield recv(request="ACK", next="end")
            case Answers(after):
                yield self._pause(min(_RINGS_AFTER, after))
                yield ringing
                yield self._pause(max(0.0, after - _RINGS_AFTER))
                yield send(response(200, "OK", CONTACT, tag=tag), self._sdp, *begins, next="next")
            case _:
                yield self._pause(_RINGS_AFTER)
                yield ringing
                yield item("pause", milliseconds=str(BOUND))
                yield go("end")

    def _begins(self, *, deeds: bool) -> tuple[str, ...]:
        return begins(self._deeds(asked=deeds), every_time=self.party.every_time)

    def _talks(self, *, deeds: bool) -> Iterator[str]:
        return talks(self._deeds(asked=deeds), self._sdp, self.speed)

    def _deeds(self, *, asked: bool) -> tuple[Deed, ...]:
        return self.party.deeds if asked else ()

    def _pause(self, after: float) -> str:
        return item("pause", milliseconds=str(round(1000 * after / self.speed)))

    @property
    def _sdp(self) -> str:
        return (
            f"v=0\no=- 1 1 IN IP4 [local_ip]\ns={self.party.name}\nc=IN IP4 [local_ip]\nt=0 0\n"
            "m=audio 40000 RTP/AVP 0\na=rtpmap:0 PCMU/8000\n"
        )

    def _whole(self, *steps: str) -> str:
        body = "\n".join((*steps, label("end"), nop()))
        used = ",".join(name for name in _VARIABLES if f'="{name}"' in body)
        return (
            f'<?xml version="1.0"?>\n<scenario name={quoteattr(self.party.name)}>\n'
            f'<Global variables="played"/>\n{body}\n'
            f'<Reference variables="played,{used}"/>\n</scenario>\n'
        )

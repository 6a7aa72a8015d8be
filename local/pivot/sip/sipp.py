"""Plays parties with sipp, a process for each phone, and tells what their phones have heard.

    with (
        playing(parties, callers=(user,), speed=10) as play,
        Switch(new_call, play.route, send, account, speed=10) as switch,
    ):
        play.call(user, "+18005550100", switch.port)
        sleep(12 / 10)
        seen = play.snapshot()

The switch is left first: it hangs up on everybody.  Processes are ended by their own id.
"""

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pivot.model.parties import Party
from pivot.model.seen import dialled
from pivot.nouns import Noun
from pivot.sip.headers import uri_of
from pivot.sip.heard import Snapshot, snapshot
from pivot.sip.messages import Logged
from pivot.sip.process import Sipp, SippMissing
from pivot.sip.scenario import Scenario
from pivot.sip.surroundings import Phone
from pivot.sip.wire import HOST, Peer


@dataclass(frozen=True, slots=True)
class Play:
    """Parties with phones that ring. Times are those of the parties, divided by `speed`."""

    parties: Sequence[Party]
    callers: Collection[Party]
    speed: float
    transport: str
    folder: Path
    _listening: dict[str, Sipp] = field(default_factory=dict)
    _phones: dict[str, list[Sipp]] = field(default_factory=dict)

    def listen(self) -> None:
        """Plug in the phone of each party. Raises SippFailed."""
        for party in self.parties:
            deeds = party.every_time or party not in self.callers
            text = Scenario(party, self.speed).is_called(deeds=deeds)
            self._listening[party.address] = self._start(party, text)
        for phone in self._listening.values():
            phone.await_ready()

    def route(self, noun: Noun) -> Phone | None:
        """Return the phone of the party that a noun names."""
        phone = self._listening.get(dialled(noun).partition(";")[0])
        if not phone:
            return None
        return Phone(phone.name, Peer(self.transport, HOST, phone.port), uri_of(dialled(noun)))

    def call(
        self,
        party: Party,
        called: str,
        port: int,
        *,
        headers: Mapping[str, str] | None = None,
        call_id: str | None = None,
    ) -> None:
        """Let a party call a number or SIP URI by way of a switch on a port, and do its deeds."""
        text = Scenario(party, self.speed).calls(uri_of(called), headers or {})
        own = ("-cid_str", call_id) if call_id else ()
        self._start(party, text, f"{HOST}:{port}", "-m", "1", *own)

    def messages(self, party: str) -> list[Logged]:
        """Return what a party has sent and received so far. Raises SippFailed."""
        found = [one for phone in self._phones.get(party, ()) for one in phone.messages()]
        return sorted(found, key=lambda one: one.at)

    def snapshot(self) -> Snapshot:
        """Return who is connected to whom, and what each was told. Raises SippFailed."""
        return snapshot({name: self.messages(name) for name in self._phones})

    def close(self) -> None:
        """End every process."""
        for phones in self._phones.values():
            for phone in phones:
                phone.kill()

    def _start(self, party: Party, scenario: str, *more: str) -> Sipp:
        phone = Sipp.start(self.folder, party.name, scenario, self.transport, *more)
        self._phones.setdefault(party.name, []).append(phone)
        return phone


@contextmanager
def playing(
    parties: Sequence[Party],
    *,
    callers: Collection[Party] = (),
    speed: float = 1.0,
    transport: str = "udp",
) -> Iterator[Play]:
    """Plug in the phones of parties that may be called. Raises SippMissing, SippFailed.

    A party does its deeds once: one that is among `callers` does them in the call that it makes.
    """
    if not shutil.which("sipp"):
        raise SippMissing
    with tempfile.TemporaryDirectory(prefix="sipp-") as folder:
        play = Play(parties, callers, speed, transport, Path(folder))
        try:
            play.listen()
            yield play
        finally:
            play.close()

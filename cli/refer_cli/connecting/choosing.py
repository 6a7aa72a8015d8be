"""Which numbers and SIP domains the options name; what is not there is said before all else.

It reads from Twilio, and writes nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import click

from refer_cli.connecting.entrance import Entrance
from refer_cli.connecting.twilio_entrances import TwilioEntrances

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SID = re.compile(r"(PN|SD)[0-9a-fA-F]{32}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.sip\.twilio\.com)?")
_SUFFIX = ".sip.twilio.com"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The names as they were given; `all_numbers` is every number that can be connected."""

    numbers: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    sids: tuple[str, ...] = ()
    all_numbers: bool = False

    def check(self) -> None:
        """Raise UsageError for what cannot name a number or a domain."""
        if not (self.numbers or self.domains or self.sids or self.all_numbers):
            raise click.UsageError(
                "say what to connect: --number +1…, --sip-domain NAME, --sid PN…, or --all-numbers."
            )
        for given, pattern, words in (
            (self.numbers, _NUMBER, "--number {} is no number in E.164, such as +18005550100."),
            (self.sids, _SID, "--sid {} is no SID of a number (PN…) or a SIP domain (SD…)."),
            (self.domains, _DOMAIN, "--sip-domain {} is no name like example.sip.twilio.com."),
        ):
            for one in given:
                if not pattern.fullmatch(one):
                    raise click.UsageError(words.format(one))

    def entrances(self, account: TwilioEntrances) -> list[Entrance]:
        """Return them, each once. Raises ClickException when one is not there."""
        found: dict[str, Entrance] = {}
        missing = []
        for name, one in self._looked_up(account):
            if one is None:
                missing.append(name)
            else:
                found[one.sid] = one
        if missing:
            raise click.ClickException(
                f"not in this account: {', '.join(missing)}. Numbers and domains of a sub-account"
                " are its own: use its account SID and token. Nothing was changed."
            )
        return list(found.values())

    def named(self, entrance: Entrance) -> bool:
        """Whether an entrance was asked for by itself, and not among all."""
        names = {*self.numbers, *self.sids, *map(_whole, self.domains)}
        return bool(names & {entrance.name, entrance.sid})

    def _looked_up(self, account: TwilioEntrances) -> Iterator[tuple[str, Entrance | None]]:
        for number in self.numbers:
            yield number, account.number(number)
        for sid in self.sids:
            yield sid, account.found(sid)
        if self.domains:
            domains = {one.name: one for one in account.domains()}
            for name in map(_whole, self.domains):
                yield name, domains.get(name)
        if self.all_numbers:
            for one in account.numbers():
                yield one.name, one


def _whole(name: str) -> str:
    return name if "." in name else f"{name}{_SUFFIX}"

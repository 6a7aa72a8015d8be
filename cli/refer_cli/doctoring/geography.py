"""Check: may the account call the countries that the directory dials, and no costly numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from call_transfer.entry import Entry
from call_transfer.noun import NounKind
from refer_cli.connecting.credentials import Credentials
from refer_cli.doctoring.finding import Finding, ok, warn
from refer_cli.doctoring.setup import Setup
from refer_cli.linting.number_facts import countries, regions
from refer_cli.linting.subject import as_asked, nouns, refuses

_CONSOLE = "Voice > Settings > Geo permissions in the console"
_SHOWN = 6
# Twilio has one permission for both, under the name of the first.
_UNITED = {"CA": "US"}


@dataclass(frozen=True, slots=True)
class _Country:
    name: str
    allowed: bool
    costly: bool


def look(setup: Setup) -> Iterator[Finding]:
    """Yield what the account may not call, and what it need not. Raises ClickException."""
    wanted = _wanted(setup.sound)
    if not wanted:
        yield ok("no entry dials a telephone number, so no country needs to be allowed")
        return
    for account in setup.accounts:
        yield from _of_account(account, wanted)


def _of_account(account: Credentials, wanted: Mapping[str, str]) -> Iterator[Finding]:
    there, sid = _countries(account), account.account_sid
    refused = [
        f"{there[region].name} (for {address})"
        for region, address in sorted(wanted.items())
        if region in there and not there[region].allowed
    ]
    if refused:
        text = f"{sid} may not call what the directory dials (13227): {_listed(refused)}"
        yield warn(text, f"allow the countries you mean: {_CONSOLE}")
    costly = [one.name for one in there.values() if one.costly]
    if costly:
        text = (
            f"{sid} may call numbers with a high risk of toll fraud in"
            f" {_listed(costly)}; a transfer needs none of them"
        )
        yield warn(text, f"switch them off: {_CONSOLE}")
    if not refused and not costly:
        yield ok(f"{sid} may call what the directory dials, and no high-risk numbers")


def _countries(account: Credentials) -> dict[str, _Country]:
    # Here, because it is a large library, and not every check needs it.
    from refer_cli.connecting.asking import asked  # noqa: PLC0415 - see above

    with asked(f"the dialing permissions of {account.account_sid}"):
        found = account.client().voice.v1.dialing_permissions.countries.list()
    return {
        one.iso_code: _Country(
            one.name,
            bool(one.low_risk_numbers_enabled),
            bool(one.high_risk_tollfraud_numbers_enabled),
        )
        for one in found
    }


def _wanted(entries: tuple[Entry, ...]) -> dict[str, str]:
    """Return the regions that the directory dials, each with an address or number that does."""
    found: dict[str, str] = {}
    for entry in entries:
        if refuses(entry):
            continue
        for number in _dialled(entry):
            for region in _regions(number):
                found.setdefault(_UNITED.get(region, region), number)
    return found


def _dialled(entry: Entry) -> Iterator[str]:
    if as_asked(entry) and entry.address.startswith("+"):
        yield entry.address
    for noun in nouns(entry):
        if noun.kind is NounKind.NUMBER:
            yield noun.address


def _regions(number: str) -> tuple[str, ...]:
    """Return the region of a number; of a prefix, the main one of its country code."""
    import phonenumbers  # noqa: PLC0415 - its metadata take a while to load

    if number.endswith("*"):
        codes = countries(number[1:-1])
        return tuple(regions(code)[0] for code in codes[:1])
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ()
    return (region,) if region else ()


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more

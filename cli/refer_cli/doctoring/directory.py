"""Check: are there entries at all, and does one answer each number that is connected."""

from collections.abc import Iterator

import click

from call_transfer import directory
from call_transfer.refer_to import ReferTo
from refer_cli.connecting.entrance import Entrance, Kind
from refer_cli.doctoring.finding import Finding, fail, ok, unknown, warn
from refer_cli.doctoring.setup import MOST_ENTRIES, Setup
from refer_cli.targets.reporting import counted


def look(setup: Setup) -> Iterator[Finding]:
    """Yield what calls would find in the deployed table. Raises ClickException."""
    there = setup.entries
    if not there:
        text = "the directory is empty: no call is answered, and no transfer is made"
        yield fail(text, "import one: `refer targets import directory.yaml`")
        return
    most = " at least" if len(there) == MOST_ENTRIES else ""
    yield ok(f"{counted(len(there), 'entry')}{most}; `refer lint` looks at each")
    if setup.malformed:
        text = f"{counted(setup.malformed, 'entry')} cannot be read: what they govern is refused"
        yield fail(text, "`refer lint` says which, and what is wrong")
    try:
        connected = setup.connected()
    except click.ClickException:
        yield unknown("whether the connected numbers have entries: see the check numbers")
        return
    unanswered = [one for account, one in connected if not _answered(setup, account, one)]
    for one in unanswered:
        text = f"no entry answers calls to {one.name}: callers hear RefusedText"
        yield warn(text, f'write an entry with the address {_address(one)}, or one named "default"')
    if connected and not unanswered:
        yield ok("there is an entry for each connected number and SIP domain")


def _answered(setup: Setup, account: str, one: Entrance) -> bool:
    """Whether some entry governs calls here: any user of a domain has to do for all of them."""
    if one.kind is Kind.DOMAIN:
        addresses: tuple[str, ...] = (f"*@{one.name}", directory.DEFAULT)
        if setup.found(directory.keys(account, addresses)):
            return True
        return any(f"@{one.name}" in str(item.get("address")) for item in setup.entries)
    addresses = directory.candidates(ReferTo.parse(one.name), initial=True)
    return setup.found(directory.keys(account, addresses))


def _address(one: Entrance) -> str:
    return f'"{one.name}"' if one.kind is Kind.NUMBER else f'"*@{one.name}"'

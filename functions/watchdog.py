"""Every five minutes: the hops of which nobody has told the end."""

from call_transfer import watching
from call_transfer.application import watch


def lambda_handler(_event: object, _context: object) -> dict[str, int]:
    """Look at the hops that are due, and end those that have ended."""
    return dict(watching.run(watch()))

"""Every five minutes: the hops of which nobody has told the end."""

from call_transfer import settled, watching
from call_transfer.errors import RecordsUnreadable
from call_transfer.unattended import watch


def lambda_handler(_event: object, _context: object) -> dict[str, int]:
    """Look at the hops that are due, and end those that have ended. Raises RecordsUnreadable.

    What Lambda counts as an error of this function is an alarm, and rolls no deployment back.
    """
    done = watching.run(watch())
    if done[watching.UNREADABLE]:
        raise RecordsUnreadable(done[watching.UNREADABLE])
    return dict(done)


settled()

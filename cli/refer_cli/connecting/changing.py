"""One change at Twilio: only of what was shown, and only done when Twilio says so itself."""

from refer_cli.connecting.entrance import LABELS, Webhooks
from refer_cli.connecting.planning import Step
from refer_cli.connecting.twilio_entrances import TwilioEntrances
from refer_cli.twilio_api import TwilioProblem, in_words


def change(account: TwilioEntrances, step: Step) -> str:
    """Make a change and read it back; return what went wrong, "" when Twilio holds what it should.

    Nobody's change of the meantime is overwritten.
    """
    sid = step.entrance.sid
    try:
        with in_words("it could not be read again"):
            now = account.read(sid)
        if now.webhooks != step.entrance.webhooks:
            return "somebody else has changed it meanwhile: look at it, and run this again"
        failed = _written(account, step)
        with in_words("whether it was changed could not be read back"):
            held = account.read(sid).webhooks
    except TwilioProblem as problem:
        return problem.message
    # A request whose answer was lost may have done it.
    if not _differences(held, step.wanted):
        return ""
    return failed or f"Twilio took it, and holds {_differences(held, step.wanted)} all the same"


def _written(account: TwilioEntrances, step: Step) -> str:
    try:
        with in_words("Twilio was asked to change it"):
            account.write(step.entrance, step.wanted)
    except TwilioProblem as problem:
        return problem.message
    return ""


def _differences(held: Webhooks, wanted: Webhooks) -> str:
    return ", ".join(f"the {LABELS[name]} {is_now}" for name, is_now, _ in held.changes(wanted))

"""Twilio's alerts that say something about a transfer, in words: what it is, why, what to do.

The numbers are those of Twilio's error dictionary, https://www.twilio.com/docs/api/errors; the
words are this project's, and say what the alert means here. Nothing here calls Twilio.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from refer_cli.doctoring.alerts_of_dials import DIALS
from refer_cli.doctoring.alerts_of_webhooks import WEBHOOKS


@dataclass(frozen=True, slots=True)
class Alert:
    """`webhook` says that it is about one request, so only those for our URLs are ours."""

    code: int
    what: str
    why: str
    do: str
    webhook: bool


ALERTS: Mapping[int, Alert] = {
    code: Alert(code, *words, webhook=webhook)
    for family, webhook in ((WEBHOOKS, True), (DIALS, False))
    for code, words in family.items()
}

# What an answer of ours means, and how Twilio takes it for a failure, by the status in the alert.
STATUSES: Mapping[int, str] = {
    400: "a request or a URL that is none of ours (rejected in the log line), or a transfer whose"
    " Refer-To cannot be read, in hold mode (code)",
    403: "a signature that was not taken (rejected in the log line; `refer signature` takes the"
    " request apart), or a transfer that an entry, its hours or a guard denies in hold mode (code)",
    404: "a transfer whose target no entry names, in hold mode (code in the log line), or a path"
    " that no route has, which API Gateway answers and no function logs",
    413: "a request of more than 64 kB",
    429: "API Gateway, which throttles: raise ThrottleRate, Twilio does not wait",
    500: "API Gateway, for a function that fails before our code runs: look at its log",
    502: "API Gateway, for a function that fails before our code runs: look at its log",
    503: "a directory or a secret that cannot be read, or an entry that cannot be carried out"
    " (code, tokens_problem and bug in the log line); or API Gateway, for a function that took too"
    " long or could not be started",
}

"""Everything that can be refused, as one family; each error says what happened, by which rule.

CallTransferError
├── Refusal              a target that will not be dialled; becomes TwiML or a 4xx
│   ├── InvalidTarget    the Refer-To cannot be read, or asks for what REFER cannot do here
│   ├── UnknownTarget    no directory entry names it (deny by default)
│   ├── Denied           a directory entry, or a policy, says no
│   │   ├── Closed       outside the opening hours of the entry
│   │   └── RateLimited  too many transfers this minute
│   └── Unavailable      our side is at fault: an entry is malformed, a caller ID is missing
│       └── TableUnreadable  nothing can be looked up
├── RequestRejected      the request is not Twilio's, or not one of ours: nothing is read from it
│   ├── NotSigned        403, nothing is there that could be checked
│   │   └── WrongSignature  403, it was checked and is not Twilio's
│   ├── TokensUnavailable  503, the secret cannot be read, so nothing can be verified
│   ├── PayloadTooLarge  413
│   └── MalformedRequest 400
├── MalformedEntry       a directory entry that breaks its grammar
├── RecordNotWritten     the call goes on, its record is incomplete
├── RecordsUnreadable    records that make no sense, after a run of the watchdog has done the others
└── SettingsError        the environment is incomplete; all names are reported at once
"""

from collections.abc import Iterable
from typing import ClassVar


class CallTransferError(Exception):
    """Root of the family."""


class Refusal(CallTransferError):
    """A target that will not be dialled.

    `code` is stable and machine-readable, `message` is a sentence for logs and people, `rule` names
    the directory entry or policy that caused it (empty when the reader itself refused).  `say` is
    what the party hears instead of the settings' RefusedText, in `language`.
    """

    outcome: ClassVar[str]
    status: ClassVar[int]

    def __init__(
        self, code: str, message: str, *, rule: str = "", say: str = "", language: str = ""
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.rule = rule
        self.say = say
        self.language = language


class InvalidTarget(Refusal):
    """The transfer target cannot be read, or is nothing that can be dialled."""

    outcome = "invalid_target"
    status = 400


class UnknownTarget(Refusal):
    """No directory entry names the target: no entry, no dial."""

    outcome = "unknown_target"
    status = 404


class Denied(Refusal):
    """A directory entry or a policy says no."""

    outcome = "denied"
    status = 403


class Closed(Denied):
    """The entry is closed now; `instead` is the address that takes its calls, "" when none does."""

    def __init__(self, rule: str, instead: str) -> None:
        super().__init__("closed", "it is outside the opening hours of the entry", rule=rule)
        self.instead = instead


class RateLimited(Denied):
    """Too many transfers in this minute of the clock; `rule` says of whom."""

    def __init__(self, limit: int, rule: str) -> None:
        super().__init__("rate_limit", f"more than {limit} transfers in this minute", rule=rule)


class Unavailable(Refusal):
    """Our side cannot decide: the directory is unreadable, or the entry is malformed."""

    outcome = "unavailable"
    status = 503


class TableUnreadable(Unavailable):
    """The directory, and with it the record, cannot be read now."""

    code = "table_unreadable"

    def __init__(self, cause: str) -> None:
        super().__init__(self.code, f"DynamoDB cannot be read: {cause}")


class RequestRejected(CallTransferError):
    """The request gets `status` and nothing else happens; `reason` goes to the log, never out."""

    status: ClassVar[int]

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotSigned(RequestRejected):
    """Signature missing, wrong, or not checkable: one answer for all of them."""

    status = 403


class WrongSignature(NotSigned):
    """A signature that no token of its account makes: forged, or our tokens or URL are wrong."""


class TokensUnavailable(RequestRejected):
    """The secret cannot be read, so no request can be verified and nothing is dialled."""

    status = 503


class PayloadTooLarge(RequestRejected):
    """The body is larger than any form that Twilio sends."""

    status = 413


class MalformedRequest(RequestRejected):
    """Signed by Twilio, but not a request that this route can serve."""

    status = 400


class MalformedEntry(CallTransferError):
    """A directory entry that breaks its grammar; `field` is where, `problem` is what."""

    def __init__(self, address: str, field: str, problem: str) -> None:
        super().__init__(f"directory entry {address!r}: {field} {problem}")
        self.address = address
        self.field = field
        self.problem = problem


class RecordNotWritten(CallTransferError):
    """DynamoDB did not take what was to be recorded; `cause` is its error code."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"DynamoDB cannot be written: {cause}")
        self.cause = cause


class RecordsUnreadable(CallTransferError):
    """Records of open hops make no sense; the log names each, and each is looked at later."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"{number} records make no sense: see `bug` in the lines `watchdog` of this run"
        )


class SettingsError(CallTransferError):
    """The environment lacks names or holds values that cannot be used; all at once."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))

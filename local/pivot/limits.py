"""What Twilio says against TwiML: the rules, its error numbers, and how sure each of them is.

[C] documented, [I] inferred, [G] guess.  Pages are https://www.twilio.com/docs/api/errors/<number>
and /docs/voice/twiml/<verb>; "-" is a rule without a known number.  What a number does is its log
level in the dictionary [I]: an ERROR refuses the document, a WARNING leaves out what it is about.

    11100  URL that is not HTTP, or cannot be read [C]; underscore in its host name [I]
    11750  document over 64 kB [C]
    12100  not well-formed, text before the XML declaration [C]; DTD, empty, unusual encoding [I]
    12102  root is not <Response> [C]
    12200  unknown element, attribute or text: left out [C]; value without a number of its own [I]
    12300  Content-Type not TwiML, text or audio [C]; none at all [I].  text/html is TwiML [C]
    -      text/plain is read aloud, audio is played [C]; as one verb, and that ends the call [C]
    13000  Conference beside other nouns [C]; it alone is dialled [G].  Queue likewise, "-" [G]
    13201  Dial in the url of a noun [C]; verbs before it are not carried out either [G]
    13210 13212 13213 13216-13220  attributes of Dial [C]; timeout of 5 to 600, timeLimit up to
           14400 [C]; beyond that the default holds [G]; ringTone by its form only [I]; methods in
           capitals [I].  callReason has 50 characters [C], "-"
    13214  callerId of a call to a Number is neither verified nor To or From, or it is missing on a
           call from a Client [C]; To or From of a SIP call [C], by default too [I]; not made of
           letters, digits and +-_. for a Sip [C], the number [I].  These nouns are not dialled [I]
    13215 13320  element that Dial or Gather does not hold [C]
    13223  not E.164, nothing to dial [C]; US formats are taken, as page <Number> has it and the
           page of 13223 has not; so are 911, 933, 112, 999 [I].  Not dialled [I]
    13221 13222  method and sendDigits of Number [C];  13241  method of Sip [C]
    13243  SIP URI not well-formed [C], not sip:, 255 characters or more, <SipHeader> [I]
    13249  username or password of 256 characters or more [I]
    13252  SIP header that is not sent on [C]: it alone is left out [G].  X-Twilio-* [I]
    21227  1024 characters of SIP headers or more [C]; the noun is not dialled [G]
    32110  value of a SIP header is not escaped [C], unknown transport [I]: that part is ignored [C]
    32112  control character in the value of a SIP header: the header is left out [C]
    13230-13235 13237  Conference [C];  14210-14213  Queue, names under 64 characters [C]
    13310 13312-13314 13326 13327 13338  Gather [C]; 13310 for two keys too [I]
    13410 13430  Play;  13510 13520  Say;  13610-13614 13616 13699  Record;  13710  Redirect;
    13910  Pause;  14201-14206  Enqueue [C]
    13801  Refer on a leg that is not SIP [C]
    -      more than ten nouns: the first ten are dialled.  Ten [C], the rest [G]
    -      referUrl beside Conference or Queue [C]; it is ignored [I]
    -      Reject of an answered call, or not as the first verb [C]; it hangs up [G]
    -      Client without an identity, or with one over 256 characters [C]: not dialled [I]
    -      unreachable verbs, verbs that this model does not carry out: ours

Not looked at: what only a live call tells (13224-13227, 13802, 32xxx), voices, languages, SIDs.
"""

from dataclasses import dataclass
from enum import Enum

MAX_NOUNS = 10
# "A valid SIP URI under 255 characters", "headers must be fewer than 1024 characters".
MAX_SIP_URI = 254
MAX_SIP_HEADERS = 1023
# Those of the table whose log level is ERROR.
_ERRORS = frozenset(
    {11100, 11750, 12100, 12102, 12300, 13201, 13231, 13338, 13801}
    | {*range(14201, 14207), *range(14210, 14214)}
)


class Place(Enum):
    """Where TwiML runs: on a call, on a leg that a noun dialled, on a call that is transferred."""

    CALL = "answer to a webhook of the call"
    WHISPER = "url of a noun"
    REFER = "answer to a referUrl"


@dataclass(frozen=True, slots=True)
class Where:
    """What Twilio knows when it reads a document: its URL, the call, the account's numbers.

    `answered` says that Twilio has picked up already, as it has in every place but the first
    answer of a call.  `caller_ids` are owned or verified numbers; None takes any E.164 for one.
    """

    place: Place
    url: str
    from_address: str = ""
    to_address: str = ""
    over_sip: bool = False
    answered: bool = False
    caller_ids: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """What Twilio would tell of: its number or None, a sentence, the element and its line."""

    error: int | None
    sentence: str
    element: str = ""
    line: int = 0

    @property
    def fatal(self) -> bool:
        """Whether the document is refused, and with it the step of the call."""
        return self.error in _ERRORS


class NotTaken(ValueError):
    """Something that Twilio does not take; the sentence says why."""

    def __init__(self, error: int | None, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.error = error
        self.line = line

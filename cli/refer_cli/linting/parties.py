"""What a Dial cannot do for its parties: headers, tones, credentials, outcomes."""

from collections.abc import Iterator

from call_transfer.context import added
from call_transfer.directory import DEFAULT
from call_transfer.entry import Entry
from call_transfer.noun import Noun, NounKind
from call_transfer.noun_fields import MAX_HEADERS
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject, as_asked, nouns, rings_numbers

# User-to-User of a call centre: some forty bytes in hexadecimal, and its name.
_ROOM = 128
# A mailbox of a mobile network takes the call after some 25 seconds.
_MAILBOX = 25
# twilio-java, TwiML Dial: enum RingTone, which is generated from Twilio's own list.
_RING_TONES = frozenset(
    (
        *("at", "au", "be", "bg", "br", "ch", "cl", "cn", "cz", "de", "dk", "ee", "es", "fi"),
        *("fr", "gr", "hu", "il", "in", "it", "jp", "lt", "mx", "my", "nl", "no", "nz", "ph"),
        *("pl", "pt", "ru", "se", "sg", "th", "tw", "uk", "us", "us-old", "ve", "za"),
    )
)

_HEADERS_LONG = Rule(
    "sip-headers-long",
    "The headers of a noun and of its entry do not fit together (note: hardly leave room for"
    " context).",
    (Severity.WARNING, Severity.NOTE),
)
_HEADERS_NOBODY = Rule(
    "headers-nobody",
    "An entry adds headers, and dials numbers or a SIM alone.",
    (Severity.WARNING,),
)
_SIM = Rule(
    "sim-hold",
    "A SIM has no callbacks: in hold mode, a transfer ends unknown.",
    (Severity.WARNING,),
)
_TONE = Rule("ring-tone", "A ring_tone is none of Twilio's.", (Severity.WARNING,))
_UNKNOWN = Rule(
    "credentials-unknown",
    "The secret has no credentials of this name: the trunk refuses the call.",
    (Severity.ERROR,),
)
_UNSEEN = Rule(
    "credentials-unseen",
    "An entry names credentials, and no secret was given to look for them.",
    (Severity.NOTE,),
)
_VOICEMAIL = Rule(
    "ring-voicemail",
    f"A number rings for more than {_MAILBOX} seconds and no key is asked for: a mailbox answers.",
    (Severity.NOTE,),
)
RULES = (_HEADERS_LONG, _HEADERS_NOBODY, _SIM, _TONE, _UNKNOWN, _UNSEEN, _VOICEMAIL)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in the entries that dial, and in RingTimeout."""
    asked: set[str] = set()
    for entry in subject:
        yield from _headers(entry)
        yield from _outcome(entry, subject)
        for number, noun in enumerate(nouns(entry)):
            if noun.credentials and noun.credentials not in asked:
                asked.add(noun.credentials)
                yield from _credentials(entry, f"dial.{number}.credentials", noun, subject)
    default = subject.settings.ring_timeout
    mailboxes = (one for one in subject if rings_numbers(one) and one.whisper is None)
    if default > _MAILBOX and any(one.ring_timeout is None for one in mailboxes):
        text = f"lets numbers ring for {default} s: a mailbox answers, and the transfer succeeds"
        yield _VOICEMAIL.of("RingTimeout", text, f"ring up to {_MAILBOX} s, or add whisper")


def _headers(entry: Entry) -> Iterator[Finding]:
    reached = [noun for noun in nouns(entry) if noun.kind in (NounKind.SIP, NounKind.CLIENT)]
    if as_asked(entry) and not entry.address.startswith("+"):
        reached = [Noun(NounKind.SIP, "sip:asked@example.com")]
    if entry.headers and not reached:
        text = "adds headers, which reach neither a number nor a SIM"
        yield _HEADERS_NOBODY.on(entry, "headers", text, "take them out, or dial a sip or a client")
    for noun in reached:
        if noun.kind is not NounKind.SIP:
            continue
        dialled, dropped = noun.with_context(added(entry.headers, ()))
        size = len(dialled.address.partition("?")[2])
        missing = [name for name in dropped if not _has(noun, name)]
        if missing:
            text = f"{', '.join(missing)} and the rest have more than {MAX_HEADERS} characters"
            advice = "shorten the values; escaped, a character can be three"
            yield _HEADERS_LONG.on(entry, "headers", f"{text}: left out", advice, code=21227)
            return
        if entry.pass_headers and MAX_HEADERS - size < _ROOM:
            text = f"has {size} characters of headers: what a transferor sends along is left out"
            advice = "shorten them, or say so with pass_headers: []"
            field = "headers" if entry.headers else "dial"
            yield _HEADERS_LONG.on(entry, field, text, advice, severity=Severity.NOTE)
            return


def _has(noun: Noun, name: str) -> bool:
    parts = noun.address.partition("?")[2].split("&")
    return name.lower() in (part.partition("=")[0].lower() for part in parts)


def _outcome(entry: Entry, subject: Subject) -> Iterator[Finding]:
    sim = any(noun.kind is NounKind.SIM for noun in nouns(entry))
    if sim and not subject.settings.hold_action and entry.address != DEFAULT:
        text = "dials a SIM, which tells nothing: in hold mode, the record ends as unknown"
        advice = "transfer in release mode, or set HoldAction=on"
        yield _SIM.on(entry, "dial", text, advice)
    if entry.ring_tone and entry.ring_tone not in _RING_TONES:
        text = f"has the ring tone {entry.ring_tone}, which Twilio does not have"
        yield _TONE.on(entry, "ring_tone", text, "name another country", code=13220)
    numbers = [noun for noun in nouns(entry) if noun.kind is NounKind.NUMBER]
    rings = max([entry.ring_timeout or 0, *(noun.ring_timeout or 0 for noun in numbers)])
    if rings_numbers(entry) and entry.whisper is None and rings > _MAILBOX:
        text = f"rings for {rings} s: a mailbox answers, and the transfer counts as answered"
        yield _VOICEMAIL.on(entry, "ring_timeout", text, f"ring up to {_MAILBOX} s, or add whisper")


def _credentials(entry: Entry, field: str, noun: Noun, subject: Subject) -> Iterator[Finding]:
    name = noun.credentials
    if subject.trunks is None:
        text = f"needs sip:{name} in the secret, which was not looked at"
        yield _UNSEEN.on(entry, field, text, "give a copy of the secret with --secret FILE")
    elif not subject.trunks(name):
        text = f"needs sip:{name}, which the secret lacks: the call goes out without a password"
        yield _UNKNOWN.on(entry, field, text, f'add "sip:{name}": ["user", "password"] to it')

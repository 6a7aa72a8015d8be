"""The actions of an entry and what is nested in it, as JSON Schema: for editors and for CSV.

It helps to write; whether an entry is sound is decided by `Entry.parse`.
"""

from typing import Any

type Schema = dict[str, Any]

HTTPS = "^https://"
STEP_HINT = "an address of an entry, or transferor"


def text(description: str, **more: object) -> Schema:
    """Return a text."""
    return {"type": "string", "description": description, "minLength": 1, **more}


def whole(description: str, low: int, high: int) -> Schema:
    """Return a whole number."""
    return {"type": "integer", "description": description, "minimum": low, "maximum": high}


def flag(description: str) -> Schema:
    """Return true or false."""
    return {"type": "boolean", "description": description}


def mapping(description: str, *required: str, **properties: Schema) -> Schema:
    """Return a mapping with these names alone."""
    needed: Schema = {"required": list(required)} if required else {}
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": False,
        **needed,
    }


def pairs(description: str, **more: object) -> Schema:
    """Return a mapping of names to texts."""
    value = {"type": "string", "minLength": 1}
    return {
        "type": "object",
        "description": description,
        "additionalProperties": value,
        **more,
    }


def texts(description: str, most: int, **item: object) -> Schema:
    """Return a list of texts."""
    one = {"type": "string", "minLength": 1, **item}
    return {"type": "array", "description": description, "maxItems": most, "items": one}


def one_of(description: str, *schemas: Schema) -> Schema:
    """Return a field that has several forms."""
    return {"description": description, "anyOf": list(schemas)}


PROMPT = {
    "say": text("A text that is spoken.", maxLength=4096),
    "play": text("An https:// URL of an audio file.", pattern=HTTPS),
}
_RING = whole("Seconds that this one rings, with sequential.", 5, 600)
NOUNS = [
    mapping(
        "A SIP phone or PBX.",
        "sip",
        sip=text("Its address, sip:user@host."),
        credentials=text("The name of a user and password in the secret."),
        ring_timeout=_RING,
    ),
    mapping(
        "A telephone number.",
        "number",
        number=text("E.164, in quotes.", pattern=r"^\+[1-9][0-9]{1,14}$"),
        send_digits=text("Keys to press after the answer; w is half a second of silence."),
        ring_timeout=_RING,
    ),
    mapping(
        "A Twilio client.",
        "client",
        client=text("Its identity.", maxLength=256),
        parameters=pairs("Custom parameters of the connection."),
        ring_timeout=_RING,
    ),
    mapping("A SIM, alone.", "sim", sim=text("Its SID.", pattern="^(DE|HS)[0-9a-fA-F]{32}$")),
]
ACTIONS: Schema = {
    "dial": one_of(
        "Whom to ring; as_asked is what was asked for, where the address names a number or a host.",
        {"const": "as_asked"},
        {"type": "array", "minItems": 1, "maxItems": 10, "items": {"anyOf": NOUNS}},
    ),
    "enqueue": one_of(
        "The queue in which the caller waits.",
        text("Its name.", maxLength=63),
        mapping(
            "A queue, or a TaskRouter workflow.",
            queue=text("The queue's name.", maxLength=63),
            workflow=text("The SID of a workflow.", pattern="^WW[0-9a-fA-F]{32}$"),
            task=pairs("Attributes of the task."),
            wait_url=text("https:// URL of what is heard while waiting.", pattern=HTTPS),
        ),
    ),
    "menu": mapping(
        "Ask for a key, and go where it leads.",
        "keys",
        **PROMPT,
        keys=pairs(
            f"From a key (0 to 9, *, #) to {STEP_HINT}.",
            propertyNames={"pattern": "^[0-9*#]$"},
            minProperties=1,
        ),
        timeout=whole("Seconds to wait for a key.", 1, 60),
        repeat=whole("How often it is asked.", 1, 5),
        invalid=text("What is said after a key that leads nowhere."),
    ),
    "voicemail": mapping(
        "Take a message.",
        **PROMPT,
        max_length=whole("Seconds that the message may last.", 2, 3600),
        timeout=whole("Seconds of silence that end it.", 1, 60),
        finish_on_key=text("Keys that end it."),
        play_beep=flag("Whether a beep is heard before it; true when absent."),
    ),
    "say": text("A text to say before hanging up.", maxLength=4096),
    "play": text("An https:// URL of an audio file to play before hanging up.", pattern=HTTPS),
    "redirect": text("The https:// URL whose TwiML goes on with the call.", pattern=HTTPS),
    "deny": one_of(
        "Refuse; the reason why. Wins like any other entry when it is the most specific.",
        text("The reason, for logs and people."),
        mapping(
            "The reason, and what the party hears.",
            "reason",
            reason=text("For logs and people."),
            say=text("Heard instead of the text of the settings."),
        ),
    ),
}
_PERIODS = texts(
    "Hours; an empty list is closed.", 10, pattern="^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:"
)
HOURS = mapping(
    "When the entry is open.",
    "zone",
    "weekly",
    zone=text("A time zone of IANA, as Europe/Berlin."),
    weekly=mapping(
        'Hours by day, as ["09:00-12:30", "13:30-17:00"]; a day that is absent is closed.',
        **dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), _PERIODS),
    ),
    dates={
        "type": "object",
        "description": "Hours of single dates, as 2026-12-25, instead of the day's.",
        "additionalProperties": _PERIODS,
        "maxProperties": 400,
    },
    closed=text("The address of the entry that takes the calls of the other hours."),
)
WHISPER = mapping(
    "What the party that answers hears first, and the key by which it takes the call.",
    say=text("A text; {X-Header} and {caller} stand for what is known of the call."),
    key=text("The key, or any; 1 when absent.", pattern="^([0-9*#]|any)$"),
    timeout=whole("Seconds to wait for the key.", 1, 60),
)

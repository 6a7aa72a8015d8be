"""The fields of an entry with what each is for: for editors (JSON Schema) and for CSV.

It helps to write; whether an entry is sound is decided by `Entry.parse`.
"""

from collections.abc import Iterator
from typing import Any

from refer_cli.targets.vocabulary_actions import (
    ACTIONS,
    HOURS,
    STEP_HINT,
    WHISPER,
    Schema,
    flag,
    pairs,
    text,
    texts,
    whole,
)

PROPERTIES: Schema = {
    "tenant": text("The Twilio AccountSid whose entry it is; when absent or *, everybody's."),
    "address": text(
        "What the entry is found under: sip:user@host, a user or extension, +E164, +prefix*,"
        " *@host or default. Numbers and what begins with * in quotes."
    ),
    "description": text("For people."),
    "enabled": flag("false refuses, and says so."),
    **ACTIONS,
    "sequential": flag("Ring one after the other instead of all at once."),
    "send_ext": flag("With as_asked: dial the ext of a number as keys after the answer."),
    "ring_timeout": whole("Seconds that it rings.", 5, 600),
    "time_limit": whole("Seconds that the dial may last.", 1, 14400),
    "caller_id": text(
        "What the party sees: E.164 for numbers, caller (the From of the call) or called."
    ),
    "record": {
        "description": "What is recorded of the dial.",
        "enum": [
            "record-from-answer",
            "record-from-ringing",
            "record-from-answer-dual",
            "record-from-ringing-dual",
        ],
    },
    "ring_tone": text(
        "The country whose ring tone is heard, as de.", pattern="^([a-z]{2}|us-old)$"
    ),
    "pass_headers": texts(
        "Headers of the Refer-To that reach the target; User-to-User and X-* when absent.", 50
    ),
    "headers": pairs("Headers that the target gets besides.", maxProperties=50),
    "whisper": WHISPER,
    "hours": HOURS,
    "fallback": texts(f"Whom to try next, in order: each {STEP_HINT}.", 10),
    "mode": {
        "description": "For an initial call: whether a transferor stays until the target answers.",
        "enum": ["hold", "release"],
    },
    "language": text("The language of texts, as en-US.", pattern="^[a-z]{2,3}-[A-Z]{2}$"),
}
DOCUMENT: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Directory of call transfers",
    "description": "A list of entries: who may be dialled. `refer targets validate` is stricter.",
    "type": "array",
    "items": {
        "type": "object",
        "properties": PROPERTIES,
        "required": ["address"],
        "oneOf": [{"required": [name]} for name in ACTIONS],
        "additionalProperties": False,
    },
}


def _not_texts(properties: dict[str, Any]) -> Iterator[str]:
    for name, schema in properties.items():
        if schema.get("type") in {"integer", "boolean"}:
            yield name
        for inner in (schema, *schema.get("anyOf", ())):
            yield from _not_texts(inner.get("properties", {}))
            yield from _not_texts({"": inner["items"]} if "items" in inner else {})


NOT_TEXTS = frozenset(_not_texts(PROPERTIES))
"""Names of fields that hold a number, true or false."""


def kind(name: str) -> str:
    """Return how a cell of CSV holds a field: integer, boolean, array, string, or nested."""
    schema = PROPERTIES.get(name, {})
    return "string" if "enum" in schema else str(schema.get("type", "nested"))

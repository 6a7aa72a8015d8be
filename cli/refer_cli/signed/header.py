"""How the headers about the signature may differ from what Twilio sent."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from refer_cli.signed.reading import Change, Reading, Surroundings

_ALGORITHM = re.compile(r"algorithm\s*=\s*([^,\s]+)")


def algorithm(reading: Reading, _: Surroundings) -> Iterator[Change]:
    """Try the other hash; X-Twilio-Webhooks-Signature-Settings names it."""
    named = _ALGORITHM.search(reading.settings)
    if not named or named[1].upper() != "HMAC_SHA256":
        yield Change(
            "HMAC-SHA256, which no settings header names",
            replace(reading, settings="algorithm=HMAC_SHA256"),
        )
    if named and named[1].upper() != "HMAC_SHA1":
        yield Change(
            "HMAC-SHA1, which is not what the settings header names", replace(reading, settings="")
        )


def signature(reading: Reading, _: Surroundings) -> Iterator[Change]:
    """Try other spellings of X-Twilio-Signature."""
    text = reading.signature
    spellings = [
        ("without the quotes around it", text.strip("\"' \t\r\n")),
        ("with its percent signs decoded", unquote(text)),
        ("with + where it has a space", text.replace(" ", "+")),
        ("in the plain alphabet of base64", text.replace("-", "+").replace("_", "/")),
        ("with its = at the end", text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)),
    ]
    spellings += [("one of several", one.strip()) for one in text.split(",") if "," in text]
    for how, other in spellings:
        yield Change(f"the signature {how}", replace(reading, signature=other))

"""Check X-Twilio-Signature: did one of these tokens sign this request.

The verdict is the official validator's; this module only stops it from raising, because every
exception here is text that a stranger chose.  It reads no header, knows no account and logs
nothing: tokens.authenticate does the rest.

Source: "Webhooks security", https://www.twilio.com/docs/usage/webhooks/webhooks-security
"""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qs, urlparse

# Not `import twilio.rest`: that is the whole API client, and no webhook calls the API.
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    get_signature_algorithm,
)

type Form = Mapping[str, Sequence[str]]
"""What `parse_qs(body, keep_blank_values=True)` gives: blank values are signed too."""


def signed_by(
    *,
    url: str,
    params: Form | str | None,
    signature: str | None,
    settings: str | None = "",
    tokens: Sequence[str],
) -> bool:
    """Tell whether one of `tokens` made `signature`; never raises on what a request can hold.

    `url` is the absolute URL as Twilio was told it, byte for byte.  `params` is the form of a POST,
    None for a GET, or the raw text of any other body, which then has to be covered by a bodySHA256
    in the URL: never pass None or {} for a body that is no form, it would go unchecked.
    `settings` is the X-Twilio-Webhooks-Signature-Settings header, if there was one.

    Names and values are joined without separators, so two forms can share a signature: whoever
    acts on a name that must occur once has to refuse it when it is repeated.
    """
    # A lone string is a sequence of one-character tokens, each of them easily guessed.
    if not signature or isinstance(tokens, str):
        return False
    # A list, not a generator: the time must not tell which token matched.
    verdicts = [_signed(url, params, signature, settings or "", token) for token in tokens]
    return any(verdicts)


def _signed(url: str, params: Form | str | None, signature: str, settings: str, token: str) -> bool:
    """Ask the validator about one token, and take each exception for a no.

    TypeError: params or signature of no known shape.  AttributeError: the same, for a token or URL.
    ValueError: a port over 65535, a malformed IPv6 host, a lone surrogate (UnicodeEncodeError).
    """
    try:
        # HMAC accepts an empty key, and then anyone can sign.
        if not token.strip():
            return False
        algorithm = get_signature_algorithm(settings)
        # urlparse drops line breaks and tabs: the validator would read another URL than ours.
        if url.split() != [url]:
            return False
        # The validator would refuse it too, but log the stranger's text.
        if algorithm.upper() not in {HMAC_SHA1, HMAC_SHA256}:
            return False
        # The validator takes an empty body without a hash for an empty form.
        if isinstance(params, str) and "bodySHA256" not in parse_qs(urlparse(url).query):
            return False
        signed = params if params is None or isinstance(params, str) else _MultiDict(params)
        return bool(RequestValidator(token).validate(url, signed, signature, algorithm))
    except (AttributeError, TypeError, ValueError):
        return False


class _MultiDict:
    """The form in the one shape whose repeated names the validator reads: `getall`."""

    def __init__(self, form: Form) -> None:
        if not isinstance(form, Mapping):
            raise TypeError("a form maps names to lists of values")
        self._form = form

    def __iter__(self) -> Iterator[str]:
        return iter(self._form)

    def getall(self, name: str) -> Sequence[str]:
        """Return all values of `name`; TypeError for a lone string, which would be spelt out."""
        values = self._form[name]
        if isinstance(values, str):
            raise TypeError("a form holds a list of values for each name")
        return values

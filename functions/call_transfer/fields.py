"""Typed getters of the fields of an entry: each says which field is wrong, and what it must be.

They know no entry and no verb; what the fields mean is known to `entry` and `action`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from call_transfer.errors import MalformedEntry

# Surrogates, and what Unicode keeps free of characters. They stand apart: of a class with more than
# two ranges, some beyond Latin, `re` makes a large map, which is milliseconds of each cold start.
NO_CHARACTER = "(?=[\ud800-\udfff\ufffe\uffff])."
# XML 1.0 §2.2 Char; anything else makes the whole answer unreadable (Twilio 12100).
NOT_XML = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f]|{NO_CHARACTER}")
# The same for those who read: no line breaks either, and no C1 controls.
UNPRINTABLE = f"(?s:(?=[\x00-\x1f\x7f-\x9f]).)|{NO_CHARACTER}"
# Twilio, TwiML Say: up to 4096 characters.
MAX_TEXT = 4096
MAX_URL = 2048
_URL = re.compile(r"https://[A-Za-z0-9.\-]+(:[0-9]{1,5})?(/[\x21\x23-\x3b\x3d\x3f-\x7e]*)?")


class Fields:
    """The fields of one mapping; `inside` is where it stands, as `hours.` or nothing."""

    def __init__(self, values: Mapping[str, Any], address: str, inside: str = "") -> None:
        self._values = values
        self._inside = inside
        self.address = address

    def __contains__(self, field: str) -> bool:
        """Whether a field is there; one that is null says no more than an absent one."""
        return self._values.get(field) is not None

    def only(self, names: Iterable[str]) -> None:
        """Refuse fields that nobody reads: a slip of the pen must not pass for an option."""
        unknown = sorted(set(map(str, self._values)) - set(names))
        if unknown:
            raise self.wrong(unknown[0], f"is not a field; the fields are {', '.join(names)}")

    def any(self, field: str) -> Any:  # noqa: ANN401 - whatever an item holds
        """Return a value as it stands; None when it is absent."""
        return self._values.get(field)

    def text(self, field: str, *, most: int = MAX_TEXT) -> str:
        """Return a text, "" when it is absent; a blank one is a mistake."""
        value = self._values.get(field)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise self.wrong(field, f"must be a text of 1 to {most} characters")
        if NOT_XML.search(value):
            raise self.wrong(field, "holds a character that XML cannot hold (Twilio 12100)")
        return value

    def matching(self, field: str, pattern: re.Pattern[str], wanted: str) -> str:
        """Return a text that has a form, "" when it is absent or empty."""
        value = self._values.get(field)
        if value is None or value == "":
            return ""
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self.wrong(field, f"must be {wanted}")
        return value

    def url(self, field: str) -> str:
        """Return an absolute https URL, "" when it is absent."""
        value = self.matching(field, _URL, "an absolute https:// URL")
        if len(value) > MAX_URL:
            raise self.wrong(field, f"must have at most {MAX_URL} characters")
        return value

    def texts(
        self, field: str, allowed: Callable[[str], bool], most: int, wanted: str
    ) -> tuple[str, ...] | None:
        """Return a list of texts that are allowed; None when it is absent."""
        values = self._values.get(field)
        if values is None:
            return None
        if not isinstance(values, list) or len(values) > most:
            raise self.wrong(field, f"must be a list of at most {most} texts")
        for value in values:
            if not isinstance(value, str) or not allowed(value):
                raise self.wrong(field, f"cannot hold {value!r}, which is not {wanted}")
        return tuple(values)

    def pairs(
        self, field: str, allowed: Callable[[str], bool], most: int, wanted: str
    ) -> tuple[tuple[str, str], ...]:
        """Return a mapping of texts, in its order; () when it is absent."""
        values = self._values.get(field)
        if values is None:
            return ()
        if not isinstance(values, Mapping) or len(values) > most:
            raise self.wrong(field, f"must map at most {most} names to texts")
        inner = Fields(values, self.address, f"{self._inside}{field}.")
        for name in values:
            if not isinstance(name, str) or not allowed(name):
                raise self.wrong(field, f"cannot hold {name!r}, which is not {wanted}")
        return tuple((name, inner.text(name)) for name in values if inner.required(name))

    def required(self, field: str) -> bool:
        """Refuse a field that is absent."""
        if field not in self:
            raise self.wrong(field, "is missing")
        return True

    def whole(self, field: str, low: int, high: int, *, unit: str = " of seconds") -> int | None:
        """Return a whole number; None when it is absent."""
        value = self._values.get(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(field, f"must be a whole number{unit}, {low} to {high}")
        return value

    def flag(self, field: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._values.get(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, "must be true or false")
        return value

    def choice(self, field: str, choices: Iterable[str]) -> str | None:
        """Return one of several words; None when it is absent."""
        value = self._values.get(field)
        if value is None:
            return None
        if value not in tuple(choices):
            raise self.wrong(field, f"must be {_either(tuple(choices))}")
        return str(value)

    def inner(self, field: str, names: Iterable[str]) -> "Fields":
        """Return the fields of a mapping inside."""
        value = self._values.get(field)
        if not isinstance(value, Mapping):
            raise self.wrong(field, f"must be a mapping with {', '.join(names)}")
        fields = Fields(value, self.address, f"{self._inside}{field}.")
        fields.only(names)
        return fields

    def wrong(self, field: str, problem: str) -> MalformedEntry:
        """Return the error of a field."""
        return MalformedEntry(self.address, f"{self._inside}{field}", problem)


def _either(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

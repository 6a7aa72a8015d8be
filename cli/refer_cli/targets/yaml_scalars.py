"""A plain scalar of YAML: a text, or what YAML 1.1 takes it for.

Where YAML readers disagree, or the value would lose a character of what was written, the file has
to say which is meant: nothing is guessed. Texts that only YAML 1.1 takes for numbers of base 60
(9:30) or for dates stay texts, as in YAML 1.2.
"""

import re
from typing import Any

STR_TAGS = frozenset({None, "!", "tag:yaml.org,2002:str"})

# https://yaml.org/type/: the spellings that PyYAML knows.
_BOOLS = {
    spelling: value
    for value, words in ((True, ("true", "yes", "on")), (False, ("false", "no", "off")))
    for word in words
    for spelling in (word, word.title(), word.upper())
}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
# More digits than any field takes are a text, and no work for int().
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_NUMBER = re.compile(
    r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o[0-7]+|[0-9][0-9_]*"
    r"|(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9_]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?"
    r"|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
)


def read(text: str) -> tuple[Any, str]:
    """Return the value of a plain scalar, and what is wrong with writing it like that, or "".

    The value of what is wrong is its text, so that the rest of the entry can still be checked.
    """
    if text in _BOOLS:
        return _BOOLS[text], ""
    if text in _NULLS:
        return text, "has no value; write one, or leave the field out"
    if _WHOLE.fullmatch(text):
        return int(text), ""
    if not _NUMBER.fullmatch(text):
        return text, ""
    if text.startswith("+"):
        return text, f'{text} is a number to YAML and loses its +; put it in quotes: "{text}"'
    # Not quoted here: it can be the PIN of send_digits.
    return text, "this is a number to YAML; put it in quotes"

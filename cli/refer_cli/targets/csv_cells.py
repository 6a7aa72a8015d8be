"""One cell of a directory in CSV: its simple form where a field has one, JSON for the rest.

A spreadsheet takes a cell that begins with = + - @ for a formula. So every cell that does is
written with an apostrophe before it, and reading takes one away again; numbers alone (+14155550123,
+1415*) stand as they are, since no formula hides in digits and other programs are to read them.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from refer_cli.targets.vocabulary import kind

AS_ASKED = "as_asked"
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_FLAGS: Mapping[str, bool] = {"true": True, "false": False}
_EMPTY = '""'
_FORMULA = re.compile(r"""'*([=+\-@\t\r]|""$)""")
_GUARDED = re.compile(r"""'+([=+\-@\t\r]|""$)""")
_NUMBERS = re.compile(r"\+[0-9]+\*?( \+[0-9]+\*?)*")
_SIMPLE_NOUN = {"sip:": "sip", "sips:": "sip", "+": "number", "client:": "client", "sim:": "sim"}
_KEEPS_SCHEME = ("sip:", "sips:", "+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read(field: str, cell: str) -> Any:  # noqa: ANN401 - whatever a field holds
    """Return the value in a cell. Raises ValueError, which says what is wrong with it."""
    form = kind(field)
    if cell == _EMPTY and form in ("string", "nested"):
        return ""
    cell = cell[1:] if _GUARDED.match(cell) else cell
    if form == "string":
        return cell
    if cell.lstrip()[:1] in ("{", "[", '"'):
        return _json(cell)
    return _dial(cell) if field == "dial" else _simple(form, cell)


def _simple(form: str, cell: str) -> Any:  # noqa: ANN401 - whatever a field holds
    """Return a value of a kind; a cell of another one stays a text, and is refused later."""
    match form:
        case "integer":
            return int(cell) if _WHOLE.fullmatch(cell.strip()) else cell
        case "boolean":
            return _FLAGS.get(cell.strip().lower(), cell)
        case "array":
            return cell.split()
        case _:
            return cell


def _dial(cell: str) -> str | list[dict[str, str]]:
    words = cell.split()
    return AS_ASKED if words == [AS_ASKED] else [_noun(word) for word in words]


def write(field: str, value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    """Return the cell that reads as this value."""
    if value == "":
        return _EMPTY
    cell = _written(field, value)
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBERS.fullmatch(cell) else cell


def _written(field: str, value: Any) -> str:  # noqa: ANN401 - whatever a field holds
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    simple = value if isinstance(value, str) else None
    if isinstance(value, list):
        words = [_word(field, one) for one in value]
        simple = " ".join(words) if words and None not in words else None  # type: ignore[arg-type] # checked
    if simple:
        try:
            if read(field, _guarded(simple)) == value:
                return simple
        except ValueError:
            pass
    return json.dumps(value, ensure_ascii=False)


def _guarded(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _word(field: str, value: object) -> str | None:
    """Return an element of a list as one word; None when it needs JSON."""
    if isinstance(value, str):
        return value
    if field != "dial" or not isinstance(value, dict) or len(value) != 1:
        return None
    [(noun, address)] = value.items()
    if not isinstance(address, str):
        return None
    return address if noun in ("sip", "number") else f"{noun}:{address}"


def _noun(word: str) -> dict[str, str]:
    for begin, noun in _SIMPLE_NOUN.items():
        if word.lower().startswith(begin):
            return {noun: word if begin in _KEEPS_SCHEME else word[len(begin) :]}
    # The word is not quoted: a password can stand in it.
    raise ValueError(
        f"must be {AS_ASKED}, or sip:user@host, +number, client:name and sim:SID with spaces"
        " between, or JSON"
    )


def _json(cell: str) -> Any:  # noqa: ANN401 - whatever JSON can say
    try:
        value = json.loads(
            cell,
            object_pairs_hook=_unique,
            parse_float=_no_fraction,
            parse_constant=_no_fraction,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error.msg} at character {error.colno}") from None
    except RecursionError:
        raise ValueError("is nested too deep") from None
    if _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise ValueError(r"holds half a character: \ud800 to \udfff stand in pairs")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"has {name} twice")
        found[name] = value
    return found


def _no_fraction(text: str) -> None:
    raise ValueError(f"cannot hold {text}; numbers here are whole")

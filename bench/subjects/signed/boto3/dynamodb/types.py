"""DynamoDB's attribute values and Python's, as boto3 translates them.

Written are the types that a record is made of: no sets and no bytes.  Read is whatever may stand
in a table.  Here bytes arrive as JSON has them, while boto3's arrive decoded.
"""

from base64 import b64decode
from collections.abc import Callable, Mapping
from decimal import Clamped, Context, Decimal, Inexact, Overflow, Rounded, Underflow
from typing import Any

# 38 digits from 1E-130 on: "Data types", Amazon DynamoDB Developer Guide.
_NUMBERS = Context(
    Emin=-128, Emax=126, prec=38, traps=[Clamped, Overflow, Inexact, Rounded, Underflow]
)


class TypeSerializer:
    """Python to DynamoDB."""

    def serialize(self, value: object) -> dict[str, Any]:
        """Return an attribute value. Raises TypeError, or decimal's signals for a number."""
        match value:
            case str():
                return {"S": value}
            case None:
                return {"NULL": True}
            case bool():
                return {"BOOL": value}
            case int() | Decimal():
                return {"N": _number(value)}
            case Mapping():
                return {"M": {name: self.serialize(one) for name, one in value.items()}}
            case list() | tuple():
                return {"L": [self.serialize(one) for one in value]}
        raise TypeError(f"a record has no {type(value).__name__}: write it as text or whole number")


class TypeDeserializer:
    """DynamoDB to Python."""

    def __init__(self) -> None:
        self._readers: Mapping[str, Callable[[Any], Any]] = {
            "S": _same,
            "N": _NUMBERS.create_decimal,
            "BOOL": _same,
            "NULL": lambda _: None,
            "M": lambda held: {name: self.deserialize(one) for name, one in held.items()},
            "L": lambda held: [self.deserialize(one) for one in held],
            "B": b64decode,
            "SS": set,
            "NS": lambda held: set(map(_NUMBERS.create_decimal, held)),
            "BS": lambda held: set(map(b64decode, held)),
        }

    def deserialize(self, value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any attribute value
        """Return an attribute value in Python. Raises TypeError when it is none."""
        for kind, held in value.items():
            if kind in self._readers:
                return self._readers[kind](held)
        raise TypeError(f"DynamoDB has no type of the name {', '.join(value) or 'nothing'}")


def _same(held: Any) -> Any:  # noqa: ANN401 - a text or a truth value
    return held


def _number(value: int | Decimal) -> str:
    number = _NUMBERS.create_decimal(value)
    if not number.is_finite():
        raise TypeError("DynamoDB has no infinity and no NaN")
    return str(number)

"""What the metadata of phonenumbers says of one number, or of the numbers with a prefix.

No entry is known here. The library is imported when the first number is judged.
"""

from dataclasses import dataclass
from functools import cache

from refer_cli.number_ranges import NON_GEOGRAPHIC, Kind, Range, ranges

INVALID, UNKNOWN_COUNTRY = 13224, 13226


@dataclass(frozen=True, slots=True)
class Judged:
    """`problem` is why there can be no such number, "" where there can be; `cost` why it costs."""

    problem: str = ""
    code: int = 0
    assigned: bool = True
    cost: str = ""


@cache
def judge(number: str) -> Judged:
    """Say what is known of an E.164 number."""
    # Here, because most commands judge no number and its metadata take a while to load.
    import phonenumbers  # noqa: PLC0415 - see above
    from phonenumbers import PhoneNumberType, ValidationResult  # noqa: PLC0415 - see above

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            return Judged("begins with no country code", UNKNOWN_COUNTRY, assigned=False)
        return Judged("is too short for a number", INVALID, assigned=False)
    words = {
        ValidationResult.INVALID_COUNTRY_CODE: "begins with no country code",
        ValidationResult.TOO_SHORT: "is too short for its country",
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
        ValidationResult.TOO_LONG: "is too long for its country",
        ValidationResult.INVALID_LENGTH: "has a length that no number of its country has",
    }
    problem = words.get(phonenumbers.is_possible_number_with_reason(parsed), "")
    if problem:
        return Judged(problem, INVALID, assigned=False)
    costs = {
        PhoneNumberType.PREMIUM_RATE: "premium rate",
        PhoneNumberType.SHARED_COST: "shared cost",
    }
    code = parsed.country_code or 0
    kind, name = NON_GEOGRAPHIC.get(code, (Kind.PERSONAL, ""))
    number_type = phonenumbers.number_type(parsed)
    cost = costs.get(number_type, "")
    if not cost and kind is not Kind.PERSONAL:
        cost = f"{kind} ({name})"
    return Judged(assigned=number_type != PhoneNumberType.UNKNOWN, cost=cost)


@cache
def costly() -> tuple[Range, ...]:
    """Return the ranges that cost, by prefix, but those of the islands in +1."""
    there = tuple(one.prefix for one in islands())
    found = ranges((Kind.PREMIUM, Kind.SHARED_COST, Kind.SATELLITE)).denied
    return tuple(one for one in found if not one.prefix.startswith(there))


@cache
def islands() -> tuple[Range, ...]:
    """Return the ranges in +1 that belong neither to the USA nor to Canada."""
    return ranges((Kind.ISLANDS,)).denied


@cache
def countries(digits: str) -> tuple[str, ...]:
    """Return the country codes that begin with these digits, or the one that begins them."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 - as above

    codes = [str(code) for code in COUNTRY_CODE_TO_REGION_CODE]
    own = [code for code in codes if digits.startswith(code)]
    return tuple(own or sorted(code for code in codes if code.startswith(digits)))


@cache
def regions(code: str) -> tuple[str, ...]:
    """Return the regions that share a country code, by their ISO codes."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 - as above

    return tuple(COUNTRY_CODE_TO_REGION_CODE[int(code)])

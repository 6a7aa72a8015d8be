"""Expensive numbers are found in the metadata of every region, and ordinary ones are spared."""

import re
from collections.abc import Collection, Iterable
from functools import cache

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata, PhoneNumberType

from call_transfer.directory import is_address
from refer_cli.number_pattern import Numbers
from refer_cli.number_ranges import (
    NON_GEOGRAPHIC,
    Kind,
    Ranges,
    emergency_numbers,
    emergency_regions,
    ranges,
)

COSTLY = {
    "premium_rate": Kind.PREMIUM,
    "shared_cost": Kind.SHARED_COST,
    "personal_number": Kind.PERSONAL,
}
ORDINARY = ("fixed_line", "mobile", "toll_free", "voip")
NEITHER = ("pager", "uan", "voicemail")
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
TERRITORIES = {"AS", "GU", "MP", "PR", "VI"}
ISLANDS = {*phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]} - TERRITORIES - {"US", "CA"}
PERSONS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
SERVICES = (PhoneNumberType.TOLL_FREE, PhoneNumberType.VOIP)

type Described = tuple[str, str, str]
"""Country code, pattern of the national number, name of the field of the metadata."""

# The first answer of `found`, and the first number of a regular expression, take their time.
steady = settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@cache
def found(*kinds: Kind) -> Ranges:
    return ranges(kinds)


def prefixes(number: str) -> set[str]:
    """Return the prefixes that the directory looks up for a number."""
    return {number[:digits] for digits in range(1, 8)} if len(number) >= 7 else set()


@cache
def denied(*kinds: Kind) -> frozenset[str]:
    return frozenset(one.prefix for one in found(*kinds).denied)


def is_denied(number: str, *kinds: Kind) -> bool:
    return not prefixes(number).isdisjoint(denied(*kinds))


def described(fields: Collection[str], regions: Iterable[str] = REGIONS) -> list[Described]:
    known = []
    for region in regions:
        metadata = PhoneMetadata.metadata_for_region(region)
        code = str(phonenumbers.country_code_for_region(region))
        for field in fields:
            description = getattr(metadata, field)
            if description is not None and description.national_number_pattern:
                known.append((code, description.national_number_pattern, field))
    return known


@cache
def parsed(code: str, pattern: str) -> Numbers:
    return Numbers.parse(f"{code}(?:{pattern})")


def begun(prefix: str, known: Iterable[Described]) -> list[Described]:
    """Return those of which a number begins with this prefix."""
    return [
        (code, pattern, field)
        for code, pattern, field in known
        if prefix.startswith(code) and parsed(code, pattern).after(prefix)
    ]


def numbers(fields: Collection[str]) -> st.SearchStrategy[tuple[str, str]]:
    """Return numbers without +, each with the field whose regular expression it matches."""

    def of(known: Described) -> st.SearchStrategy[tuple[str, str]]:
        code, pattern, field = known
        national = st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
        return national.map(lambda number: (f"{code}{number}", field))

    return st.sampled_from(described(fields)).flatmap(of)


def examples(region: str, types: Iterable[int]) -> list[str]:
    known = [phonenumbers.example_number_for_type(region, one) for one in types]
    return [
        f"{one.country_code}{phonenumbers.national_significant_number(one)}" for one in known if one
    ]


@steady
@given(numbers(COSTLY))
def test_a_number_that_costs_is_denied_or_left_out(numbered: tuple[str, str]) -> None:
    number, field = numbered
    left_out = {one.prefix for one in found(COSTLY[field]).left_out}
    known = prefixes(number)
    assert not known or known & left_out or is_denied(number, COSTLY[field])


@steady
@given(numbers(ORDINARY))
def test_an_ordinary_number_is_not_denied(numbered: tuple[str, str]) -> None:
    assert not is_denied(numbered[0], *COSTLY.values())


@pytest.mark.parametrize(
    ("kinds", "regions"),
    [
        (tuple(COSTLY.values()), REGIONS),
        ((Kind.ISLANDS,), ["US", "CA", *TERRITORIES]),
        ((Kind.US_TERRITORIES,), ["US", "CA", *ISLANDS]),
    ],
)
def test_no_ordinary_number_begins_with_a_prefix_that_is_denied(
    kinds: tuple[Kind, ...], regions: list[str]
) -> None:
    for prefix in denied(*kinds):
        assert not begun(prefix, described(ORDINARY, regions))


@pytest.mark.parametrize("field", COSTLY)
def test_a_prefix_shorter_than_seven_digits_holds_numbers_of_its_kind_alone(field: str) -> None:
    foreign = described([other for other in (*COSTLY, *NEITHER) if other != field])
    for prefix in denied(COSTLY[field]):
        assert len(prefix) == 7 or not begun(prefix, foreign)


@pytest.mark.parametrize("region", REGIONS)
def test_the_example_numbers_of_a_region_are_denied_in_the_islands_alone(region: str) -> None:
    everything = (*COSTLY.values(), Kind.SATELLITE, Kind.ISLANDS)
    for number in examples(region, PERSONS):
        assert is_denied(number, *everything) == (region in ISLANDS)
        assert is_denied(number, Kind.US_TERRITORIES) == (region in TERRITORIES)
    for number in examples(region, SERVICES):
        assert region in ISLANDS or not is_denied(number, *everything)


def test_whole_codes_are_denied_where_the_metadata_knows_none_but_such_numbers() -> None:
    every = set(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    assert every - set(NON_GEOGRAPHIC) == {800, 888}
    for code, (kind, _) in NON_GEOGRAPHIC.items():
        assert str(code) in denied(kind)
        metadata = PhoneMetadata.metadata_for_nongeo_region(code)
        fields = [f for f in (*ORDINARY, *COSTLY, *NEITHER) if getattr(metadata, f) is not None]
        if {"premium_rate", "shared_cost"} & set(fields):
            assert [COSTLY[field] for field in fields] == [kind]


@pytest.mark.parametrize(
    ("prefix", "why"),
    [
        ("1900", "premium rate (US, AG, AI, …)"),
        ("979", "premium rate (International Premium Rate Service)"),
        ("4490", "premium rate (GB, GG, IM, …)"),
        ("49180", "shared cost (DE)"),
        ("870", "satellite (Inmarsat)"),
        ("1876", "+1 outside US and CA (JM)"),
        ("1787", "US territory (PR)"),
        ("4470", "personal number (GB, GG, IM, …)"),
    ],
)
def test_a_range_says_why_and_whose(prefix: str, why: str) -> None:
    assert why in [str(one) for one in found(*Kind).denied if one.prefix == prefix]


def test_each_prefix_is_an_address_of_the_directory_and_lies_in_no_other_one() -> None:
    every = denied(*Kind)
    assert len(every) == len(found(*Kind).denied)
    assert all(is_address(f"+{prefix}*") for prefix in every)
    assert not [p for p in every for digits in range(1, len(p)) if p[:digits] in every]


def test_the_order_of_the_kinds_does_not_matter() -> None:
    assert ranges([Kind.ISLANDS, Kind.PREMIUM]) == ranges([Kind.PREMIUM, Kind.ISLANDS])


def test_an_emergency_number_is_one_in_its_regions_and_nowhere_else() -> None:
    regions = emergency_regions()
    assert emergency_numbers() == tuple(sorted(regions))
    for number, those in regions.items():
        known = [r for r in phonenumbers.SUPPORTED_SHORT_REGIONS if _is_emergency(number, r)]
        assert sorted(known) == sorted(those)


@pytest.mark.parametrize("region", ["US", "GB", "DE", "RU", "AU", "BR", "IN"])
def test_no_emergency_number_of_up_to_three_digits_is_forgotten(region: str) -> None:
    every = {f"{n:0{digits}}" for digits in (1, 2, 3) for n in range(10**digits)}
    known = {number for number, those in emergency_regions().items() if region in those}
    assert {number for number in every if _is_emergency(number, region)} == known & every


def _is_emergency(number: str, region: str) -> bool:
    return phonenumbers.is_emergency_number(number, region)

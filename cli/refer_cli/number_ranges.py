"""Which numbers are expensive, and which are emergency numbers, by the metadata of phonenumbers.

The ranges come from the metadata of the release that is installed. Only two things are said here:
what the ITU assigned the non-geographic codes for, and which parts of +1 belong to the USA.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from refer_cli.number_pattern import MAX_DIGITS, Cover, Numbers, cover

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata, PhoneNumberDesc


class Kind(StrEnum):
    """What makes a number expensive."""

    PREMIUM = "premium"
    SHARED_COST = "shared-cost"
    SATELLITE = "satellite"
    ISLANDS = "islands"
    US_TERRITORIES = "us-territories"
    PERSONAL = "personal"


DEFAULT_KINDS = (Kind.PREMIUM, Kind.SHARED_COST, Kind.SATELLITE, Kind.ISLANDS)

_WHY: Mapping[Kind, str] = {
    Kind.PREMIUM: "premium rate",
    Kind.SHARED_COST: "shared cost",
    Kind.SATELLITE: "satellite",
    Kind.ISLANDS: "+1 outside US and CA",
    Kind.US_TERRITORIES: "US territory",
    Kind.PERSONAL: "personal number",
}
# ITU, List of Recommendation ITU-T E.164 assigned country codes. The International Networks are
# satellite ones (Thuraya) among others. +800 is free for the caller, +888 belongs to nobody now.
NON_GEOGRAPHIC: Mapping[int, tuple[Kind, str]] = {
    808: (Kind.SHARED_COST, "International Shared Cost Service"),
    870: (Kind.SATELLITE, "Inmarsat"),
    878: (Kind.PERSONAL, "Universal Personal Telecommunications"),
    881: (Kind.SATELLITE, "Global Mobile Satellite System"),
    882: (Kind.SATELLITE, "International Networks"),
    883: (Kind.SATELLITE, "International Networks"),
    979: (Kind.PREMIUM, "International Premium Rate Service"),
}
_NORTH_AMERICA = "1"
_AREAS = (Kind.ISLANDS, Kind.US_TERRITORIES)
_TERRITORIES = frozenset({"AS", "GU", "MP", "PR", "VI"})

_FIELDS: Mapping[Kind, str] = {
    Kind.PREMIUM: "premium_rate",
    Kind.SHARED_COST: "shared_cost",
    Kind.PERSONAL: "personal_number",
}
_ORDINARY = ("fixed_line", "mobile", "toll_free", "voip")
_OTHERS = ("pager", "uan", "voicemail", *_FIELDS.values())
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers with a prefix, digits alone, why they are expensive, and whose they are."""

    prefix: str
    why: str
    owners: tuple[str, ...]

    def __str__(self) -> str:
        more = ", …" if len(self.owners) > _NAMED else ""
        return f"{self.why} ({', '.join(self.owners[:_NAMED])}{more})"


@dataclass(frozen=True, slots=True)
class Ranges:
    """What can be denied by prefix, and what is left out: ordinary numbers begin like it."""

    denied: tuple[Range, ...]
    left_out: tuple[Range, ...]


def ranges(kinds: Iterable[Kind]) -> Ranges:
    """Return the ranges of these kinds; none lies within another one that is denied."""
    denied: dict[str, Range] = {}
    left_out: dict[str, Range] = {}
    for kind in kinds:
        for owned, found in _covers(kind):
            for prefixes, kept in ((found.prefixes, denied), (found.left_out, left_out)):
                for prefix in prefixes:
                    owners = tuple(one for one in owned if owned[one].after(prefix))
                    kept.setdefault(prefix, Range(prefix, _WHY[kind], owners))
    return Ranges(
        tuple(denied[prefix] for prefix in sorted(denied) if not _within(prefix, denied)),
        tuple(left_out[prefix] for prefix in sorted(left_out)),
    )


def emergency_numbers() -> tuple[str, ...]:
    """Return the emergency numbers of all regions, each once."""
    return tuple(sorted(emergency_regions()))


def emergency_regions() -> Mapping[str, tuple[str, ...]]:
    """Return the emergency numbers of all regions, each with the regions where it is dialled."""
    # Here, because the options of a command need only the kinds and not the library.
    from phonenumbers import SUPPORTED_SHORT_REGIONS, PhoneMetadata  # noqa: PLC0415 - see above

    regions: dict[str, tuple[str, ...]] = {}
    for region in sorted(SUPPORTED_SHORT_REGIONS):
        metadata = PhoneMetadata.short_metadata_for_region(region)
        for number in Numbers.parse(*_patterns(metadata, ("emergency",))).all():
            regions[number] = (*regions.get(number, ()), region)
    return regions


@dataclass(frozen=True, slots=True)
class _Plan:
    """The numbers of the regions that share a country code."""

    code: str
    regions: Mapping[str, "PhoneMetadata | None"]

    def owned(self, kind: Kind) -> Mapping[str, Numbers]:
        """Return the numbers of this kind, country code included, by the region that has them."""
        if kind in _FIELDS:
            return {region: self._numbers([region], [_FIELDS[kind]]) for region in self.regions}
        if self.code != _NORTH_AMERICA or kind not in _AREAS:
            return {}
        return {
            region: Numbers.parse(rf"{self.code}(?:{metadata.leading_digits})\d{{{MAX_DIGITS}}}")
            for region, metadata in self.regions.items()
            if metadata and metadata.leading_digits
            if (region in _TERRITORIES) is (kind is Kind.US_TERRITORIES)
        }

    def cover(self, kind: Kind, owned: Mapping[str, Numbers]) -> Cover:
        """Return the prefixes of this kind that spare every ordinary number of the other kinds."""
        field = _FIELDS.get(kind)
        spared = [region for region in self.regions if field or region not in owned]
        others = [other for other in _OTHERS if other != field]
        return cover(
            reduce(or_, owned.values()).after(self.code),
            self._numbers(spared, _ORDINARY).after(self.code),
            self._numbers(spared, others).after(self.code),
            self.code,
        )

    def _numbers(self, regions: Iterable[str], fields: Iterable[str]) -> Numbers:
        found = [one for region in regions for one in _patterns(self.regions[region], fields)]
        return Numbers.parse(*(f"{self.code}(?:{pattern})" for pattern in found))


def _covers(kind: Kind) -> Iterator[tuple[Mapping[str, Numbers], Cover]]:
    """Return whose the numbers of this kind are, and their prefixes, by country code."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata  # noqa: PLC0415 - as above

    for code, (its_kind, name) in NON_GEOGRAPHIC.items():
        if its_kind is kind:
            yield {name: Numbers.parse(rf"{code}\d")}, Cover(prefixes=(str(code),))
    for code, names in COUNTRY_CODE_TO_REGION_CODE.items():
        # The non-geographic codes are in one "region" without metadata of its own.
        metadata = {name: PhoneMetadata.metadata_for_region(name) for name in names}
        plan = _Plan(str(code), metadata)
        owned = plan.owned(kind)
        if any(owned.values()):
            yield owned, plan.cover(kind, owned)


def _patterns(metadata: "PhoneMetadata | None", fields: Iterable[str]) -> Iterator[str]:
    for field in fields:
        described: PhoneNumberDesc | None = getattr(metadata, field, None)
        if described is not None and described.national_number_pattern:
            yield described.national_number_pattern


def _within(prefix: str, wider: Container[str]) -> bool:
    return any(prefix[:digits] in wider for digits in range(1, len(prefix)))

"""Opening hours of an entry: weekly hours in an IANA time zone, and dates that differ.

What is compared is the clock on the wall at that place, so the days on which it is put forward or
back need no care: 09:00 is nine o'clock, whatever UTC says.  It reads no clock: `now` is given.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Self
from zoneinfo import ZoneInfo

from call_transfer.directory import is_address
from call_transfer.fields import Fields

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELDS = ("zone", "weekly", "dates", "closed")
MAX_DATES = 400
_MAX_PERIODS = 10
_MINUTES_A_DAY = 24 * 60
_TIME = "([01][0-9]|2[0-3]):([0-5][0-9])"
_PERIOD = re.compile(f"{_TIME}-(?:{_TIME}|(24):(00))")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

type Periods = tuple[tuple[int, int], ...]
"""From and until, in minutes after midnight; until is later than from, and may be past midnight."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When an entry is open. `closed` is the address that takes the calls of the other hours.

    `weekly` has one element a day, Monday first; `dates` (ISO 8601) stand in for the day's hours.
    """

    zone: str
    weekly: tuple[Periods, ...]
    dates: tuple[tuple[str, Periods], ...] = ()
    closed: str = ""

    @classmethod
    def parse(cls, fields: Fields) -> Self:
        """Read the field `hours` of an entry. Raises MalformedEntry."""
        zone = fields.text("zone")
        if not zone or not _is_zone(zone):
            raise fields.wrong("zone", "must be a time zone of IANA, such as Europe/Berlin")
        weekly = fields.inner("weekly", DAYS)
        closed = fields.text("closed")
        if closed and not is_address(closed):
            raise fields.wrong("closed", "must be the address of an entry")
        return cls(
            zone=zone,
            weekly=tuple(_periods(weekly, day, weekly.any(day)) for day in DAYS),
            dates=_dates(fields),
            closed=closed,
        )

    def open_at(self, now: float) -> bool:
        """Whether it is open at `now`, Unix seconds."""
        wall = datetime.fromtimestamp(now, ZoneInfo(self.zone))
        minute = wall.hour * 60 + wall.minute
        today = wall.date()
        return self._open(today, minute) or self._open(
            today - timedelta(days=1), minute + _MINUTES_A_DAY
        )

    def _open(self, day: date, minute: int) -> bool:
        """Whether the hours of a day hold a minute; those after midnight count on."""
        periods = dict(self.dates).get(day.isoformat(), self.weekly[day.weekday()])
        return any(start <= minute < end for start, end in periods)


@cache
def _is_zone(name: str) -> bool:
    """Whether this is a time zone. A name that is a path finds no file outside the zones."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


def _dates(fields: Fields) -> tuple[tuple[str, Periods], ...]:
    dates = fields.any("dates")
    if dates is None:
        return ()
    if not isinstance(dates, Mapping) or len(dates) > MAX_DATES:
        raise fields.wrong("dates", f"must map at most {MAX_DATES} dates to lists of hours")
    for day in dates:
        if not isinstance(day, str) or not _is_date(day):
            raise fields.wrong("dates", f'cannot hold {day!r}: a date is a text as "2026-12-25"')
    inner = fields.inner("dates", dates)
    return tuple((day, _periods(inner, day, dates[day])) for day in sorted(dates))


def _is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _periods(fields: Fields, day: str, texts: object) -> Periods:
    if texts is None:
        return ()
    wanted = 'must be a list of hours, as ["09:00-12:30", "13:30-17:00"]; an empty one is closed'
    if isinstance(texts, str) or not isinstance(texts, Sequence) or len(texts) > _MAX_PERIODS:
        raise fields.wrong(day, wanted)
    return tuple(_period(fields, day, text, wanted) for text in texts)


def _period(fields: Fields, day: str, text: object, wanted: str) -> tuple[int, int]:
    found = _PERIOD.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise fields.wrong(day, f"cannot hold {text!r}: it {wanted}")
    hour, minute, until_hour, until_minute = (int(part) for part in found.groups() if part)
    start, end = hour * 60 + minute, until_hour * 60 + until_minute
    if start == end:
        raise fields.wrong(day, f"cannot hold {text!r}, which ends when it begins")
    # "22:00-06:00" ends on the morning after.
    return start, end if end > start else end + _MINUTES_A_DAY

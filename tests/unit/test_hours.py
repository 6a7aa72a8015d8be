"""Opening hours by the clock on the wall, on the days when somebody puts it forward or back too."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from call_transfer.errors import MalformedEntry
from call_transfer.fields import Fields
from call_transfer.hours import DAYS, FIELDS, MAX_DATES, Hours

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
ZONES = [BERLIN, NEW_YORK, LORD_HOWE, "UTC", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"]
OFFICE = ["09:00-12:30", "13:30-17:00"]
type Weekly = Mapping[str, list[str]]


def hours(**given_: Any) -> Hours:  # noqa: ANN401 - whatever a field holds
    values = {"zone": BERLIN, "weekly": {"mon": OFFICE}} | given_
    return Hours.parse(Fields({"hours": values}, "2001").inner("hours", FIELDS))


def malformed(**given_: Any) -> tuple[str, str]:  # noqa: ANN401 - whatever a field holds
    with pytest.raises(MalformedEntry) as caught:
        hours(**given_)
    return caught.value.field, caught.value.problem


def utc(text: str) -> float:
    """Return Unix seconds of `2026-03-29 00:59`, which is UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def local(text: str, zone: str = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def every_day(*periods: str) -> dict[str, list[str]]:
    return {day: list(periods) for day in DAYS}


# --- the grammar


def test_hours_are_minutes_after_midnight_monday_first() -> None:
    read = hours(
        weekly={"mon": OFFICE, "fri": ["22:00-06:00"], "sat": [], "sun": None},
        dates={"2026-12-31": ["00:00-24:00"], "2026-12-25": []},
        closed="2002",
    )
    assert read == Hours(
        zone=BERLIN,
        weekly=(((540, 750), (810, 1020)), (), (), (), ((1320, 1800),), (), ()),
        dates=(("2026-12-25", ()), ("2026-12-31", ((0, 1440),))),
        closed="2002",
    )


def test_what_is_not_said_is_closed() -> None:
    assert hours(weekly={}) == Hours(zone=BERLIN, weekly=((),) * 7)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "UTC"),
        ("zone", "America/Argentina/Buenos_Aires"),
        ("weekly", {"sun": ["00:00-23:59"] * 10}),
        ("weekly", {"sun": ("09:00-10:00",)}),
        (
            "dates",
            {f"{2000 + number // 28:04d}-02-{number % 28 + 1:02d}": [] for number in range(400)},
        ),
        ("dates", {"2028-02-29": []}),
        ("dates", None),
        ("closed", "sip:desk@h.example"),
        ("closed", "default"),
        ("closed", None),
    ],
    ids=str,
)
def test_a_field_reaches_to_its_limits(field: str, value: object) -> None:
    assert hours(**{field: value}).zone


LIST = 'must be a list of hours, as ["09:00-12:30", "13:30-17:00"]; an empty one is closed'


@pytest.mark.parametrize(
    ("field", "value", "where", "todo"),
    [
        ("zone", None, "zone", "must be a time zone of IANA, such as Europe/Berlin"),
        ("zone", "Berlin", "zone", "must be a time zone of IANA"),
        ("zone", "europe/berlin ", "zone", "must be a time zone of IANA"),
        ("zone", "Europe", "zone", "must be a time zone of IANA"),
        ("zone", "/etc/passwd", "zone", "must be a time zone of IANA"),
        ("zone", "../../etc/passwd", "zone", "must be a time zone of IANA"),
        ("zone", "x" * 300, "zone", "must be a time zone of IANA"),
        ("zone", 1, "zone", "must be a text"),
        ("weekly", None, "weekly", "must be a mapping with mon, tue, wed, thu, fri, sat, sun"),
        ("weekly", ["mon"], "weekly", "must be a mapping with mon"),
        ("weekly", {"monday": OFFICE}, "weekly.monday", "is not a field; the fields are mon, tue"),
        ("weekly", {1: OFFICE}, "weekly.1", "is not a field"),
        ("weekly", {"mon": "09:00-17:00"}, "weekly.mon", LIST),
        ("weekly", {"mon": {"09:00": "17:00"}}, "weekly.mon", LIST),
        ("weekly", {"mon": 9}, "weekly.mon", LIST),
        ("weekly", {"tue": ["09:00-10:00"] * 11}, "weekly.tue", LIST),
        ("weekly", {"mon": ["9-17"]}, "weekly.mon", f"cannot hold '9-17': it {LIST}"),
        ("weekly", {"mon": ["09:00-17:00\n"]}, "weekly.mon", "cannot hold"),
        ("weekly", {"mon": ["9:00-17:00"]}, "weekly.mon", "cannot hold"),
        ("weekly", {"mon": ["09:00 - 17:00"]}, "weekly.mon", "cannot hold"),
        ("weekly", {"mon": ["09:60-17:00"]}, "weekly.mon", "cannot hold"),
        ("weekly", {"mon": ["24:00-17:00"]}, "weekly.mon", "cannot hold"),
        ("weekly", {"mon": ["09:00-24:01"]}, "weekly.mon", "cannot hold"),
        ("weekly", {"mon": ["09:00-25:00"]}, "weekly.mon", "cannot hold"),
        ("weekly", {"mon": [540]}, "weekly.mon", "cannot hold 540"),
        ("weekly", {"mon": [None]}, "weekly.mon", "cannot hold None"),
        ("weekly", {"mon": ["09:00-09:00"]}, "weekly.mon", "which ends when it begins"),
        ("weekly", {"mon": ["00:00-00:00"]}, "weekly.mon", "which ends when it begins"),
        ("dates", ["2026-12-25"], "dates", "must map at most 400 dates to lists of hours"),
        ("dates", {str(n): [] for n in range(MAX_DATES + 1)}, "dates", "at most 400 dates"),
        ("dates", {"25.12.2026": []}, "dates", "cannot hold '25.12.2026': a date is a text as"),
        ("dates", {"2026-02-29": []}, "dates", 'a date is a text as "2026-12-25"'),
        ("dates", {"20261225": []}, "dates", 'a date is a text as "2026-12-25"'),
        ("dates", {"2026-W52-5": []}, "dates", 'a date is a text as "2026-12-25"'),
        # YAML reads a date that has no quotes as a date.
        ("dates", {date(2026, 12, 25): []}, "dates", "cannot hold datetime.date(2026, 12, 25)"),
        ("dates", {"2026-12-25": "closed"}, "dates.2026-12-25", LIST),
        ("dates", {"2026-12-25": ["9-12"]}, "dates.2026-12-25", "cannot hold '9-12'"),
        ("closed", "transferor", "closed", "must be the address of an entry"),
        ("closed", "Agent B", "closed", "must be the address of an entry"),
        ("closed", ["2001"], "closed", "must be a text"),
        ("open", "2001", "open", "is not a field; the fields are zone, weekly, dates, closed"),
    ],
)
def test_broken_hours_say_where_and_what_to_do(
    field: str, value: object, where: str, todo: str
) -> None:
    told, problem = malformed(**{field: value})
    assert told == f"hours.{where}"
    assert todo in problem


# --- the clock on the wall


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23 08:59:59", False),
        ("2026-11-23 09:00:00", True),
        ("2026-11-23 12:29:59", True),
        ("2026-11-23 12:30:00", False),
        ("2026-11-23 13:30:00", True),
        ("2026-11-23 17:00:00", False),
        ("2026-11-24 10:00:00", False),
    ],
)
def test_from_the_first_minute_until_before_the_last(moment: str, *, is_open: bool) -> None:
    assert hours().open_at(local(moment)) is is_open


def test_the_clock_is_that_of_the_zone_and_not_of_utc() -> None:
    ten_in_berlin = utc("2026-11-23 09:00")
    assert hours().open_at(ten_in_berlin)
    assert not hours(zone=NEW_YORK).open_at(ten_in_berlin)
    assert hours(zone=NEW_YORK).open_at(utc("2026-11-23 14:00"))


# Where the clock is put forward or back: UTC, and whether "02:00-03:00" and "01:00-02:00" are open.
SWITCHES = [
    pytest.param(BERLIN, "2026-03-29 00:30", [True, False], id="Berlin, the hour before"),
    pytest.param(BERLIN, "2026-03-29 00:59", [True, False], id="Berlin, 01:59"),
    pytest.param(BERLIN, "2026-03-29 01:00", [False, False], id="Berlin, 03:00 a minute later"),
    pytest.param(BERLIN, "2026-10-24 23:59", [True, False], id="Berlin, 01:59 in October"),
    pytest.param(BERLIN, "2026-10-25 00:00", [False, True], id="Berlin, 02:00 the first time"),
    pytest.param(BERLIN, "2026-10-25 00:59", [False, True], id="Berlin, 02:59 the first time"),
    pytest.param(BERLIN, "2026-10-25 01:00", [False, True], id="Berlin, 02:00 the second time"),
    pytest.param(BERLIN, "2026-10-25 02:00", [False, False], id="Berlin, 03:00"),
    pytest.param(NEW_YORK, "2026-03-08 06:59", [True, False], id="New York, 01:59"),
    pytest.param(NEW_YORK, "2026-03-08 07:00", [False, False], id="New York, 03:00"),
    pytest.param(NEW_YORK, "2026-11-01 05:30", [True, False], id="New York, 01:30 first"),
    pytest.param(NEW_YORK, "2026-11-01 06:30", [True, False], id="New York, 01:30 again"),
    pytest.param(NEW_YORK, "2026-11-01 07:00", [False, True], id="New York, 02:00"),
    pytest.param(LORD_HOWE, "2026-04-04 14:45", [True, False], id="Lord Howe, 01:45 first"),
    pytest.param(LORD_HOWE, "2026-04-04 15:15", [True, False], id="Lord Howe, 01:45 again"),
    pytest.param(LORD_HOWE, "2026-04-04 15:30", [False, True], id="Lord Howe, 02:00"),
    pytest.param(LORD_HOWE, "2026-10-03 15:29", [True, False], id="Lord Howe, 01:59"),
    pytest.param(LORD_HOWE, "2026-10-03 15:30", [False, True], id="Lord Howe, 02:30"),
    pytest.param(LORD_HOWE, "2026-10-03 16:00", [False, False], id="Lord Howe, 03:00"),
]


@pytest.mark.parametrize(("zone", "moment", "is_open"), SWITCHES)
def test_a_clock_that_is_put_forward_or_back_needs_no_care(
    zone: str, moment: str, is_open: list[bool]
) -> None:
    early = hours(zone=zone, weekly=every_day("01:00-02:00"))
    late = hours(zone=zone, weekly=every_day("02:00-03:00"))
    assert [early.open_at(utc(moment)), late.open_at(utc(moment))] == is_open


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-11-22"])
def test_an_office_opens_at_nine_on_a_day_of_23_24_or_25_hours(day: str) -> None:
    office = hours(weekly={"sun": ["09:00-17:00"]})
    clock = ["08:59", "09:00", "16:59", "17:00"]
    assert [office.open_at(local(f"{day} {at}")) for at in clock] == [False, True, True, False]


# --- past midnight


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-27 21:59", False),
        ("2026-11-27 22:00", True),
        ("2026-11-27 23:59", True),
        ("2026-11-28 00:00", True),
        ("2026-11-28 05:59", True),
        ("2026-11-28 06:00", False),
        ("2026-11-28 22:00", False),
        ("2026-11-27 05:00", False),
    ],
)
def test_hours_past_midnight_are_those_of_the_evening(moment: str, *, is_open: bool) -> None:
    assert hours(weekly={"fri": ["22:00-06:00"]}).open_at(local(moment)) is is_open


def test_from_sunday_the_hours_run_into_monday() -> None:
    assert hours(weekly={"sun": ["20:00-02:00"]}).open_at(local("2026-11-23 01:59"))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [("2026-11-23 23:59", True), ("2026-11-24 00:00", False), ("2026-11-23 00:00", False)],
)
def test_24_00_is_the_end_of_the_day_itself(moment: str, *, is_open: bool) -> None:
    assert hours(weekly={"mon": ["18:00-24:00"]}).open_at(local(moment)) is is_open


def test_a_whole_day_has_no_gap() -> None:
    always = hours(weekly=every_day("00:00-24:00"))
    assert all(always.open_at(local("2026-10-24 23:00") + 60 * minute) for minute in range(1600))


# --- dates


CHRISTMAS: dict[str, list[str]] = {"2026-12-25": []}


def test_a_date_can_be_closed_on_a_weekday() -> None:
    shop = hours(weekly=every_day("09:00-17:00"), dates=CHRISTMAS)
    assert [shop.open_at(local(f"2026-12-{day} 10:00")) for day in (24, 25, 26)] == [
        True,
        False,
        True,
    ]


def test_a_date_can_be_open_on_a_sunday_and_only_then() -> None:
    shop = hours(weekly={"sat": OFFICE}, dates={"2026-12-20": ["13:00-18:00"]})
    assert shop.open_at(local("2026-12-20 13:00"))
    assert not shop.open_at(local("2026-12-20 12:00"))
    assert not shop.open_at(local("2026-12-27 13:00"))


def test_the_hours_of_a_date_stand_in_for_those_of_the_day() -> None:
    short = hours(weekly=every_day("09:00-17:00"), dates={"2026-12-24": ["09:00-12:00"]})
    assert short.open_at(local("2026-12-24 11:59"))
    assert not short.open_at(local("2026-12-24 12:00"))


def test_on_a_closed_date_last_evening_still_ends_in_its_morning() -> None:
    bar = hours(weekly=every_day("20:00-02:00"), dates=CHRISTMAS)
    clock = ["2026-12-25 01:59", "2026-12-25 02:00", "2026-12-25 21:00", "2026-12-26 01:00"]
    assert [bar.open_at(local(moment)) for moment in clock] == [True, False, False, False]


def test_the_hours_of_a_date_run_past_its_midnight() -> None:
    eve = hours(weekly={}, dates={"2026-12-31": ["22:00-03:00"]})
    assert eve.open_at(local("2027-01-01 02:59"))
    assert not eve.open_at(local("2027-01-01 03:00"))


# --- against a brute-force reading of the wall clock

times = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
periods = st.builds("{}-{}".format, times, times | st.just("24:00")).filter(
    lambda text: text[:5] != text[6:]
)
days = st.lists(periods, max_size=3)
weeks = st.dictionaries(st.sampled_from(DAYS), days)
# The weeks around each switch of the clock, where everything happens.
switches = [utc(param.values[1]) for param in SWITCHES if isinstance(param.values[1], str)]
moments = st.builds(
    lambda switch, minutes: switch + 60 * minutes,
    st.sampled_from(switches),
    st.integers(-3 * 24 * 60, 3 * 24 * 60),
) | st.integers(0, 4_000_000_000).map(float)


def covers(period: str, day: date, wall: datetime) -> bool:
    """Say anew whether a period that begins on a day holds what a clock on the wall shows."""
    start, _, end = period.partition("-")
    begins = datetime.combine(day, time.fromisoformat(start))
    ends = datetime.combine(day, time.min if end == "24:00" else time.fromisoformat(end))
    return begins <= wall < (ends if ends > begins else ends + timedelta(days=1))


@given(st.sampled_from(ZONES), weeks, st.dictionaries(st.integers(-1, 1), days), moments)
@example(LORD_HOWE, {"sun": ["02:15-02:30"]}, {}, utc("2026-10-03 15:45"))
def test_it_is_open_when_a_clock_on_the_wall_says_so(
    zone: str, weekly: Weekly, near: Mapping[int, list[str]], now: float
) -> None:
    wall = datetime.fromtimestamp(now, ZoneInfo(zone)).replace(tzinfo=None)
    dates = {(wall.date() + timedelta(days=days)).isoformat(): text for days, text in near.items()}
    expected = any(
        covers(period, day, wall)
        for day in (wall.date(), wall.date() - timedelta(days=1))
        for period in dates.get(day.isoformat(), weekly.get(f"{day:%a}".lower(), []))
    )
    assert hours(zone=zone, weekly=weekly, dates=dates).open_at(now) is expected

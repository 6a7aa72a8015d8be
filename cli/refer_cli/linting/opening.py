"""Opening hours that are never open, never closed, or over."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from call_transfer.entry import Entry
from call_transfer.hours import DAYS, Hours, Periods
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject

_DAY = 24 * 60

_NEVER = Rule(
    "hours-never-open",
    "An entry is open at no hour of the week and on no date to come (note: `closed` takes all).",
    (Severity.WARNING, Severity.NOTE),
)
_ALWAYS = Rule("hours-always-open", "An entry is open day and night.", (Severity.NOTE,))
_PAST = Rule("hours-past", "All dates of an entry are over.", (Severity.NOTE,))
_CLOSED = Rule(
    "hours-date-closed",
    "A date has the hours that its day of the week has anyway, such as none.",
    (Severity.NOTE,),
)
_OVERLAP = Rule("hours-overlap", "Two periods of a day overlap.", (Severity.NOTE,))
RULES = (_NEVER, _ALWAYS, _PAST, _CLOSED, _OVERLAP)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in the entries that have hours."""
    for entry in subject:
        if entry.hours:
            yield from _opening(entry, entry.hours, subject.today.isoformat())
            yield from _dates(entry, entry.hours, subject.today.isoformat())
            yield from _overlaps(entry, entry.hours)


def _opening(entry: Entry, hours: Hours, today: str) -> Iterator[Finding]:
    to_come = [periods for day, periods in hours.dates if day >= today]
    if not any(hours.weekly) and not any(to_come):
        text = "is closed at every hour of the week and on every date to come"
        advice = "write hours, or enabled: false if it is switched off"
        severity = Severity.NOTE if hours.closed else None
        yield _NEVER.on(entry, "hours.weekly", text, advice, severity=severity)
    if all(_whole_day(periods) for periods in (*hours.weekly, *to_come)):
        text = "is open day and night, so nothing of hours ever happens"
        yield _ALWAYS.on(entry, "hours.weekly", text, "leave hours out")


def _whole_day(periods: Periods) -> bool:
    reached = 0
    for start, end in sorted(periods):
        reached = max(reached, end) if start <= reached else reached
    return reached >= _DAY


def _dates(entry: Entry, hours: Hours, today: str) -> Iterator[Finding]:
    to_come = [(day, periods) for day, periods in hours.dates if day >= today]
    if hours.dates and not to_come:
        text = f"has dates up to {hours.dates[-1][0]}, which are all over"
        yield _PAST.on(entry, "hours.dates", text, "write those of this year, or take them out")
    for day, periods in to_come:
        weekday = date.fromisoformat(day).weekday()
        if sorted(periods) == sorted(hours.weekly[weekday]):
            name = DAYS[weekday]
            does = "as on every" if periods else "closed as on every"
            text = f"says of {day} what holds anyway: {does} {name}"
            yield _CLOSED.on(entry, f"hours.dates.{day}", text, "leave the date out, or correct it")


def _overlaps(entry: Entry, hours: Hours) -> Iterator[Finding]:
    days = [(f"hours.weekly.{name}", each) for name, each in zip(DAYS, hours.weekly, strict=True)]
    days += [(f"hours.dates.{day}", each) for day, each in hours.dates]
    for field, periods in days:
        if any(later[0] < earlier[1] for earlier, later in pairwise(sorted(periods))):
            text = "has two periods that overlap; it is open in both"
            yield _OVERLAP.on(entry, field, text, "check the times, one may be mistyped")

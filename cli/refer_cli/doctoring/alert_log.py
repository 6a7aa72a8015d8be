"""Check: what has Twilio's debugger noted in the last days about our webhooks and our calls."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from refer_cli.connecting.credentials import Credentials
from refer_cli.doctoring.alerts import ALERTS, STATUSES
from refer_cli.doctoring.finding import Finding, ok, warn
from refer_cli.doctoring.setup import Setup
from refer_cli.targets.reporting import counted

MOST_ALERTS = 5_000
"""Of one account; Twilio gives 10,000 at most."""
_PAGE = 500
_STATUS = re.compile(r"[1-5]\d\d")


@dataclass(slots=True)
class _Group:
    """The alerts with one code: how many, the newest, a call of theirs, our answers."""

    count: int = 0
    newest: datetime | None = None
    call: str = ""
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, alert: Any) -> None:  # noqa: ANN401 - twilio ships no annotations
        """Count an alert; they come newest first."""
        self.count += 1
        self.newest = self.newest or alert.date_generated or alert.date_created
        sid = alert.resource_sid or ""
        self.call = self.call or (sid if sid.startswith("CA") else "")
        said = parse_qs(alert.alert_text or "").get("httpResponse", [""])[0]
        if _STATUS.fullmatch(said):
            self.statuses[int(said)] += 1


def look(setup: Setup) -> Iterator[Finding]:
    """Yield each kind of alert in words. Raises ClickException."""
    base = setup.base_url
    for account in setup.accounts:
        read = _alerts(account, setup.days)
        yield from _told(account.account_sid, read, base, setup.days)


def _alerts(account: Credentials, days: int) -> list[Any]:
    # Here, because it is a large library, and not every check needs it.
    from refer_cli.connecting.asking import asked  # noqa: PLC0415 - see above

    since = datetime.now(UTC) - timedelta(days=days)
    with asked(f"the alerts of {account.account_sid}"):
        return list(
            account.client().monitor.v1.alerts.list(
                start_date=since, limit=MOST_ALERTS, page_size=_PAGE
            )
        )


def _told(sid: str, read: list[Any], base: str, days: int) -> Iterator[Finding]:
    groups, others = _grouped(read, base)
    last = "in the last day" if days == 1 else f"in the last {days} days"
    for code, group in sorted(groups.items(), key=lambda pair: -pair[1].count):
        yield _finding(sid, code, group)
    rest = f"; {_listed(others)} of other URLs or kinds" if others else ""
    most = f", of which the newest {MOST_ALERTS:,} were read" if len(read) == MOST_ALERTS else ""
    if not groups:
        yield ok(f"{sid} has no alert {last} that is about transfers{rest}{most}")
    elif rest or most:
        yield ok(f"{sid}: {counted(len(read), 'alert')} {last}{rest}{most}")


def _grouped(read: Iterable[Any], base: str) -> tuple[dict[int, _Group], Counter[int]]:
    """Return the alerts that are ours by code, and how many others there are by theirs."""
    groups: dict[int, _Group] = {}
    others: Counter[int] = Counter()
    for alert in read:
        code = int(alert.error_code) if str(alert.error_code or "").isdecimal() else 0
        if code in ALERTS and _ours(alert.request_url or "", base, webhook=ALERTS[code].webhook):
            groups.setdefault(code, _Group()).add(alert)
        else:
            others[code] += 1
    return groups, others


def _ours(url: str, base: str, *, webhook: bool) -> bool:
    """Whether an alert is about this stack: what names no URL may be, if it is about a call."""
    return url.startswith(f"{base}/") or (not url and not webhook)


def _finding(sid: str, code: int, group: _Group) -> Finding:
    alert = ALERTS[code]
    when = f", the last at {group.newest:%Y-%m-%d %H:%M} UTC" if group.newest else ""
    call = f", such as {group.call}" if group.call else ""
    text = f"{sid}: alert {code}, {_times(group.count)}{when}{call}: {alert.what}. Why: {alert.why}"
    return warn(f"{text}{_answers(group.statuses)}", alert.do)


def _answers(statuses: Mapping[int, int]) -> str:
    return "".join(
        f". Answered {status} {_times(count)}: {STATUSES.get(status, 'none of our answers')}"
        for status, count in sorted(statuses.items())
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _listed(others: Counter[int]) -> str:
    codes = ", ".join(str(code) for code, _ in others.most_common(5) if code)
    return f"{counted(others.total(), 'alert')} ({codes})" if codes else str(others.total())

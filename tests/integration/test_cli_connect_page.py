"""docs/connect.md: its commands print what the page shows, its tables are those of the code.

UPDATE_GOLDEN=1 writes what each command prints, and the tables; the test fails then, so that
somebody reads it.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import doctored
import set_up
from gateway.stack import Stack
from pages import Page
from pivot.client import Client
from pivot.delivery import Asked
from pivot.overrides import Outcome, What
from refer_cli.doctoring import webhook
from refer_cli.doctoring.alerts import ALERTS, STATUSES
from refer_cli.doctoring.checks import CHECKS
from set_up import BASE, FALLBACK_URL, VOICE_URL
from twilio_numbers import TwilioNumbers

PAGE = Page("connect.md")
TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>'
ENTRIES = (
    doctored.ENTRY,
    {"tenant": "*", "address": "2001", "dial": [{"sip": "sip:b@example.sip.twilio.com"}]},
    {"tenant": "*", "address": "+33142685300", "dial": "as_asked"},
    {"tenant": "*", "address": "default", "say": "Nobody is here."},
)


class Well(Client):
    """Webhooks that answer as they should."""

    def send(self, asked: Asked, *_: float) -> Outcome:
        if asked.url == FALLBACK_URL:
            return Outcome(What.ANSWERED, 0, 200, "", "text/xml", TWIML)
        signed = "X-Twilio-Signature" in asked.request.headers
        status, body = webhook.NO_CALL if signed else webhook.NOT_SIGNED
        return Outcome(What.ANSWERED, 0, status, "", "text/plain", body)


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioNumbers]:
    """An account with a number, a domain, a number that is nearly connected, and alerts."""
    with set_up.twilio_account(monkeypatch) as account:
        account.number(doctored.NUMBER)
        account.domain("example.sip.twilio.com")
        account.number("+18005550101", voice_url=f"{VOICE_URL}/")
        account.country("US", "United States/Canada", allowed=True)
        account.country("FR", "France", allowed=False)
        text = "httpResponse=403&ErrorCode=11217&LogLevel=ERROR"
        account.alert(11217, url=f"{BASE}/refer/hold", call="CA" + "1" * 32, text=text)
        account.alert(13802, call="CA" + "2" * 32)
        account.alert(30003)
        yield account


def test_the_commands_print_what_the_page_shows(
    aws: None,
    stack: Stack,
    twilio: TwilioNumbers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    set_up.samconfig(tmp_path)
    monkeypatch.setattr(webhook, "Client", Well)
    doctored.deploying(stack)(entries=ENTRIES, parameters={"LastResort": ""})
    PAGE.prints_what_it_shows(tmp_path)
    assert twilio.numbers[0]["voice_url"] == VOICE_URL


def table(head: str, rows: Iterable[Iterable[str]]) -> str:
    """Return a table of Markdown that begins with this line."""
    columns = head.count("|") - 1
    lines = [head, f"|{'---|' * columns}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "".join(f"{line}\n" for line in lines)


TABLES: dict[str, list[tuple[str, ...]]] = {
    "| check | what is looked at |": [(f"`{one.name}`", one.sentence) for one in CHECKS],
    "| alert | what it is | why, here | what to do |": [
        (str(one.code), one.what, one.why, one.do) for _, one in sorted(ALERTS.items())
    ],
    "| answer | meaning |": [(str(status), words) for status, words in STATUSES.items()],
}


@pytest.mark.parametrize("head", TABLES)
def test_the_tables_are_those_of_the_code(head: str) -> None:
    text, wanted = PAGE.path.read_text(encoding="utf-8"), table(head, TABLES[head])
    [shown] = re.findall(rf"^{re.escape(head)}\n(?:\|.*\n)+", text, re.MULTILINE)
    if os.environ.get("UPDATE_GOLDEN") == "1" and shown != wanted:
        PAGE.path.write_text(text.replace(shown, wanted), encoding="utf-8")
        pytest.fail("wrote docs/connect.md: read the difference")
    assert shown == wanted


def test_words_about_alerts_are_sentences_without_an_end() -> None:
    for alert in ALERTS.values():
        for text in (alert.what, alert.why, alert.do):
            assert text
            assert text[-1] not in ".;"
            assert "|" not in text


def test_every_alert_that_the_project_names_is_explained() -> None:
    # What the other pages and commands call by its number.
    named = {13214, 13224, 13226, 13227, 13802, 11200, 11205, 11217, 32100, 32220, 32223}
    assert named <= set(ALERTS)

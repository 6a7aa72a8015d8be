"""`refer doctor`: numbers and domains, their fallback, the directory, geography, alerts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import doctored
import set_up
from doctored import ENTRY, NUMBER, Deploy, found
from gateway.stack import Stack
from refer_cli.doctoring import alert_log
from refer_cli.doctoring.alerts import ALERTS, STATUSES
from set_up import BASE, FALLBACK_URL, SID, VOICE_URL
from twilio_api import error
from twilio_numbers import TwilioNumbers

DOMAIN = "example.sip.twilio.com"
CONNECTED = {"voice_url": VOICE_URL, "voice_fallback_url": FALLBACK_URL}
NOBODY = "no number and no SIP domain requests VoiceUrl: no initial call comes here"
CALL = "CA" + "1" * 32


@pytest.fixture
def twilio(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwilioNumbers]:
    with set_up.twilio_account(monkeypatch) as account:
        yield account


@pytest.fixture
def deploy(aws: None, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deploy:
    monkeypatch.chdir(tmp_path)
    set_up.samconfig(tmp_path)
    return doctored.deploying(stack)


def test_what_is_connected_is_counted(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    twilio.page = 2
    for digit in range(5):
        twilio.number(f"+1800555010{digit}", **CONNECTED)
    twilio.number("+18005550109")
    twilio.domain(DOMAIN, **CONNECTED)
    assert found("numbers") == [("ok", "VoiceUrl is requested by 5 numbers and 1 SIP domain", None)]


def test_a_fragment_is_for_twilio_and_makes_no_difference(
    deploy: Deploy, twilio: TwilioNumbers
) -> None:
    deploy()
    twilio.number(NUMBER, voice_url=f"{VOICE_URL}#rc=2")
    assert found("numbers") == [("ok", "VoiceUrl is requested by 1 number", None)]


def test_nothing_is_connected(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    twilio.number(NUMBER)
    [(status, text, advice)] = found("numbers")
    assert (status, text) == ("warn", NOBODY)
    assert advice is not None
    assert "refer connect" in advice


@pytest.mark.parametrize(
    ("url", "how"),
    [
        (f"{VOICE_URL}/", "has a slash at its end, which no route has (404)"),
        ("http://transfers.example.com/inbound-call", "begins with http, which the API does not"),
        (f"{BASE}/refer/hold", "is a referUrl, not the voice URL"),
        (f"{BASE}/voice", "has another path (404)"),
        (f"{VOICE_URL}?a=b", "has a query string, which is signed"),
        ("https://Transfers.example.com/inbound-call", "is spelt otherwise"),
    ],
)
def test_a_url_that_is_nearly_the_stacks(
    deploy: Deploy, twilio: TwilioNumbers, url: str, how: str
) -> None:
    deploy()
    twilio.number(NUMBER, voice_url=url)
    nobody, near = found("numbers", exit_code=1)
    assert nobody[:2] == ("warn", NOBODY)
    assert near[0] == "fail"
    assert near[1].startswith(f"{NUMBER}: the voice URL {url} {how}")
    assert near[2] == f"set it: refer connect --number {NUMBER}"


def test_a_password_in_a_url_is_not_printed(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    secret = VOICE_URL.replace("https://", "https://user:password@")
    twilio.number(NUMBER, voice_url=secret)
    assert found("numbers", exit_code=1)[1][1] == (
        f"{NUMBER}: the voice URL https://…@transfers.example.com/inbound-call is spelt otherwise:"
        " Twilio signs what it was given, and we check what we know"
    )
    twilio.number("+18005550101", voice_url=VOICE_URL, voice_fallback_url=secret)
    assert "password" not in str(found("fallback"))


@pytest.mark.parametrize(
    ("voice_url", "says"),
    [
        (VOICE_URL, "PublicBaseUrl is what it checks signatures against"),
        (
            "https://new123.execute-api.us-east-1.amazonaws.com/inbound-call",
            "another API serves it: an older stack, or one beside this",
        ),
    ],
    ids=["public-base-url", "another-stack"],
)
def test_another_api_of_aws(
    deploy: Deploy, twilio: TwilioNumbers, voice_url: str, says: str
) -> None:
    deploy(VoiceUrl=voice_url)
    old = "https://old123.execute-api.us-east-1.amazonaws.com/inbound-call"
    twilio.number(NUMBER, voice_url=old)
    _, (status, text, _) = found("numbers")
    assert status == "warn"
    assert text.startswith(f"{NUMBER}: the voice URL is {old}; ")
    assert text.endswith(says)


def test_get_is_served_and_warned_of(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    twilio.number(NUMBER, voice_method="GET", **CONNECTED)
    assert found("numbers")[1] == (
        "warn",
        f"{NUMBER} requests VoiceUrl by GET: it is served, but who calls whom stands in the URL",
        f"set POST: refer connect --number {NUMBER}",
    )


def test_a_number_on_a_trunk_never_gets_here(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    twilio.number(NUMBER, trunk_sid="TK" + "1" * 32, **CONNECTED)
    _, (status, text, _) = found("numbers", exit_code=1)
    assert (status, "no REFER reaches a referUrl" in text) == ("fail", True)


def test_a_twiml_app_takes_the_calls_of_a_number(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    other = twilio.application("https://other.example.com/voice")
    ours = twilio.application(VOICE_URL)
    near = twilio.application(f"{VOICE_URL}/")
    twilio.number("+18005550101", voice_application_sid=other["sid"], **CONNECTED)
    twilio.number("+18005550102", voice_application_sid=ours["sid"], voice_method="GET")
    twilio.number("+18005550103", voice_application_sid=near["sid"])
    connected, taken, nearly = found("numbers", exit_code=1)
    assert connected == ("ok", "VoiceUrl is requested by 1 number", None)
    assert taken[1] == (
        f"+18005550101 has VoiceUrl, but the TwiML App {other['sid']} has its calls: Twilio ignores"
        " the number's own URLs"
    )
    assert nearly == (
        "fail",
        (
            f"+18005550103: the voice URL of its TwiML App {VOICE_URL}/ has a slash at its end,"
            " which no route has (404)"
        ),
        "correct it in the TwiML App",
    )


def test_a_domain_without_authentication_gets_no_calls(
    deploy: Deploy, twilio: TwilioNumbers
) -> None:
    deploy()
    twilio.domain(DOMAIN, auth_type="", **CONNECTED)
    assert found("numbers", exit_code=1)[1][:2] == (
        "fail",
        f"{DOMAIN} has no credential list and no IP list: Twilio takes no call there",
    )


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "there is no fallback URL: when this application cannot answer"),
        (f"{BASE}/fallback", "is served by the same API, and fails together with it"),
        ("http://fallback.example.com", "is not https"),
    ],
)
def test_a_fallback_url_that_does_not_help(
    deploy: Deploy, twilio: TwilioNumbers, url: str, says: str
) -> None:
    deploy()
    twilio.number(NUMBER, voice_url=VOICE_URL, voice_fallback_url=url)
    [(status, text, advice)] = found("fallback")
    assert (status, says in text) == ("warn", True), text
    assert advice == f"set one: refer connect --number {NUMBER} --fallback-url https://…"


def test_fallback_urls_that_help(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    assert found("fallback") == [
        ("ok", "nothing requests VoiceUrl, so nothing needs a fallback URL", None)
    ]
    twilio.number(NUMBER, **CONNECTED)
    assert found("fallback") == [("ok", "a fallback URL is set for 1 number", None)]


def test_the_directory_answers_what_is_connected(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    twilio.number(NUMBER, **CONNECTED)
    assert found("directory") == [
        ("ok", "1 entry; `refer lint` looks at each", None),
        ("ok", "there is an entry for each connected number and SIP domain", None),
    ]
    twilio.number("+18005550177", **CONNECTED)
    twilio.domain(DOMAIN, **CONNECTED)
    assert [one[:2] for one in found("directory")[1:]] == [
        ("warn", "no entry answers calls to +18005550177: callers hear RefusedText"),
        ("warn", f"no entry answers calls to {DOMAIN}: callers hear RefusedText"),
    ]


@pytest.mark.parametrize(
    "address", ["default", f"*@{DOMAIN}", f"sip:2001@{DOMAIN}"], ids=["default", "host", "user"]
)
def test_a_domain_is_answered_by_any_entry_for_it(
    deploy: Deploy, twilio: TwilioNumbers, address: str
) -> None:
    deploy(entries=[ENTRY | {"address": address}])
    twilio.domain(DOMAIN, **CONNECTED)
    assert [one[0] for one in found("directory")] == ["ok", "ok"]


def test_an_empty_directory_serves_nobody(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy(entries=[])
    [(status, text, _)] = found("directory", exit_code=1)
    assert (status, text.partition(":")[0]) == ("fail", "the directory is empty")


def test_entries_that_cannot_be_read_are_counted(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy(entries=[ENTRY, {"tenant": "*", "address": "2001", "dial": "nobody"}])
    assert found("directory", exit_code=1)[1][:2] == (
        "fail",
        "1 entry cannot be read: what they govern is refused",
    )


def test_a_table_that_is_not_there_is_unknown(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy(TargetsTable="Nowhere")
    [(status, text, _)] = found("directory", exit_code=2)
    assert (status, text.partition(". ")[0]) == (
        "unknown",
        "the table Nowhere: there is no such table",
    )


def test_the_directory_is_looked_at_when_twilio_is_not_there(
    deploy: Deploy, twilio: TwilioNumbers
) -> None:
    deploy()
    twilio.api.fails("GET", "/", error(401))
    assert [one[:2] for one in found("directory")] == [
        ("ok", "1 entry; `refer lint` looks at each"),
        ("unknown", "whether the connected numbers have entries: see the check numbers"),
    ]


def numbers(*dialled: str) -> list[dict[str, Any]]:
    """Return a directory that dials these numbers, and prefixes as asked."""
    return [
        {"tenant": "*", "address": one, "dial": "as_asked"}
        if one.endswith("*")
        else {"tenant": "*", "address": f"{place}", "dial": [{"number": one}]}
        for place, one in enumerate(dialled, start=2001)
    ]


def test_countries_that_the_account_may_not_call(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy(entries=numbers("+33142685300", "+49*", "+14155550123", "+16135550123"))
    twilio.page = 2
    twilio.country("US", "United States/Canada", allowed=True)
    twilio.country("FR", "France", allowed=False)
    twilio.country("DE", "Germany", allowed=False)
    twilio.country("GB", "United Kingdom", allowed=False)
    assert found("geography") == [
        (
            "warn",
            (
                f"{SID} may not call what the directory dials (13227): Germany (for +49*), France"
                " (for +33142685300)"
            ),
            "allow the countries you mean: Voice > Settings > Geo permissions in the console",
        )
    ]


def test_countries_whose_costly_numbers_may_be_called(
    deploy: Deploy, twilio: TwilioNumbers
) -> None:
    deploy(entries=numbers("+14155550123"))
    twilio.country("US", "United States/Canada", allowed=True)
    for place in range(8):
        twilio.country(f"A{place}", f"Country {place}", allowed=True, costly=True)
    [(status, text, _)] = found("geography")
    assert (status, text) == (
        "warn",
        (
            f"{SID} may call numbers with a high risk of toll fraud in Country 0, Country 1,"
            " Country 2, Country 3, Country 4, Country 5 and 2 more; a transfer needs none of them"
        ),
    )


def test_geography_that_fits(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy(entries=numbers("+14155550123"))
    twilio.country("US", "United States/Canada", allowed=True)
    assert found("geography") == [
        ("ok", f"{SID} may call what the directory dials, and no high-risk numbers", None)
    ]


def test_a_directory_of_phones_needs_no_country(deploy: Deploy, twilio: TwilioNumbers) -> None:
    refused = {"tenant": "*", "address": "+49*", "deny": {}}
    deploy(entries=[ENTRY, refused])
    assert found("geography")[0][0] == "ok"
    assert twilio.api.requests == []


def test_alerts_are_told_in_words_with_what_we_answered(
    deploy: Deploy, twilio: TwilioNumbers
) -> None:
    deploy()
    text = "sourceComponent=14100&httpResponse={}&ErrorCode=11217&LogLevel=ERROR"
    for status in (503, 403, 403):
        url = f"{BASE}/refer/hold/x"
        twilio.alert(11217, url=url, call=CALL, text=text.format(status))
    twilio.alert(13802, call=CALL)
    twilio.alert(11217, url="https://elsewhere.example.com")
    twilio.alert(30003)
    first, second, rest = found("alerts")
    assert first == (
        "warn",
        (
            f"{SID}: alert 11217, 3 times, the last at 2026-11-28 12:30 UTC, such as {CALL}:"
            f" {ALERTS[11217].what}. Why: {ALERTS[11217].why}. Answered 403 2 times:"
            f" {STATUSES[403]}. Answered 503 once: {STATUSES[503]}"
        ),
        ALERTS[11217].do,
    )
    assert second == (
        "warn",
        (
            f"{SID}: alert 13802, once, the last at 2026-11-28 12:30 UTC, such as {CALL}:"
            f" {ALERTS[13802].what}. Why: {ALERTS[13802].why}"
        ),
        ALERTS[13802].do,
    )
    assert rest == (
        "ok",
        f"{SID}: 6 alerts in the last day; 2 alerts (11217, 30003) of other URLs or kinds",
        None,
    )


def test_no_alert_is_good(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    assert found("alerts", "--days", "7") == [
        ("ok", f"{SID} has no alert in the last 7 days that is about transfers", None)
    ]
    assert twilio.api.requests[0].query["StartDate"][-1] == "Z"


def test_many_alerts_are_read_page_by_page_up_to_a_number(
    deploy: Deploy, twilio: TwilioNumbers, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy()
    twilio.page = 3
    for _ in range(10):
        twilio.alert(32009)
    assert found("alerts")[0][1].startswith(f"{SID}: alert 32009, 10 times")
    monkeypatch.setattr(alert_log, "MOST_ALERTS", 8)
    told, rest = found("alerts")
    assert told[1].startswith(f"{SID}: alert 32009, 8 times")
    assert rest[1].endswith("in the last day, of which the newest 8 were read")


def test_alerts_that_may_not_be_read_are_unknown(deploy: Deploy, twilio: TwilioNumbers) -> None:
    deploy()
    twilio.api.fails("GET", "/v1/Alerts", error(403))
    [(status, text, _)] = found("alerts", exit_code=2)
    assert (status, text.partition(". ")[0]) == (
        "unknown",
        f"the alerts of {SID}: Twilio does not permit this (20403)",
    )

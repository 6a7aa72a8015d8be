"""The client of Twilio's REST API: where it sends credentials, what it repeats, what it says."""

from collections.abc import Iterator

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

from refer_cli import twilio_api
from refer_cli.twilio_api import TwilioProblem, client, explained, in_words
from twilio_api import Answer, Request, TwilioApi, error

SID, TOKEN = "AC" + "a" * 32, "1" * 32
KEY, KEY_SECRET = "SK" + "b" * 32, "the-secret-of-the-key"


@pytest.fixture
def twilio() -> Iterator[TwilioApi]:
    with TwilioApi() as server:
        server.account(SID, TOKEN)
        yield server


def test_requests_go_to_the_host_and_path_that_twilio_has_with_the_credentials(
    twilio: TwilioApi,
) -> None:
    def alerts(request: Request) -> Answer:
        return 200, {"alerts": [], "meta": {"key": "alerts", "page_size": 1, "page": 0}}

    twilio.keys[KEY] = (KEY_SECRET, SID)
    twilio.route("GET", "monitor.twilio.com", "/v1/Alerts", alerts)
    client(SID, TOKEN, base_url=twilio.url).api.v2010.accounts(SID).fetch()
    by_key = client(SID, KEY_SECRET, api_key=KEY, base_url=f"{twilio.url}/")
    assert by_key.account_sid == SID
    assert by_key.monitor.v1.alerts.list(log_level="error", limit=1) == []
    assert [(one.host, one.path, one.user, one.password) for one in twilio.requests] == [
        ("api.twilio.com", f"/2010-04-01/Accounts/{SID}.json", SID, TOKEN),
        ("monitor.twilio.com", "/v1/Alerts", KEY, KEY_SECRET),
    ]
    assert twilio.requests[1].query["LogLevel"] == "error"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.twilio.com",
        "http://api.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://localhost:80@example.com",
        "http://127.0.0.1\\@example.com",
        "http://127.0.0.1:80/path",
        "//127.0.0.1",
        "http://127.0.0.1\n",
        "http://0.0.0.0",
    ],
)
def test_credentials_are_sent_to_no_other_machine_but_twilios(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("REFER_TWILIO_API", url)
    with pytest.raises(TwilioProblem, match=r"may only name http://127\.0\.0\.1"):
        client(SID, TOKEN)
    with pytest.raises(TwilioProblem, match=r"may only name http://127\.0\.0\.1"):
        client(SID, TOKEN, base_url=url)


def test_no_proxy_sees_what_is_sent_to_this_machine(
    twilio: TwilioApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    found = client(SID, TOKEN, base_url=twilio.url).api.v2010.accounts(SID).fetch()
    assert found.sid == SID


def test_without_credentials_those_of_the_environment_are_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    for account, secret in (("", TOKEN), (SID, "")):
        with pytest.raises(TwilioProblem, match="are needed"):
            client(account, secret)


@pytest.mark.parametrize(
    ("method", "answers", "waits"),
    [
        ("GET", [error(429)] * 3, [1.0, 2.0]),
        ("GET", [error(500), error(503), error(500)], [1.0, 2.0]),
        ("GET", [error(429, Retry_After="4"), error(429, Retry_After="86400")] * 2, [4.0, 10.0]),
        ("GET", [error(404)], []),
        ("POST", [error(429)] * 3, [1.0, 2.0]),
        ("POST", [error(500)], []),
        ("POST", [error(503, Retry_After="1")], []),
    ],
)
def test_what_twilio_did_not_begin_is_asked_three_times_and_nothing_is_done_twice(
    twilio: TwilioApi, method: str, answers: list[Answer], waits: list[float]
) -> None:
    waited: list[float] = []
    twilio.fails(method, "/", *answers)
    api = client(SID, TOKEN, base_url=twilio.url, sleep=waited.append)
    account, token = api.api.v2010.accounts(SID), api.accounts.v1.secondary_auth_token()
    ask = account.fetch if method == "GET" else token.create
    with pytest.raises(TwilioRestException):
        ask()
    assert waited == waits
    assert len(twilio.requests) == len(waits) + 1


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (TwilioRestException(401, "/", "x", 20003), "does not take these credentials (20003)"),
        (TwilioRestException(403, "/", "x", 20403), "does not permit this (20403)"),
        (TwilioRestException(404, "/", "x", 20404), "knows nothing of that name"),
        (TwilioRestException(429, "/", "x", 20429), "too many requests of this account (20429)"),
        (TwilioRestException(502, "/", "x", 502), "Twilio failed (502)"),
        (
            TwilioRestException(400, "/", "'To' is \x1b[2J wrong", 21211),
            "refuses it: 'To' is \\x1b[2J wrong (21211, https://www.twilio.com/docs/errors/21211)",
        ),
        (TwilioRestException(400, "/", f"no {TOKEN}", 400), "no (32 digits left out) (400)"),
        (TwilioRestException(400, "/", f"no {SID}", 400), f"refuses it: no {SID} (400)"),
        (
            TwilioServiceException("t", "Title", 400, 70001, "detail"),
            "Twilio refuses it: detail (70001, https://www.twilio.com/docs/errors/70001)",
        ),
        (TwilioServiceException("t", "Title", 401, 70051), "does not take these credentials"),
        (requests.ConnectTimeout(), "has not answered within 10 seconds"),
        (requests.exceptions.ReadTimeout(), "has not answered within 10 seconds"),
        (requests.exceptions.SSLError(TOKEN), "the certificate is not Twilio's"),
        (requests.exceptions.ProxyError(TOKEN), "the proxy of this machine"),
        (requests.ConnectionError(TOKEN), "Twilio cannot be reached"),
        (ValueError(TOKEN), "its answer is no JSON"),
        (TwilioException(f"about {TOKEN}"), "about (32 digits left out)"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_went_wrong_is_said_in_words_without_a_token(raised: Exception, said: str) -> None:
    assert said in explained(raised)
    assert TOKEN not in explained(raised)
    with pytest.raises(TwilioProblem) as told, in_words("the account"):
        raise raised
    assert told.value.message == f"the account: {explained(raised)}"
    assert told.value.exit_code == 2
    assert told.value.__suppress_context__


def test_what_is_no_problem_of_twilios_is_not_explained_away() -> None:
    with pytest.raises(KeyError), in_words("the account"):
        raise KeyError("a bug")


def test_the_time_out_is_ten_seconds() -> None:
    assert client(SID, TOKEN).http_client.timeout == twilio_api.SECONDS == 10.0

"""Twilio's delivery policy on a virtual clock: nothing is sent and nobody waits."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pivot.delivery import Asked, Result, fetch
from pivot.overrides import MAX_BODY, MAX_REDIRECTS, BadOverride, Outcome, Overrides, What
from pivot.webhooks import Account

ACCOUNT = Account("AC" + "a" * 32, "token-of-account-a")
URL = "https://api.example.com/refer/hold"
TWIML = Outcome(What.ANSWERED, 0.2, 200, content_type="text/xml", body=b"<Response/>")


@dataclass
class Scripted:
    """Answers at once, in order, and keeps what it was asked with which time-outs."""

    outcomes: Iterable[Outcome]
    asked: list[tuple[Asked, float, float]] = field(default_factory=list)

    def __call__(self, asked: Asked, connect_timeout: float, read_timeout: float) -> Outcome:
        self.asked.append((asked, connect_timeout, read_timeout))
        return list(self.outcomes)[len(self.asked) - 1]

    @property
    def urls(self) -> list[str]:
        return [f"{one.request.method} {one.url}" for one, _, _ in self.asked]


def status(code: int, elapsed: float = 0.2, location: str = "") -> Outcome:
    return Outcome(What.ANSWERED, elapsed, code, location)


def play(fragment: str, *outcomes: Outcome) -> tuple[Result, Scripted]:
    send = Scripted(outcomes)
    return fetch(send, ACCOUNT, f"{URL}{fragment}", {"CallSid": "CA1"}), send


def test_without_a_fragment_the_documented_defaults_hold() -> None:
    assert Overrides.parse(URL) == Overrides(
        connect_timeout=5.0,
        read_timeout=15.0,
        total_timeout=15.0,
        retries=1,
        retry_on=frozenset({"ct"}),
        sni=True,
        edges=("ashburn",),
    )


def test_every_documented_name_is_read() -> None:
    fragment = "#ct=100&rt=4000&tt=9000&rc=5&rp=ct,rt,5xx&sni=n&e=dublin,ashburn-ix"
    assert Overrides.parse(URL + fragment) == Overrides(
        connect_timeout=0.1,
        read_timeout=4.0,
        total_timeout=9.0,
        retries=5,
        retry_on=frozenset({"ct", "rt", "5xx"}),
        sni=False,
        edges=("dublin", "ashburn-ix"),
    )


def test_all_stands_for_the_four_policies() -> None:
    assert Overrides.parse(f"{URL}#rp=all").retry_on == {"ct", "rt", "4xx", "5xx"}


@pytest.mark.parametrize(
    "limits", ["ct=100", "ct=10000", "rt=100", "rt=15000", "tt=100", "tt=15000", "rc=0", "rc=5"]
)
def test_the_documented_limits_are_allowed(limits: str) -> None:
    Overrides.parse(f"{URL}#{limits}")


@pytest.mark.parametrize(
    ("fragment", "error"),
    [
        *((text, None) for text in ("ct=99", "ct=10001", "rt=99", "rt=15001", "tt=99")),
        *((text, None) for text in ("tt=15001", "rc=6", "rc=-1", "rc=", "rc=²", "ct=1s", "sni=")),
        *((text, None) for text in ("x=1", "top", "rc=1&", "rc=1&rc=2")),
        *((text, 11243) for text in ("rp=", "rp=6xx", "rp=ct,", "rp=ct;rt")),
        *((text, 11240) for text in ("e=", "e=london", "e=ashburn,mars")),
    ],
)
def test_what_the_page_does_not_allow_is_refused(fragment: str, error: int | None) -> None:
    with pytest.raises(BadOverride) as refused:
        Overrides.parse(f"{URL}#{fragment}")
    assert refused.value.error == error


def test_an_answer_is_taken_as_it_is() -> None:
    result, send = play("", TWIML)
    assert (result.status, result.body, result.content_type) == (200, b"<Response/>", "text/xml")
    assert (result.ok, result.error, result.primary_error, result.elapsed) == (
        True,
        None,
        None,
        0.2,
    )
    assert send.urls == [f"POST {URL}"]


@pytest.mark.parametrize("what", [what for what in What if what.policy == "ct"])
def test_a_failure_to_connect_is_retried_once_by_default(what: What) -> None:
    result, send = play("", Outcome(what, 1), Outcome(what, 1))
    assert (len(send.asked), result.error) == (2, what.error)


@pytest.mark.parametrize("what", [what for what in What if what.policy != "ct" and what.error])
def test_no_other_failure_is_retried_by_default(what: What) -> None:
    result, send = play("", Outcome(what, 1), TWIML)
    assert (len(send.asked), result.error) == (1, what.error)


@pytest.mark.parametrize("code", [400, 403, 404, 429, 500, 503])
def test_an_error_status_is_11217_and_not_retried_by_default(code: int) -> None:
    result, send = play("", status(code), TWIML)
    assert (len(send.asked), result.status, result.error) == (1, code, 11217)


@pytest.mark.parametrize(
    ("fragment", "outcome"),
    [
        ("#rp=4xx", status(429)),
        ("#rp=5xx", status(503)),
        ("#rp=rt", Outcome(What.READ_TIMEOUT, 1)),
        ("#rp=all", status(404)),
    ],
)
def test_a_retry_policy_covers_its_own_failures(fragment: str, outcome: Outcome) -> None:
    result, send = play(fragment, outcome, TWIML)
    assert (len(send.asked), result.ok) == (2, True)


@pytest.mark.parametrize(
    ("fragment", "outcome"),
    [
        ("#rp=5xx", status(429)),
        ("#rp=4xx,5xx", Outcome(What.REFUSED, 0)),
        ("#rp=all", Outcome(What.BROKEN, 0, 503)),
        ("#rp=all&rc=0", status(503)),
    ],
)
def test_a_retry_policy_covers_nothing_else(fragment: str, outcome: Outcome) -> None:
    result, send = play(fragment, outcome, TWIML)
    assert (len(send.asked), result.ok) == (1, False)


def test_retries_carry_one_token_and_rotate_through_the_edges() -> None:
    refused = Outcome(What.REFUSED, 0)
    result, _ = play("#rc=3&e=dublin,tokyo", refused, refused, refused, TWIML)
    assert len({attempt.token for attempt in result.attempts}) == 1
    edges = [attempt.asked.edge for attempt in result.attempts]
    assert edges == ["dublin", "tokyo", "dublin", "tokyo"]


def test_time_outs_shrink_to_what_is_left_of_the_total() -> None:
    slow = Outcome(What.READ_TIMEOUT, 4)
    _, send = play("#ct=3000&rt=4000&tt=9000&rc=2&rp=rt", slow, slow, TWIML)
    assert [(one.seconds, ct, rt) for one, ct, rt in send.asked] == [
        (9, 3, 4),
        (5, 3, 4),
        (1, 1, 1),
    ]


def test_two_connects_of_five_seconds_leave_five() -> None:
    result, send = play("", Outcome(What.CONNECT_TIMEOUT, 5), Outcome(What.CONNECT_TIMEOUT, 5))
    assert [one.seconds for one, _, _ in send.asked] == [15, 10]
    assert (result.error, result.elapsed) == (11201, 10)


def test_when_the_total_time_is_up_the_answer_is_late() -> None:
    result, _ = play("#rc=2&rp=rt&rt=4000&tt=5000", Outcome(What.READ_TIMEOUT, 4), status(200, 2))
    assert (result.error, result.status, result.elapsed) == (11203, 0, 5)
    assert [attempt.outcome.what for attempt in result.attempts] == [
        What.READ_TIMEOUT,
        What.TOTAL_TIMEOUT,
    ]


def test_an_answer_at_the_last_moment_counts() -> None:
    assert play("", status(200, 15))[0].ok
    assert play("#rp=5xx", status(500, 15))[0].error == 11217


@pytest.mark.parametrize("last", [Outcome(What.READ_TIMEOUT, 15), status(302, 15, "/other")])
def test_a_time_out_or_a_redirect_at_the_last_moment_is_the_total(last: Outcome) -> None:
    assert play("", last)[0].error == 11203


@pytest.mark.parametrize("code", [301, 302, 303])
def test_a_redirected_post_becomes_a_get_of_the_location_as_it_stands(code: int) -> None:
    result, send = play("#rc=0", status(code, location="/other?a=b#rc=5"), TWIML)
    assert result.ok
    assert send.urls == [f"POST {URL}", "GET https://api.example.com/other?a=b"]
    second = send.asked[1][0].request
    assert (second.target, second.body) == ("/other?a=b", b"")


def test_a_307_repeats_the_post() -> None:
    _, send = play("", status(307, location="http://127.0.0.1:8080/x"), TWIML)
    first, second = (one.request for one, _, _ in send.asked)
    assert send.urls[1] == "POST http://127.0.0.1:8080/x"
    assert second.body == first.body
    assert second.headers["Host"] == "127.0.0.1:8080"
    assert second.headers["X-Twilio-Signature"] != first.headers["X-Twilio-Signature"]


@pytest.mark.parametrize(
    "outcome",
    [
        status(300, location="/a"),
        status(304),
        status(308, location="/a"),
        status(302),
        status(302, location="ftp://example.com/a"),
        status(302, location="http:///a"),
        status(302, location="http://[a"),
    ],
)
def test_any_other_redirect_is_11216(outcome: Outcome) -> None:
    assert play("", outcome)[0].error == 11216


def test_a_loop_of_redirects_ends() -> None:
    loop = [status(302, 0, "/again")] * (MAX_REDIRECTS + 1)
    result, send = play("", *loop)
    assert (len(send.asked), result.error) == (MAX_REDIRECTS + 1, 11215)


def test_a_redirect_spends_the_same_time_and_the_same_retries() -> None:
    refused = Outcome(What.REFUSED, 1)
    result, send = play("", refused, status(302, 2, "/other"), refused)
    assert [one.seconds for one, _, _ in send.asked] == [15, 14, 12]
    assert result.error == 11202


def test_a_body_over_64_kb_is_11750() -> None:
    assert play("", Outcome(What.ANSWERED, 0, 200, body=b"x" * MAX_BODY))[0].ok
    large = Outcome(What.ANSWERED, 0, 200, body=b"x" * (MAX_BODY + 1))
    assert play("", large)[0].error == 11750


def test_the_fallback_url_gets_the_error_and_a_time_of_its_own() -> None:
    send = Scripted([status(500, 14), status(200, 2)])
    backup = "https://backup.example.com/voice#rc=0"
    result = fetch(send, ACCOUNT, f"{URL}#rp=rt", {"CallSid": "CA1"}, fallback=backup)
    assert (result.ok, result.error, result.primary_error, result.elapsed) == (
        True,
        None,
        11217,
        16,
    )
    assert len({attempt.token for attempt in result.attempts}) == 2
    form = send.asked[1][0].request.body.decode()
    assert "CallSid=CA1" in form
    assert "ErrorCode=11217" in form
    assert "ErrorUrl=https%3A%2F%2Fapi.example.com%2Frefer%2Fhold" in form
    assert "%23" not in form


def test_the_fallback_url_is_left_alone_when_the_first_answers() -> None:
    send = Scripted([TWIML])
    assert fetch(send, ACCOUNT, URL, {}, fallback="https://backup.example.com/").ok
    assert len(send.asked) == 1


OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(What),
    st.floats(0, 20),
    st.sampled_from([200, 204, 301, 302, 307, 404, 429, 500]),
    st.sampled_from(["/a", ""]),
)


@given(
    rc=st.integers(0, 5),
    tt=st.integers(100, 15_000),
    outcomes=st.lists(OUTCOMES, min_size=20, max_size=20),
)
def test_no_webhook_outlives_its_total_its_retries_and_its_redirects(
    rc: int, tt: int, outcomes: list[Outcome]
) -> None:
    result, send = play(f"#rp=all&rc={rc}&tt={tt}", *outcomes)
    assert result.elapsed <= tt / 1000 + 1e-9
    assert len(send.asked) <= 1 + rc + MAX_REDIRECTS
    assert result.ok == (result.error is None)
    assert all(0 < min(ct, rt) <= max(ct, rt) <= one.seconds for one, ct, rt in send.asked)

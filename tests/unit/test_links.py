"""The links that we hand to Twilio: they read back as they were written, and nothing else does."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from call_transfer import links
from call_transfer.errors import MalformedRequest
from call_transfer.links import INITIAL_CALL, Link, Mode, Stage, Urls

SESSION = f"CA{'0f' * 16}"
NAMES = ("mode", "session", "hop", "refer_id", "attempt", "stage")
LINK = Link(
    mode=Mode.HOLD,
    session=SESSION,
    hop=1,
    refer_id="0123456789ab",
    attempt=2,
    stage=Stage.FALLBACK,
)
WRITTEN = f"hold/{SESSION}/1/0123456789ab/2/fallback"

all_links = st.builds(
    Link,
    mode=st.sampled_from(Mode),
    session=st.from_regex(links.CALL_SID, fullmatch=True),
    hop=st.integers(0, 99),
    refer_id=st.just(INITIAL_CALL) | st.from_regex(r"[0-9a-f]{12}", fullmatch=True),
    attempt=st.integers(0, 99),
    stage=st.sampled_from(Stage),
)


def segments(path: str) -> dict[str, str]:
    return dict(zip(NAMES, path.split("/"), strict=True))


def test_a_link_is_six_path_segments() -> None:
    assert str(LINK) == WRITTEN


@given(all_links)
def test_a_link_that_is_written_reads_back(link: Link) -> None:
    assert Link.parse(segments(str(link))) == link


@given(all_links)
def test_a_link_needs_no_escape(link: Link) -> None:
    # RFC 3986 §2.3 unreserved: no proxy and no validator rewrites these, so signatures hold.
    assert re.fullmatch(r"[A-Za-z0-9\-._~/]+", str(link))


@given(
    st.sampled_from(NAMES),
    st.text(max_size=3)
    | st.text("0123456789abcdefCA-hold ", max_size=40)
    | st.from_regex(r"[0-9]{1,3}", fullmatch=True),
)
def test_what_is_read_is_what_we_would_write(name: str, text: str) -> None:
    assume("/" not in text)
    asked = segments(WRITTEN) | {name: text}
    try:
        link = Link.parse(asked)
    except MalformedRequest:
        return
    assert str(link) == "/".join(asked[name] for name in NAMES)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mode", "park"),
        ("mode", "HOLD"),
        ("mode", ""),
        ("session", "CA123"),
        ("session", "AC" + "0" * 32),
        ("session", "CA" + "0" * 31 + "g"),
        ("session", f"{SESSION}\n"),
        ("session", f"{SESSION}0"),
        ("hop", "-1"),
        ("hop", "+1"),
        ("hop", " 1"),
        ("hop", "100"),
        ("hop", "1.0"),
        ("hop", "\u0661"),
        ("hop", ""),
        pytest.param("hop", "01", id="hop-second spelling"),
        ("refer_id", "00"),
        ("refer_id", "0123456789AB"),
        ("refer_id", "0123456789abc"),
        ("refer_id", "../../../etc"),
        ("attempt", "two"),
        ("attempt", "999"),
        pytest.param("attempt", "00", id="attempt-second spelling"),
        ("stage", "last_resort"),
        ("stage", "Transfer"),
    ],
)
def test_anything_else_is_no_link_of_ours(name: str, text: str) -> None:
    with pytest.raises(MalformedRequest, match="path is not one of our links"):
        Link.parse(segments(WRITTEN) | {name: text})


@pytest.mark.parametrize("name", NAMES)
def test_a_link_has_all_its_segments(name: str) -> None:
    given_ = segments(WRITTEN)
    del given_[name]
    with pytest.raises(MalformedRequest, match=name):
        Link.parse(given_)


def test_segments_of_the_route_that_are_not_the_links_are_left_alone() -> None:
    assert Link.parse(segments(WRITTEN) | {"noun": "0", "nouns": "2"}) == LINK


def test_a_log_line_names_all_parts_of_a_link() -> None:
    assert tuple(LINK.described()) == NAMES
    assert LINK.described() | {"hop": 1, "attempt": 2, "stage": "fallback"} == LINK.described()


def test_the_next_hop_starts_a_new_transfer() -> None:
    following = LINK.next_hop("ba9876543210")
    assert str(following) == f"hold/{SESSION}/2/ba9876543210/0/transfer"


def test_the_next_attempt_stays_in_its_hop() -> None:
    assert str(LINK.next_attempt(Stage.RECALL)) == f"hold/{SESSION}/1/0123456789ab/3/recall"


@pytest.mark.parametrize("mode", Mode)
def test_a_refer_on_somebody_elses_dial_is_hop_1_of_a_new_session(mode: Mode) -> None:
    link = links.first_transfer({"mode": mode.value}, session=SESSION, refer_id="0123456789ab")
    assert str(link) == f"{mode}/{SESSION}/1/0123456789ab/0/transfer"
    assert Link.parse(segments(str(link))) == link


@pytest.mark.parametrize("given_", [{}, {"mode": ""}, {"mode": "park"}, {"mode": "Hold"}])
def test_a_refer_on_somebody_elses_dial_names_its_mode(given_: dict[str, str]) -> None:
    with pytest.raises(MalformedRequest, match="hold or release"):
        links.first_transfer(given_, session=SESSION, refer_id="0123456789ab")


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.text(), st.text())
def test_every_retry_of_a_webhook_is_the_same_refer(token: str, first: str, second: str) -> None:
    assert links.refer_id(idempotency_token=token, signature=first) == links.refer_id(
        idempotency_token=token, signature=second
    )


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_a_refer_id_fits_into_a_link(token: str, signature: str) -> None:
    refer_id = links.refer_id(idempotency_token=token, signature=signature)
    assert Link.parse(segments(WRITTEN) | {"refer_id": refer_id}).refer_id == refer_id


def test_another_token_is_another_refer() -> None:
    ids = {links.refer_id(idempotency_token=token, signature="s") for token in "abc"}
    assert len(ids) == 3


def test_without_a_token_the_signature_tells_refers_apart() -> None:
    first = links.refer_id(idempotency_token="", signature="HMAC1=")
    assert first == links.refer_id(idempotency_token="", signature="HMAC1=")
    assert first != links.refer_id(idempotency_token="", signature="HMAC2=")


def test_urls_are_the_base_the_route_and_the_link() -> None:
    urls = Urls("https://calls.example.com/v1")
    assert urls.refer(LINK) == f"https://calls.example.com/v1/refer/{WRITTEN}"
    assert urls.dial_result(LINK) == f"https://calls.example.com/v1/dial-result/{WRITTEN}"
    assert urls.leg_status(LINK, 1, 3) == f"https://calls.example.com/v1/leg-status/{WRITTEN}/1/3"


def test_connection_overrides_are_the_fragment() -> None:
    urls = Urls("https://calls.example.com", "rc=1&rp=ct,5xx")
    assert urls.refer(LINK).endswith("/fallback#rc=1&rp=ct,5xx")
    assert urls.dial_result(LINK).endswith("/fallback#rc=1&rp=ct,5xx")
    assert urls.leg_status(LINK, 0, 1).endswith("/0/1#rc=1&rp=ct,5xx")


# --- what follows a dial ----------------------------------------------------------------------


def test_the_urls_of_the_other_routes_are_written_alike() -> None:
    urls = Urls("https://calls.example.com", "rc=1")
    assert urls.verb_result("gather", LINK).endswith(f"/verb-result/gather/{WRITTEN}#rc=1")
    assert urls.recording_status(LINK).endswith(f"/recording-status/{WRITTEN}#rc=1")
    assert urls.whisper(LINK, 1, 3).endswith(f"/whisper/{WRITTEN}/1/3#rc=1")
    assert urls.accept(LINK, 1, 3, "7").endswith(f"/accept/{WRITTEN}/1/3/7#rc=1")


@pytest.mark.parametrize("key", [*"0123456789*#", "any"])
def test_a_key_that_is_written_reads_back_and_needs_no_escape(key: str) -> None:
    written = Urls("https://h").accept(LINK, 0, 1, key).rpartition("/")[2]
    assert re.fullmatch(r"[a-z0-9]+", written)
    assert links.key_of_path({"key": written}) == key


@pytest.mark.parametrize("written", ["", "10", "Any", "*", "#", "%23", "a", "\u0661", "star\n"])
def test_anything_else_names_no_key(written: str) -> None:
    with pytest.raises(MalformedRequest, match="names no key"):
        links.key_of_path({"key": written})


def test_a_path_without_a_key_names_none() -> None:
    with pytest.raises(MalformedRequest, match="names no key"):
        links.key_of_path({})


@pytest.mark.parametrize(("noun", "nouns"), [("0", "1"), ("9", "10"), ("0", "10"), ("3", "4")])
def test_a_noun_is_one_of_so_many(noun: str, nouns: str) -> None:
    path = {"noun": noun, "nouns": nouns}
    assert links.noun_of_path(path, most=10) == (int(noun), int(nouns))


@pytest.mark.parametrize(
    ("noun", "nouns"),
    [
        ("1", "1"),
        ("10", "10"),
        ("0", "11"),
        ("0", "0"),
        ("-1", "1"),
        ("00", "1"),
        ("0", "01"),
        ("", "1"),
        ("0", ""),
        ("a", "b"),
        ("\u0660", "1"),
        ("0\n", "1"),
    ],
)
def test_anything_else_names_no_noun(noun: str, nouns: str) -> None:
    with pytest.raises(MalformedRequest, match="names no noun"):
        links.noun_of_path({"noun": noun, "nouns": nouns}, most=10)


def test_a_path_without_a_noun_names_none() -> None:
    with pytest.raises(MalformedRequest, match="names no noun"):
        links.noun_of_path({}, most=10)


def test_a_recording_has_a_sid_of_its_own_kind() -> None:
    assert links.RECORDING_SID.fullmatch("RE" + "0f" * 16)
    assert not links.RECORDING_SID.fullmatch(SESSION)

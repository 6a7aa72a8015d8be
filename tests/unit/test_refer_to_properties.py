"""What holds for any Refer-To: one kind of error, no lost meaning, one host, no time to waste."""

import re
import string
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from call_transfer.errors import InvalidTarget
from call_transfer.refer_to import ReferTo
from call_transfer.sip_uri import SipUri

steady = settings(deadline=None)  # the clock is asked below, on purpose and best of several

LETTERS = string.ascii_letters
ALPHANUM = LETTERS + string.digits
# Every character the grammar gives a meaning to, so that near misses are common.
SHARP = "siptel:@;?&=<>\"\\%,+-.[] \t01aF#*/'~é\u0661\ud800\x00\r\n"

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,5}[a-z0-9])?", fullmatch=True)
names = st.builds(
    lambda front, top, dot: ".".join([*front, top]) + dot,
    st.lists(labels, max_size=3),
    st.from_regex(r"[A-Za-z]([a-z0-9-]{0,5}[a-z0-9])?", fullmatch=True),
    st.sampled_from(["", "."]),
)
hosts = st.one_of(
    names,
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address}]"),
)
# Text that is legal once decoded: no control characters, no halves of a surrogate pair.
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)
opaque = st.binary(max_size=8).map(
    lambda data: bytes(b for b in data if b > 0x1F and b != 0x7F).decode("utf-8", "surrogateescape")
)
tokens = st.text(ALPHANUM + "-.!%*_+`'~", min_size=1, max_size=6)


def unique_names(pairs: list[tuple[str, str | None]]) -> bool:
    return len({name.lower() for name, _ in pairs}) == len(pairs)


params = st.lists(st.tuples(texts, st.none() | texts), max_size=3).filter(unique_names).map(tuple)
headers = st.lists(
    st.tuples(tokens, st.lists(opaque, min_size=1, max_size=2).map(tuple)),
    max_size=2,
    unique_by=lambda header: header[0].lower(),
).map(tuple)
ports = st.none() | st.integers(1, 65535)


@st.composite
def sip_uris(draw: st.DrawFn) -> SipUri:
    user = draw(st.none() | texts)
    return SipUri(
        scheme=draw(st.sampled_from(["sip", "sips"])),
        user=user,
        password=None if user is None else draw(st.none() | texts | st.just("")),
        host=draw(hosts),
        port=draw(ports),
        uri_parameters=draw(params),
        uri_headers=draw(headers),
    )


tel_uris = st.builds(
    partial(SipUri, scheme="tel"),
    user=st.from_regex(r"\+[0-9][0-9.()-]{0,12}|[0-9A-F*#]{1,6}", fullmatch=True),
    uri_parameters=params,
    uri_headers=headers,
)


@given(st.text())
@steady
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidTarget):
        ReferTo.parse(text)


@given(
    st.text(SHARP, max_size=80), st.sampled_from(["", "sip:", "<sip:a@h", "tel:+1", '"a" <sip:'])
)
@settings(deadline=None, max_examples=500)
def test_a_near_miss_is_refused_or_reads_back(text: str, start: str) -> None:
    try:
        refer_to = ReferTo.parse(start + text)
    except InvalidTarget:
        return
    assume(len(str(refer_to)) <= 256)
    assert ReferTo.parse(str(refer_to)) == refer_to


@given(sip_uris() | tel_uris)
@steady
def test_a_uri_that_is_written_reads_back(uri: SipUri) -> None:
    assume(len(str(uri)) <= 1024)
    assert SipUri.parse(str(uri)) == uri


@given(
    sip_uris() | tel_uris,
    st.none() | texts,
    st.lists(
        st.tuples(tokens, st.none() | st.text(string.printable[:95], max_size=6)), max_size=3
    ).filter(unique_names),
)
@steady
def test_a_name_addr_that_is_written_reads_back(
    uri: SipUri, name: str | None, header_params: list[tuple[str, str | None]]
) -> None:
    # A name or a value that holds `%0D` as text is refused, to be on the safe side.
    assume(not re.search("%(?:[01]|7[Ff])", f"{name}{header_params}"))
    refer_to = ReferTo(uri=uri, display_name=name, generic_params=tuple(header_params))
    assume(len(str(refer_to)) <= 256)
    assert ReferTo.parse(str(refer_to)) == refer_to


@given(sip_uris())
@steady
def test_even_who_splits_at_the_first_question_mark_sees_the_host_of_policy(uri: SipUri) -> None:
    written = str(uri).partition("?")[0]
    hostport = written.rpartition("@")[2] if "@" in written else written.partition(":")[2]
    assert hostport.partition(";")[0] == f"{uri.host}{'' if uri.port is None else f':{uri.port}'}"


@given(texts, texts, hosts)
@steady
def test_no_user_moves_the_host(user: str, value: str, host: str) -> None:
    uri = SipUri(scheme="sip", user=user, host=host, uri_parameters=(("maddr", value),))
    assert SipUri.parse(str(uri)).host_key == SipUri(scheme="sip", host=host).host_key


@given(
    shape=st.sampled_from(
        [
            "sip:a{}@h.example",
            "sip:a:{}@h.example",
            "sip:a@h{}.example",
            "<sip:a@h.example;x={}>",
            "<sip:a@h.example;{}>",
            "<sip:a@h.example?X={}>",
            "sip:a@h.example?{}=1",
            '"{}" <sip:a@h.example>',
            "a{}b <sip:a@h.example>",
            "<sip:a@h.example>;x={};y",
            '<sip:a@h.example>;x="{}"',
            "sip:a@h.example;x={};y",
            "tel:+1{}415",
            "+1{}415",
        ]
    ),
    code=st.sampled_from([*range(0x20), 0x7F]),
    lower=st.booleans(),
    raw=st.booleans(),
)
@steady
def test_a_control_character_is_refused_everywhere(
    *, shape: str, code: int, lower: bool, raw: bool
) -> None:
    escaped = f"%{code:02x}" if lower else f"%{code:02X}"
    with pytest.raises(InvalidTarget) as caught:
        ReferTo.parse(shape.format(chr(code) if raw else escaped))
    assert caught.value.code == "control_character"


REPEATED = {
    "blanks": " ",
    "quotes": '"',
    "backslashes": "\\",
    "open brackets": "<",
    "close brackets": ">",
    "ats": "@",
    "semicolons": ";",
    "commas": ",",
    "escapes": "%25",
    "open escapes": "%",
    "dots": ".",
    "labels": "a.",
    "hyphens": "-",
    "digits": "1",
    "separators": "(",
    "colons": ":",
    "parameters": ";a",
    "spaced parameters": " ; a = b",
    "quoted pairs": '\\"',
    "headers": "&a=b",
    "tokens": "a ",
    "bytes": "%FF",
    "non-ascii": "é",
    "surrogates": "\ud800",
    "nulls": "\x00",
}
STARTS = {
    "nothing": "",
    "quoted name": '"',
    "name-addr": '"a" <sip:a@h',
    "after address": "<sip:a@h>",
    "sip": "sip:",
    "host": "sip:a@",
    "port": "sip:a@h:",
    "ipv6": "sip:a@[",
    "parameter": "sip:a@h;a=",
    "header": "sip:a@h?a=",
    "bare parameter": 'sip:a@h;a="',
    "tel": "tel:+1",
}


def best_of(runs: int, action: Callable[[], object]) -> float:
    """Best of several: a machine may be busy, but it is never faster than the code."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        with suppress(InvalidTarget):
            action()
        times.append(time.perf_counter() - start)
    return min(times)


@pytest.mark.parametrize("unit", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_the_worst_256_characters_take_less_than_5_ms(start: str, unit: str) -> None:
    for end in ("", "x", ">", '">', "@"):
        text = (start + unit * 256)[: 256 - len(end)] + end
        assert best_of(5, partial(ReferTo.parse, text)) < 0.005


@pytest.mark.parametrize("unit", REPEATED.values(), ids=REPEATED)
@pytest.mark.parametrize("start", ["", "sip:", "sip:a@", "tel:+"])
def test_the_worst_1024_characters_of_a_uri_take_less_than_5_ms(start: str, unit: str) -> None:
    for end in ("", "x"):
        text = (start + unit * 1024)[: 1024 - len(end)] + end
        assert best_of(5, partial(SipUri.parse, text)) < 0.005


@pytest.mark.parametrize("unit", REPEATED.values(), ids=REPEATED)
def test_ten_million_characters_take_less_than_5_ms(unit: str) -> None:
    text = f"sip:{unit * (10_000_000 // len(unit))}"
    assert best_of(3, partial(ReferTo.parse, text)) < 0.005
    assert best_of(3, partial(SipUri.parse, text)) < 0.005

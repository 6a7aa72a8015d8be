"""The directory: which addresses may name a target, in which order, and which entry wins."""

import string

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from call_transfer import directory
from call_transfer.directory import DEFAULT, SHARED, address_of, candidates, is_address
from call_transfer.errors import InvalidTarget
from call_transfer.refer_to import ReferTo

TENANT = "AC" + "a" * 32
LADDER = [f"+{'1415555'[:digits]}*" for digits in range(7, 0, -1)]


def asked(text: str, *, initial: bool = False) -> tuple[str, ...]:
    return candidates(ReferTo.parse(text), initial=initial)


def escaped(text: str) -> str:
    """Spell a user part in escapes only: a transferor may write any text this way."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


# Users in plain and in escapes, the text of other kinds of address among them.
addresses = st.sampled_from(
    [DEFAULT, "transferor", "+1415*", "+14155550123", "*@h.example", "sip:a@h.example", "*", "a"]
)
any_users = st.one_of(
    st.text(string.ascii_letters + string.digits + "-_.!~*'()&=+$,;", min_size=1, max_size=8),
    (addresses | st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8))
    .map(escaped)
    .filter(lambda user: len(user) < 100),
)
hosts = st.sampled_from(
    ["h.example", "PBX.Example.COM.", "192.0.2.7", "[2001:DB8:0::1]", "h.example:5070", "h:5060"]
)


@st.composite
def sip_targets(draw: st.DrawFn) -> ReferTo:
    scheme = draw(st.sampled_from(["sip", "sips", "SIP"]))
    user = draw(any_users.map("{}@".format) | st.just(""))
    return ReferTo.parse(f"<{scheme}:{user}{draw(hosts)}>")


tel_targets = st.from_regex(r"tel:(\+[0-9][0-9.()-]{0,16}|[0-9A-Fa-f*#]{1,8})", fullmatch=True).map(
    ReferTo.parse
)
targets = sip_targets() | tel_targets


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            "sip:AgentB@PBX.example.com",
            ["sip:agentb@pbx.example.com", "agentb", "*@pbx.example.com"],
            id="user at host, case aside",
        ),
        pytest.param(
            "sip:+14155550123@gw.example",
            ["sip:+14155550123@gw.example", "+14155550123", *LADDER, "*@gw.example"],
            id="number at host",
        ),
        pytest.param("tel:+14155550123", ["+14155550123", *LADDER], id="number"),
        pytest.param("+14155550123", ["+14155550123", *LADDER], id="number without scheme"),
        pytest.param(
            "tel:+1(415)555-01.23", ["+14155550123", *LADDER], id="visual separators in tel"
        ),
        pytest.param(
            "sip:+1-415-555-0123;ext=9@gw.example",
            ["sip:+1-415-555-0123@gw.example", "+14155550123", *LADDER, "*@gw.example"],
            id="visual separators and an extension in sip",
        ),
        pytest.param(
            "sip:%2B14155550123@gw.example",
            ["sip:+14155550123@gw.example", "+14155550123", *LADDER, "*@gw.example"],
            id="number in escapes",
        ),
        pytest.param("tel:+1415555", ["+1415555", *LADDER], id="seven digits have a ladder"),
        pytest.param("tel:+141555", ["+141555"], id="six digits have none"),
        pytest.param("tel:+112", ["+112"], id="an emergency number has none"),
        pytest.param(
            "sip:+112@gw.example",
            ["sip:+112@gw.example", "+112", "*@gw.example"],
            id="an emergency number at a host has none",
        ),
        pytest.param("tel:2001", ["2001"], id="local number"),
        pytest.param("tel:*704", ["*704"], id="feature code"),
        pytest.param(
            "tel:2001;phone-context=+1415555", ["2001"], id="phone-context is not a prefix"
        ),
        pytest.param(
            "tel:2001;phone-context=pbx.example.com", ["2001"], id="phone-context is not a host"
        ),
        pytest.param("tel:+0123456789", [], id="no country code starts with 0"),
        pytest.param("tel:+1234567890123456", [], id="16 digits are no E.164 number"),
        pytest.param(
            "sip:pbx.example.com", ["sip:pbx.example.com", "*@pbx.example.com"], id="host"
        ),
        pytest.param(
            "sip:14155550123@gw.example",
            ["sip:14155550123@gw.example", "14155550123", "*@gw.example"],
            id="digits without + are a user",
        ),
        pytest.param(
            "sip:a@[2001:DB8:0::1]",
            ["sip:a@[2001:db8::1]", "a", "*@[2001:db8::1]"],
            id="IPv6 in one spelling",
        ),
        pytest.param(
            "sip:a:secret@h.example;maddr=evil.example?X-A=1",
            ["sip:a@h.example", "a", "*@h.example"],
            id="password, parameters and headers name nobody",
        ),
    ],
)
def test_candidates_are_the_most_specific_first(text: str, found: list[str]) -> None:
    assert list(asked(text)) == found


@pytest.mark.parametrize(
    "text",
    ["sip:a@h.example", "sips:a@h.example", "sip:a@h.example:5060", "sips:A@H.example.:5061"],
)
def test_sips_and_default_ports_share_a_key(text: str) -> None:
    assert asked(text) == ("sip:a@h.example", "a", "*@h.example")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("sip:a@h.example:5070", "h.example:5070"),
        ("sip:a@h.example:5061", "h.example:5061"),
        ("sips:a@h.example:5060", "h.example:5060"),
    ],
)
def test_another_port_is_another_host(text: str, host: str) -> None:
    assert asked(text) == (f"sip:a@{host}", "a", f"*@{host}")


@pytest.mark.parametrize(
    "user",
    [
        "default",
        "DEFAULT",
        "transferor",
        "+1415*",
        "%2B1415*",
        "*%40h.example",
        escaped("*@h.example"),
        escaped("sip:ceo@h.example"),
        escaped("sips:ceo@h.example"),
        escaped("tel:+14155550123"),
        escaped("default"),
        "agent%20b",
        "agent%C2%A0b",
        "%EF%BC%8B14155550123%40h.example",
    ],
)
def test_a_user_cannot_spell_another_kind_of_address(user: str) -> None:
    [whole, *others] = asked(f"sip:{user}@evil.example")
    assert whole.startswith("sip:")
    assert whole.endswith("@evil.example")
    assert others == ["*@evil.example"]


def test_an_escaped_at_does_not_move_the_host() -> None:
    assert "sip:ceo@h.example" not in asked("sip:ceo%40h.example@evil.example")
    assert "*@h.example" not in asked("sip:ceo%40h.example@evil.example")


def test_an_escape_is_decoded_once() -> None:
    assert asked("sip:%2561@h.example")[1] == "%61"


def test_the_initial_call_has_default_as_its_last_candidate() -> None:
    assert asked("sip:a@h.example", initial=True)[-2:] == ("*@h.example", DEFAULT)


def test_an_initial_address_that_cannot_be_read_has_default_only() -> None:
    assert candidates(None, initial=True) == (DEFAULT,)
    assert candidates(None) == ()


@given(targets)
def test_a_transfer_target_never_falls_to_default(target: ReferTo) -> None:
    assert DEFAULT not in candidates(target)
    assert "transferor" not in candidates(target, initial=True)


@given(targets)
def test_there_are_at_most_12_candidates_and_none_twice(target: ReferTo) -> None:
    found = candidates(target, initial=True)
    assert len(found) <= 12
    assert len(set(found)) == len(found)


@given(targets)
@example(ReferTo.parse("sip:%2370@h.example"))
@example(ReferTo.parse("sip:a%40b@h.example"))
def test_every_candidate_is_an_address_that_an_entry_can_have(target: ReferTo) -> None:
    assume(target.uri.scheme != "sips" or target.uri.port != 5060)
    assume(len(str(target.uri)) <= 256)
    assert [one for one in candidates(target, initial=True) if not is_address(one)] == []


def test_a_party_whose_user_has_parameters_has_no_address_of_its_own() -> None:
    assert address_of("sip:2001;x=1@h.example") is None
    assert not is_address("sip:2001;x=1@h.example")


def test_no_entry_can_name_sips_at_the_port_of_sip() -> None:
    assert not is_address("*@h.example:5060")


@given(sip_targets())
@example(ReferTo.parse("sip:%2370@h.example"))
def test_the_address_of_a_party_is_its_most_specific_candidate(party: ReferTo) -> None:
    assume(";" not in (party.uri.user or ""))
    assert address_of(str(party)) == candidates(party)[0]


@given(sip_targets())
@example(ReferTo.parse("sip:a%40b@h.example"))
@example(ReferTo.parse("sip:a%2561@h.example"))
def test_the_address_of_a_party_leads_back_to_that_party(party: ReferTo) -> None:
    assume(party.uri.scheme.lower() != "sips" or party.uri.port != 5060)
    assume(";" not in (party.uri.user or ""))
    address = address_of(str(party))
    assert address is not None
    assert ReferTo.parse(address).uri.user_key == party.uri.user_key
    assert ReferTo.parse(address).uri.host_key == party.uri.host_key


@pytest.mark.parametrize(
    ("party", "address"),
    [
        ("+14155550123", "+14155550123"),
        ("sip:Alice@PBX.example.com:5060", "sip:alice@pbx.example.com"),
        ("sip:+14155550123@gw.example", "sip:+14155550123@gw.example"),
        ("sip:pbx.example.com", "sip:pbx.example.com"),
        ("client:alice", None),
        ("anonymous", None),
        ("", None),
        ("tel:2001", None),
        ("sip:a:secret@h.example", None),
        ("<sip:a@h.example;maddr=evil.example>", None),
        ("sip:a@h.example?X-A=1", None),
        ("*@h.example", None),
        ("default", None),
        ("transferor", None),
    ],
)
def test_the_address_of_a_from(party: str, address: str | None) -> None:
    assert address_of(party) == address


@pytest.mark.parametrize(
    "text",
    [
        "sip:agentb@pbx.example.com",
        "sip:pbx.example.com",
        "sip:a@h.example:5061",
        "sip:+14155550123@gw.example",
        "sip:a@[2001:db8::1]:5070",
        pytest.param("sip:%2370@pbx.example.com", id="feature code with a hash, escaped"),
        "agentb",
        "2001",
        "*704",
        "*72#",
        "*",
        "2001;ext=1",
        "+14155550123",
        "+112",
        "+1*",
        "+1415555*",
        "*@pbx.example.com",
        "*@192.0.2.7:5070",
        "default",
    ],
)
def test_an_address_is_one_of_six_kinds(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "agent b",
        "2001\n",
        "AgentB",
        "transferor",
        "Default",
        "sip:AgentB@pbx.example.com",
        "sip:a@PBX.example.com",
        "sip:a@h.example.",
        "sip:a@h.example:5060",
        "sips:a@h.example",
        "SIP:a@h.example",
        "sip:a@h.example;transport=tls",
        "<sip:a@h.example>",
        "sip:a@h.example?X-A=1",
        "sip:a:secret@h.example",
        "sip:%61@h.example",
        "sip:a@b@h.example",
        "sip:",
        "sip:*",
        "tel:+14155550123",
        "+",
        "+0123456789",
        "+1 415 555 0123",
        "+1-415-555-0123",
        "+14155550123456789",
        "+\u0661\u0664\u0661\u0665",
        "+*",
        "+0*",
        "+14155550*",
        "+1415**",
        "*@",
        "*@PBX.example.com",
        "*@h.example:5060",
        "*@h.example;transport=tls",
        "*@*.example.com",
        "*@-h.example",
        pytest.param("*@agentb@pbx.example.com", id="a host entry with a user names nobody"),
        "agentb@pbx.example.com",
        "client:alice",
    ],
)
def test_no_other_text_is_an_address(text: str) -> None:
    assert not is_address(text)


@given(st.text(max_size=20) | st.text("sip:*@+1a.-h ", max_size=12))
def test_an_address_that_names_a_sip_party_is_found_by_asking_for_it(text: str) -> None:
    if is_address(text) and text.startswith(("sip:", "*@")):
        try:
            target = ReferTo.parse(text.replace("*@", "sip:somebody@", 1))
        except InvalidTarget:
            target = ReferTo.parse(text)
        assert text in candidates(target)


def test_the_tenant_is_asked_before_all_tenants_address_by_address() -> None:
    assert directory.keys(TENANT, ["2001", "*@h.example"]) == (
        (TENANT, "2001"),
        (SHARED, "2001"),
        (TENANT, "*@h.example"),
        (SHARED, "*@h.example"),
    )


@pytest.mark.parametrize(
    ("stored", "wins"),
    [
        pytest.param([], None, id="nothing"),
        pytest.param([("ACother", "2001")], None, id="somebody else's"),
        pytest.param([(SHARED, "2001"), (TENANT, "2001")], (TENANT, "2001"), id="own first"),
        pytest.param(
            [(TENANT, "*@h.example"), (SHARED, "2001")],
            (SHARED, "2001"),
            id="a more specific shared one before a less specific own one",
        ),
        pytest.param(
            [(TENANT, "*@h.example"), (TENANT, "3001")], (TENANT, "*@h.example"), id="the one left"
        ),
    ],
)
def test_the_most_specific_address_governs_then_the_tenants_own(
    stored: list[directory.Key], wins: directory.Key | None
) -> None:
    items = {key: {"tenant": key[0], "address": key[1]} for key in stored}
    found = directory.match(TENANT, ["2001", "*@h.example"], items)
    assert found == (items[wins] if wins else None)


def test_the_longest_prefix_governs() -> None:
    items = {(TENANT, address): {"address": address} for address in ["+1*", "+1415*", "+14*"]}
    found = directory.match(TENANT, asked("tel:+14155550123"), items)
    assert found == {"address": "+1415*"}

"""SIP URIs that Twilio does not take, or not as they are meant.

Source: Twilio, "TwiML Voice: Sip", and the pages of the error codes.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from call_transfer.context import can_add
from call_transfer.directory import SHARED
from call_transfer.entry import Entry
from call_transfer.noun import NounKind
from call_transfer.noun_fields import MAX_URI
from call_transfer.sip_uri import SipUri
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject, as_asked, nouns

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
# user@domain.sip.twilio.com is the endpoint; domain.sip.ashburn.twilio.com names an edge beside it.
_REGISTERED = re.compile(r"[^.:]+\.sip(?:\.(?P<edge>[a-z0-9-]+))?\.twilio\.com(?::[0-9]+)?")
_TRUNK = re.compile(r".+\.pstn(?:\.[a-z0-9-]+)?\.twilio\.com(?::[0-9]+)?")
_LEGACY_EDGES = ("us1", "us1-ix")
_TRANSPORTS = ("udp", "tcp", "tls")
_PARAMETERS = ("transport", "secure", "region", "edge", "user")
_PRIVATE = tuple(
    ip_network(net)
    for net in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)
_LOCAL_NAMES = ("localhost", "local", "lan", "internal", "arpa", "home", "corp")

_SIP_REGISTERED = Rule(
    "sip-registered",
    "A SIP domain of Twilio is dialled without a user, or by the name of one edge.",
    (_ERROR, _WARNING),
)
_SHARED_HOST = Rule(
    "sip-shared-host",
    "Everybody at a host of Twilio's is dialled as asked: a trunk (error), or a domain that only"
    " one account can reach.",
    (_ERROR, _WARNING),
)
_LONG = Rule("sip-uri-long", "A SIP URI to be dialled as asked is too long for Twilio.", (_ERROR,))
_PARAMETER = Rule(
    "sip-parameter",
    "A SIP URI has a parameter that Twilio does not take, or not with this value.",
    (_WARNING, _NOTE),
)
_HEADER = Rule(
    "sip-header-name", "A SIP URI has a header that Twilio does not send on.", (_WARNING,)
)
_HOST = Rule("sip-host-private", "A SIP URI has a host that the Internet does not know.", (_ERROR,))
RULES = (_SIP_REGISTERED, _SHARED_HOST, _LONG, _PARAMETER, _HEADER, _HOST)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in the SIP URIs that entries name, or dial as asked."""
    for entry in subject:
        written = subject.items[entry.tenant, entry.address].get("dial", ())
        for number, noun in enumerate(nouns(entry)):
            if noun.kind is NounKind.SIP:
                field = f"dial.{number}.sip"
                uri = SipUri.parse(noun.address)
                yield from _dialled(entry, field, uri.user, uri.host_key or "")
                yield from _parameters(entry, field, uri)
                yield from _secured(entry, field, written[number]["sip"])
        if as_asked(entry) and not entry.address.startswith("+"):
            yield from _as_asked(entry)


def _as_asked(entry: Entry) -> Iterator[Finding]:
    if entry.address.startswith("*@"):
        host = entry.address[2:]
        yield from _dialled(entry, "address", "*", host)
        yield from _shared(entry, host)
        return
    if len(entry.address) > MAX_URI:
        text = f"has {len(entry.address)} characters; a SIP URI has at most {MAX_URI}"
        yield _LONG.on(entry, "address", text, "name the party as a noun", code=13243)
    uri = SipUri.parse(entry.address)
    yield from _dialled(entry, "address", uri.user, uri.host_key or "")


def _dialled(entry: Entry, field: str, user: str | None, host: str) -> Iterator[Finding]:
    found = _REGISTERED.fullmatch(host)
    if found and not user:
        text = f"dials the SIP domain {host} and nobody there"
        advice = f"name who is registered: sip:user@{host}"
        yield _SIP_REGISTERED.on(entry, field, text, advice, code=32223)
    if found and found["edge"]:
        legacy = found["edge"] in _LEGACY_EDGES
        does = "takes that for old customers only" if legacy else "does not take that"
        text = f"dials a registered phone by the edge {found['edge']}; Twilio {does}"
        advice = "leave the edge out: user@domain.sip.twilio.com rings it wherever it registered"
        severity = _WARNING if legacy else None
        yield _SIP_REGISTERED.on(entry, field, text, advice, code=32220, severity=severity)
    if _is_private(host):
        text = f"dials {host}, which Twilio cannot reach from the Internet"
        advice = "name a public host, such as that of your SBC"
        yield _HOST.on(entry, field, text, advice, code=32011)


def _shared(entry: Entry, host: str) -> Iterator[Finding]:
    if _TRUNK.fullmatch(host):
        text = (
            f"opens the trunk {host}: a number without + in front is no address of the directory,"
            " so no entry denies it, and the trunk dials it"
        )
        yield _SHARED_HOST.on(entry, "address", text, "open prefixes of numbers instead")
    elif _REGISTERED.fullmatch(host) and entry.tenant == SHARED:
        text = f"opens {host} to all tenants; Twilio dials a SIP domain for its own account only"
        advice = "give the entry the tenant that owns the domain"
        yield _SHARED_HOST.on(entry, "address", text, advice, code=32214, severity=_WARNING)


def _parameters(entry: Entry, field: str, uri: SipUri) -> Iterator[Finding]:
    transport = (uri.param("transport") or "").lower()
    if uri.param("transport") is not None and transport not in _TRANSPORTS:
        text = f"has transport={transport}, which Twilio passes over"
        advice = f"write one of {', '.join(_TRANSPORTS)}"
        yield _PARAMETER.on(entry, field, text, advice, code=32114)
    for name in uri.params:
        if name.lower() not in _PARAMETERS:
            text = f"has the parameter {name}, of which Twilio's page says nothing"
            yield _PARAMETER.on(entry, field, text, "leave it out", severity=_NOTE)
    for name in uri.headers:
        if not can_add(name):
            text = f"has the header {name}, which Twilio does not send on"
            advice = "name it X-…; User-to-User and the identity headers go as they are"
            yield _HEADER.on(entry, field, text, advice, code=13252)


def _secured(entry: Entry, field: str, written: str) -> Iterator[Finding]:
    """Look at what is written: an encryption that is not meant is left out of the noun."""
    value = SipUri.parse(written).param("secure")
    if value is not None and value.lower() not in ("true", "false"):
        text = f"has secure={value}, which is not true: the call is not encrypted"
        yield _PARAMETER.on(entry, field, text, "write secure=true", code=32114)


def _is_private(host: str) -> bool:
    name = host if host.endswith("]") else host.partition(":")[0]
    if host.startswith("["):
        name = host[1 : host.index("]")]
    try:
        address = ip_address(name)
    except ValueError:
        return "." not in name or name.rpartition(".")[2] in _LOCAL_NAMES
    return any(address in net for net in _PRIVATE)

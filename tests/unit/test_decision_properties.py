"""The two promises that cost money when they break, for any Refer-To against any directory.

Nothing is dialled, queued, played or redirected to that no entry allows; and an answer holds no
host, number, queue, URL or header name but those that this entry, or what it lets through, names.
Each call is played to its end: closed entries, keys of menus, parties in turn, the chain.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from hypothesis import event, given, settings
from hypothesis import strategies as st

from call_transfer import hop, progress
from call_transfer.application import Application
from call_transfer.asking import Hop
from call_transfer.directory import SHARED, Item, Key
from call_transfer.entry import Entry
from call_transfer.errors import InvalidTarget, MalformedEntry
from call_transfer.facts import Result
from call_transfer.links import Link, Mode, Stage, Urls
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan
from call_transfer.record import HopRecord, key_of
from call_transfer.refer_to import ReferTo
from call_transfer.settings import Settings
from call_transfer.verb import Announcement, Deny, Dial, Enqueue, Menu, Redirect, Voicemail
from call_transfer.webhook import Response
from plans import dial_plan
from tables import Tables, application

TENANT, OTHER = "AC" + "a" * 32, "AC" + "b" * 32
SESSION = "CA" + "1" * 32
BASE = "https://calls.example.com"
OURS = "+14155550100"
TRANSFEROR = Noun(NounKind.SIP, "sip:agent@transferor.example")
MOMENTS = {
    "Monday": datetime(2026, 11, 23, 10, tzinfo=UTC),
    "Sunday": datetime(2026, 11, 22, 10, tzinfo=UTC),
}

type Directory = dict[Key, Item]

# --- directories with every kind of entry

ADDRESSES = [
    "sip:a@h.example",
    "sip:+14155550123@h.example",
    "sip:911@h.example",
    "a",
    "2001",
    "2002",
    "default",
    "+14155550123",
    "+112",
    "+1415*",
    "+1*",
    "*@h.example",
    "*@h.example:5070",
]
# Where an entry is led to, and asked for again: by its chain, its hours and its keys.
STEPS = ["2001", "2002", "a", "+14155550123", "sip:911@h.example", "*@h.example", "transferor"]


def actions(n: str) -> list[dict[str, Any]]:
    """Return every kind of action; what it names is named in no other entry."""
    sip = {"sip": f"sip:desk@{n}.listed.example;transport=tls?X-Key={n}"}
    number = {"number": f"+1800{n}", "send_digits": "1"}
    client = {"client": f"alice.{n}", "parameters": {f"P-{n}": "1"}}
    url = f"https://{n}.listed.example/x"
    return [
        {"dial": "as_asked"},
        {"dial": "as_asked", "send_ext": True, "caller_id": "called"},
        {"dial": [sip], "headers": {f"X-Own-{n}": "1"}, "pass_headers": ["X-A"]},
        {"dial": [sip, number, client], "pass_headers": [], "caller_id": f"+1900{n}"},
        {
            "dial": [sip | {"ring_timeout": 9}, number, client],
            "sequential": True,
            "pass_headers": ["X-*"],
            "whisper": {"say": "{caller} {X-A}", "key": "any"},
            "record": "record-from-answer",
            "ring_tone": "de",
        },
        {"dial": [{"sim": f"DE{n:0>32}"}]},
        {"enqueue": {"queue": f"queue {n}", "wait_url": url}},
        {"enqueue": {"workflow": f"WW{n:0>32}", "task": {"at": n}}},
        {"menu": {"say": f"Say {n}.", "keys": {"1": "2001", "2": "2002", "3": "a"}}},
        {"menu": {"play": url, "invalid": f"No {n}.", "keys": {"1": "transferor", "2": "2001"}}},
        {"voicemail": {"say": f"Say {n}."}},
        {"say": f"Say {n}."},
        {"play": url},
        {"redirect": url},
        {"deny": "no"},
        {"deny": {"reason": "no", "say": f"Say {n}."}},
    ]


WEEKDAYS = {"zone": "UTC", "weekly": {"mon": ["09:00-17:00"]}}
PASSED = [None, None, [], ["X-A"], ["User-to-User", "x-b"], ["X-*"]] * 3
MORE: list[dict[str, Any]] = [
    *([{}] * 30),
    {"enabled": False},
    {"zeta": 1},
    {"language": "de-DE", "mode": "release"},
    {"hours": WEEKDAYS},
    *({"hours": WEEKDAYS | {"closed": step}} for step in STEPS[:-1]),
]


@st.composite
def directories(draw: st.DrawFn, owners: tuple[str, ...] = (TENANT, SHARED, OTHER)) -> Directory:
    """Draw entries for most of the addresses, of some of them one for each owner."""
    chains = st.none() | st.lists(st.sampled_from(STEPS), max_size=3)
    found: Directory = {}
    for number, address in enumerate(ADDRESSES):
        for tenant in draw(
            st.sampled_from([owners[:1], owners[:1], owners[1:2], owners[:2], owners[1:], ()])
        ):
            kinds = actions(f"{number + 10}{owners.index(tenant)}5550")
            if address.startswith(("sip:", "*@", "+")):
                kinds += [kinds[0] | {"pass_headers": names} for names in PASSED]
            found[tenant, address] = {
                "tenant": tenant,
                "address": address,
                "fallback": draw(chains),
                **draw(st.sampled_from(kinds)),
                **draw(st.sampled_from(MORE)),
            }
    return found


# --- hostile Refer-To

hostile_users = st.sampled_from(
    [
        *("a", "a", "A", "%61", "2001", "2001", "2002", "default", "transferor", "a:pw", "911"),
        *("a;maddr=h.example", "a?X-A=1", "+14155550123", "+1-415-555-0123;ext=1", "9%2011"),
        *("%2B14155550123", "+112", "+1415*", "%2B1415%2A", "*%40h.example", "h.example"),
        *("sip%3Aa%40h.example", "a%40h.example", "agent", "%3C%2FSip%3E", "a%26b%22"),
    ]
) | st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=4).map(
    lambda text: "".join(f"%{byte:02X}" for byte in text.encode())
)
hostile_hosts = st.sampled_from(
    [
        *("h.example", "h.example", "H.Example.", "h.example:5060", "h.example:5070", "[::1]"),
        *("evil.example", "h.example.evil.example", "evilh.example", "transferor.example"),
    ]
)
parameters = st.sampled_from(
    [
        *("", "", ";maddr=evil.example", ";transport=tls;x=evil.example", ";secure=true"),
        *(";method=BYE", ";user=phone;region=ie1", ";ext=9"),
    ]
)
headers = st.lists(
    st.sampled_from(
        [
            *("X-A=1", "x-a=evil.example", "X-B=%40evil.example%3Fx", "X-Key=evil", "X-%4bey=evil"),
            *(
                "User-to-User=00%3Bencoding%3Dhex",
                "Replaces=1",
                "Subject=evil",
                "X-Own-1005550=evil",
            ),
            *("Route=%3Csip:evil.example;lr%3E", "X-Twilio-Token=1", "X-%54wilio-Token=1"),
            *("Remote-Party-ID=%3Csip:boss%40evil.example%3E", "X-A=%3C/Sip%3E%26X-C%3D1", "X-A=@"),
        ]
    ),
    max_size=4,
).map("&".join)


def sip_uris(
    users: st.SearchStrategy[str], hosts: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    schemes = st.sampled_from(["sip", "sip", "sips"])
    tails = st.builds(lambda told: f"?{told}" if told else "", headers)
    return st.builds("{}:{}@{}{}{}".format, schemes, users, hosts, parameters, tails)


likely = sip_uris(
    st.sampled_from(["a", "a", "A", "%61", "2001", "b", "+14155550123", "911"]),
    st.sampled_from(["h.example", "h.example", "H.Example.", "h.example:5070", "evil.example"]),
)
wrapped = st.sampled_from(["{}", "<{}>", '"sip:a@h.example" <{}>', "<{}>;transport=tls"])
numbers = st.sampled_from(
    [
        *("tel:+14155550123", "tel:+1(415)555-0199;ext=7", "tel:2001", "tel:+112", "+112"),
        *("tel:+14155550123?X-A=1", "tel:911", "client:alice", ""),
    ]
)
texts = st.one_of(
    st.builds(str.format, wrapped, likely),
    st.builds(str.format, wrapped, likely),
    st.builds(str.format, wrapped, likely),
    st.builds(str.format, wrapped, sip_uris(hostile_users, hostile_hosts)),
    numbers,
    st.text("sip:tela@h.example+14155550123;?&=<>%40\"'", max_size=40),
)


@dataclass(frozen=True)
class Played:
    """A call to be played: who asks for whom, and what becomes of each verb."""

    text: str
    hop: int
    mode: Mode
    caller: str
    called: str
    now: float
    ends: tuple[tuple[str, str], ...]
    settings: dict[str, Any] = field(default_factory=dict)
    transferor: tuple[Noun, ...] = (TRANSFEROR,)

    @property
    def asked(self) -> ReferTo | None:
        with suppress(InvalidTarget):
            return ReferTo.parse(self.text)
        return None


calls = st.builds(
    Played,
    text=texts,
    hop=st.sampled_from([0, 1, 1, 1, 1, 2, 3, 4]),
    mode=st.sampled_from(Mode),
    caller=st.sampled_from(["+14155550177", "sip:alice@pbx.example.com"]),
    called=st.sampled_from(["+18005550100", "sip:desk@pbx.example.com"]),
    now=st.sampled_from([moment.timestamp() for moment in MOMENTS.values()]),
    ends=st.lists(
        st.tuples(st.sampled_from(["busy", "no-answer", "failed"]), st.sampled_from("123")),
        max_size=6,
    ).map(tuple[Any, ...]),
    settings=st.fixed_dictionaries(
        {
            "hold_refusal": st.sampled_from(["error", "message"]),
            "hold_action": st.booleans(),
            "hold_wait": st.sampled_from([0, 30]),
            "default_caller_id": st.sampled_from(["", OURS]),
            "fallback": st.sampled_from([("transferor",), ("2002", "transferor"), ()]),
        }
    ),
    transferor=st.sampled_from([(TRANSFEROR,), ()]),
)


def played(call: Played, tables: Tables) -> Iterator[tuple[Response, HopRecord, int, Application]]:
    """Play a call; yield each answer with the record of its hop and the attempt that it is."""
    app = application(tables, now=call.now, **call.settings)
    number, urls, line = call.hop, Urls(BASE), dict[str, Any]()
    link = Link(call.mode, SESSION, number, "0123456789ab" if number else "0", 0, Stage.INITIAL)
    link = replace(link, stage=Stage.TRANSFER) if number else link
    before = replace(link, hop=number - 1, refer_id="0", stage=Stage.INITIAL)
    if number:
        nouns = call.transferor
        plan = dial_plan(nouns=nouns, stage=Stage.INITIAL, rule="*/agent") if nouns else None
        earlier = HopRecord(
            *(TENANT, SESSION, number - 1, "0", call.mode, call.caller, call.called),
            tried={0: plan} if plan else {},
        )
        tables.add(earlier)
    asked = Hop(
        *(link, TENANT, call.caller, call.called, SESSION, (call.text,)),
        arrived_on=key_of(TENANT, before) if number else None,
    )
    response = hop.take(asked, app=app, urls=urls, line=line)
    record = tables.known(key_of(TENANT, link))
    yield response, record, 0, app
    for attempt, (status, pressed) in enumerate(call.ends):
        record = tables.known(key_of(TENANT, link))
        if attempt not in record.tried or not record.tried[attempt].has_action:
            return
        stage = record.tried[attempt].stage
        ended = replace(link, mode=record.mode, attempt=attempt, stage=stage)
        response = progress.ended(
            Result(attempt, stage, status),
            tenant=TENANT,
            link=ended,
            app=app,
            urls=urls,
            line=line,
            pressed=pressed,
        )
        yield response, tables.known(key_of(TENANT, link)), attempt + 1, app


# --- what may be said, found anew


def rank(address: str, asked: ReferTo, *, initial: bool) -> int | None:
    """Say anew how specifically an address names a target, 0 the most; None: not at all."""
    uri, number = asked.uri, asked.uri.e164 or ""
    if address == "default":
        return 20 if initial else None
    if address.startswith("sip:"):
        return 0 if address == f"sip:{uri.user_key}@{uri.host_key}" else None
    if address.startswith("*@"):
        return 19 if address == f"*@{uri.host_key}" else None
    if address.endswith("*"):
        named = number.startswith(address[:-1]) and len(number) > 7
        return 18 - len(address) if named else None
    if address.startswith("+"):
        return 2 if address == number else None
    return 1 if address == uri.user_key else None


def governing(call: Played, items: Mapping[Key, Item]) -> Item | None:
    """Say anew which entry governs."""
    asked, initial = call.asked, call.hop == 0
    ranked = []
    for tenant, address in items:
        if asked:
            named = rank(address, asked, initial=initial)
        else:
            named = 20 if initial and address == "default" else None
        if named is not None and tenant in (TENANT, SHARED):
            ranked.append((named, tenant != TENANT, tenant, address))
    return items[min(ranked)[2:]] if ranked else None


def at(address: str, items: Mapping[Key, Item]) -> Item | None:
    return items.get((TENANT, address)) or items.get((SHARED, address))


def rule_of(item: Item | None) -> str:
    return f"{item['tenant']}/{item['address']}" if item else ""


def read(item: Item) -> Entry | None:
    with suppress(MalformedEntry):
        return Entry.parse(item)
    return None


def allows(item: Item, now: float) -> Entry | None:
    """Return an entry that allows something at this moment."""
    entry = read(item)
    if entry is None or not entry.enabled or isinstance(entry.action, Deny):
        return None
    return None if entry.hours and not entry.hours.open_at(now) else entry


def reached(first: Item | None, items: Mapping[Key, Item], settings_: Settings) -> set[str]:
    """Return the rules of an entry and of all that it can lead to, and `transferor`."""
    seen: set[str] = set()
    waiting: list[Item | None] = [first, *(at(step, items) for step in settings_.fallback)]
    seen |= {"transferor"} & set(settings_.fallback)
    while waiting:
        item = waiting.pop()
        if item is None or rule_of(item) in seen:
            continue
        seen.add(rule_of(item))
        entry = read(item)
        for _, step in entry.references if entry else ():
            if step == "transferor":
                seen.add(step)
            else:
                waiting.append(at(step, items))
    return seen


SPOKEN = ("Say", "Hangup")


@settings(max_examples=200, deadline=None)
@given(calls, directories())
def test_nothing_is_done_but_by_an_entry_that_allows_it_and_that_names_the_target_or_the_chain(
    call: Played, items: Directory
) -> None:
    first = governing(call, items)
    for response, record, attempt, app in played(call, Tables(items)):
        tags = [verb.tag for verb in twiml(response)]
        plan = record.tried.get(attempt)
        if plan is None:
            assert set(tags) <= set(SPOKEN)
            continue
        event(f"{tags[-1]} by {plan.stage}, attempt {attempt}")
        assert plan.rule in reached(first, items, app.settings)
        if attempt == 0 and not record.refused:
            assert rule_of(first) == (plan.via[0] if plan.via else plan.rule)
        if plan.rule == "transferor":
            assert plan.nouns == call.transferor
        else:
            tenant, _, address = plan.rule.partition("/")
            assert tenant in (TENANT, SHARED)
            assert allows(items[tenant, address], call.now)


@settings(max_examples=200, deadline=None)
@given(
    calls,
    directories().map(
        lambda items: {
            key: item
            for key, item in items.items()
            if allows(item, MOMENTS["Sunday"].timestamp()) is None
        }
    ),
)
def test_a_directory_that_allows_nothing_does_nothing(call: Played, items: Directory) -> None:
    sunday = replace(call, now=MOMENTS["Sunday"].timestamp(), transferor=())
    for response, record, _, _ in played(sunday, Tables(items)):
        assert {verb.tag for verb in twiml(response)} <= set(SPOKEN)
        assert record.tried == {}


# --- what an answer holds


def twiml(response: Response) -> ET.Element:
    """Read an answer; a body of text is shown in Twilio's debugger, and does nothing."""
    if response.content_type == "text/plain":
        assert response.status >= 400
        return ET.Element("Response")
    assert response.status == 200
    return ET.fromstring(response.body)  # noqa: S314 - our own answer


def dialled_host(address: str) -> str:
    """Read the host of a SIP URI anew, as a simple reader would: it must be the same one."""
    front = address.partition("?")[0].removeprefix("sip:")
    assert front.count("@") <= 1
    host = front.rpartition("@")[2].partition(";")[0].lower()
    return re.sub(r"(?<=[^:])\.?(:5060)?$", "", host)


def named_headers(address: str) -> set[str]:
    part = address.partition("?")[2]
    return {unquote(pair.partition("=")[0]).lower() for pair in part.split("&") if pair}


@dataclass
class Named:
    """What an entry names, and what the allow rules let through of a Refer-To."""

    hosts: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    clients: set[str] = field(default_factory=set)
    sims: set[str] = field(default_factory=set)
    headers: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)

    def add_nouns(self, nouns: Iterable[Noun]) -> None:
        for noun in nouns:
            match noun.kind:
                case NounKind.SIP:
                    self.hosts.add(dialled_host(noun.address))
                    self.headers |= named_headers(noun.address)
                case NounKind.NUMBER:
                    self.numbers.add(noun.address)
                case NounKind.CLIENT:
                    self.clients.add(noun.address)
                    self.headers |= {name.lower() for name, _ in noun.parameters}
                case NounKind.SIM:
                    self.sims.add(noun.address)


def named_by(plan: Plan, call: Played, items: Mapping[Key, Item]) -> Named:
    named = Named()
    if plan.rule == "transferor":
        named.add_nouns(call.transferor)
        return named
    tenant, _, address = plan.rule.partition("/")
    entry = Entry.parse(items[tenant, address])
    named.headers |= {name for name in sent(call) if passes(name, entry.pass_headers)}
    named.headers |= {name.lower() for name, _ in entry.headers}
    named.others.add(entry.caller_id)
    match entry.action:
        case Dial(nouns=()):
            number = (call.asked.uri.e164 if call.asked else None) or ""
            if address.startswith("+"):
                named.numbers |= {one for one in (number, address) if covers(address, one)}
            else:
                named.hosts.add(dialled_host(address.removeprefix("*@")))
        case Dial(nouns=nouns):
            named.add_nouns(nouns)
        case Enqueue() as queue:
            named.texts.add(queue.queue)
            named.others |= {queue.workflow, json.dumps(dict(queue.task))}
            named.urls.add(queue.wait_url)
        case Menu() as menu:
            named.texts |= {menu.prompt.say, menu.invalid}
            named.urls.add(menu.prompt.play)
        case Voicemail(prompt=prompt) | Announcement(prompt=prompt):
            named.texts.add(prompt.say)
            named.urls.add(prompt.play)
        case Redirect(url=url):
            named.urls.add(url)
    return named


def sent(call: Played) -> set[str]:
    """Say anew which headers of a Refer-To are context: X-*, but for Twilio's, and User-to-User."""
    names = {name.lower() for name, _ in call.asked.uri.uri_headers} if call.asked else set()
    plain_ = {name for name in names if re.fullmatch(r"x-[a-z0-9\-]+", name)}
    return (plain_ | (names & {"user-to-user"})) - {name for name in names if "twilio" in name}


def passes(name: str, allowed: Iterable[str]) -> bool:
    named = [one.lower() for one in allowed]
    return name in named or (name[:2] == "x-" and "x-*" in named)


def covers(address: str, number: str) -> bool:
    if address.endswith("*"):
        return number.startswith(address[:-1]) and not number.endswith("*")
    return number == address


OWN_URL = re.compile(rf"{BASE}/[A-Za-z0-9/\-]+")
URLS = {"action", "url", "referUrl", "statusCallback", "recordingStatusCallback", "waitUrl"}


def check(answer: ET.Element, named: Named, shown: set[str]) -> None:
    """Hold that each element and each attribute is one of ours, or named."""
    texts_ = {
        "Number": named.numbers,
        "Identity": named.clients,
        "Sim": named.sims,
        "Say": named.texts,
        "Enqueue": named.texts | {""},
        "Task": named.others,
        "Play": named.urls,
    }
    ours = {"Response", "Dial", "Client", "Gather", "Record", "Hangup", "Parameter"}
    for element in answer.iter():
        text = element.text or ""
        linked = [value for name, value in element.items() if name in URLS]
        for url in [*linked, *([text] if element.tag == "Redirect" else [])]:
            assert OWN_URL.fullmatch(url) or url in named.urls
        assert element.get("callerId", "") in shown
        assert element.get("workflowSid", "") in named.others | {""}
        if element.tag == "Parameter":
            assert element.attrib["name"].lower() in named.headers
        if element.tag == "Sip":
            check_uri(text, named)
        elif element.tag in texts_:
            assert text in texts_[element.tag]
        elif element.tag != "Redirect":
            assert element.tag in ours
            assert text == ""


def check_uri(uri: str, named: Named) -> None:
    assert dialled_host(uri) in named.hosts
    assert named_headers(uri) <= named.headers
    ways = uri.partition("?")[0].rpartition("@")[2].split(";")[1:]
    assert set(ways) <= {"transport=tls", "secure=true"}


@settings(max_examples=200, deadline=None)
@given(calls, directories())
def test_an_answer_holds_nothing_that_neither_its_entry_nor_what_it_lets_through_names(
    call: Played, items: Directory
) -> None:
    first = governing(call, items)
    for response, record, attempt, app in played(call, Tables(items)):
        plan = record.tried.get(attempt)
        named = named_by(plan, call, items) if plan else Named()
        shown = named.others - {"called"} | {"", app.settings.default_caller_id}
        if "called" in named.others:
            shown.add(call.called)
        named.texts |= {app.settings.refused_text, app.settings.unanswered_text}
        if record.refused and record.refused.say:
            entry = read(first) if first else None
            assert entry is not None
            assert entry.action == Deny(record.refused.message, record.refused.say)
            named.texts.add(record.refused.say)
        check(twiml(response), named, shown)


# --- tenants


@settings(max_examples=200, deadline=None)
@given(calls, directories((TENANT, SHARED)), directories((OTHER, "AC" + "c" * 32)))
def test_the_entries_of_other_tenants_are_neither_asked_for_nor_change_anything(
    call: Played, own: Directory, others: dict[Key, Item]
) -> None:
    alone, together = Tables(own), Tables(own | others)
    answers = [[one[0] for one in played(call, tables)] for tables in (alone, together)]
    assert answers[0] == answers[1]
    assert together.calls == alone.calls
    assert {tenant for tenant, _ in together.asked} <= {TENANT, SHARED}

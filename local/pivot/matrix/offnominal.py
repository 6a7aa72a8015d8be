"""What can go wrong beside the table of the seed, each in hold and in release mode.

The list follows asterisk/testsuite's off-nominal transfers and the RFCs; where neither Twilio nor
an RFC says what has to come of it, the rule is the project's own: the caller stays on the line.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from pivot.matrix.cell import NUMBER, TRANSFEROR, USER, Caller, Cell, Expected
from pivot.matrix.faults import Fault
from pivot.matrix.seed import (
    AGENT_B,
    DONE,
    TAKEN,
    UNAVAILABLE,
    UNSERVED,
    agents,
    foreign,
    user,
)
from pivot.model.parties import Answers, Declines, HangsUp, Party, Refers, Rings
from pivot.parameters import SipFacts

REFUSED = '"Sorry, that call cannot be connected."'
UNANSWERED = '"Sorry, nobody is available to take your call. Goodbye."'
_OURS = "design: a refused target costs nobody the call"
_CALL_ID = "consultation@pbx.example.com"
_DOMAIN_SID = "SD" + "0" * 32
_AGENT_A = "sip:agenta@pbx.example.com"
_HOLD, _RELEASE = "true", "unset"

type Make = Callable[[str], Cell]


def cells() -> Iterator[Cell]:
    """Return every cell, hold before release."""
    for make in _BOTH:
        yield make(_HOLD)
        yield make(_RELEASE)
    for make in _HOLD_ONLY:
        yield make(_HOLD)


def _refused(name: str, title: str, target: str, outcome: str) -> Make:
    def make(mode: str) -> Cell:
        held = Expected(TRANSFEROR, UNAVAILABLE, alerts=(11217,), outcomes=("answered", outcome))
        recalled = Expected(TRANSFEROR, DONE, heard=(REFUSED,), outcomes=("answered", "recalled"))
        return Cell(
            name,
            mode,
            title,
            _OURS,
            user(mode),
            agents(Refers(20.0, target)),
            held if mode == _HOLD else recalled,
            under={"refusal_in_hold=dropped": replace(recalled, told=DONE)}
            if mode == _HOLD
            else {},
        )

    return make


def _busy_recall(mode: str) -> Cell:
    held = Expected(TRANSFEROR, (*TAKEN, "NOTIFY 486 Busy Here"), outcomes=("answered", "recalled"))
    parties = agents(Refers(20.0, "<sip:agentd@pbx.example.com>"))
    busy = replace(parties[-1], reaction=Declines(486))
    return Cell(
        "busy-recall",
        mode,
        "the target is busy, and its entry has no fallback",
        _OURS,
        user(mode),
        (*parties[:-1], busy),
        held if mode == _HOLD else Expected(TRANSFEROR, DONE, outcomes=("answered", "recalled")),
    )


def _no_target(mode: str) -> Cell:
    return Cell(
        "no-target",
        mode,
        "REFER without Refer-To",
        "RFC 3515 section 2.4.2: 400",
        user(mode),
        agents(Refers(20.0, None)),
        Expected(TRANSFEROR, ("400 Bad Request",), outcomes=("answered",)),
    )


def _after_hang_up(mode: str) -> Cell:
    return Cell(
        "after-hang-up",
        mode,
        "REFER after the transferor has hung up",
        "RFC 3261 section 12.2.2: 481",
        user(mode),
        agents(HangsUp(10.0), Refers(12.0, AGENT_B)),
        Expected("", ("481 Call/Transaction Does Not Exist",), alive=False, outcomes=("answered",)),
    )


def _second_refer(mode: str) -> Cell:
    deeds = (Refers(20.0, AGENT_B), Refers(23.0, "<sip:agentc@pbx.example.com>"))
    pending = Expected("AgentB", ("491 Request Pending", "NOTIFY 200 OK", "BYE"))
    gone = Expected("AgentB", ("481 Call/Transaction Does Not Exist",))
    done = ("answered", "answered")
    replaced = Expected("AgentC", ("NOTIFY 487 Request Terminated", *DONE))
    return Cell(
        "second-refer",
        mode,
        "a second REFER while the first is pending",
        "RFC 3261 section 21.4.27: 491; the caller gets one of the targets",
        user(mode),
        agents(*deeds, b=Answers(8.0)),
        replace(pending if mode == _HOLD else gone, outcomes=done),
        under={"second_refer=replaces": replaced} if mode == _HOLD else {},
    )


def _transferor_leaves(mode: str) -> Cell:
    return Cell(
        "transferor-leaves",
        mode,
        "the transferor hangs up early, and the target answers",
        "RFC 5589 section 6.1: the transferor need not wait",
        user(mode),
        agents(Refers(20.0, AGENT_B), HangsUp(23.0), b=Answers(8.0)),
        Expected("AgentB", None, outcomes=("answered", "answered")),
        under={"transferor_leaves=ends": Expected("", alive=False)} if mode == _HOLD else {},
    )


def _transferor_leaves_busy(mode: str) -> Cell:
    return Cell(
        "transferor-leaves-busy",
        mode,
        "the transferor hangs up early, and the target is busy",
        "nobody is left that Twilio could give the caller back to",
        user(mode),
        agents(Refers(20.0, AGENT_B), HangsUp(21.0), b=Declines(486, 4.0)),
        Expected("", None, alive=False),
    )


def _transferee_leaves(mode: str) -> Cell:
    outcome = "canceled" if mode == _HOLD else "abandoned"
    return Cell(
        "transferee-leaves",
        mode,
        "the transferee hangs up while the target rings",
        "RFC 3261 section 9: the target's INVITE is cancelled",
        user(mode, HangsUp(27.0)),
        agents(Refers(20.0, AGENT_B), b=Answers(8.0)),
        Expected("", None, alive=False, outcomes=("answered", outcome)),
    )


def _attended(mode: str) -> Cell:
    replaces = f"{_CALL_ID.replace('@', '%40')}%3Bto-tag%3Da%3Bfrom-tag%3Db"
    sip = SipFacts("example.sip.twilio.com", _DOMAIN_SID, _CALL_ID, "198.51.100.7")
    consultation = Caller(
        Party("AgentA2", _AGENT_A, deeds=(HangsUp(30.0),)),
        "sip:agentb@example.sip.twilio.com",
        sip,
        at=8.0,
    )
    return Cell(
        "attended",
        mode,
        "attended REFER: AgentA has talked to AgentB first (Replaces)",
        "Twilio documents blind transfer: AgentB is called again, and Replaces goes nowhere",
        (*user(mode), consultation),
        agents(Refers(20.0, f"<sip:agentb@pbx.example.com?Replaces={replaces}>")),
        Expected("AgentB", outcomes=("answered", "answered"), headers=()),
    )


def _by_caller(target: str, name: str, title: str, expected: dict[str, Expected]) -> Make:
    """Let AgentA call UserA over a SIP domain and refer: the transferee's leg has a parent."""

    def make(mode: str) -> Cell:
        sip = SipFacts("example.sip.twilio.com", _DOMAIN_SID, "4711@198.51.100.7", "198.51.100.7")
        agent = Party(TRANSFEROR, _AGENT_A, deeds=(Refers(20.0, target),))
        called = "sip:+14155550199@example.sip.twilio.com"
        return Cell(
            name,
            mode,
            title,
            "page: transfers work on inbound and outbound SIP calls",
            (Caller(agent, called, sip),),
            (Party(USER, NUMBER), *agents()),
            expected[mode],
            settings={"DEFAULT_MODE": "hold" if mode == _HOLD else "release"},
            under={"refusal_in_hold=dropped": expected["dropped"]} if mode == _HOLD else {},
        )

    return make


def _chained(mode: str) -> Cell:
    targets = (AGENT_B, *(f"<sip:agent{one}@pbx.example.com>" for one in "cda"))
    parties = tuple(
        replace(agent, deeds=(Refers(20.0, to),))
        for agent, to in zip(agents(), targets, strict=True)
    )
    done = ("answered",) * 4
    return Cell(
        "chained",
        mode,
        "four transfers in a row, one more than HopLimit allows",
        "domain: the transfer Dial has a referUrl of its own (13802 otherwise); limit hops",
        user(mode),
        parties,
        Expected("AgentD", alerts=(13802,), outcomes=done),
        under={
            "chained_refer=refused": Expected("AgentB", alerts=(13802,), outcomes=done[:2]),
        },
    )


def _loop(mode: str) -> Cell:
    back = (AGENT_B, "<sip:agenta@pbx.example.com>")
    parties = tuple(
        replace(agent, deeds=(Refers(20.0, to),), every_time=True)
        for agent, to in zip(agents(), back, strict=False)
    )
    return Cell(
        "loop",
        mode,
        "two agents who refer to each other for ever",
        "domain: limit hops; the last transfer stays connected",
        user(mode),
        parties,
        Expected("AgentB", alerts=(13802,), outcomes=("answered",) * 4),
        under={"chained_refer=refused": Expected("AgentB", alerts=(13802,))},
    )


def _room(noun: str) -> Make:
    def make(mode: str) -> Cell:
        bridge = ' answerOnBridge="true"' if mode == _HOLD else ""
        dial = f'<Dial{bridge} referUrl="{{base}}/refer/hold"><{noun}>room</{noun}></Dial>'
        phone = Party(TRANSFEROR, _AGENT_A, deeds=(Refers(20.0, AGENT_B),))
        sip = SipFacts("example.sip.twilio.com", _DOMAIN_SID, "4711@198.51.100.7", "198.51.100.7")
        return Cell(
            noun.lower(),
            mode,
            f"REFER by a phone that is in a {noun}",
            'page: "REFER does not currently support <Conference> and <Queue> nouns"',
            (Caller(phone, "sip:room@example.sip.twilio.com", sip),),
            (Party(USER, NUMBER), *agents()),
            Expected("", UNSERVED, alerts=(13802,), outcomes=()),
            voice=f"<Response>{dial}</Response>",
        )

    return make


def _faulty(name: str, title: str, source: str, fault: Fault) -> Make:
    def make(mode: str) -> Cell:
        done = ("answered", "answered")
        parties = agents(Refers(20.0, AGENT_B))
        expected = Expected("AgentB", DONE, outcomes=done)
        return Cell(name, mode, title, source, user(mode), parties, expected, fault=fault)

    return make


def _long(mode: str) -> Cell:
    target = f"<sip:agentb@pbx.example.com?X-Ticket={'7' * 260}>"
    refused = _refused("long", "a Refer-To of more than 256 characters", target, "invalid_target")
    cell = refused(mode)
    not_taken = Expected(TRANSFEROR, ("400 Bad Request",), outcomes=("answered",))
    under = {**cell.under, "long_refer_to=refused": not_taken}
    # Cut, the header has no end any more: "<sip:agentb@…" without ">" cannot be read.
    return replace(cell, under=under, source="domain: refuse longer, never truncate")


def _number(mode: str) -> Cell:
    parties = (*agents(Refers(20.0, "<tel:+14155550123>")), Party("AgentE", "+14155550123"))
    expected = Expected("AgentE", DONE, outcomes=("answered", "answered"))
    source = "OpenAI, LiveKit: tel: in Refer-To"
    return Cell("number", mode, "REFER to tel:", source, user(mode), parties, expected)


def _context(mode: str) -> Cell:
    """Headers inside Refer-To reach the target as they were meant, and add nothing of their own."""
    headers = "User-to-User=123456789%3Bencoding%3Dhex&X-Note=a%26X-Evil%3D%22%3E%3C%2FSip%3E+b"
    extra = "&Replaces=1%3Bto-tag%3D2%3Bfrom-tag%3D3&X-Twilio-A=1&Route=%3Csip%3Aevil.example%3E"
    target = f"<sip:agentb@pbx.example.com;maddr=evil.example?{headers}{extra}>"
    sent = (("User-to-User", "123456789;encoding=hex"), ("X-Note", 'a&X-Evil="></Sip>+b'))
    return Cell(
        "context",
        mode,
        "User-to-User and X- headers inside Refer-To",
        "domain section 3: only X-*, User-to-User go on, escaped; never Route, Replaces, maddr",
        user(mode),
        agents(Refers(20.0, target)),
        Expected("AgentB", DONE, outcomes=("answered", "answered"), headers=sent),
    )


def _nobody(mode: str) -> Cell:
    parties = agents(Refers(20.0, AGENT_B), b=Rings(), c=Rings())
    told = (*TAKEN, "NOTIFY 480 Temporarily Unavailable")
    held = Expected(TRANSFEROR, told, outcomes=("answered", "recalled"))
    lost = Expected("", DONE, alive=False, heard=(UNANSWERED,), outcomes=("answered", "no_answer"))
    title = "neither the target nor its fallback answers"
    expected = held if mode == _HOLD else lost
    return Cell("nobody", mode, title, _OURS, user(mode), parties, expected)


def _table_down(mode: str) -> Cell:
    path = "hold" if mode == _HOLD else "release"
    held = Expected(TRANSFEROR, UNAVAILABLE, alerts=(11217,))
    served = Expected("AgentC", DONE, heard=(REFUSED,))
    return Cell(
        "table-down",
        mode,
        "the application cannot read its directory; LastResort is set",
        "design: hold 503, release a message and the fallback from settings",
        user(mode),
        agents(Refers(20.0, AGENT_B)),
        held if mode == _HOLD else served,
        voice=foreign(mode, f"{{base}}/refer/{path}"),
        settings={"TARGETS_TABLE": "Gone", "LAST_RESORT": "sip:agentc@pbx.example.com"},
        under={"refusal_in_hold=dropped": served} if mode == _HOLD else {},
    )


def _application_down(mode: str) -> Cell:
    return Cell(
        "application-down",
        mode,
        "the application cannot be reached when the call comes in; the number has a fallback URL",
        "domain section 4: a fallback URL belongs on the number",
        user(mode),
        agents(),
        Expected("AgentC", alerts=(11205,), outcomes=()),
        fault=Fault("unreachable", "inbound-call"),
        fallback="<Response><Dial><Sip>sip:agentc@pbx.example.com</Sip></Dial></Response>",
    )


def _busy_action(mode: str) -> Cell:
    """HoldAction=on: the chain of the application goes on, unless the action is not listened to."""
    told = (*TAKEN, "NOTIFY 486 Busy Here")
    return Cell(
        "busy-action",
        mode,
        "the target is busy, and the transfer Dial has an action (HoldAction=on)",
        "page <Dial>: the answer to the action continues the call",
        user(mode),
        agents(Refers(20.0, AGENT_B), b=Declines(486)),
        Expected("AgentC", DONE, outcomes=("answered", "fallback")),
        settings={"HOLD_ACTION": "on"},
        under={"action_in_hold=ignored": Expected(TRANSFEROR, told)},
    )


_RETURNED = Expected(TRANSFEROR, UNAVAILABLE, alerts=(11217,), outcomes=("answered", "denied"))
_BOTH: tuple[Make, ...] = (
    _refused("denied", "a target that the directory refuses", "<tel:+19005550123>", "denied"),
    _refused("unknown", "a target without an entry", "<sip:evil@evil.example>", "unknown_target"),
    _refused("unreadable", "a target that is none", "<sip:agentb@a><sip:b@b>", "invalid_target"),
    _busy_recall,
    _no_target,
    _after_hang_up,
    _second_refer,
    _transferor_leaves,
    _transferee_leaves,
    _attended,
    _by_caller(
        AGENT_B,
        "by-caller",
        "the party that called in refers",
        {
            _HOLD: Expected("AgentB", DONE, outcomes=("answered", "answered")),
            "dropped": Expected("AgentB", DONE, outcomes=("answered", "answered")),
            _RELEASE: Expected("AgentB", DONE, outcomes=("answered", "answered")),
        },
    ),
    _by_caller(
        "<tel:+19005550123>",
        "by-caller-denied",
        "the party that called in refers to a refused target",
        {
            _HOLD: _RETURNED,
            "dropped": Expected(TRANSFEROR, DONE, heard=(REFUSED,)),
            _RELEASE: Expected(
                TRANSFEROR, DONE, heard=(REFUSED,), outcomes=("answered", "fallback")
            ),
        },
    ),
    _chained,
    _loop,
    _room("Conference"),
    _room("Queue"),
    _faulty(
        "duplicate",
        "every webhook arrives twice",
        "domain section 4: the same answer twice, one record",
        Fault("lost", ""),
    ),
    _faulty(
        "reordered",
        "statusCallbacks overtake each other",
        "domain section 3: order of arrival not guaranteed",
        Fault(reorders=True),
    ),
    _faulty(
        "retried",
        "the refer webhook fails once and is retried",
        "connection overrides of our links: rc=1, rp=ct,5xx",
        Fault("once"),
    ),
    _long,
    _number,
    _context,
    _nobody,
    _table_down,
    _application_down,
)
_HOLD_ONLY: tuple[Make, ...] = (_transferor_leaves_busy, _busy_action)

"""Calls of another shape: with a consultation, referred by the other side, in chains, in rooms."""

from dataclasses import replace

from pivot.matrix.cell import HOLD, NUMBER, TRANSFEROR, USER, Caller, Cell, Expected, Make
from pivot.matrix.seed import AGENT_B, DONE, UNSERVED, agents, user
from pivot.model.parties import HangsUp, Party, Refers
from pivot.parameters import SipFacts

_CALL_ID = "consultation@pbx.example.com"
_DOMAIN_SID = "SD" + "0" * 32
_AGENT_A = "sip:agenta@pbx.example.com"


def attended(mode: str) -> Cell:
    """Let AgentA talk to AgentB first, in a call of its own, and refer with Replaces."""
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
        Expected("AgentB", DONE, outcomes=("answered", "answered"), headers=()),
    )


def by_caller(
    target: str, name: str, title: str, expected: dict[str, Expected], phone: str = _AGENT_A
) -> Make:
    """Let AgentA call UserA over a SIP domain and refer: the transferee's leg has a parent."""

    def make(mode: str) -> Cell:
        sip = SipFacts("example.sip.twilio.com", _DOMAIN_SID, "4711@198.51.100.7", "198.51.100.7")
        agent = Party(TRANSFEROR, phone, deeds=(Refers(20.0, target),))
        called = "sip:+14155550199@example.sip.twilio.com"
        return Cell(
            name,
            mode,
            title,
            "page: transfers work on inbound and outbound SIP calls",
            (Caller(agent, called, sip),),
            (Party(USER, NUMBER), *agents()),
            expected[mode],
            settings={"DEFAULT_MODE": "hold" if mode == HOLD else "release"},
            under={"refusal_in_hold=dropped": expected["dropped"]} if mode == HOLD else {},
        )

    return make


def chained(mode: str) -> Cell:
    """Let each agent refer to the next, once more than HopLimit allows."""
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
        Expected("AgentD", DONE, alerts=(13802,), outcomes=done),
        under={
            "chained_refer=refused": Expected("AgentB", alerts=(13802,), outcomes=done[:2]),
        },
    )


def loop(mode: str) -> Cell:
    """Let two agents refer to each other each time they are called."""
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
        Expected("AgentB", DONE, alerts=(13802,), outcomes=("answered",) * 4),
        under={"chained_refer=refused": Expected("AgentB", alerts=(13802,))},
    )


def room(noun: str) -> Make:
    """Let a phone refer that is in a <Conference> or <Queue>."""

    def make(mode: str) -> Cell:
        bridge = ' answerOnBridge="true"' if mode == HOLD else ""
        dial = f'<Dial{bridge} referUrl="{{base}}/refer/hold"><{noun}>room</{noun}></Dial>'
        phone = Party(USER, "sip:usera@198.51.100.7", deeds=(Refers(20.0, AGENT_B),))
        sip = SipFacts("example.sip.twilio.com", _DOMAIN_SID, "4711@198.51.100.7", "198.51.100.7")
        return Cell(
            noun.lower(),
            mode,
            f"REFER by a phone that is in a {noun}",
            'page: "REFER does not currently support <Conference> and <Queue> nouns"',
            (Caller(phone, "sip:room@example.sip.twilio.com", sip),),
            agents(),
            Expected("", UNSERVED, alerts=(13802,), outcomes=()),
            transferor=USER,
            voice=f"<Response>{dial}</Response>",
        )

    return make

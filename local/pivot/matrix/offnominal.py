"""What can go wrong beside the table of the seed, each in hold and in release mode.

The list follows asterisk/testsuite's off-nominal transfers and the RFCs; where neither Twilio nor
an RFC says what has to come of it, the rule is the project's own: the caller stays on the line.
"""

from collections.abc import Iterator
from dataclasses import replace

from pivot.matrix import entries
from pivot.matrix.cell import HOLD, RELEASE, TRANSFEROR, Cell, Expected, Make
from pivot.matrix.chains import attended, by_caller, chained, loop, room
from pivot.matrix.departures import (
    after_hang_up,
    second_refer,
    transferee_leaves,
    transferor_leaves,
    transferor_leaves_busy,
)
from pivot.matrix.faults import Fault
from pivot.matrix.seed import AGENT_B, DONE, UNAVAILABLE
from pivot.matrix.targets import (
    REFUSED,
    busy_action,
    busy_recall,
    context,
    long,
    long_bare,
    no_target,
    nobody,
    number,
    refused,
)
from pivot.matrix.traffic import application_down, faulty, table_down


def cells() -> Iterator[Cell]:
    """Return every cell, hold before release."""
    for make in _BOTH:
        yield make(HOLD)
        yield make(RELEASE)
    for make in _HOLD_ONLY:
        yield make(HOLD)


_RETURNED = Expected(TRANSFEROR, UNAVAILABLE, alerts=(11217,), outcomes=("answered", "denied"))
_LOST = Expected("", DONE, alive=False, heard=(REFUSED,), outcomes=("answered", "denied"))
_BOTH: tuple[Make, ...] = (
    refused("denied", "a target that the directory refuses", "<tel:+19005550123>", "denied"),
    refused("unknown", "a target without an entry", "<sip:evil@evil.example>", "unknown_target"),
    refused("unreadable", "a target that is none", "<sip:agentb@a><sip:b@b>", "invalid_target"),
    busy_recall,
    no_target,
    after_hang_up,
    second_refer,
    transferor_leaves,
    transferee_leaves,
    attended,
    by_caller(
        AGENT_B,
        "by-caller",
        "the party that called in refers",
        {
            HOLD: Expected("AgentB", DONE, outcomes=("answered", "answered")),
            "dropped": Expected("AgentB", DONE, outcomes=("answered", "answered")),
            RELEASE: Expected("AgentB", DONE, outcomes=("answered", "answered")),
        },
    ),
    by_caller(
        "<tel:+19005550123>",
        "by-caller-denied",
        "the party that called in refers to a refused target",
        {
            HOLD: _RETURNED,
            "dropped": Expected(TRANSFEROR, DONE, heard=(REFUSED,)),
            RELEASE: Expected(
                TRANSFEROR, DONE, heard=(REFUSED,), outcomes=("answered", "fallback")
            ),
        },
    ),
    by_caller(
        "<tel:+19005550123>",
        "by-caller-stranger",
        "the same, by a phone that has no entry: who calls in is nobody we may call back",
        {
            HOLD: _RETURNED,
            "dropped": replace(_LOST, told=(*UNAVAILABLE, "BYE")),
            RELEASE: _LOST,
        },
        phone="sip:stranger@pbx.example.com",
    ),
    chained,
    loop,
    room("Conference"),
    room("Queue"),
    faulty(
        "duplicate",
        "every webhook arrives twice",
        "domain section 4: the same answer twice, one record",
        Fault("lost", ""),
    ),
    faulty(
        "reordered",
        "statusCallbacks overtake each other",
        "domain section 3: order of arrival not guaranteed",
        Fault(reorders=True),
    ),
    faulty(
        "retried",
        "the refer webhook fails once and is retried",
        "connection overrides of our links: rc=1, rp=ct,5xx",
        Fault("once"),
    ),
    long,
    long_bare,
    number,
    context,
    nobody,
    table_down,
    application_down,
    entries.accepted,
    entries.not_accepted,
    entries.menu,
    entries.voicemail,
    entries.queue,
    entries.closed,
)
_HOLD_ONLY: tuple[Make, ...] = (transferor_leaves_busy, busy_action)

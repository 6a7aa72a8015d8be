"""The part of a sipp scenario that begins when a party's call is answered: its deeds, its answers.

The party waits in pauses.  What may arrive at any time is received by items with
`optional="global"`, which jump to an answer and from there to `next`, where the party goes on with
its next deed: deeds have times of their own, whatever came between.

What sipp 3.6 demands (`process_incoming` in its call.cpp): global items stand above everything that
may be interrupted, which is each step but what a `send` does itself; a response is only matched
with methods that are sent further up; what is received during a pause, without a jump, makes it
last for ever, and so does a pause of less than 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pivot.model.parties import Deed, Presses, Refers
from pivot.model.seen import REASONS
from pivot.sip.steps import (
    CONTACT,
    DTMF,
    TAG,
    clock,
    go,
    item,
    label,
    let,
    nop,
    recv,
    request,
    response,
    send,
    test,
)
from pivot.sip.transactions import FINAL

# Nobody stays on the phone longer, in milliseconds of a real clock.
BOUND = 120_000
_LINGERS = 300
_FIRST_CSEQ = 101


@dataclass(frozen=True, slots=True)
class _Step:
    """One request that a party sends `after` its answer, in milliseconds of a real clock."""

    after: float
    method: str
    headers: tuple[str, ...] = ()
    body: str = ""


def begins(deeds: Sequence[Deed], *, every_time: bool) -> tuple[str, ...]:
    """Return what is done when a call is answered; deeds of an earlier call are passed over."""
    count = sum(1 for deed in deeds for _ in _steps(deed, 1.0))
    done = () if every_time else (let("played", "assign", "1"),)
    return (
        *clock("answered"),
        let("over", "assign", "0"),
        let("step", "assign", "played"),
        let("step", "multiply", str(count)),
        let("step", "add", "1"),
        *done,
    )


def talks(deeds: Sequence[Deed], sdp: str, speed: float) -> Iterator[str]:
    """Return the items; `next` is the label of their beginning."""
    steps = [step for deed in deeds for step in _steps(deed, speed)]
    # Never sent: sipp is to know the methods further down.
    yield from (send(request(method, 1)) for method in ("REFER", "INFO", "BYE"))
    for method in ("INVITE", "NOTIFY", "BYE", "CANCEL"):
        yield recv(request=method, optional="global", next=method.lower())
    yield recv(request="ACK", optional="global", next="next")
    for status in REASONS:
        if status >= FINAL:
            yield recv(response=str(status), optional="global", next="next")
    # A group of optional items has to end with one that is not; nobody ever gets here.
    yield recv(request="NOBODY")
    yield from _answers(sdp)
    yield from _goes_on(steps)


def _steps(deed: Deed, speed: float) -> Iterator[_Step]:
    after = 1000 * deed.after / speed
    match deed:
        case Refers(_, target):
            # "\[" is no keyword
            written = () if target is None else (f"Refer-To: {target.replace('[', '\\[')}",)
            yield _Step(after, "REFER", written)
        case Presses(_, keys):
            for key in keys:
                yield _Step(after, "INFO", (DTMF,), f"Signal={key}\nDuration=160\n")
        case _:
            yield _Step(after, "BYE")


def _answers(sdp: str) -> Iterator[str]:
    tag = f";tag={TAG}"
    yield label("invite")
    yield send(response(200, "OK", CONTACT), sdp, next="next")
    yield label("notify")
    yield send(response(200, "OK"), next="next")
    yield label("cancel")
    yield send(response(200, "OK", tag=tag))
    terminated = response(487, "Request Terminated", tag=tag)
    cseq = "CSeq: [last_cseq_number] INVITE"
    yield send(cseq if line == "[last_CSeq:]" else line for line in terminated)
    yield recv(request="ACK", next="end")
    yield label("bye")
    yield send(response(200, "OK"), "", let("over", "assign", "1"), next="next")


def _goes_on(steps: Sequence[_Step]) -> Iterator[str]:
    yield label("next")
    yield nop(
        *clock("now"),
        let("elapsed", "assign", "now"),
        let("elapsed", "subtract", "answered"),
        let("elapsed", "multiply", "1000"),
        test("gone", "over", "equal", 1),
    )
    for number, step in enumerate(steps, 1):
        left = let("left", "assign", f"{step.after:.3f}"), let("left", "subtract", "elapsed")
        late = test("late", "left", "less_than", 0)
        yield nop(test("it", "step", "equal", number), *left, late)
        yield go(f"wait{number}", test="it")
    yield go("lingers", test="gone")
    yield item("pause", milliseconds=str(BOUND))
    yield go("end")
    # The response to its own BYE is still to come.
    yield label("lingers")
    yield item("pause", milliseconds=str(_LINGERS), next="end")
    for number, step in enumerate(steps, 1):
        yield from _goes(number, step)
    yield label("skip")
    yield nop(let("step", "add", "1"), next="next")


def _goes(number: int, step: _Step) -> Iterator[str]:
    """Wait for the time of a step and do it; a REFER is sent in a dialog that is over, too."""
    lines = request(step.method, _FIRST_CSEQ + number, *step.headers)
    over = (let("over", "assign", "1"),) if step.method == "BYE" else ()
    yield label(f"wait{number}")
    if step.method != "REFER":
        yield go("skip", test="gone")
    yield go(f"do{number}", test="late")
    yield item("pause", variable="left")
    yield label(f"do{number}")
    yield send(lines, step.body, let("step", "add", "1"), *over, next="next")

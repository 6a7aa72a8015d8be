"""Items of a sipp scenario as text: messages to send, what is received, jumps, sums.

Square brackets are keywords of sipp's: `[branch]`, `[$variable]`, `[last_Via:]`.
"""

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

# The party's own tag, the same all through a call.
TAG = "[pid]-[call_number]"
VIA = "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]"
CONTACT = "Contact: <sip:[local_ip]:[local_port];transport=[transport]>"
DTMF = "Content-Type: application/dtmf-relay"
_SDP = "Content-Type: application/sdp"


def item(name: str, *content: str, **attributes: str) -> str:
    """Return an element."""
    said = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{said}>{''.join(content)}</{name}>" if content else f"<{name}{said}/>"


def send(lines: Iterable[str], body: str = "", *actions: str, **attributes: str) -> str:
    """Return a message to send, and what is done at the same moment; sipp counts its length."""
    kind = (_SDP,) if body.startswith("v=0") else ()
    text = "\n".join((*lines, *kind, "Content-Length: [len]", "", body))
    done = (item("action", *actions),) if actions else ()
    return item("send", f"<![CDATA[\n{text}\n]]>", *done, **attributes)


def recv(*actions: str, **attributes: str) -> str:
    """Return a message to receive, and what is done about it."""
    return item("recv", *((item("action", *actions),) if actions else ()), **attributes)


def nop(*actions: str, **attributes: str) -> str:
    """Return a step without a message."""
    return item("nop", *((item("action", *actions),) if actions else ()), **attributes)


def go(where: str, **attributes: str) -> str:
    """Return a jump to a label, with `test` only if that variable is true."""
    return nop(next=where, **attributes)


def label(name: str) -> str:
    """Return a place to jump to."""
    return item("label", id=name)


def keep(header: str, variable: str, pattern: str = ".*") -> str:
    """Return an action that keeps a header, from behind its colon on."""
    return item("ereg", regexp=pattern, search_in="hdr", header=f"{header}:", assign_to=variable)


def let(variable: str, verb: str, operand: str) -> str:
    """Return a sum: `assign`, `add`, `subtract`, `multiply`, `divide` with a number or variable."""
    number = operand.replace(".", "", 1).isdigit()
    return item(
        verb, assign_to=variable, **({"value": operand} if number else {"variable": operand})
    )


def test(result: str, variable: str, compare: str, value: int) -> str:
    """Return a comparison, `equal` or `less_than`."""
    return item("test", assign_to=result, variable=variable, compare=compare, value=str(value))


def clock(variable: str) -> tuple[str, ...]:
    """Return actions that put the time into a variable, in seconds."""
    return (
        item("gettimeofday", assign_to="whole,micro"),
        let(variable, "assign", "micro"),
        let(variable, "divide", "1000000"),
        let(variable, "add", "whole"),
    )


def response(status: int, reason: str, *more: str, tag: str = "") -> tuple[str, ...]:
    """Return a response to what was received last."""
    return (
        f"SIP/2.0 {status} {reason}",
        "[last_Via:]",
        "[last_From:]",
        f"[last_To:]{tag}",
        "[last_Call-ID:]",
        "[last_CSeq:]",
        *more,
    )


def request(method: str, number: int, *more: str) -> tuple[str, ...]:
    """Return a request within a dialog whose ends are kept in `target`, `local` and `remote`."""
    return (
        f"{method} [$target] SIP/2.0",
        VIA,
        "Max-Forwards: 70",
        "From:[$local]",
        "To:[$remote]",
        "Call-ID: [call_id]",
        f"CSeq: {number} {method}",
        CONTACT,
        *more,
    )

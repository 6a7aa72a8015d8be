"""The TwiML that we answer with, built by Twilio's own library, which escapes everything.

Source: "TwiML Voice: Dial" and its nouns, https://www.twilio.com/docs/voice/twiml/dial.  Attribute
values are settled before they come here; this module knows elements and their order only.
"""

import re
from dataclasses import dataclass

from twilio.twiml.voice_response import Dial, VoiceResponse

from call_transfer.links import Link, Mode, Urls
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import DialPlan

LEG_EVENTS = "initiated ringing answered completed"
# XML 1.0 §2.2 Char; anything else makes the whole answer unreadable (Twilio 12100).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Wiring:
    """How a Dial is connected to us: its URLs, and which of them it carries.

    `referable` gives it a referUrl of its own, `has_action` reports its end to dial_result.
    """

    urls: Urls
    referable: bool
    has_action: bool


def dial(plan: DialPlan, link: Link, wiring: Wiring, *, first: str = "", language: str = "") -> str:
    """Return TwiML that dials, after the sentence `first` when there is one.

    In hold mode answerOnBridge is what keeps a transferor connected until its target answers.
    """
    response = VoiceResponse()
    _say(response, first, language)
    verb = response.dial(
        action=wiring.urls.dial_result(link) if wiring.has_action else None,
        answer_on_bridge=True if link.mode is Mode.HOLD else None,
        caller_id=plan.caller_id or None,
        refer_url=wiring.urls.refer(link) if wiring.referable else None,
        sequential=True if plan.sequential else None,
        time_limit=plan.time_limit,
        timeout=plan.ring_timeout,
    )
    for number, noun in enumerate(plan.nouns):
        _add(verb, noun, wiring.urls.leg_status(link, number, len(plan.nouns)))
    return str(response)


def hang_up(first: str = "", *, language: str = "") -> str:
    """Return TwiML that ends the call, after the sentence `first` when there is one."""
    response = VoiceResponse()
    _say(response, first, language)
    response.hangup()
    return str(response)


def _say(response: VoiceResponse, text: str, language: str) -> None:
    if text:
        response.say(_legal(text), language=language or None)


def _add(verb: Dial, noun: Noun, status_url: str) -> None:
    callback = {"status_callback": status_url, "status_callback_event": LEG_EVENTS}
    match noun.kind:
        case NounKind.SIP:
            verb.sip(noun.address, **callback)
        case NounKind.NUMBER:
            verb.number(noun.address, **callback)
        case NounKind.CLIENT:  # pragma: no branch - the match is exhaustive, mypy holds it
            client = verb.client(**callback)
            client.identity(noun.address)
            for name, value in noun.parameters:
                client.parameter(name=name, value=_legal(value))


def _legal(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)

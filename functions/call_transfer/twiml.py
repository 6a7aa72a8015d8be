"""The TwiML that we answer with, built by Twilio's own library, which escapes everything.

Source: https://www.twilio.com/docs/voice/twiml and the pages of its verbs.  Attribute values are
settled before they come here; this module knows elements and their order only.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from twilio.twiml.voice_response import Dial, Gather, VoiceResponse

from call_transfer.fields import NOT_XML
from call_transfer.links import Link, Mode, Urls
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan
from call_transfer.ringing import Ringing
from call_transfer.verb import Announcement, Enqueue, Menu, Prompt, Redirect, Voicemail

LEG_EVENTS = "initiated ringing answered completed"

type Credentials = Mapping[str, tuple[str, str]]
"""User and password by name."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """How an answer is connected to us: its URLs, and whether it carries a referUrl of its own."""

    urls: Urls
    referable: bool
    credentials: Credentials = field(default_factory=dict, repr=False)


def answer(
    plan: Plan,
    link: Link,
    wiring: Wiring,
    *,
    first: str = "",
    first_language: str = "",
    language: str = "",
) -> str:
    """Return the TwiML of a plan, after the sentence `first` when there is one.

    `language` is that of texts whose entry names none, and of `first` unless it has its own.
    """
    response = VoiceResponse()
    _say(response, first, first_language or language)
    spoken = plan.language or language
    match plan.verb:
        case Ringing() as ringing:
            _dial(response, plan, ringing, link, wiring)
        case Enqueue() as queue:
            _enqueue(response, queue, link, wiring)
        case Menu() as menu:
            _menu(response, menu, link, wiring, spoken)
        case Voicemail() as voicemail:
            _voicemail(response, voicemail, link, wiring, spoken)
        case Announcement() as announcement:
            _prompt(response, announcement.prompt, spoken)
            response.hangup()
        case Redirect() as elsewhere:  # pragma: no branch - the match is exhaustive, mypy holds it
            response.redirect(elsewhere.url)
    return str(response)


def hang_up(first: str = "", *, language: str = "") -> str:
    """Return TwiML that ends the call, after the sentence `first` when there is one."""
    response = VoiceResponse()
    _say(response, first, language)
    response.hangup()
    return str(response)


def ask_to_accept(text: str, action: str, *, timeout: int, language: str = "") -> str:
    """Return what a target hears before it takes a call: silence ends its leg."""
    response = VoiceResponse()
    gather = response.gather(action=action, finish_on_key="", num_digits=1, timeout=timeout)
    _say(gather, text, language)
    response.hangup()
    return str(response)


def connect() -> str:
    """Return the TwiML that lets a target that has accepted talk to the caller: nothing more."""
    return str(VoiceResponse())


def _dial(
    response: VoiceResponse, plan: Plan, ringing: Ringing, link: Link, wiring: Wiring
) -> None:
    """Add a Dial; in hold mode answerOnBridge keeps a transferor until its target answers."""
    urls = wiring.urls
    recording = urls.recording_status(link) if ringing.record else None
    verb = response.dial(
        action=urls.dial_result(link) if plan.has_action else None,
        answer_on_bridge=True if link.mode is Mode.HOLD else None,
        caller_id=ringing.caller_id or None,
        record=ringing.record or None,
        recording_status_callback=recording,
        refer_url=urls.refer(link) if wiring.referable else None,
        ring_tone=ringing.ring_tone or None,
        sequential=True if ringing.sequential else None,
        time_limit=ringing.time_limit,
        timeout=ringing.ring_timeout,
    )
    for number, noun in enumerate(ringing.nouns):
        of = (link, number, len(ringing.nouns))
        whisper = urls.whisper(*of) if ringing.whisper else None
        _add(verb, noun, urls.leg_status(*of), whisper, wiring.credentials)


def _add(
    verb: Dial, noun: Noun, status_url: str, whisper: str | None, credentials: Credentials
) -> None:
    callback = {"status_callback": status_url, "status_callback_event": LEG_EVENTS, "url": whisper}
    match noun.kind:
        case NounKind.SIP:
            user, password = credentials.get(noun.credentials, (None, None))
            verb.sip(
                noun.address,
                username=_legal(user) if user else None,
                password=_legal(password) if password else None,
                **callback,
            )
        case NounKind.NUMBER:
            verb.number(noun.address, send_digits=noun.send_digits or None, **callback)
        case NounKind.SIM:
            verb.sim(noun.address)
        case NounKind.CLIENT:  # pragma: no branch - the match is exhaustive, mypy holds it
            client = verb.client(**callback)
            client.identity(noun.address)
            for name, value in noun.parameters:
                client.parameter(name=name, value=_legal(value))


def _enqueue(response: VoiceResponse, queue: Enqueue, link: Link, wiring: Wiring) -> None:
    verb = response.enqueue(
        queue.queue or None,
        action=wiring.urls.verb_result("enqueue", link),
        wait_url=queue.wait_url or None,
        workflow_sid=queue.workflow or None,
    )
    if queue.task:
        verb.task(json.dumps(dict(queue.task)))


def _menu(response: VoiceResponse, menu: Menu, link: Link, wiring: Wiring, language: str) -> None:
    if menu.wrong:
        _say(response, menu.invalid, language)
    gather = response.gather(
        action=wiring.urls.verb_result("gather", link),
        action_on_empty_result=True,
        finish_on_key="",
        num_digits=1,
        timeout=menu.timeout,
    )
    _prompt(gather, menu.prompt, language)


def _voicemail(
    response: VoiceResponse, voicemail: Voicemail, link: Link, wiring: Wiring, language: str
) -> None:
    """Add a Record; a caller who says nothing is not reported by it, and goes on behind it."""
    _prompt(response, voicemail.prompt, language)
    action = wiring.urls.verb_result("record", link)
    response.record(
        action=action,
        finish_on_key=voicemail.finish_on_key,
        max_length=voicemail.max_length,
        play_beep=voicemail.play_beep,
        recording_status_callback=wiring.urls.recording_status(link),
        timeout=voicemail.timeout,
    )
    response.redirect(action)


def _prompt(parent: VoiceResponse | Gather, prompt: Prompt, language: str) -> None:
    if prompt.play:
        parent.play(prompt.play)
    _say(parent, prompt.say, language)


def _say(parent: VoiceResponse | Gather, text: str, language: str) -> None:
    if text:
        parent.say(_legal(text), language=language or None)


def _legal(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)

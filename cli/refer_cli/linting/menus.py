"""Menus, redirects and whispers that say one thing and do another."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from call_transfer import whisper
from call_transfer.context import can_pass, passing
from call_transfer.directory import TRANSFEROR, is_exact
from call_transfer.entry import Entry
from call_transfer.verb import Menu, Redirect
from refer_cli.linting.finding import Finding, Rule, Severity
from refer_cli.linting.subject import Subject, begins_calls

_API_GATEWAY = re.compile(r"[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com")
# The routes that are pasted into Twilio.
_OURS = ("/inbound-call", "/refer/hold", "/refer/release")
_PRESSED = {"*": "star", "#": "pound"}

_ONE_KEY = Rule("menu-one-key", "A menu has one key.", (Severity.NOTE,))
_TRANSFEROR = Rule(
    "menu-transferor-initial",
    "A key leads to the transferor in a menu of an initial call, where there is none.",
    (Severity.WARNING, Severity.NOTE),
)
_SELF = Rule(
    "redirect-self",
    "A redirect leads back into this application.",
    (Severity.ERROR, Severity.WARNING),
)
_ACCEPT = Rule(
    "accept-text",
    "A target hears AcceptText in another language, or with another key than it has to press.",
    (Severity.NOTE, Severity.WARNING),
)
_PLACE = Rule(
    "whisper-place",
    "A whisper quotes what never reaches it, and says nothing there.",
    (Severity.WARNING,),
)
RULES = (_ONE_KEY, _TRANSFEROR, _SELF, _ACCEPT, _PLACE)


def check(subject: Subject) -> Iterator[Finding]:
    """Yield what is found in menus, redirects and whispers."""
    initial = _initial(subject)
    for entry in subject:
        if isinstance(entry.action, Menu):
            yield from _menu(entry, entry.action, initial=entry.rule in initial)
        if isinstance(entry.action, Redirect):
            yield from _redirect(entry, entry.action.url, subject.settings.public_base_url)
        if entry.whisper:
            yield from _accept(entry, entry.whisper, subject)
            yield from _places(entry, entry.whisper)


def _initial(subject: Subject) -> frozenset[str]:
    """Return the entries that say that they are for initial calls, and those these lead to."""
    reached = {entry.rule: entry for entry in subject if begins_calls(entry)}
    waiting = list(reached.values())
    while waiting:
        entry = waiting.pop()
        for _, address in entry.references:
            found = subject.seen(entry.tenant, address)
            if found and found.rule not in reached:
                reached[found.rule] = found
                waiting.append(found)
    return frozenset(reached)


def _menu(entry: Entry, menu: Menu, *, initial: bool) -> Iterator[Finding]:
    if len(menu.keys) == 1:
        text = f"asks for a key, and {menu.keys[0][0]} is the only one"
        yield _ONE_KEY.on(entry, "menu.keys", text, "lead there without asking, or add a key")
    called = entry.address.startswith("+") and is_exact(entry.address)
    for key, step in menu.keys:
        if step == TRANSFEROR and (initial or called):
            text = f"leads back to the transferor by {key}; nobody has transferred an initial call"
            yield _TRANSFEROR.on(
                entry,
                f"menu.keys.{key}",
                text,
                "name an entry, unless this menu is for transfers",
                severity=None if initial else Severity.NOTE,
            )


def _redirect(entry: Entry, url: str, base: str) -> Iterator[Finding]:
    target = urlsplit(url)
    advice = "let dial, fallback or a menu lead on inside the directory"
    if base and (f"{url}/").startswith(f"{base}/"):
        text = "leads back into this application, which knows the path only as a webhook of its own"
        yield _SELF.on(entry, "redirect", text, advice, code=11200)
    elif _API_GATEWAY.fullmatch(target.hostname or "") and target.path in _OURS:
        text = (
            f"leads to {target.path} of an API like this one: if it is, the call goes in a circle"
        )
        yield _SELF.on(entry, "redirect", text, advice, severity=Severity.WARNING)


def _accept(entry: Entry, asked: whisper.Whisper, subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    text = asked.say or settings.accept_text
    names = (asked.key, _PRESSED.get(asked.key, asked.key))
    if asked.key != whisper.ANY_KEY and not any(name in text.lower() for name in names):
        heard = "its text" if asked.say else "AcceptText"
        what = f"takes a call by {asked.key}, and {heard} says: {text!r}"
        severity = None if asked.say else Severity.WARNING
        yield _ACCEPT.on(
            entry, "whisper.key", what, "say the key in whisper.say", severity=severity
        )
    if not asked.say and entry.language and entry.language != settings.text_language:
        what = f"reads AcceptText ({settings.text_language}) with the voice of {entry.language}"
        yield _ACCEPT.on(entry, "whisper", what, "write whisper.say in that language")


def _places(entry: Entry, asked: whisper.Whisper) -> Iterator[Finding]:
    for name in whisper.places(asked.say):
        if name.lower() == whisper.CALLER:
            continue
        header = can_pass(name)
        if not header or not passing(((name, ""),), entry.pass_headers):
            reason = "pass_headers does not let it through" if header else "it is no header to pass"
            text = f"quotes {{{name}}}, and {reason}: nothing is said there"
            yield _PLACE.on(
                entry, "whisper.say", text, "quote {caller}, or a header that is passed"
            )

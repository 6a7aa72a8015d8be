"""Read the action of an entry: exactly one of `dial`, `enqueue`, … `deny`, with its own fields.

Limits are those of the pages of the verbs, https://www.twilio.com/docs/voice/twiml.
"""

import re
from collections.abc import Callable, Mapping

from call_transfer.directory import TRANSFEROR, is_address
from call_transfer.fields import UNPRINTABLE, Fields
from call_transfer.noun import Noun, NounKind
from call_transfer.verb import (
    Action,
    Announcement,
    Deny,
    Dial,
    Enqueue,
    Menu,
    Prompt,
    Redirect,
    Voicemail,
)

AS_ASKED = "as_asked"
# Twilio, TwiML Dial: "You can specify up to ten <Number>, <Client> or <Sip> nouns".
MAX_NOUNS = 10
MAX_KEYS = 12

# Twilio, TwiML Enqueue: a queue's name has 1 to 64 characters; 14205 is raised beyond 63.
_QUEUE = re.compile(f"(?! *$)(?:(?!{UNPRINTABLE}).){{1,63}}")
_QUEUE_NAME = "the name of a queue, 1 to 63 printable characters"
_WORKFLOW = re.compile(r"WW[0-9a-fA-F]{32}")
_TASK_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,63}")
_KEY = re.compile(r"[0-9*#]")
_KEYS = "one of 0 to 9, * and #, in quotes"
_FINISH = re.compile(r"[0-9*#]{1,12}")


ACTIONS = ("dial", "enqueue", "menu", "voicemail", "say", "play", "redirect", "deny")
DIAL_ONLY = (
    "sequential",
    "send_ext",
    "ring_timeout",
    "time_limit",
    "caller_id",
    "record",
    "ring_tone",
    "pass_headers",
    "headers",
    "whisper",
)
PROMPT = ("say", "play")
ENQUEUE = ("queue", "workflow", "task", "wait_url")
MENU = (*PROMPT, "keys", "timeout", "repeat", "invalid")
VOICEMAIL = (*PROMPT, "max_length", "timeout", "finish_on_key", "play_beep")
DENY = ("reason", "say")


def action_of(fields: Fields) -> Action:
    """Return the one action of an entry. Raises MalformedEntry."""
    named = [name for name in ACTIONS if name in fields]
    if len(named) != 1:
        found = f"{' and '.join(named)} are there" if named else "none is there"
        raise fields.wrong(
            named[-1] if named else "dial",
            f"cannot be: an entry has exactly one of {', '.join(ACTIONS)}, and {found}",
        )
    [name] = named
    misplaced = [field for field in DIAL_ONLY if name != "dial" and field in fields]
    if misplaced:
        raise fields.wrong(misplaced[0], f"is a field of dial, and this entry has {name}")
    return _READ[name](fields)


def _dial(fields: Fields) -> Dial:
    sequential = fields.flag("sequential", default=False)
    send_ext = fields.flag("send_ext", default=False)
    value = fields.any("dial")
    if send_ext and value != AS_ASKED:
        raise fields.wrong("send_ext", f"needs dial: {AS_ASKED}; a number has send_digits")
    if value == AS_ASKED:
        if not fields.address.startswith(("+", "sip:", "*@")):
            raise fields.wrong("dial", f"{AS_ASKED} needs an address with a number or a host")
        return Dial(sequential=sequential, send_ext=send_ext)
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_NOUNS:
        raise fields.wrong("dial", f"must be {AS_ASKED} or a list of 1 to {MAX_NOUNS} nouns")
    try:
        nouns = tuple(Noun.parse(noun) for noun in value)
    except ValueError as error:
        raise fields.wrong("dial", str(error)) from None
    if len(nouns) > 1 and any(noun.kind is NounKind.SIM for noun in nouns):
        raise fields.wrong("dial", "must hold a sim alone: Twilio dials it beside no other noun")
    if not sequential and any(noun.ring_timeout for noun in nouns):
        raise fields.wrong(
            "dial", "cannot have a ring_timeout in a noun unless sequential: all ring at once"
        )
    return Dial(nouns, sequential=sequential)


def _enqueue(fields: Fields) -> Enqueue:
    if isinstance(fields.any("enqueue"), str):
        queue = fields.matching("enqueue", _QUEUE, _QUEUE_NAME)
        if not queue:
            raise fields.wrong("enqueue", f"must be {_QUEUE_NAME}, or a mapping")
        return Enqueue(queue=queue)
    inner = fields.inner("enqueue", ENQUEUE)
    queue = inner.matching("queue", _QUEUE, _QUEUE_NAME)
    workflow = inner.matching("workflow", _WORKFLOW, "the SID of a workflow, WW and 32 hex digits")
    if bool(queue) == bool(workflow):
        raise inner.wrong("queue", "or workflow must be there, and not both")
    task = inner.pairs("task", _is_task_name, 20, "a name of letters, digits, _ and -")
    if task and not workflow:
        raise inner.wrong("task", "needs a workflow")
    return Enqueue(queue, workflow, task, inner.url("wait_url"))


def _redirect(fields: Fields) -> Redirect:
    url = fields.url("redirect")
    if not url:
        raise fields.wrong("redirect", "must be an absolute https:// URL")
    return Redirect(url)


def _announcement(fields: Fields) -> Announcement:
    return Announcement(_prompt(fields))


def _menu(parent: Fields) -> Menu:
    fields = parent.inner("menu", MENU)
    keys = fields.pairs("keys", _is_key, MAX_KEYS, _KEYS)
    if not keys:
        raise fields.wrong("keys", "must map keys to addresses of entries, or to transferor")
    for key, step in keys:
        if step != TRANSFEROR and not is_address(step):
            raise fields.wrong(f"keys.{key}", f"is {step!r}, which is no address of an entry")
    return Menu(
        prompt=_prompt(fields),
        keys=keys,
        timeout=fields.whole("timeout", 1, 60) or 5,
        repeat=fields.whole("repeat", 1, 5, unit="") or 2,
        invalid=fields.text("invalid"),
    )


def _voicemail(parent: Fields) -> Voicemail:
    fields = parent.inner("voicemail", VOICEMAIL)
    return Voicemail(
        prompt=_prompt(fields),
        max_length=fields.whole("max_length", 2, 3600) or 120,
        timeout=fields.whole("timeout", 1, 60) or 5,
        finish_on_key=fields.matching("finish_on_key", _FINISH, "keys: 0 to 9, * and #") or "#",
        play_beep=fields.flag("play_beep", default=True),
    )


def _deny(fields: Fields) -> Deny:
    if isinstance(fields.any("deny"), str):
        return Deny(fields.text("deny"))
    inner = fields.inner("deny", DENY)
    inner.required("reason")
    return Deny(inner.text("reason"), inner.text("say"))


def _prompt(fields: Fields) -> Prompt:
    prompt = Prompt(fields.text("say"), fields.url("play"))
    if bool(prompt.say) == bool(prompt.play):
        raise fields.wrong("say", "or play must be there, and not both")
    return prompt


def _is_key(text: str) -> bool:
    return _KEY.fullmatch(text) is not None


def _is_task_name(text: str) -> bool:
    return _TASK_NAME.fullmatch(text) is not None


_READ: Mapping[str, Callable[[Fields], Action]] = {
    "dial": _dial,
    "enqueue": _enqueue,
    "menu": _menu,
    "voicemail": _voicemail,
    "say": _announcement,
    "play": _announcement,
    "redirect": _redirect,
    "deny": _deny,
}

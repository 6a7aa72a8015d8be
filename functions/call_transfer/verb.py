"""What an entry does with a call: one verb of TwiML, or a refusal.

Source: https://www.twilio.com/docs/voice/twiml, the pages of the verbs; the names are theirs.  How
a verb is read from an entry is known to `action`, how it is written to `twiml`.
"""

from dataclasses import dataclass

from call_transfer.noun import Noun


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring these parties; no nouns means: dial what was asked for.

    `send_ext` dials the `ext` of a telephone number as digits, after an answer.
    """

    nouns: tuple[Noun, ...] = ()
    sequential: bool = False
    send_ext: bool = False


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Wait in a queue of Twilio's, or in a TaskRouter workflow, until somebody dequeues."""

    queue: str = ""
    workflow: str = ""
    task: tuple[tuple[str, str], ...] = ()
    wait_url: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is heard: a text, or an audio file."""

    say: str = ""
    play: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """Ask for one key, `repeat` times at most; `timeout` is seconds without one.

    `keys` maps a key to an address, or to the transferor; `round` counts the times it was asked,
    and `wrong` says that the last key was none of them.
    """

    prompt: Prompt
    keys: tuple[tuple[str, str], ...]
    timeout: int
    repeat: int
    invalid: str = ""
    round: int = 1
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Voicemail:
    """Take a message, `max_length` seconds at most; `timeout` seconds of silence end it."""

    prompt: Prompt
    max_length: int
    timeout: int
    finish_on_key: str
    play_beep: bool


@dataclass(frozen=True, slots=True)
class Announcement:
    """Say or play, and hang up."""

    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Redirect:
    """Let the TwiML of another URL go on with the call."""

    url: str


@dataclass(frozen=True, slots=True)
class Deny:
    """Refuse; `reason` is for logs and people, `say` is heard instead of the settings' text."""

    reason: str
    say: str = ""


type Verb = Enqueue | Menu | Voicemail | Announcement | Redirect
type Action = Dial | Verb | Deny

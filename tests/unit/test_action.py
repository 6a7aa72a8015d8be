"""The actions of an entry, one verb each: to their limits, and what breaks them."""

from collections.abc import Mapping
from typing import Any

import pytest

from call_transfer.action import ACTIONS, DIAL_ONLY, MAX_KEYS
from call_transfer.entry import Entry
from call_transfer.errors import MalformedEntry
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

WORKFLOW = "WW" + "0a" * 16
SIM = "DE" + "0a" * 16
AUDIO = "https://media.example/hello.mp3"
DESK = {"sip": "sip:2001@pbx.example.com"}
GOOD: Mapping[str, object] = {
    "dial": [DESK],
    "enqueue": "support",
    "menu": {"say": "Press 1.", "keys": {"1": "2001"}},
    "voicemail": {"say": "Leave a message."},
    "say": "We are closed.",
    "play": AUDIO,
    "redirect": "https://studio.example/flow",
    "deny": "not this one",
}


def action(**fields: Any) -> Action:  # noqa: ANN401 - whatever a field holds
    return Entry.parse({"tenant": "*", "address": "2001"} | fields).action


def malformed(**fields: Any) -> tuple[str, str]:  # noqa: ANN401 - whatever a field holds
    with pytest.raises(MalformedEntry) as caught:
        action(**fields)
    return caught.value.field, caught.value.problem


# --- exactly one


@pytest.mark.parametrize("name", ACTIONS)
def test_an_entry_has_one_action_and_each_does_alone(name: str) -> None:
    action(**{name: GOOD[name]})
    assert set(GOOD) == set(ACTIONS)


@pytest.mark.parametrize("name", ACTIONS[1:])
def test_a_second_action_is_one_too_many(name: str) -> None:
    field, problem = malformed(dial=GOOD["dial"], **{name: GOOD[name]})
    assert field == name
    assert f"exactly one of {', '.join(ACTIONS)}, and dial and {name} are there" in problem


def test_an_action_that_is_null_is_none() -> None:
    assert action(dial=None, say="Hello.") == Announcement(Prompt(say="Hello."))
    assert malformed(dial=None, say=None)[1].endswith("and none is there")


@pytest.mark.parametrize("field", DIAL_ONLY)
@pytest.mark.parametrize("name", ACTIONS[1:])
def test_a_field_of_dial_means_nothing_beside_another_action(name: str, field: str) -> None:
    values: Mapping[str, object] = {
        "sequential": True,
        "send_ext": True,
        "ring_timeout": 20,
        "time_limit": 60,
        "caller_id": "caller",
        "record": "record-from-answer",
        "ring_tone": "de",
        "pass_headers": [],
        "headers": {"X-Line": "1"},
        "whisper": {},
    }
    assert malformed(**{name: GOOD[name], field: values[field]}) == (
        field,
        f"is a field of dial, and this entry has {name}",
    )


# --- good values


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ({"dial": [{"sim": SIM}]}, Dial((Noun(NounKind.SIM, SIM),))),
        (
            {"dial": [DESK | {"ring_timeout": 5}, {"client": "a"}], "sequential": True},
            Dial(
                (
                    Noun(NounKind.SIP, "sip:2001@pbx.example.com", ring_timeout=5),
                    Noun(NounKind.CLIENT, "a"),
                ),
                sequential=True,
            ),
        ),
        (
            {"address": "+1415*", "dial": "as_asked", "send_ext": True, "sequential": True},
            Dial(sequential=True, send_ext=True),
        ),
        ({"enqueue": "support"}, Enqueue(queue="support")),
        ({"enqueue": "\u00e9 q" + "q" * 60}, Enqueue(queue="\u00e9 q" + "q" * 60)),
        ({"enqueue": {"queue": "q"}}, Enqueue(queue="q")),
        (
            {"enqueue": {"queue": "q", "wait_url": AUDIO}},
            Enqueue(queue="q", wait_url=AUDIO),
        ),
        ({"enqueue": {"workflow": WORKFLOW}}, Enqueue(workflow=WORKFLOW)),
        (
            {"enqueue": {"workflow": WORKFLOW, "task": {"lang": "de", "_a-1": "x"}}},
            Enqueue(workflow=WORKFLOW, task=(("lang", "de"), ("_a-1", "x"))),
        ),
        (
            {"menu": GOOD["menu"]},
            Menu(Prompt(say="Press 1."), keys=(("1", "2001"),), timeout=5, repeat=2),
        ),
        (
            {
                "menu": {
                    "play": AUDIO,
                    "keys": {"*": "transferor", "#": "sip:a@h.example", "0": "+1415*"},
                    "timeout": 60,
                    "repeat": 5,
                    "invalid": "No.",
                }
            },
            Menu(
                Prompt(play=AUDIO),
                keys=(("*", "transferor"), ("#", "sip:a@h.example"), ("0", "+1415*")),
                timeout=60,
                repeat=5,
                invalid="No.",
            ),
        ),
        (
            {"voicemail": GOOD["voicemail"]},
            Voicemail(
                Prompt(say="Leave a message."),
                max_length=120,
                timeout=5,
                finish_on_key="#",
                play_beep=True,
            ),
        ),
        (
            {
                "voicemail": {
                    "play": AUDIO,
                    "max_length": 3600,
                    "timeout": 60,
                    "finish_on_key": "0123456789*#",
                    "play_beep": False,
                }
            },
            Voicemail(
                Prompt(play=AUDIO),
                max_length=3600,
                timeout=60,
                finish_on_key="0123456789*#",
                play_beep=False,
            ),
        ),
        ({"say": "x" * 4096}, Announcement(Prompt(say="x" * 4096))),
        ({"play": AUDIO}, Announcement(Prompt(play=AUDIO))),
        ({"redirect": AUDIO}, Redirect(AUDIO)),
        ({"deny": "no"}, Deny("no")),
        ({"deny": {"reason": "no"}}, Deny("no")),
        ({"deny": {"reason": "no", "say": "Not this one."}}, Deny("no", say="Not this one.")),
    ],
)
def test_an_action_is_one_verb(fields: dict[str, Any], read: Action) -> None:
    assert action(**fields) == read


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("menu", {"timeout": 1}),
        ("menu", {"repeat": 1}),
        ("menu", {"keys": dict.fromkeys("0123456789*#", "2001")}),
        ("menu", {"keys": {"1": "default"}}),
        ("voicemail", {"max_length": 2}),
        ("voicemail", {"timeout": 1}),
        ("voicemail", {"finish_on_key": ""}),
    ],
)
def test_a_field_inside_reaches_to_its_limits(name: str, fields: dict[str, Any]) -> None:
    good = GOOD[name]
    assert isinstance(good, dict)
    action(**{name: good | fields})


# --- broken ones

MENU_KEYS = "must map keys to addresses of entries, or to transferor"


@pytest.mark.parametrize(
    ("fields", "field", "todo"),
    [
        ({"dial": [{"sim": SIM}, DESK]}, "dial", "must hold a sim alone"),
        ({"dial": [{"sim": SIM}], "whisper": {}}, "whisper", "cannot be heard by a sim"),
        ({"dial": [DESK | {"ring_timeout": 9}]}, "dial", "unless sequential: all ring at once"),
        ({"dial": [DESK | {"send_digits": "1"}]}, "dial", "cannot hold send_digits in a sip noun"),
        ({"dial": [DESK], "send_ext": True}, "send_ext", "needs dial: as_asked; a number has send"),
        ({"dial": [DESK], "send_ext": "yes"}, "send_ext", "must be true or false"),
        ({"dial": [DESK], "sequential": None}, "sequential", "must be true or false"),
        ({"enqueue": ""}, "enqueue", "must be the name of a queue, 1 to 63 printable characters"),
        ({"enqueue": "  "}, "enqueue", "must be the name of a queue"),
        ({"enqueue": "q" * 64}, "enqueue", "1 to 63"),
        ({"enqueue": "a\nb"}, "enqueue", "printable"),
        ({"enqueue": "a\ufffe"}, "enqueue", "printable"),
        ({"enqueue": ["q"]}, "enqueue", "must be a mapping with queue, workflow, task, wait_url"),
        ({"enqueue": {}}, "enqueue.queue", "or workflow must be there, and not both"),
        ({"enqueue": {"queue": ""}}, "enqueue.queue", "or workflow must be there"),
        (
            {"enqueue": {"queue": "q", "workflow": WORKFLOW}},
            "enqueue.queue",
            "or workflow must be there, and not both",
        ),
        ({"enqueue": {"queue": "q" * 64}}, "enqueue.queue", "1 to 63"),
        ({"enqueue": {"workflow": "WW1"}}, "enqueue.workflow", "WW and 32 hex digits"),
        ({"enqueue": {"queue": "q", "task": {"a": "1"}}}, "enqueue.task", "needs a workflow"),
        (
            {"enqueue": {"workflow": WORKFLOW, "task": {"a b": "1"}}},
            "enqueue.task",
            "cannot hold 'a b', which is not a name of letters, digits, _ and -",
        ),
        (
            {"enqueue": {"workflow": WORKFLOW, "task": {"a": 1}}},
            "enqueue.task.a",
            "must be a text",
        ),
        (
            {"enqueue": {"workflow": WORKFLOW, "task": {f"a{n}": "1" for n in range(21)}}},
            "enqueue.task",
            "at most 20 names",
        ),
        ({"enqueue": {"queue": "q", "wait_url": "/w"}}, "enqueue.wait_url", "an absolute https"),
        ({"enqueue": {"name": "q"}}, "enqueue.name", "is not a field; the fields are queue"),
        ({"menu": "2001"}, "menu", "must be a mapping with say, play, keys, timeout, repeat"),
        ({"menu": {"say": "x"}}, "menu.keys", MENU_KEYS),
        ({"menu": {"say": "x", "keys": {}}}, "menu.keys", MENU_KEYS),
        ({"menu": {"say": "x", "keys": ["2001"]}}, "menu.keys", "must map at most 12 names"),
        ({"menu": {"say": "x", "keys": {"12": "2001"}}}, "menu.keys", "one of 0 to 9, * and #"),
        ({"menu": {"say": "x", "keys": {"A": "2001"}}}, "menu.keys", "cannot hold 'A'"),
        ({"menu": {"say": "x", "keys": {1: "2001"}}}, "menu.keys", "cannot hold 1, which is not"),
        ({"menu": {"say": "x", "keys": {1: "2001"}}}, "menu.keys", "in quotes"),
        ({"menu": {"say": "x", "keys": {"1": "Agent B"}}}, "menu.keys.1", "is 'Agent B', which is"),
        ({"menu": {"say": "x", "keys": {"1": "tel:2001"}}}, "menu.keys.1", "no address of an"),
        ({"menu": {"say": "x", "keys": {"1": 2001}}}, "menu.keys.1", "must be a text"),
        ({"menu": {"say": "x", "keys": {"1": None}}}, "menu.keys.1", "is missing"),
        ({"menu": {"keys": {"1": "2001"}}}, "menu.say", "or play must be there, and not both"),
        (
            {"menu": {"say": "x", "play": AUDIO, "keys": {"1": "2001"}}},
            "menu.say",
            "or play must be there, and not both",
        ),
        ({"menu": {"say": "x", "keys": {"1": "a"}, "timeout": 0}}, "menu.timeout", "1 to 60"),
        ({"menu": {"say": "x", "keys": {"1": "a"}, "timeout": 61}}, "menu.timeout", "1 to 60"),
        (
            {"menu": {"say": "x", "keys": {"1": "a"}, "repeat": 6}},
            "menu.repeat",
            "must be a whole number, 1 to 5",
        ),
        ({"menu": {"say": "x", "keys": {"1": "a"}, "repeat": 0}}, "menu.repeat", "1 to 5"),
        ({"menu": {"say": "x", "keys": {"1": "a"}, "invalid": ""}}, "menu.invalid", "a text of 1"),
        ({"voicemail": True}, "voicemail", "must be a mapping with say, play, max_length"),
        ({"voicemail": {}}, "voicemail.say", "or play must be there, and not both"),
        ({"voicemail": {"say": "x", "max_length": 1}}, "voicemail.max_length", "2 to 3600"),
        ({"voicemail": {"say": "x", "max_length": 3601}}, "voicemail.max_length", "of seconds"),
        ({"voicemail": {"say": "x", "timeout": 61}}, "voicemail.timeout", "1 to 60"),
        (
            {"voicemail": {"say": "x", "finish_on_key": "any"}},
            "voicemail.finish_on_key",
            "must be keys: 0 to 9, * and #",
        ),
        ({"voicemail": {"say": "x", "play_beep": 1}}, "voicemail.play_beep", "true or false"),
        ({"voicemail": {"play": "hello.mp3"}}, "voicemail.play", "an absolute https:// URL"),
        ({"voicemail": {"say": "x", "email": "a@b"}}, "voicemail.email", "is not a field"),
        ({"say": ""}, "say", "must be a text of 1 to 4096 characters"),
        ({"say": "x" * 4097}, "say", "must be a text of 1 to 4096 characters"),
        ({"say": {"text": "x"}}, "say", "must be a text"),
        ({"say": "\x00"}, "say", "12100"),
        ({"play": "http://h.example/a.mp3"}, "play", "must be an absolute https:// URL"),
        ({"play": ""}, "say", "or play must be there"),
        ({"redirect": ""}, "redirect", "must be an absolute https:// URL"),
        ({"redirect": "/voice"}, "redirect", "must be an absolute https:// URL"),
        ({"redirect": "https://h.example/" + "a" * 2048}, "redirect", "at most 2048"),
        ({"deny": {}}, "deny.reason", "is missing"),
        ({"deny": {"say": "x"}}, "deny.reason", "is missing"),
        ({"deny": {"reason": ""}}, "deny.reason", "must be a text of 1"),
        ({"deny": {"reason": "x", "say": 1}}, "deny.say", "must be a text"),
        ({"deny": {"reason": "x", "code": 1}}, "deny.code", "is not a field; the fields are"),
    ],
)
def test_a_broken_action_says_where_and_what_to_do(
    fields: dict[str, Any], field: str, todo: str
) -> None:
    where, problem = malformed(**fields)
    assert where == field
    assert todo in problem


def test_a_menu_has_no_more_keys_than_a_telephone() -> None:
    assert len("0123456789*#") == MAX_KEYS

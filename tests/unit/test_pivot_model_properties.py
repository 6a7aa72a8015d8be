"""What holds of every call of the model, whatever its TwiML, its parties and their moments.

The rules are in model_watch.py, which looks at each step: nothing raises, no leg rings without a
timer or is forgotten, each has one final event and callbacks numbered 0, 1, 2 …, nobody is
connected to two parties, a REFER has one response and after a 202 one last NOTIFY or a BYE.
"""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_calls import (
    ACCOUNT,
    BASE,
    CALLED,
    NUMBER,
    UNREACHABLE,
    Answer,
    failed,
    leg,
    outcome,
    party,
    play,
    sip,
    twiml,
)
from model_watch import Watched
from pivot.delivery import Result, fetch
from pivot.model.knobs import Knobs, values
from pivot.model.parties import Answers, Declines, Deed, HangsUp, Party, Presses, Refers, Rings
from pivot.model.session import Setup
from pivot.model.signals import (
    Bye,
    Decline,
    Declined,
    Due,
    Fetch,
    Fetched,
    HungUp,
    Input,
    Invite,
    Output,
    PickedUp,
    PickUp,
    Pressed,
    Purpose,
    Rang,
    Referred,
    SetTimer,
)
from pivot.overrides import Outcome

PATHS = ("/refer", "/one", "/two", "/three")
NAMES = ("B", "C", "D")
ALICE = "sip:alice@pbx.example.com"
EVENTS = st.lists(
    st.sampled_from(("initiated", "ringing", "answered", "completed")), min_size=1, unique=True
)
quiet = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

# --- TwiML


links = st.sampled_from(PATHS)
soon = st.sampled_from((0.1, 0.4, 1.0, 2.5, 4.0))
times = st.sampled_from((0.1, 0.4, 1.0, 2.5, 4.0, 7.0, 12.0, 20.0, 31.0))


def maybe(name: str, options: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return an attribute, or none."""
    return st.just("") | options.map(lambda value: f' {name}="{value}"')


@st.composite
def nouns(draw: st.DrawFn) -> str:
    """Return a noun; a whisper and callbacks are as likely as not."""
    attributes = draw(maybe("url", links))
    if draw(st.booleans()):
        attributes += f' statusCallback="/leg" statusCallbackEvent="{" ".join(draw(EVENTS))}"'
    name = draw(st.sampled_from((*NAMES, "number", "client", "nobody")))
    if name == "number":
        return f"<Number{attributes}>+14155550123</Number>"
    if name == "client":
        return f"<Client{attributes}>joey</Client>"
    return sip(name, attributes)


@st.composite
def dials(draw: st.DrawFn, refer_urls: st.SearchStrategy[str] = links) -> str:
    """Return a Dial."""
    flags = st.sampled_from(("true", "false"))
    attributes = "".join(
        (
            draw(maybe("answerOnBridge", flags)),
            draw(maybe("sequential", flags)),
            draw(maybe("hangupOnStar", flags)),
            draw(maybe("action", links)),
            draw(refer_urls.map(' referUrl="{}"'.format)),
            draw(maybe("timeout", st.sampled_from(("5", "9", "30")))),
            draw(maybe("timeLimit", st.sampled_from(("3", "15", "60")))),
        )
    )
    room = st.sampled_from(("<Conference>r</Conference>", "<Queue>r</Queue>"))
    called = st.lists(nouns(), min_size=1, max_size=3).map("".join)
    return f"<Dial{attributes}>{draw(called | called | room)}</Dial>"


@st.composite
def others(draw: st.DrawFn) -> str:
    """Return another verb."""
    link = draw(links)
    return draw(
        st.sampled_from(
            (
                "<Say>a few words</Say>",
                '<Say loop="0">on and on</Say>',
                "<Play>/a.mp3</Play>",
                '<Pause length="2"/>',
                f'<Gather action="{link}" numDigits="1" timeout="3"/>',
                f'<Gather action="{link}" actionOnEmptyResult="true" timeout="3"/>',
                f'<Record action="{link}" maxLength="4"/>',
                f'<Enqueue action="{link}" waitUrl="/wait">q</Enqueue>',
                "<Enqueue>q</Enqueue>",
                f"<Redirect>{link}</Redirect>",
                "<Leave/>",
                "<Reject/>",
                "<Hangup/>",
                "<Sing/>",
            )
        )
    )


documents = st.lists(dials() | dials() | others(), max_size=3).map("".join)
slow = st.sampled_from((0.25, 0.75, 3.0))
answers = st.one_of(
    st.builds(twiml, documents, slow),
    st.builds(twiml, documents, slow),
    st.builds(twiml, documents, slow),
    st.sampled_from((failed(500), UNREACHABLE, outcome(b"<"), outcome(b"hello", "text/plain"))),
)
# How most calls of interest begin and go on: somebody is dialled, and refers.
first = st.builds(
    "{}<Dial{} referUrl='/refer' action='/one'>{}</Dial>".format,
    st.just("") | st.just("") | others(),
    maybe("answerOnBridge", st.just("true")),
    st.sampled_from(NAMES).map(sip),
).map(twiml)
second = st.builds(twiml, st.builds("{1}{0}".format, dials(), st.just("") | others()), slow)
pages = st.fixed_dictionaries(
    dict.fromkeys(("/one", "/two", "/three", "/wait"), answers)
    | {"/voice": first, "/refer": second | second | answers}
)
knobs = st.builds(Knobs, **{name: st.sampled_from(allowed) for name, allowed in values().items()})
targets = st.sampled_from(
    (
        "<sip:b@pbx.example.com>",
        "<sip:c@pbx.example.com?Replaces=1%40x%3Bto-tag%3Da%3Bfrom-tag%3Db>",
        f"<sip:d@pbx.example.com?X-A={'a' * 300}>",
        None,
    )
)
deeds: st.SearchStrategy[Deed] = st.one_of(
    st.builds(Refers, times, targets),
    st.builds(Refers, times, targets),
    st.builds(HangsUp, times),
    st.builds(Presses, times, st.sampled_from(("1", "*", "12#", "#"))),
)


@st.composite
def people(draw: st.DrawFn) -> tuple[Party, ...]:
    """Return everybody who can be called; most of them answer, and most of those refer."""
    answering = st.builds(Answers, soon)
    declining = st.builds(Declines, st.sampled_from((404, 480, 486, 503, 603)), times)
    reactions = st.one_of(
        answering, answering, answering, st.builds(Answers, times), declining, st.just(Rings())
    )
    referring = st.lists(st.builds(Refers, soon, targets), max_size=2)
    made = [
        party(name, draw(reactions), *draw(referring), *draw(st.lists(deeds, max_size=1)))
        for name in NAMES
    ]
    made.append(Party("N", "+14155550123", draw(reactions), every_time=True))
    made.append(Party("J", "joey", draw(reactions), tuple(draw(st.lists(deeds, max_size=1)))))
    return tuple(made)


# --- on the clock of the world


@quiet
@given(st.data(), pages, people(), knobs, st.sampled_from((NUMBER, ALICE)))
def test_every_call_keeps_the_rules_and_ends(
    data: st.DataObject,
    answered: dict[str, Answer],
    parties: tuple[Party, ...],
    how: Knobs,
    caller: str,
) -> None:
    gone = data.draw(st.none() | times)
    then: dict[float, Input] = {} if gone is None else {gone: HungUp(leg(0))}
    played = play(
        answered,
        *parties,
        caller=caller,
        deeds=data.draw(st.lists(deeds, max_size=3)),
        then=then,
        until=90.0,
        knobs=how,
        fallback=data.draw(st.sampled_from(("", "/three"))),
    )
    assert played.call.over


# --- in any order at all


class Outside:
    """Phones, webhooks and timers of a call, in whatever order they are drawn."""

    def __init__(self, call: Watched) -> None:
        self.call = call
        self.now = 0.0
        self.ringing: set[str] = set()
        self.talking: set[str] = set()
        self.leaving: set[str] = set()
        self.webhooks: dict[int, Fetch] = {}
        self.timers: list[int] = []

    def heard(self, outputs: tuple[Output, ...]) -> None:
        """Take note of what the call has said; a CANCEL is answered when the phone likes to."""
        for output in outputs:
            match output:
                case Invite(sid):
                    self.ringing.add(sid)
                case PickUp(sid):
                    self.talking.add(sid)
                case Bye(sid) | Decline(sid):
                    self.leaving |= self.talking & {sid}
                    self.talking.discard(sid)
                case Fetch(number, purpose) if purpose is not Purpose.STATUS:
                    self.webhooks[number] = output
                case SetTimer(timer):
                    self.timers.append(timer)
                case _:
                    pass

    def tell(self, given: Input) -> None:
        """Let something happen."""
        self.now += 0.1
        match given:
            case PickedUp(sid):
                self.ringing.discard(sid)
                self.talking.add(sid)
            case Declined(sid):
                self.ringing.discard(sid)
            case HungUp(sid):
                self.talking.discard(sid)
                self.leaving.discard(sid)
            case Fetched(number):
                del self.webhooks[number]
            case Due(timer):
                self.timers.remove(timer)
            case _:
                pass
        self.heard(self.call.take(given, self.now))

    def possible(self, sids: list[str]) -> list[Input]:
        """Return what a phone or a clock may do next."""
        every: list[Input] = [Due(timer) for timer in self.timers[-3:]]
        for sid in sorted(self.ringing):
            every += [Rang(sid), *[PickedUp(sid)] * 4, Declined(sid, 486)]
        for sid in sorted(self.talking):
            every += [HungUp(sid), Pressed(sid, "1#"), Pressed(sid, "*")]
            every += [Referred(sid, "<sip:b@pbx.example.com>")] * 3
        # Their own BYE crosses that of Twilio.
        every += [HungUp(sid) for sid in sorted(self.leaving)]
        return every + [Referred(sid, target) for sid in sids for target in ("<sip:c@d.e>", None)]


def result(answer: Outcome) -> Result:
    """Return what a webhook has brought."""
    return fetch(lambda *_: answer, ACCOUNT, f"{BASE}/voice", {})


@quiet
@given(st.data(), knobs, st.sampled_from((NUMBER, ALICE)))
def test_whatever_comes_in_whatever_order_the_rules_are_kept(
    data: st.DataObject, how: Knobs, caller: str
) -> None:
    numbers = itertools.count()
    setup = Setup(ACCOUNT.sid, f"{BASE}/voice", lambda: leg(next(numbers)), knobs=how)
    call = Watched(setup, caller=caller, called=CALLED)
    call.watch()
    outside = Outside(call)
    outside.talking.add(call.sid)
    outside.heard(call.start(0.0))
    outside.tell(Fetched(1, result(data.draw(first))))
    for _ in range(data.draw(st.integers(0, 40))):
        number = min(outside.webhooks, default=0)
        if number and data.draw(st.booleans()):
            refers = outside.webhooks[number].purpose is Purpose.REFER
            outside.tell(Fetched(number, result(data.draw(second if refers else answers))))
        else:
            possible = outside.possible(list(call.legs))
            outside.tell(data.draw(st.sampled_from(possible)))
    for _ in range(40):
        for sid in sorted(outside.talking):
            outside.tell(HungUp(sid))
        for sid in sorted(outside.ringing):
            outside.tell(Declined(sid, 480))
        for number in sorted(outside.webhooks):
            outside.tell(Fetched(number, result(failed(500))))
    call.has_ended_well()

"""Records of any content, drawn by Hypothesis: `records`."""

from typing import Any

from hypothesis import strategies as st

from call_transfer.facts import Acceptance, Closing, LegEvent, Outcome, Recording, Result
from call_transfer.links import Mode, Stage
from call_transfer.noun import Noun, NounKind
from call_transfer.plan import Plan
from call_transfer.record import HopRecord, Refused
from call_transfer.record_item import leg_name
from call_transfer.ringing import Ringing
from call_transfer.verb import Announcement, Enqueue, Menu, Prompt, Redirect, Voicemail
from call_transfer.whisper import Whisper

TENANT = "AC" + "a" * 32
SESSION = "CA" + "1" * 32

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(0, 10**9)
stages = st.sampled_from(Stage)
pairs = st.tuples(texts, texts)
nouns = st.builds(
    Noun,
    st.sampled_from(NounKind),
    texts,
    st.lists(pairs, max_size=2).map(tuple[Any, ...]),
    send_digits=texts,
    credentials=texts,
    ring_timeout=st.none() | numbers,
)
words = st.lists(texts, max_size=2).map(tuple[Any, ...])
named = st.lists(pairs, max_size=2).map(tuple[Any, ...])
parties = st.lists(nouns, min_size=1, max_size=3).map(tuple[Any, ...])
prompts = st.builds(Prompt, say=texts, play=texts)
whispers = st.builds(Whisper, say=texts, key=texts, timeout=numbers)
verbs = st.one_of(
    st.builds(
        Ringing,
        nouns=parties,
        ring_timeout=numbers,
        time_limit=numbers,
        sequential=st.booleans(),
        caller_id=texts,
        record=texts,
        ring_tone=texts,
        whisper=st.none() | whispers,
        rest=parties | st.just(()),
    ),
    st.builds(Enqueue, queue=texts, workflow=texts, task=named, wait_url=texts),
    st.builds(
        Menu,
        prompt=prompts,
        keys=named,
        timeout=numbers,
        repeat=numbers,
        invalid=texts,
        round=numbers,
        wrong=st.booleans(),
    ),
    st.builds(
        Voicemail,
        prompt=prompts,
        max_length=numbers,
        timeout=numbers,
        finish_on_key=texts,
        play_beep=st.booleans(),
    ),
    st.builds(Announcement, prompt=prompts),
    st.builds(Redirect, url=texts),
)
plans = st.builds(
    Plan,
    verb=verbs,
    stage=stages,
    rule=texts,
    has_action=st.booleans(),
    fallback=words,
    context=named,
    dropped=words,
    via=words,
    passed_over=named,
    mode=st.none() | st.sampled_from(Mode),
    language=texts,
)
leg_events = st.builds(
    LegEvent,
    attempt=st.integers(0, 99),
    stage=stages,
    noun=st.integers(0, 9),
    nouns=st.integers(1, 10),
    call_sid=st.from_regex(r"CA[0-9a-f]{32}", fullmatch=True),
    sequence=numbers,
    status=texts,
    at=numbers,
    duration=numbers,
    sip_code=numbers,
)
results = st.builds(
    Result,
    attempt=st.integers(0, 99),
    stage=stages,
    status=texts,
    caller_gone=st.booleans(),
    duration=numbers,
    sip_code=numbers,
)
refusals = st.builds(
    Refused,
    code=texts,
    message=texts,
    rule=texts,
    outcome=st.sampled_from(Outcome),
    status=st.integers(400, 599),
    say=texts,
    language=texts,
)
acceptances = st.builds(
    Acceptance,
    attempt=st.integers(0, 99),
    noun=st.integers(0, 9),
    call_sid=texts,
    accepted=st.booleans(),
)
recordings = st.builds(
    Recording,
    attempt=st.integers(0, 99),
    sid=st.from_regex(r"RE[0-9a-f]{32}", fullmatch=True),
    status=texts,
    url=texts,
    duration=numbers,
)
closings = st.builds(Closing, outcome=st.sampled_from(Outcome), at=numbers)
records = st.builds(
    HopRecord,
    tenant=st.just(TENANT),
    session=st.just(SESSION),
    hop=st.integers(0, 99),
    refer_id=st.from_regex(r"0|[0-9a-f]{12}", fullmatch=True),
    mode=st.sampled_from(Mode),
    caller=texts,
    called=texts,
    call_sid=texts,
    asked=texts,
    unreadable=texts,
    attended=st.booleans(),
    transferor=st.lists(nouns, max_size=2).map(tuple[Any, ...]),
    path=words,
    refused=st.none() | refusals,
    tried=st.dictionaries(st.integers(0, 99), plans, max_size=3),
    legs=st.lists(leg_events, max_size=4, unique_by=leg_name).map(tuple[Any, ...]),
    results=st.lists(results, max_size=3, unique_by=lambda one: one.attempt).map(tuple[Any, ...]),
    accepted=st.lists(acceptances, max_size=3, unique_by=lambda one: (one.attempt, one.noun)).map(
        tuple[Any, ...]
    ),
    recordings=st.lists(recordings, max_size=2, unique_by=lambda one: one.sid).map(tuple[Any, ...]),
    closed=st.none() | closings,
)

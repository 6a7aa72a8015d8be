"""What a webhook costs as directories, sessions and records grow.

    .venv/bin/python -m bench.growth

CPU is that of the process with the deployed handlers; DynamoDB is a stand-in in another one, which
answers from memory.  What is compared is measured in turns, and each figure is a median.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context

from bench import growth_legs, growth_page, growth_webhooks, stand_in, webhooks
from bench.growth_page import Measured
from bench.growth_webhooks import CALLS, Memory, session_of
from bench.part import LOOKUP_CPU, Part
from call_transfer.dynamodb import hop_key, write
from call_transfer.links import INITIAL_CALL
from pivot.sign import LOCAL

ENTRIES = (10, 1_000, 100_000)
SESSIONS = (1, 100, 10_000)
LEGS = (1, 10, 100)
_ASKED, _WEBHOOKS, _WARM_UP = 300, 10, 100
# A webhook on a record of a hundred legs takes as long as ten others.
_ROUNDS, _OF_LEGS = 14, 10


def run() -> Part:
    """Measure all three, and return the part of the page."""
    process, url = stand_in.start()
    try:
        stand_in.ask(url, "KeepSecret", SecretString=f'{{"{LOCAL.sid}": ["{LOCAL.token}"]}}')
        for count in ENTRIES:
            stand_in.ask(url, "Fill", TableName=_table(count), Item=_entry(), Count=count)
        stand_in.ask(url, "Fill", TableName=CALLS, Item=_initial_call(), Count=max(SESSIONS) + 7)
        by_entries = _by_entries(url)
        by_sessions, memory = _by_sessions(url)
        by_legs = _by_legs(url)
        sizes = [growth_legs.sizes(url, legs) for legs in LEGS]
    finally:
        process.terminate()
        process.join()
    lines = [
        *growth_page.entries(by_entries),
        *growth_page.sessions(by_sessions, memory),
        *growth_page.legs(by_legs, sizes),
    ]
    return Part("Growth", "\n".join(lines), {LOOKUP_CPU: growth_page.ratio(by_entries["lookup"])})


def _table(count: int) -> str:
    return f"targets-{count}"


def _entry() -> dict[str, object]:
    """Return the entry that the directories have copies of, each with an extension of its own."""
    entry = {
        "tenant": LOCAL.sid,
        "address": stand_in.NUMBER,
        "description": f"Extension {stand_in.NUMBER} of a large company",
        "dial": [{"sip": f"sip:{stand_in.NUMBER}@pbx.example.com"}],
        "ring_timeout": 20,
        "fallback": ["transferor"],
    }
    return {name: write(value) for name, value in entry.items()}


def _initial_call() -> dict[str, object]:
    """Return the record of an initial call that was answered, for copies of it."""
    session = session_of(0).replace(str(stand_in.FIRST_NUMBER), stand_in.NUMBER)
    return hop_key((f"{LOCAL.sid}/{session}", f"0#{INITIAL_CALL}")) | webhooks.record(session)


@contextmanager
def _function(url: str) -> Iterator[ProcessPoolExecutor]:
    """Run a process that serves webhooks, warmed up in one session."""
    with ProcessPoolExecutor(
        1, get_context("spawn"), initializer=growth_webhooks.begin, initargs=(url,)
    ) as function:
        yield function


def _medians(samples: Mapping[int, Sequence[float]]) -> dict[int, float]:
    return {size: statistics.median(times) for size, times in samples.items()}


def _by_entries(url: str) -> Measured:
    """Let one process ask all directories in turn, one webhook each."""
    tables = {_table(count): count for count in ENTRIES}
    with _function(url) as function:
        function.submit(growth_webhooks.in_turn, list(tables), _WARM_UP, "warm").result()
        work = function.submit(growth_webhooks.in_turn, list(tables), _ASKED, "measured")
        return {
            name: {tables[table]: statistics.median(times) for table, times in by_table.items()}
            for name, by_table in work.result().items()
        }


def _by_sessions(url: str) -> tuple[Measured, dict[int, Memory]]:
    """Let processes serve sessions of their own, then measure all of them in turns."""
    table = _table(max(ENTRIES))
    memory: dict[int, Memory] = {}
    found: dict[int, list[float]] = {one: [] for one in SESSIONS}
    with ExitStack() as closing:
        functions = {one: closing.enter_context(_function(url)) for one in SESSIONS}
        for sessions, function in functions.items():
            warm = (table, 1, _WARM_UP, f"warm-{sessions}")
            function.submit(growth_webhooks.refers, *warm).result()
            served = (table, sessions, sessions, f"served-{sessions}")
            function.submit(growth_webhooks.refers, *served).result()
            memory[sessions] = function.submit(Memory.now).result()
        for number in range(_ASKED // _WEBHOOKS):
            for sessions, function in functions.items():
                given = (table, sessions, _WEBHOOKS, f"measured-{sessions}-{number}")
                work = function.submit(growth_webhooks.refers, *given)
                found[sessions].append(work.result())
    return {"refer": _medians(found)}, memory


def _by_legs(url: str) -> Measured:
    table = _table(min(ENTRIES))
    found: dict[int, dict[str, list[float]]] = {legs: {} for legs in LEGS}
    with _function(url) as function:
        for number in range(_ROUNDS + 1):
            for legs in LEGS:
                work = function.submit(growth_legs.costs, url, table, legs, _OF_LEGS)
                for name, spent in work.result().items():
                    # The first round warms up.
                    found[legs].setdefault(name, []).extend([spent] if number else [])
    names = list(found[LEGS[0]])
    return {name: _medians({legs: found[legs][name] for legs in LEGS}) for name in names}


def main() -> None:
    """Run it alone."""
    part = run()
    print(f"## {part.heading}\n\n{part.markdown}\n{dict(part.figures)}")


if __name__ == "__main__":
    main()

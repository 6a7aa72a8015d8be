"""What a rehearsal prints: a heading for each step, what was seen, and the seconds it took."""

import contextlib
import time
from collections.abc import Iterator


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Print a heading, and how long it took when it went well."""
    print(f"\n== {title}", flush=True)
    began = time.monotonic()
    yield
    print(f"   {time.monotonic() - began:.1f} s", flush=True)


def say(text: str) -> None:
    """Print one line of a step."""
    print(f"   {text}", flush=True)

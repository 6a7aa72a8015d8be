"""The steps of a decision, told to whoever wants to hear them: `refer explain` does."""

from collections.abc import Callable

NO_ENTRY = "no entry"

type Told = Callable[[str, str], None]
"""Takes the steps of a decision: a rule, and what it says of this call."""


def untold(_rule: str, _what: str) -> None:
    """Listen to no step: the decision alone is wanted."""

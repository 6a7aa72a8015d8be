"""What may be said of an error that nobody expected."""

import traceback


def place(bug: Exception) -> str:
    """Name an error and where it was raised; its message may quote what nobody should read."""
    *_, (frame, line) = traceback.walk_tb(bug.__traceback__)
    return f"{type(bug).__name__} in {frame.f_code.co_qualname}, line {line}"

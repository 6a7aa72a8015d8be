"""What a process does before its first caller: in INIT, and before a snapshot of it (SnapStart).

INIT has a whole core, whatever the memory of the function; the webhook after it has not.  So the
connections are opened here.  Under SnapStart the process goes on from its snapshot many times and
at many places: what must not be the same in all of them is let go before, and made anew after.

    connections   closed before the snapshot: the other end is gone when it is restored
    tokens        forgotten: what was withdrawn since must not be good again
    randomness    `random`, which spreads the retries of botocore, is seeded anew
    clocks        none is kept: what is measured begins with a webhook

Nothing here may fail a caller: a bug is printed, and what AWS refused or did not answer is asked
again by the webhook, which tells of it.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
"""

import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from botocore.exceptions import BotoCoreError, ClientError

from call_transfer import settled, store
from call_transfer.application import Application, application
from call_transfer.bugs import place
from call_transfer.errors import TokensUnavailable
from call_transfer.webhook import Answer

# AWS answers in milliseconds. What it does not answer, the webhook asks again; a caller may wait
# for the end of INIT, and of the 15 s that Twilio waits `store` counts on what is left.
SECONDS = 0.5
_REFUSED = 400
_NOBODY = "AC" + "0" * 32


def prepare(name: str, answer: Answer, rescue: Answer) -> None:
    """Make this process ready for its first webhook, if it is one of Lambda's."""
    kind = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE")
    if kind is None:
        return
    try:
        app = application()
        if kind == "snap-start":
            _share_nothing(app)
        connect(app)
        if kind == "snap-start":
            _walk(name, answer, rescue)
    except Exception as bug:  # noqa: BLE001 - INIT that fails is begun again, while somebody waits
        print(f"priming failed: {place(bug)}")  # noqa: T201 - the log of a Lambda
    finally:
        settled()


def connect(app: Application) -> None:
    """Open the connections of an application, both at once, and read the secret. Never raises."""
    tasks = (_read_secret, _reach_table)
    threads = [Thread(target=_tried, args=(task, app), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    until = time.monotonic() + SECONDS
    for thread in threads:
        thread.join(max(0, until - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        print("priming: AWS has not answered yet")  # noqa: T201 - the log of a Lambda


def let_go(app: Application) -> None:
    """Let go of what two processes must not share."""
    app.tokens.forget()
    for client in app.clients:
        client.close()
    random.seed()


def _share_nothing(app: Application) -> None:
    """Register the hooks: first, so that whatever fails after it, no snapshot keeps a token."""
    # Not above: this module is Lambda's own, and of no use to a process that is never restored.
    import snapshot_restore_py as hooks  # noqa: PLC0415

    hooks.register_before_snapshot(let_go, app)
    hooks.register_after_restore(let_go, app)


def _walk(name: str, answer: Answer, rescue: Answer) -> None:
    # Not above: of no use to a process that is never restored.
    from call_transfer.dry_run import walk  # noqa: PLC0415

    response = walk(os.environ, name=name, answer=answer, rescue=rescue)
    if response.status >= _REFUSED:
        print(f"priming walked a webhook that was answered {response.status}")  # noqa: T201 - the log of a Lambda


def _tried(task: Callable[[Application], None], app: Application) -> None:
    try:
        task(app)
    except Exception as bug:  # noqa: BLE001 - the webhook will find out, and tell whom it concerns
        print(f"priming failed: {place(bug)}")  # noqa: T201 - the log of a Lambda


def _read_secret(app: Application) -> None:
    try:
        app.tokens.for_account(_NOBODY)
    except TokensUnavailable:
        # The first webhook asks at once, and not after the pause that follows a failure.
        app.tokens.ask_again()


def _reach_table(app: Application) -> None:
    with suppress(ClientError, BotoCoreError):
        store.reach(app.clients[0], app.settings.calls_table)

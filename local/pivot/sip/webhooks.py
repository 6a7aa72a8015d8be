"""Webhooks of a call in threads: nobody waits for one but the model.

statusCallbacks about one leg are sent in the order in which they were asked for, each when the one
before it has been answered.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from pivot.delivery import Send
from pivot.model.signals import Fetch, Fetched, Input, Purpose
from pivot.model.world import Delay, deliver
from pivot.webhooks import Account

_THREADS = 8


class Webhooks:
    """What is asked for over HTTP. Times are by the model's clock, `speed` times a real one."""

    def __init__(self, send: Send, account: Account, delay: Delay, speed: float) -> None:
        self._send, self._account, self._delay, self._speed = send, account, delay, speed
        self._pool = ThreadPoolExecutor(_THREADS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}

    def fetch(self, asked: Fetch, tell: Callable[[Input], None]) -> None:
        """Fetch a webhook and tell what it brought."""
        before = self._last.get(asked.leg) if asked.purpose is Purpose.STATUS else None
        task = asyncio.get_running_loop().create_task(self._fetched(asked, tell, before))
        if asked.purpose is Purpose.STATUS:
            self._last[asked.leg] = task
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def quiet(self, seconds: float) -> None:
        """Wait until there is no answer to wait for, so many seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Wait for no answer but those under way, which Twilio's limits bound."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._pool.shutdown(cancel_futures=True)

    async def _fetched(
        self, asked: Fetch, tell: Callable[[Input], None], before: asyncio.Task[None] | None
    ) -> None:
        if before:
            await asyncio.wait((before,))
        if asked.purpose is Purpose.STATUS:
            await asyncio.sleep(self._delay(asked) / self._speed)
        loop = asyncio.get_running_loop()
        began = loop.time()
        request = partial(deliver, self._send, self._account, asked)
        result = await loop.run_in_executor(self._pool, request)
        # A sender that only says how long it took, as in `world`, takes that long by this clock.
        await asyncio.sleep(max(0.0, result.elapsed / self._speed - (loop.time() - began)))
        tell(Fetched(asked.webhook, result))

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.result()  # what it raises is for the loop's exception handler

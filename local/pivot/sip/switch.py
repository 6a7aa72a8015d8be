"""The B2BUA for callers that are not asynchronous: it runs in a thread of its own.

    with Switch(new_call, route, send, account, speed=10) as switch:
        ...  # parties call 127.0.0.1, switch.port

What goes wrong inside is reported at once, and raised when the switch is left.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Self

from pivot.delivery import Send
from pivot.model.world import Delay
from pivot.sip.b2bua import B2bua
from pivot.sip.surroundings import NewCall, Route
from pivot.sip.webhooks import Webhooks
from pivot.webhooks import Account

# A webhook takes 15 seconds at most, with its fallback twice that.
_ENDS_IN = 40.0
_STARTS_IN = 10.0


class Switch:
    """A B2BUA from `__enter__` to `close`. The model's clock runs `speed` times a real one."""

    def __init__(
        self,
        new_call: NewCall,
        route: Route,
        send: Send,
        account: Account,
        *,
        speed: float = 1.0,
        delay: Delay = lambda _: 0.0,
        port: int = 0,
        report: Callable[[Exception], object] = lambda _: None,
    ) -> None:
        self._new_call, self._route, self._speed = new_call, route, speed
        self._send, self._account, self._delay = send, account, delay
        self._opened: Future[int] = Future()
        self._failures: list[Exception] = []
        self._report = report
        self._thread = threading.Thread(target=self._run, name="switch", daemon=True)
        self.port = port

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._opened.result(_STARTS_IN)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close()
        if self._failures and kind is None:
            raise ExceptionGroup("inside the switch", self._failures)

    def hang_up(self) -> None:
        """Let every party hang up, and wait for the webhooks that follow from that."""
        asyncio.run_coroutine_threadsafe(self._b2bua.hang_up(), self._loop).result(_ENDS_IN)

    def close(self) -> None:
        """End every dialog and the thread. Raises TimeoutError, which would be a bug."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_ENDS_IN)
        if self._thread.is_alive():
            raise TimeoutError("the switch does not end")

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._failed)
        webhooks = Webhooks(self._send, self._account, self._delay, self._speed)
        b2bua = self._b2bua = B2bua(self._new_call, self._route, webhooks, self._speed)
        try:
            await b2bua.open(self.port)
        except (OSError, OverflowError) as error:
            self._opened.set_exception(error)
            return
        self._opened.set_result(b2bua.port)
        await self._stop.wait()
        await b2bua.close()

    def _failed(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        failure = context.get("exception")
        known = failure if isinstance(failure, Exception) else RuntimeError(context["message"])
        self._failures.append(known)
        self._report(known)

"""One event loop in a thread of its own, for handlers that are plain functions in threads of their server."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Background:
    """Starts when it is first needed: after a server has forked its workers, not before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last: list[Callable[[], Coroutine[Any, Any, None]]] = []

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do ``work`` on the loop, and wait for it. Not to be called from the loop itself."""
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def in_the_end(self, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do this when the process ends, if the loop ever ran."""
        self._last.append(make)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(target=self._loop.run_forever, name="lookgate", daemon=True)
                thread.start()
                atexit.register(self._stop, thread)
            return self._loop

    def _stop(self, thread: threading.Thread) -> None:
        if self._loop is not None:
            for make in self._last:
                self.run(make())
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()


BACKGROUND = Background()
"""The process's one."""

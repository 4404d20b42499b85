"""When each handle was last used, without a write for each use.

A use is remembered in memory, to the hour, and written down later with all others of some minutes: of each handle at
most once an hour, never within a request. A process that is killed forgets its last minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime
from math import inf

from lookgate.core.ports import Clock, Handles
from lookgate.core.tasks import end
from lookgate.errors import LookgateError

EVERY = 300.0
"""Seconds between two writes of one process, at least."""


class HandleUses:
    """Remembers uses and writes them down. Use it within one event loop."""

    def __init__(
        self, handles: Handles, clock: Clock, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._handles = handles
        self._clock = clock
        self._sleep = sleep
        self._hour: datetime | None = None
        self._seen: set[str] = set()
        """The handles whose use in this hour is known."""
        self._waiting: dict[str, datetime] = {}
        self._next = -inf
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    def note(self, digest: str) -> None:
        """Note that a handle is used now; what this costs is a look into a set."""
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hour, self._seen = hour, set()
        if digest in self._seen or self._is_closed:
            return
        self._seen.add(digest)
        self._waiting[digest] = hour
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._write_in_time())

    async def close(self) -> None:
        """Write down what waits; afterwards nothing runs any more. May be called twice."""
        self._is_closed = True
        task, self._task = self._task, None
        if task is not None:
            await end([task])
        if self._waiting:
            await self._write()

    async def _write_in_time(self) -> None:
        while self._waiting:
            wait = self._next - self._clock.monotonic()
            if wait > 0:
                await self._sleep(wait)
            self._next = self._clock.monotonic() + EVERY
            await self._write()

    async def _write(self) -> None:
        """Write down what waits; while the store does not answer, it waits on."""
        uses, self._waiting = self._waiting, {}
        with contextlib.suppress(LookgateError):
            try:
                await asyncio.to_thread(self._handles.used, uses)
            except BaseException:  # a cancellation too
                self._waiting = uses | self._waiting
                raise
